// What the ingest extension brings to the language: COPY collection FROM 'source' (...).
#pragma once

#include "sql/registry/registry.h"

namespace quire::ingest {

// Sets the registry's DocumentSource. Errors: kAlreadyExists.
//
//   COPY docs FROM 'handbook'                              a folder
//   COPY docs FROM 'handbook/**/*.md' (FORMAT markdown)    a glob; URIs begin after the last folder without wildcard
//   COPY docs FROM 'rows.jsonl'                            one row a line; 'rows.csv' and 'rows.tsv': one a record
//
//   SYNC docs FROM 'handbook'                              a folder; documents that vanished from it are deleted
//   RETRY docs                                             what failed, again
//
// Options: FORMAT markdown | rst | ... | jsonl | csv | tsv (else by the extension), SYNC (delete documents that vanished).
Status RegisterIngest(sql::Registry* registry);

}  // namespace quire::ingest
