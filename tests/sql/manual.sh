#!/bin/sh
# Runs every statement of the language's page, in order, on an empty database. What they write into /tmp goes elsewhere.
# manual.sh QUIRE, in the project's directory.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
awk '/^```sql/ { on = 1; next } /^```/ { on = 0 } on' sql/doc/language.md | sed "s,'/tmp/,'$scratch/,g" > "$scratch/manual.sql"
grep -q "SELECT" "$scratch/manual.sql"
"$1" -f "$scratch/manual.sql"
