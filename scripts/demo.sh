#!/usr/bin/env bash
# Shows what the appliance does, with real clients in network namespaces.
#   demo.sh          proves it all, prints a table, and cleans up after itself
#   demo.sh --stay   leaves the lab up afterwards and says how to play with it
#   demo.sh --down   removes a lab that was left up
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1-}" in
  "" | --stay | --down) ;;
  *)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
if [ "$(id -u)" -ne 0 ]; then
  echo "the demo makes network namespaces: run it as root" >&2
  exit 1
fi

if [ "${1-}" != --down ]; then
  echo "Preparing: packages, programs, hugepages (the first time takes some minutes)"
  ./scripts/install-dependencies.sh
  ./scripts/build.sh build '^bin/viaduct'
  ./scripts/hugepages.sh
fi
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests
exec /usr/bin/python3 -m lab.demo "$@"
