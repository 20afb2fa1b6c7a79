// Raw vectors: how the vectors themselves are stored, and the distances computed from them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/simd/kernels.h"
#include "quire/schema.h"

namespace quire::codec {

// Bytes of a stored vector.
size_t RawBytes(RawVectors raw, uint32_t dim);

// The largest magnitude a component may have: 65,504 in f16 (its largest number), 1e15 in f32 (so that the squared
// distance of two vectors of any dimension stays within a float).
float RawLimit(RawVectors raw);

// Appends the stored form, little-endian. f16 rounds to nearest even.
void AppendRawVector(RawVectors raw, std::span<const float> vector, std::string* out);

// Reads a stored vector into `out`; false if the bytes are not out.size() components.
[[nodiscard]] bool ReadRawVector(RawVectors raw, std::string_view bytes, std::span<float> out);

// Distances of one query to stored vectors, summed in double precision: no input overflows, and equal inputs give equal
// distances on every machine. Cosine: a zero vector, as query or stored, is at distance 1 of everything.
class ExactQuery {
 public:
  // Borrows `vector`.
  ExactQuery(Metric metric, std::span<const float> vector);
  // REQUIRES: as many components as the query has.
  float Distance(std::span<const float> stored) const;
  // The same of a vector as it is stored, at any address. REQUIRES: RawBytes(raw, components of the query) bytes.
  // Cost: about 60 ns for f16 and cosine at 384. Unaligned f32 is copied.
  float Distance(RawVectors raw, const uint8_t* bytes) const;

 private:
  float DistanceOfProducts(const simd::ExactProducts& products) const;

  Metric metric_;
  std::span<const float> vector_;
  std::vector<double> doubles_;  // vector_, for what is compared with halves
  const simd::Kernels& kernels_;
  double norm_;  // of the query
};

}  // namespace quire::codec
