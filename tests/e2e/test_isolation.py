"""Routers of one appliance know nothing of each other, whatever addresses their guests have."""

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Ether

from lab import Wire
from lab.commands import wait_until
from lab.topology import SERVER


def test_one_address_is_another_guest_in_each_router(lab, document):
    assert lab.red_vm2.seen_by("http://10.1.1.11/")["host"] == "red-vm1"
    assert lab.blue_vm2.seen_by("http://10.1.1.11/")["host"] == "blue-vm1"


def test_guests_with_one_address_and_port_have_sessions_of_their_own(lab, document):
    with lab.red_vm1.connect(SERVER, 7000, source_port=42000) as red, \
            lab.blue_vm1.connect(SERVER, 7000, source_port=42000) as blue:
        assert red.say()["client"] != blue.say()["client"]
        routers = {session["router"] for session in
                   lab.appliance.sessions(protocol="tcp", address="10.1.1.11/32")
                   if session["source"].endswith(":42000")}
    assert routers == {"red", "blue"}


def test_frames_of_one_router_never_leave_on_the_other(lab, document):
    blue = Wire(lab.switch, "lan-blue-far")
    try:
        lab.red_vm1.ping(SERVER, 20)
        lab.red_vm1.curl(f"http://{SERVER}/")
        lab.blue_vm1.ping("10.1.1.1")  # whatever came before this has been through by now
        assert not blue.received(lambda f: IP in f and SERVER in (f[IP].src, f[IP].dst))
    finally:
        blue.close()


def test_the_ethernet_address_of_another_router_leads_nowhere(lab, document):
    lab.blue_vm1.ping("10.1.1.1")
    neighbour = lab.blue_vm1.run("ip", "neigh", "show", "10.1.1.1").stdout.split()
    blue_mac = neighbour[neighbour.index("lladdr") + 1]
    red, blue = Wire(lab.red_vm1), Wire(lab.switch, "lan-blue-far")
    try:
        before = lab.appliance.counters()["totals"]["dropped"]
        red.send(Ether(src=red.mac, dst=blue_mac) / IP(src="10.1.1.11", dst=SERVER) /
                 UDP(sport=5, dport=6))
        wait_until(lambda: lab.appliance.counters()["totals"]["dropped"] > before,
                   "the frame is refused")
        assert not blue.received(lambda f: UDP in f and f[UDP].dport == 6)
    finally:
        red.close()
        blue.close()


def test_public_addresses_of_one_router_are_no_way_into_another(lab, document):
    assert lab.red_vm1.ping("203.0.113.3", 1, wait=0.3).received == 0
    wire = Wire(lab.switch, "lan-blue-far")
    try:
        lab.internet.ip("route add 10.1.1.0/24 via 203.0.113.3")
        lab.server.ping("10.1.1.11", 2, wait=0.3)
        assert not wire.received(lambda f: ICMP in f and f[IP].src == SERVER)
    finally:
        lab.internet.ip("route del 10.1.1.0/24")
        wire.close()
