#include "engine/text/word_query.h"

#include <unordered_map>
#include <utility>

#include "engine/base/utf8.h"
#include "engine/text/query_lexer.h"
#include "engine/text/unicode.h"

namespace quire::text {
namespace {

using NodePtr = std::unique_ptr<QueryNode>;
using Kind = QueryToken::Kind;

bool IsWholeAt(const std::vector<Token>& tokens, size_t i) {
  return i > 0 && tokens[i].position == tokens[i - 1].position;
}

QueryWord MakeWord(std::string term) {
  QueryWord word;
  if (IsLoneUnspaced(term)) word.prefix = term;  // one character of Chinese: every bigram that begins with it
  word.term = std::move(term);
  return word;
}

// The folded form of `text` if it is one word, without stemming.
std::string FoldedWord(std::string_view text) {
  auto plain = Analyzer::Make("none");
  std::vector<Token> tokens;
  if (plain.ok()) plain.value()->Analyze(text, &tokens);
  return tokens.size() == 1 ? std::move(tokens[0].term) : std::string();
}

// Distinct leaves of a query.
class LeafSet {
 public:
  explicit LeafSet(std::vector<QueryLeaf>* leaves) : leaves_(leaves) {}

  size_t Add(QueryLeaf leaf) {
    std::string key;
    for (const auto* words : {&leaf.words, &leaf.whole}) {
      for (const QueryWord& word : *words) {
        key.append(word.term).push_back('\0');
        key.append(word.prefix).push_back('\0');
        key.append(std::to_string(word.offset)).push_back('\0');
      }
      key.push_back('\0');
    }
    const auto [found, added] = index_.emplace(std::move(key), leaves_->size());
    if (added) leaves_->push_back(std::move(leaf));
    return found->second;
  }

 private:
  std::vector<QueryLeaf>* leaves_;
  std::unordered_map<std::string, size_t> index_;
};

Status NoWord(std::string_view text) {
  constexpr size_t kShown = 60;
  const std::string shown = Printable(text.substr(0, kShown));
  return Status(Code::kInvalidArgument, "query '" + shown + "' has no word to look for");
}

class Parser {
 public:
  Parser(const Analyzer& analyzer, std::string_view text, bool keep_stop_words)
      : analyzer_(analyzer), lexer_(text), keep_stop_words_(keep_stop_words), leaves_(&query_.leaves) {}

  // A null root means that nothing is left to look for.
  Result<WordQuery> Run() {
    QUIRE_RETURN_IF_ERROR(Advance());
    QUIRE_ASSIGN_OR_RETURN(query_.root, ParseOr(0));
    if (next_.kind == Kind::kClose) return Error("a ')' without '('", next_.position);
    return std::move(query_);
  }

  bool dropped() const { return dropped_; }  // whether a stop word was ignored

 private:
  static Status Error(std::string message, size_t position) {
    return Status(Code::kSyntaxError, std::move(message)).At(position);
  }

  Status Advance() {
    QUIRE_ASSIGN_OR_RETURN(next_, lexer_.Next());
    return {};
  }

  bool AtOperand() const {
    return next_.kind == Kind::kOpen || next_.kind == Kind::kWord || next_.kind == Kind::kPhrase;
  }

  Status ExpectOperandAfter(const char* what, size_t position) const {
    if (AtOperand()) return {};
    return Error(std::string(what) + " expects a word after it", position);
  }

  // or := and { OR and }
  Result<NodePtr> ParseOr(int depth) {
    auto node = std::make_unique<QueryNode>();
    node->kind = QueryNode::Kind::kOr;
    while (true) {
      if (next_.kind == Kind::kOr) return Error("OR expects a word before it", next_.position);
      QUIRE_ASSIGN_OR_RETURN(NodePtr child, ParseAnd(depth));
      if (child != nullptr) node->children.push_back(std::move(child));
      if (next_.kind != Kind::kOr) break;
      const size_t position = next_.position;
      QUIRE_RETURN_IF_ERROR(Advance());
      if (next_.kind != Kind::kNot) QUIRE_RETURN_IF_ERROR(ExpectOperandAfter("OR", position));
    }
    if (node->children.empty()) return NodePtr();
    if (node->children.size() == 1) return std::move(node->children[0]);
    return node;
  }

  // and := factor { [AND] factor }     factor := [NOT] near
  Result<NodePtr> ParseAnd(int depth) {
    auto node = std::make_unique<QueryNode>();
    node->kind = QueryNode::Kind::kAnd;
    size_t first_not = Status::kNoPosition;
    for (bool first = true; next_.kind != Kind::kEnd && next_.kind != Kind::kClose && next_.kind != Kind::kOr;
         first = false) {
      if (next_.kind == Kind::kNear) return Error("NEAR expects a word before it", next_.position);
      if (next_.kind == Kind::kAnd) {
        const size_t position = next_.position;
        if (first) return Error("AND expects a word before it", position);
        QUIRE_RETURN_IF_ERROR(Advance());
        if (next_.kind != Kind::kNot) QUIRE_RETURN_IF_ERROR(ExpectOperandAfter("AND", position));
      }
      const bool negated = next_.kind == Kind::kNot;
      if (negated) {
        if (first_not == Status::kNoPosition) first_not = next_.position;
        QUIRE_RETURN_IF_ERROR(SkipNot());
      }
      negated_ += negated ? 1 : 0;
      QUIRE_ASSIGN_OR_RETURN(NodePtr factor, ParseNear(depth));
      negated_ -= negated ? 1 : 0;
      if (factor != nullptr) (negated ? node->excluded : node->children).push_back(std::move(factor));
    }
    if (node->children.empty() && !node->excluded.empty()) {
      return Error("NOT expects something beside it that is to be found", first_not);
    }
    if (node->children.empty()) return NodePtr();
    if (node->children.size() == 1 && node->excluded.empty()) return std::move(node->children[0]);
    return node;
  }

  Status SkipNot() {
    const size_t position = next_.position;
    QUIRE_RETURN_IF_ERROR(Advance());
    return ExpectOperandAfter("NOT", position);
  }

  // near := primary { NEAR/n primary }
  Result<NodePtr> ParseNear(int depth) {
    const size_t first = next_.position;
    QUIRE_ASSIGN_OR_RETURN(NodePtr child, ParsePrimary(depth, false));
    if (next_.kind != Kind::kNear) return child;
    auto node = std::make_unique<QueryNode>();
    node->kind = QueryNode::Kind::kNear;
    QUIRE_RETURN_IF_ERROR(AddNear(std::move(child), 0, first, node.get()));
    while (next_.kind == Kind::kNear) {
      const QueryToken near = next_;
      QUIRE_RETURN_IF_ERROR(Advance());
      QUIRE_RETURN_IF_ERROR(ExpectOperandAfter("NEAR", near.position));
      const size_t position = next_.position;
      QUIRE_ASSIGN_OR_RETURN(child, ParsePrimary(depth, true));
      QUIRE_RETURN_IF_ERROR(AddNear(std::move(child), near.distance, position, node.get()));
    }
    return node;
  }

  Status AddNear(NodePtr child, uint32_t distance, size_t position, QueryNode* node) {
    if (child == nullptr || child->kind != QueryNode::Kind::kLeaf) {
      return Error("NEAR expects a word or a phrase on both sides", position);
    }
    child->distance = distance;
    query_.leaves[child->leaf].near = true;
    node->children.push_back(std::move(child));
    return {};
  }

  // primary := '(' or ')' | word | phrase
  Result<NodePtr> ParsePrimary(int depth, bool after_near) {
    const QueryToken token = next_;
    QUIRE_RETURN_IF_ERROR(Advance());
    if (token.kind != Kind::kOpen) return MakeNode(token, after_near || next_.kind == Kind::kNear);
    if (depth >= kQueryDepthMax) {
      return Error("parentheses nest deeper than " + std::to_string(kQueryDepthMax), token.position);
    }
    if (next_.kind == Kind::kClose) return Error("parentheses with nothing in them", token.position);
    QUIRE_ASSIGN_OR_RETURN(NodePtr node, ParseOr(depth + 1));
    if (next_.kind != Kind::kClose) return Error("a '(' without ')'", token.position);
    QUIRE_RETURN_IF_ERROR(Advance());
    return node;
  }

  // Null for punctuation and, as in PostgreSQL, for a stop word by itself.
  Result<NodePtr> MakeNode(const QueryToken& token, bool beside_near) {
    QueryLeaf leaf = MakeLeaf(analyzer_, token.text, token.prefix);
    if (leaf.words.empty()) return NodePtr();
    const bool optional = token.kind == Kind::kWord && !token.prefix && !beside_near && leaf.words.size() == 1;
    if (optional && !keep_stop_words_ && analyzer_.IsStopWord(leaf.words[0].term)) {
      dropped_ = true;
      return NodePtr();
    }
    auto node = std::make_unique<QueryNode>();
    node->leaf = leaves_.Add(std::move(leaf));
    if (negated_ == 0) query_.leaves[node->leaf].scored = true;
    return node;
  }

  const Analyzer& analyzer_;
  QueryLexer lexer_;
  const bool keep_stop_words_;
  WordQuery query_;
  LeafSet leaves_;
  QueryToken next_;
  int negated_ = 0;  // how many NOTs we are in
  bool dropped_ = false;
};

}  // namespace

QueryLeaf MakeLeaf(const Analyzer& analyzer, std::string_view text, bool prefix) {
  std::vector<Token> tokens;
  analyzer.Analyze(text, &tokens);
  QueryLeaf leaf;
  const auto slice = [&](uint32_t start, uint32_t end) { return text.substr(start, end - start); };
  for (size_t i = 0; i < tokens.size(); ++i) {
    Token& token = tokens[i];
    const bool last = token.end == tokens.back().end;
    if (!IsWholeAt(tokens, i)) {
      QueryWord& word = leaf.words.emplace_back(MakeWord(token.term));
      word.offset = token.position - tokens[0].position;
      if (prefix && last) word.prefix = FoldedWord(slice(token.start, token.end));
      if (prefix && last && word.prefix.empty()) word.prefix = word.term;
    } else if (i == 1 && last && slice(token.start, token.end).find_first_of("_.") != std::string_view::npos) {
      QueryWord& whole = leaf.whole.emplace_back();
      whole.term = token.term;
      if (prefix) whole.prefix = token.term;
    }
  }
  return leaf;
}

Result<WordQuery> ParseBag(const Analyzer& analyzer, std::string_view text) {
  std::vector<Token> tokens;
  analyzer.Analyze(text, &tokens);
  if (tokens.empty()) return NoWord(text);
  bool only_stop_words = true;
  for (const Token& token : tokens) only_stop_words = only_stop_words && analyzer.IsStopWord(token.term);
  WordQuery query;
  LeafSet leaves(&query.leaves);
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (!only_stop_words && analyzer.IsStopWord(tokens[i].term)) continue;
    QueryLeaf leaf;
    leaf.words.push_back(MakeWord(tokens[i].term));
    leaf.is_whole = IsWholeAt(tokens, i);
    leaf.scored = true;
    leaf.times = 0;
    ++query.leaves[leaves.Add(std::move(leaf))].times;
  }
  return query;
}

Result<WordQuery> ParseGrammar(const Analyzer& analyzer, std::string_view text) {
  Parser parser(analyzer, text, false);
  Result<WordQuery> query = parser.Run();
  const bool empty = !query.ok() || query.value().root == nullptr;
  // What is left of a query of stop words may be nothing, or a lone NOT: then they are what is looked for.
  if (empty && parser.dropped()) query = Parser(analyzer, text, true).Run();
  if (query.ok() && query.value().root == nullptr) return NoWord(text);
  return query;
}

}  // namespace quire::text
