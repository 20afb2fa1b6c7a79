// Salvage: what can be read of a damaged database, without changing it. The page for people: engine/doc/repair.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/storage/rocks.h"
#include "quire/options.h"

namespace quire::storage {

// See Store::OpenDamaged.
Result<std::shared_ptr<Rocks>> SalvageDatabase(const std::string& path, const Options& options,
                                               const std::shared_ptr<rocksdb::Cache>& cache, const std::string& work,
                                               std::vector<std::string>* notes);

}  // namespace quire::storage
