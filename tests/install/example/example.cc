// Quire inside an application: a collection, three chunks, one filtered search.
//   c++ -std=c++20 example.cc $(pkg-config --cflags --libs quire-cpp) -o example && ./example /tmp/example.quire
#include <iostream>
#include <utility>

#include "quire/database.h"

namespace {

quire::Status Fill(quire::Database& database) {
  quire::CollectionSchema schema;
  schema.name = "help";
  schema.attributes = {{"product", quire::Type::kText}, {"year", quire::Type::kInteger}};
  QUIRE_RETURN_IF_ERROR(database.CreateCollection(std::move(schema)));

  const auto chunk = [](std::string title, std::string text, std::string product, int64_t year) {
    quire::Chunk chunk;
    chunk.uri = title;
    chunk.title = std::move(title);
    chunk.text = std::move(text);
    chunk.attributes = {quire::Value::Text(std::move(product)), quire::Value::Integer(year)};
    return chunk;
  };
  // Everything a transaction holds becomes visible and durable together.
  const auto transaction = database.Begin();
  QUIRE_RETURN_IF_ERROR(transaction->Insert(
      "help", chunk("Reset a password", "Open the account page and choose Reset password.", "cloud", 2024)));
  QUIRE_RETURN_IF_ERROR(
      transaction->Insert("help", chunk("Export data", "An export holds all records as CSV or JSON.", "cloud", 2023)));
  QUIRE_RETURN_IF_ERROR(transaction->Insert(
      "help", chunk("Old invoices", "A password protects invoices from before the reset of 2019.", "cloud", 2018)));
  return transaction->Commit();
}

quire::Status Search(const quire::Database& database) {
  quire::SearchRequest request;
  request.text = "how do I reset my password?";
  request.filter = quire::Filter::Compare(quire::Filter::Op::kGreaterEqual, "year", quire::Value::Integer(2020));
  request.k = 2;
  const auto reader = database.reader();
  QUIRE_ASSIGN_OR_RETURN(const std::vector<quire::Hit> hits, reader->Search("help", request));
  size_t place = 0;
  for (const quire::Hit& hit : hits) {
    QUIRE_ASSIGN_OR_RETURN(const quire::Chunk chunk, reader->Get("help", hit.number, {}));
    std::cout << ++place << ". " << chunk.title << " (" << hit.score << "): " << chunk.text << "\n";
  }
  return {};
}

quire::Status Run(const std::string& path) {
  QUIRE_ASSIGN_OR_RETURN(const auto database, quire::Database::Open(path, {}));
  QUIRE_RETURN_IF_ERROR(Fill(*database));
  return Search(*database);
}

}  // namespace

int main(int argc, char** argv) {
  const quire::Status status = Run(argc > 1 ? argv[1] : "example.quire");
  if (status.ok()) return 0;
  std::cerr << status.ToString() << "\n";
  return 1;
}
