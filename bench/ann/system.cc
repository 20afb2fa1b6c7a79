#include "bench/ann/system.h"

#include <algorithm>

namespace quire::bench {
namespace {

struct Maker {
  const char* name;
  std::unique_ptr<System> (*make)(const Problem& problem);
};
constexpr Maker kMakers[] = {
    {"quire", MakeQuire},
#ifdef QUIRE_BENCH_HNSWLIB
    {"hnswlib", MakeHnswlib},
#endif
#ifdef QUIRE_BENCH_FAISS
    {"faiss-hnsw", MakeFaissHnsw}, {"faiss-ivfpqfs", MakeFaissIvfPqFastScan}, {"faiss-ivfflat", MakeFaissIvfFlat},
    {"faiss-flat", MakeFaissFlat},
#endif
};

}  // namespace

Status System::SearchBelow(uint32_t, const float*, uint32_t, std::vector<uint32_t>*) {
  return {Code::kUnsupported, name() + " has no filters here"};
}

Result<ChurnFigures> System::Churn(const std::vector<uint32_t>&) {
  return Status(Code::kUnsupported, name() + " has no deletes here");
}

std::vector<std::string> SystemNames() {
  std::vector<std::string> names;
  for (const Maker& maker : kMakers) names.emplace_back(maker.name);
  return names;
}

Result<std::unique_ptr<System>> MakeSystem(const std::string& name, const Problem& problem) {
  std::string known;
  for (const Maker& maker : kMakers) {
    if (name == maker.name) return maker.make(problem);
    known += (known.empty() ? "" : ", ") + std::string(maker.name);
  }
  return Status(Code::kNotFound, "system '" + name + "' was not compiled in", "systems are " + known);
}

}  // namespace quire::bench
