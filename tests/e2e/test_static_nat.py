"""One public address stands for one guest, both ways."""

import pytest

from lab.topology import PUBLIC, SERVER

DB = "203.0.113.12"


@pytest.fixture(autouse=True)
def static_nat(lab, document, red):
    red["static_nats"] = {"db": {"public": DB, "private": "10.1.1.12"}}
    red["firewall_rules"] = {
        "web": {"destination": DB, "protocol": "tcp", "ports": "80"},
        "udp": {"destination": DB, "protocol": "udp", "ports": "7000"},
        "ping": {"destination": DB, "protocol": "icmp", "icmp_type": 8}}
    lab.appliance.put(document)


def test_outward_the_guest_speaks_as_its_own_address(lab):
    assert lab.red_vm2.seen_by(f"http://{SERVER}/")["client"] == DB


def test_outward_ports_stay_untouched(lab):
    assert lab.red_vm2.ask(SERVER, 7000, source_port=777) == {
        "host": "server", "client": DB, "port": 777}


def test_other_guests_keep_source_nat(lab):
    assert lab.red_vm1.seen_by(f"http://{SERVER}/")["client"] == PUBLIC["red"]


def test_inward_the_guest_answers_and_sees_who_calls(lab):
    assert lab.server.seen_by(f"http://{DB}/") | {"port": 0} == {
        "host": "red-vm2", "client": SERVER, "port": 0}
    assert lab.server.ask(DB, 7000)["host"] == "red-vm2"


def test_ping_comes_in_where_the_firewall_lets_it(lab):
    assert lab.server.ping(DB, 3).lost == 0


def test_inward_only_what_the_firewall_opens(lab):
    assert lab.server.is_silent(f"http://{DB}:81/")
    assert lab.server.ask(DB, 7001) is None


def test_it_wins_over_a_port_forward_of_the_same_address(lab, document, red):
    red["port_forwards"] = {"web": {"protocol": "tcp", "public": f"{DB}:80",
                                    "private": "10.1.1.11:80"}}
    lab.appliance.put(document)
    assert lab.server.seen_by(f"http://{DB}/")["host"] == "red-vm2"


def test_the_router_answers_arp_for_it(lab):
    lab.internet.ip("neigh flush dev eth0")
    assert lab.server.curl(f"http://{DB}/")
    entry = lab.internet.run("ip", "neigh", "show", DB).stdout
    assert "lladdr" in entry and "FAILED" not in entry


def test_hairpin_guests_reach_each_other_by_the_public_address(lab):
    # One guest network: the answer must come back through the router, so it is the caller here.
    assert lab.red_vm1.seen_by(f"http://{DB}/") | {"port": 0} == {
        "host": "red-vm2", "client": "10.1.1.1", "port": 0}


def test_hairpin_a_guest_reaches_itself_by_its_public_address(lab):
    assert lab.red_vm2.seen_by(f"http://{DB}/")["host"] == "red-vm2"


def test_hairpin_is_judged_by_the_firewall(lab):
    assert lab.red_vm1.is_silent(f"http://{DB}:81/")


def test_between_routers_it_is_as_from_outside(lab):
    assert lab.blue_vm1.seen_by(f"http://{DB}/") | {"port": 0} == {
        "host": "red-vm2", "client": PUBLIC["blue"], "port": 0}
