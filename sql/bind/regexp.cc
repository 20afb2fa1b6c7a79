#include "sql/bind/regexp.h"

#include <re2/re2.h>

#include <string>

#include "engine/base/utf8.h"
#include "sql/bind/shown.h"

namespace quire::sql {
namespace {

constexpr size_t kMaxPatternBytes = 4096;
constexpr int64_t kMaxProgramBytes = 2 << 20;  // of what it is compiled to, and of what matching may take

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

class Re2Regexp : public Regexp {
 public:
  Re2Regexp(std::string_view pattern, const RE2::Options& options) : re2_(Piece(pattern), options) {}

  bool Matches(std::string_view text) const override { return RE2::PartialMatch(Piece(text), re2_); }
  const RE2& re2() const { return re2_; }

 private:
  const RE2 re2_;
};

}  // namespace

Result<std::shared_ptr<const Regexp>> Regexp::Make(std::string_view pattern, bool ignore_case) {
  if (pattern.size() > kMaxPatternBytes) {
    return Status(Code::kResourceExhausted, "a regular expression has " + std::to_string(pattern.size()) +
                                                " bytes, expected at most " + std::to_string(kMaxPatternBytes));
  }
  RE2::Options options(RE2::Quiet);
  options.set_case_sensitive(!ignore_case);
  options.set_never_capture(true);
  options.set_max_mem(kMaxProgramBytes);
  auto regexp = std::make_shared<const Re2Regexp>(pattern, options);
  if (regexp->re2().ok()) return std::shared_ptr<const Regexp>(std::move(regexp));
  const std::string shown = "'" + Shortened(std::string(pattern)) + "'";
  if (regexp->re2().error_code() == RE2::ErrorPatternTooLarge) {
    return Status(Code::kResourceExhausted, shown + " is too large a regular expression", "ask for fewer repetitions");
  }
  return Status(Code::kInvalidArgument, shown + " is not a regular expression: " + Printable(regexp->re2().error()),
                "the syntax is that of RE2: no backreferences, no lookaround");
}

}  // namespace quire::sql
