"""Ports of a public address, sent on to ports of guests."""

import json

import pytest

from lab.topology import PUBLIC, SERVER, STRANGER

RED = PUBLIC["red"]


@pytest.fixture
def forward(lab, document, red):
    """Makes these port forwards the router's, all of it opened by the firewall."""
    def put(**forwards):
        red["port_forwards"] = forwards
        red["firewall_rules"] = {"all": {"destination": RED}}
        lab.appliance.put(document)
    return put


def tcp(public, private, **more):
    return {"protocol": "tcp", "public": f"{RED}:{public}", "private": private, **more}


def udp(public, private, **more):
    return {**tcp(public, private, **more), "protocol": "udp"}


def test_a_single_port_is_sent_on(lab, forward):
    forward(web=tcp(8080, "10.1.1.11:80"))
    assert lab.server.seen_by(f"http://{RED}:8080/") | {"port": 0} == {
        "host": "red-vm1", "client": SERVER, "port": 0}


def test_tcp_and_udp_are_apart(lab, forward):
    forward(one=tcp(7000, "10.1.1.11:7000"), other=udp(7000, "10.1.1.12:7000"))
    with lab.server.connect(RED, 7000) as talk:
        assert talk.say()["host"] == "red-vm1"
    assert lab.server.ask(RED, 7000)["host"] == "red-vm2"


def test_netcat_has_a_conversation_through_it(lab, forward):
    forward(talk=tcp(7000, "10.1.1.11:7000"))
    said = lab.server.run("nc", "-N", "-w", 2, RED, 7000, stdin="hello\n").stdout
    assert json.loads(said)["host"] == "red-vm1"


def test_a_range_keeps_its_port_numbers(lab, forward):
    forward(range=tcp("7000-7002", "10.1.1.11:7000-7002"))
    for port in (7000, 7001, 7002):
        with lab.server.connect(RED, port) as talk:
            assert talk.say()["host"] == "red-vm1"


def test_a_range_may_be_shifted(lab, forward):
    forward(range=udp("9000-9001", "10.1.1.12:7000-7001"))
    assert lab.server.ask(RED, 9000)["host"] == "red-vm2"
    assert lab.server.ask(RED, 9001)["host"] == "red-vm2"
    assert lab.server.ask(RED, 9002) is None


def test_only_listed_sources_are_sent_on(lab, forward):
    forward(web=tcp(8080, "10.1.1.11:80", sources=["198.51.100.0/24"]))
    assert lab.server.curl(f"http://{RED}:8080/")
    assert lab.stranger.is_silent(f"http://{RED}:8080/")
    assert STRANGER not in str(lab.appliance.sessions(router="red"))


def test_ports_beside_the_forward_stay_silent(lab, forward):
    forward(web=tcp(8080, "10.1.1.11:80"))
    assert lab.server.is_silent(f"http://{RED}:8081/")


def test_an_address_of_its_own_may_be_forwarded(lab, document, red):
    red["port_forwards"] = {"web": {"protocol": "tcp", "public": "203.0.113.40:80",
                                    "private": "10.1.1.11:80"}}
    red["firewall_rules"] = {"web": {"destination": "203.0.113.40", "protocol": "tcp",
                                     "ports": "80"}}
    lab.appliance.put(document)
    assert lab.server.seen_by("http://203.0.113.40/")["host"] == "red-vm1"


def test_hairpin_a_guest_reaches_another_by_the_public_endpoint(lab, forward):
    forward(web=tcp(8080, "10.1.1.11:80"))
    assert lab.red_vm2.seen_by(f"http://{RED}:8080/") | {"port": 0} == {
        "host": "red-vm1", "client": "10.1.1.1", "port": 0}


def test_hairpin_a_guest_reaches_itself_by_the_public_endpoint(lab, forward):
    forward(web=tcp(8080, "10.1.1.11:80"))
    assert lab.red_vm1.seen_by(f"http://{RED}:8080/")["host"] == "red-vm1"


def test_hairpin_is_judged_by_the_firewall(lab, document, red, forward):
    forward(web=tcp(8080, "10.1.1.11:80"))
    red["firewall_rules"] = {"web": {"destination": RED, "protocol": "tcp", "ports": "8080",
                                     "sources": ["198.51.100.0/24"]}}
    lab.appliance.put(document)
    assert lab.server.curl(f"http://{RED}:8080/")
    assert lab.red_vm2.is_silent(f"http://{RED}:8080/")


def test_source_nat_never_takes_a_forwarded_port(lab, forward):
    forward(talk=udp(41500, "10.1.1.12:7000"))
    assert lab.red_vm1.ask(SERVER, 7000, source_port=41500)["port"] != 41500
    assert lab.server.ask(RED, 41500)["host"] == "red-vm2"
