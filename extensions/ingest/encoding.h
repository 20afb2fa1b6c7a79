// Encodings: bytes of a text file as UTF-8.
#pragma once

#include <string>
#include <string_view>

#include "quire/status.h"

namespace quire::ingest {

struct DecodedText {
  std::string text;      // UTF-8
  std::string encoding;  // what it was decoded from, "UTF-16LE"; empty: the bytes were UTF-8 and `text` is them
  std::string notice;    // of what was guessed or could not be decoded; empty: nothing
};

// In this order: a byte order mark; `forced`; UTF-16 and UTF-32 by their NUL bytes; UTF-8 if all of it is valid; what `declared`
// names (by the file itself); damaged UTF-8, where most characters of several bytes are right; windows-1252, with a notice. What has no meaning in the encoding becomes U+FFFD and is counted
// in the notice. A UTF-8 byte order mark stays. Errors: kInvalidArgument (not text, or an encoding that is not known).
Result<DecodedText> DecodeText(std::string bytes, std::string_view declared = {}, std::string_view forced = {});

// What the head of an HTML or XML file says: charset="..." or encoding="..."; empty: nothing.
std::string DeclaredEncoding(std::string_view text);

// `bytes` of an encoding by its usual name ("iso-8859-1", "shift_jis"). `replaced`: how many places became U+FFFD.
// Errors: kInvalidArgument (no such encoding).
Result<std::string> ToUtf8(std::string_view bytes, std::string_view encoding, size_t* replaced);

}  // namespace quire::ingest
