"""What guests of an isolated network may send out, by its policy and its rules."""

from lab.cloudstack.isolated import FAR, FORWARDS, talk


def test_vr_086_what_a_default_to_allow_does_not_block_passes(booted):
    booted.send("iso-36-firewall_rules-egress-default-allow")
    assert talk(booted.web1, FAR, 80) and talk(booted.web1, FAR, 25) is None


def test_vr_087_without_its_catch_all_nothing_new_passes(booted):
    booted.send("iso-36-firewall_rules-egress-default-allow")
    booted.send("iso-37-firewall_rules-egress-default-allow-revoke")
    assert talk(booted.web1, FAR, 80) is None


def test_a_default_that_changes_closes_but_does_not_cut(booted):
    booted.send("iso-36-firewall_rules-egress-default-allow")
    with booted.web1.connect(FAR, 443) as blocked, booted.web1.connect(FAR, 80) as other:
        assert blocked.say()["host"] == other.say()["host"] == "ext"
        booted.say("firewallrules", rules=[
            {"id": 950, "src_ip": "", "protocol": "tcp", "src_port_range": [443, 443],
             "source_cidr_list": ["10.1.1.0/24"], "dest_cidr_list": [], "revoked": False,
             "traffic_type": "Egress", "default_egress_policy": True}])
        assert talk(booted.web1, FAR, 443) is None and talk(booted.web1, FAR, 80)
        booted.send("iso-37-firewall_rules-egress-default-allow-revoke")
        assert talk(booted.web1, FAR, 80) is None
        assert blocked.say()["host"] == other.say()["host"] == "ext"


def test_vr_088_nothing_passes_before_a_policy_is_known(isolated):
    isolated.power_on()
    isolated.send("iso-01-ip_associations")
    assert talk(isolated.web1, FAR, 443) is None


def test_vr_089_guests_of_a_network_reach_each_other(booted):
    assert talk(booted.web1, "10.1.1.12", 22) == ("web2", "10.1.1.11")


def test_vr_090_a_default_to_allow_is_back_after_a_restart(booted):
    booted.send("iso-36-firewall_rules-egress-default-allow")
    booted.boot()
    booted.send("iso-36-firewall_rules-egress-default-allow")
    assert talk(booted.web1, FAR, 80)


def test_vr_091_a_rule_without_ports_is_of_all_ports(booted):
    assert talk(booted.web2, FAR, 8050) is None
    booted.say("firewallrules", rules=[
        {"id": 1401, "src_ip": "", "protocol": "tcp", "revoked": False, "already_added": False,
         "source_cidr_list": ["10.1.1.0/24"], "dest_cidr_list": ["0.0.0.0/0"],
         "purpose": "Firewall", "traffic_type": "Egress", "default_egress_policy": False}])
    assert talk(booted.web2, FAR, 8050) and talk(booted.web2, FAR, 25)


def test_vr_092_answers_of_forwarded_connections_pass(booted):
    assert talk(booted.web2, FAR, 8050) is None, "web2 may open nothing there"
    with booted.outside[FAR].connect(FORWARDS, 8005) as connection:
        assert all(connection.say()["host"] == "web2" for _ in range(3))
