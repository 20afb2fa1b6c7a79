// Parser: models, and what is said of answers.
#include "sql/parse/parser_impl.h"

namespace quire::sql {

// The current token is CREATE, ALTER or DROP, the next one MODEL.
Result<StatementNode> Parser::ParseModel() {
  ModelStatement model;
  const bool drop = AtKeyword("DROP"), alter = AtKeyword("ALTER");
  if (drop) model.kind = ModelStatement::Kind::kDrop;
  Advance(), Advance();
  if (!alter && AcceptKeyword("IF")) {
    if (!drop) QUIRE_RETURN_IF_ERROR(ExpectKeyword("NOT"));
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("EXISTS"));
    model.if_exists = true;
  }
  QUIRE_ASSIGN_OR_RETURN(model.name, ParseName("the name of a model"));
  if (alter) {
    QUIRE_RETURN_IF_ERROR(ParseModelChange(&model));
  } else if (!drop) {
    QUIRE_RETURN_IF_ERROR(ParseProvider(&model.provider, &model.options));
  }
  return StatementNode(std::move(model));
}

// What follows ALTER MODEL m.
Status Parser::ParseModelChange(ModelStatement* model) {
  using Kind = ModelStatement::Kind;
  if (AcceptKeyword("ADD")) {
    model->kind = Kind::kAddVersion;
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("VERSION"));
    if (!AtKeyword("USING")) {
      QUIRE_ASSIGN_OR_RETURN(model->version, ParseExpression());
    }
    return ParseProvider(&model->provider, &model->options);
  }
  if (AcceptKeyword("PROMOTE")) {
    model->kind = Kind::kPromote;
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("VERSION"));
    QUIRE_ASSIGN_OR_RETURN(model->version, ParseExpression());
    return AtKeyword("REQUIRE") ? Unsupported("PROMOTE ... REQUIRE") : Status();
  }
  if (AcceptKeyword("ROLLBACK")) {
    model->kind = Kind::kRollBack;
    return {};
  }
  if (AtKeyword("SET") && AtSymbol("(", 1)) {
    model->kind = Kind::kSet;
    Advance();
    QUIRE_ASSIGN_OR_RETURN(model->options, ParseOptions());
    return {};
  }
  if (AtKeyword("SET")) {
    Advance();
    if (AtKeyword("SHADOW") || AtKeyword("TRAFFIC") || AtKeyword("GUARD")) return Unsupported("SET " + AsciiUpper(Text(Peek())));
    return UnexpectedWithHint("'('", "write SET (temperature = 0.2)");
  }
  return Unexpected("ADD VERSION, SET, PROMOTE or ROLLBACK", {"ADD", "SET", "PROMOTE", "ROLLBACK"});
}

// The current token is EXPLAIN, the next one ANSWER.
Result<StatementNode> Parser::ParseExplainAnswer() {
  AnswerStatement answer;
  Advance(), Advance();
  QUIRE_ASSIGN_OR_RETURN(answer.id, ParseExpression());
  return StatementNode(std::move(answer));
}

// The current token is FEEDBACK.
Result<StatementNode> Parser::ParseFeedback() {
  AnswerStatement answer;
  Advance();
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("ON"));
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("ANSWER"));
  QUIRE_ASSIGN_OR_RETURN(answer.id, ParseExpression());
  if (!AtKeyword("GOOD") && !AtKeyword("BAD")) return Unexpected("GOOD or BAD", {"GOOD", "BAD"});
  answer.kind = AtKeyword("GOOD") ? AnswerStatement::Kind::kGood : AnswerStatement::Kind::kBad;
  Advance();
  for (const auto& [word, value] : {std::pair("CORRECTION", &answer.correction), std::pair("REASON", &answer.reason)}) {
    if (!AcceptKeyword(word)) continue;
    QUIRE_ASSIGN_OR_RETURN(*value, ParseExpression());
  }
  return StatementNode(std::move(answer));
}

// The current token is CALIBRATE.
Result<StatementNode> Parser::ParseCalibrate() {
  CalibrateStatement calibrate;
  Advance();
  QUIRE_ASSIGN_OR_RETURN(calibrate.collection, ParseCollection());
  if (AtKeyword("TARGET")) {
    Advance();
    Option& target = calibrate.options.emplace_back();
    const Token token = Peek();
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("REFUSAL"));
    target.name = {"refusal", {token.start, token.end}};
    QUIRE_ASSIGN_OR_RETURN(target.value, ParseExpression());
  }
  if (AcceptKeyword("WITH")) {
    QUIRE_ASSIGN_OR_RETURN(std::vector<Option> options, ParseOptions());
    for (Option& option : options) calibrate.options.push_back(std::move(option));
  }
  return StatementNode(std::move(calibrate));
}

}  // namespace quire::sql
