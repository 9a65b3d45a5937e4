"""ARP: what the router answers, asks, announces, and holds while it waits."""

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from lab.commands import wait_until
from lab.raw import GUEST
from lab.topology import GUEST_GATEWAY, INTERNET_GATEWAY, PUBLIC, SERVER

RED = PUBLIC["red"]
BROADCAST = "ff:ff:ff:ff:ff:ff"


def ask(side, address, source):
    side.station.send(Ether(src=side.station.mac, dst=BROADCAST) /
                      ARP(op=1, hwsrc=side.station.mac, psrc=source, pdst=address))


def answers(side, address):
    return side.station.received(lambda f: ARP in f and f[ARP].op == 2 and f[ARP].psrc == address)


@pytest.mark.parametrize("address", [RED, "203.0.113.12"], ids=["its own", "a static NAT's"])
def test_the_router_answers_for_its_public_addresses(internet, address):
    ask(internet, address, INTERNET_GATEWAY)
    wait_until(lambda: answers(internet, address), "it answers")
    reply = answers(internet, address)[0]
    assert reply[ARP].hwsrc == reply.src == internet.router_mac
    assert reply.dst == internet.station.mac and reply[ARP].pdst == INTERNET_GATEWAY


def test_it_answers_for_nobody_else(internet, guest):
    ask(internet, "203.0.113.77", INTERNET_GATEWAY)
    ask(internet, "10.1.1.1", INTERNET_GATEWAY)
    ask(internet, RED, INTERNET_GATEWAY)
    wait_until(lambda: answers(internet, RED), "it answers for its own, asked last")
    assert not answers(internet, "203.0.113.77") and not answers(internet, "10.1.1.1")
    ask(guest, RED, GUEST)
    ask(guest, GUEST_GATEWAY, GUEST)
    wait_until(lambda: answers(guest, GUEST_GATEWAY), "it answers for its own, asked last")
    assert not answers(guest, RED), "public addresses are not on the guest network"


def test_a_new_address_is_announced(internet, document, lab):
    document["routers"]["red"]["static_nats"]["new"] = {"public": "203.0.113.60",
                                                        "private": "10.1.1.60"}
    lab.appliance.put(document)
    announced = internet.station.expect(
        lambda f: ARP in f and f[ARP].psrc == f[ARP].pdst == "203.0.113.60",
        "a gratuitous ARP goes out")
    assert announced.dst == BROADCAST and announced[ARP].hwsrc == internet.router_mac


def test_packets_wait_for_the_answer_and_then_leave_in_order(guest, internet):
    target = "203.0.113.61"
    for number in range(3):
        guest.send(IP(src=GUEST, dst=target) / UDP(sport=2000, dport=2000) / Raw(b"%d" % number))
    internet.station.expect(lambda f: ARP in f and f[ARP].op == 1 and f[ARP].pdst == target,
                            "the router asks")
    internet.station.addresses.add(target)
    try:
        wait_until(lambda: len(internet.packets(lambda ip: ip.dst == target)) == 3,
                   "what waited comes out")
    finally:
        internet.station.addresses.discard(target)
    assert [bytes(f[UDP].payload)[:1] for f in internet.packets(lambda ip: ip.dst == target)] == [
        b"0", b"1", b"2"]


def test_only_so_many_packets_wait_for_one_neighbour(guest, internet, lab):
    before = lab.appliance.drops("neighbour_queue_full")
    for number in range(200):
        guest.send(IP(src=GUEST, dst="203.0.113.62") / UDP(sport=2001, dport=number))
    wait_until(lambda: lab.appliance.drops("neighbour_queue_full") > before, "the queue is full")


def test_what_waited_in_vain_is_dropped_and_the_buffers_come_back(guest, lab):
    before = lab.appliance.drops("neighbour_unreachable")
    guest.send(IP(src=GUEST, dst="203.0.113.63") / UDP(sport=2002, dport=9))
    wait_until(lambda: lab.appliance.drops("neighbour_unreachable") > before, "it is given up",
               deadline=15)


def test_a_neighbour_that_moves_is_followed(guest, internet):
    target, moved = "203.0.113.64", "02:00:00:00:00:64"
    internet.station.addresses.add(target)
    guest.send(IP(src=GUEST, dst=target) / UDP(sport=2003, dport=1))
    internet.expect(lambda ip: ip.dst == target, "it comes out")
    internet.station.addresses.discard(target)
    internet.station.clear()
    internet.station.send(Ether(src=moved, dst=BROADCAST) /
                          ARP(op=1, hwsrc=moved, psrc=target, pdst=target))
    ask(internet, RED, INTERNET_GATEWAY)
    wait_until(lambda: answers(internet, RED), "what was said after it is answered")
    guest.send(IP(src=GUEST, dst=target) / UDP(sport=2003, dport=2))
    frame = internet.station.expect(lambda f: IP in f and f[IP].dst == target, "it comes out")
    assert frame.dst == moved


def test_a_flood_of_claims_does_not_hide_honest_neighbours(guest, internet):
    for number in range(3000):
        mac = f"02:00:00:01:{number >> 8:02x}:{number & 255:02x}"
        internet.station.send(Ether(src=mac, dst=BROADCAST) / ARP(
            op=1, hwsrc=mac, psrc=f"203.0.113.{100 + number % 150}", pdst=RED))
    guest.send(IP(src=GUEST, dst=SERVER) / UDP(sport=2004, dport=3))
    internet.expect(lambda ip: ip.dst == SERVER, "traffic still goes through")
