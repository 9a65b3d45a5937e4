"""Frames that no honest station sends: refused, counted by reason, and nothing else happens."""

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

from lab.raw import GUEST, NEIGHBOUR
from lab.topology import GUEST_GATEWAY, PUBLIC, SERVER

RED = PUBLIC["red"]
PAYLOAD = Raw(b"x" * 32)


def out(**ip):
    return IP(**{"src": GUEST, "dst": SERVER, **ip})


def cut(packet, length):
    """The first bytes of a packet, in a frame of their own."""
    return Raw(bytes(packet)[:length])


BAD_FRAMES = {
    "an IP header cut short": (
        "bad_ip_header", lambda: cut(out() / UDP() / PAYLOAD, 12)),
    "an IP version that is not 4": (
        "bad_ip_header", lambda: out(version=5) / UDP() / PAYLOAD),
    "an IP header shorter than 20 bytes": (
        "bad_ip_header", lambda: out(ihl=4) / UDP() / PAYLOAD),
    "an IP header longer than the packet": (
        "bad_ip_header", lambda: cut(out(ihl=15) / UDP() / PAYLOAD, 40)),
    "a total length beyond the frame": (
        "bad_ip_header", lambda: out(len=1400) / UDP() / PAYLOAD),
    "a total length below the header": (
        "bad_ip_header", lambda: out(len=19) / UDP() / PAYLOAD),
    "a wrong IP checksum": (
        "bad_ip_checksum", lambda: out(chksum=0xdead) / UDP() / PAYLOAD),
    "a TCP header cut short": (
        "bad_l4_header", lambda: out(len=32, proto=6) / cut(TCP(flags="S"), 12)),
    "a TCP data offset below 5": (
        "bad_l4_header", lambda: out() / TCP(dataofs=4, flags="S")),
    "a TCP data offset beyond the packet": (
        "bad_l4_header", lambda: out() / TCP(dataofs=15, flags="S")),
    "a UDP header cut short": (
        "bad_l4_header", lambda: out(len=24, proto=17) / cut(UDP(), 4)),
    "a UDP length beyond the packet": (
        "bad_l4_header", lambda: out() / UDP(len=500) / PAYLOAD),
    "a UDP length below its header": (
        "bad_l4_header", lambda: out() / UDP(len=7) / PAYLOAD),
    "an ICMP header cut short": (
        "bad_l4_header", lambda: out(len=24, proto=1) / cut(ICMP(), 4)),
    "a wrong TCP checksum": (
        "bad_l4_checksum", lambda: out() / TCP(flags="S", chksum=0xdead)),
    "a wrong UDP checksum": (
        "bad_l4_checksum", lambda: out() / UDP(chksum=0xdead) / PAYLOAD),
    "a wrong ICMP checksum": (
        "bad_l4_checksum", lambda: out() / ICMP(chksum=0xdead)),
    "a source outside the guest network": (
        "spoofed_source", lambda: out(src="10.9.9.9") / UDP() / PAYLOAD),
    "the source of somebody outside": (
        "spoofed_source", lambda: out(src="198.51.100.77") / UDP() / PAYLOAD),
    "the router's own address as source": (
        "spoofed_source", lambda: out(src=GUEST_GATEWAY) / UDP() / PAYLOAD),
    "source equal to destination": (
        "martian_source", lambda: out(src=GUEST_GATEWAY, dst=GUEST_GATEWAY) / TCP(flags="S")),
    "a loopback source": (
        "martian_source", lambda: out(src="127.0.0.1") / UDP() / PAYLOAD),
    "a source of this network (0/8)": (
        "martian_source", lambda: out(src="0.1.2.3") / UDP() / PAYLOAD),
    "a reserved source (240/4)": (
        "martian_source", lambda: out(src="250.1.2.3") / UDP() / PAYLOAD),
    "a multicast source": (
        "martian_source", lambda: out(src="224.0.0.9") / UDP() / PAYLOAD),
    "a broadcast source": (
        "martian_source", lambda: out(src="255.255.255.255") / UDP() / PAYLOAD),
    "a loopback destination": (
        "martian_destination", lambda: out(dst="127.0.0.1") / UDP() / PAYLOAD),
    "a destination of this network (0/8)": (
        "martian_destination", lambda: out(dst="0.1.2.3") / UDP() / PAYLOAD),
    "a reserved destination (240/4)": (
        "martian_destination", lambda: out(dst="250.1.2.3") / UDP() / PAYLOAD),
    "a record route option": (
        "ip_options", lambda: out(options=b"\x07\x07\x04\0\0\0\0\0") /
        UDP() / PAYLOAD),
    "a source route": (
        "ip_options", lambda: out(options=b"\x83\x07\x04\xc0\x00\x02\x09\0") / UDP() / PAYLOAD),
    "a TCP segment of no session": (
        "no_session", lambda: out() / TCP(sport=5000, dport=80, flags="A")),
    "a TCP reset of no session": (
        "no_session", lambda: out() / TCP(sport=5000, dport=80, flags="R")),
    "an echo reply to nobody's request": (
        "no_session", lambda: out() / ICMP(type=0, id=77)),
    "an ICMP error about nothing": (
        "no_session", lambda: out() / ICMP(type=3, code=1) / IP(src=SERVER, dst=GUEST) / UDP()),
}


@pytest.mark.parametrize("what", BAD_FRAMES)
def test_a_guests_packet_is_dropped_that_has(guest, internet, dropped, what):
    reason, packet = BAD_FRAMES[what]
    dropped(reason, lambda: guest.send(packet()))
    assert not internet.packets(), "nothing of it came out"


@pytest.mark.parametrize("ethertype, reason", [(0x0800, "bad_ip_header"), (0x0806, "bad_arp")])
def test_a_frame_that_ends_with_its_ethernet_header_is_counted(guest, dropped, ethertype, reason):
    dropped(reason, lambda: guest.station.send(
        Ether(src=guest.station.mac, dst=guest.router_mac, type=ethertype)))


def test_an_unknown_ethertype_is_counted(guest, dropped):
    dropped("unsupported_ethertype", lambda: guest.station.send(
        Ether(src=guest.station.mac, dst=guest.router_mac, type=0x88b5) / PAYLOAD))


def test_ipv6_is_counted_not_forwarded(guest, dropped):
    dropped("unsupported_ethertype", lambda: guest.station.send(
        Ether(src=guest.station.mac, dst=guest.router_mac, type=0x86dd) /
        Raw(b"\x60" + b"\0" * 60)))


@pytest.mark.parametrize("header", [
    Ether(dst="02:00:00:00:00:99"), Ether(dst="02:00:00:00:00:99") / Dot1Q(vlan=5)])
def test_a_frame_for_no_interface_is_counted(guest, dropped, header):
    header.src = guest.station.mac
    dropped("no_interface", lambda: guest.station.send(header / out() / UDP() / PAYLOAD))


def test_padding_after_the_ip_packet_is_not_taken_for_payload(guest, internet):
    guest.send(out() / UDP(sport=6000, dport=6001) / Raw(b"four") / b"")
    guest.station.send(bytes(guest.frame(out() / UDP(sport=6000, dport=6001) / Raw(b"four"))) +
                       b"\xff" * 20)
    internet.station.expect(lambda f: UDP in f, "the packet arrives")
    for packet in internet.packets():
        assert packet[UDP].len == 12 and bytes(packet[UDP].payload)[:4] == b"four"
        assert b"\xff\xff" not in bytes(packet)[42:], "padding leaks"


@pytest.mark.parametrize("source", ["10.1.1.11", "127.0.0.1", "203.0.113.2", "224.1.1.1"])
def test_the_outside_may_not_pretend_to_be_inside(internet, guest, lab, source):
    before = lab.appliance.counters()["totals"]["dropped"]
    internet.send(IP(src=source, dst=RED) / UDP(sport=9, dport=8080) / PAYLOAD)
    internet.send(IP(src=SERVER, dst=RED) / UDP(sport=9, dport=8080) / PAYLOAD)
    guest.expect(lambda ip: ip.src == SERVER, "the honest packet arrives")
    assert not guest.packets(lambda ip: ip.src == source)
    assert lab.appliance.counters()["totals"]["dropped"] == before + 1


@pytest.mark.parametrize("arp", [
    ARP(op=1, hwlen=4, psrc=GUEST, pdst=GUEST_GATEWAY),
    ARP(op=1, plen=16, psrc=GUEST, pdst=GUEST_GATEWAY),
    ARP(op=1, ptype=0x86dd, psrc=GUEST, pdst=GUEST_GATEWAY),
    ARP(op=2, psrc=GUEST_GATEWAY, hwsrc="02:00:00:00:00:66", pdst=NEIGHBOUR)],
    ids=["hardware length", "protocol length", "protocol", "our own address claimed"])
def test_bad_arp_is_counted_and_not_answered(guest, dropped, arp):
    dropped("bad_arp", lambda: guest.station.send(
        Ether(src=guest.station.mac, dst="ff:ff:ff:ff:ff:ff", type=0x0806) /
        Raw(bytes(arp)[:28])))
    assert not guest.station.received(lambda f: ARP in f and f[ARP].op == 2)


def test_arp_cut_short_is_counted(guest, dropped):
    dropped("bad_arp", lambda: guest.station.send(
        Ether(src=guest.station.mac, dst="ff:ff:ff:ff:ff:ff", type=0x806) /
        Raw(bytes(ARP(op=1))[:20])))
