"""Public addresses of an isolated network, beyond the ordinary: rules that stand alone, that come
twice or change, a second public network, hairpins, and what must stay silent."""

import json

import pytest

from lab.cloudstack.isolated import (FAR, FORWARDS, NEAR, ROUTER, STATIC, refuses_or_answers, talk)
from lab.commands import wait_until
from lab.host import Host

SECOND, SECOND_GATEWAY = "192.0.2.10", "192.0.2.1"


def forward(public_ports, private, private_ports, address=FORWARDS, **more):
    return {"revoke": False, "protocol": "tcp", "source_ip_address": address,
            "source_port_range": public_ports, "destination_ip_address": private,
            "destination_port_range": private_ports, **more}


def ingress(number, address, first, last, *sources, **more):
    return {"id": number, "src_ip": address, "protocol": "tcp", "src_port_range": [first, last],
            "revoked": False, "already_added": False, "source_cidr_list": sources or ["0.0.0.0/0"],
            "dest_cidr_list": [], "purpose": "Firewall", "traffic_type": "Ingress",
            "default_egress_policy": False, **more}


def answers_seen(network):
    """What the outside gets of everything that the samples open or do not."""
    return {(source, address, port): network.who_answers(source, address, port)
            for source in (FAR, NEAR) for address, port in
            ((FORWARDS, 2222), (FORWARDS, 8005), (FORWARDS, 9000), (STATIC, 5432), (STATIC, 7777))}


def test_vr_051_a_rule_without_a_forward_exposes_nothing(booted):
    booted.say("firewallrules", rules=[ingress(1900 + port, ROUTER, port, port)
                                       for port in (22, 53, 80, 3922, 8080)])
    for port in (22, 53, 80, 3922, 8080):
        assert not refuses_or_answers(booted.outside[FAR], ROUTER, port), port


def test_vr_052_a_forward_without_a_rule_lets_nobody_in(booted):
    booted.say("forwardrules", rules=[forward("9100:9100", "10.1.1.11", "22:22")])
    assert booted.who_answers(FAR, FORWARDS, 9100) is None
    booted.say("firewallrules", rules=[ingress(1910, FORWARDS, 9100, 9100)])
    assert booted.who_answers(FAR, FORWARDS, 9100) == ("web1", FAR)


def test_vr_055_rules_may_come_twice(booted):
    before = answers_seen(booted)
    booted.send("iso-04-firewall_rules-ingress")
    booted.send("iso-04-firewall_rules-ingress")
    assert answers_seen(booted) == before


def test_vr_056_a_known_rule_keeps_its_ports(booted):
    def with_another_port(content):
        content["rules"][0]["src_port_range"] = [9000, 9000]
    booted.tell("iso-04-firewall_rules-ingress", with_another_port)
    assert booted.who_answers(FAR, FORWARDS, 2222) == ("web1", FAR)


def test_vr_059_static_nat_takes_the_place_of_forwards(booted):
    rule = {"revoke": False, "source_ip_address": FORWARDS, "source_port_range": "0:0",
            "destination_ip_address": "10.1.1.13"}
    booted.say("staticnatrules", rules=[rule])
    assert booted.who_answers(FAR, FORWARDS, 8005) == ("db1", FAR)
    booted.say("staticnatrules", rules=[rule | {"revoke": True}])
    assert booted.who_answers(FAR, FORWARDS, 8005) is None
    assert booted.who_answers(FAR, FORWARDS, 2222) is None, "its forwards went with it"


def test_vr_062_a_released_address_comes_back(booted):
    booted.send("iso-33-ip_associations-release")
    booted.send("iso-01-ip_associations")
    asked = booted.outside[NEAR].run("arping", "-c", "1", "-w", "2", "-I", "eth0", FORWARDS,
                                     check=False)
    assert asked.returncode == 0, asked.stdout


@pytest.fixture(scope="module")
def second(isolated):
    """Whoever is behind the second public network; the same remote host is there, too."""
    name = f"{isolated.driven.name}second"
    isolated.driven.good("client", name, "--on", "eth3", "--mac", "02:00:00:00:03:c8",
                         "--ip", f"{SECOND_GATEWAY}/24", "--ip", f"{FAR}/32")
    hosts = {address: Host(name, isolated.logs, "second", address)
             for address in (SECOND_GATEWAY, FAR)}
    hosts[FAR].serve(tcp=[443])
    yield hosts
    hosts[FAR].stop_servers()


def open_second(network):
    network.send("iso-34-ip_associations-second-vlan")
    network.send("iso-35-staticnat_rules-second-vlan")
    network.say("firewallrules", rules=[ingress(1920, SECOND, 22, 22)])


def test_vr_063_answers_leave_by_the_public_network_they_came_in(booted, second):
    open_second(booted)
    for source, host in second.items():
        assert talk(host, SECOND, 22) == ("web2", source)


def test_vr_064_a_guest_leaves_by_the_network_of_its_public_address(booted, second):
    open_second(booted)
    assert second and talk(booted.web2, FAR, 443) == ("second", SECOND)
    assert talk(booted.web1, FAR, 443) == ("ext", ROUTER)


def test_a_nic_that_comes_later_is_taken_up(booted, second):
    file = booted.driven.file("etc/viaduct/nics.json")
    every = file.read_text()
    file.write_text(json.dumps([nic for nic in json.loads(every) if nic["name"] != "eth3"]))
    try:
        booted.boot()
        open_second(booted)
        assert "eth3" not in booted.config("interfaces")
        assert talk(second[FAR], SECOND, 22) is None
    finally:
        file.write_text(every)
    booted.send("iso-20-forwarding_rules-update")
    wait_until(lambda: talk(second[FAR], SECOND, 22) == ("web2", FAR), "the NIC is taken up", 10)


def test_vr_065_an_isolated_forward_ignores_its_list_of_sources(booted):
    booted.say("forwardrules", rules=[forward("9200:9200", "10.1.1.12", "8005:8005",
                                              source_cidr_list="192.0.2.0/24")])
    booted.say("firewallrules", rules=[ingress(1925, FORWARDS, 9200, 9200)])
    assert booted.who_answers(FAR, FORWARDS, 9200) == ("web2", FAR)


def test_vr_066_a_shifted_range_arrives_shifted(booted):
    booted.say("forwardrules", rules=[forward("7000:7010", "10.1.1.12", "8000:8010")])
    booted.say("firewallrules", rules=[ingress(1930, FORWARDS, 7000, 7010)])
    assert booted.who_answers(FAR, FORWARDS, 7005) == ("web2", FAR)


def test_vr_067_guests_are_not_reached_by_their_own_addresses(booted):
    outside = booted.outside[FAR]
    outside.ip(f"route replace 10.1.1.0/24 via {ROUTER}")
    try:
        for port in (22, 8005):
            assert talk(outside, "10.1.1.12", port) is None
    finally:
        outside.ip("route del 10.1.1.0/24")


def test_vr_068_an_address_of_no_network_spoils_nothing_else(booted):
    name = booted.copy("iso-35-staticnat_rules-second-vlan", lambda content: content["rules"][0]
                       .update(source_ip_address="198.18.0.1"))
    booted.driven("vr", "update_config.py", name)  # refused, or waits
    booted.send("iso-20-forwarding_rules-update")
    assert booted.who_answers(FAR, FORWARDS, 2222) == ("web2", FAR)


def test_vr_069_070_guests_reach_public_addresses_by_the_same_rules(booted):
    assert talk(booted.web1, FORWARDS, 8005) == ("web2", "10.1.1.1")
    assert talk(booted.web2, FORWARDS, 2222) is None, "open to 198.51.100.0/24 alone"


def test_vr_071_072_guests_ping_public_addresses_that_answer(booted):
    assert booted.web1.ping(STATIC, 1).received == 1 and booted.web1.ping(ROUTER, 1).received == 1
    assert talk(booted.web1, STATIC, 5432) is None


def test_vr_074_the_router_itself_is_silent(booted):
    for port in (22, 53, 80, 443, 3922, 8080, 8081):
        assert not refuses_or_answers(booted.outside[FAR], ROUTER, port), port
