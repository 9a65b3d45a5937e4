#!/usr/bin/python3
"""Measures how long an appliance takes to apply what CloudStack sends at the start of a router.

    apply_time.py --json FILE

In a lab of scripts/lab.sh, as root: the samples' aggregate, and one with 1,000 DHCP entries, 1,000
metadata records, 500 forwards and 1,000 firewall rules, from the call of vr_cfg.sh (without SSH) to
its end, when all is in force. Each is taken ten times by a router that has just started.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from lab.cloudstack.driven import CACHE, Driven  # noqa: E402
from lab.appliance import build_directory  # noqa: E402
from lab.commands import run  # noqa: E402

SAMPLES = ROOT / "tests" / "cloudstack" / "samples"
TIMES = 10
PUBLIC = "203.0.113.10"


def part(kind, number, **content):
    """One message of an aggregate."""
    file = f"{kind}.json.{number}"
    return (f"<file>\n/{CACHE}/{file}\n{json.dumps(content)}\n</file>\n"
            f"<script>\n/opt/cloud/bin/update_config.py {file}\n</script>\n")


def guest(number):
    return f"10.1.{number // 250}.{number % 250 + 2}"


def large_aggregate():
    text = "<version>\n1.0\n</version>\n"
    for n in range(1000):
        text += part("vm_dhcp_entry", n, type="dhcpentry", host_name=f"vm{n}",
                     mac_address=f"02:01:00:ab:{n // 256:02x}:{n % 256:02x}",
                     ipv4_address=guest(n), dns_addresses="10.1.0.1", default_gateway="10.1.0.1",
                     default_entry=True, remove=False)
        text += part("vm_metadata", n, type="vmdata", vm_ip_address=guest(n),
                     vm_metadata=[["userdata", "user-data", "IyEvYmluL3NoCg=="],
                                  ["metadata", "instance-id", f"i-{n}"]])
    text += part("ip_associations", 0, type="ips", ip_address=[
        {"public_ip": PUBLIC, "source_nat": True, "add": True, "first_i_p": True,
         "gateway": "203.0.113.1", "netmask": "255.255.255.0", "nic_dev_id": 2,
         "vif_mac_address": "1e:00:52:00:01:0a", "nw_type": "Public", "mtu": 1500}])
    text += part("forwarding_rules", 0, type="forwardrules", rules=[
        {"revoke": False, "protocol": "tcp", "source_ip_address": PUBLIC,
         "source_port_range": f"{10000 + n}:{10000 + n}", "destination_ip_address": guest(n),
         "destination_port_range": "22:22"} for n in range(500)])
    return text + part("firewall_rules", 0, type="firewallrules", rules=[
        {"id": n, "src_ip": PUBLIC, "protocol": "tcp", "src_port_range": [10000 + n, 10000 + n],
         "revoked": False, "already_added": False, "source_cidr_list": ["0.0.0.0/0"],
         "purpose": "Firewall", "traffic_type": "Ingress"} for n in range(1000)])


def measure(lab, aggregate):
    """Milliseconds, each time."""
    program = [build_directory() / "bin" / "viaduct-cloudstack", "--root", lab.facts["root"],
               "--settings", lab.facts["settings"], "run", "vr_cfg.sh", "-c"]
    times = []
    for number in range(TIMES):
        lab.good("boot")
        lab.file(f"{CACHE}/VR-{number}.cfg").write_text(aggregate)
        began = time.perf_counter()
        run(*program, f"/{CACHE}/VR-{number}.cfg", timeout=120)
        times.append(round((time.perf_counter() - began) * 1e3, 1))
        print(f"  {times[-1]} ms", file=sys.stderr)
    return {"median_ms": statistics.median(times), "longest_ms": max(times), "ms": times}


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next(line.split(": ")[1] for line in lines if line.startswith("model name"))


def main(file):
    small = SAMPLES / "iso-00-cmdline.txt"
    with tempfile.TemporaryDirectory() as directory:
        large = pathlib.Path(directory) / "cmdline"
        large.write_text(small.read_text().replace("10.1.1.1", "10.1.0.1").replace(
            "eth0mask=255.255.255.0", "eth0mask=255.255.0.0").replace("cidrsize=24", "cidrsize=16"))
        cases = {"iso-50-boot": (small, (SAMPLES / "iso-50-boot.cfg").read_text()),
                 "large": (large, large_aggregate())}
        results = {"bench": "apply",
                   "machine": {"processor": processor(), "cores": os.cpu_count(),
                               "kernel": platform.release()}}
        for name, (command_line, aggregate) in cases.items():
            print(name, file=sys.stderr)
            with Driven("m", "router", "--nics", 4, "--cmdline", command_line) as lab:
                results[name] = measure(lab, aggregate)
    pathlib.Path(file).write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    reader.add_argument("--json", required=True, metavar="FILE")
    main(reader.parse_args().json)
