// The key schema: every key of a database is made here. The page for people: engine/doc/key_schema.md.
//
// Keys are a kind byte, then big-endian numbers, then, last, bytes of variable length. Collection ids are never used
// again, nor are the numbers of chunks inside a collection, nor generations.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "quire/chunk.h"

namespace quire::storage {

// Every key that belongs to a collection begins with its kind and its collection, so that it can be dropped by prefix.
inline std::string CollectionPrefix(char kind, uint32_t collection) {
  std::string key(1, kind);
  AppendBigEndian(&key, collection);
  return key;
}

// --- kMeta ---------------------------------------------------------------------------------------------------------
inline constexpr std::string_view kFormatKey = "FORMAT";            // -> format number and release, made at creation
inline constexpr std::string_view kNextCollectionKey = "NEXT";      // -> u32
inline std::string CatalogKey(uint32_t collection) { return CollectionPrefix('M', collection); }   // -> schema
inline std::string CountersKey(uint32_t collection) { return CollectionPrefix('S', collection); }  // -> counters
inline std::string DroppedKey(uint32_t collection) { return CollectionPrefix('Z', collection); }  // -> space to reclaim
inline std::string ForgetKey(uint32_t collection, const Hash128& uri) {  // -> collections that are still to be rewritten
  return CollectionPrefix('G', collection).append(uri.begin(), uri.end());
}
inline std::string EmbedderKey(std::string_view name) { return std::string(1, 'B').append(name); }  // -> definition
// Parameters of a generation of the vector index.
inline std::string IndexKey(uint32_t collection, uint32_t generation) {
  std::string key = CollectionPrefix('I', collection);
  AppendBigEndian(&key, generation);
  return key;
}

// --- kChunk --------------------------------------------------------------------------------------------------------
inline std::string ChunkKey(uint32_t collection, ChunkNumber number) {      // -> chunk record
  std::string key = CollectionPrefix('C', collection);
  AppendBigEndian(&key, number);
  return key;
}
inline std::string ChunkIdKey(uint32_t collection, std::string_view id) {   // -> u32 number
  return CollectionPrefix('I', collection).append(id);
}
inline std::string DocumentKey(uint32_t collection, std::string_view uri) { // -> document record with its chunk numbers
  return CollectionPrefix('D', collection).append(uri);
}
// Block `block` of the chunk table: which of 1,024 numbers are live, and how long their texts are.
inline std::string ChunkTableKey(uint32_t collection, uint32_t block) {
  std::string key = CollectionPrefix('L', collection);
  AppendBigEndian(&key, block);
  return key;
}

// --- kWord ---------------------------------------------------------------------------------------------------------
// All posting blocks of a term; terms hold no zero byte. Then the first number of the block.
inline std::string WordPrefix(uint32_t collection, std::string_view term) {
  std::string key = CollectionPrefix('W', collection).append(term);
  key.push_back('\0');
  return key;
}
inline std::string WordKey(uint32_t collection, std::string_view term, ChunkNumber first) {
  std::string key = WordPrefix(collection, term);
  AppendBigEndian(&key, first);
  return key;
}

// --- kAttribute ----------------------------------------------------------------------------------------------------
// All bitmaps of a column; then the order-preserving form of a value (engine/filter), then the block of 65,536 numbers.
inline std::string AttributePrefix(uint32_t collection, uint16_t column) {
  std::string key = CollectionPrefix('F', collection);
  AppendBigEndian(&key, column);
  return key;
}

// --- kTree, kPosting, kCode, kRaw: `leaf` is 0 in flat mode ---------------------------------------------------------
inline std::string IndexPrefix(char kind, uint32_t collection, uint32_t generation) {
  std::string key = CollectionPrefix(kind, collection);
  AppendBigEndian(&key, generation);
  return key;
}
inline std::string NodeKey(uint32_t collection, uint32_t generation, uint32_t node) {  // kTree
  std::string key = IndexPrefix('N', collection, generation);
  AppendBigEndian(&key, node);
  return key;
}
// kind 'P': sealed segment of 1-bit codes; 'A': appended code, number = vid; 'X': tombstone, number = vid (kPosting).
// kind 'E': 7-bit codes of a segment (kCode).
inline std::string LeafKey(char kind, uint32_t collection, uint32_t generation, uint32_t leaf, uint32_t number) {
  std::string key = IndexPrefix(kind, collection, generation);
  AppendBigEndian(&key, leaf);
  AppendBigEndian(&key, number);
  return key;
}
// The tree and links over an index: 'T' (kTree) says which edition is read, 'L' (kCode) are the codes of its leaves, 'K'
// (kCode) the neighbours of some thousand nodes each.
inline std::string LinksHeadKey(uint32_t collection, uint32_t generation) {
  return IndexPrefix('T', collection, generation);
}
inline std::string LinksPartKey(uint32_t collection, uint32_t generation, uint32_t edition, uint32_t part) {
  std::string key = IndexPrefix('K', collection, generation);
  AppendBigEndian(&key, edition);
  AppendBigEndian(&key, part);
  return key;
}
inline std::string LinksLeafKey(uint32_t collection, uint32_t generation, uint32_t edition, uint32_t leaf) {
  std::string key = IndexPrefix('L', collection, generation);
  AppendBigEndian(&key, edition);
  AppendBigEndian(&key, leaf);
  return key;
}
// What the embedder of a generation learned, in parts (kTree).
inline std::string TrainedPartKey(uint32_t collection, uint32_t generation, uint32_t part) {
  std::string key = IndexPrefix('V', collection, generation);
  AppendBigEndian(&key, part);
  return key;
}
inline std::string RawKey(uint32_t collection, uint32_t generation, uint32_t vid) {  // kRaw -> f16 or f32 components
  std::string key = IndexPrefix('R', collection, generation);
  AppendBigEndian(&key, vid);
  return key;
}

}  // namespace quire::storage
