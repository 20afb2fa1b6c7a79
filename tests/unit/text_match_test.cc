// The grammar of MATCH: what it finds, and what it refuses.
#include <iterator>
#include <memory>
#include <random>
#include <sstream>

#include "tests/unit/text_world.h"

namespace quire::text {
namespace {

using Numbers = std::vector<ChunkNumber>;

TEST_CASE("operators of MATCH", "[text]") {
  WordWorld world;
  world.Add({
      "red fox jumps",                   // 0
      "red dog sleeps",                  // 1
      "blue fox sleeps near a red dog",  // 2
      "a dog jumps over the lazy fox",   // 3
      "single sign on with okta",        // 4
      "sign on a single page",           // 5
  });
  CHECK(world.Match("fox") == Numbers{0, 2, 3});
  CHECK(world.Match("red fox") == Numbers{0, 2});
  CHECK(world.Match("red AND fox") == Numbers{0, 2});
  CHECK(world.Match("red OR page") == Numbers{0, 1, 2, 5});
  CHECK(world.Match("fox NOT red") == Numbers{3});
  CHECK(world.Match("fox -red") == Numbers{3});
  CHECK(world.Match("-red fox") == Numbers{3});
  CHECK(world.Match("fox AND NOT red") == Numbers{3});
  CHECK(world.Match("red -(fox sleeping)") == Numbers{0, 1});
  CHECK(world.Match("(fox OR dog) (jumping OR blue)") == Numbers{0, 2, 3});
  CHECK(world.Match("fox jumping OR sign") == Numbers{0, 3, 4, 5});
  CHECK(world.Match("fox (jumping OR sign)") == Numbers{0, 3});
  CHECK(world.Match("\"single sign on\"") == Numbers{4});
  CHECK(world.Match("sign on single") == Numbers{4, 5});
  CHECK(world.Match("\"red dog\" OR \"fox jumps\"") == Numbers{0, 1, 2});
  CHECK(world.Match("fox and red") == Numbers{0, 2});  // lower-case: a word, and a stop word
}

TEST_CASE("prefixes", "[text]") {
  WordWorld world;
  world.Add({"connection", "connector", "concept", "red conn"});
  CHECK(world.Match("conn*") == Numbers{0, 1, 3});
  CHECK(world.Match("con* -concept") == Numbers{0, 1, 3});
  CHECK(world.Match("connections*") == Numbers{0});  // its stem
  CHECK(world.Match("\"red co\"*") == Numbers{3});
  CHECK(world.Match("zzz*").empty());
}

TEST_CASE("NEAR counts the words between, in both directions", "[text]") {
  WordWorld world("none");
  world.Add({"a1 x x x b1", "b1 x a1", "a1 b1", "a1 x x x x x x x x x x b1", "a1", "a1 a1 x c1 x b1"});
  CHECK(world.Match("a1 NEAR/3 b1") == Numbers{0, 1, 2, 5});
  CHECK(world.Match("a1 NEAR/2 b1") == Numbers{1, 2});
  CHECK(world.Match("a1 NEAR/0 b1") == Numbers{2});
  CHECK(world.Match("a1 NEAR b1") == Numbers{0, 1, 2, 3, 5});
  CHECK(world.Match("a1 NEAR/9 b1") == Numbers{0, 1, 2, 5});
  CHECK(world.Match("a1 NEAR/0 a1") == Numbers{5});
  CHECK(world.Match("\"a1 x\" NEAR/2 b1") == Numbers{0, 5});
  CHECK(world.Match("a1 NEAR/1 c1 NEAR/1 b1") == Numbers{5});
  CHECK(world.Match("b1 NEAR/1 c1 NEAR/0 a1").empty());
  CHECK(world.Match("a1 -(a1 NEAR/3 b1)") == Numbers{3, 4});
}

TEST_CASE("stop words count in phrases only, or where there is nothing else", "[text]") {
  WordWorld world;
  world.Add({"to be or not to be", "the cat", "cat", "be"});
  CHECK(world.Match("the cat") == Numbers{1, 2});
  CHECK(world.Match("\"the cat\"") == Numbers{1});
  CHECK(world.Match("the") == Numbers{1});
  CHECK(world.Match("the NOT dog") == Numbers{1});
  CHECK(world.Match("\"to be\"") == Numbers{0});
  CHECK(world.Match("to be") == Numbers{0});
  CHECK(world.Match("cat NOT the") == Numbers{1, 2});
  CHECK(world.Match("the NEAR/0 cat") == Numbers{1});
}

TEST_CASE("compounds in MATCH", "[text]") {
  WordWorld world("none");
  world.Add({"use snake_case here", "snake case", "version v1.2.3", "v1 2 3", "a well-known thing", "well known",
             "the --dry-run flag"});
  CHECK(world.Match("snake_case") == Numbers{0});     // the whole occurs
  CHECK(world.Match("snake.case") == Numbers{0, 1});  // it does not: its parts as a phrase
  CHECK(world.Match("v1.2.3") == Numbers{2});
  CHECK(world.Match("v1.2*") == Numbers{2});
  CHECK(world.Match("well-known") == Numbers{4, 5});  // hyphens join words, not names
  CHECK(world.Match("--dry-run") == Numbers{6});
  CHECK(world.Match("flag -- dry") == Numbers{6});
  CHECK(world.Match("user@snake").empty());
  CHECK(world.Match("use,snake") == Numbers{0});  // no space between: a phrase
}

TEST_CASE("syntax errors name their place", "[text]") {
  struct Case {
    std::string_view query;
    size_t position;
  };
  const Case cases[] = {
      {"cat AND", 4},
      {"AND cat", 0},
      {"cat OR", 4},
      {"OR cat", 0},
      {"cat AND OR dog", 4},
      {"(cat", 0},
      {"cat )", 4},
      {"()", 0},
      {"cat ( )", 4},
      {"\"cat", 0},
      {"dog \"cat", 4},
      {"*", 0},
      {"cat * dog", 4},
      {"NOT cat", 0},
      {"-cat", 0},
      {"cat OR NOT x", 7},
      {"cat NOT", 4},
      {"NOT NOT cat", 0},
      {"NEAR cat", 0},
      {"cat NEAR", 4},
      {"cat NEAR/x d", 4},
      {"cat NEAR/ d", 4},
      {"(a c) NEAR b", 0},
      {"a NEAR (b c)", 7},
      {"a (-b)", 3},
      {"a NEAR ?", 7},
      {"cat NEAR/99999999999 d", 4},
  };
  WordWorld world("none");
  world.Add({"cat dog"});
  for (const Case& wrong : cases) {
    INFO(wrong.query);
    const Status status = world.Search(wrong.query, true).status();
    CHECK(status.code() == Code::kSyntaxError);
    CHECK(status.position() == wrong.position);
    CHECK_FALSE(status.message().empty());
  }
}

TEST_CASE("nesting is limited, length is not", "[text]") {
  WordWorld world;
  world.Add({"cat"});
  const auto nested = [](size_t depth) { return std::string(depth, '(') + "cat" + std::string(depth, ')'); };
  CHECK(world.Match(nested(200)) == Numbers{0});
  const Status status = world.Search(nested(10'000), true).status();
  CHECK(status.code() == Code::kSyntaxError);
  CHECK(status.position() == 200);
  std::string many = "cat";
  for (int i = 0; i < 20'000; ++i) many += " OR x" + std::to_string(i);
  CHECK(world.Match(many) == Numbers{0});
}

// --- Random queries against a model that looks at the words themselves
// ----------------------------------------------

struct Tree {
  enum Kind { kWord, kPhrase, kPrefix, kNear, kAnd, kOr, kAndNot } kind;
  std::string a, b;
  uint32_t distance = 0;
  std::unique_ptr<Tree> left, right;
};

class TreeMaker {
 public:
  explicit TreeMaker(unsigned seed) : random_(seed) {}

  uint32_t Below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  std::string Word() { return std::string(1, "pqrs"[Below(4)]) + std::to_string(Below(3)); }
  std::string Text() {
    std::string text;
    for (uint32_t n = 1 + Below(12); n > 0; --n) text += Word() + " ";
    return text;
  }
  std::unique_ptr<Tree> Make(int depth) {
    auto tree = std::make_unique<Tree>();
    tree->kind = static_cast<Tree::Kind>(depth == 0 ? Below(4) : Below(7));
    tree->a = tree->kind == Tree::kPrefix ? Word().substr(0, 1) : Word();
    tree->b = Word();
    tree->distance = Below(4);
    if (tree->kind >= Tree::kAnd) {
      tree->left = Make(depth - 1);
      tree->right = Make(depth - 1);
    }
    return tree;
  }

 private:
  std::minstd_rand random_;
};

std::string Query(const Tree& tree) {
  switch (tree.kind) {
    case Tree::kWord: return tree.a;
    case Tree::kPhrase: return "\"" + tree.a + " " + tree.b + "\"";
    case Tree::kPrefix: return tree.a + "*";
    case Tree::kNear: return "(" + tree.a + " NEAR/" + std::to_string(tree.distance) + " " + tree.b + ")";
    case Tree::kAnd: return "(" + Query(*tree.left) + " " + Query(*tree.right) + ")";
    case Tree::kOr: return "(" + Query(*tree.left) + " OR " + Query(*tree.right) + ")";
    case Tree::kAndNot: return "(" + Query(*tree.left) + " -" + Query(*tree.right) + ")";
  }
  return {};
}

bool Holds(const Tree& tree, const std::vector<std::string>& words) {
  if (tree.kind == Tree::kAnd) return Holds(*tree.left, words) && Holds(*tree.right, words);
  if (tree.kind == Tree::kOr) return Holds(*tree.left, words) || Holds(*tree.right, words);
  if (tree.kind == Tree::kAndNot) return Holds(*tree.left, words) && !Holds(*tree.right, words);
  for (size_t i = 0; i < words.size(); ++i) {
    if (tree.kind == Tree::kWord && words[i] == tree.a) return true;
    if (tree.kind == Tree::kPrefix && words[i].substr(0, 1) == tree.a) return true;
    if (tree.kind == Tree::kPhrase && i > 0 && words[i - 1] == tree.a && words[i] == tree.b) return true;
    for (size_t j = 0; tree.kind == Tree::kNear && j < words.size(); ++j) {
      const size_t apart = i > j ? i - j : j - i;
      if (apart > 0 && apart - 1 <= tree.distance && words[i] == tree.a && words[j] == tree.b) return true;
    }
  }
  return false;
}

TEST_CASE("random MATCH queries equal the model", "[text][random]") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  TreeMaker make(seed);
  WordWorld world("none");
  for (int commit = 0; commit < 10; ++commit) {
    std::vector<std::string> texts;
    for (int i = 0; i < 30; ++i) texts.push_back(make.Text());
    world.Add(texts);
  }
  for (ChunkNumber i = 0; i < 300; i += 7) world.Remove(i);
  for (int round = 0; round < 300; ++round) {
    const auto tree = make.Make(3);
    Numbers expected;
    for (ChunkNumber i = 0; i < world.texts().size(); ++i) {
      std::istringstream stream(world.texts()[i]);
      const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
      if (world.IsLive(i) && Holds(*tree, words)) expected.push_back(i);
    }
    INFO("query " << Query(*tree));
    REQUIRE(world.Match(Query(*tree)) == expected);
  }
}

}  // namespace
}  // namespace quire::text
