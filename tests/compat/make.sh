#!/bin/sh
# Makes the stored database of the format that a build writes: make.sh path/to/quire tests/compat/format1
# Run once a format, by the last release that wrote it. The test compares what is read with make.sql.
set -eu
quire=$1 target=$2 here=$(dirname "$0")
work=$(mktemp -d)
"$quire" "$work/db" < "$here/make.sql"
mkdir -p "$target"
# Without what RocksDB makes anew, which holds paths, and without the ballast.
rm -f "$work"/db/OPTIONS-* "$work/db/LOCK" "$work/db/LOG" "$work/db/BALLAST"
cp "$work"/db/* "$target"
rm -r "$work"
