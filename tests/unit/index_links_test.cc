// Links as they are stored: read back, damaged, interrupted, replaced. Whatever is stored, answers are right.
#include <cstring>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/index/index_view.h"
#include "engine/index/links_store.h"
#include "engine/storage/keys.h"
#include "tests/unit/index_links_support.h"

namespace quire::index {
namespace {

using storage::Family;

constexpr size_t kHeaderBytes = 24;  // of a stored value

Parameters Like(Metric metric, uint32_t dim, RawVectors raw = RawVectors::kF32) {
  return {.collection = 4, .generation = 2, .dim = dim, .metric = metric, .raw = raw, .seed = 9};
}

// An index with links, and its model.
class LinkedIndex : public TestIndex {
 public:
  LinkedIndex(const Parameters& parameters, uint32_t count) : TestIndex(parameters), source_(parameters.dim, 1) {
    AddClustered(count);
    Link();
    REQUIRE(view()->links().linked);
  }

  void AddClustered(uint32_t count) {
    Model added;
    for (uint32_t i = 0; i < count; ++i) added[next_++] = source_.Next();
    Change(added, {});
    for (const auto& [number, vector] : added) model_[number] = AsStored(parameters().raw, vector);
  }
  void RemoveEvery(uint32_t step) {
    std::vector<uint32_t> gone;
    for (const auto& [number, vector] : model_) {
      if (number % step == 0) gone.push_back(number);
    }
    Change({}, gone);
    for (const uint32_t number : gone) model_.erase(number);
  }

  std::string head_key() const { return storage::LinksHeadKey(4, 2); }
  static std::string PartKey(uint32_t edition, uint32_t part) { return storage::LinksPartKey(4, 2, edition, part); }
  static std::string LeafKey(uint32_t edition, uint32_t leaf) { return storage::LinksLeafKey(4, 2, edition, leaf); }
  std::string Read(Family family, const std::string& key) const {
    std::string value;
    const auto there = store().snapshot()->Get(family, key, &value);
    REQUIRE(there.ok());
    REQUIRE(*there);
    return value;
  }
  void Write(Family family, const std::string& key, const std::string& value) {
    storage::Batch batch;
    batch.Put(family, key, value);
    Commit(std::move(batch));
  }
  void Remove(Family family, const std::string& key) {
    storage::Batch batch;
    batch.Delete(family, key);
    Commit(std::move(batch));
  }
  // The keys of stored parts.
  std::vector<std::string> Parts() const {
    std::vector<std::string> keys;
    const auto snapshot = store().snapshot();
    for (storage::Cursor cursor = snapshot->ScanPrefix(Family::kCode, "K"); cursor.Valid(); cursor.Next()) {
      keys.emplace_back(cursor.key());
    }
    return keys;
  }
  // Parts and leaves of all editions.
  std::map<std::string, std::string> Values() const {
    std::map<std::string, std::string> values;
    const auto snapshot = store().snapshot();
    for (const char* kind : {"K", "L"}) {
      for (storage::Cursor cursor = snapshot->ScanPrefix(Family::kCode, kind); cursor.Valid(); cursor.Next()) {
        values.emplace(cursor.key(), cursor.value());
      }
    }
    return values;
  }
  Status StoredLinks() const {
    const auto& contents = static_cast<const IndexView&>(*view()).contents();
    return LoadLinked(parameters(), contents, *store().snapshot()).status();
  }

  // Answers of `served` to a few queries, with and without filters, by links and by scans.
  std::string FirstFault(const View& served) const {
    ClusteredVectors source(parameters().dim, 2);
    const Numbers live(model_);
    Numbers odd(next_), few(next_);
    for (uint32_t number = 1; number < next_; number += 2) odd.Add(number);
    for (uint32_t number = 3; number < next_; number += 41) few.Add(number);
    for (const uint32_t k : {1u, 10u, 70u}) {
      const std::vector<float> vector = source.Next();
      const Query query{.vector = vector, .k = k, .recall_target = 0.1};
      for (const Query& one : {query, odd.Filter(query, live), few.Filter(query, live)}) {
        const std::string fault =
            FaultOf(SearchIn(served, *store().snapshot(), one), one, parameters().metric, model_);
        if (!fault.empty()) return "k " + std::to_string(k) + ": " + fault;
      }
    }
    return {};
  }

  // Loading succeeds without links, answers are right, and links can be made anew.
  void ExpectUnlinked() {
    const Status stored = StoredLinks();
    INFO(stored.ToString());
    CHECK(stored.code() == Code::kCorruption);
    const auto loaded = TryLoad();
    REQUIRE(loaded.ok());
    CHECK_FALSE((*loaded)->links().linked);
    CHECK((*loaded)->links().lag == model_.size());
    CHECK(FirstFault(**loaded) == "");
  }
  void MakeAnew() {
    ServeStored();
    Link();
    Reload();
    CHECK(view()->links().linked);
    CHECK(view()->links().lag == 0);
    CHECK(StoredLinks().ok());
    CHECK(FirstFault(*view()) == "");
  }
  void ServeStored() {
    const auto loaded = TryLoad();
    REQUIRE(loaded.ok());
    Serve(*loaded);
  }

  const Model& model() const { return model_; }
  uint32_t next() const { return next_; }

 private:
  ClusteredVectors source_;
  Model model_;  // as stored
  uint32_t next_ = 1;
};

std::vector<std::vector<float>> Queries(uint32_t dim, size_t count) {
  ClusteredVectors source(dim, 3);
  std::vector<std::vector<float>> queries;
  for (size_t i = 0; i < count; ++i) queries.push_back(source.Next());
  return queries;
}

std::vector<std::vector<Neighbour>> Answers(const TestIndex& index, const std::vector<std::vector<float>>& queries) {
  std::vector<std::vector<Neighbour>> answers;
  for (const std::vector<float>& vector : queries) {
    for (const double target : {0.5, 0.95}) answers.push_back(index.Search({.vector = vector, .recall_target = target}));
  }
  return answers;
}

// `value` with its checksum set right again.
std::string Resealed(std::string value) {
  value.resize(value.size() - sizeof(uint64_t));
  AppendRaw(&value, Hash64(value));
  return value;
}

// The second edition of an index, and what the first was stored as.
class SecondEdition : public LinkedIndex {
 public:
  SecondEdition() : LinkedIndex(Like(Metric::kCosine, 20), 2500) {
    REQUIRE(Parts() == std::vector<std::string>{PartKey(1, 0), PartKey(1, 1), PartKey(1, 2)});
    old_values = Values();
    old_head = Read(Family::kTree, head_key());
    RemoveEvery(100);
    AddClustered(25);
    Link();
    REQUIRE(Parts() == std::vector<std::string>{PartKey(2, 0), PartKey(2, 1), PartKey(2, 2)});
  }

  std::map<std::string, std::string> old_values;
  std::string old_head;
};

}  // namespace

TEST_CASE("index links: read back they give the same answers") {
  for (const Metric metric : {Metric::kCosine, Metric::kL2, Metric::kInnerProduct}) {
    LinkedIndex index(Like(metric, 150, RawVectors::kF16), 5000);
    const auto queries = Queries(150, 60);
    const auto same = [&](const std::vector<std::vector<Neighbour>>& a) {
      const auto b = Answers(index, queries);
      return std::equal(a.begin(), a.end(), b.begin(), b.end(), Same);
    };
    auto answers = Answers(index, queries);
    index.Reload();
    CHECK(same(answers));
    index.RemoveEvery(9);
    index.AddClustered(700);
    answers = Answers(index, queries);
    index.Reload();
    CHECK(index.view()->links().dead == 555);
    CHECK(index.view()->links().lag == 700);
    CHECK(same(answers));
    while (index.Fold()) {
    }
    CHECK(same(answers));
    index.Reload();
    CHECK(same(answers));
    CHECK(index.FirstFault(*index.view()) == "");
    index.Link();
    CHECK(index.view()->links().edition == 2);
    CHECK(index.view()->links().dead == 0);
    answers = Answers(index, queries);
    index.Reload();
    CHECK(same(answers));
  }
}

TEST_CASE("index links: every flipped byte is noticed, and links are made anew") {
  LinkedIndex index(Like(Metric::kCosine, 8), 60);
  const std::string head = index.Read(Family::kTree, index.head_key());
  const std::string part = index.Read(Family::kCode, LinkedIndex::PartKey(1, 0));
  REQUIRE(index.Parts().size() == 1);
  const auto damage = [&](Family family, const std::string& key, const std::string& good) {
    for (size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
      index.Write(family, key, bad);
      if (index.StoredLinks().code() != Code::kCorruption) FAIL_CHECK("byte " << i << " of " << key[0]);
    }
    for (size_t size = 0; size < good.size(); size += 13) {
      index.Write(family, key, good.substr(0, size));
      if (index.StoredLinks().code() != Code::kCorruption) FAIL_CHECK(size << " bytes of " << key[0]);
    }
    index.ExpectUnlinked();
    index.Write(family, key, good + "x");
    index.ExpectUnlinked();
    index.Write(family, key, good);
    CHECK(index.StoredLinks().ok());
  };
  damage(Family::kTree, index.head_key(), head);
  damage(Family::kCode, LinkedIndex::PartKey(1, 0), part);
  damage(Family::kCode, LinkedIndex::LeafKey(1, 0), index.Read(Family::kCode, LinkedIndex::LeafKey(1, 0)));
  index.Write(Family::kCode, LinkedIndex::PartKey(1, 0), part.substr(0, 100));
  index.ExpectUnlinked();
  index.MakeAnew();
}

TEST_CASE("index links: wrong contents under a right checksum are noticed or do no harm") {
  // Every byte of a small index, then some of one that is searched by links.
  for (const uint32_t count : {60u, 1600u}) {
    LinkedIndex index(Like(Metric::kL2, 8), count);
    size_t loaded_count = 0;
    const auto damage = [&](Family family, const std::string& key, size_t step) {
      const std::string good = index.Read(family, key);
      for (size_t i = 0; i < good.size() - sizeof(uint64_t); i += step) {
        std::string bad = good;
        bad[i] = static_cast<char>(i % 3 == 0 ? 0xFF : bad[i] ^ (1 << (i % 8)));
        index.Write(family, key, Resealed(bad));
        const auto loaded = index.TryLoad();
        REQUIRE(loaded.ok());
        loaded_count += (*loaded)->links().linked ? 1 : 0;
        const std::string fault = index.FirstFault(**loaded);
        if (!fault.empty()) FAIL_CHECK("byte " << i << " of " << good.size() << " of " << key[0] << ": " << fault);
      }
      index.Write(family, key, good);
    };
    damage(Family::kTree, index.head_key(), count < 1000 ? 1 : 71);
    damage(Family::kCode, LinkedIndex::PartKey(1, 0), count < 1000 ? 1 : 211);
    damage(Family::kCode, LinkedIndex::LeafKey(1, 1), count < 1000 ? 1 : 101);
    CHECK(loaded_count > 100);
  }
}

TEST_CASE("index links: parts that are missing, of another edition or another index") {
  SecondEdition index;
  const auto part = [](uint32_t number) { return LinkedIndex::PartKey(2, number); };
  SECTION("a part is missing") {
    index.Remove(Family::kCode, part(GENERATE(0u, 1u, 2u)));
    index.ExpectUnlinked();
  }
  SECTION("a leaf is missing") {
    index.Remove(Family::kCode, LinkedIndex::LeafKey(2, GENERATE(0u, 7u)));
    index.ExpectUnlinked();
  }
  SECTION("a leaf of the edition before, under the new key") {
    index.Write(Family::kCode, LinkedIndex::LeafKey(2, 3), index.old_values.at(LinkedIndex::LeafKey(1, 3)));
    index.ExpectUnlinked();
  }
  SECTION("two leaves change places") {
    const std::string three = index.Read(Family::kCode, LinkedIndex::LeafKey(2, 3));
    index.Write(Family::kCode, LinkedIndex::LeafKey(2, 3), index.Read(Family::kCode, LinkedIndex::LeafKey(2, 4)));
    index.Write(Family::kCode, LinkedIndex::LeafKey(2, 4), three);
    index.ExpectUnlinked();
  }
  SECTION("all parts are missing") {
    for (const uint32_t number : {0u, 1u, 2u}) index.Remove(Family::kCode, part(number));
    index.ExpectUnlinked();
  }
  SECTION("a part of the edition before, under the new key") {
    index.Write(Family::kCode, part(1), index.old_values.at(LinkedIndex::PartKey(1, 1)));
    index.ExpectUnlinked();
  }
  SECTION("two parts change places") {
    const std::string zero = index.Read(Family::kCode, part(0));
    index.Write(Family::kCode, part(0), index.Read(Family::kCode, part(1)));
    index.Write(Family::kCode, part(1), zero);
    index.ExpectUnlinked();
  }
  SECTION("links of another index of the same shape") {
    LinkedIndex other(Like(Metric::kCosine, 20), 2500);
    index.Write(Family::kCode, part(2), other.Read(Family::kCode, LinkedIndex::PartKey(1, 2)));
    index.ExpectUnlinked();
  }
  index.MakeAnew();
}

TEST_CASE("index links: heads of another edition, kind, format or size") {
  SecondEdition index;
  std::string head = index.Read(Family::kTree, index.head_key());
  SECTION("the head of the edition before, whose parts are gone") {
    index.Write(Family::kTree, index.head_key(), index.old_head);
    index.ExpectUnlinked();
  }
  SECTION("the head of the edition before, with its parts, is an old but right edition") {
    index.Write(Family::kTree, index.head_key(), index.old_head);
    for (const auto& [key, value] : index.old_values) index.Write(Family::kCode, key, value);
    index.ServeStored();
    CHECK(index.view()->links().edition == 1);
    CHECK(index.view()->links().dead == 25);
    CHECK(index.view()->links().lag == 25);
    CHECK(index.FirstFault(*index.view()) == "");
  }
  SECTION("the head is a part") {
    index.Write(Family::kTree, index.head_key(), index.Read(Family::kCode, LinkedIndex::PartKey(2, 0)));
    index.ExpectUnlinked();
  }
  SECTION("a newer format") {
    head[4] = 99;
    index.Write(Family::kTree, index.head_key(), Resealed(head));
    CHECK(index.StoredLinks().code() == Code::kUnsupported);
    CHECK_FALSE((*index.TryLoad())->links().linked);
  }
  SECTION("more than there can be") {
    const uint32_t many = 0xFFFFFFF0u;
    const size_t field = GENERATE(16u, 24u, 28u, 36u, 40u);  // nodes, groups, leaves, points
    std::memcpy(head.data() + kHeaderBytes + field, &many, sizeof many);
    index.Write(Family::kTree, index.head_key(), Resealed(head));
    index.ExpectUnlinked();
  }
  SECTION("a head alone, which promises more than there can be") {
    const uint32_t many = 0xFFFFFFF0u;
    std::memcpy(head.data() + kHeaderBytes + 16, &many, sizeof many);
    std::memcpy(head.data() + kHeaderBytes + 20, &many, sizeof many);
    index.Write(Family::kTree, index.head_key(), Resealed(head));
    for (const uint32_t part : {0u, 1u, 2u}) index.Remove(Family::kCode, LinkedIndex::PartKey(2, part));
    index.ExpectUnlinked();
  }
  index.MakeAnew();
}

TEST_CASE("index links: an edition that was not finished is not read, and reclaimed") {
  LinkedIndex index(Like(Metric::kL2, 20), 3000);
  const auto first = index.Parts();
  index.AddClustered(1500);
  const auto linked = index.MakeLinks(*index.view(), *index.store().snapshot());  // stores it, too
  CHECK(index.Parts().size() == 8);
  SECTION("all parts were stored, the head was not") {}
  SECTION("some parts were stored") {
    index.Remove(Family::kCode, LinkedIndex::PartKey(2, 4));
    index.Remove(Family::kCode, LinkedIndex::PartKey(2, 2));
  }
  SECTION("commits failed") {
    uint32_t commits = 0;
    const auto fail = [&](storage::Batch) {
      ++commits;
      return Status(Code::kIoError, "no space");
    };
    CHECK(StoreLinked(index.parameters(), *linked, fail).code() == Code::kIoError);
    CHECK(ReclaimLinked(*index.view(), *index.store().snapshot(), fail).code() == Code::kIoError);
    CHECK(commits == 2);
  }
  index.Reload();
  CHECK(index.view()->links().edition == 1);
  CHECK(index.view()->links().lag == 1500);
  CHECK(index.FirstFault(*index.view()) == "");
  const auto commit = [&](storage::Batch batch) { return index.store().Commit(std::move(batch)); };
  REQUIRE(ReclaimLinked(*index.view(), *index.store().snapshot(), commit).ok());
  CHECK(index.Parts() == first);
  index.Reload();
  CHECK(index.view()->links().edition == 1);
  index.MakeAnew();
  CHECK(index.view()->links().edition == 2);
  CHECK(index.Parts().size() == 5);
}

}  // namespace quire::index
