#include "engine/embed/tokenizer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "engine/base/utf8.h"

namespace quire::embed {
namespace {

using Json = nlohmann::json;

constexpr size_t kBytesForToken = 64;      // of the text, at most
constexpr size_t kPieceBytesMax = 256;     // longer ones of a vocabulary are never met
constexpr uint32_t kNumberMax = 1U << 26;  // rows of a table
constexpr float kUnknownPenalty = 10;      // below the least score, as SentencePiece has it

Status Damaged(const std::string& what) { return Status(Code::kCorruption, "tokenizer.json: " + what); }

// Without invalid bytes, and cut at a character.
std::string Clean(std::string_view text, size_t bytes_max) {
  text = text.substr(0, bytes_max);
  std::string clean;
  while (true) {
    const size_t bad = FindInvalidUtf8(text);
    clean += text.substr(0, bad);
    if (bad == std::string_view::npos) return clean;
    clean += "\xEF\xBF\xBD";
    text.remove_prefix(bad + 1);
  }
}

bool StartsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

}  // namespace

Result<std::shared_ptr<const Tokenizer>> Tokenizer::Parse(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("model") || !json["model"].is_object()) return Damaged("it is no JSON with a model");
  const Json& model = json["model"];
  auto tokenizer = std::make_shared<Tokenizer>();
  QUIRE_RETURN_IF_ERROR(ReadNormalizer(json.value("normalizer", Json()).dump(), &tokenizer->normalize_));
  QUIRE_RETURN_IF_ERROR(ReadPreTokenizer(json.value("pre_tokenizer", Json()).dump(), &tokenizer->split_));
  const std::string type = model.contains("type") && model["type"].is_string() ? model["type"].get<std::string>()
                           : model.contains("continuing_subword_prefix")       ? "WordPiece"
                                                                               : "";
  if (type != "WordPiece" && type != "Unigram") {
    return Status(Code::kUnsupported, "tokenizer.json: model '" + type.substr(0, 40) + "' is not supported",
                  "WordPiece and Unigram are");
  }
  tokenizer->is_unigram_ = type == "Unigram";
  const auto add = [&](const std::string& piece, uint64_t number, double score) {
    if (number >= kNumberMax || !std::isfinite(score)) return false;
    tokenizer->size_ = std::max<size_t>(tokenizer->size_, number + 1);
    tokenizer->least_score_ = std::min(tokenizer->least_score_, static_cast<float>(score));
    if (piece.empty() || piece.size() > kPieceBytesMax) return true;
    tokenizer->longest_ = std::max(tokenizer->longest_, piece.size());
    tokenizer->pieces_.emplace(piece, Piece{static_cast<uint32_t>(number), static_cast<float>(score)});
    return true;
  };
  const Json vocabulary = model.value("vocab", Json());
  bool good = tokenizer->is_unigram_ ? vocabulary.is_array() : vocabulary.is_object();
  if (good && tokenizer->is_unigram_) {
    for (size_t i = 0; i < vocabulary.size() && good; ++i) {
      const Json& entry = vocabulary[i];
      good = entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_number() &&
             add(entry[0].get<std::string>(), i, entry[1].get<double>());
    }
    const Json unknown = model.value("unk_id", Json());
    if (unknown.is_number_unsigned() && unknown.get<uint64_t>() < tokenizer->size_) tokenizer->unknown_ = unknown.get<uint32_t>();
    tokenizer->byte_fallback_ = model.contains("byte_fallback") && model["byte_fallback"] == true;
  } else if (good) {
    for (const auto& [piece, number] : vocabulary.items()) {
      good = good && number.is_number_unsigned() && add(piece, number.get<uint64_t>(), 0);
    }
    const auto text_of = [&](const char* name, const char* otherwise) {
      return model.contains(name) && model[name].is_string() ? model[name].get<std::string>() : std::string(otherwise);
    };
    tokenizer->inner_prefix_ = text_of("continuing_subword_prefix", "##");
    const auto unknown = tokenizer->pieces_.find(text_of("unk_token", "[UNK]"));
    if (unknown != tokenizer->pieces_.end()) tokenizer->unknown_ = unknown->second.number;
    const Json most = model.value("max_input_chars_per_word", Json());
    if (most.is_number_unsigned()) tokenizer->word_max_ = std::clamp<uint64_t>(most.get<uint64_t>(), 1, 1000);
  }
  if (!good || tokenizer->pieces_.empty()) return Damaged("its vocabulary is damaged");
  return std::shared_ptr<const Tokenizer>(std::move(tokenizer));
}

void Tokenizer::Tokenize(std::string_view text, size_t most, std::vector<uint32_t>* out) const {
  const size_t begin = out->size();
  std::string normal = Clean(text, most * kBytesForToken);
  for (const NormalizeStep& step : normalize_) step(&normal);
  std::vector<std::string> words = {std::move(normal)};
  for (const SplitStep& step : split_) step(&words);
  for (const std::string& word : words) {
    if (out->size() - begin >= most) break;
    is_unigram_ ? CutUnigram(word, out) : CutWordPiece(word, out);
  }
  if (out->size() - begin > most) out->resize(begin + most);
}

void Tokenizer::AddUnknown(std::string_view bytes, std::vector<uint32_t>* out) const {
  if (byte_fallback_) {
    std::vector<uint32_t> numbers;
    for (const char byte : bytes) {
      constexpr char kDigits[] = "0123456789ABCDEF";
      const auto value = static_cast<unsigned char>(byte);
      const std::string piece = {'<', '0', 'x', kDigits[value >> 4], kDigits[value & 15], '>'};
      if (const auto found = pieces_.find(piece); found != pieces_.end()) numbers.push_back(found->second.number);
    }
    if (numbers.size() == bytes.size()) return static_cast<void>(out->insert(out->end(), numbers.begin(), numbers.end()));
  }
  if (unknown_) out->push_back(*unknown_);
}

// The longest piece each time; a word of which a part is in no piece is unknown as a whole.
void Tokenizer::CutWordPiece(std::string_view word, std::vector<uint32_t>* out) const {
  if (word.empty()) return;
  const auto characters = static_cast<size_t>(std::count_if(word.begin(), word.end(), StartsCharacter));
  if (characters > word_max_) return AddUnknown(word, out);
  const size_t kept = out->size();
  std::string piece;
  for (size_t begin = 0; begin < word.size();) {
    size_t end = std::min(word.size(), begin + longest_);
    for (; end > begin; --end) {
      if (end < word.size() && !StartsCharacter(word[end])) continue;
      piece.assign(begin == 0 ? "" : inner_prefix_).append(word.substr(begin, end - begin));
      const auto found = pieces_.find(piece);
      if (found == pieces_.end()) continue;
      out->push_back(found->second.number);
      break;
    }
    if (end == begin) {
      out->resize(kept);
      return AddUnknown(word, out);
    }
    begin = end;
  }
}

// The pieces whose scores add up to most (Viterbi: Kudo, Subword Regularization, 2018); characters in no piece are unknown, a run
// of them together.
void Tokenizer::CutUnigram(std::string_view word, std::vector<uint32_t>* out) const {
  struct Step {
    float score = -std::numeric_limits<float>::infinity();
    uint32_t begin = 0;
    uint32_t number = 0;
    bool known = false;
  };
  std::vector<Step> best(word.size() + 1);
  best[0].score = 0;
  for (size_t begin = 0; begin < word.size(); ++begin) {
    if (!StartsCharacter(word[begin])) continue;
    const auto offer = [&](size_t end, float score, uint32_t number, bool known) {
      if (best[begin].score + score > best[end].score) {
        best[end] = {best[begin].score + score, static_cast<uint32_t>(begin), number, known};
      }
    };
    size_t first_end = begin + 1;
    while (first_end < word.size() && !StartsCharacter(word[first_end])) ++first_end;
    offer(first_end, least_score_ - kUnknownPenalty, 0, false);
    for (size_t end = first_end; end <= std::min(word.size(), begin + longest_); ++end) {
      if (end < word.size() && !StartsCharacter(word[end])) continue;
      const auto found = pieces_.find(word.substr(begin, end - begin));
      if (found != pieces_.end()) offer(end, found->second.score, found->second.number, true);
    }
  }
  std::vector<std::pair<size_t, size_t>> cuts;
  for (size_t end = word.size(); end > 0; end = best[end].begin) cuts.emplace_back(best[end].begin, end);
  for (size_t i = cuts.size(); i-- > 0;) {
    const auto [begin, end] = cuts[i];
    if (best[end].known) {
      out->push_back(best[end].number);
      continue;
    }
    size_t run = end;
    while (i > 0 && !best[cuts[i - 1].second].known) run = cuts[--i].second;
    AddUnknown(word.substr(begin, run - begin), out);
  }
}

}  // namespace quire::embed
