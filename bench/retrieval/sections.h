// Sections of documents, to measure speed on: a file of them, and queries made of them.
#pragma once

#include <string>
#include <vector>

#include "quire/status.h"

namespace quire::bench {

struct Section {
  std::string document{}, title{}, text{};
};

// A file of lines {"path": ..., "title": ..., "text": ...}, gzipped or not. Errors: kIoError, kInvalidArgument naming the line.
Result<std::vector<Section>> ReadSections(const std::string& path);

// 1,000 titles, and the first ten words of 1,000 texts, from everywhere in `sections`: letters and digits of ASCII and spaces, so that no
// query has an operator in any language.
struct SectionQueries {
  std::vector<std::string> titles, texts;
};
SectionQueries MakeQueries(const std::vector<Section>& sections);

}  // namespace quire::bench
