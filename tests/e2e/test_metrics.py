"""What monitoring systems read."""

import re

from lab.commands import run
from lab.topology import PUBLIC, SERVER


def metrics(lab):
    answer = lab.appliance.api.request("GET", "/metrics")
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain")
    return answer.data.decode()


def test_promtool_finds_nothing_to_complain_about(lab, document):
    lab.red_vm1.curl(f"http://{SERVER}/")
    result = run("promtool", "check", "metrics", stdin=metrics(lab), check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_traffic_drops_sessions_and_buffers_are_there(lab, document):
    lab.red_vm1.ping(SERVER, 3)
    lab.red_vm1.is_silent("http://203.0.113.2:9/", timeout=0.2)
    text = metrics(lab)
    names = set(re.findall(r"^# TYPE (\S+)", text, re.M))
    assert names and all(name.startswith("viaduct_") for name in names)
    for subject in ("packets", "drop", "sessions", "buffers", "invariant"):
        assert any(subject in name for name in names), f"nothing about {subject} in {names}"


def test_rules_and_public_addresses_are_counted_as_by_the_api(lab, document, red):
    red["firewall_rules"] = {"ping": {"destination": PUBLIC["red"], "protocol": "icmp"}}
    lab.appliance.put(document)
    lab.server.ping(PUBLIC["red"], 3)
    counted = lab.appliance.api.get("/v1/counters")["routers"]["red"]
    text = metrics(lab)
    assert ('viaduct_rule_hits_total{router="red",collection="firewall_rules",rule="ping"} '
            f'{counted["rules"]["firewall_rules/ping"]}\n') in text
    for way in ("in", "out"):
        usage = counted["public_addresses"][PUBLIC["red"]]
        assert (f'viaduct_address_bytes_total{{router="red",address="{PUBLIC["red"]}",'
                f'direction="{way}"}} {usage[f"{way}_bytes"]}\n') in text


def test_no_invariant_was_ever_broken(lab, document):
    violations = re.findall(r"^viaduct_invariant_violations_total.* (\S+)$", metrics(lab), re.M)
    assert len(violations) >= 4 and set(violations) == {"0"}


def test_counters_only_rise(lab, document):
    def counters():
        text = metrics(lab)
        kinds = set(re.findall(r"^# TYPE (\S+) counter", text, re.M))
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
                for line in text.splitlines()
                if line and line[0] != "#" and re.split(r"[ {]", line)[0] in kinds}
    before = counters()
    lab.red_vm1.ping(SERVER, 3)
    after = counters()
    assert all(after[name] >= value for name, value in before.items() if name in after)
    assert after != before


def test_metrics_are_served_also_while_the_data_plane_is_down(lab, document):
    lab.appliance.dataplane.kill()
    try:
        assert "viaduct_" in metrics(lab)
    finally:
        lab.appliance.start_dataplane()
