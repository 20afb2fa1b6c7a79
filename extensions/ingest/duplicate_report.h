// DuplicateReport: which chunks of a load repeat an earlier one of it, for the user to see.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "extensions/ingest/duplicates.h"
#include "extensions/ingest/parse_files.h"
#include "extensions/ingest/report.h"

namespace quire::ingest {

class DuplicateReport {
 public:
  static constexpr size_t kLinesMax = 10'000;

  // Compares the chunks of a file that was read with all before them; what repeats is counted in `report`, the first
  // kLinesMax of them by name. What one included file says on several pages is no duplicate.
  void Add(const ParsedFile& file, LoadReport* report);

 private:
  struct Place {
    uint32_t file = 0;  // in uris_
    uint32_t ordinal = 0;
    uint32_t included_from = 0;  // in uris_; 0: its own bytes
  };

  uint32_t Number(const std::string& uri);

  DuplicateFinder finder_;
  std::vector<std::string> uris_{""};
  std::unordered_map<std::string, uint32_t> included_;
  std::deque<Place> places_;  // of each text that was compared
};

}  // namespace quire::ingest
