// Any bytes as an answer and its sources (a zero byte parts them): pieces hold every byte once, spans lie in their texts, and
// what streams through the filter of links is what goes through it at once.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/chat/claims.h"
#include "extensions/chat/link_filter.h"
#include "extensions/chat/sentences.h"
#include "extensions/chat/verify.h"

namespace {

using namespace quire::chat;

constexpr std::string_view kBlank = " \t\r\n\v\f";

void CheckPieces(std::string_view text) {
  size_t at = 0;
  for (const Piece& piece : CutPieces(text)) {
    if (piece.start < at || piece.end <= piece.start || piece.end > text.size()) std::abort();
    if (text.substr(at, piece.start - at).find_first_not_of(kBlank) != std::string_view::npos) std::abort();
    at = piece.end;
  }
  if (text.substr(at).find_first_not_of(kBlank) != std::string_view::npos) std::abort();
}

void CheckVerdicts(std::string_view answer, const std::vector<Source>& sources) {
  const WordCutter cutter("english");
  for (const CheckedSentence& sentence : VerifyAnswer(answer, sources, [](std::string_view) { return 1.0; }, cutter)) {
    if (sentence.start >= sentence.end || sentence.end > answer.size()) std::abort();
    if (!(sentence.score >= 0 && sentence.score <= 1)) std::abort();
    if (sentence.found == 0) continue;
    if (sentence.found > sources.size()) std::abort();
    if (sentence.source_start > sentence.source_end || sentence.source_end > sources[sentence.found - 1].text.size()) std::abort();
  }
}

void CheckFilter(std::string_view answer) {
  const auto filtered = [&](size_t piece) {
    LinkFilter filter([](std::string_view) { return false; });
    std::string out;
    for (size_t at = 0; at < answer.size(); at += piece) out += filter.Feed(answer.substr(at, piece));
    return out + filter.End();
  };
  if (answer.empty() || answer.size() > 512) return;  // beyond what it holds back a link may be cut where a piece ends
  if (filtered(answer.size()) != filtered(1)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view answer = bytes.substr(0, bytes.find('\0'));
  std::vector<Source> sources;
  for (size_t at = answer.size(); at < bytes.size() && sources.size() < 4;) {
    const std::string_view text = bytes.substr(at + 1, bytes.find('\0', at + 1) - at - 1);
    sources.push_back({.number = static_cast<uint32_t>(sources.size() + 1), .section = "Section", .text = text});
    at += 1 + text.size();
  }
  CheckPieces(answer);
  static_cast<void>(ReadCitedAnswer(answer));
  CheckVerdicts(answer, sources);
  CheckFilter(answer);
  return 0;
}
