"""What is reachable in a router's namespace, and what is not."""

import json
import socket

import pytest

from lab.commands import wait_until
from lab.host import Host
from lab.namespace import cable
from lab.topology import GUEST_GATEWAY, PUBLIC, SERVER

RED = PUBLIC["red"]


@pytest.fixture
def inside(lab, document):
    """The namespace of router red."""
    made = lab.inside("red")
    yield made
    made.stop_servers()


def test_every_interface_has_a_tap_with_its_addresses(inside):
    shown = {link["ifname"]: {address["local"] for address in link["addr_info"]}
             for link in json.loads(inside.run("ip", "-j", "address").stdout)}
    assert GUEST_GATEWAY in shown["guest0"] and RED in shown["public0"]


def test_the_namespace_has_the_routes_of_the_router(inside):
    assert "via 203.0.113.1 dev public0" in inside.run("ip", "route", "show", "default").stdout


def test_a_daemon_started_by_mistake_is_unreachable_from_guests_and_outside(lab, document, inside,
                                                                            red):
    red["firewall_rules"] = {"all": {"destination": RED}}
    lab.appliance.put(document)
    inside.serve(http=[8888], udp=[8889])
    assert inside.curl(f"http://{GUEST_GATEWAY}:8888/"), "it does run"
    assert lab.red_vm1.is_silent(f"http://{GUEST_GATEWAY}:8888/")
    assert lab.red_vm1.is_silent(f"http://{RED}:8888/")
    assert lab.server.is_silent(f"http://{RED}:8888/")
    assert lab.red_vm1.ask(GUEST_GATEWAY, 8889) is None
    assert lab.server.ask(RED, 8889) is None


def test_the_guard_of_the_namespace_stands_by_itself(lab, inside):
    """Even a cable straight into the namespace, past the packet path, leads nowhere."""
    inside.serve(http=[8888])
    probe = lab.namespace("probe", Host, address="10.77.0.2")
    cable(inside, "mistake", probe, "eth0")
    inside.ip("address add 10.77.0.1/24 dev mistake")
    probe.configure(24, "10.77.0.1")
    try:
        assert probe.is_silent("http://10.77.0.1:8888/")
    finally:
        inside.ip("link del mistake")


def test_a_service_of_the_guest_network_is_reached_by_guests_only(lab, document, inside, red):
    red["firewall_rules"] = {"all": {"destination": RED}}
    lab.appliance.put(document)
    inside.serve(udp=[53], http=[80])
    assert lab.red_vm1.ask(GUEST_GATEWAY, 53) | {"port": 0} == {
        "host": "router-red", "client": "10.1.1.11", "port": 0}
    assert lab.red_vm1.seen_by(f"http://{GUEST_GATEWAY}/")["host"] == "router-red"
    assert lab.server.ask(RED, 53) is None
    assert lab.server.is_silent(f"http://{RED}/")
    assert lab.blue_vm1.ask(GUEST_GATEWAY, 53) is None, "it is another router's"


def test_services_that_an_interface_does_not_list_are_unreachable(lab, document, inside, red):
    red["interfaces"]["guest0"]["services"] = ["dhcp"]
    lab.appliance.put(document)
    inside.serve(udp=[53])
    assert lab.red_vm1.ask(GUEST_GATEWAY, 53) is None


def test_the_router_itself_can_call_out(lab, inside):
    assert inside.seen_by(f"http://{SERVER}/")["client"] == RED


def test_what_guests_send_to_a_service_is_policed(lab, document, inside):
    """dhcp lets 2000 packets a second through, and a burst of as many."""
    with inside.entered():
        sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
    sink.bind(("0.0.0.0", 67))
    before = lab.appliance.drops("policed_service")
    with sink, lab.red_vm1.socket(socket.SOCK_DGRAM) as source:
        def flood():
            for _ in range(2000):
                source.sendto(b"x" * 64, (GUEST_GATEWAY, 67))
            return lab.appliance.drops("policed_service") > before + 1000
        wait_until(flood, "what is too much is dropped")


def test_the_namespaces_follow_the_document(lab, document, inside, red):
    def has_tap(name):
        return inside.run("ip", "link", "show", name, check=False).returncode == 0
    red["interfaces"]["guest1"] = {"role": "guest", "port": "lan-red", "vlan": 77,
                                   "addresses": ["10.7.7.1/24"]}
    lab.appliance.put(document)
    wait_until(lambda: has_tap("guest1"), "the new TAP appears")
    del red["interfaces"]["guest1"]
    lab.appliance.put(document)
    wait_until(lambda: not has_tap("guest1"), "the TAP goes with its interface")
