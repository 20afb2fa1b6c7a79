#!/usr/bin/env bash
# Quire from a fresh checkout on Debian 12 (or like it).
#
#   ./quickstart.sh [FOLDER...]   installs what is missing, builds, loads the documents (default: this project's manual),
#                                 asks one question
#   ./quickstart.sh test          installs what is missing, builds the tests and runs them; ends with "N passed, N failed"
#
# QUESTION='...' ./quickstart.sh docs   asks something else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export LC_ALL=C.UTF-8  # numbers with a point, whatever the locale

readonly BUILD=build/release
readonly PACKAGES=(
  g++ cmake ninja-build pkg-config ccache
  librocksdb-dev libsimde-dev libxxhash-dev libroaring-dev libstemmer-dev libutf8proc-dev libre2-dev nlohmann-json3-dev
  libedit-dev libcli11-dev libcmark-gfm-dev libcmark-gfm-extensions-dev libyaml-dev libcurl4-openssl-dev zlib1g-dev libgumbo-dev libpugixml-dev libzip-dev poppler-utils)
readonly TEST_PACKAGES=(catch2)
# Without these the bindings they are for are left out, and the tests say so.
readonly OPTIONAL_PACKAGES=(python3 python3-numpy dpkg-dev file)
readonly NODE_PACKAGES=(nodejs libnode-dev)  # where there is no node; one from elsewhere has its headers

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
fail() { printf 'quickstart: %s\n' "$*" >&2; exit 1; }

# timed LABEL COMMAND...: runs it and says how long it took.
timed() {
  local label=$1 begin=$EPOCHREALTIME
  shift
  "$@" || return
  awk -v a="$begin" -v b="$EPOCHREALTIME" -v label="$label" 'BEGIN { printf "-- %s: %.2f s\n", label, b - a }'
}

# install_missing PACKAGE...
install_missing() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say "This is not Debian: the equivalents of these packages are taken to be there"
    echo "$*"
    return
  fi
  local package missing=() root=()
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  if ((${#missing[@]} == 0)); then
    echo "-- packages: all there"
    return
  fi
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "run as root: apt-get install ${missing[*]}"
    root=(sudo)
  fi
  say "Installing ${missing[*]}"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

# build ON|OFF: with or without the tests.
build() {
  cmake --preset release "-DQUIRE_BUILD_TESTS=$1" --log-level=WARNING
  cmake --build --preset release --parallel "$(nproc)"
}

run_tests() {
  local log=build/quickstart_test.log summary total failed part
  trap 'echo "0 passed, 1 failed"' EXIT  # until there is a result
  timed packages install_missing "${PACKAGES[@]}" "${TEST_PACKAGES[@]}"
  local optional=("${OPTIONAL_PACKAGES[@]}")
  command -v node >/dev/null || optional+=("${NODE_PACKAGES[@]}")
  (install_missing "${optional[@]}") || echo "-- optional packages: not all could be installed"
  say "Building"
  timed build build ON
  say "Testing"
  ctest --preset release --parallel "$(nproc)" --no-tests=error 2>&1 | tee "$log" || true
  summary=$(grep -E '[0-9]+ tests? failed out of [0-9]+' "$log") || fail "no test ran"
  failed=$(sed -E 's/.* ([0-9]+) tests? failed out of.*/\1/' <<<"$summary")
  for part in python node; do
    grep -q "bindings\.$part " "$log" || echo "-- NOT TESTED: the $part binding: what it needs is not here (see the top of this script)"
  done
  total=$(sed -E 's/.*failed out of ([0-9]+).*/\1/' <<<"$summary")
  trap - EXIT
  printf '%d passed, %d failed\n' $((total - failed)) "$failed"
  ((failed == 0 && total > 0))
}

first_answer() {
  local database=build/quickstart.quire quire=$BUILD/bin/quire load=$BUILD/bin/quire-load question=${QUESTION:-}
  timed packages install_missing "${PACKAGES[@]}"
  say "Building"
  timed build build OFF
  if (($# == 0)); then
    set -- . --include '*.md' --exclude 'build/**'
    question=${question:-What does a commit survive when sync is full?}
  fi
  question=${question:-How do I get started?}
  local literal=${question//\'/\'\'}
  rm -rf "$database"

  say "Loading $*"
  # 3: some files could not be loaded, and were named.
  timed load "$load" "$database" "$@" --into docs || (($? == 3)) || fail "nothing was loaded"
  local similar="SELECT title, section, score FROM docs WHERE text SIMILAR '$literal' LIMIT 3"
  local ask="ASK '$literal' FROM docs"
  say "$similar"
  timed search "$quire" "$database" -c "$similar"
  say "$ask"
  timed answer "$quire" "$database" -c "$ask"

  say "Go on"
  cat <<END
  $quire $database                      the shell: .help, .tables, any statement
  $load $database FOLDER --into docs    load more; what is unchanged is skipped
  ./quickstart.sh test                  build and run the tests
  README.md                             the manual
END
}

if [[ ${1:-} == test ]]; then
  run_tests
elif [[ ${1:-} == -* ]]; then
  sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
  [[ $1 == -h || $1 == --help ]]
else
  first_answer "$@"
fi
