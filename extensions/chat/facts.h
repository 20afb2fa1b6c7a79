// Facts: the parts of a sentence that must be copied exactly, or they are wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quire::chat {

enum class FactKind : uint8_t {
  kNumber,  // digits, or a number word from two to twelve
  kName,    // a word written with a capital inside a sentence
  kCode,    // an identifier, flag, version, file name, time, path or URL, and all of a code span
};
std::string_view FactKindName(FactKind kind);

struct Fact {
  FactKind kind = FactKind::kCode;
  std::string text;   // as written, a number with its unit
  double value = 0;   // of a number
  std::string unit{};  // of a number, where it has one that is known: "s", "mb", "%"
};

// In order. Deterministic.
std::vector<Fact> ReadFacts(std::string_view text);

// Numbers: equal, and of one unit where both have one. Others: written alike, names and acronyms in either case.
bool SameFact(const Fact& a, const Fact& b);

bool IsWordByte(char c);  // a letter, a digit, or part of a character beyond ASCII

}  // namespace quire::chat
