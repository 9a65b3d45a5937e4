#!/usr/bin/env bash
# Mixed traffic for a while, with changes and kill -9 of all but the data plane; tells what broke.
#   soak.sh [MINUTES] [--json FILE]     30 minutes if none are given
set -euo pipefail
cd "$(dirname "$0")/.."

minutes=30
if [[ "${1-}" =~ ^[0-9.]+$ ]]; then
  minutes=$1
  shift
fi
if [ $# -ne 0 ] && { [ $# -ne 2 ] || [ "$1" != --json ]; }; then
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "the soak test makes network namespaces: run it as root" >&2
  exit 1
fi

./scripts/install-dependencies.sh
[ -n "${VIADUCT_BUILD-}" ] || ./scripts/build.sh build '^bin/viaduct'
./scripts/hugepages.sh
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests
exec /usr/bin/python3 -m lab.soak "$minutes" "$@"
