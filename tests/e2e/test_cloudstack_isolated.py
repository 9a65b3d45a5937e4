"""An isolated network, configured over SSH with what CloudStack sends: VR-008, 010, 011, 016, 040 to
050, 053, 054, 057, 058, 060, 061, 080 to 085, 100, 102, 107, 130, 132, 133, 135 of the checklist.

Each test begins with a router that has booted and taken the aggregate of its start.
"""

import json
import pathlib
import re

import pytest

from lab.cloudstack.driven import CACHE, Driven
from lab.commands import wait_until
from lab.host import Host

SAMPLES = pathlib.Path(__file__).resolve().parents[1] / "cloudstack" / "samples"
GUESTS = {"web1": "10.1.1.11", "web2": "10.1.1.12", "db1": "10.1.1.13"}
MACS = {"web1": "02:01:00:aa:00:11", "web2": "02:01:00:aa:00:12", "db1": "02:01:00:aa:00:13"}
ROUTER, FORWARDS, STATIC = "203.0.113.10", "203.0.113.11", "203.0.113.12"
FAR, NEAR, UPSTREAM = "198.51.100.9", "203.0.113.200", "203.0.113.1"
RESOLVER = "198.51.100.53"


class Isolated:
    """The lab, its guests, and the outside, which has several addresses to speak from."""

    def __init__(self, driven, logs):
        self.driven = driven
        self.messages = {each["sample"]: each["vr_file"] for each in
                         json.loads((SAMPLES / "manifest.json").read_text())["samples"]}
        self.sent = 0
        self.servers = []
        self.guests = {}
        for name, address in GUESTS.items():
            client = f"{driven.name}{name}"
            driven.good("client", client, "--on", "eth0", "--mac", MACS[name],
                        "--ip", f"{address}/24", "--gw", "10.1.1.1")
            self.guests[name] = Host(client, logs, name, address)
        outside = f"{driven.name}ext"
        driven.good("client", outside, "--on", "eth2", "--mac", "02:00:00:00:02:c8",
                    "--ip", f"{UPSTREAM}/24", "--ip", f"{NEAR}/24", "--ip", f"{FAR}/32",
                    "--ip", f"{RESOLVER}/32")
        self.outside = {address: Host(outside, logs, "ext", address)
                        for address in (FAR, NEAR, UPSTREAM, RESOLVER)}
        self.web1, self.web2, self.db1 = (self.guests[name] for name in GUESTS)

    def serve(self):
        self.web1.serve(tcp=[22])
        self.web2.serve(tcp=[22, 8005])
        self.db1.serve(tcp=[5432, 7777], udp=[53])
        self.outside[FAR].serve(tcp=[443, 80, 8050])
        for address in (FAR, RESOLVER):
            self.outside[address].serve(udp=[53], at=address)

    def close(self):
        for host in (*self.guests.values(), *self.outside.values()):
            host.stop_servers()

    def boot(self):
        self.driven.good("boot")
        self.sent += 1
        self.driven.good("copy", SAMPLES / "iso-50-boot.cfg", "--as", f"VR-{self.sent}.cfg")
        return self.driven.good("vr", "vr_cfg.sh", "-c", f"/{CACHE}/VR-{self.sent}.cfg")

    def send(self, sample):
        """One message, as the server sends it; returns the name of its file."""
        self.sent += 1
        name = f"{self.messages[sample + '.json']}.{self.sent}"
        self.driven.good("copy", SAMPLES / f"{sample}.json", "--as", name)
        self.driven.good("vr", "update_config.py", name)
        return name

    def who_answers(self, source, address, port):
        """The guest behind a public address, and whom it sees calling; None if nobody answers."""
        return talk(self.outside[source], address, port)


def talk(host, address, port):
    try:
        with host.connect(address, port, timeout=1) as connection:
            said = connection.say()
            return said["host"], said["client"]
    except OSError:
        return None


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    with Driven("i", "router", "--nics", 4, "--cmdline", SAMPLES / "iso-00-cmdline.txt") as driven:
        made = Isolated(driven, tmp_path_factory.mktemp("isolated"))
        try:
            made.serve()
            yield made
        finally:
            made.close()


@pytest.fixture
def booted(network):
    network.boot()
    wait_until(lambda: network.who_answers(FAR, FORWARDS, 2222), "the forward answers", 20)
    return network


def test_nothing_passes_before_the_first_message(network):  # VR-008, VR-040
    network.driven.good("boot")
    assert talk(network.web1, FAR, 443) is None
    assert network.outside[NEAR].ping(ROUTER, 1, wait=1).received == 0


def test_the_aggregate_of_a_start_is_archived(booted):  # VR-016
    assert list(booted.driven.file(f"{CACHE}/processed").glob("VR-*.cfg"))
    assert not list(booted.driven.file(CACHE).glob("VR-*.cfg"))


def test_forwards_let_in_whom_the_firewall_lists(booted):  # VR-044, 045, 046, 047, 048
    assert booted.who_answers(FAR, FORWARDS, 2222) == ("web1", FAR)
    assert booted.who_answers(NEAR, FORWARDS, 2222) is None
    assert booted.who_answers(FAR, FORWARDS, 8005) == ("web2", FAR)
    assert booted.outside[FAR].ask(FORWARDS, 5353)["host"] == "db1"
    assert booted.who_answers(FAR, FORWARDS, 9000) is None


def test_static_nat_lets_in_whom_the_firewall_lists(booted):  # VR-049, 050
    assert booted.who_answers(FAR, STATIC, 5432) == ("db1", FAR)
    assert booted.who_answers(NEAR, STATIC, 5432) == ("db1", NEAR)
    assert booted.who_answers(UPSTREAM, STATIC, 5432) is None
    assert booted.who_answers(FAR, STATIC, 7777) is None


def test_echo_requests_are_answered_by_rule(booted):  # VR-042, 043, 050
    outside = booted.outside[NEAR]
    assert outside.ping(ROUTER, 1).received == 1 and outside.ping(STATIC, 1).received == 1
    assert outside.ping(FORWARDS, 1).received == 0


def test_public_addresses_have_the_mac_of_their_nic(booted):  # VR-041
    outside = booted.outside[NEAR]
    for last in range(10, 14):
        said = outside.run("arping", "-c", "1", "-w", "2", "-I", "eth0", f"203.0.113.{last}").stdout
        assert "1e:00:52:00:01:0a" in said.lower(), said


def test_guests_get_out_where_egress_rules_let_them(booted):  # VR-080, 081, 082, 083
    assert talk(booted.web1, FAR, 443) and talk(booted.web1, FAR, 80) is None
    assert talk(booted.web1, FAR, 8050) and talk(booted.web2, FAR, 8050) is None
    assert booted.web1.ping(FAR, 1).received == 1
    assert booted.web1.ask(RESOLVER, 53) and booted.web1.ask(FAR, 53) is None


def test_guests_are_seen_by_their_public_address(booted):  # VR-084
    assert talk(booted.web1, FAR, 443)[1] == ROUTER
    assert talk(booted.db1, FAR, 443)[1] == STATIC


def test_a_revoked_rule_closes_but_does_not_cut(booted):  # VR-053, 085
    with booted.outside[FAR].connect(FORWARDS, 8005) as inward, \
            booted.web1.connect(FAR, 443) as outward:
        inward.say()
        outward.say()
        booted.send("iso-23-firewall_rules-revoke-ingress")
        booted.send("iso-24-firewall_rules-revoke-egress")
        assert booted.who_answers(FAR, FORWARDS, 8005) is None
        assert talk(booted.web1, FAR, 443) is None
        assert inward.say()["host"] == "web2" and outward.say()["host"] == "ext"


def test_sending_all_again_changes_nothing(booted):  # VR-054
    with booted.outside[FAR].connect(FORWARDS, 2222) as connection:
        connection.say()
        booted.send("iso-25-firewall_rules-resend-full")
        assert connection.say()["host"] == "web1"
        assert booted.who_answers(FAR, FORWARDS, 8005) == ("web2", FAR)


def test_a_forward_moves_and_goes(booted):  # VR-057, 058
    booted.send("iso-20-forwarding_rules-update")
    assert booted.who_answers(FAR, FORWARDS, 2222) == ("web2", FAR)
    booted.send("iso-21-forwarding_rules-revoke")
    assert booted.who_answers(FAR, FORWARDS, 2222) is None
    assert booted.outside[FAR].ask(FORWARDS, 5353)["host"] == "db1"


def test_static_nat_goes(booted):  # VR-060
    booted.send("iso-22-staticnat_rules-revoke")
    assert booted.who_answers(FAR, STATIC, 5432) is None
    assert talk(booted.db1, FAR, 443)[1] == ROUTER


def test_a_released_address_answers_no_more(booted):  # VR-061
    booted.send("iso-33-ip_associations-release")
    asked = booted.outside[NEAR].run("arping", "-c", "1", "-w", "1", "-I", "eth0", FORWARDS,
                                     check=False)
    assert asked.returncode != 0
    assert booted.who_answers(FAR, FORWARDS, 2222) is None


def test_a_message_may_come_twice(booted):  # VR-010, 011
    name = booted.send("iso-20-forwarding_rules-update")
    assert booted.driven.good("vr", "update_config.py", name) == ""
    assert booted.driven.file(f"{CACHE}/processed/{name}.gz").exists()
    assert booted.who_answers(FAR, FORWARDS, 2222) == ("web2", FAR)


def test_usage_grows_with_what_guests_send(booted):  # VR-022
    def sent():
        return int(booted.driven.good("vr", "netusage.sh", "-g", "-l", ROUTER).split(":")[0])
    before = sent()
    booted.web1.ping(FAR, 10, "-s", "1000")
    wait_until(lambda: sent() >= before + 10_000, "the bytes are counted")


def lease(guest, logs):
    """What dhclient is told."""
    told = logs / "leases"
    guest.run("dhclient", "-1", "-v", "-sf", "/bin/true", "-lf", told, "-pf", f"{told}.pid", "eth0",
              timeout=40)
    guest.run("dhclient", "-x", "-sf", "/bin/true", "-lf", told, "-pf", f"{told}.pid", "eth0",
              check=False)
    return dict(re.findall(r"^  (?:option )?(\S+) (.*);$", told.read_text(), re.M))


def test_guests_get_their_addresses_and_names(booted, tmp_path):  # VR-100, 107
    told = lease(booted.web1, tmp_path)
    assert told["fixed-address"] == "10.1.1.11" and told["routers"] == "10.1.1.1"
    assert told["domain-name-servers"] == "10.1.1.1,198.51.100.53,198.51.100.54"
    assert told["domain-name"] == '"iso1.example.internal"' and told["host-name"] == '"web1"'
    def dig(*question):
        return booted.web2.run("dig", "@10.1.1.1", "+short", "+tries=1", "+time=2",
                               *question).stdout.split()
    assert dig("web1.iso1.example.internal") == ["10.1.1.11"]
    assert dig("-x", "10.1.1.11") == ["web1.iso1.example.internal."]


def test_names_of_guests_are_not_asked_of_others(booted):  # VR-108, 109, 111
    def dig(host, *question):
        return host.run("dig", "+tries=1", "+time=1", *question, check=False).stdout
    assert dig(booted.web1, "+short", "@10.1.1.1", "data-server").split() == ["10.1.1.1"]
    assert "NXDOMAIN" in dig(booted.web1, "@10.1.1.1", "nosuch.iso1.example.internal")
    assert "ANSWER:" not in dig(booted.outside[FAR], f"@{ROUTER}", "web1.iso1.example.internal")


def test_a_guest_that_goes_is_served_no_more(booted):  # VR-104
    booted.send("iso-29-vm_dhcp_entry-web2-remove")
    asked = booted.driven.inside(booted.web2.name, "udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t",
                                 "2", "-T", "1", "-s", "/bin/true")
    assert asked.returncode != 0
    assert booted.web1.run("dig", "@10.1.1.1", "+short", "web2").stdout == ""


def test_a_guest_gets_its_new_address(booted, tmp_path):  # VR-105
    booted.send("iso-30-vm_dhcp_entry-web1-newip")
    assert lease(booted.web1, tmp_path)["fixed-address"] == "10.1.1.21"
    assert booted.web2.run("dig", "@10.1.1.1", "+short", "web1").stdout.split() == ["10.1.1.21"]


def test_a_guest_is_told_its_password_until_it_has_it(booted):  # VR-141, 142, 143, 144, 146
    booted.send("iso-10-vm_password-web1")
    password = json.loads((SAMPLES / "iso-10-vm_password-web1.json").read_text())["password"]
    def ask(guest, *wish):
        header = ("-H", f"DomU_Request: {wish[0]}") if wish else ()
        return guest.run("curl", "-s", "-m", "5", *header, "http://10.1.1.1:8080/").stdout
    assert ask(booted.web1, "send_my_password") == ask(booted.web1, "send_my_password") == password
    assert ask(booted.web2, "send_my_password") == "saved_password"
    assert ask(booted.web1).endswith("bad_request")
    assert ask(booted.web1, "saved_password") == "saved_password"
    assert ask(booted.web1, "send_my_password") == "saved_password"
    assert talk(booted.outside[FAR], ROUTER, 8080) is None


def test_a_stranger_gets_no_address(booted):  # VR-102
    stranger = f"{booted.driven.name}x"
    booted.driven.good("client", stranger, "--on", "eth0", "--mac", "02:01:00:aa:00:99")
    asked = booted.driven.inside(stranger, "udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", "2", "-T",
                                 "1", "-s", "/bin/true")
    assert asked.returncode != 0


def test_guests_read_their_metadata(booted):  # VR-130, 132, 133, 135
    get = booted.web1.curl
    assert get("http://10.1.1.1/latest/user-data").startswith("#cloud-config")
    names = get("http://10.1.1.1/latest/meta-data/").split()
    assert len(names) == 11 and "instance-id" in names
    assert get("http://10.1.1.1/latest/meta-data/local-ipv4") == "10.1.1.11"
    assert get("http://169.254.169.254/latest/meta-data/local-ipv4") == "10.1.1.11"
    status = ("-o", "/dev/null", "-w", "%{http_code}")
    assert booted.web1.run("curl", "-s", *status, "http://10.1.1.1/latest/nothing").stdout == "404"
