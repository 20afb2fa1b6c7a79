// A search as a plan has it: one of the engine, or several whose ranks are fused.
#pragma once

#include <vector>

#include "quire/database.h"
#include "sql/plan/plan.h"

namespace quire::sql {

// The hits, best first, at most plan.request.k. Source of the fusion: Cormack, Clarke, Buettcher 2009, with weights:
// sum(w * 61 / (60 + rank)) / sum(w); a row that a list does not hold gets nothing from it.
// With plan.keeps_all, chunks that no part found follow by number with the score 0.
// `cost` may be null.
Result<std::vector<Hit>> RunSearch(const SearchPlan& plan, const Reader& reader, ReadCost* cost);

}  // namespace quire::sql
