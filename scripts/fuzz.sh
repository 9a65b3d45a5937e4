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

failed=0
table=()
for target in "${targets[@]}"; do
  corpus=build-asan/corpus/$target
  log=build-asan/$target.log
  mkdir -p "$corpus"
  [ ! -d "tests/corpus/$target" ] || cp -r "tests/corpus/$target/." "$corpus"
  echo "=== $target: $seconds s"
  outcome=ok
  "build-asan/bin/$target" -max_total_time="$seconds" -rss_limit_mb=4096 -print_final_stats=1 \
    -artifact_prefix="build-asan/$target-" "$corpus" >"$log" 2>&1 || outcome=FAILED
  if [ "$outcome" != ok ]; then
    failed=$((failed + 1))
    tail -n 60 "$log"
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  table+=("$(printf '%-18s %12s runs %8s edges %6s inputs  %s' "$target" "${runs:-0}" \
    "${covered:-0}" "$(find "$corpus" -type f | wc -l)" "$outcome")")
done
printf '%s\n' "${table[@]}"
[ "$failed" -eq 0 ]
