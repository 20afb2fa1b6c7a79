// Word search against a plain model: BM25, removal, merging, bounds, damage.
#include <cmath>
#include <map>
#include <random>

#include "engine/storage/keys.h"
#include "tests/unit/text_version_1.h"
#include "tests/unit/text_world.h"

namespace quire::text {
namespace {

// An occurrence in a title counts 4, in a section 2, in the body 1.
template <typename Fields>
double Weighted(const Fields& fields) {
  return 4.0 * fields.title + 2.0 * fields.section + fields.body;
}

// BM25F as the formula is written, over all live texts.
class Model {
 public:
  explicit Model(const WordWorld& world) : world_(world) {
    double sum = 0;
    for (ChunkNumber number = 0; number < world.texts().size(); ++number) {
      const WordList words = ListWords(world.analyzer(), world.texts()[number], world.ends()[number]);
      std::map<std::string, double>& counts = counts_.emplace_back();
      for (const WordList::Entry& entry : words.entries) {
        counts[std::string(words.TermOf(entry))] = Weighted(entry.counts);
      }
      lengths_.push_back(Weighted(words.lengths));
      if (world.IsLive(number)) sum += lengths_.back();
    }
    average_ = sum / static_cast<double>(world.live_count());
  }

  double Idf(const std::string& term) const {
    double df = 0;
    for (ChunkNumber i = 0; i < counts_.size(); ++i) df += world_.IsLive(i) && counts_[i].count(term) > 0 ? 1 : 0;
    const auto n = static_cast<double>(world_.live_count());
    return std::log(1 + (n - df + 0.5) / (df + 0.5));
  }

  // `terms`: with their weights.
  double Score(const std::map<std::string, double>& terms, ChunkNumber number) const {
    double score = 0;
    for (const auto& [term, weight] : terms) {
      const auto found = counts_[number].find(term);
      if (found == counts_[number].end()) continue;
      const double tf = found->second;
      score += weight * tf * 3 / (tf + 2 * (0.35 + 0.65 * lengths_[number] / average_));
    }
    return score;
  }

  // Each with its IDF, n * 6 / (n + 5) times where the query says it n times.
  std::map<std::string, double> Terms(const std::string& query) const {
    std::vector<Token> tokens;
    world_.analyzer().Analyze(query, &tokens);
    std::map<std::string, double> times;
    for (const Token& token : tokens) ++times[token.term];
    for (auto& [term, weight] : times) weight = Idf(term) * weight * 6 / (weight + 5);
    return times;
  }

 private:
  const WordWorld& world_;
  std::vector<std::map<std::string, double>> counts_;
  std::vector<double> lengths_;
  double average_ = 0;
};

uint32_t Below(std::minstd_rand* random, uint32_t limit) { return static_cast<uint32_t>((*random)() % limit); }

// Words w0 w1 ... of falling frequency.
std::string RandomText(std::minstd_rand* random, uint32_t words_max) {
  std::string text;
  for (uint32_t n = Below(random, words_max + 1); n > 0; --n) {
    text += "w" + std::to_string(Below(random, 1 + Below(random, 40))) + " ";
  }
  return text;
}

void Fill(WordWorld* world, std::minstd_rand* random, int commits) {
  for (int commit = 0; commit < commits; ++commit) {
    std::vector<std::string> texts;
    std::vector<FieldEnds> ends;
    for (uint32_t n = 1 + Below(random, 120); n > 0; --n) {
      const std::string title = RandomText(random, 3), section = RandomText(random, 3);
      texts.push_back(title + section + RandomText(random, 30));
      ends.push_back({title.size(), title.size() + section.size()});
    }
    world->Add(texts, ends);
  }
}

void RemoveSome(WordWorld* world, std::minstd_rand* random, uint32_t percent) {
  for (ChunkNumber i = 0; i < world->texts().size(); ++i) {
    if (Below(random, 100) < percent) world->Remove(i);
  }
}

void CheckAgainstModel(const WordWorld& world, std::minstd_rand* random) {
  const Model model(world);
  for (int round = 0; round < 20; ++round) {
    std::string query = RandomText(random, 5) + "w" + std::to_string(Below(random, 45));
    const std::map<std::string, double> terms = model.Terms(query);
    std::vector<WordHit> expected;
    for (ChunkNumber i = 0; i < world.texts().size(); ++i) {
      const double score = world.IsLive(i) ? model.Score(terms, i) : 0;
      if (score > 0) expected.push_back({i, score});
    }
    INFO("query " << query);
    const auto all = world.Search(query, false, 100'000);
    REQUIRE(all.ok());
    REQUIRE(all.value().size() == expected.size());
    for (size_t i = 0; i < all.value().size(); ++i) {
      const WordHit& hit = all.value()[i];
      REQUIRE(hit.score == Approx(model.Score(terms, hit.number)).margin(1e-8));  // units of 2^-32
      if (i == 0) continue;
      const WordHit& before = all.value()[i - 1];
      REQUIRE((before.score > hit.score || (before.score == hit.score && before.number < hit.number)));
    }
    const auto few = world.Search(query, false, 7);
    REQUIRE(few.ok());
    REQUIRE(few.value().size() == std::min<size_t>(7, expected.size()));
    for (size_t i = 0; i < few.value().size(); ++i) REQUIRE(few.value()[i].number == all.value()[i].number);
  }
}

TEST_CASE("word search equals the model, with removals and after merging", "[text][random]") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::minstd_rand random(seed);
  WordWorld world("none");
  Fill(&world, &random, 20);
  CheckAgainstModel(world, &random);
  RemoveSome(&world, &random, 40);
  CheckAgainstModel(world, &random);
  const size_t before = world.CountBlocks();
  world.Merge();
  CHECK(world.CountBlocks() < before / 2);
  CheckAgainstModel(world, &random);
  Fill(&world, &random, 3);
  RemoveSome(&world, &random, 10);
  world.Merge();
  CheckAgainstModel(world, &random);
}

// Large lists, where groups and windows are passed over: few must be the first of all, whoever is allowed.
TEST_CASE("what is passed over changes nothing: the best k are the first k of all", "[text][random]") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::minstd_rand random(seed);
  WordWorld world("none");
  for (int commit = 0; commit < 4; ++commit) {
    std::vector<std::string> texts;
    std::vector<FieldEnds> ends;
    for (int i = 0; i < 3000; ++i) {
      const std::string title = Below(&random, 3) == 0 ? "w" + std::to_string(Below(&random, 40)) + " " : "";
      texts.push_back(title + RandomText(&random, 1 + Below(&random, 40)));
      ends.push_back({title.size(), title.size()});
    }
    world.Add(texts, ends);
    if (commit == 1) world.Merge();
    RemoveSome(&world, &random, commit == 2 ? 10 : 0);
  }
  std::vector<uint64_t> bits(world.texts().size() / 64 + 1);
  for (uint64_t& word : bits) word = Below(&random, 4) == 0 ? 0 : (uint64_t{random()} << 32 | random());
  const std::span<const uint64_t> allowed(bits);
  const Model model(world);
  for (int round = 0; round < 60; ++round) {
    const std::string query = RandomText(&random, 6) + "w" + std::to_string(Below(&random, 45)) + " w38";
    WordRequest request{.query = query, .k = 100'000};
    if (round % 3 == 1) request.allowed = &allowed;
    const auto all = SearchWords(world.source(), request).value();
    const auto terms = model.Terms(query);
    size_t expected = 0;
    for (ChunkNumber i = 0; i < world.texts().size(); ++i) {
      const bool kept = world.IsLive(i) && (request.allowed == nullptr || (bits[i / 64] >> (i % 64) & 1) != 0);
      expected += kept && model.Score(terms, i) > 0 ? 1 : 0;
    }
    INFO("query " << query);
    REQUIRE(all.size() == expected);
    for (size_t i = 0; i < all.size(); i += 1 + i / 8) {
      REQUIRE(all[i].score == Approx(model.Score(terms, all[i].number)).margin(1e-8));
    }
    for (const uint32_t k : {1u, 3u, 10u, 100u, 1000u}) {
      request.k = k;
      const auto few = SearchWords(world.source(), request).value();
      REQUIRE(few.size() == std::min<size_t>(k, all.size()));
      for (size_t i = 0; i < few.size(); ++i) {
        REQUIRE(few[i].number == all[i].number);
        REQUIRE(few[i].score == all[i].score);  // to the bit
      }
    }
  }
}

TEST_CASE("merging what is merged changes nothing", "[text]") {
  WordWorld world;
  std::vector<std::string> texts(6000, "common word here");
  world.Add(texts);
  world.Add({"common tail"});
  world.Merge();
  const size_t blocks = world.CountBlocks();
  CHECK(blocks > 4);  // more than one a term: they are cut
  std::string next;
  storage::Batch batch;
  REQUIRE(MergePostings(world.source(), 1000, &next, &batch).ok());
  CHECK(next.empty());
  CHECK(batch.count() == 0);
  for (ChunkNumber i = 0; i <= 6000; ++i) world.Remove(i);
  world.Merge();
  CHECK(world.CountBlocks() == 0);
  CHECK(world.Search("common").value().empty());
}

TEST_CASE("merging packs blocks of version 1, and changes nothing else", "[text]") {
  WordWorld world;
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) texts.push_back("common words" + std::string(i % 9 == 0 ? " rare \"phrase here\"" : ""));
  world.Add(texts);
  world.Merge();
  const auto versions = [&] {
    std::map<int, int> counts;
    auto cursor = world.source().snapshot->Scan(storage::Family::kWord, "", "");
    for (; cursor.Valid(); cursor.Next()) ++counts[cursor.value()[0]];
    return counts;
  };
  storage::Batch batch;
  for (auto cursor = world.source().snapshot->Scan(storage::Family::kWord, "", ""); cursor.Valid(); cursor.Next()) {
    const std::string_view key = cursor.key();
    const auto first = ReadBigEndian<ChunkNumber>(key.substr(key.size() - sizeof(ChunkNumber)));
    batch.Put(storage::Family::kWord, key, BlockOfVersion1(first, cursor.value()));
  }
  const auto common = world.Search("common words").value();
  const auto phrase = world.Match("\"phrase here\" rare");
  world.Commit(std::move(batch));
  REQUIRE((versions().count(1) == 1 && versions().count(2) == 0));
  for (int round = 0; round < 2; ++round) {
    const auto found = world.Search("common words").value();
    REQUIRE(found.size() == common.size());
    for (size_t i = 0; i < found.size(); ++i) {
      REQUIRE((found[i].number == common[i].number && found[i].score == common[i].score));
    }
    CHECK(world.Match("\"phrase here\" rare") == phrase);
    if (round == 0) world.Merge();
  }
  CHECK((versions().count(1) == 0 && versions().count(2) == 1));
}

TEST_CASE("chunk scores equal those of the search and stay under the bound", "[text][random]") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::minstd_rand random(seed);
  WordWorld world("none");
  Fill(&world, &random, 5);
  RemoveSome(&world, &random, 20);
  const std::string query = "w0 w3 w3 w17 nowhere";
  const auto hits = world.Search(query);
  REQUIRE(hits.ok());
  std::vector<ChunkNumber> numbers;
  for (ChunkNumber i = 0; i < world.texts().size(); ++i) numbers.push_back(i);
  double bound = 0;
  const auto scores = ScoreChunks(world.source(), query, numbers, &bound);
  REQUIRE(scores.ok());
  std::vector<double> expected(numbers.size(), 0);
  for (const WordHit& hit : hits.value()) expected[hit.number] = hit.score;
  CHECK(scores.value() == expected);
  CHECK(*std::max_element(expected.begin(), expected.end()) < bound);
  const Model model(world);
  const double idfs = model.Idf("w0") + 12.0 / 7 * model.Idf("w3") + model.Idf("w17") + model.Idf("nowhere");
  CHECK(bound == Approx(3 * idfs));
}

TEST_CASE("stop words are not scored unless there is nothing else", "[text]") {
  WordWorld world;
  world.Add({"the cat", "the dog", "to be or not to be"});
  CHECK(world.Search("the cat").value().size() == 1);
  CHECK(world.Search("the").value().size() == 2);
  CHECK(world.Search("to be").value().size() == 1);
}

TEST_CASE("a bag finds compounds whole and in parts, the whole first", "[text]") {
  WordWorld world("none");
  world.Add({"case of a snake", "a snake_case name", "nothing"});
  const auto hits = world.Search("snake_case").value();
  REQUIRE(hits.size() == 2);
  CHECK(hits[0].number == 1);
  // A whole that occurs nowhere does not raise the bound: its parts stand for it.
  double whole = 0;
  double parts = 0;
  const std::vector<ChunkNumber> numbers = {0};
  REQUIRE(ScoreChunks(world.source(), "case-snake", numbers, &whole).ok());
  REQUIRE(ScoreChunks(world.source(), "case snake", numbers, &parts).ok());
  CHECK(whole == parts);
}

TEST_CASE("a single letter of Chinese finds the bigrams that begin with it", "[text]") {
  WordWorld world;
  world.Add({"\u6771\u4eac\u90fd", "\u4eac\u90fd", "\u6771"});
  CHECK(world.Search("\u6771").value().size() == 2);
  CHECK(world.Match("\u6771\u4eac") == std::vector<ChunkNumber>{0});
  CHECK(world.Match("\u4eac\u90fd") == std::vector<ChunkNumber>{0, 1});
}

TEST_CASE("only allowed chunks are found, frequencies count all", "[text]") {
  WordWorld world;
  world.Add({"cat", "cat", "cat dog", "dog"});
  const std::vector<uint64_t> bits = {0b0110};
  const std::span<const uint64_t> allowed(bits);
  WordRequest request;
  request.query = "cat";
  request.allowed = &allowed;
  const auto some = SearchWords(world.source(), request).value();
  REQUIRE(some.size() == 2);
  CHECK(some[0].number == 1);
  CHECK(some[0].score == world.Search("cat").value()[0].score);
  const std::span<const uint64_t> none;
  request.allowed = &none;
  CHECK(SearchWords(world.source(), request).value().empty());
  request.grammar = true;
  CHECK(SearchWords(world.source(), request).value().empty());
}

TEST_CASE("document frequency counts live chunks", "[text]") {
  WordWorld world;
  world.Add({"connected", "connections connect", "other snake_case", ""});
  CHECK(DocumentFrequency(world.source(), "Connecting").value() == 2);
  CHECK(DocumentFrequency(world.source(), "snake_case").value() == 1);
  CHECK(DocumentFrequency(world.source(), "absent").value() == 0);
  CHECK(DocumentFrequency(world.source(), "?").value() == 0);
  world.Remove(0);
  CHECK(DocumentFrequency(world.source(), "connect").value() == 1);
}

TEST_CASE("an empty collection, no word, k of zero, a set flag", "[text]") {
  WordWorld world;
  CHECK(world.Search("cat").value().empty());
  for (std::string_view query : {"", "  ", "?!", "\xff"}) {
    CHECK(world.Search(query).status().code() == Code::kInvalidArgument);
    CHECK(world.Search(query, true).status().code() == Code::kInvalidArgument);
  }
  world.Add({"cat"});
  CHECK(world.Search("dog").value().empty());
  CHECK(world.Search("cat", false, 0).value().empty());
  const std::atomic<bool> cancelled = true;
  WordRequest request;
  request.query = "cat";
  request.cancelled = &cancelled;
  CHECK(SearchWords(world.source(), request).status().code() == Code::kCancelled);
}

TEST_CASE("collections do not see each other's words", "[text]") {
  WordWorld world;
  world.Add({"cat"});
  WordSource other = world.source();
  other.collection = WordWorld::kCollection + 1;
  WordRequest request;
  request.query = "cat";
  CHECK(SearchWords(other, request).value().empty());
  CHECK(SearchWords(world.source(), request).value().size() == 1);
}

TEST_CASE("damaged blocks and keys are reported, naming the word", "[text]") {
  WordWorld world;
  world.Add({"cat dog", "cat"});
  const auto damage = [&](std::string_view key, std::string_view value) {
    storage::Batch batch;
    batch.Put(storage::Family::kWord, key, value);
    world.Commit(std::move(batch));
  };
  damage(storage::WordKey(WordWorld::kCollection, "cat", 0), "\x01garbage");
  const Status status = world.Search("cat").status();
  CHECK(status.code() == Code::kCorruption);
  CHECK(status.message().find("'cat'") != std::string_view::npos);
  CHECK(world.Search("dog").value().size() == 1);
  std::string next;
  storage::Batch batch;
  CHECK(MergePostings(world.source(), 10, &next, &batch).code() == Code::kCorruption);
  const auto visit = [](std::string_view, std::span<const ChunkNumber>) { return Status(); };
  CHECK(VisitPostings(world.source(), visit).code() == Code::kCorruption);

  WordWorld second;
  storage::Batch odd;
  odd.Put(storage::Family::kWord, storage::CollectionPrefix('W', WordWorld::kCollection) + "x", "");
  second.Commit(std::move(odd));
  CHECK(VisitPostings(second.source(), visit).code() == Code::kCorruption);
}

}  // namespace
}  // namespace quire::text
