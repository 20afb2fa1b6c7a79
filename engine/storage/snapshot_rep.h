// What a Snapshot and a Cursor hold.
#pragma once

#include "engine/storage/rocks.h"

namespace quire::storage {

struct Snapshot::Rep {
  explicit Rep(std::shared_ptr<const Rocks> opened) : rocks(std::move(opened)), view(rocks->db().GetSnapshot()) {}
  ~Rep() { rocks->db().ReleaseSnapshot(view); }

  const std::shared_ptr<const Rocks> rocks;
  const rocksdb::Snapshot* const view;
};

}  // namespace quire::storage
