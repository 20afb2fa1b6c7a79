#include "extensions/chat/cite.h"

namespace quire::chat {
namespace {

bool HasSource(const Chunk& chunk) { return chunk.end > chunk.start; }

}  // namespace

Result<Citation> Cite(uint32_t number, const Chunk& chunk, const Quote& quote) {
  if (quote.start >= quote.end || quote.end > chunk.text.size()) {
    return Status(Code::kInternal, "chunk '" + chunk.id + "': quote [" + std::to_string(quote.start) + ", " +
                                       std::to_string(quote.end) + ") lies outside its " +
                                       std::to_string(chunk.text.size()) + " bytes");
  }
  const uint64_t base = HasSource(chunk) ? chunk.start : 0;
  return Citation{number,
                  chunk.id,
                  chunk.uri,
                  chunk.section.empty() ? chunk.title : chunk.section,
                  chunk.anchor,
                  base + quote.start,
                  base + quote.end,
                  chunk.text.substr(quote.start, quote.end - quote.start),
                  !HasSource(chunk),
                  0,
                  {},
                  false};
}

Status CheckCitation(const Reader& reader, std::string_view collection, const Citation& citation) {
  QUIRE_ASSIGN_OR_RETURN(const auto number, reader.Find(collection, citation.chunk));
  if (!number)
    return Status(Code::kNotFound,
                  "chunk '" + citation.chunk + "' of citation " + std::to_string(citation.number) + " is gone");
  QUIRE_ASSIGN_OR_RETURN(const Chunk chunk, reader.Get(collection, *number, {}));
  const uint64_t base = HasSource(chunk) ? chunk.start : 0;
  const bool inside =
      citation.start >= base && citation.end - base <= chunk.text.size() && citation.start < citation.end;
  if (inside &&
      std::string_view(chunk.text).substr(citation.start - base, citation.end - citation.start) == citation.quote) {
    return {};
  }
  return Status(Code::kInternal, "citation " + std::to_string(citation.number) + ": bytes [" +
                                     std::to_string(citation.start) + ", " + std::to_string(citation.end) + ") of '" +
                                     citation.uri + "' are not its quote");
}

}  // namespace quire::chat
