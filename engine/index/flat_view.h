// FlatView: the View of flat mode.
#pragma once

#include <memory>
#include <vector>

#include "engine/codec/query.h"
#include "engine/index/contents.h"
#include "engine/index/vector_index.h"

namespace quire::index {

class FlatView final : public View {
 public:
  FlatView(const Parameters& parameters, std::shared_ptr<const codec::Encoder> encoder, Contents contents)
      : parameters_(parameters), encoder_(std::move(encoder)), contents_(std::move(contents)) {}

  const Parameters& parameters() const override { return parameters_; }
  uint64_t size() const override { return contents_.size; }
  uint64_t memory_bytes() const override { return contents_.memory_bytes; }
  Status Search(const Query& query, const storage::Snapshot& snapshot, std::vector<Neighbour>* out) const override;

  const std::shared_ptr<const codec::Encoder>& encoder() const { return encoder_; }
  const Contents& contents() const { return contents_; }

 private:
  Parameters parameters_;
  std::shared_ptr<const codec::Encoder> encoder_;
  Contents contents_;
};

// The encoder that goes with parameters; `centroid` of the leaf, empty for zero.
std::shared_ptr<const codec::Encoder> MakeEncoder(const Parameters& parameters, std::span<const float> centroid);

}  // namespace quire::index
