// quire.h: statements, their parameters, rows and columns.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "engine/base/json.h"
#include "extensions/bindings/c/handles.h"

namespace quire::c {
namespace {

static_assert(static_cast<int>(Type::kText) == QUIRE_TYPE_TEXT && static_cast<int>(Type::kVector) == QUIRE_TYPE_VECTOR);

quire_code Bind(quire_statement* statement, int index, const std::function<Result<Value>()>& make) {
  StatementHandle* handle = Find(statement);
  if (!IsUsable(handle)) return QUIRE_INVALID_ARGUMENT;
  return Guarded(handle->connection, [&] {
    Result<Value> value = make();
    if (!value.ok()) return handle->connection->Fail(value.status());
    // A negative index is as far out as the largest one.
    const Status status = handle->statement->Bind(static_cast<size_t>(std::max(index, 0)), *std::move(value));
    return status.ok() ? QUIRE_OK : handle->connection->Fail(status);
  });
}

// `count` elements at `data`. Errors: kInvalidArgument (negative, or null without being none).
Status CheckArray(const void* data, int64_t count, const char* what) {
  if (count < 0) return Status(Code::kInvalidArgument, std::string(what) + " has size " + std::to_string(count));
  if (data == nullptr && count > 0) return Status(Code::kInvalidArgument, std::string(what) + " is NULL");
  return {};
}

void Rest(StatementHandle* handle) {
  handle->rows.reset();
  handle->has_row = false;
  handle->texts.clear();
}

quire_code Step(StatementHandle* handle) {
  ConnectionHandle* connection = handle->connection;
  const Running running(connection);
  handle->has_row = false;
  const auto fail = [&](const Status& status) {
    Rest(handle);
    return connection->Fail(status, handle->statement->text());
  };
  if (!handle->rows) {
    handle->columns.clear();
    handle->notices.clear();
    Result<std::unique_ptr<Rows>> rows = handle->statement->Execute();
    if (!rows.ok()) return fail(rows.status());
    handle->columns = (*rows)->columns();
    handle->rows = *std::move(rows);
  }
  handle->texts.assign(handle->columns.size(), std::nullopt);
  const Result<bool> more = handle->rows->Next();
  if (!more.ok()) return fail(more.status());
  if (*more) {
    handle->has_row = true;
    return QUIRE_ROW;
  }
  connection->changes = handle->rows->changes();
  handle->notices = handle->rows->notices();
  Rest(handle);
  return QUIRE_DONE;
}

bool HasColumn(const StatementHandle* handle, int column) {
  return handle != nullptr && column >= 0 && static_cast<size_t>(column) < handle->columns.size();
}

// The value of a column of the current row; null if there is none.
const Value* ValueOf(const StatementHandle* handle, int column) {
  if (!HasColumn(handle, column) || !handle->rows || !handle->has_row) return nullptr;
  return &handle->rows->value(static_cast<size_t>(column));
}

int64_t Truncated(double value) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (std::isnan(value)) return 0;
  if (value >= kLimit) return std::numeric_limits<int64_t>::max();
  if (value < -kLimit) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

std::string TextOfValue(const Value& value) {
  if (value.type() == Type::kBoolean) return value.boolean() ? "true" : "false";
  if (value.type() != Type::kTextArray) return value.ToString();
  std::string json = "[";
  for (const std::string& item : value.texts()) {
    if (json.size() > 1) json += ",";
    AppendJsonString(&json, item);
  }
  return json + "]";
}

}  // namespace

void StatementHandle::Detach() {
  Rest(this);
  statement.reset();
  connection = nullptr;
}

}  // namespace quire::c

using quire::Code;
using quire::Result;
using quire::Status;
using quire::Type;
using quire::Value;
using quire::c::Bind;
using quire::c::ConnectionHandle;
using quire::c::Find;
using quire::c::Guarded;
using quire::c::HandleKind;
using quire::c::Handles;
using quire::c::HasColumn;
using quire::c::NumberOf;
using quire::c::StatementHandle;
using quire::c::ValueOf;

extern "C" {

quire_code quire_prepare(quire_connection* connection, const char* sql, int64_t size, quire_statement** statement,
                         size_t* tail) {
  if (tail != nullptr) *tail = 0;
  if (statement != nullptr) *statement = nullptr;
  ConnectionHandle* owner = Find(connection);
  if (!IsUsable(owner)) return QUIRE_INVALID_ARGUMENT;
  return Guarded(owner, [&] {
    if (statement == nullptr) return owner->Misused("statement is NULL");
    const Result<std::string_view> text = quire::c::TextOf(sql, size, "sql");
    if (!text.ok()) return owner->Fail(text.status());
    size_t length = quire::Connection::FirstStatement(*text);
    if (length == 0) length = text->size();
    if (tail != nullptr) *tail = length;
    const std::string_view first = text->substr(0, length);
    if (quire::Connection::IsBlank(first)) return QUIRE_OK;
    Result<quire::Statement> prepared = owner->connection->Prepare(first);
    if (!prepared.ok()) return owner->Fail(prepared.status(), *text);
    auto handle = std::make_unique<StatementHandle>();
    handle->connection = owner;
    handle->statement = *std::move(prepared);
    owner->statements.reserve(owner->statements.size() + 1);
    const uint64_t number = Handles().Add(HandleKind::kStatement, handle.get());
    if (number == 0) return owner->Fail(Status(Code::kResourceExhausted, "too many statements are open"));
    owner->statements.push_back(handle.release());
    *statement = reinterpret_cast<quire_statement*>(static_cast<uintptr_t>(number));
    return QUIRE_OK;
  });
}

void quire_finalize(quire_statement* statement) {
  const StatementHandle* found = Find(statement);
  if (found == nullptr || (found->connection != nullptr && found->connection->running)) return;
  Guarded(0, [&] {
    const std::unique_ptr<StatementHandle> handle(
        static_cast<StatementHandle*>(Handles().Remove(HandleKind::kStatement, NumberOf(statement))));
    if (handle && handle->connection != nullptr) std::erase(handle->connection->statements, handle.get());
    return 0;
  });
}

quire_connection* quire_statement_connection(quire_statement* statement) {
  const StatementHandle* handle = Find(statement);
  return handle == nullptr || handle->connection == nullptr ? nullptr : handle->connection->self;
}

int quire_parameter_count(quire_statement* statement) {
  const StatementHandle* handle = Find(statement);
  return handle == nullptr || !handle->statement ? 0 : static_cast<int>(handle->statement->parameter_count());
}

int quire_parameter_index(quire_statement* statement, const char* name) {
  const StatementHandle* handle = Find(statement);
  if (handle == nullptr || !handle->statement || name == nullptr) return 0;
  return static_cast<int>(handle->statement->FindParameter(name));
}

const char* quire_parameter_name(quire_statement* statement, int index) {
  const StatementHandle* handle = Find(statement);
  if (handle == nullptr || !handle->statement || index < 1) return "";
  const std::string_view name = handle->statement->parameter_name(static_cast<size_t>(index));
  return name.empty() ? "" : name.data();  // of a std::string: its NUL follows
}

quire_code quire_bind_null(quire_statement* statement, int index) {
  return Bind(statement, index, [] { return Value::Null(); });
}

quire_code quire_bind_boolean(quire_statement* statement, int index, int value) {
  return Bind(statement, index, [=] { return Value::Boolean(value != 0); });
}

quire_code quire_bind_int64(quire_statement* statement, int index, int64_t value) {
  return Bind(statement, index, [=] { return Value::Integer(value); });
}

quire_code quire_bind_double(quire_statement* statement, int index, double value) {
  return Bind(statement, index, [=] { return Value::Real(value); });
}

quire_code quire_bind_text(quire_statement* statement, int index, const char* text, int64_t size) {
  return Bind(statement, index, [=]() -> Result<Value> {
    QUIRE_ASSIGN_OR_RETURN(const std::string_view view, quire::c::TextOf(text, size, "text"));
    return Value::Text(std::string(view));
  });
}

quire_code quire_bind_blob(quire_statement* statement, int index, const void* bytes, int64_t size) {
  return Bind(statement, index, [=]() -> Result<Value> {
    QUIRE_RETURN_IF_ERROR(quire::c::CheckArray(bytes, size, "blob"));
    if (size % static_cast<int64_t>(sizeof(float)) != 0) {
      return Status(Code::kInvalidArgument,
                    "blob has " + std::to_string(size) + " bytes, expected 32-bit floats: a multiple of 4");
    }
    std::vector<float> vector(static_cast<size_t>(size) / sizeof(float));
    if (size > 0) std::memcpy(vector.data(), bytes, static_cast<size_t>(size));
    return Value::Vector(std::move(vector));
  });
}

quire_code quire_bind_vector(quire_statement* statement, int index, const float* components, int64_t count) {
  return Bind(statement, index, [=]() -> Result<Value> {
    QUIRE_RETURN_IF_ERROR(quire::c::CheckArray(components, count, "vector"));
    return Value::Vector(std::vector<float>(components, components + count));
  });
}

quire_code quire_bind_text_array(quire_statement* statement, int index, const char* const* items, int64_t count) {
  return Bind(statement, index, [=]() -> Result<Value> {
    QUIRE_RETURN_IF_ERROR(quire::c::CheckArray(items, count, "text array"));
    std::vector<std::string> texts;
    for (int64_t i = 0; i < count; ++i) {
      QUIRE_ASSIGN_OR_RETURN(const std::string_view text, quire::c::TextOf(items[i], quire::c::kToNul, "item"));
      texts.emplace_back(text);
    }
    return Value::TextArray(std::move(texts));
  });
}

quire_code quire_clear_bindings(quire_statement* statement) {
  StatementHandle* handle = Find(statement);
  if (!IsUsable(handle)) return QUIRE_INVALID_ARGUMENT;
  handle->statement->ClearBindings();
  return QUIRE_OK;
}

quire_code quire_step(quire_statement* statement) {
  StatementHandle* handle = Find(statement);
  if (!IsUsable(handle)) return QUIRE_INVALID_ARGUMENT;
  return Guarded(handle->connection, [&] { return quire::c::Step(handle); });
}

quire_code quire_reset(quire_statement* statement) {
  StatementHandle* handle = Find(statement);
  if (!IsUsable(handle)) return QUIRE_INVALID_ARGUMENT;
  return Guarded(handle->connection, [&] {
    quire::c::Rest(handle);
    return QUIRE_OK;
  });
}

int quire_column_count(quire_statement* statement) {
  const StatementHandle* handle = Find(statement);
  return handle == nullptr ? 0 : static_cast<int>(handle->columns.size());
}

const char* quire_column_name(quire_statement* statement, int column) {
  const StatementHandle* handle = Find(statement);
  return HasColumn(handle, column) ? handle->columns[static_cast<size_t>(column)].name.c_str() : "";
}

quire_type quire_column_declared_type(quire_statement* statement, int column) {
  const StatementHandle* handle = Find(statement);
  if (!HasColumn(handle, column)) return QUIRE_TYPE_NULL;
  return static_cast<quire_type>(handle->columns[static_cast<size_t>(column)].type);
}

quire_type quire_column_type(quire_statement* statement, int column) {
  const Value* value = ValueOf(Find(statement), column);
  return value == nullptr ? QUIRE_TYPE_NULL : static_cast<quire_type>(value->type());
}

int64_t quire_column_int64(quire_statement* statement, int column) {
  const Value* value = ValueOf(Find(statement), column);
  if (value == nullptr) return 0;
  switch (value->type()) {
    case Type::kBoolean: return value->boolean() ? 1 : 0;
    case Type::kInteger:
    case Type::kDate:
    case Type::kTimestamp: return value->integer();
    case Type::kReal: return quire::c::Truncated(value->real());
    default: return 0;
  }
}

double quire_column_double(quire_statement* statement, int column) {
  const Value* value = ValueOf(Find(statement), column);
  if (value == nullptr) return 0;
  return value->type() == Type::kReal ? value->real() : static_cast<double>(quire_column_int64(statement, column));
}

const char* quire_column_text(quire_statement* statement, int column, size_t* size) {
  if (size != nullptr) *size = 0;
  StatementHandle* handle = Find(statement);
  const Value* value = ValueOf(handle, column);
  if (value == nullptr || value->is_null()) return nullptr;
  const char* none = nullptr;
  return Guarded(none, [&] {
    const std::string* text = nullptr;
    if (value->type() == Type::kText || value->type() == Type::kJson) {
      text = &value->text();
    } else {
      std::optional<std::string>& made = handle->texts[static_cast<size_t>(column)];
      if (!made) made = quire::c::TextOfValue(*value);
      text = &*made;
    }
    if (size != nullptr) *size = text->size();
    return text->c_str();
  });
}

const float* quire_column_vector(quire_statement* statement, int column, size_t* count) {
  if (count != nullptr) *count = 0;
  const Value* value = ValueOf(Find(statement), column);
  if (value == nullptr || value->type() != Type::kVector) return nullptr;
  if (count != nullptr) *count = value->vector().size();
  return value->vector().data();
}

int quire_notice_count(quire_statement* statement) {
  const StatementHandle* handle = Find(statement);
  return handle == nullptr ? 0 : static_cast<int>(handle->notices.size());
}

const char* quire_notice(quire_statement* statement, int index) {
  const StatementHandle* handle = Find(statement);
  const bool there = handle != nullptr && index >= 0 && static_cast<size_t>(index) < handle->notices.size();
  return there ? handle->notices[static_cast<size_t>(index)].c_str() : "";
}

}  // extern "C"
