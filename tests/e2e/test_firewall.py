"""What the outside may open, and what guests may send."""

import pytest

from lab.topology import PUBLIC, SERVER, STRANGER

RED = PUBLIC["red"]


@pytest.fixture
def guarded(lab, document, red):
    """Forwards to vm1 on TCP and UDP 7000 to 7002, opened by the given firewall rules only."""
    def put(**rules):
        red["port_forwards"] = {
            kind: {"protocol": kind, "public": f"{RED}:7000-7002",
                   "private": "10.1.1.11:7000-7002"} for kind in ("tcp", "udp")}
        red["firewall_rules"] = {name: {"destination": RED, **rule} for name, rule in rules.items()}
        lab.appliance.put(document)
    return put


@pytest.fixture
def egress(lab, document, red):
    """Sets what guests of red may send out by default, and the exceptions."""
    def put(default, **rules):
        red["interfaces"]["guest0"]["egress"] = default
        red["egress_rules"] = {name: {"interface": "guest0", **rule}
                               for name, rule in rules.items()}
        lab.appliance.put(document)
    return put


def talks(host, port):
    try:
        with host.connect(RED, port, timeout=0.7) as talk:
            return talk.say()["host"] == "red-vm1"
    except TimeoutError:
        return False


def test_nothing_comes_in_by_default(lab, guarded):
    guarded()
    assert not talks(lab.server, 7000)
    assert lab.server.ask(RED, 7000) is None
    assert lab.server.ping(RED, 2, wait=0.3).received == 0


def test_refused_packets_are_dropped_silently_and_counted(lab, guarded):
    guarded()
    before = lab.appliance.counters()
    assert lab.server.is_silent(f"http://{RED}:7000/")
    after = lab.appliance.counters()
    assert after["totals"]["dropped"] > before["totals"]["dropped"]


def test_a_rule_opens_one_protocol(lab, guarded):
    guarded(tcp={"protocol": "tcp"})
    assert talks(lab.server, 7000)
    assert lab.server.ask(RED, 7000) is None


def test_a_rule_opens_one_port(lab, guarded):
    guarded(one={"protocol": "udp", "ports": "7001"})
    assert lab.server.ask(RED, 7001)
    assert lab.server.ask(RED, 7000) is None


def test_a_rule_opens_a_range_of_ports(lab, guarded):
    guarded(range={"protocol": "udp", "ports": "7001-7002"})
    assert lab.server.ask(RED, 7001) and lab.server.ask(RED, 7002)
    assert lab.server.ask(RED, 7000) is None


def test_a_rule_without_protocol_opens_everything(lab, guarded):
    guarded(all={})
    assert talks(lab.server, 7000) and lab.server.ask(RED, 7001)
    assert lab.server.ping(RED, 2).lost == 0


def test_a_rule_opens_to_listed_sources_only(lab, guarded):
    guarded(some={"protocol": "tcp", "sources": [f"{SERVER}/32", "10.9.0.0/16"]})
    assert talks(lab.server, 7000)
    assert not talks(lab.stranger, 7000)


def test_echo_requests_are_opened_by_icmp_type(lab, guarded):
    guarded(other={"protocol": "icmp", "icmp_type": 13})
    assert lab.server.ping(RED, 1, wait=0.3).received == 0
    guarded(ping={"protocol": "icmp", "icmp_type": 8, "icmp_code": 0})
    assert lab.server.ping(RED, 3).lost == 0


def test_rules_speak_of_ports_as_the_outside_sees_them(lab, document, red):
    red["port_forwards"] = {"web": {"protocol": "tcp", "public": f"{RED}:8080",
                                    "private": "10.1.1.11:80"}}
    red["firewall_rules"] = {"inside": {"destination": RED, "protocol": "tcp", "ports": "80"}}
    lab.appliance.put(document)
    assert lab.server.is_silent(f"http://{RED}:8080/")
    red["firewall_rules"] = {"outside": {"destination": RED, "protocol": "tcp", "ports": "8080"}}
    lab.appliance.put(document)
    assert lab.server.curl(f"http://{RED}:8080/")


def test_answers_to_what_guests_opened_come_in_without_a_rule(lab, guarded):
    guarded()
    assert lab.red_vm1.curl(f"http://{SERVER}/")


def test_only_the_peer_that_a_guest_spoke_to_may_answer(lab, guarded):
    guarded()
    with lab.red_vm1.socket(2, port=41700) as asking:  # SOCK_DGRAM
        asking.sendto(b"hello", (SERVER, 7000))
        asking.recv(2048)
        with lab.stranger.socket(2) as intruder:
            intruder.sendto(b"intruder", (RED, 41700))
        asking.sendto(b"again", (SERVER, 7000))
        assert b"server" in asking.recv(2048)


def test_guests_may_send_anything_where_egress_allows(lab, egress):
    egress("allow")
    assert lab.red_vm1.curl(f"http://{SERVER}/")
    assert lab.red_vm1.ping(SERVER, 1).lost == 0


def test_an_exception_denies_where_egress_allows(lab, egress):
    egress("allow", web={"protocol": "tcp", "ports": "81"})
    assert lab.red_vm1.is_silent(f"http://{SERVER}:81/")
    assert lab.red_vm1.curl(f"http://{SERVER}/")


def test_nothing_leaves_where_egress_denies(lab, egress):
    egress("deny")
    assert lab.red_vm1.is_silent(f"http://{SERVER}/")
    assert lab.red_vm1.ask(SERVER, 7000) is None
    assert lab.red_vm1.ping(SERVER, 1, wait=0.3).received == 0


def test_an_exception_allows_where_egress_denies(lab, egress):
    egress("deny", web={"protocol": "tcp", "ports": "80"})
    assert lab.red_vm1.curl(f"http://{SERVER}/")
    assert lab.red_vm1.is_silent(f"http://{SERVER}:81/")


def test_exceptions_may_name_guests_and_destinations(lab, egress):
    egress("deny", some={"sources": ["10.1.1.11/32"], "destinations": [f"{STRANGER}/32"]})
    assert lab.red_vm1.curl(f"http://{STRANGER}/")
    assert lab.red_vm1.is_silent(f"http://{SERVER}/")
    assert lab.red_vm2.is_silent(f"http://{STRANGER}/")


def test_an_exception_may_name_an_icmp_type(lab, egress):
    egress("allow", ping={"protocol": "icmp", "icmp_type": 8})
    assert lab.red_vm1.ping(SERVER, 1, wait=0.3).received == 0
    assert lab.red_vm1.curl(f"http://{SERVER}/")


def test_guests_of_one_network_are_never_filtered(lab, egress):
    egress("deny")
    assert lab.red_vm1.curl("http://10.1.1.12/")
    assert lab.red_vm1.ping("10.1.1.12", 1).lost == 0


def test_the_gateway_answers_its_guests_whatever_egress_says(lab, egress):
    egress("deny")
    assert lab.red_vm1.ping("10.1.1.1", 2).lost == 0
