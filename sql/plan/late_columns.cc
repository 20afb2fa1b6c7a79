// Late reading: a sort that keeps few rows, or would hold long texts, reads them when it knows which rows it gives.
#include <algorithm>

#include "sql/plan/planner.h"

namespace quire::sql {
namespace {

std::vector<bool> Either(std::vector<bool> a, const std::vector<bool>& b) {
  for (size_t i = 0; i < b.size(); ++i) a[i] = a[i] || b[i];
  return a;
}

// The first sort keys that attribute indexes give, and their columns; all keys if that is none, or all rows are needed.
size_t EarlyKeys(const BoundSelect& select, bool cuts, std::vector<bool>* columns) {
  size_t count = 0;
  for (; cuts && count < select.order_by.size(); ++count) {
    std::vector<bool> next = *columns;
    CollectColumns(*select.order_by[count].expression, &next);
    if (!MakeChunkColumns(select.source, next).parts.attributes_only) break;
    *columns = std::move(next);
  }
  if (count > 0) return count;
  for (const BoundOrder& order : select.order_by) CollectColumns(*order.expression, columns);
  return select.order_by.size();
}

bool IsWorthWhile(const ChunkParts& early, const ChunkParts& all, bool cuts) {
  return (cuts && early.attributes_only && !all.attributes_only) || (all.text && !early.text) ||
         (all.embedding && !early.embedding);
}

}  // namespace

Result<PlanPtr> PlanLeafToSort(BoundSelect* select, const std::vector<bool>& used, bool cuts,
                               const PlanContext& context, std::optional<LateColumns>* late) {
  const Source& source = select->source;
  if (source.kind != Source::Kind::kCollection) {
    return PlanLeaf(source, std::move(select->where.conditions), used, context);
  }
  std::vector<bool> early(source.columns.size());
  const size_t early_keys = EarlyKeys(*select, cuts, &early);
  QUIRE_ASSIGN_OR_RETURN(PlanPtr plan, PlanLeaf(source, std::move(select->where.conditions), early, context));
  auto* scan = std::get_if<ScanPlan>(&plan->node);
  if (scan == nullptr) return plan;  // no row
  for (const auto& [place, column] : scan->columns.columns) early[place] = true;
  const std::vector<bool> all = Either(used, early);
  ChunkColumns whole = MakeChunkColumns(source, all);
  if (!IsWorthWhile(scan->columns.parts, whole.parts, cuts)) {
    scan->columns = std::move(whole);
    return plan;
  }
  std::vector<bool> rest = all;
  for (size_t i = 0; i < rest.size(); ++i) rest[i] = rest[i] && !early[i];
  *late = LateColumns{scan->collection, MakeChunkColumns(source, rest), early_keys};
  scan->columns.number_place = static_cast<uint32_t>(scan->columns.width++);
  (*late)->columns.width = scan->columns.width;
  return plan;
}

}  // namespace quire::sql
