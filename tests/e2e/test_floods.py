"""One guest floods; the traffic of its neighbours goes on."""

import contextlib
import itertools
import threading
import time

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether

from lab import Wire
from lab.topology import GUEST_GATEWAY, SERVER

MOST_LOST = 0.05
SECONDS = 3
BURST, PAUSE = 200, 0.01  # about 20 000 frames a second


def syns(attacker, router):
    """A port scan: connections to ever other ports, none of which is answered."""
    return [Ether(src=attacker.mac, dst=router) /
            IP(src="10.1.1.11", dst="198.51.100.77") / TCP(sport=1024 + i, dport=1 + i % 60000)
            for i in range(4000)]


def datagrams(attacker, router):
    """UDP to ever other endpoints."""
    return [Ether(src=attacker.mac, dst=router) /
            IP(src="10.1.1.11", dst=f"198.51.100.{10 + i % 200}") / UDP(sport=1024 + i, dport=9)
            for i in range(4000)]


def fragments(attacker, router):
    """Second halves of datagrams whose first halves never come."""
    return [Ether(src=attacker.mac, dst=router) /
            IP(src="10.1.1.11", dst=SERVER, id=i, frag=64, proto=17) / bytes(64)
            for i in range(4000)]


def strangers(attacker, router):
    """ARP of stations that nobody knows."""
    return [Ether(src=f"02:ff:00:00:{i >> 8:02x}:{i & 255:02x}", dst="ff:ff:ff:ff:ff:ff") /
            ARP(op=1, hwsrc=f"02:ff:00:00:{i >> 8:02x}:{i & 255:02x}",
                psrc=f"10.1.1.{20 + i % 200}", pdst=GUEST_GATEWAY)
            for i in range(4000)]


def spoofed(attacker, router):
    """Packets of sources that are not of this network."""
    return [Ether(src=attacker.mac, dst=router) /
            IP(src=f"192.0.2.{1 + i % 250}", dst=SERVER) / UDP(sport=1024 + i, dport=9)
            for i in range(4000)]


@contextlib.contextmanager
def flood(lab, kind):
    attacker = Wire(lab.red_vm1, "eth0", kept=1)
    router = lab.red_vm1.run("ip", "neigh", "show", GUEST_GATEWAY).stdout.split()[4]
    frames = [bytes(frame) for frame in kind(attacker, router)]
    stop = threading.Event()

    def send():
        waves = itertools.cycle(range(0, len(frames), BURST))
        while not stop.is_set():
            first = next(waves)
            for frame in frames[first:first + BURST]:
                attacker.socket.send(frame)
            time.sleep(PAUSE)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        stop.set()
        sender.join()
        attacker.close()


def share_lost(lab):
    """Of a neighbour's steady stream, and new connections of it work meanwhile."""
    _, report = lab.red_vm2.throughput(SERVER, "-u", "-b", "5M", "-l", "1000", seconds=SECONDS)
    assert lab.red_vm2.seen_by(f"http://{SERVER}/")
    return report["end"]["sum"]["lost_percent"] / 100


@pytest.fixture(scope="module", name="stream")
def iperf(lab):
    lab.server.serve_iperf()
    assert lab.red_vm1.ping(GUEST_GATEWAY).lost == 0


@pytest.mark.parametrize("kind", [syns, datagrams, fragments, strangers, spoofed])
def test_a_flood_leaves_the_neighbours_their_rate(lab, document, red, stream, kind):
    red["networks"] = {"guest0": {"sessions_per_guest": 2000}}
    lab.appliance.put(document)
    with flood(lab, kind):
        assert share_lost(lab) <= MOST_LOST
