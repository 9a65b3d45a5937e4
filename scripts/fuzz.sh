#!/usr/bin/env bash
# Fuzzes: fuzz.sh MINUTES [TARGET...], so many minutes for each target, all of them by default.
# Fuzzers begin with tests/corpus/TARGET; what they find is kept below build-asan/corpus, for the
# next run, and inputs that fail as build-asan/TARGET-*. The last lines are a table of what was done.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! [[ ${1:-} =~ ^[0-9]*\.?[0-9]+$ ]]; then
  sed -n '2,4s/^# //p' "$0" >&2
  exit 2
fi
seconds=$(awk -v minutes="$1" 'BEGIN { printf "%d", minutes * 60 }')
shift
./scripts/sanitized.sh
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(find build-asan/bin -name '*_fuzz' -printf '%f\n' | sort)

rows=$(mktemp -d)
trap 'rm -rf "$rows"' EXIT

# fuzz TARGET: leaves a row of the table.
fuzz() {
  local target=$1 corpus=build-asan/corpus/$1 log=build-asan/$1.log outcome=ok runs covered
  mkdir -p "$corpus"
  [ ! -d "tests/corpus/$target" ] || cp -r "tests/corpus/$target/." "$corpus"
  echo "=== $target: $seconds s"
  "build-asan/bin/$target" -max_total_time="$seconds" -rss_limit_mb=4096 -print_final_stats=1 \
    -artifact_prefix="build-asan/$target-" "$corpus" >"$log" 2>&1 || outcome=FAILED
  [ "$outcome" = ok ] || tail -n 60 "$log"
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  printf '%-32s %12s runs %8s edges %6s inputs  %s\n' "$target" "${runs:-0}" "${covered:-0}" \
    "$(find "$corpus" -type f | wc -l)" "$outcome" >"$rows/$target"
  [ "$outcome" = ok ]
}
export -f fuzz
export seconds rows

# One on each core.
failed=0
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c "fuzz {}" || failed=1
cat "$rows"/*
[ "$failed" -eq 0 ]
