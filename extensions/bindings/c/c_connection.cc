// quire.h: the library, connections and failures.
#include <algorithm>
#include <cstring>

#include "engine/base/utf8.h"
#include "extensions/bindings/c/handles.h"
#include "quire/extensions.h"
#include "sql/registry/registry.h"

namespace quire::c {
namespace {

static_assert(static_cast<int>(Code::kInternal) == QUIRE_INTERNAL && static_cast<int>(Code::kBusy) == QUIRE_BUSY);
static_assert(static_cast<int>(Sync::kFull) == QUIRE_SYNC_FULL && static_cast<int>(Sync::kOff) == QUIRE_SYNC_OFF);
static_assert(static_cast<int>(AnswerEvent::Kind::kSources) == QUIRE_ANSWER_SOURCES &&
              static_cast<int>(AnswerEvent::Kind::kDone) == QUIRE_ANSWER_DONE);
static_assert(sizeof(void*) == sizeof(uint64_t), "a handle is a number of 64 bits");

static_assert(std::string_view(QUIRE_VERSION) == QUIRE_PROJECT_VERSION, "quire.h and CMakeLists.txt differ");

constinit HandleTable handles;

// The options of a caller, whose struct may be an older, shorter one, or a newer one that sets nothing new.
Result<Options> OptionsOf(const quire_options* given) {
  quire_options options;
  quire_options_init(&options);
  if (given != nullptr) {
    const size_t size = given->size;
    const auto* bytes = reinterpret_cast<const unsigned char*>(given);
    if (size < offsetof(quire_options, create_if_missing) + sizeof(int)) {
      return Status(Code::kInvalidArgument, "quire_options has no size", "set it up with quire_options_init");
    }
    constexpr size_t kSizeMax = 4096;
    if (size > kSizeMax || std::any_of(bytes + std::min(size, sizeof options), bytes + size,
                                       [](unsigned char byte) { return byte != 0; })) {
      return Status(Code::kUnsupported, "quire_options asks for what this release does not know");
    }
    std::memcpy(&options, given, std::min(size, sizeof options));
  }
  if (options.sync < QUIRE_SYNC_FULL || options.sync > QUIRE_SYNC_OFF) {
    return Status(Code::kInvalidArgument,
                  "quire_options: sync is " + std::to_string(options.sync) + ", expected a value of quire_sync");
  }
  Options out;
  out.create_if_missing = options.create_if_missing != 0;
  out.read_only = options.read_only != 0;
  out.sync = static_cast<Sync>(options.sync);
  out.background_threads = options.background_threads;
  out.memory_limit_bytes = options.memory_limit_bytes;
  return out;
}

// A handle for a new connection, in *out; null if there is no memory for it.
ConnectionHandle* NewConnection(quire_connection** out) {
  auto handle = std::make_unique<ConnectionHandle>();
  const uint64_t number = Handles().Add(HandleKind::kConnection, handle.get());
  if (number == 0) return nullptr;
  handle->self = reinterpret_cast<quire_connection*>(static_cast<uintptr_t>(number));
  *out = handle->self;
  return handle.release();
}

Status Open(const char* path, const quire_options* options, ConnectionHandle* handle) {
  QUIRE_ASSIGN_OR_RETURN(const std::string_view directory, TextOf(path, kToNul, "path"));
  QUIRE_ASSIGN_OR_RETURN(Options open_options, OptionsOf(options));
  QUIRE_ASSIGN_OR_RETURN(handle->registry, AllExtensions());
  open_options.embedder_providers = handle->registry->embedder_providers();
  QUIRE_ASSIGN_OR_RETURN(handle->database, Database::Open(std::string(directory), open_options));
  handle->connection = std::make_unique<Connection>(handle->database, handle->registry);
  return {};
}

quire_code ExecAll(ConnectionHandle* handle, std::string_view text) {
  const Running running(handle);
  for (size_t start = 0; start < text.size();) {
    const std::string_view rest = text.substr(start);
    const size_t whole = Connection::FirstStatement(rest);
    const size_t length = whole == 0 ? rest.size() : whole;
    const std::string_view statement = rest.substr(0, length);
    if (!Connection::IsBlank(statement)) {
      Result<std::unique_ptr<Rows>> rows = handle->connection->Execute(statement);
      if (!rows.ok()) return handle->Fail(rows.status(), text, start);
      Result<bool> more = (*rows)->Next();
      while (more.ok() && *more) more = (*rows)->Next();
      if (!more.ok()) return handle->Fail(more.status(), text, start);
      handle->changes = (*rows)->changes();
    }
    start += length;
  }
  return QUIRE_OK;
}

}  // namespace

HandleTable& Handles() { return handles; }

ConnectionHandle* Find(quire_connection* connection) {
  return static_cast<ConnectionHandle*>(Handles().Find(HandleKind::kConnection, NumberOf(connection)));
}
StatementHandle* Find(quire_statement* statement) {
  return static_cast<StatementHandle*>(Handles().Find(HandleKind::kStatement, NumberOf(statement)));
}

Result<std::string_view> TextOf(const char* text, int64_t size, const char* what) {
  const std::string name(what);
  if (size < kToNul) {
    return Status(Code::kInvalidArgument, name + " has size " + std::to_string(size) + ", expected 0 or more, or -1");
  }
  if (text == nullptr && size != 0) return Status(Code::kInvalidArgument, name + " is NULL");
  if (text == nullptr) return std::string_view();
  const std::string_view view(text, size == kToNul ? std::strlen(text) : static_cast<size_t>(size));
  const size_t invalid = FindInvalidUtf8(view);
  if (invalid == std::string_view::npos) return view;
  return Status(Code::kInvalidArgument, name + " is not UTF-8 at byte " + std::to_string(invalid)).At(invalid);
}

quire_code ConnectionHandle::Fail(const Status& status, std::string_view text, size_t start) {
  Failure next;
  next.code = static_cast<quire_code>(status.code());
  next.message = status.message();
  next.hint = status.hint();
  const size_t byte = start + status.position();
  if (status.position() != Status::kNoPosition && byte <= text.size()) {
    const std::string_view before = text.substr(0, byte);
    const size_t line = before.rfind('\n') + 1;  // npos + 1 is 0
    next.has_place = true;
    next.byte = byte;
    next.line = static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    next.column = 1 + static_cast<size_t>(std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line),
                                                        before.end(), [](char c) { return (c & 0xc0) != 0x80; }));
  }
  failure = std::move(next);
  return failure.code;
}

}  // namespace quire::c

using quire::c::ConnectionHandle;
using quire::c::Find;
using quire::c::Guarded;
using quire::c::HandleKind;
using quire::c::Handles;
using quire::c::NumberOf;
using quire::c::StatementHandle;

extern "C" {

const char* quire_version(void) { return QUIRE_VERSION; }
int quire_version_number(void) { return QUIRE_VERSION_NUMBER; }
int quire_abi_version(void) { return QUIRE_ABI_VERSION; }

const char* quire_code_name(int code) {
  if (code == QUIRE_ROW) return "row";
  if (code == QUIRE_DONE) return "done";
  if (code < QUIRE_OK || code > QUIRE_INTERNAL) return "unknown";
  return quire::CodeName(static_cast<quire::Code>(code)).data();  // a literal, with its NUL
}

void quire_options_init(quire_options* options) {
  if (options == nullptr) return;
  std::memset(options, 0, sizeof *options);
  options->size = sizeof *options;
  options->create_if_missing = 1;
  options->background_threads = 1;
}

quire_code quire_open(const char* path, const quire_options* options, quire_connection** connection) {
  if (connection == nullptr) return QUIRE_INVALID_ARGUMENT;
  *connection = nullptr;
  return Guarded(Find(*connection), [&] {
    ConnectionHandle* handle = quire::c::NewConnection(connection);
    if (handle == nullptr) return QUIRE_RESOURCE_EXHAUSTED;
    return Guarded(handle, [&] {
      const quire::Status status = quire::c::Open(path, options, handle);
      return status.ok() ? QUIRE_OK : handle->Fail(status);
    });
  });
}

quire_code quire_connect(quire_connection* other, quire_connection** connection) {
  if (connection == nullptr) return QUIRE_INVALID_ARGUMENT;
  *connection = nullptr;
  ConnectionHandle* from = Find(other);
  if (!IsUsable(from)) return QUIRE_INVALID_ARGUMENT;
  return Guarded(from, [&] {
    auto session = std::make_unique<quire::Connection>(from->database, from->registry);
    ConnectionHandle* handle = quire::c::NewConnection(connection);
    if (handle == nullptr) return QUIRE_RESOURCE_EXHAUSTED;
    handle->database = from->database;
    handle->registry = from->registry;
    handle->connection = std::move(session);
    return QUIRE_OK;
  });
}

void quire_close(quire_connection* connection) {
  const ConnectionHandle* found = Find(connection);
  if (found == nullptr || found->running) return;
  Guarded(0, [&] {
    const std::unique_ptr<ConnectionHandle> handle(
        static_cast<ConnectionHandle*>(Handles().Remove(HandleKind::kConnection, NumberOf(connection))));
    if (!handle) return 0;
    for (StatementHandle* statement : handle->statements) statement->Detach();
    return 0;
  });
}

quire_code quire_exec(quire_connection* connection, const char* sql, int64_t size) {
  ConnectionHandle* handle = Find(connection);
  if (!IsUsable(handle)) return QUIRE_INVALID_ARGUMENT;
  return Guarded(handle, [&] {
    const quire::Result<std::string_view> text = quire::c::TextOf(sql, size, "sql");
    return text.ok() ? quire::c::ExecAll(handle, *text) : handle->Fail(text.status());
  });
}

quire_code quire_interrupt(quire_connection* connection) {
  return Guarded(QUIRE_INTERNAL, [&] {
    const std::lock_guard lock(Handles().removing());
    ConnectionHandle* handle = Find(connection);
    if (handle == nullptr || !handle->connection) return QUIRE_INVALID_ARGUMENT;
    handle->connection->Interrupt();
    return QUIRE_OK;
  });
}

quire_code quire_progress(quire_connection* connection, quire_progress_callback callback, void* context) {
  ConnectionHandle* handle = Find(connection);
  if (!IsUsable(handle)) return QUIRE_INVALID_ARGUMENT;
  return Guarded(handle, [&] {
    if (callback == nullptr) {
      handle->connection->OnProgress({});
      return QUIRE_OK;
    }
    handle->connection->OnProgress([=](const quire::Progress& progress) {
      if (callback(context, progress.what.c_str(), progress.done, progress.total) != 0) handle->connection->Interrupt();
    });
    return QUIRE_OK;
  });
}

quire_code quire_answer(quire_connection* connection, quire_answer_callback callback, void* context) {
  ConnectionHandle* handle = Find(connection);
  if (!IsUsable(handle)) return QUIRE_INVALID_ARGUMENT;
  return Guarded(handle, [&] {
    if (callback == nullptr) {
      handle->connection->OnAnswer({});
      return QUIRE_OK;
    }
    handle->connection->OnAnswer([=](const quire::AnswerEvent& event) {
      const std::string text(event.text);
      const int stop = callback(context, static_cast<int>(event.kind), text.c_str(), text.size());
      if (stop != 0) handle->connection->Interrupt();
    });
    return QUIRE_OK;
  });
}

int quire_in_transaction(quire_connection* connection) {
  const ConnectionHandle* handle = Find(connection);
  return handle != nullptr && handle->connection && handle->connection->in_transaction() ? 1 : 0;
}

uint64_t quire_changes(quire_connection* connection) {
  const ConnectionHandle* handle = Find(connection);
  return handle == nullptr ? 0 : handle->changes;
}

quire_code quire_error_code(quire_connection* connection) {
  const ConnectionHandle* handle = Find(connection);
  return handle == nullptr ? QUIRE_INVALID_ARGUMENT : handle->failure.code;
}

const char* quire_error_message(quire_connection* connection) {
  const ConnectionHandle* handle = Find(connection);
  return handle == nullptr ? "the connection is NULL or closed" : handle->failure.message.c_str();
}

const char* quire_error_hint(quire_connection* connection) {
  const ConnectionHandle* handle = Find(connection);
  return handle == nullptr ? "" : handle->failure.hint.c_str();
}

int quire_error_position(quire_connection* connection, size_t* byte, size_t* line, size_t* column) {
  const ConnectionHandle* handle = Find(connection);
  if (handle == nullptr || !handle->failure.has_place) return 0;
  if (byte != nullptr) *byte = handle->failure.byte;
  if (line != nullptr) *line = handle->failure.line;
  if (column != nullptr) *column = handle->failure.column;
  return 1;
}

}  // extern "C"
