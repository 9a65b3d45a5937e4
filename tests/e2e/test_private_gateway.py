"""A private gateway leads to a network that is only routed to: nothing is translated."""

import pytest

from lab.commands import wait_until
from lab.topology import PUBLIC, SERVER

OFFICE = "172.16.0.9"


@pytest.fixture(scope="module")
def office(lab):
    """A host behind the private gateway, which knows the way to the guests."""
    lab.switch.bridge("net-office")
    lab.port("gate-red", "office")
    host = lab.host("office", OFFICE, "office", "172.16.0.1")
    host.serve(http=[80])
    host.port = lab.device("gate-red")
    return host


@pytest.fixture(autouse=True)
def gateway(lab, document, red, office):
    document["ports"]["gate-red"] = office.port
    red["interfaces"]["private0"] = {"role": "private", "port": "gate-red",
                                     "addresses": ["172.16.0.1/24"]}
    lab.appliance.put(document)
    wait_until(lab.appliance.ports_are_up, "the gateway's port is up")


def test_guests_reach_it_with_their_own_addresses(lab):
    assert lab.red_vm1.seen_by(f"http://{OFFICE}/")["client"] == "10.1.1.11"


def test_the_internet_is_still_behind_source_nat(lab):
    assert lab.red_vm1.seen_by(f"http://{SERVER}/")["client"] == PUBLIC["red"]


def test_it_reaches_no_guest_by_default(office):
    assert office.is_silent("http://10.1.1.11/")


def test_it_reaches_guests_that_a_firewall_rule_opens(lab, document, red, office):
    red["firewall_rules"] = {"office": {"destination": "10.1.1.11", "protocol": "tcp",
                                        "ports": "80", "sources": ["172.16.0.0/24"]}}
    lab.appliance.put(document)
    assert office.seen_by("http://10.1.1.11/") | {"port": 0} == {
        "host": "red-vm1", "client": OFFICE, "port": 0}
    assert office.is_silent("http://10.1.1.12/")
