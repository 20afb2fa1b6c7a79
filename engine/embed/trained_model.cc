#include "engine/embed/trained_model.h"

#include <algorithm>
#include <cmath>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/embed/contrast.h"
#include "engine/embed/grams.h"

namespace quire::embed {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr uint32_t kIterations = 3;
constexpr uint32_t kDimMax = 4096;
// How far a training is when the parts are done.
constexpr double kRead = 0.1, kAnalysed = 0.4;

ByteRows Round(const DenseMatrix& matrix) {
  ByteRows rows{.dim = static_cast<uint32_t>(matrix.columns), .steps = {}, .values = {}};
  rows.steps.reserve(matrix.rows);
  rows.values.reserve(matrix.values.size());
  for (size_t i = 0; i < matrix.rows; ++i) {
    float most = 0;
    for (size_t j = 0; j < matrix.columns; ++j) most = std::max(most, std::abs(matrix.row(i)[j]));
    const float step = most / 127;
    rows.steps.push_back(step);
    for (size_t j = 0; j < matrix.columns; ++j) {
      rows.values.push_back(static_cast<int8_t>(step > 0 ? std::lround(matrix.row(i)[j] / step) : 0));
    }
  }
  return rows;
}

template <typename T>
void AppendArray(std::string* out, const std::vector<T>& values) {
  out->append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

template <typename T>
std::vector<T> ReadArray(ByteReader* in, uint64_t count) {
  if (count > in->rest().size() / sizeof(T)) {
    in->Take(in->rest().size() + 1);  // no longer ok
    return {};
  }
  const std::string_view bytes = in->Take(count * sizeof(T));
  std::vector<T> values(count);
  if (count > 0) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

void AppendRows(std::string* out, const ByteRows& rows) {
  AppendVarint(out, rows.dim);
  AppendVarint(out, rows.size());
  AppendArray(out, rows.steps);
  AppendArray(out, rows.values);
}

ByteRows ReadRows(ByteReader* in) {
  ByteRows rows;
  rows.dim = static_cast<uint32_t>(std::min<uint64_t>(in->Varint(), UINT32_MAX));
  const uint64_t count = in->Varint();
  rows.steps = ReadArray<float>(in, count);
  if (rows.dim <= kDimMax && in->ok()) rows.values = ReadArray<int8_t>(in, count * rows.dim);
  return rows;
}

bool IsFinite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

bool FitsTogether(const TrainedModel& model) {
  const size_t terms = model.terms.size();
  return model.hashed_dim <= kDimMax && (model.hashed_dim & (model.hashed_dim - 1)) == 0 &&
         model.directions.dim <= kDimMax && model.contrast.dim <= kDimMax && model.idf.size() == terms &&
         model.directions.size() == terms && model.contrast.size() == terms + kGramBuckets &&
         model.directions.values.size() == terms * model.directions.dim &&
         model.contrast.values.size() == model.contrast.size() * model.contrast.dim && IsFinite(model.idf) &&
         IsFinite(model.directions.steps) && IsFinite(model.contrast.steps);
}

}  // namespace

Result<TrainedModel> Train(const text::Analyzer& analyzer, std::span<const TrainingText> texts,
                           const TrainingOptions& options) {
  const Status cancelled(Code::kCancelled, "cancelled");
  const auto stopped_at = [&](double done) { return [&options, done] { return !options.progress(done); }; };
  const Corpus corpus = ReadCorpus(analyzer, texts, options.terms_max, stopped_at(0));
  if (corpus.texts.size() < texts.size()) return cancelled;
  if (corpus.known == 0) {
    return Status(Code::kInvalidArgument, "embedder 'trained': no word is in two of the " + std::to_string(texts.size()) +
                                              " texts: there is nothing to learn from");
  }
  DenseMatrix directions = FindSubspace(WeighTexts(corpus), corpus.known, options.directions_dim, kIterations,
                                        options.seed, stopped_at(kRead));
  if (directions.rows == 0) return cancelled;
  bool goes_on = true;
  const auto progress = [&](double done) { return goes_on = options.progress(kAnalysed + (1 - kAnalysed) * done); };
  const DenseMatrix contrast = LearnByContrast(corpus, {.dim = options.contrast_dim, .seed = options.seed}, progress);
  if (!goes_on) return cancelled;
  if (contrast.rows == 0) return Status(Code::kInvalidArgument, "embedder 'trained': the texts are too short to learn from");
  TrainedModel model{.language = std::string(analyzer.language()), .texts = texts.size(), .hashed_dim = options.hashed_dim};
  for (uint32_t i = 0; i < corpus.known; ++i) {
    model.terms.push_back(corpus.terms[i].hash);
    model.idf.push_back(corpus.terms[i].idf);
  }
  model.directions = Round(directions);
  model.contrast = Round(contrast);
  return model;
}

std::string Serialize(const TrainedModel& model) {
  std::string out;
  AppendRaw(&out, kFormatVersion);
  AppendString(&out, model.language);
  AppendVarint(&out, model.texts);
  AppendVarint(&out, model.hashed_dim);
  AppendVarint(&out, model.terms.size());
  AppendArray(&out, model.terms);
  AppendArray(&out, model.idf);
  AppendRows(&out, model.directions);
  AppendRows(&out, model.contrast);
  AppendRaw(&out, Hash64(out));
  return out;
}

Result<TrainedModel> ParseTrainedModel(std::string_view bytes) {
  const Status damaged(Code::kCorruption, "the trained embedder is damaged", "run CHECK DATABASE");
  if (bytes.size() < 1 + sizeof(uint64_t)) return damaged;
  const auto version = static_cast<uint8_t>(bytes[0]);
  if (version > kFormatVersion) {
    return Status(Code::kUnsupported, "the trained embedder has version " + std::to_string(version) +
                                          ", expected at most " + std::to_string(kFormatVersion), "open it with a newer release");
  }
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof(uint64_t));
  if (ByteReader(bytes.substr(body.size())).Raw<uint64_t>() != Hash64(body)) return damaged;
  ByteReader in(body.substr(1));
  TrainedModel model;
  model.language.assign(in.String());
  model.texts = in.Varint();
  model.hashed_dim = static_cast<uint32_t>(std::min<uint64_t>(in.Varint(), UINT32_MAX));
  const uint64_t terms = in.Varint();
  model.terms = ReadArray<uint64_t>(&in, terms);
  model.idf = ReadArray<float>(&in, terms);
  model.directions = ReadRows(&in);
  model.contrast = ReadRows(&in);
  if (!in.done() || !FitsTogether(model)) return damaged;
  return model;
}

}  // namespace quire::embed
