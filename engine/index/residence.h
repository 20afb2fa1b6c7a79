// Residence: how much of an index is in memory, and how a view passes from one to another.
#pragma once

#include <atomic>

#include "engine/index/index_view.h"

namespace quire::index {

// From most to least memory.
enum class Residence {
  kFull,    // all codes, tree and links
  kLean,    // tree and links, without codes in order of number: the stored vectors decide
  kOnDisk,  // the tree above the leaves; leaves are read by need, and kept as far as the block cache goes
};

// What fits half of the memory limit for so many vectors. Below 128 padded dimensions estimates say too little: always kFull.
Residence ResidenceFor(const Parameters& parameters, uint64_t vectors);

// `state` with an edition that was made of it, or of one before it, in the residence it can have.
IndexView::State Settle(IndexView::State state, std::shared_ptr<const Linked> linked);

}  // namespace quire::index
