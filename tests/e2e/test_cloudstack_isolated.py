"""An isolated network, configured over SSH with what CloudStack sends.

Each test begins with a router that has booted and taken the aggregate of its start. The numbers are
those of the checklist (docs/cloudstack.md).
"""

import json

from lab.cloudstack.driven import CACHE
from lab.cloudstack.isolated import (FAR, FORWARDS, NEAR, RESOLVER, ROUTER, SAMPLES, STATIC, UPSTREAM,
                                     lease, talk)
from lab.commands import wait_until


def test_vr_008_040_nothing_passes_before_the_first_message(isolated):
    isolated.power_on()
    assert talk(isolated.web1, FAR, 443) is None
    assert isolated.outside[NEAR].ping(ROUTER, 1, wait=1).received == 0


def test_vr_016_the_aggregate_of_a_start_is_archived(booted):
    assert list(booted.driven.file(f"{CACHE}/processed").glob("VR-*.cfg"))
    assert not list(booted.driven.file(CACHE).glob("VR-*.cfg"))


def test_vr_044_045_046_047_048_forwards_let_in_whom_the_firewall_lists(booted):
    assert booted.who_answers(FAR, FORWARDS, 2222) == ("web1", FAR)
    assert booted.who_answers(NEAR, FORWARDS, 2222) is None
    assert booted.who_answers(FAR, FORWARDS, 8005) == ("web2", FAR)
    assert booted.outside[FAR].ask(FORWARDS, 5353)["host"] == "db1"
    assert booted.who_answers(FAR, FORWARDS, 9000) is None


def test_vr_049_050_static_nat_lets_in_whom_the_firewall_lists(booted):
    assert booted.who_answers(FAR, STATIC, 5432) == ("db1", FAR)
    assert booted.who_answers(NEAR, STATIC, 5432) == ("db1", NEAR)
    assert booted.who_answers(UPSTREAM, STATIC, 5432) is None
    assert booted.who_answers(FAR, STATIC, 7777) is None


def test_vr_042_043_050_echo_requests_are_answered_by_rule(booted):
    outside = booted.outside[NEAR]
    assert outside.ping(ROUTER, 1).received == 1 and outside.ping(STATIC, 1).received == 1
    assert outside.ping(FORWARDS, 1).received == 0


def test_vr_041_public_addresses_have_the_mac_of_their_nic(booted):
    outside = booted.outside[NEAR]
    for last in range(10, 14):
        said = outside.run("arping", "-c", "1", "-w", "2", "-I", "eth0", f"203.0.113.{last}").stdout
        assert "1e:00:52:00:01:0a" in said.lower(), said


def test_vr_080_081_082_083_guests_get_out_where_egress_rules_let_them(booted):
    assert talk(booted.web1, FAR, 443) and talk(booted.web1, FAR, 80) is None
    assert talk(booted.web1, FAR, 8050) and talk(booted.web2, FAR, 8050) is None
    assert booted.web1.ping(FAR, 1).received == 1
    assert booted.web1.ask(RESOLVER, 53) and booted.web1.ask(FAR, 53) is None


def test_vr_084_guests_are_seen_by_their_public_address(booted):
    assert talk(booted.web1, FAR, 443)[1] == ROUTER
    assert talk(booted.db1, FAR, 443)[1] == STATIC


def test_vr_053_085_a_revoked_rule_closes_but_does_not_cut(booted):
    with booted.outside[FAR].connect(FORWARDS, 8005) as inward, \
            booted.web1.connect(FAR, 443) as outward:
        inward.say()
        outward.say()
        booted.send("iso-23-firewall_rules-revoke-ingress")
        booted.send("iso-24-firewall_rules-revoke-egress")
        assert booted.who_answers(FAR, FORWARDS, 8005) is None
        assert talk(booted.web1, FAR, 443) is None
        assert inward.say()["host"] == "web2" and outward.say()["host"] == "ext"


def test_vr_054_sending_all_again_changes_nothing(booted):
    with booted.outside[FAR].connect(FORWARDS, 2222) as connection:
        connection.say()
        booted.send("iso-25-firewall_rules-resend-full")
        assert connection.say()["host"] == "web1"
        assert booted.who_answers(FAR, FORWARDS, 8005) == ("web2", FAR)


def test_vr_057_058_a_forward_moves_and_goes(booted):
    booted.send("iso-20-forwarding_rules-update")
    assert booted.who_answers(FAR, FORWARDS, 2222) == ("web2", FAR)
    booted.send("iso-21-forwarding_rules-revoke")
    assert booted.who_answers(FAR, FORWARDS, 2222) is None
    assert booted.outside[FAR].ask(FORWARDS, 5353)["host"] == "db1"


def test_vr_060_static_nat_goes(booted):
    booted.send("iso-22-staticnat_rules-revoke")
    assert booted.who_answers(FAR, STATIC, 5432) is None
    assert talk(booted.db1, FAR, 443)[1] == ROUTER


def test_vr_061_a_released_address_answers_no_more(booted):
    booted.send("iso-33-ip_associations-release")
    asked = booted.outside[NEAR].run("arping", "-c", "1", "-w", "1", "-I", "eth0", FORWARDS,
                                     check=False)
    assert asked.returncode != 0
    assert booted.who_answers(FAR, FORWARDS, 2222) is None


def test_vr_010_011_a_message_may_come_twice(booted):
    name = booted.send("iso-20-forwarding_rules-update")
    assert booted.driven.good("vr", "update_config.py", name) == ""
    assert booted.driven.file(f"{CACHE}/processed/{name}.gz").exists()
    assert booted.who_answers(FAR, FORWARDS, 2222) == ("web2", FAR)


def test_vr_022_usage_grows_with_what_guests_send(booted):
    def sent():
        return int(booted.driven.good("vr", "netusage.sh", "-g", "-l", ROUTER).split(":")[0])
    before = sent()
    booted.web1.ping(FAR, 10, "-s", "1000")
    wait_until(lambda: sent() >= before + 10_000, "the bytes are counted")


def test_vr_100_107_guests_get_their_addresses_and_names(booted, tmp_path):
    told = lease(booted.web1, tmp_path)
    assert told["fixed-address"] == "10.1.1.11" and told["routers"] == "10.1.1.1"
    assert told["domain-name-servers"] == "10.1.1.1,198.51.100.53,198.51.100.54"
    assert told["domain-name"] == '"iso1.example.internal"' and told["host-name"] == '"web1"'
    def dig(*question):
        return booted.web2.run("dig", "@10.1.1.1", "+short", "+tries=1", "+time=2",
                               *question).stdout.split()
    assert dig("web1.iso1.example.internal") == ["10.1.1.11"]
    assert dig("-x", "10.1.1.11") == ["web1.iso1.example.internal."]


def test_vr_108_109_111_names_of_guests_are_not_asked_of_others(booted):
    def dig(host, *question):
        return host.run("dig", "+tries=1", "+time=1", *question, check=False).stdout
    assert dig(booted.web1, "+short", "@10.1.1.1", "data-server").split() == ["10.1.1.1"]
    assert "NXDOMAIN" in dig(booted.web1, "@10.1.1.1", "nosuch.iso1.example.internal")
    assert "ANSWER:" not in dig(booted.outside[FAR], f"@{ROUTER}", "web1.iso1.example.internal")


def test_vr_104_a_guest_that_goes_is_served_no_more(booted):
    booted.send("iso-29-vm_dhcp_entry-web2-remove")
    asked = booted.driven.inside(booted.web2.name, "udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t",
                                 "2", "-T", "1", "-s", "/bin/true")
    assert asked.returncode != 0
    assert booted.web1.run("dig", "@10.1.1.1", "+short", "web2").stdout == ""


def test_vr_105_a_guest_gets_its_new_address(booted, tmp_path):
    booted.send("iso-30-vm_dhcp_entry-web1-newip")
    assert lease(booted.web1, tmp_path)["fixed-address"] == "10.1.1.21"
    assert booted.web2.run("dig", "@10.1.1.1", "+short", "web1").stdout.split() == ["10.1.1.21"]


def test_vr_141_142_143_144_146_a_guest_is_told_its_password_until_it_has_it(booted):
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


def test_vr_102_a_stranger_gets_no_address(booted):
    stranger = f"{booted.driven.name}x"
    booted.driven.good("client", stranger, "--on", "eth0", "--mac", "02:01:00:aa:00:99")
    asked = booted.driven.inside(stranger, "udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", "2", "-T",
                                 "1", "-s", "/bin/true")
    assert asked.returncode != 0


def test_vr_130_132_133_135_guests_read_their_metadata(booted):
    get = booted.web1.curl
    assert get("http://10.1.1.1/latest/user-data").startswith("#cloud-config")
    names = get("http://10.1.1.1/latest/meta-data/").split()
    assert len(names) == 11 and "instance-id" in names
    assert get("http://10.1.1.1/latest/meta-data/local-ipv4") == "10.1.1.11"
    assert get("http://169.254.169.254/latest/meta-data/local-ipv4") == "10.1.1.11"
    status = ("-o", "/dev/null", "-w", "%{http_code}")
    assert booted.web1.run("curl", "-s", *status, "http://10.1.1.1/latest/nothing").stdout == "404"
