#include "extensions/ingest/duplicate_report.h"

namespace quire::ingest {

uint32_t DuplicateReport::Number(const std::string& uri) {
  const auto [found, is_new] = included_.try_emplace(uri, static_cast<uint32_t>(uris_.size()));
  if (is_new) uris_.push_back(uri);
  return found->second;
}

void DuplicateReport::Add(const ParsedFile& file, LoadReport* report) {
  const auto number = static_cast<uint32_t>(uris_.size());
  if (!file.prints.empty()) uris_.push_back(file.document.uri);
  for (uint32_t i = 0; i < file.prints.size() && places_.size() < DuplicateFinder::kTextsMax; ++i) {
    Place place{.file = number, .ordinal = i, .included_from = 0};
    for (const Attribute& own : file.chunk_attributes[i]) {
      if (own.name == kIncludedFromAttribute) place.included_from = Number(own.value.text());
    }
    places_.push_back(place);
    const std::optional<DuplicateFinder::Match> match = finder_.Add(file.prints[i]);
    if (!match) continue;
    const Place& first = places_[match->first];
    if (place.included_from != 0 && place.included_from == first.included_from) continue;
    ++(match->exact ? report->duplicates : report->near_duplicates);
    if (report->duplicates + report->near_duplicates > kLinesMax) continue;
    report->details.push_back({file.document.uri, "duplicates",
                               "chunk " + std::to_string(i) + " says " + (match->exact ? "word for word" : "nearly") +
                                   " what chunk " + std::to_string(first.ordinal) + " of " + uris_[first.file] +
                                   " does",
                               "", false});
  }
}

}  // namespace quire::ingest
