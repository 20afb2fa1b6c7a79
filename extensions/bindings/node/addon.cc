// The C ABI for Node: a few functions over handles, whatever may block on a thread of libuv's pool. The shape that people use
// is index.js. Written against node_api.h, which is stable over releases of Node.
#include <node_api.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "quire/quire.h"

namespace {

// ---- JavaScript values ----

napi_value Undefined(napi_env env) {
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  return value;
}

napi_value MakeText(napi_env env, std::string_view text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &value);
  return value;
}

napi_value MakeNumber(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

// A number where it is exact, else a BigInt.
napi_value MakeInteger(napi_env env, int64_t integer) {
  constexpr int64_t kSafe = (int64_t{1} << 53) - 1;
  if (integer >= -kSafe && integer <= kSafe) return MakeNumber(env, static_cast<double>(integer));
  napi_value value = nullptr;
  napi_create_bigint_int64(env, integer, &value);
  return value;
}

napi_value MakeHandle(napi_env env, const void* handle) {
  napi_value value = nullptr;
  napi_create_bigint_uint64(env, reinterpret_cast<uintptr_t>(handle), &value);
  return value;
}

template <typename Handle>
Handle* HandleOf(napi_env env, napi_value value) {
  uint64_t number = 0;
  bool lossless = false;
  napi_get_value_bigint_uint64(env, value, &number, &lossless);  // 0, which is no handle, if it is none
  return reinterpret_cast<Handle*>(static_cast<uintptr_t>(number));
}

bool Is(napi_env env, napi_value value, napi_valuetype type) {
  napi_valuetype found = napi_undefined;
  return napi_typeof(env, value, &found) == napi_ok && found == type;
}

std::string TextOf(napi_env env, napi_value value) {
  size_t size = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &size) != napi_ok) return {};
  std::string text(size, '\0');
  napi_get_value_string_utf8(env, value, text.data(), size + 1, &size);
  return text;
}

napi_value Property(napi_env env, napi_value object, const char* name) {
  napi_value value = nullptr;
  return napi_get_named_property(env, object, name, &value) == napi_ok ? value : Undefined(env);
}

void SetProperty(napi_env env, napi_value object, const char* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

napi_value ParseJson(napi_env env, const std::string& text) {
  napi_value global = nullptr, parsed = nullptr, argument = MakeText(env, text);
  napi_get_global(env, &global);
  napi_value json = Property(env, global, "JSON");
  if (napi_call_function(env, json, Property(env, json, "parse"), 1, &argument, &parsed) == napi_ok) return parsed;
  napi_value ignored = nullptr;
  napi_get_and_clear_last_exception(env, &ignored);
  return argument;
}

// ---- Failures ----

struct Failure {
  quire_code code = QUIRE_OK;
  std::string message, hint;
  bool placed = false;
  size_t byte = 0, line = 0, column = 0;
};

// Of the call on `connection` that just gave `code`.
Failure FailureOf(quire_connection* connection, quire_code code) {
  Failure failure{code, quire_error_message(connection), quire_error_hint(connection)};
  failure.placed = quire_error_position(connection, &failure.byte, &failure.line, &failure.column) != 0;
  if (quire_error_code(connection) == code) return failure;
  return {code, "the connection or statement is closed", ""};
}

napi_value MakeError(napi_env env, const Failure& failure) {
  napi_value error = nullptr;
  std::string text = failure.message;
  if (failure.placed)
    text += " (line " + std::to_string(failure.line) + ", column " + std::to_string(failure.column) + ")";
  if (!failure.hint.empty()) text += "; hint: " + failure.hint;
  napi_create_error(env, MakeText(env, quire_code_name(failure.code)), MakeText(env, text), &error);
  SetProperty(env, error, "hint", MakeText(env, failure.hint));
  if (!failure.placed) return error;
  napi_value position = nullptr;
  napi_create_object(env, &position);
  SetProperty(env, position, "byte", MakeNumber(env, static_cast<double>(failure.byte)));
  SetProperty(env, position, "line", MakeNumber(env, static_cast<double>(failure.line)));
  SetProperty(env, position, "column", MakeNumber(env, static_cast<double>(failure.column)));
  SetProperty(env, error, "position", position);
  return error;
}

napi_value Throw(napi_env env, const Failure& failure) {
  napi_throw(env, MakeError(env, failure));
  return nullptr;
}

// ---- Work on another thread ----

struct Work {
  std::function<void(Work*)> run;                     // on a thread of the pool
  std::function<napi_value(napi_env, Work*)> finish;  // on JavaScript's
  Failure failure;
  napi_deferred deferred = nullptr;
  napi_async_work handle = nullptr;
};

// A promise of what `finish` gives once `run` is through.
napi_value Promise(napi_env env, const char* name, std::function<void(Work*)> run,
                   std::function<napi_value(napi_env, Work*)> finish) {
  auto work = std::make_unique<Work>();
  work->run = std::move(run);
  work->finish = std::move(finish);
  napi_value promise = nullptr;
  napi_create_promise(env, &work->deferred, &promise);
  const auto execute = [](napi_env, void* data) {
    auto* self = static_cast<Work*>(data);
    self->run(self);
  };
  const auto complete = [](napi_env context, napi_status, void* data) {
    const std::unique_ptr<Work> self(static_cast<Work*>(data));
    if (self->failure.code == QUIRE_OK) {
      napi_resolve_deferred(context, self->deferred, self->finish(context, self.get()));
    } else {
      napi_reject_deferred(context, self->deferred, MakeError(context, self->failure));
    }
    napi_delete_async_work(context, self->handle);
  };
  napi_create_async_work(env, nullptr, MakeText(env, name), execute, complete, work.get(), &work->handle);
  napi_queue_async_work(env, work->handle);
  work.release();  // complete() takes it
  return promise;
}

template <size_t kCount>
struct Arguments {
  napi_value values[kCount];
  Arguments(napi_env env, napi_callback_info info) {
    size_t count = kCount;  // what was not given is undefined
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  }
  napi_value operator[](size_t i) const { return values[i]; }
};

// ---- Connections ----

quire_options OptionsOf(napi_env env, napi_value given) {
  quire_options options;
  quire_options_init(&options);
  if (!Is(env, given, napi_object)) return options;
  const auto flag = [&](const char* name, int* out) {
    bool value = false;
    if (napi_get_value_bool(env, Property(env, given, name), &value) == napi_ok) *out = value ? 1 : 0;
  };
  flag("create", &options.create_if_missing);
  flag("readOnly", &options.read_only);
  napi_get_value_int32(env, Property(env, given, "sync"), &options.sync);
  napi_get_value_uint32(env, Property(env, given, "backgroundThreads"), &options.background_threads);
  double bytes = 0;
  napi_get_value_double(env, Property(env, given, "memoryLimit"), &bytes);
  if (bytes > 0) options.memory_limit_bytes = static_cast<uint64_t>(bytes);
  return options;
}

napi_value Open(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  const std::string path = TextOf(env, arguments[0]);
  const quire_options options = OptionsOf(env, arguments[1]);
  auto connection = std::make_shared<quire_connection*>(nullptr);
  return Promise(
      env, "quire.open",
      [=](Work* work) {
        const quire_code code = quire_open(path.c_str(), &options, connection.get());
        if (code == QUIRE_OK) return;
        work->failure = FailureOf(*connection, code);
        quire_close(*connection);
      },
      [=](napi_env context, Work*) { return MakeHandle(context, *connection); });
}

napi_value Close(napi_env env, napi_callback_info info) {
  auto* connection = HandleOf<quire_connection>(env, Arguments<1>(env, info)[0]);
  return Promise(
      env, "quire.close", [=](Work*) { quire_close(connection); },
      [](napi_env context, Work*) { return Undefined(context); });
}

napi_value Exec(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  auto* connection = HandleOf<quire_connection>(env, arguments[0]);
  const std::string sql = TextOf(env, arguments[1]);
  return Promise(
      env, "quire.exec",
      [=](Work* work) {
        const quire_code code = quire_exec(connection, sql.data(), static_cast<int64_t>(sql.size()));
        if (code != QUIRE_OK) work->failure = FailureOf(connection, code);
      },
      [](napi_env context, Work*) { return Undefined(context); });
}

napi_value Interrupt(napi_env env, napi_callback_info info) {
  quire_interrupt(HandleOf<quire_connection>(env, Arguments<1>(env, info)[0]));
  return Undefined(env);
}

// ---- Statements ----

// prepare(connection, sql): { statement: BigInt, tail: bytes read, parameters: [names] }
napi_value Prepare(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  auto* connection = HandleOf<quire_connection>(env, arguments[0]);
  const std::string sql = TextOf(env, arguments[1]);
  quire_statement* statement = nullptr;
  size_t tail = 0;
  const quire_code code = quire_prepare(connection, sql.data(), static_cast<int64_t>(sql.size()), &statement, &tail);
  if (code != QUIRE_OK) return Throw(env, FailureOf(connection, code));
  napi_value prepared = nullptr, names = nullptr;
  napi_create_object(env, &prepared);
  napi_create_array(env, &names);
  for (int i = 1; i <= quire_parameter_count(statement); ++i) {
    napi_set_element(env, names, static_cast<uint32_t>(i - 1), MakeText(env, quire_parameter_name(statement, i)));
  }
  SetProperty(env, prepared, "statement", MakeHandle(env, statement));
  SetProperty(env, prepared, "rest", MakeText(env, std::string_view(sql).substr(tail)));
  SetProperty(env, prepared, "parameters", names);
  return prepared;
}

napi_value Finalize(napi_env env, napi_callback_info info) {
  quire_finalize(HandleOf<quire_statement>(env, Arguments<1>(env, info)[0]));
  return Undefined(env);
}

quire_code BindNumber(napi_env env, quire_statement* statement, int index, napi_value value) {
  double number = 0;
  napi_get_value_double(env, value, &number);
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (std::trunc(number) == number && std::fabs(number) <= kExact && !(number == 0 && std::signbit(number))) {
    return quire_bind_int64(statement, index, static_cast<int64_t>(number));
  }
  return quire_bind_double(statement, index, number);
}

quire_code BindTexts(napi_env env, quire_statement* statement, int index, napi_value value) {
  uint32_t count = 0;
  napi_get_array_length(env, value, &count);
  std::vector<std::string> texts;
  std::vector<const char*> items;
  for (uint32_t i = 0; i < count; ++i) {
    napi_value item = nullptr;
    napi_get_element(env, value, i, &item);
    texts.push_back(TextOf(env, item));
  }
  for (const std::string& text : texts) items.push_back(text.c_str());
  return quire_bind_text_array(statement, index, items.data(), static_cast<int64_t>(items.size()));
}

// Null, boolean, number, BigInt, string, Float32Array or array of strings: index.js has made everything else one of these.
quire_code BindValue(napi_env env, quire_statement* statement, int index, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  bool is_vector = false;
  switch (type) {
    case napi_null: return quire_bind_null(statement, index);
    case napi_boolean: {
      bool flag = false;
      napi_get_value_bool(env, value, &flag);
      return quire_bind_boolean(statement, index, flag ? 1 : 0);
    }
    case napi_number: return BindNumber(env, statement, index, value);
    case napi_bigint: {
      int64_t integer = 0;
      bool lossless = false;
      napi_get_value_bigint_int64(env, value, &integer, &lossless);
      return lossless ? quire_bind_int64(statement, index, integer) : QUIRE_TYPE_MISMATCH;
    }
    case napi_string: {
      const std::string text = TextOf(env, value);
      return quire_bind_text(statement, index, text.data(), static_cast<int64_t>(text.size()));
    }
    default: break;
  }
  napi_is_typedarray(env, value, &is_vector);
  if (!is_vector) return BindTexts(env, statement, index, value);
  size_t count = 0;
  void* data = nullptr;
  napi_get_typedarray_info(env, value, nullptr, &count, &data, nullptr, nullptr);
  return quire_bind_vector(statement, index, static_cast<const float*>(data), static_cast<int64_t>(count));
}

// bind(statement, index from 1, value)
napi_value Bind(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  auto* statement = HandleOf<quire_statement>(env, arguments[0]);
  int32_t index = 0;
  napi_get_value_int32(env, arguments[1], &index);
  const quire_code code = BindValue(env, statement, index, arguments[2]);
  if (code == QUIRE_OK) return Undefined(env);
  if (code == QUIRE_TYPE_MISMATCH) return Throw(env, {code, "a BigInt must fit in 64 bits", ""});
  return Throw(env, FailureOf(quire_statement_connection(statement), code));
}

napi_value Reset(napi_env env, napi_callback_info info) {
  quire_reset(HandleOf<quire_statement>(env, Arguments<1>(env, info)[0]));
  return Undefined(env);
}

// ---- Rows ----

struct Cell {
  quire_type type = QUIRE_TYPE_NULL;
  int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<float> vector;
};

struct Batch {
  std::vector<std::string> columns, notices;
  std::vector<std::vector<Cell>> rows;
  bool done = false;
  uint64_t changes = 0;
};

Cell ReadCell(quire_statement* statement, int column) {
  Cell cell;
  size_t size = 0;
  cell.type = quire_column_type(statement, column);
  switch (cell.type) {
    case QUIRE_TYPE_NULL: break;
    case QUIRE_TYPE_BOOLEAN:
    case QUIRE_TYPE_INTEGER:
    case QUIRE_TYPE_TIMESTAMP: cell.integer = quire_column_int64(statement, column); break;
    case QUIRE_TYPE_REAL: cell.real = quire_column_double(statement, column); break;
    case QUIRE_TYPE_VECTOR: {
      const float* data = quire_column_vector(statement, column, &size);
      cell.vector.assign(data, data + size);
      break;
    }
    default: {
      const char* text = quire_column_text(statement, column, &size);
      cell.text.assign(text, size);
    }
  }
  return cell;
}

napi_value MakeVector(napi_env env, const std::vector<float>& vector) {
  void* data = nullptr;
  napi_value buffer = nullptr, array = nullptr;
  napi_create_arraybuffer(env, vector.size() * sizeof(float), &data, &buffer);
  if (!vector.empty()) std::memcpy(data, vector.data(), vector.size() * sizeof(float));
  napi_create_typedarray(env, napi_float32_array, vector.size(), buffer, 0, &array);
  return array;
}

napi_value MakeValue(napi_env env, const Cell& cell) {
  napi_value value = nullptr;
  switch (cell.type) {
    case QUIRE_TYPE_NULL: napi_get_null(env, &value); return value;
    case QUIRE_TYPE_BOOLEAN: napi_get_boolean(env, cell.integer != 0, &value); return value;
    case QUIRE_TYPE_INTEGER: return MakeInteger(env, cell.integer);
    case QUIRE_TYPE_REAL: return MakeNumber(env, cell.real);
    case QUIRE_TYPE_TIMESTAMP: napi_create_date(env, static_cast<double>(cell.integer) / 1000, &value); return value;
    case QUIRE_TYPE_VECTOR: return MakeVector(env, cell.vector);
    case QUIRE_TYPE_JSON:
    case QUIRE_TYPE_TEXT_ARRAY: return ParseJson(env, cell.text);
    default: return MakeText(env, cell.text);
  }
}

napi_value MakeTexts(napi_env env, const std::vector<std::string>& texts) {
  napi_value array = nullptr;
  napi_create_array_with_length(env, texts.size(), &array);
  for (size_t i = 0; i < texts.size(); ++i) {
    napi_set_element(env, array, static_cast<uint32_t>(i), MakeText(env, texts[i]));
  }
  return array;
}

napi_value MakeBatch(napi_env env, const Batch& batch) {
  napi_value result = nullptr, rows = nullptr, done = nullptr;
  napi_create_object(env, &result);
  napi_create_array_with_length(env, batch.rows.size(), &rows);
  for (size_t i = 0; i < batch.rows.size(); ++i) {
    napi_value row = nullptr;
    napi_create_array_with_length(env, batch.rows[i].size(), &row);
    for (size_t j = 0; j < batch.rows[i].size(); ++j) {
      napi_set_element(env, row, static_cast<uint32_t>(j), MakeValue(env, batch.rows[i][j]));
    }
    napi_set_element(env, rows, static_cast<uint32_t>(i), row);
  }
  napi_get_boolean(env, batch.done, &done);
  SetProperty(env, result, "columns", MakeTexts(env, batch.columns));
  SetProperty(env, result, "notices", MakeTexts(env, batch.notices));
  SetProperty(env, result, "rows", rows);
  SetProperty(env, result, "done", done);
  SetProperty(env, result, "changes", MakeInteger(env, static_cast<int64_t>(batch.changes)));
  return result;
}

void ReadBatch(quire_statement* statement, uint32_t rows_max, Batch* batch, Failure* failure) {
  quire_connection* connection = quire_statement_connection(statement);
  quire_code code = QUIRE_ROW;
  while (batch->rows.size() < rows_max && (code = quire_step(statement)) == QUIRE_ROW) {
    std::vector<Cell>& row = batch->rows.emplace_back();
    for (int i = 0; i < quire_column_count(statement); ++i) row.push_back(ReadCell(statement, i));
  }
  if (code != QUIRE_ROW && code != QUIRE_DONE) {
    *failure = FailureOf(connection, code);
    return;
  }
  batch->done = code == QUIRE_DONE;
  batch->changes = quire_changes(connection);
  for (int i = 0; i < quire_column_count(statement); ++i) batch->columns.emplace_back(quire_column_name(statement, i));
  for (int i = 0; i < quire_notice_count(statement); ++i) batch->notices.emplace_back(quire_notice(statement, i));
}

// fetch(statement, rows at most): a promise of { columns, rows, done, changes, notices }
napi_value Fetch(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  auto* statement = HandleOf<quire_statement>(env, arguments[0]);
  uint32_t rows_max = 1;
  napi_get_value_uint32(env, arguments[1], &rows_max);
  auto batch = std::make_shared<Batch>();
  return Promise(
      env, "quire.fetch", [=](Work* work) { ReadBatch(statement, rows_max, batch.get(), &work->failure); },
      [=](napi_env context, Work*) { return MakeBatch(context, *batch); });
}

// ---- Answers ----

struct Listener {
  napi_threadsafe_function function = nullptr;
  uint32_t events = 0;  // told so far
};

struct Event {
  int kind = 0;
  std::string text;
};

void CallBack(napi_env env, napi_value callback, void*, void* data) {
  const std::unique_ptr<Event> event(static_cast<Event*>(data));
  if (env == nullptr) return;  // Node ends
  napi_value arguments[] = {MakeNumber(env, event->kind), MakeText(env, event->text)};
  napi_call_function(env, Undefined(env), callback, 2, arguments, nullptr);
}

int Tell(void* context, int kind, const char* text, size_t size) {
  auto event = std::make_unique<Event>(Event{kind, std::string(text, size)});
  auto* listener = static_cast<Listener*>(context);
  if (napi_call_threadsafe_function(listener->function, event.get(), napi_tsfn_blocking) != napi_ok) return 0;
  event.release();
  ++listener->events;
  return 0;
}

// stream(connection, statement, callback(kind, text)): as fetch of one row, with the number of events. Some of them may come
// after the promise is settled.
napi_value Stream(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  auto* connection = HandleOf<quire_connection>(env, arguments[0]);
  auto* statement = HandleOf<quire_statement>(env, arguments[1]);
  auto listener = std::make_shared<Listener>();
  const napi_status made = napi_create_threadsafe_function(env, arguments[2], nullptr, MakeText(env, "quire.answer"), 0,
                                                           1, nullptr, nullptr, nullptr, CallBack, &listener->function);
  if (made != napi_ok) return Throw(env, {QUIRE_INVALID_ARGUMENT, "stream takes a function", ""});
  auto batch = std::make_shared<Batch>();
  return Promise(
      env, "quire.stream",
      [=](Work* work) {
        quire_answer(connection, Tell, listener.get());
        ReadBatch(statement, 1, batch.get(), &work->failure);
        quire_answer(connection, nullptr, nullptr);
        napi_release_threadsafe_function(listener->function, napi_tsfn_release);
      },
      [=](napi_env context, Work*) {
        napi_value result = MakeBatch(context, *batch);
        SetProperty(context, result, "events", MakeInteger(context, listener->events));
        return result;
      });
}

napi_value Init(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback function;
  } kFunctions[] = {{"open", Open},       {"close", Close},  {"exec", Exec},         {"interrupt", Interrupt},
                    {"prepare", Prepare}, {"bind", Bind},    {"finalize", Finalize}, {"reset", Reset},
                    {"fetch", Fetch},     {"stream", Stream}};
  for (const auto& entry : kFunctions) {
    napi_value function = nullptr;
    napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.function, nullptr, &function);
    SetProperty(env, exports, entry.name, function);
  }
  SetProperty(env, exports, "version", MakeText(env, quire_version()));
  return exports;
}

}  // namespace

NAPI_MODULE(quire, Init)
