"""Datagrams in fragments pass in both directions, and larger ones leave in fragments."""

import os
import socket

import pytest

from lab.host import Host
from lab.topology import GUEST_GATEWAY, PUBLIC, SERVER

DB = "203.0.113.12"
LARGE = os.urandom(4000)
IP_MTU_DISCOVER, IP_PMTUDISC_DONT = 10, 0


@pytest.fixture
def static_nat(lab, document, red):
    red["static_nats"] = {"db": {"public": DB, "private": "10.1.1.12"}}
    red["firewall_rules"] = {"ping": {"destination": DB, "protocol": "icmp", "icmp_type": 8}}
    lab.appliance.put(document)


@pytest.fixture
def port_forward(lab, document, red):
    red["port_forwards"] = {"game": {"protocol": "udp", "public": f"{PUBLIC['red']}:7100",
                                     "private": "10.1.1.12:7100"}}
    red["firewall_rules"] = {"game": {"destination": PUBLIC["red"], "protocol": "udp"}}
    lab.appliance.put(document)


def carry(sender, listener, address, port=7100, data=LARGE):
    """One datagram there, and one back to where it came from; both are to arrive as they were."""
    with listener.socket(socket.SOCK_DGRAM, port) as there, \
            sender.socket(socket.SOCK_DGRAM) as here:
        for one in (here, there):
            one.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
        here.sendto(data, (address, port))
        arrived, seen_as = there.recvfrom(65536)
        there.sendto(data[::-1], seen_as)
        answer, answered_by = here.recvfrom(65536)
    assert arrived == data
    assert answer == data[::-1]
    assert answered_by == (address, port)


def test_a_large_ping_goes_out_through_source_nat(lab, document):
    assert lab.red_vm1.ping(SERVER, 5, "-s", "4000").lost == 0


def test_a_large_ping_comes_in_through_static_nat(lab, static_nat):
    assert lab.server.ping(DB, 5, "-s", "4000").lost == 0


def test_the_router_answers_a_large_ping(lab, document):
    assert lab.red_vm1.ping(GUEST_GATEWAY, 5, "-s", "4000").lost == 0


def test_large_datagrams_pass_source_nat(lab, document):
    carry(lab.red_vm1, lab.server, SERVER)


def test_large_datagrams_pass_a_port_forward(lab, port_forward):
    carry(lab.server, lab.red_vm2, PUBLIC["red"])


def test_large_datagrams_turn_back_to_another_guest(lab, port_forward):
    carry(lab.red_vm1, lab.red_vm2, PUBLIC["red"])


def test_a_datagram_of_the_greatest_size_passes(lab, document):
    carry(lab.red_vm1, lab.server, SERVER, data=os.urandom(60000))


def test_a_large_answer_to_a_small_question_arrives(lab, document):
    """As a name server's of more than a packet."""
    with lab.server.socket(socket.SOCK_DGRAM, 7100) as there, \
            lab.red_vm1.socket(socket.SOCK_DGRAM) as here:
        here.sendto(b"large.example?", (SERVER, 7100))
        there.sendto(LARGE, there.recvfrom(100)[1])
        assert here.recv(65536) == LARGE


def test_a_large_answer_of_the_routers_own_name_server_arrives(lab, document):
    home = Host(lab.appliance.namespace_prefix + "red", lab.directory, "red", GUEST_GATEWAY)
    with home.socket(socket.SOCK_DGRAM, 53) as there, \
            lab.red_vm1.socket(socket.SOCK_DGRAM) as here:
        here.sendto(b"large.example?", (GUEST_GATEWAY, 53))
        there.sendto(LARGE, there.recvfrom(100)[1])
        assert here.recv(65536) == LARGE


def test_a_large_question_reaches_the_routers_own_host(lab, document):
    home = Host(lab.appliance.namespace_prefix + "red", lab.directory, "red", GUEST_GATEWAY)
    with home.socket(socket.SOCK_DGRAM, 53) as there, \
            lab.red_vm1.socket(socket.SOCK_DGRAM) as here:
        here.sendto(LARGE, (GUEST_GATEWAY, 53))
        assert there.recv(65536) == LARGE


def test_what_is_too_large_for_the_next_link_leaves_in_fragments(lab, document, red):
    red["interfaces"]["public0"]["mtu"] = 1000
    lab.appliance.put(document)
    with lab.server.socket(socket.SOCK_DGRAM, 7100) as there, \
            lab.red_vm1.socket(socket.SOCK_DGRAM) as here:
        here.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
        here.sendto(LARGE[:1400], (SERVER, 7100))
        assert there.recv(65536) == LARGE[:1400]
