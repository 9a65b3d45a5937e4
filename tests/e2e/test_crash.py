"""kill -9 of either daemon, in a loop."""

import threading

import pytest

from lab import Refused
from lab.commands import wait_until
from lab.topology import PUBLIC, SERVER

RED = PUBLIC["red"]


@pytest.fixture
def forwarded(lab, document, red):
    red["port_forwards"] = {"web": {"protocol": "tcp", "public": f"{RED}:8080",
                                    "private": "10.1.1.11:80"}}
    red["firewall_rules"] = {"web": {"destination": RED, "protocol": "tcp", "ports": "8080"}}
    lab.appliance.put(document)


def rule(number):
    return {"destination": RED, "protocol": "udp", "ports": str(10000 + number)}


def rules(lab):
    return lab.appliance.api.get("/v1/config")["routers"]["red"].get("firewall_rules", {})


def test_killing_viaductd_after_each_change_loses_none_of_them(lab, document):
    ping = lab.red_vm1.start_ping(SERVER, 0.005)
    for number in range(10):
        lab.appliance.api.put(f"/v1/config/routers/red/firewall_rules/r{number}", rule(number))
        lab.appliance.controlplane.kill()
        lab.appliance.start_controlplane()
        assert rules(lab)[f"r{number}"] == rule(number)
    report = lab.red_vm1.end_ping(ping)
    assert len(rules(lab)) == 10
    # ping counts the packet that is on its way when it is ended.
    assert report.lost <= 1, report.output[-400:]


def test_killing_viaductd_in_the_middle_of_changes_loses_no_acknowledged_one(lab, document):
    acknowledged = []

    def change():
        number = len(acknowledged)
        try:
            while True:
                lab.appliance.api.put(f"/v1/config/routers/red/firewall_rules/r{number}",
                                      rule(number))
                acknowledged.append(number)
                number += 1
        except (OSError, Refused, ValueError):
            pass  # it was killed
        except Exception as error:  # http.client tells a torn answer in several ways
            assert "http" in type(error).__module__, repr(error)

    for _ in range(8):
        already = len(acknowledged)
        changing = threading.Thread(target=change)
        changing.start()
        wait_until(lambda already=already: len(acknowledged) >= already + 5, "changes go in")
        lab.appliance.controlplane.kill()
        changing.join()
        lab.appliance.start_controlplane()
        there = rules(lab)
        for number in acknowledged:
            assert there.get(f"r{number}") == rule(number), f"change {number} was acknowledged"
        assert len(there) <= len(acknowledged) + 1, "an unacknowledged change is there or not"


def test_sessions_outlive_viaductd(lab, document):
    with lab.red_vm1.connect(SERVER, 7000) as talk:
        before = talk.say()
        lab.appliance.controlplane.kill()
        assert talk.say() == before
        lab.appliance.start_controlplane()
        assert talk.say() == before


def test_the_data_plane_comes_back_with_the_configuration_by_itself(lab, forwarded):
    lab.appliance.controlplane.kill()
    try:
        for _ in range(3):
            lab.appliance.dataplane.kill()
            lab.appliance.start_dataplane()
            wait_until(lab.appliance.ports_are_up, "the ports are up again")
            assert lab.server.seen_by(f"http://{RED}:8080/")["host"] == "red-vm1"
            assert lab.red_vm1.seen_by(f"http://{SERVER}/")["client"] == RED
            assert lab.blue_vm1.seen_by(f"http://{SERVER}/")["client"] == PUBLIC["blue"]
    finally:
        lab.appliance.start_controlplane()


def test_a_change_made_while_the_data_plane_is_down_follows(lab, document, red):
    lab.appliance.dataplane.kill()
    red["source_nats"]["default"]["addresses"] = ["203.0.113.50"]
    try:
        assert lab.appliance.put(document)["applied"] is False
    finally:
        lab.appliance.start_dataplane()
    wait_until(lab.appliance.ports_are_up, "the ports are up again")
    revision = lab.appliance.api.request("GET", "/v1/config").etag.strip('"')
    wait_until(lambda: lab.appliance.control.ask("hello")["revision"] == int(revision),
               "the change arrives")
    assert lab.red_vm1.seen_by(f"http://{SERVER}/")["client"] == "203.0.113.50"


def test_a_running_data_plane_is_taken_over_as_it_is(lab, forwarded):
    before = lab.appliance.control.ask("hello")
    lab.appliance.controlplane.kill()
    lab.appliance.start_controlplane()
    after = lab.appliance.control.ask("hello")
    assert after["revision"] == before["revision"]
    assert lab.server.curl(f"http://{RED}:8080/")


def test_usage_never_runs_backwards(lab, document):
    def usage():
        counters = lab.appliance.counters()["routers"]["red"]["public_addresses"]
        return counters.get(RED, {})
    lab.red_vm1.ping(SERVER, 20)
    for _ in range(4):
        reported = wait_until(usage, "usage is reported")
        lab.appliance.dataplane.kill()
        lab.appliance.start_dataplane()
        wait_until(lab.appliance.ports_are_up, "the ports are up again")
        for name, value in usage().items():
            assert value >= reported[name], f"{name} ran backwards"
        lab.red_vm1.ping(SERVER, 5)
    assert usage()["out_packets"] > reported["out_packets"]


def test_both_end_cleanly_when_asked(lab, document):
    assert lab.appliance.stop() == {"viaductd": 0, "viaduct-dataplane": 0}
    lab.appliance.start()
    wait_until(lab.appliance.ports_are_up, "the ports are up again")
    assert lab.red_vm1.seen_by(f"http://{SERVER}/")["client"] == RED
