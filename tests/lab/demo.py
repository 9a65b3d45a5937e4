"""The demo: two guest networks with the same addresses, an internet, the appliance between them.

    python3 -m lab.demo [--stay | --down]
"""

import argparse
import pathlib
import signal
import sys
import time

from lab import topology
from lab.appliance import build_directory
from lab.commands import wait_until
from lab.show import Show
from lab.stay import leave_up, take_down
from lab.topology import PUBLIC, SERVER, STRANGER, Lab

RECORD = pathlib.Path("/run/viaduct-demo.json")
STAYING_PREFIX = "demo-"
RED = PUBLIC["red"]
DATABASE = "203.0.113.12"
OUTSIDE = "198.51.100.0/24"


def policy(document):
    """What the demo asks of router red, beyond source NAT."""
    document["routers"]["red"] |= {
        "static_nats": {"database": {"public": DATABASE, "private": "10.1.1.12"}},
        "port_forwards": {"web": {"protocol": "tcp", "public": f"{RED}:8080",
                                  "private": "10.1.1.11:80"}},
        "firewall_rules": {
            "web": {"destination": RED, "protocol": "tcp", "ports": "8080",
                    "sources": [OUTSIDE, "10.1.1.0/24"]},
            "database": {"destination": DATABASE, "protocol": "tcp", "ports": "80"}}}
    return document


class Demo:
    def __init__(self, lab, show):
        self.lab = lab
        self.show = show
        self.appliance = lab.appliance

    def run(self):
        self.prepare()
        self.outward()
        self.isolation()
        self.inward()
        self.hairpin()
        self.blocked()
        self.rate()
        self.insight()

    def prepare(self):
        lab, show = self.lab, self.show
        show.chapter("One document, put over the HTTP config API")
        lab.server.serve(http=[80])
        lab.server.serve_iperf()
        for guest in (lab.red_vm1, lab.red_vm2, lab.blue_vm1):
            guest.serve(http=[80])
        show.prove("policy is in force", self.put_policy)

    def put_policy(self):
        begin = time.monotonic()
        told = self.appliance.put(policy(self.lab.document()))
        took = (time.monotonic() - begin) * 1000
        return f"revision {told['revision']}, {len(told['changes'])} changes, {took:.0f} ms"

    def caller(self, host, url, expected):
        """A proof: the machine behind `url` answers and sees `expected` calling."""
        def proof():
            seen = host.seen_by(url)
            return seen["client"] == expected and f"{seen['host']} was called by {seen['client']}"
        return proof

    def answering(self, host, url, expected):
        """A proof: it is `expected` who answers."""
        def proof():
            seen = host.seen_by(url)
            return seen["host"] == expected and f"{expected} was called by {seen['client']}"
        return proof

    def silence(self, host, url):
        return lambda: host.is_silent(url) and "no answer at all"

    def outward(self):
        lab, show = self.lab, self.show
        show.chapter("Guests reach the internet through source NAT")
        show.prove("red-vm1 curls a server outside",
                   self.caller(lab.red_vm1, f"http://{SERVER}/", RED))
        show.prove("red-vm1 pings it",
                   lambda: (report := lab.red_vm1.ping(SERVER, 5)).lost == 0 and
                   f"5 of 5, {min(report.round_trips_ms):.2f} ms")

    def isolation(self):
        lab, show = self.lab, self.show
        show.chapter("Two routers with the same guest network, 10.1.1.0/24")
        show.prove("blue-vm1, also 10.1.1.11, has another public address",
                   self.caller(lab.blue_vm1, f"http://{SERVER}/", PUBLIC["blue"]))
        show.prove("10.1.1.11 is red-vm1 in red",
                   self.answering(lab.red_vm2, "http://10.1.1.11/", "red-vm1"))
        show.prove("10.1.1.11 is blue-vm1 in blue",
                   self.answering(lab.blue_vm2, "http://10.1.1.11/", "blue-vm1"))
        show.prove("red does not reach blue's router",
                   self.silence(lab.red_vm1, f"http://{PUBLIC['blue']}/"))

    def inward(self):
        lab, show = self.lab, self.show
        show.chapter("The outside comes in where policy lets it")
        show.prove("port forward: outside to red-vm1",
                   self.answering(lab.server, f"http://{RED}:8080/", "red-vm1"))
        show.prove("static NAT inward: outside to red-vm2",
                   self.answering(lab.server, f"http://{DATABASE}/", "red-vm2"))
        show.prove("static NAT outward: red-vm2 speaks as its own address",
                   self.caller(lab.red_vm2, f"http://{SERVER}/", DATABASE))

    def hairpin(self):
        lab, show = self.lab, self.show
        show.chapter("Guests reach each other by public addresses (hairpin)")
        show.prove("hairpin by the port forward",
                   self.answering(lab.red_vm2, f"http://{RED}:8080/", "red-vm1"))
        show.prove("hairpin by the static NAT address",
                   self.answering(lab.red_vm1, f"http://{DATABASE}/", "red-vm2"))

    def blocked(self):
        lab, show = self.lab, self.show
        show.chapter("What is not opened stays silent")
        show.prove("silent: a port without a rule", self.silence(lab.server, f"http://{RED}:22/"))
        show.prove("silent: a source that the rule does not list",
                   self.silence(lab.stranger, f"http://{RED}:8080/"))
        show.prove("silent: a static NAT port without a rule",
                   self.silence(lab.server, f"http://{DATABASE}:22/"))

    def rate(self):
        lab, show = self.lab, self.show
        show.chapter("How fast: iperf3 over virtual cables, one worker")

        def measure(*options):
            gigabits, _ = lab.red_vm1.throughput(SERVER, *options)
            seen = f"Accepted connection from {RED}"
            # iperf3 says so once it is done, which may be a moment after its client.
            wait_until(lambda: seen in lab.server.servers[-1].output(), f"iperf3 saw {RED}")
            return f"{gigabits:.2f} Gb/s, the server saw {RED}"
        show.prove("upload through source NAT", measure)
        show.prove("download through source NAT", lambda: measure("-R"))

    def insight(self):
        show = self.show
        show.chapter("What the appliance tells")

        def printed(*argv, having):
            output = self.appliance.cli(*argv).stdout
            return all(word in output for word in having) and output
        show.prove("live sessions (viaduct sessions)",
                   lambda: printed("sessions", having=["10.1.1.11", SERVER, RED]))
        show.prove("counters (viaduct counters)",
                   lambda: printed("counters", having=["received", "dropped"]))
        show.prove("every packet is accounted for", self.conservation)
        show.prove("explain: a packet that is allowed",
                   lambda: printed("explain", "red", "guest0", "tcp", "10.1.1.11:40000",
                                   f"{SERVER}:80",
                                   having=["forwarded", "/routers/red/source_nats/default"]))
        show.prove("explain: a packet that is dropped",
                   lambda: printed("explain", "red", "public0", "tcp", f"{STRANGER}:40000",
                                   f"{RED}:8080", having=["dropped", "denied_inbound"]))

    def conservation(self):
        totals = self.appliance.counters()["totals"]
        came = sum(totals[name] for name in ("received", "generated", "taken_over"))
        went = sum(totals[name] for name in
               ("sent", "dropped", "consumed", "handed_over", "held"))
        return came == went and f"{came} packets came, {went} are accounted for"


def say_how_to_play(lab, show):
    inside = f"ip netns exec {lab.prefix}"
    show.say(f"""
The lab is up. Some things to try, after these two lines:
  export VIADUCT_SOCKET={lab.appliance.api_socket}
  export PATH=$PATH:{build_directory()}/bin

  {inside}red-vm1 curl http://{SERVER}/
  {inside}server curl http://{RED}:8080/
  {inside}red-vm1 ping {SERVER}
  viaduct show
  viaduct sessions --router red
  viaduct explain red guest0 udp 10.1.1.11:4000 {SERVER}:53
  viaduct delete routers/red/port_forwards/web
  viaduct history
  curl --unix-socket $VIADUCT_SOCKET http://viaduct/v1/status
Hosts: {', '.join(lab.prefix + name for name in lab.hosts)}
To remove it: ./scripts/demo.sh --down""")


def prove_everything(show, stay):
    prefix = STAYING_PREFIX if stay else None
    show.say(topology.__doc__.partition("\n\n")[2].partition("\n\nBoth")[0])
    begin = time.monotonic()
    with Lab(prefix) as lab:
        show.say(f"\nThe lab is up, the appliance runs: {time.monotonic() - begin:.1f} s")
        Demo(lab, show).run()
        holds = show.table()
        if stay:
            leave_up(lab, RECORD)
            say_how_to_play(lab, show)
    return holds


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stay", action="store_true", help="leave the lab up")
    parser.add_argument("--down", action="store_true", help="remove a lab that was left up")
    options = parser.parse_args()
    show = Show()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also if started with it ignored
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, and so cleans up
    if options.down:
        show.say("The lab is gone." if take_down(RECORD) else "There is no lab to remove.")
        return 0
    if options.stay and RECORD.exists():
        show.say("A lab is up already; remove it with ./scripts/demo.sh --down")
        return 1
    try:
        return 0 if prove_everything(show, options.stay) else 1
    except KeyboardInterrupt:
        show.say("\nInterrupted; the lab is gone.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
