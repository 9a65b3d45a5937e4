"""The soak test: mixed traffic while the appliance is reconfigured, and every process of it is
killed but the data plane.

    python3 -m lab.soak MINUTES [--json FILE]
"""

import argparse
import json
import os
import pathlib
import re
import signal
import statistics
import sys
import time

from lab import mixed_traffic
from lab.appliance import check_conservation
from lab.commands import children_of, wait_until
from lab.topology import GUEST_GATEWAY, GUESTS, PUBLIC, SERVER, Lab

# Short ones: sessions come and go many times, and all can be seen to end.
TIMEOUTS = {"tcp_transitory_timeout": 10, "udp_timeout": 10, "icmp_timeout": 10}
SESSIONS_END = 90  # seconds; well more than any of these
MEMORY_GROWTH = 0.05  # of the median of the last quarter over that of the second
PROGRESS = 3  # seconds between two lines
LOST = 0.01  # of the datagrams, calls and pings, which nobody repeats
NAMES = {"dns_settings": {"dns": {"domain": "soak.example"}},
         "dns_hosts": {vm: {"names": [vm], "addresses": [address]}
                       for vm, address in GUESTS["red"].items()}}


def resident_kb(process):
    """Of it and its children."""
    texts = [pathlib.Path(f"/proc/{pid}/status").read_text()
             for pid in (process.pid, *children_of(process.pid))]
    return sum(int(re.search(r"^VmRSS:\s+(\d+) kB", text, re.M)[1]) for text in texts)


def growth(samples):
    """How much more the last quarter is than the second, of 1: in the first, a process warms up."""
    quarter = max(1, len(samples) // 4)
    return (statistics.median(samples[-quarter:]) /
            statistics.median(samples[quarter:2 * quarter] or samples) - 1)


def course(samples, points=24):
    """The medians of so many parts of equal length."""
    step = max(1, len(samples) // points)
    return [round(statistics.median(samples[at:at + step]))
            for at in range(0, len(samples) - step + 1, step)]


class Soak:
    def __init__(self, lab, minutes, out=sys.stdout):
        self.lab = lab
        self.appliance = lab.appliance
        self.seconds = minutes * 60
        self.out = out
        self.document = mixed_traffic.policy(lab.document(), TIMEOUTS)
        self.document["routers"]["red"] |= NAMES
        self.guestd = None
        self.streams, self.kinds = [], []
        self.memory = {"viaduct-dataplane": [], "viaductd": [], "viaduct-guestd": []}
        self.changes = self.kills = self.guestd_kills = self.samples = 0
        self.shown = 0.0

    def run(self):
        """The figures. A broken invariant or a lost change ends it with an AssertionError."""
        try:
            self.prepare()
            started = time.monotonic()
            while (passed := time.monotonic() - started) < self.seconds:
                self.round()
                # In the last quarter all live on: a leak would show.
                if passed < self.seconds * 3 / 4:
                    self.kill_controlplane()
                    self.kill_guest_services()
                self.show(passed)
        finally:
            self.end_traffic()
            if self.guestd:
                self.guestd.stop()
        return self.figures(time.monotonic() - started)

    def prepare(self):
        for host in (self.lab.server, self.lab.stranger, self.lab.red_vm1, self.lab.red_vm2):
            host.serve(http=[80], echo=[mixed_traffic.ECHO])
        self.guestd = self.appliance.start_program("viaduct-guestd")
        self.put()
        wait_until(self.appliance.ports_are_up, "all ports are up")
        self.wait_for_names()
        self.buffers_before = self.buffers_in_use()
        self.streams, self.kinds = mixed_traffic.everything(self.lab)
        for kind in self.streams + self.kinds:
            kind.start()

    def end_traffic(self):
        for kind in self.streams + self.kinds:
            kind.end()
        for kind in self.streams + self.kinds:
            kind.join()

    # Changes

    def round(self):
        for change in (self.add_rules, self.add_route, self.without_blue, self.with_blue,
                       self.remove_all_that_was_added):
            change()
            self.sample()

    def put(self):
        self.appliance.put(self.document)
        self.changes += 1

    def put_part(self, collection, name, value):
        self.appliance.api.put(f"/v1/config/routers/red/{collection}/{name}", value)
        self.document["routers"]["red"].setdefault(collection, {})[name] = value
        self.changes += 1

    def add_rules(self):
        for number in range(5):
            public = 20000 + number
            self.put_part("port_forwards", f"extra{number}", {
                "protocol": "tcp", "public": f"{PUBLIC['red']}:{public}", "private": "10.1.1.12:80"})
            self.put_part("firewall_rules", f"extra{number}", {
                "destination": PUBLIC["red"], "protocol": "tcp", "ports": str(public)})
        assert self.lab.server.seen_by(f"http://{PUBLIC['red']}:20004/")["host"] == "red-vm2"

    def add_route(self):
        self.put_part("routes", "extra", {"prefix": "192.0.2.128/25", "via": "203.0.113.1"})

    def without_blue(self):
        self.blue = self.document["routers"].pop("blue")
        self.put()

    def with_blue(self):
        self.document["routers"]["blue"] = self.blue
        self.put()
        wait_until(self.appliance.ports_are_up, "all ports are up")
        assert self.lab.blue_vm1.ping(SERVER, 2, wait=5).received

    def remove_all_that_was_added(self):
        for collection in ("port_forwards", "firewall_rules", "routes"):
            there = self.document["routers"]["red"][collection]
            for name in [name for name in there if name.startswith("extra")]:
                self.appliance.api.delete(f"/v1/config/routers/red/{collection}/{name}")
                del there[name]
                self.changes += 1

    def kill_controlplane(self):
        """What was acknowledged is there after a kill -9, and the same document in force."""
        self.put_part("routes", "extra", {"prefix": "192.0.2.64/26", "via": "203.0.113.1"})
        self.appliance.controlplane.kill()
        self.appliance.start_controlplane()
        self.memory["viaductd"] = []  # of its latest life
        self.kills += 1
        answer = self.appliance.api.request("GET", "/v1/config")
        assert answer.json == self.document, "the document is another than was acknowledged"
        revision = int(answer.etag.strip('"'))
        wait_until(lambda: self.appliance.control.ask("hello")["revision"] == revision,
                   "the data plane has the acknowledged document")

    def kill_guest_services(self):
        """Either of its processes ends with the other. What it served is served again."""
        processes = [self.guestd.pid, *children_of(self.guestd.pid)]
        os.kill(processes[self.guestd_kills % len(processes)], signal.SIGKILL)
        self.guestd.wait()
        self.guestd = self.appliance.start_program("viaduct-guestd")
        self.memory["viaduct-guestd"] = []
        self.guestd_kills += 1
        self.wait_for_names()

    def wait_for_names(self):
        def answer():
            return self.lab.red_vm1.run("dig", "+short", "+time=1", "+tries=1", f"@{GUEST_GATEWAY}",
                                        "vm2.soak.example", check=False).stdout.split()
        wait_until(lambda: answer() == [GUESTS["red"]["vm2"]], "guests get names", 30)

    # Observation

    def buffers_in_use(self):
        buffers = self.appliance.counters()["buffers"]
        return buffers["total"] - buffers["free"]

    def sample(self):
        check_conservation(self.appliance.counters())
        metrics = self.appliance.api.request("GET", "/metrics").data.decode()
        told = re.findall(r"^viaduct_invariant_violations_total(\S+) (\S+)$", metrics, re.M)
        assert told, "the metrics tell no invariants"
        broken = [invariant for invariant, count in told if float(count)]
        assert not broken, f"broken invariants: {broken}"
        self.memory["viaduct-dataplane"].append(resident_kb(self.appliance.dataplane))
        self.memory["viaductd"].append(resident_kb(self.appliance.controlplane))
        self.memory["viaduct-guestd"].append(resident_kb(self.guestd))
        self.samples += 1

    def broken_streams(self):
        return {stream.name: stream.last_failure for stream in self.streams if stream.failed}

    def show(self, passed):
        if self.shown and passed - self.shown < PROGRESS:
            return
        self.shown = passed
        done = sum(kind.done for kind in self.kinds)
        lost = sum(kind.failed for kind in self.kinds)
        moved = sum(stream.bytes for stream in self.streams) / 1e6
        line = (f"{passed:5.0f} of {self.seconds:.0f} s  {len(self.broken_streams())} streams broken"
                f"  {moved:.1f} MB each way  {done} exchanges, {lost} lost  {self.changes} changes"
                f"  {self.kills} kills  {self.memory['viaduct-dataplane'][-1] // 1024} MB")
        live = self.out.isatty()
        print(f"\r\033[K{line}" if live else line, end="" if live else "\n", file=self.out,
              flush=True)

    def figures(self, seconds):
        """Once everything has come to rest."""
        wait_until(lambda: not self.appliance.sessions(), "all sessions have ended", SESSIONS_END)
        counters = wait_until(self.at_rest, "every buffer is back", 30)
        check_conservation(counters)
        return {
            "seconds": round(seconds),
            "streams": len(self.streams),
            "streams_broken": self.broken_streams(),
            "stream_bytes_each_way": sum(stream.bytes for stream in self.streams),
            "corrupted": sum(kind.corrupted for kind in self.streams + self.kinds),
            "exchanges": {kind.name: {"done": kind.done, "lost": kind.failed,
                                      "last_failure": kind.last_failure} for kind in self.kinds},
            "changes": self.changes, "kills_of_viaductd": self.kills,
            "kills_of_guestd": self.guestd_kills, "samples": self.samples,
            "memory_kb": {program: {"first": samples[0], "last": samples[-1],
                                    "growth": round(growth(samples), 4), "course": course(samples)}
                          for program, samples in self.memory.items()},
            "sessions": counters["sessions"], "held": counters["totals"]["held"],
            "buffers_in_use": {"before": self.buffers_before, "after": self.buffers_in_use()},
            "drops": {reason: count for reason, count in counters["drops"].items() if count},
            "invariants": counters["invariants"]}

    def at_rest(self):
        counters = self.appliance.counters()
        buffers = counters["buffers"]
        is_back = buffers["total"] - buffers["free"] <= self.buffers_before
        return counters if is_back and counters["totals"]["held"] == 0 else None


def verdicts(figures):
    """Sentence and whether it holds, for each thing that was to be shown."""
    kinds = figures["exchanges"].values()
    done, lost = (sum(kind[what] for kind in kinds) for what in ("done", "lost"))
    return [
        (f"{len(figures['streams_broken'])} of {figures['streams']} established TCP connections "
         f"broken: {figures['streams_broken'] or 'none'}", not figures["streams_broken"]),
        (f"{lost} of {done + lost} unrepeated exchanges lost", lost <= LOST * (done + lost)),
        (f"{figures['corrupted']} answers with other bytes than were sent",
         figures["corrupted"] == 0),
        ("every kind of exchange worked", all(kind["done"] for kind in kinds)),
        *((f"{program}: {memory['first']} kB at first, {memory['last']} kB at last, growth "
           f"{memory['growth']:.1%}", memory["growth"] <= MEMORY_GROWTH)
          for program, memory in figures["memory_kb"].items()),
        (f"buffers in use: {figures['buffers_in_use']['before']} before, "
         f"{figures['buffers_in_use']['after']} after; {figures['held']} packets held",
         figures["buffers_in_use"]["after"] <= figures["buffers_in_use"]["before"]),
        (f"{figures['sessions']['opened']} sessions opened, {figures['sessions']['live']} left",
         figures["sessions"]["live"] == 0),
        (f"no invariant broken at {figures['samples']} samplings, nor any of {figures['changes']} "
         f"changes lost at {figures['kills_of_viaductd']} kills", figures["kills_of_viaductd"] > 0),
        (f"names were served again after {figures['kills_of_guestd']} kills of viaduct-guestd",
         figures["kills_of_guestd"] > 0)]


def soak(minutes, out=sys.stdout):
    """Runs it in a lab of its own."""
    with Lab(with_guest_services=True) as lab:
        try:
            return Soak(lab, minutes, out).run()
        except AssertionError as failure:
            failure.add_note(lab.logs())
            raise


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("minutes", type=float)
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also if started with it ignored
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, and so cleans up
    figures = soak(options.minutes)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print()
    for sentence, holds in verdicts(figures):
        print("ok    " if holds else "FAILED", sentence)
    return 0 if all(holds for _, holds in verdicts(figures)) else 1


if __name__ == "__main__":
    sys.exit(main())
