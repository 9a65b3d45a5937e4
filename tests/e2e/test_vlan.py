"""One port carries many networks, told apart by 802.1Q tags."""

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import ARP, Dot1Q, Ether

from lab import Wire
from lab.commands import wait_until
from lab.topology import GUEST_GATEWAY, INTERNET_GATEWAY, PUBLIC, SERVER

GUEST = "10.1.1.11"
BROADCAST = "ff:ff:ff:ff:ff:ff"


@pytest.fixture(scope="module")
def trunk(lab):
    """The far end of a trunk on which both routers have their guest network."""
    lab.port("trunk")
    wire = Wire(lab.switch, "trunk-far")
    yield wire
    wire.close()


@pytest.fixture(scope="module")
def device(lab):
    return lab.device("trunk")


@pytest.fixture(autouse=True)
def both_on_the_trunk(lab, document, trunk, device):
    document["ports"] = {"trunk": device, "wan-red": lab.ports["wan-red"],
                         "wan-blue": lab.ports["wan-blue"]}
    for router, vlan in (("red", 101), ("blue", 102)):
        document["routers"][router]["interfaces"]["guest0"] |= {"port": "trunk", "vlan": vlan}
    lab.appliance.put(document)
    wait_until(lab.appliance.ports_are_up, "the trunk is up")
    trunk.clear()


def tagged(vlan, wire, destination=BROADCAST):
    return Ether(src=wire.mac, dst=destination) / Dot1Q(vlan=vlan)


def who_has(trunk, vlan, address=GUEST_GATEWAY):
    """The Ethernet address that answers for `address` in a VLAN."""
    trunk.send(tagged(vlan, trunk) / ARP(op="who-has", hwsrc=trunk.mac, psrc=GUEST, pdst=address))
    return trunk.expect(lambda f: ARP in f and f[ARP].op == 2 and Dot1Q in f and
                        f[Dot1Q].vlan == vlan, f"{address} answers ARP in VLAN {vlan}")[ARP].hwsrc


def test_each_vlan_is_answered_by_its_own_router(trunk):
    assert who_has(trunk, 101) != who_has(trunk, 102)


def test_echo_is_answered_with_the_tag_of_its_vlan(trunk):
    for vlan in (101, 102):
        trunk.send(tagged(vlan, trunk, who_has(trunk, vlan)) /
                   IP(src=GUEST, dst=GUEST_GATEWAY) / ICMP(id=vlan))
        answer = trunk.expect(lambda f, vlan=vlan: ICMP in f and f[ICMP].type == 0 and
                              f[ICMP].id == vlan, f"an echo comes back in VLAN {vlan}")
        assert answer[Dot1Q].vlan == vlan


def test_a_tag_is_popped_on_the_way_out_and_pushed_on_the_way_back(lab, trunk):
    for router, vlan in (("red", 101), ("blue", 102)):
        trunk.send(tagged(vlan, trunk, who_has(trunk, vlan)) /
                   IP(src=GUEST, dst=SERVER) / UDP(sport=44000 + vlan, dport=7000) / b"hello")
        answer = trunk.expect(lambda f, vlan=vlan: UDP in f and f[UDP].dport == 44000 + vlan,
                              f"the server answers into VLAN {vlan}")
        assert answer[Dot1Q].vlan == vlan
        assert PUBLIC[router].encode() in bytes(answer[UDP].payload), "it saw the public address"


@pytest.mark.parametrize("frame", ["untagged", "of another VLAN"])
def test_what_belongs_to_no_interface_is_dropped_and_counted(lab, trunk, frame):
    mac = who_has(trunk, 101)
    header = Ether(src=trunk.mac, dst=mac) if frame == "untagged" else tagged(103, trunk, mac)
    before = lab.appliance.counters()["totals"]["dropped"]
    trunk.send(header / IP(src=GUEST, dst=GUEST_GATEWAY) / ICMP(id=9))
    wait_until(lambda: lab.appliance.counters()["totals"]["dropped"] > before, "it is counted")
    assert not trunk.received(lambda f: ICMP in f and f[ICMP].type == 0 and f[ICMP].id == 9)


def test_a_public_network_may_be_tagged_too(lab, document, trunk):
    red = document["routers"]["red"]
    red["interfaces"]["public0"] |= {"port": "trunk", "vlan": 201}
    del document["ports"]["wan-red"]
    lab.appliance.put(document)
    trunk.send(tagged(201, trunk) / ARP(op="who-has", hwsrc=trunk.mac, psrc=INTERNET_GATEWAY,
                                        pdst=PUBLIC["red"]))
    answer = trunk.expect(lambda f: ARP in f and f[ARP].op == 2 and f[ARP].psrc == PUBLIC["red"],
                          "the public address answers ARP")
    assert answer[Dot1Q].vlan == 201
