#include <cmath>

#include "quire/database.h"
#include "sql/registry/builtin.h"

namespace quire::sql {
namespace {

using Arguments = std::span<const Value>;

Status CheckDimensions(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() == b.size()) return {};
  return Status(Code::kInvalidArgument, "different vector dimensions: " + std::to_string(a.size()) + " and " +
                                            std::to_string(b.size()) + " components");
}

double Dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

// 1 - cos; 1 where one of the two has no direction.
Result<Value> CosineDistance(Arguments arguments) {
  const auto &a = arguments[0].vector(), &b = arguments[1].vector();
  QUIRE_RETURN_IF_ERROR(CheckDimensions(a, b));
  const double norms = std::sqrt(Dot(a, a)) * std::sqrt(Dot(b, b));
  return Value::Real(norms == 0 ? 1.0 : 1.0 - std::fmax(-1.0, std::fmin(1.0, Dot(a, b) / norms)));
}

Result<Value> L2Distance(Arguments arguments) {
  const auto &a = arguments[0].vector(), &b = arguments[1].vector();
  QUIRE_RETURN_IF_ERROR(CheckDimensions(a, b));
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - double{b[i]}) * (double{a[i]} - double{b[i]});
  return Value::Real(std::sqrt(sum));
}

Result<Value> InnerProduct(Arguments arguments) {
  QUIRE_RETURN_IF_ERROR(CheckDimensions(arguments[0].vector(), arguments[1].vector()));
  return Value::Real(Dot(arguments[0].vector(), arguments[1].vector()));
}

Result<Value> NegativeInnerProduct(Arguments arguments) {
  QUIRE_RETURN_IF_ERROR(CheckDimensions(arguments[0].vector(), arguments[1].vector()));
  return Value::Real(-Dot(arguments[0].vector(), arguments[1].vector()));
}

Result<Value> VectorDims(Arguments arguments) {
  return Value::Integer(static_cast<int64_t>(arguments[0].vector().size()));
}

Result<Value> VectorNorm(Arguments arguments) {
  return Value::Real(std::sqrt(Dot(arguments[0].vector(), arguments[0].vector())));
}

Result<Value> EmbedText(Arguments arguments, Database& database) {
  const std::string_view collection = arguments.size() > 2 ? std::string_view(arguments[2].text()) : std::string_view();
  QUIRE_ASSIGN_OR_RETURN(const auto embedder, database.FindEmbedder(arguments[0].text(), collection));
  std::vector<float> vector(embedder->identity().dim);
  const std::string_view text = arguments[1].text();
  QUIRE_RETURN_IF_ERROR(embedder->Embed({&text, 1}, Embedder::Role::kQuery, vector));
  return Value::Vector(std::move(vector));
}

ScalarFunction EmbedFunction() {
  ScalarFunction function;
  function.name = "ai_embed";
  function.signature = "ai_embed(embedder, text [, collection])";
  function.description = "The vector of a text as a query, by an embedder of SHOW EMBEDDERS; 'trained' needs the collection.";
  function.arguments_min = 2;
  function.arguments_max = 3;
  function.argument_types = {Type::kText};
  function.result = Type::kVector;
  function.evaluate_in = EmbedText;
  return function;
}

ScalarFunction VectorFunction(std::string name, size_t arguments, std::string description, Type result,
                              Result<Value> (*evaluate)(Arguments)) {
  ScalarFunction function;
  function.signature = name + (arguments == 1 ? "(vector)" : "(a, b)");
  function.name = std::move(name);
  function.description = std::move(description);
  function.arguments_min = function.arguments_max = arguments;
  function.argument_types.assign(arguments, Type::kVector);
  function.result = result;
  function.evaluate = evaluate;
  return function;
}

}  // namespace

std::vector<ScalarFunction> VectorFunctions() {
  constexpr Type kReal = Type::kReal;
  std::vector<ScalarFunction> functions = {
      VectorFunction("cosine_distance", 2, "1 - cos of the angle between two vectors; a <=> b.", kReal, CosineDistance),
      VectorFunction("l2_distance", 2, "The Euclidean distance of two vectors; a <-> b.", kReal, L2Distance),
      VectorFunction("inner_product", 2, "The inner product of two vectors.", kReal, InnerProduct),
      VectorFunction("negative_inner_product", 2, "The inner product with its sign changed; a <#> b.", kReal,
                     NegativeInnerProduct),
      VectorFunction("vector_dims", 1, "How many components a vector has.", Type::kInteger, VectorDims),
      VectorFunction("vector_norm", 1, "The Euclidean length of a vector.", kReal, VectorNorm),
  };
  const auto alias = [&](size_t index, std::string name) {
    const ScalarFunction function = functions[index];
    AddAlias(&functions, function, std::move(name));
  };
  alias(0, "array_cosine_distance");
  alias(0, "vec_distance_cosine");
  alias(1, "array_distance");
  alias(1, "vec_distance_l2");
  alias(2, "array_inner_product");
  alias(3, "array_negative_inner_product");
  functions.push_back(EmbedFunction());
  return functions;
}

}  // namespace quire::sql
