// MailMessage: one message of RFC 5322 with MIME, its headers decoded and its text found.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/converters.h"
#include "quire/status.h"

namespace quire::ingest {

struct MailMessage {
  std::string subject, from, to, date;  // the date as "2022-12-16 22:04:16" (UTC), or as it is written
  std::string markdown;                 // of its text, else of its HTML
  std::vector<std::string> attachments;
  std::vector<std::string> notices;
};

// Never fails because of what the message says: what is not understood is text. Errors: those of AppendHtml.
Result<MailMessage> ReadMessage(std::string_view bytes, const ConvertInput& input);

// A header's value with =?charset?q?...?= decoded.
std::string DecodeWords(std::string_view value);

}  // namespace quire::ingest
