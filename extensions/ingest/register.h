// What the ingest extension brings to the language: COPY collection FROM 'source' (...).
#pragma once

#include "sql/registry/registry.h"

namespace quire::ingest {

// Sets the registry's DocumentSource. Errors: kAlreadyExists.
//
//   COPY docs FROM 'handbook'                              a folder
//   COPY docs FROM 'handbook/**/*.md' (FORMAT markdown)    a glob; URIs are relative to the folder before the first wildcard
//   COPY docs FROM 'rows.jsonl'                            one row a line
//
// Options: FORMAT markdown | text | jsonl (else by the extension), SYNC (delete documents that vanished).
Status RegisterIngest(sql::Registry* registry);

}  // namespace quire::ingest
