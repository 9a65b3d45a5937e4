"""A lab for what no honest station sends: router red between two raw cables.

We are every guest on one of them, and the whole internet on the other.
"""

from scapy.layers.inet import IP
from scapy.layers.l2 import Ether

from lab.frames import Station
from lab.topology import PUBLIC, Lab

GUEST, NEIGHBOUR = "10.1.1.11", "10.1.1.12"


class PacketLab(Lab):
    """No bridge and no kernel's own opinions between us and the appliance."""

    def build(self):
        self.switch = self.namespace("switch")
        for name in ("lan-red", "wan-red", "lan-blue", "wan-blue"):
            self.port(name)
            self.ports[name] = self.device(name)

    def document(self):
        document = super().document()
        red = document["routers"]["red"]
        red["port_forwards"] = {
            kind: {"protocol": kind, "public": f"{PUBLIC['red']}:8080", "private": f"{GUEST}:80"}
            for kind in ("tcp", "udp")}
        red["static_nats"] = {"db": {"public": "203.0.113.12", "private": NEIGHBOUR}}
        red["firewall_rules"] = {
            "forward": {"destination": PUBLIC["red"], "protocol": "tcp", "ports": "8080"},
            "forward-udp": {"destination": PUBLIC["red"], "protocol": "udp", "ports": "8080"},
            "ping": {"destination": "203.0.113.0/24", "protocol": "icmp", "icmp_type": 8}}
        return document


class Side:
    """One of the two cables: frames from a station there to the router, and back."""

    def __init__(self, lab, interface, ours, routers):
        self.lab = lab
        self.station = Station(lab.switch, interface, *ours)
        self.router_mac = self.station.resolve(routers, ours[0])
        self.station.clear()

    def frame(self, packet):
        """`packet` in a frame to the router."""
        return Ether(src=self.station.mac, dst=self.router_mac, type=0x0800) / packet

    def send(self, packet):
        self.station.send(self.frame(packet))

    def expect(self, wanted, what):
        return self.station.expect(lambda f: IP in f and wanted(f[IP]), what)[IP]

    def packets(self, wanted=lambda ip: True):
        return self.station.received(lambda f: IP in f and wanted(f[IP]))
