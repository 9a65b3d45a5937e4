"""Health checks and alerts, as a management server fetches them."""

import json

import pytest

from lab.commands import wait_until

BASIC = {"cpu_usage_check.py", "disk_space_check.py", "memory_usage_check.py", "gateways_check.py",
         "router_version_check.py", "viaduct-dataplane.service", "viaduct-guestd.service",
         "dnsmasq.service", "apache2.service"}
ADVANCED = {"dhcp_check.py", "dns_check.py", "iptables_check.py", "haproxy_check.py"}


def monitor(network, change=lambda content: None):
    """The reference data of the samples with the version that the router has, changed."""
    release, signature = network.driven.good("vr", "get_template_version.sh").split("&")
    def right(content):
        content["health_checks_config"]["routerVersion"] = \
            f"templateVersion={release},scriptsVersion={signature}"
        change(content)
    name = network.copy("iso-41-monitor_service-refresh", right)
    network.driven.good("vr", "update_config.py", name, "false")


def results(network, now="true"):
    """What fails, and the results by group."""
    said = network.driven.good("vr", "getRouterMonitorResults.sh", now)
    failing, _, text = said.partition("MONITOR RESULTS:\n")
    assert failing.startswith("FAILING CHECKS:\n")
    return set(failing.split("\n", 1)[1].replace(",", "\n").split()), json.loads(text)


def outcome(group, check):
    return group[check]["success"]


@pytest.fixture(scope="module")
def watched(isolated):
    isolated.boot()
    return isolated


def test_vr_270_a_healthy_router_fails_nothing(watched):
    monitor(watched)
    failing, groups = results(watched, "false")
    assert not failing
    assert BASIC <= set(groups["basic"]) and ADVANCED <= set(groups["advanced"])
    told = {name: check["success"] for group in groups.values() for name, check in group.items()
            if name != "lastRun"}
    odd = {name: outcome for name, outcome in told.items() if outcome != "SUCCESS"}
    assert odd == {"haproxy_check.py": "UNKNOWN", "not_applied_check": "WARNING"}, \
        "balancing is not applied yet, and said to be so"


def test_what_is_not_applied_yet_is_told(watched):
    monitor(watched)
    watched.send("iso-11-remote_access_vpn")
    _, groups = results(watched)
    message = groups["advanced"]["not_applied_check"]["message"]
    assert "loadbalancer" in message and "remoteaccessvpn" in message


def test_vr_271_a_machine_that_dhcp_does_not_know_is_missed(watched):
    def with_another(content):
        content["health_checks_config"]["virtualMachines"] += \
            "vmName=lost1,macAddress=02:01:00:aa:00:77,ip=10.1.1.77,dhcp=true,dns=true;"
    monitor(watched, with_another)
    failing, groups = results(watched)
    assert {"dhcp_check.py", "dns_check.py"} <= failing
    assert "lost1" in groups["advanced"]["dhcp_check.py"]["message"]


def test_vr_272_a_missing_forward_is_missed(watched):
    def with_another(content):
        content["health_checks_config"]["portForwarding"] += (
            "sourceIp=203.0.113.11,sourcePortStart=7777,sourcePortEnd=7777,destIp=10.1.1.11,"
            "destPortStart=77,destPortEnd=77;")
    monitor(watched, with_another)
    failing, groups = results(watched)
    assert failing == {"iptables_check.py"}
    assert "203.0.113.11:7777" in groups["advanced"]["iptables_check.py"]["message"]


def test_vr_273_a_silent_gateway_is_missed(watched):
    monitor(watched, lambda content: content["health_checks_config"].update(
        gateways="gatewaysIps=203.0.113.1 203.0.113.77 "))
    failing, groups = results(watched)
    assert failing == {"gateways_check.py"}
    assert groups["basic"]["gateways_check.py"]["message"] == "no answer from 203.0.113.77"


def test_vr_274_another_signature_is_noticed(watched):
    monitor(watched, lambda content: content["health_checks_config"].update(
        routerVersion="templateVersion=,scriptsVersion=c0ffee\n"))
    assert results(watched)[0] == {"router_version_check.py"}


def test_vr_275_excluded_checks_are_absent(watched):
    monitor(watched, lambda content: content.update(
        excluded_health_checks="cpu_usage_check.py,dns_check"))
    _, groups = results(watched)
    assert "cpu_usage_check.py" not in groups["basic"]
    assert "dns_check.py" not in groups["advanced"] and "dhcp_check.py" in groups["advanced"]


def test_vr_276_without_an_interval_there_are_results_on_demand_alone(watched):
    monitor(watched, lambda content: content.update(health_checks_basic_run_interval=0))
    _, groups = results(watched, "false")
    assert groups["basic"] == {} and "dhcp_check.py" in groups["advanced"]
    assert "cpu_usage_check.py" in results(watched, "true")[1]["basic"]


def test_vr_277_programs_of_the_operator_are_run_and_listed(watched):
    monitor(watched)
    directory = watched.driven.file("root/health_checks")
    directory.mkdir()
    programs = {"fine.sh": "echo fine for $1", "broken.sh": 'echo "very bad"; exit 1',
                "writable.sh": "echo no", "quiet.sh": "exit 0"}
    for name, body in programs.items():
        (directory / name).write_text(f"#!/bin/sh\n{body}\n")
        (directory / name).chmod(0o777 if name == "writable.sh" else 0o700)
    try:
        failing, groups = results(watched)
    finally:
        for program in directory.iterdir():
            program.unlink()
        directory.rmdir()
    assert failing == {"broken.sh"}
    assert groups["basic"]["fine.sh"]["message"] == "fine for basic"
    assert groups["advanced"]["broken.sh"]["message"] == "very bad"
    assert not {"writable.sh", "quiet.sh"} & set(groups["basic"])


def test_vr_026_027_a_service_that_stops_is_told_in_the_alerts(watched):
    def alerts():
        return watched.driven.good("vr", "getRouterAlerts.sh", "2025-11-20", "10:00:00")
    monitor(watched)
    results(watched)
    watched.driven.restart("viaduct-guestd", "--stay-away")
    try:
        wait_until(lambda: "viaduct-guestd.service" in results(watched)[0], "it is missed", 20)
    finally:
        watched.driven.restart("viaduct-guestd")
    wait_until(lambda: not results(watched)[0], "it is back", 20)
    lines = alerts().rstrip("\n").split("\\n")
    assert any("viaduct-guestd.service fails" in line for line in lines)
    assert any("viaduct-guestd.service succeeds again" in line for line in lines[-4:])
    date, _, rest = lines[0].partition(",")
    assert len(date) == len("2025-11-20 10:00:00") and rest
    assert watched.driven.good("vr", "getRouterAlerts.sh", "2099-01-01", "00:00:00") == \
        "No Alerts\n"
