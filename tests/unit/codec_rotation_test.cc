// The rotation keeps lengths and angles, and is the same on every machine.
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/base/hash.h"
#include "engine/codec/rotation.h"

namespace quire::codec {
namespace {

double Dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

std::vector<float> Rotated(const Rotation& rotation, const std::vector<float>& vector) {
  std::vector<float> out(rotation.padded_dim());
  rotation.Apply(simd::ActiveKernels(), vector.data(), out.data());
  return out;
}

}  // namespace

TEST_CASE("rotation: images of the axes are orthonormal") {
  for (const uint32_t dim : {1u, 3u, 63u, 64u, 65u, 127u, 128u, 200u, 384u}) {
    const Rotation rotation(dim, 7);
    CAPTURE(dim);
    CHECK(rotation.padded_dim() == (dim + 63) / 64 * 64);
    std::vector<std::vector<float>> images;
    for (uint32_t i = 0; i < dim; ++i) {
      std::vector<float> axis(dim);
      axis[i] = 1;
      images.push_back(Rotated(rotation, axis));
    }
    double worst = 0;
    for (uint32_t i = 0; i < dim; ++i) {
      for (uint32_t j = 0; j <= i; ++j)
        worst = std::max(worst, std::fabs(Dot(images[i], images[j]) - (i == j ? 1 : 0)));
    }
    CHECK(worst < 1e-5);
  }
}

TEST_CASE("rotation: one large coordinate is spread over all of them") {
  for (const uint32_t dim : {64u, 768u, 1000u}) {
    const Rotation rotation(dim, 42);
    std::vector<float> spike(dim);
    spike[dim / 3] = 1;
    const std::vector<float> image = Rotated(rotation, spike);
    float largest = 0;
    for (const float value : image) largest = std::max(largest, std::fabs(value));
    CAPTURE(dim, largest);
    CHECK(largest < 8 / std::sqrt(static_cast<float>(rotation.padded_dim())));
  }
}

TEST_CASE("rotation: seeds differ, equal seeds agree") {
  std::vector<float> vector(100);
  for (size_t i = 0; i < vector.size(); ++i) vector[i] = static_cast<float>(i) - 50;
  CHECK(Rotated(Rotation(100, 1), vector) == Rotated(Rotation(100, 1), vector));
  CHECK(Rotated(Rotation(100, 1), vector) != Rotated(Rotation(100, 2), vector));
}

TEST_CASE("rotation: its bits are part of the format") {
  std::vector<float> vector(768);
  for (size_t i = 0; i < vector.size(); ++i) vector[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 64;
  const std::vector<float> image = Rotated(Rotation(768, 0x5155495245), vector);
  const std::string_view bytes(reinterpret_cast<const char*>(image.data()), image.size() * 4);
  CHECK(Hash64(bytes) == 0x8447E0C3CA6EE87Eu);
}

}  // namespace quire::codec
