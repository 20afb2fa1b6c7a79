// What a Batch holds.
#pragma once

#include <rocksdb/write_batch.h>

#include "engine/storage/store.h"

namespace quire::storage {

struct Batch::Rep {
  rocksdb::WriteBatch changes;
  rocksdb::Status status;  // of the first change that could not be taken
};

}  // namespace quire::storage
