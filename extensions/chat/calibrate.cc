#include "extensions/chat/calibrate.h"

#include <algorithm>
#include <optional>

#include "extensions/chat/claims.h"
#include "extensions/chat/gate.h"
#include "extensions/chat/off_topic.h"
#include "extensions/chat/retrieve.h"

namespace quire::chat {
namespace {

constexpr uint64_t kChunksTried = 120;  // of the collection
constexpr uint64_t kHeadingsOfOther = 20;  // of each other collection
constexpr uint32_t kCandidates = 8;
constexpr size_t kSentenceWordsMin = 6, kSentenceWordsMax = 30;
constexpr double kFewRefused = 0.05;  // of questions on topic
constexpr double kCurveStep = 0.02;

bool IsKept(std::string_view name) { return name.substr(0, 6) == "quire_"; }  // by extensions, not by people

// A question and the chunk it was made of, which must not answer it.
struct Tried {
  std::string text{};
  std::optional<ChunkNumber> left_out{};
};

std::string LastHeading(const Chunk& chunk) {
  const size_t at = chunk.section.rfind(" > ");
  return at == std::string::npos ? chunk.section : chunk.section.substr(at + 3);
}

// The sentence in the middle of a chunk; empty if it has none of a question's length.
std::string MiddleSentence(const Chunk& chunk) {
  const auto claims = CutClaims(chunk.text);
  for (size_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = claims[(claims.size() / 2 + i) % claims.size()];
    const std::string text = chunk.text.substr(claim.start, claim.end - claim.start);
    const auto words = static_cast<size_t>(std::count(text.begin(), text.end(), ' ')) + 1;
    if (!claim.code && words >= kSentenceWordsMin && words <= kSentenceWordsMax) return text;
  }
  return {};
}

class Fitter {
 public:
  Fitter(const Reader& reader, const CollectionInfo& collection, const std::atomic<bool>& cancelled)
      : reader_(reader), collection_(collection), cutter_(collection.schema.language), cancelled_(cancelled) {}

  // Chunks of `collection`, evenly over all of it.
  Result<std::vector<Chunk>> Sample(const CollectionInfo& collection, uint64_t count) const {
    std::vector<Chunk> sample;
    QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader_.Scan(collection.schema.name, {}, {.text = true}));
    const uint64_t step = std::max<uint64_t>(1, collection.chunks / count);
    Chunk chunk;
    for (uint64_t i = 0;; ++i) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
      if (!more) return sample;
      if (i % step == step / 2) sample.push_back(chunk);
    }
  }

  Result<std::vector<Tried>> OnTopic() const {
    QUIRE_ASSIGN_OR_RETURN(const std::vector<Chunk> chunks, Sample(collection_, kChunksTried));
    std::vector<Tried> tried;
    for (const Chunk& chunk : chunks) {
      if (const std::string heading = LastHeading(chunk); heading.find(' ') != std::string::npos) tried.push_back({heading, {}});
      if (const std::string sentence = MiddleSentence(chunk); !sentence.empty()) tried.push_back({sentence, chunk.number});
    }
    return tried;
  }

  Result<std::vector<Tried>> OffTopic() const {
    std::vector<Tried> tried;
    for (const std::string_view question : OffTopicQuestions()) tried.push_back({std::string(question), {}});
    for (const CollectionInfo& other : reader_.ListCollections()) {
      if (other.schema.name == collection_.schema.name || IsKept(other.schema.name)) continue;
      QUIRE_ASSIGN_OR_RETURN(const std::vector<Chunk> chunks, Sample(other, kHeadingsOfOther));
      for (const Chunk& chunk : chunks) {
        if (const std::string heading = LastHeading(chunk); heading.find(' ') != std::string::npos) tried.push_back({heading, {}});
      }
    }
    return tried;
  }

  // The gate's statistic of each, ascending.
  Result<std::vector<double>> Statistics(const std::vector<Tried>& tried) const {
    std::vector<double> statistics;
    for (const Tried& question_text : tried) {
      if (cancelled_.load(std::memory_order_relaxed)) return Status(Code::kCancelled, "CALIBRATE was cancelled");
      QUIRE_ASSIGN_OR_RETURN(const Question question, ReadQuestion(question_text.text, reader_, collection_, cutter_));
      QUIRE_ASSIGN_OR_RETURN(Retrieved retrieved, Retrieve(reader_, collection_, question,
                                                           {collection_.schema.name, {}, kCandidates, &cancelled_}, cutter_));
      auto& candidates = retrieved.candidates;
      candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                      [&](const Candidate& c) { return c.hit.number == question_text.left_out; }),
                       candidates.end());
      statistics.push_back(DecideGate(question, candidates, {1, 1}).statistic);
    }
    std::sort(statistics.begin(), statistics.end());
    return statistics;
  }

 private:
  const Reader& reader_;
  const CollectionInfo& collection_;
  const WordCutter cutter_;
  const std::atomic<bool>& cancelled_;
};

// The share of ascending `values` below `threshold`.
double ShareBelow(const std::vector<double>& values, double threshold) {
  const auto below = std::lower_bound(values.begin(), values.end(), threshold) - values.begin();
  return values.empty() ? 0 : static_cast<double>(below) / static_cast<double>(values.size());
}

// The lowest threshold below which `share` of ascending `values` lie.
double Quantile(const std::vector<double>& values, double share) {
  const auto at = static_cast<size_t>(share * static_cast<double>(values.size()));
  return at < values.size() ? values[at] : values.back() + 1e-6;
}

}  // namespace

Result<Calibration> FitCalibration(const Reader& reader, std::string_view collection, double target,
                                   const std::atomic<bool>& cancelled) {
  if (!(target > 0 && target < 1)) {
    return Status(Code::kInvalidArgument, "CALIBRATE: target refusal: expected between 0 and 1, found " + std::to_string(target));
  }
  QUIRE_ASSIGN_OR_RETURN(const CollectionInfo info, reader.GetCollection(collection));
  const Fitter fitter(reader, info, cancelled);
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Tried> on_questions, fitter.OnTopic());
  if (on_questions.size() < kCalibrationQuestionsMin) {
    return Status(Code::kInvalidArgument, "CALIBRATE: collection '" + info.schema.name + "' has " + std::to_string(on_questions.size()) +
                                              " headings and sentences to ask about, expected at least " +
                                              std::to_string(kCalibrationQuestionsMin));
  }
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Tried> off_questions, fitter.OffTopic());
  QUIRE_ASSIGN_OR_RETURN(const std::vector<double> on, fitter.Statistics(on_questions));
  QUIRE_ASSIGN_OR_RETURN(const std::vector<double> off, fitter.Statistics(off_questions));
  Calibration calibration;
  calibration.collection = info.schema.name;
  calibration.target = target;
  // Where off-topic questions are told apart easily, more of them can be refused than was asked for, at little cost.
  calibration.threshold = std::max(Quantile(off, target), std::min(kGateThreshold, Quantile(on, kFewRefused)));
  calibration.warning = std::max(calibration.threshold, Quantile(off, 1 - (1 - target) / 3));
  calibration.refused = ShareBelow(off, calibration.threshold);
  calibration.answered = 1 - ShareBelow(on, calibration.threshold);
  calibration.on_topic = on.size();
  calibration.off_topic = off.size();
  calibration.chunks = info.chunks;
  for (double threshold = kCurveStep; threshold < on.back(); threshold += kCurveStep) {
    calibration.curve.push_back({threshold, ShareBelow(off, threshold), 1 - ShareBelow(on, threshold)});
  }
  return calibration;
}

}  // namespace quire::chat
