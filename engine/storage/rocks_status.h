// RocksDB's statuses as Quire's.
#pragma once

#include <rocksdb/status.h>

#include <string_view>

#include "quire/status.h"

namespace quire::storage {

// What to do with a damaged database.
inline constexpr std::string_view kMendDamage = "restore a backup, or save what can be read: REPAIR DATABASE 'path' TO 'new path'";

// `where` names the database and, where one is known, the family: "database 'x.quire', family 'chunk'". RocksDB's own
// message, which names the file, follows.
Status FromRocks(const rocksdb::Status& status, std::string_view where);

}  // namespace quire::storage
