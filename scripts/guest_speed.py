#!/usr/bin/python3
"""Measures DNS and DHCP of viaduct-guestd and of dnsmasq, in the same place and in turns.

Needs root. Makes network namespaces for the run; writes docs/performance/guest.json, or what
--json names, and prints a table.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SOURCE / "tests"))

from lab.commands import run  # noqa: E402
from lab.name_servers import CLIENT, SERVER, Rig, busy_seconds, guest_mac  # noqa: E402
from lab.stations import Stations  # noqa: E402

SUBJECTS = ("guestd", "dnsmasq")
WIDEST_SPREAD = 0.10  # of what is called a figure, (p90 - p10) / median


def field(text, pattern):
    found = re.search(pattern, text)
    if not found:
        raise AssertionError(f"no {pattern!r} in what the client said:\n{text}")
    return float(found[1])


def window(done, seconds, used):
    """One window: what was done by the wall clock, and for the server's processor time."""
    return {"per_second": done / seconds, "per_cpu_second": done / used,
            "server_cpu_share": used / seconds}


def ask_names(rig, pid, kind, options, core):
    """dnsperf as it is by default, but with EDNS, as resolvers of guests ask."""
    before = busy_seconds(pid)
    said = rig.run_client("dnsperf", "-e", "-s", SERVER, "-d", rig.directory / kind, "-c", 16, "-l",
                          options.seconds, core=core)
    used = busy_seconds(pid) - before
    done = field(said, r"Queries completed:\s+(\d+)")
    measured = window(done, field(said, r"Run time \(s\):\s+([\d.]+)"), used)
    if field(said, r"NOERROR (\d+)") != done:
        raise AssertionError(f"not every answer is one:\n{said}")
    return {**measured, "lost": field(said, r"Queries lost:\s+(\d+)")}


def measure_names(rig, subject, kind, options, cache=10_000, core=Rig.client_core):
    server = rig.start(subject, cache)
    rig.run_client("dnsperf", "-e", "-s", SERVER, "-d", rig.directory / kind, "-n", 1)
    measured = ask_names(rig, server.pid, kind, options, core)
    server.stop()
    return measured


def offer_clients(rig, subject, rate, seconds, clients=None):
    """perfdhcp plays a relay whose clients nobody knows, each asking once: as many as `clients`, or
    as fit into the time."""
    server = rig.start(subject)
    before = busy_seconds(server.pid)
    end = ("-n", clients) if clients else ("-p", seconds)
    said = rig.run_client("perfdhcp", "-4", "-l", CLIENT, "-g", "multi", "-R", clients or 30_000,
                          "-r", rate, *end, "-W", 500_000, SERVER)
    used = busy_seconds(server.pid) - before
    server.stop()
    done = [int(count) for count in re.findall(r"received packets: (\d+)", said)][1]
    return {**window(max(1, done), seconds + 0.5, used), "offered_per_second": rate, "served": done}


def measure_range(rig, subject, options):
    return offer_clients(rig, subject, options.rates[subject], options.seconds)


def measure_storm(rig, subject, options):
    """As many clients as there are guests, all in one second."""
    return offer_clients(rig, subject, options.guests, 1, options.guests)


def find_rates(rig):
    """Beyond what either takes, its rate falls: each gets the load at which it serves most."""
    ladder = (50, 100, 200, 1000, 2000, 3000, 4000, 6000)

    def best(subject):
        return max(ladder, key=lambda rate: offer_clients(rig, subject, rate, 2)["per_second"])

    return {subject: best(subject) for subject in SUBJECTS}


def measure_boot(rig, subject, options):
    """All guests with a reservation boot at once."""
    server = rig.start(subject)
    stations = Stations(rig.client)
    before = busy_seconds(server.pid)
    os.sched_setaffinity(0, {rig.client_core})
    served = stations.boot([guest_mac(i) for i in range(options.guests)], options.patience)
    os.sched_setaffinity(0, {rig.server_core, rig.client_core})
    used = busy_seconds(server.pid) - before
    stations.close()
    server.stop()
    times = sorted(after for _, after in served.values())
    last = times[-1] if times else options.patience
    return {**window(max(1, len(served)), last, used), "served": len(served),
            "median_seconds": statistics.median(times) if times else None, "last_seconds": last}


CASES = {
    "dns-local": lambda *a: measure_names(a[0], a[1], "local", a[2]),
    "dns-reverse": lambda *a: measure_names(a[0], a[1], "reverse", a[2]),
    "dns-cached": lambda *a: measure_names(a[0], a[1], "cached", a[2]),
    "dns-local-busy": lambda *a: measure_names(a[0], a[1], "local", a[2], core=Rig.server_core),
    "dns-cached-busy": lambda *a: measure_names(a[0], a[1], "cached", a[2], core=Rig.server_core),
    "dns-cached-default": lambda *a: measure_names(a[0], a[1], "cached", a[2], cache=None),
    "dhcp-range": measure_range,
    "dhcp-storm": measure_storm,
    "dhcp-boot": measure_boot,
}


def summarize(values):
    median = statistics.median(values)
    cuts = statistics.quantiles(values, n=10, method="inclusive")
    p10, p90 = (cuts[0], cuts[-1])
    return {"median": median, "p10": p10, "p90": p90,
            "quotable": p90 - p10 <= WIDEST_SPREAD * median}


def measure(rig, case, options):
    windows = {subject: [] for subject in SUBJECTS}
    count = options.boots if case == "dhcp-boot" else options.windows
    for number in range(count):
        for subject in SUBJECTS:
            windows[subject].append(CASES[case](rig, subject, options))
            print(f"{case} {number + 1}/{count} {subject}: "
                  f"{windows[subject][-1]['per_second']:.0f}/s", file=sys.stderr)
    result = {"windows": windows}
    for measure_of in ("per_second", "per_cpu_second"):
        summaries = {subject: summarize([each[measure_of] for each in windows[subject]])
                     for subject in SUBJECTS}
        summaries["ratio"] = summaries["guestd"]["median"] / summaries["dnsmasq"]["median"]
        result[measure_of] = summaries
    return result


def cell(summary):
    text = f"{summary['median']:,.0f} ({summary['p10']:,.0f}-{summary['p90']:,.0f})"
    return text if summary["quotable"] else f"restless: {text}"


def table(cases):
    lines = ["| case | guestd, /s | dnsmasq, /s | ratio | guestd, /CPU s | dnsmasq, /CPU s |"
             " ratio |", "|---|---|---|---|---|---|---|"]
    for name, case in cases.items():
        wall, cpu = case["per_second"], case["per_cpu_second"]
        lines.append(" | ".join([f"| {name}", cell(wall["guestd"]), cell(wall["dnsmasq"]),
                                 f"{wall['ratio']:.1f}", cell(cpu["guestd"]), cell(cpu["dnsmasq"]),
                                 f"{cpu['ratio']:.1f} |"]))
    return "\n".join(lines)


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())[1]
    return {"cpu": cpu, "cores": os.cpu_count(), "kernel": platform.release(),
            "dnsmasq": run("dnsmasq", "--version").stdout.split()[2],
            "load": os.getloadavg()[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=pathlib.Path,
                        default=SOURCE / "docs" / "performance" / "guest.json")
    parser.add_argument("--case", choices=CASES, action="append", help="by default, all")
    parser.add_argument("--windows", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=2, help="of a window")
    parser.add_argument("--guests", type=int, default=2000)
    parser.add_argument("--boots", type=int, default=5)
    parser.add_argument("--patience", type=float, default=60,
                        help="seconds that guests try to boot")
    options = parser.parse_args()
    begun = machine()
    cases = options.case or list(CASES)
    with Rig(pathlib.Path(tempfile.mkdtemp(prefix="guest-speed-")), options.guests) as rig:
        options.rates = find_rates(rig) if "dhcp-range" in cases else None
        results = {case: measure(rig, case, options) for case in cases}
    parameters = {key: value for key, value in vars(options).items() if key not in ("json", "case")}
    options.json.write_text(json.dumps(
        {"bench": "guest", "at": f"{datetime.datetime.now(datetime.timezone.utc):%FT%TZ}",
         "host": {**begun, "load_at_end": os.getloadavg()[0]}, "parameters": parameters,
         "cases": results}, indent=1) + "\n", encoding="utf-8")
    print(table(results))


if __name__ == "__main__":
    main()
