#!/usr/bin/env bash
# Installs what building, testing and the demo need, on Debian 12, from its own packages only.
# Does nothing, quickly, when all of it is there.
set -euo pipefail

packages=(
  # building
  g++ cmake ninja-build ccache mold pkg-config
  libdpdk-dev libexpected-dev nlohmann-json3-dev libcpp-httplib-dev libinih-dev libidn2-dev
  libnl-3-dev libnl-route-3-dev libnftnl-dev libmnl-dev libspdlog-dev libfmt-dev libcli11-dev
  prometheus-cpp-dev libsqlite3-dev libpcap-dev libldns-dev libboost1.81-dev libssl-dev
  libseccomp-dev libcap-dev
  libgtest-dev libgmock-dev libbenchmark-dev
  # checking
  clang-14 clang-format-14 clangd-14 libclang-rt-14-dev shellcheck
  # the lab and its clients
  python3 python3-pytest python3-scapy iproute2 ethtool iputils-ping curl iperf3 netcat-openbsd
  nftables prometheus python3-pyftpdlib tftpd-hpa coturn sip-tester
  dnsmasq-base isc-dhcp-client udhcpc dhcpcd-base isc-dhcp-relay bind9-dnsutils
  # load for scripts/guest_speed.py: dnsperf, perfdhcp
  dnsperf kea-admin
  openssh-server openssh-client iputils-arping traceroute zip openssl
  # a peer for viaduct-bench: dpdk-testpmd
  dpdk-dev
)

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "these packages are missing, and only root can install them: ${missing[*]}" >&2
  exit 1
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null

# Of prometheus we want promtool, which checks our metrics, of the others servers for the lab; the
# machine's own servers are not ours to start.
for server in prometheus tftpd-hpa coturn isc-dhcp-relay openssh-server; do
  if [[ " ${missing[*]} " == *" $server "* ]] && [ -d /run/systemd/system ]; then
    systemctl disable --now "${server/openssh-server/ssh}.service" >/dev/null 2>&1
  fi
done
