#!/usr/bin/env bash
# Measures anew what docs/performance.md quotes: figures.sh [DIRECTORY], by default
# docs/performance. Takes some half hour of a machine that does nothing else, 2 GB of huge pages for
# the largest case, two cores, and root for the peers. VPP takes part if VPP names its program.
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
measure nat-one-worker-beside-two path --case nat --sessions 65536
measure search search --case nat --sessions 1000
vpp=()
[ -z "${VPP:-}" ] || vpp=(--vpp "$VPP")
for sessions in 1000 50000; do
  measure "peers-nat-$sessions" peers --case nat --sessions "$sessions" "${vpp[@]}"
done
measure sessions sessions --rules 1000 --live 1000000
for rules in 10 100000; do
  measure "sessions-$rules-rules" sessions --rules "$rules" --live 0
done
measure reconfigure reconfigure --sessions 65536

page=$(mktemp --suffix .html)
"$bench" report "$directory"/*.json --html "$page"
python3 docs/make_pictures.py "$page"
rm "$page"
