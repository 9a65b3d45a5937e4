"""Changes while packets flow."""

import pytest

from lab.commands import wait_until
from lab.topology import GUEST_GATEWAY, PUBLIC, SERVER, router

RED = PUBLIC["red"]


@pytest.fixture
def pinging(lab, document):
    """A fast ping from red-vm1 to the server, which must not lose anything."""
    ping = lab.red_vm1.start_ping(SERVER, 0.002)
    yield
    wait_until(lambda: ping.output().count("bytes from") > 50, "some packets have flowed")
    report = lab.red_vm1.end_ping(ping)
    assert report.lost <= 1, report.output[-400:]  # the last one may be under way


def test_changing_the_document_loses_no_packet(lab, document, red, pinging):
    for round_ in range(200):
        red["firewall_rules"] = {f"r{i}": {"destination": RED, "protocol": "tcp",
                                           "ports": str(1000 + i)} for i in range(round_ % 50)}
        lab.appliance.put(document)


def test_ports_come_and_go_while_packets_flow(lab, document, pinging):
    lab.port("extra")
    for _ in range(3):
        document["ports"]["extra"] = lab.device("extra")
        lab.appliance.put(document)
        wait_until(lab.appliance.ports_are_up, "the new port is up")
        del document["ports"]["extra"]
        lab.appliance.put(document)


def test_a_new_router_works_at_once_and_is_gone_when_removed(lab, document, pinging):
    document["ports"] |= lab.add_site("green", {"vm1": "10.1.1.11"})
    document["routers"]["green"] = router("green", "203.0.113.4")
    lab.appliance.put(document)
    wait_until(lab.appliance.ports_are_up, "the new ports are up")
    assert lab.green_vm1.seen_by(f"http://{SERVER}/")["client"] == "203.0.113.4"
    del document["routers"]["green"]
    lab.appliance.put(document)
    assert lab.green_vm1.ping(GUEST_GATEWAY, 1, wait=0.3).received == 0


def test_a_missing_device_is_no_error_and_comes_up_when_it_appears(lab, document):
    document["ports"]["late"] = lab.device("late")
    lab.appliance.put(document)
    late = lab.appliance.counters()["ports"]["late"]
    assert late["state"] == "missing" and late["detail"]
    lab.port("late")
    wait_until(lab.appliance.ports_are_up, "the port is tried again", deadline=30)


@pytest.fixture
def forwarded(lab, document, red):
    """Port 7000 of the public address leads to vm1."""
    red["port_forwards"] = {"talk": {"protocol": "tcp", "public": f"{RED}:7000",
                                     "private": "10.1.1.11:7000"}}
    red["firewall_rules"] = {"talk": {"destination": RED, "protocol": "tcp", "ports": "7000"}}
    lab.appliance.put(document)


@pytest.mark.parametrize("collection", ["port_forwards", "firewall_rules"])
def test_a_removed_permission_ends_its_sessions_at_the_next_packet(lab, forwarded, collection):
    with lab.server.connect(RED, 7000) as talk:
        assert talk.say()["host"] == "red-vm1"
        lab.appliance.api.delete(f"/v1/config/routers/red/{collection}/talk")
        assert talk.is_cut()


def test_a_session_keeps_its_rule_or_loses_it_among_thousands(lab, document, red, forwarded):
    def thousands(first_port):
        return {f"r{i}": {"destination": RED, "protocol": "tcp", "ports": str(first_port + i)}
                for i in range(3000)}
    kept = red["firewall_rules"]["talk"]
    with lab.server.connect(RED, 7000) as talk:
        for round_ in range(5):
            red["firewall_rules"] = thousands(10_000 + round_) | {"talk": kept}
            lab.appliance.put(document)
            assert talk.say()["host"] == "red-vm1"
        red["firewall_rules"] = thousands(20_000)
        lab.appliance.put(document)
        assert talk.is_cut()


@pytest.mark.parametrize("collection", ["port_forwards", "firewall_rules"])
def test_unless_it_says_drain(lab, document, red, forwarded, collection):
    red[collection]["talk"]["on_remove"] = "drain"
    lab.appliance.put(document)
    with lab.server.connect(RED, 7000) as talk:
        talk.say()
        lab.appliance.api.delete(f"/v1/config/routers/red/{collection}/talk")
        assert talk.say()["host"] == "red-vm1"
        assert lab.server.is_silent(f"http://{RED}:7000/"), "nothing new comes in"


def test_a_new_egress_denial_ends_what_it_denies_and_nothing_else(lab, document, red):
    with lab.red_vm1.connect(SERVER, 7000) as denied, lab.red_vm1.connect(SERVER, 7001) as kept:
        denied.say(), kept.say()
        red["egress_rules"] = {"no": {"interface": "guest0", "protocol": "tcp", "ports": "7000"}}
        lab.appliance.put(document)
        assert denied.is_cut()
        assert kept.say()["client"] == RED


def test_an_unrelated_change_leaves_sessions_and_their_translation_alone(lab, document, red):
    with lab.red_vm1.connect(SERVER, 7000) as talk:
        before = talk.say()
        red["static_nats"] = {"db": {"public": "203.0.113.12", "private": "10.1.1.12"}}
        red["source_nats"]["special"] = {"sources": ["10.1.1.13/32"],
                                         "addresses": ["203.0.113.30"]}
        lab.appliance.put(document)
        assert talk.say() == before


def test_a_guest_that_gets_a_static_nat_ends_its_old_translation(lab, document, red):
    with lab.red_vm2.connect(SERVER, 7000) as talk:
        assert talk.say()["client"] == RED
        red["static_nats"] = {"db": {"public": "203.0.113.12", "private": "10.1.1.12"}}
        lab.appliance.put(document)
        assert talk.is_cut()
    assert lab.red_vm2.seen_by(f"http://{SERVER}/")["client"] == "203.0.113.12"


def test_a_dry_run_tells_what_would_change_and_be_cut(lab, document, forwarded):
    def told():
        return lab.appliance.api.delete("/v1/config/routers/red/port_forwards/talk?dry_run=true")
    before = told()["sessions"]["cut"]
    with lab.server.connect(RED, 7000) as talk:
        talk.say()
        change, = told()["changes"]
        assert (change["op"], change["path"]) == ("remove", "/routers/red/port_forwards/talk")
        assert told()["sessions"]["cut"] == before + 1
        assert talk.say()["host"] == "red-vm1", "nothing has changed"
