"""Random and mutated frames on every port: nothing crashes, leaks, or goes unaccounted."""

import random

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

from lab import Wire
from lab.appliance import check_conservation
from lab.commands import wait_until
from lab.raw import GUEST
from lab.topology import GUEST_GATEWAY, INTERNET_GATEWAY, PUBLIC, SERVER

FRAMES = 20_000
PORTS = ("lan-red", "wan-red", "lan-blue", "wan-blue")


def seeds(mac):
    """Sensible frames, from which senseless ones are made."""
    header = Ether(src="02:00:00:00:00:01", dst=mac)
    public = PUBLIC["red"]
    packets = [IP(src=GUEST, dst=SERVER) / TCP(sport=3000, dport=80, flags="S"),
               IP(src=GUEST, dst=SERVER) / UDP(sport=3000, dport=53) / Raw(b"query"),
               IP(src=GUEST, dst=GUEST_GATEWAY) / ICMP(id=3) / Raw(b"ping"),
               IP(src=SERVER, dst=public) / TCP(sport=80, dport=8080, flags="S"),
               IP(src=SERVER, dst=public) / ICMP(type=3, code=4) /
               IP(src=public, dst=SERVER) / UDP(sport=3000, dport=53),
               IP(src=GUEST, dst=public, options=b"\x07\x07\x04\0\0\0\0\0") / UDP(dport=8080)]
    frames = [header / packet for packet in packets] + [
        header / Dot1Q(vlan=5) / packets[0],
        header / ARP(op=1, psrc=GUEST, pdst=GUEST_GATEWAY),
        header / ARP(op=2, psrc=INTERNET_GATEWAY, pdst=public)]
    return [bytes(frame) for frame in frames]


def mutated(chance, frame):
    """A frame with some bytes changed, cut short, or grown."""
    body = bytearray(frame)
    for _ in range(chance.randint(1, 6)):
        # Mostly behind the destination address, or nothing would ever be looked at.
        first = 6 if chance.random() < 0.1 else 12
        body[chance.randrange(first, len(body))] = chance.randrange(256)
    how = chance.random()
    if how < 0.3:
        return bytes(body[:chance.randint(14, len(body))])
    if how < 0.4:
        return bytes(body) + chance.randbytes(chance.randint(1, 1400))
    return bytes(body)


def noise(chance, mac):
    wells = seeds(mac)
    for number in range(FRAMES):
        if number % 4 == 0:
            start = bytes.fromhex(mac.replace(":", "")) if chance.random() < 0.7 else b""
            yield (start + chance.randbytes(chance.randint(14, 1500)))[:1514]
        else:
            yield mutated(chance, chance.choice(wells))


def macs(lab):
    """The Ethernet address of the interface on each port, as its namespace shows it."""
    found = {}
    for router in ("red", "blue"):
        for side, interface in (("lan", "guest0"), ("wan", "public0")):
            found[f"{side}-{router}"] = lab.inside(router).run(
                "cat", f"/sys/class/net/{interface}/address").stdout.strip()
    return found


def test_noise_on_every_port_is_survived(lab, document):
    chance = random.Random(20_000)
    pid = lab.appliance.dataplane.pid
    addresses = macs(lab)
    before = lab.appliance.counters()
    free = before["buffers"]["free"]
    for port in PORTS:
        wire = Wire(lab.switch, f"{port}-far", kept=1)
        for number, frame in enumerate(noise(chance, addresses[port])):
            wire.send(frame)
            if number % 500 == 499:  # no faster than it is taken: what overflows tells nothing
                check_conservation(lab.appliance.counters())
        wire.close()
    after = lab.appliance.counters()
    assert lab.appliance.dataplane.pid == pid and lab.appliance.dataplane.is_running()
    came = after["totals"]["received"] - before["totals"]["received"]
    assert came > 0.9 * FRAMES * len(PORTS), f"only {came} frames arrived"
    kinds = {name for name, count in after["drops"].items() if count > before["drops"].get(name, 0)}
    assert len(kinds) >= 8, f"it was not varied enough to mean anything: {kinds}"
    wait_until(lambda: lab.appliance.counters()["buffers"]["free"] >= free,
               f"all {free} buffers are free again", deadline=30)


def test_honest_packets_still_pass_afterwards(guest, internet):
    guest.send(IP(src=GUEST, dst=SERVER) / UDP(sport=3333, dport=53) / Raw(b"still there?"))
    internet.expect(lambda ip: ip.dst == SERVER and UDP in ip and ip[UDP].dport == 53,
                    "a packet goes through")
