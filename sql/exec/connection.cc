#include "quire/connection.h"

#include <utility>

#include "sql/exec/executor.h"
#include "sql/exec/statement.h"
#include "sql/parse/lexer.h"
#include "sql/parse/parser.h"

namespace quire {

struct Connection::Impl {
  sql::SessionState session;
};

Connection::Connection(std::shared_ptr<Database> database, std::shared_ptr<const sql::Registry> registry)
    : impl_(std::make_unique<Impl>()) {
  impl_->session.database = std::move(database);
  impl_->session.registry = registry ? std::move(registry) : std::make_shared<const sql::Registry>();
}

Connection::~Connection() = default;

Result<std::unique_ptr<Rows>> Connection::Execute(std::string_view statement, Parameters parameters) {
  impl_->session.interrupted.store(false, std::memory_order_relaxed);
  QUIRE_ASSIGN_OR_RETURN(const sql::Statement parsed, sql::Parse(statement));
  return sql::Executor(impl_->session, statement, parameters).Run(parsed);
}

Result<Statement> Connection::Prepare(std::string_view statement) {
  return Statement::Impl::Make(impl_->session, statement);
}

size_t Connection::FirstStatement(std::string_view text) { return sql::FirstStatement(text); }

bool Connection::IsBlank(std::string_view text) {
  sql::Lexer lexer(text);
  sql::Token token = lexer.Next();
  if (token.kind == sql::TokenKind::kSymbol && text[token.start] == ';') token = lexer.Next();
  return token.kind == sql::TokenKind::kEnd;
}

void Connection::Interrupt() { impl_->session.interrupted.store(true, std::memory_order_relaxed); }

bool Connection::in_transaction() const { return impl_->session.transaction != nullptr; }
Database& Connection::database() { return *impl_->session.database; }
const sql::Registry& Connection::registry() const { return *impl_->session.registry; }

void Connection::OnProgress(std::function<void(const Progress&)> callback) {
  impl_->session.progress = std::move(callback);
}

void Connection::OnAnswer(std::function<void(const AnswerEvent&)> callback) {
  impl_->session.answer = std::move(callback);
}

}  // namespace quire
