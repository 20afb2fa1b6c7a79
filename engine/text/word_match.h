// Which chunks a query with operators is satisfied by.
#pragma once

#include <vector>

#include "engine/text/posting_block.h"
#include "engine/text/word_query.h"

namespace quire::text {

// The matching chunks, ascending. `lists` are those of the query's leaves.
std::vector<ChunkNumber> MatchTree(const WordQuery& query, const std::vector<PostingList>& lists);

}  // namespace quire::text
