#!/usr/bin/env bash
# Builds: build.sh [DIRECTORY [PATTERN [CMAKE OPTION...]]]. The directory is ./build by default; of
# its programs, those are built whose names match the pattern (an extended regular expression).
set -euo pipefail
cd "$(dirname "$0")/.."

for feature in avx2 bmi1 bmi2 fma movbe; do
  if ! grep -qw "$feature" /proc/cpuinfo; then
    echo "this processor lacks $feature; the packet path needs x86-64-v3 (2013 or later)" >&2
    exit 1
  fi
done

directory=${1:-build}
pattern=${2:-.}
shift $(($# < 2 ? $# : 2))
cmake -S . -B "$directory" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo "$@" >/dev/null
mapfile -t programs < <(ninja -C "$directory" -t targets all |
  sed -n 's/^\(bin\/[^:]*\): .*/\1/p' | grep -E "$pattern")
quiet=(--quiet)
[ ! -t 1 ] || quiet=()
ninja -C "$directory" "${quiet[@]}" "${programs[@]}"
