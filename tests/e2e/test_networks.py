"""Settings of a guest network, as its guests and strangers notice them."""

import socket
import time

import pytest
from scapy.layers.l2 import ARP, Ether

from lab import Refused, Wire, wait_until
from lab.topology import GUEST_GATEWAY, PUBLIC, SERVER

PORT = 40123
MAC_OF_THIEF = "02:00:00:00:66:66"


@pytest.fixture(name="network")
def settings(lab, document, red):
    """Says what the network of red's guests is like."""
    def put(**wanted):
        red["networks"] = {"guest0": wanted}
        lab.appliance.put(document)
    return put


@pytest.fixture(name="caller")
def guest_that_spoke_to_the_server(lab):
    """A guest's socket that has a public endpoint, by a word to the server."""
    with lab.red_vm1.socket(socket.SOCK_DGRAM, PORT) as asking:
        yield asking


def spoke(asking):
    asking.sendto(b"hello", (SERVER, 7000))
    asking.recv(2048)
    return asking


def hears(asking, words):
    asking.settimeout(0.7)
    try:
        return asking.recv(2048) == words
    except socket.timeout:
        return False


def calls(host, words):
    with host.socket(socket.SOCK_DGRAM) as calling:
        calling.sendto(words, (PUBLIC["red"], PORT))


def test_strangers_do_not_reach_a_guest_by_its_mapping(lab, document, caller):
    spoke(caller)
    calls(lab.stranger, b"stranger")
    assert not hears(caller, b"stranger")


def test_strangers_reach_a_guest_whose_network_filters_nobody(lab, network, caller):
    network(filtering="endpoint-independent")
    spoke(caller)
    calls(lab.stranger, b"stranger")
    assert hears(caller, b"stranger")


def test_an_address_that_was_spoken_to_reaches_the_guest_from_every_port(lab, network, caller):
    network(filtering="address-dependent")
    spoke(caller)
    calls(lab.server, b"server")
    assert hears(caller, b"server")
    calls(lab.stranger, b"stranger")
    assert not hears(caller, b"stranger")


def test_each_peer_sees_another_port_where_mapping_depends_on_it(lab, network, caller):
    network(mapping="address-and-port-dependent")
    ports = {lab.red_vm1.ask(SERVER, port, source_port=41000)["port"] for port in (7000, 7001)}
    assert len(ports) == 2


def test_sessions_end_when_the_network_says(lab, network):
    network(udp_timeout=2)
    assert lab.red_vm1.ask(SERVER, 7000)
    assert lab.appliance.sessions(router="red", protocol="udp")
    began = time.monotonic()
    wait_until(lambda: not lab.appliance.sessions(router="red", protocol="udp"),
               "the session ends", deadline=20)
    assert time.monotonic() - began > 1


def test_a_guest_has_no_more_ports_than_its_network_gives_it(lab, network):
    network(ports_per_guest=3)
    refused = lab.appliance.drops("guest_port_limit")
    answers = [lab.red_vm1.ask(SERVER, 7000, source_port=42000 + i, timeout=0.5) for i in range(5)]
    assert [bool(answer) for answer in answers] == [True] * 3 + [False] * 2
    assert lab.appliance.drops("guest_port_limit") == refused + 2
    assert lab.red_vm2.ask(SERVER, 7000), "another guest has its own"


def test_ports_in_use_are_seen_before_they_run_out(lab, document):
    assert lab.red_vm1.ask(SERVER, 7000)
    ports = lab.appliance.counters()["routers"]["red"]["public_ports"][PUBLIC["red"]]
    assert 0 < ports["udp"]["taken"] < ports["udp"]["limit"] == 60416
    told = lab.appliance.cli("counters").stdout
    assert f"{ports['udp']['taken']} of 60416" in told


def test_segments_fit_the_smaller_network(lab, document, red):
    red["interfaces"]["guest0"]["mtu"] = 1280
    lab.appliance.put(document)
    with lab.red_vm1.connect(SERVER, 7000) as talk:
        assert talk.say()
        largest = talk.connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
    assert largest <= 1240


def test_a_known_guests_address_is_nobody_elses(lab, document, red):
    mac = lab.red_vm1.run("cat", "/sys/class/net/eth0/address").stdout.strip()
    red["guests"] = {"vm1": {"interface": "guest0", "mac": mac,
                             "addresses": [lab.red_vm1.address]}}
    lab.appliance.put(document)
    assert lab.red_vm1.ping(SERVER).lost == 0
    stolen = lab.appliance.drops("spoofed_arp")
    thief = Wire(lab.red_vm2, "eth0")
    thief.send(Ether(dst="ff:ff:ff:ff:ff:ff", src=MAC_OF_THIEF) /
               ARP(op=1, hwsrc=MAC_OF_THIEF, psrc=lab.red_vm1.address, pdst=lab.red_vm1.address))
    thief.close()
    wait_until(lambda: lab.appliance.drops("spoofed_arp") > stolen, "the theft is noticed")
    assert lab.red_vm1.ping(SERVER, 3).lost == 0
    assert lab.red_vm1.ping(GUEST_GATEWAY).lost == 0


@pytest.mark.parametrize("collection, id_, body, pointer", [
    ("networks", "guest7", {}, "/routers/red/networks/guest7"),
    ("networks", "public0", {}, "/routers/red/networks/public0"),
    ("networks", "guest0", {"mapping": "full-cone"}, "/routers/red/networks/guest0/mapping"),
    ("networks", "guest0", {"udp_timeout": 0}, "/routers/red/networks/guest0/udp_timeout"),
    ("networks", "guest0", {"port_block": 100}, "/routers/red/networks/guest0/port_block"),
    ("guests", "vm1", {"interface": "guest0", "mac": "02:00:00:00:00:01",
                       "addresses": ["192.0.2.1"]}, "/routers/red/guests/vm1/addresses/0"),
])
def test_nonsense_is_refused_with_its_place(lab, document, red, collection, id_, body, pointer):
    red[collection] = {id_: body}
    with pytest.raises(Refused) as refused:
        lab.appliance.put(document)
    assert refused.value.pointer == pointer
