#!/usr/bin/env bash
# Measures anew what docs/performance.md quotes: figures.sh [DIRECTORY], by default
# docs/performance. Takes some ten minutes of a machine that does nothing else, 2 GB of huge pages
# for the largest case, and two cores.
set -euo pipefail
cd "$(dirname "$0")/.."

directory=${1:-docs/performance}
bench=build/bin/viaduct-bench
mkdir -p "$directory"

# measure NAME SUBCOMMAND OPTION...
measure() {
  local name=$1
  shift
  echo "=== $name"
  "$bench" "$@" --json "$directory/$name.json"
}

./scripts/build.sh build 'viaduct-bench$'
measure forward path --case forward --sessions 1000
for sessions in 1000 10000 65536 1000000 4000000; do
  measure "nat-$sessions" path --case nat --sessions "$sessions"
done
for rules in 10 1000 10000; do
  measure "nat-firewall-$rules-rules" path --case nat-firewall --sessions 1000000 --rules "$rules"
done
measure nat-firewall-4000000 path --case nat-firewall --sessions 4000000 --rules 10000
for name in static-nat port-forward hairpin mix; do
  measure "$name" path --case "$name" --sessions 10000
done
for frame in imix 1500; do
  measure "nat-$frame" path --case nat --sessions 65536 --frame "$frame"
done
measure nat-two-workers path --case nat --sessions 65536 --workers 2
measure sessions sessions --rules 1000 --live 1000000
measure reconfigure reconfigure --sessions 65536
