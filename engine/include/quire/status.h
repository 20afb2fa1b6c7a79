// Status and Result: how every call in Quire says that it failed.
//
// Nothing in Quire throws across a module. A function that can fail returns a Status, or a
// Result<T> where it has something to give. Both are [[nodiscard]].
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace quire {

// What kind of failure it was. Append-only: the numbers are part of the C ABI and of stored reports.
enum class Code : int {
  kOk = 0,
  kInvalidArgument = 1,    // the caller's value is wrong: fix the call
  kNotFound = 2,           // no such collection, chunk, file, setting
  kAlreadyExists = 3,      // a name or id that must be new is taken
  kCorruption = 4,         // stored bytes are damaged
  kIoError = 5,            // the operating system or RocksDB failed; the outcome of a commit is unknown
  kBusy = 6,               // another process holds the database
  kConflict = 7,           // a concurrent transaction changed the same chunk first
  kUnsupported = 8,        // understood, but not offered
  kCancelled = 9,          // stopped by the user or by a deadline
  kResourceExhausted = 10, // a limit (memory, size, depth) was reached
  kSyntaxError = 11,       // the text of a statement cannot be parsed
  kTypeMismatch = 12,      // a value of another type was expected
  kReadOnly = 13,          // the database does not take writes
  kUnavailable = 14,       // an extension, provider or service is not there
  kInternal = 15,          // a believed invariant does not hold: a defect in Quire
};

// The name of a code as it stands in messages and tests, such as "invalid_argument".
std::string_view CodeName(Code code);

// Success, or one failure with a message. Success is a null pointer: one word, no allocation.
//
// A message is lower-case, has no period, and names object, expected and found:
// "collection 'docs': vector has 384 components, expected 768". A hint, where there is one, is the
// mend as the user would type it.
class [[nodiscard]] Status {
 public:
  Status() = default;  // success
  // REQUIRES: code != Code::kOk.
  Status(Code code, std::string message, std::string hint = {});

  Status(const Status& other);
  Status& operator=(const Status& other);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;

  bool ok() const { return rep_ == nullptr; }
  Code code() const { return rep_ ? rep_->code : Code::kOk; }
  std::string_view message() const { return rep_ ? std::string_view(rep_->message) : std::string_view(); }
  std::string_view hint() const { return rep_ ? std::string_view(rep_->hint) : std::string_view(); }

  // Byte offset into the statement text that the failure is about, or npos.
  static constexpr size_t kNoPosition = static_cast<size_t>(-1);
  size_t position() const { return rep_ ? rep_->position : kNoPosition; }
  // This status with a position; a position that is already there is kept.
  Status At(size_t position) &&;
  // This status with `context` and ": " put before its message.
  Status Within(std::string_view context) &&;

  // "code: message (hint: ...)", for logs and test failures.
  std::string ToString() const;

 private:
  struct Rep {
    Code code;
    std::string message;
    std::string hint;
    size_t position = kNoPosition;
  };
  std::unique_ptr<Rep> rep_;
};

// A value, or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}          // NOLINT(google-explicit-constructor)
  // REQUIRES: !status.ok().
  Result(Status status) : status_(std::move(status)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return value_.has_value(); }
  const Status& status() const& { return status_; }
  Status&& status() && { return std::move(status_); }

  // REQUIRES: ok().
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return std::move(*value_); }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return std::move(*value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace quire

// Returns from the enclosing function if `expression` (a Status) is a failure.
#define QUIRE_RETURN_IF_ERROR(expression)                                 \
  do {                                                                    \
    ::quire::Status quire_status_ = (expression);                         \
    if (!quire_status_.ok()) return quire_status_;                        \
  } while (false)

#define QUIRE_CONCAT_INNER(a, b) a##b
#define QUIRE_CONCAT(a, b) QUIRE_CONCAT_INNER(a, b)

// Declares or assigns `target` from `expression` (a Result), or returns its failure.
#define QUIRE_ASSIGN_OR_RETURN(target, expression) \
  QUIRE_ASSIGN_OR_RETURN_IMPL(QUIRE_CONCAT(quire_result_, __LINE__), target, expression)
#define QUIRE_ASSIGN_OR_RETURN_IMPL(result, target, expression) \
  auto result = (expression);                                   \
  if (!result.ok()) return std::move(result).status();          \
  target = std::move(result).value()
