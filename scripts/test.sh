#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test.
#   test.sh                   everything; the last line is "N passed, N failed"
#   test.sh PART...           only these: format scripts hygiene packets e2e crash demo soak bench
#                             agreement sanitize tidy fuzz; unit (what sanitize runs too, in the
#                             build that ships)
set -euo pipefail
cd "$(dirname "$0")/.."

all=(format scripts hygiene packets e2e crash demo soak bench agreement sanitize tidy fuzz)
waiting=" e2e crash demo soak "  # parts that wait more than they work
fuzz_minutes=0.14
crash_tests=tests/e2e/test_crash.py
demo_tests=tests/e2e/test_demo.py
reports=$(mktemp -d)
compiler=
trap 'stop_compiling; rm -rf "$reports"' EXIT
export PYTHONDONTWRITEBYTECODE=1
passed=0
failed=0

# check NAME COMMAND...: one check, passed if the command succeeds.
check() {
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $name"
  fi
}

# count REPORT: adds what a JUnit report says.
count() {
  local good bad
  read -r good bad < <(/usr/bin/python3 scripts/junit_count.py "$1")
  passed=$((passed + good))
  failed=$((failed + bad))
  [ $((good + bad)) -gt 0 ] || check "there are tests in $1" false
}

build() { check "build $*" ./scripts/build.sh "$@"; }

pytests() {
  local report
  report=$(mktemp -p "$reports" --suffix=.xml)
  /usr/bin/python3 -m pytest -c tests/pytest.ini -q --junitxml="$report" "$@" || true
  count "$report"
}

# A run that ended early left no report: it counts as one that failed.
units() {
  local report
  rm -rf "$1/reports"
  check "unit tests of $1" ctest --test-dir "$1" -j "$(nproc)" --output-on-failure --no-tests=error \
    --timeout 600
  for report in "$1"/reports/*.xml; do
    count "$report"
  done
}

part_format() {
  local sources
  mapfile -t sources < <(find base api dataplane services controlplane bench tests -name '*.cc' -o -name '*.h')
  check "clang-format" clang-format-14 --dry-run --Werror "${sources[@]}"
}

part_scripts() { check "shellcheck" shellcheck scripts/*.sh .ci/run; }

part_hygiene() { pytests tests/hygiene; }

part_unit() {
  build build
  units build
}

part_packets() { pytests tests/packets; }

part_e2e() { pytests tests/e2e --ignore="$crash_tests" --ignore="$demo_tests"; }

part_crash() { pytests "$crash_tests"; }

part_demo() { pytests "$demo_tests"; }

part_soak() { pytests tests/soak; }

measure_path() {
  ./build/bin/viaduct-bench path --case nat --sessions 1000 --quick --windows 10 --guard "$1" 2>&1
}

# About 32 steps when this was written. Twice as many is a defect, on any machine.
part_bench() {
  check "the packet path is as fast as it was" measure_path 70
  check "the guard can fail" refuses measure_path 1
}
refuses() { ! "$@" >/dev/null; }

# Explain, the packet path and the reference model judge a million packets alike.
judge_alike() {
  VIADUCT_TRIPLES=1000000 ./build/bin/reference_tests --gtest_filter='Agreement.*'
}
part_agreement() {
  build build 'reference_tests$'
  check "explain, the packet path and the reference model agree" judge_alike
}

# The sanitizers' build, at the lowest priority, beside parts that wait. What it says, it says again
# when the part comes that needs it.
begin_compiling() {
  [ -z "$compiler" ] || return 0
  # Where the kernel schedules sessions as groups (sched(7)), only the group's niceness counts.
  setsid bash -c '
    { echo 19 >/proc/self/autogroup; } 2>/dev/null
    exec nice -n 19 ./scripts/sanitized.sh' &>"$reports/sanitized.log" </dev/null &
  compiler=$!
}
end_compiling() {
  [ -n "$compiler" ] || return 0
  wait "$compiler" || true
  compiler=
}
stop_compiling() {
  [ -n "$compiler" ] && jobs -rp | grep -qx "$compiler" || return 0
  kill -- "-$compiler" || true
  end_compiling
}

build_sanitized() { check "build with sanitizers" ./scripts/sanitized.sh; }

# Leaks are looked for in the unit tests, not in the daemons: what those hold when they end, DPDK
# holds. The tests of packets count the buffers.
part_sanitize() {
  build_sanitized
  units build-asan
  VIADUCT_BUILD=build-asan ASAN_OPTIONS=detect_leaks=0 pytests tests/packets
}

part_fuzz() {
  build_sanitized
  check "no fuzzer finds anything" ./scripts/fuzz.sh "$fuzz_minutes"
}

part_tidy() {
  build_sanitized
  check "clang-tidy" ./scripts/tidy.py --recent build-asan
}

for part in "$@"; do
  if ! declare -F "part_$part" >/dev/null; then
    echo "no such part: $part (there are: ${all[*]})" >&2
    exit 2
  fi
done
parts=("$@")
[ $# -gt 0 ] || parts=("${all[@]}")

begin=$SECONDS
check "dependencies" ./scripts/install-dependencies.sh
./scripts/hugepages.sh
build build '/viaduct'
for part in "${parts[@]}"; do
  printf '\n=== %s\n' "$part"
  if [[ $waiting != *" $part "* ]]; then
    end_compiling
  elif [[ " ${parts[*]} " == *" sanitize "* ]]; then
    begin_compiling
  fi
  started=$SECONDS
  "part_$part"
  echo "--- $part: $((SECONDS - started)) s"
done
end_compiling
printf '\nin %d s\n' $((SECONDS - begin))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
