// The attribute index: for each value of a column the set of chunks that have it, as CRoaring bitmaps in ordered keys.
// Format: engine/doc/attribute_index.md.
//
// A bitmap covers one block of 65,536 chunk numbers, so a change rewrites at most 8 KiB per value. NULL has a key of
// its own: whoever adds a column to chunks that are there adds NULL for each of them. Text beyond 128 bytes is indexed
// by its first 128 bytes and a hash: equality stays exact, order among such texts is not, and a filter then reads them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/function_ref.h"
#include "engine/storage/store.h"
#include "quire/filter.h"
#include "quire/status.h"

namespace quire::filter {

// A set of chunk numbers. A thin value over a CRoaring bitmap, which stays out of this header. One that was moved from
// may only be assigned to or destroyed.
class Bitmap {
 public:
  Bitmap();
  ~Bitmap();
  Bitmap(const Bitmap&);
  Bitmap& operator=(const Bitmap&);
  Bitmap(Bitmap&&) noexcept;
  Bitmap& operator=(Bitmap&&) noexcept;

  void Add(ChunkNumber number);
  void AddRange(ChunkNumber first, ChunkNumber end);  // [first, end)
  void Remove(ChunkNumber number);
  bool Contains(ChunkNumber number) const;
  uint64_t Count() const;
  void IntersectWith(const Bitmap& other);
  void UniteWith(const Bitmap& other);
  void Subtract(const Bitmap& other);
  // Calls visit(number) in ascending order until it gives false.
  void ForEach(function_ref<bool(ChunkNumber)> visit) const;
  // As bits: bit n of word n / 64, long enough for every number below `end`.
  std::vector<uint64_t> ToWords(ChunkNumber end) const;
  static Bitmap FromWords(std::span<const uint64_t> words);

 private:
  friend struct BitmapAccess;  // bitmap.cc
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// Stored column numbers: built-in columns have fixed ones, attributes follow from kFirstAttribute in schema order.
inline constexpr uint16_t kUriColumn = 0, kIdColumn = 1, kTitleColumn = 2, kSectionColumn = 3, kOrdinalColumn = 4,
                          kCreatedAtColumn = 5, kFirstAttribute = 16;
// What FilterSource::column gives for a column that is there but has no index.
inline constexpr uint16_t kNotIndexed = 0xFFFF;

// The order-preserving bytes of a value: Encode(a) < Encode(b) as bytes exactly when a < b, for values of one type.
// NULL sorts first, NaN last; -0.0 is 0.0. No encoding is the beginning of another. Integers and reals of one column
// are both cast to the column's type by the caller. REQUIRES: not an array, JSON or a vector.
std::string EncodeOrdered(const Value& value);
// The value of a column of `type` that EncodeOrdered gave these bytes for; nothing if they do not hold all of it (a long
// text) or are damaged.
std::optional<Value> DecodeOrdered(std::string_view encoded, Type type);
// Whether the order of `value` among others is kept in full (false: text beyond 128 bytes).
bool IsOrderExact(const Value& value);
// The encodings a value is indexed under: one for a scalar or NULL; one for each distinct element of an array, so that
// an empty array, which is not NULL, has none; none for JSON and vectors.
std::vector<std::string> IndexedForms(const Value& value);

// Gathers the attribute changes of a transaction, then rewrites the bitmaps they touch. The last word on a number and
// value counts.
class AttributeWriter {
 public:
  void Add(uint16_t column, const Value& value, ChunkNumber number);
  void Remove(uint16_t column, const Value& value, ChunkNumber number);
  // Errors: kCorruption naming the bitmap.
  Status Write(uint32_t collection, const storage::Snapshot& snapshot, storage::Batch* batch) const;

 private:
  struct Change {
    ChunkNumber number;
    bool added;  // or removed
  };
  void Record(uint16_t column, const Value& value, Change change);

  std::map<std::string, std::vector<Change>> changes_;  // by the bitmap's key after the collection
};

// What a filter is evaluated against.
struct FilterSource {
  uint32_t collection = 0;
  const storage::Snapshot* snapshot = nullptr;
  const Bitmap* live = nullptr;
  // The stored column and type of a name; kNotIndexed if it has no index (then its comparisons read chunks).
  // Errors: kNotFound.
  function_ref<Result<std::pair<uint16_t, Type>>(std::string_view)> column;
  // Reads a chunk, for conditions that no index decides.
  function_ref<Result<Chunk>(ChunkNumber)> read;
  // The value of a column (built-in or attribute) of a chunk that was read: NULL or of the column's type.
  function_ref<Result<Value>(const Chunk&, std::string_view)> value_of;
};

// The live chunks that `filter` keeps, exactly. What the indexes decide is decided first; only what is left is read.
//
// A literal is compared by its value, not by its type: a real with an INTEGER column, an integer with a REAL column,
// text with a DATE or TIMESTAMP column where it can be cast. On a TEXT[] column kEqual and kIn with texts mean
// "contains"; with an array they mean the whole array. JSON compares as text.
// Errors: kNotFound (no such column), kTypeMismatch (naming column and both types), kCorruption, kResourceExhausted
//   (more than 500 levels of alternating conditions), and what `read`, `value_of` and a predicate give.
// Cost: one bitmap per distinct value in range; one read per chunk that no index decides.
Result<Bitmap> Evaluate(const Filter& filter, const FilterSource& source);

// The chunks whose indexed column has this value. Errors: kCorruption naming the bitmap. Cost: that of one seek and of the answer.
Result<Bitmap> FindEqual(uint32_t collection, uint16_t column, const Value& value, const storage::Snapshot& snapshot);

// Calls visit(encoded value, numbers) for every stored bitmap of one column, in the order of the values; a value whose numbers
// span several blocks is visited once for each. Errors: kCorruption naming the bitmap.
Status VisitColumn(uint32_t collection, uint16_t column, const storage::Snapshot& snapshot,
                   function_ref<void(std::string_view, const Bitmap&)> visit);

// Calls visit(column, encoded value, numbers) for every stored bitmap, decoded and verified: for Check(). A value whose
// numbers span several blocks is visited once for each. Errors: kCorruption naming the bitmap, and what `visit` gives.
Status VisitAttributes(uint32_t collection, const storage::Snapshot& snapshot,
                       function_ref<Status(uint16_t, std::string_view, const Bitmap&)> visit);

}  // namespace quire::filter
