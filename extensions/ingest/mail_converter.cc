// E-mail: one message (eml), or a box of them (mbox), each a section under its subject. Attachments are named, not read.
#include "extensions/ingest/encoding.h"
#include "extensions/ingest/mail_message.h"
#include "extensions/ingest/markdown_text.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr size_t kMessagesMax = 100'000;

void AppendAttachments(const MailMessage& message, std::string* markdown) {
  for (const std::string& name : message.attachments) AppendParagraph("Attachment: " + name, markdown);
}

// The messages of a box, without the lines "From ..." between them.
std::vector<std::string> SplitBox(std::string_view box) {
  std::vector<std::string> messages;
  bool after_blank = true;
  for (size_t at = 0; at < box.size() && messages.size() <= kMessagesMax;) {
    const size_t next = NextLine(box, at);
    std::string_view line = box.substr(at, next - at);
    at = next;
    const bool has_time = line.find(':') != std::string_view::npos;  // "From a@b Fri Dec 16 17:04:16 2022"
    if (after_blank && has_time && line.substr(0, 5) == "From ") {
      messages.emplace_back();
      after_blank = false;
      continue;
    }
    after_blank = Trim(line).empty();
    const size_t quotes = line.find_first_not_of('>');
    if (quotes != 0 && quotes != std::string_view::npos && line.substr(quotes, 5) == "From ") line.remove_prefix(1);
    if (messages.empty()) messages.emplace_back();
    messages.back() += line;
  }
  return messages;
}

}  // namespace

Result<Converted> ConvertMail(const ConvertInput& input) {
  // Some programs save mail as UTF-16; else each part says its own encoding.
  const Result<DecodedText> decoded = DecodeText(std::string(input.bytes));
  const bool wide = decoded.ok() && decoded->encoding.rfind("UTF-", 0) == 0;
  QUIRE_ASSIGN_OR_RETURN(MailMessage message, ReadMessage(wide ? decoded->text : input.bytes, input));
  Converted converted;
  AppendFrontMatter(
      {{"title", message.subject}, {"sender", message.from}, {"recipients", message.to}, {"sent", message.date}},
      &converted.markdown);
  converted.markdown += message.markdown;
  AppendAttachments(message, &converted.markdown);
  converted.notices = std::move(message.notices);
  return converted;
}

Result<Converted> ConvertMailbox(const ConvertInput& input) {
  Converted converted;
  const std::vector<std::string> messages = SplitBox(input.bytes);
  if (messages.size() > kMessagesMax) {
    return Status(Code::kResourceExhausted, "has more than " + std::to_string(kMessagesMax) + " messages", "split it");
  }
  for (const std::string& bytes : messages) {
    QUIRE_RETURN_IF_ERROR(input.CheckTime());
    QUIRE_ASSIGN_OR_RETURN(MailMessage message, ReadMessage(bytes, input));
    converted.markdown += "## ";
    AppendEscaped(message.subject.empty() ? "(no subject)" : message.subject, &converted.markdown);
    converted.markdown += "\n\n";
    AppendParagraph("From: " + message.from + "\nTo: " + message.to + "\nDate: " + message.date, &converted.markdown);
    converted.markdown += message.markdown;
    AppendAttachments(message, &converted.markdown);
    for (std::string& notice : message.notices) converted.notices.push_back(std::move(notice));
  }
  return converted;
}

}  // namespace quire::ingest
