// Pairs: an embedder of the program's own, so that collections can move between several.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "quire/embedder.h"

namespace quire::crash {

// Pairs of letters counted; another configuration puts them elsewhere.
class Pairs final : public Embedder {
 public:
  Pairs(std::string name, uint32_t dim, uint64_t config) : identity_{std::move(name), 1, dim, config} {}
  const Identity& identity() const override { return identity_; }
  Status Embed(std::span<const std::string_view> texts, Role, std::span<float> out) const override {
    std::fill(out.begin(), out.end(), 0.0F);
    for (size_t i = 0; i < texts.size(); ++i) {
      for (size_t k = 1; k < texts[i].size(); ++k) {
        const auto a = static_cast<unsigned char>(texts[i][k - 1]), b = static_cast<unsigned char>(texts[i][k]);
        out[i * identity_.dim + (a * 31 + b * identity_.config) % identity_.dim] += 1;
      }
    }
    return {};
  }

 private:
  const Identity identity_;
};

}  // namespace quire::crash
