#include "sql/exec/statement.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "sql/bind/shown.h"
#include "sql/parse/lexer.h"
#include "sql/parse/parser.h"

namespace quire {
namespace {

using sql::Token;
using sql::TokenKind;
using Parameter = sql::StatementParameter;

// The parameters of a text that the parser took. A plain ? has the number after the highest so far.
struct Found {
  std::vector<Parameter> positional, named;

  void Add(std::string_view token, size_t position) {
    const std::string_view rest = token.substr(1);
    size_t index = positional.size() + 1;
    if (!rest.empty() && (rest.front() < '0' || rest.front() > '9')) {
      const auto same = [rest](const Parameter& parameter) { return parameter.name == rest; };
      if (std::none_of(named.begin(), named.end(), same)) named.push_back({std::string(rest), position, false});
      return;
    }
    if (!rest.empty()) std::from_chars(rest.data(), rest.data() + rest.size(), index);
    if (index > positional.size()) positional.resize(index, {{}, Status::kNoPosition, false});
    positional[index - 1].position = std::min(positional[index - 1].position, position);
  }
};

}  // namespace

Result<Statement> Statement::Impl::Make(sql::SessionState& session, std::string_view text) {
  auto impl = std::make_unique<Impl>();
  impl->session = &session;
  impl->text = text;
  QUIRE_ASSIGN_OR_RETURN(impl->tree, sql::Parse(impl->text));
  Found found;
  sql::Lexer lexer(impl->text);
  for (Token token = lexer.Next(); token.kind != TokenKind::kEnd; token = lexer.Next()) {
    if (token.kind != TokenKind::kParameter) continue;
    found.Add(std::string_view(impl->text).substr(token.start, token.end - token.start), token.start);
  }
  for (size_t i = 0; i < found.positional.size(); ++i) {
    if (found.positional[i].position != Status::kNoPosition) continue;
    return Status(Code::kInvalidArgument,
                  "the statement has " + std::to_string(found.positional.size()) +
                      " parameters by position, but none with number " + std::to_string(i + 1),
                  "number parameters from 1 on");
  }
  impl->values.positional.resize(found.positional.size());
  for (const Parameter& parameter : found.named) impl->values.named.emplace_back(parameter.name, Value());
  impl->parameters = std::move(found.positional);
  std::move(found.named.begin(), found.named.end(), std::back_inserter(impl->parameters));
  return Statement(std::move(impl));
}

Value* Statement::Impl::Find(size_t index) {
  const size_t positional = values.positional.size();
  return index <= positional ? &values.positional[index - 1] : &values.named[index - positional - 1].second;
}

Status Statement::Impl::CheckAllBound() const {
  for (size_t i = 0; i < parameters.size(); ++i) {
    const sql::StatementParameter& parameter = parameters[i];
    if (parameter.bound) continue;
    const std::string name = parameter.name.empty() ? std::to_string(i + 1) : ":" + sql::Shortened(parameter.name);
    return Status(Code::kInvalidArgument, "parameter " + name + " has no value").At(parameter.position);
  }
  return {};
}

Statement::Statement(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Statement::~Statement() = default;
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;

const std::string& Statement::text() const { return impl_->text; }
size_t Statement::parameter_count() const { return impl_->parameters.size(); }

std::string_view Statement::parameter_name(size_t index) const {
  return index >= 1 && index <= parameter_count() ? impl_->parameters[index - 1].name : std::string_view();
}

size_t Statement::FindParameter(std::string_view name) const {
  for (size_t i = impl_->values.positional.size(); i < parameter_count(); ++i) {
    if (impl_->parameters[i].name == name) return i + 1;
  }
  return 0;
}

Status Statement::Bind(size_t index, Value value) {
  if (index < 1 || index > parameter_count()) {
    return Status(Code::kInvalidArgument, "there is no parameter " + std::to_string(index) + ": the statement has " +
                                              std::to_string(parameter_count()));
  }
  *impl_->Find(index) = std::move(value);
  impl_->parameters[index - 1].bound = true;
  return {};
}

Status Statement::Bind(std::string_view name, Value value) {
  const size_t index = FindParameter(name);
  if (index != 0) return Bind(index, std::move(value));
  return Status(Code::kInvalidArgument, "the statement has no parameter :" + sql::Shortened(name));
}

void Statement::ClearBindings() {
  for (size_t i = 0; i < parameter_count(); ++i) {
    *impl_->Find(i + 1) = Value();
    impl_->parameters[i].bound = false;
  }
}

Result<std::vector<ResultColumn>> Statement::Columns() const {
  QUIRE_RETURN_IF_ERROR(impl_->CheckAllBound());
  return sql::Executor(*impl_->session, impl_->text, impl_->values).Columns(impl_->tree);
}

Result<std::unique_ptr<Rows>> Statement::Execute() {
  impl_->session->interrupted.store(false, std::memory_order_relaxed);
  QUIRE_RETURN_IF_ERROR(impl_->CheckAllBound());
  return sql::Executor(*impl_->session, impl_->text, impl_->values).Run(impl_->tree);
}

}  // namespace quire
