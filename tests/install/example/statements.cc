// Quire inside an application, with statements: a collection, three chunks, one filtered search, one question.
//   c++ -std=c++20 statements.cc $(pkg-config --cflags --libs quire-cpp) -o statements && ./statements /tmp/example.quire
#include <iostream>
#include <memory>
#include <utility>

#include "quire/connection.h"
#include "quire/extensions.h"

namespace {

quire::Status Fill(quire::Connection& connection) {
  QUIRE_RETURN_IF_ERROR(connection.Execute("CREATE COLLECTION help (year INTEGER)").status());
  QUIRE_ASSIGN_OR_RETURN(quire::Statement insert,
                         connection.Prepare("INSERT INTO help (title, text, year) VALUES (?, ?, ?)"));
  const struct {
    const char* title;
    const char* text;
    int64_t year;
  } chunks[] = {{"Reset a password", "Open the account page and choose Reset password.", 2024},
                {"Export data", "An export holds all records as CSV or JSON.", 2023},
                {"Old invoices", "A password protects invoices from before the reset of 2019.", 2018}};
  for (const auto& chunk : chunks) {
    QUIRE_RETURN_IF_ERROR(insert.Bind(1, quire::Value::Text(chunk.title)));
    QUIRE_RETURN_IF_ERROR(insert.Bind(2, quire::Value::Text(chunk.text)));
    QUIRE_RETURN_IF_ERROR(insert.Bind(3, quire::Value::Integer(chunk.year)));
    QUIRE_RETURN_IF_ERROR(insert.Execute().status());
  }
  return {};
}

quire::Status Search(quire::Connection& connection, const std::string& words) {
  QUIRE_ASSIGN_OR_RETURN(
      const auto rows,
      connection.Execute("SELECT rank, title, text FROM help WHERE text SIMILAR :words AND year >= 2020 LIMIT 2",
                         {.named = {{"words", quire::Value::Text(words)}}}));
  while (true) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, rows->Next());
    if (!more) return {};
    std::cout << rows->value(0).ToString() << ". " << rows->value(1).ToString() << ": " << rows->value(2).ToString()
              << "\n";
  }
}

quire::Status Ask(quire::Connection& connection, const std::string& question) {
  QUIRE_ASSIGN_OR_RETURN(const auto rows, connection.Execute("ASK ? FROM help WHERE year >= 2020",
                                                             {.positional = {quire::Value::Text(question)}}));
  QUIRE_ASSIGN_OR_RETURN(const bool answered, rows->Next());
  for (size_t i = 0; answered && i < rows->columns().size(); ++i) {
    std::cout << "  " << rows->columns()[i].name << ": " << rows->value(i).ToString() << "\n";
  }
  return {};
}

quire::Status Run(const std::string& path) {
  const std::string words = "how do I reset my password?";
  QUIRE_ASSIGN_OR_RETURN(std::shared_ptr<quire::Database> database, quire::Database::Open(path, {}));
  QUIRE_ASSIGN_OR_RETURN(auto extensions, quire::AllExtensions());
  quire::Connection connection(std::move(database), std::move(extensions));
  QUIRE_RETURN_IF_ERROR(Fill(connection));
  QUIRE_RETURN_IF_ERROR(Search(connection, words));
  return Ask(connection, words);
}

}  // namespace

int main(int argc, char** argv) {
  const quire::Status status = Run(argc > 1 ? argv[1] : "example.quire");
  if (status.ok()) return 0;
  std::cerr << status.ToString() << "\n";
  return 1;
}
