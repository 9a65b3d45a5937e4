#!/usr/bin/env bash
# An appliance as CloudStack would see it, and what a KVM host does with it (docs/cloudstack-lab.md).
#   lab.sh up cloudstack ROLE [--nics N] [--mac ethK=MAC] [--cmdline FILE] [--strict] [--name LAB]
#   lab.sh client NAME --on ethK --mac MAC [--ip CIDR] [--gw IP] [--name LAB]
#   lab.sh copy FILE [--as NAME] [--name LAB]
#   lab.sh vr [--name LAB] SCRIPT ARGUMENT...
#   lab.sh restart [--stay-away] PROGRAM [--name LAB]
#   lab.sh info|boot|down [--name LAB]
# `up` installs and builds what is missing, unless VIADUCT_BUILD says where the programs are.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)

if [ $# -eq 0 ]; then
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "the lab makes network namespaces: run it as root" >&2
  exit 1
fi

if [ "$1" = up ] && [ -z "${VIADUCT_BUILD-}" ]; then
  "$here/scripts/install-dependencies.sh"
  "$here/scripts/build.sh" build '^bin/viaduct'
  "$here/scripts/hugepages.sh"
fi
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$here/tests"
exec /usr/bin/python3 -m lab.cloudstack.command "$@"
