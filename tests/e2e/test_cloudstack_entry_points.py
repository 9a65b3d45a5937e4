"""The entry points as a management server calls them: configuration that is odd, wrong or much, and
questions about the router."""

import json
import re
import subprocess
import time

import pytest

from lab.cloudstack.driven import CACHE, SCRIPT
from lab.cloudstack.isolated import FAR, FORWARDS, ROUTER, SAMPLES, UPSTREAM, talk


def answers(network):
    return network.who_answers(FAR, FORWARDS, 2222)


def test_vr_005_who_asks_for_the_version_waits_for_the_boot(booted):
    mark = booted.driven.file(f"{CACHE}/boot_up_done")
    mark.unlink()
    with subprocess.Popen([SCRIPT, "vr", "--name", booted.driven.name, "get_template_version.sh"],
                          stdout=subprocess.PIPE, text=True) as asking:
        with pytest.raises(subprocess.TimeoutExpired):
            asking.wait(3)
        booted.power_on()
        said = asking.communicate(timeout=20)[0]
    assert asking.returncode == 0 and said.count("&") == 1 and said.count("\n") == 1


def test_vr_009_unknown_keys_are_passed_over_and_the_last_of_a_kind_counts(isolated):
    isolated.boot_with("toaster=yes domain=first.example domain=last.example")
    subnets = isolated.config("dhcp_subnets")
    assert {each["domain"] for each in subnets.values()} == {"last.example"}


@pytest.mark.parametrize("text", ["", "{", "no json", "[1]", '{"type": 7}', "\0\1"],
                         ids=["nothing", "cut", "words", "list", "type", "bytes"])
def test_vr_013_what_is_no_message_changes_nothing(booted, text):
    name = booted.put("forwarding_rules.json", text)
    refused = booted.driven("vr", "update_config.py", name)
    assert refused.returncode == 1 and name in refused.stdout
    assert answers(booted) == ("web1", FAR)


def test_vr_014_an_unknown_type_is_passed_over(booted):
    name = booted.put("toast.json", json.dumps({"type": "toast", "slices": 2}))
    booted.driven.good("vr", "update_config.py", name)
    assert answers(booted) == ("web1", FAR)


def test_vr_015_278_a_refresh_of_health_data_leaves_no_file(booted):
    processed = booted.driven.file(f"{CACHE}/processed")
    before = sorted(processed.iterdir())
    name = booted.copy("iso-41-monitor_service-refresh")
    booted.driven.good("vr", "update_config.py", name, "false")
    assert sorted(processed.iterdir()) == before
    assert not booted.driven.file(f"{CACHE}/{name}").exists()


def test_vr_017_an_aggregate_tells_which_command_failed(booted):
    booted.driven.file(f"{CACHE}/VR-fail.cfg").write_text((SAMPLES / "iso-51-fail.cfg").read_text())
    told = booted.driven("vr", "vr_cfg.sh", "-c", f"/{CACHE}/VR-fail.cfg")
    assert told.returncode == 0, "a setting makes it fail"
    assert "update_config.py no_such_file.json" in told.stdout and "execution failed" in told.stdout
    assert "no_such_file" in booted.driven.file("var/log/cloud.log").read_text()
    assert answers(booted) == ("web1", FAR)


def test_vr_018_an_aggregate_is_taken_word_by_word(booted):
    odd = "two  blanks * $HOME `id` 'quotes'"
    booted.aggregate("iso-50-boot.cfg", lambda text: text.replace("small-1c1g", odd))
    assert booted.web1.curl("http://10.1.1.1/latest/service-offering") == odd


def guest_part(number):
    """The messages of one more guest, as an aggregate has them."""
    address, mac = f"10.1.1.{50 + number}", f"02:01:00:ab:00:{number:02x}"
    entry = {"host_name": f"more{number}", "mac_address": mac, "ipv4_address": address,
             "dns_addresses": "10.1.1.1", "default_gateway": "10.1.1.1", "default_entry": True,
             "remove": False, "type": "dhcpentry"}
    data = {"vm_ip_address": address, "type": "vmdata",
            "vm_metadata": [["metadata", "instance-id", f"id-{number}"]]}
    text = ""
    for kind, content in (("vm_dhcp_entry", entry), ("vm_metadata", data)):
        file = f"{kind}.json.{number}"
        text += (f"<file>\n/{CACHE}/{file}\n{json.dumps(content)}\n</file>\n"
                 f"<script>\n/opt/cloud/bin/update_config.py {file}\n</script>\n")
    return text


def test_vr_019_two_hundred_messages_are_one_change(booted):
    def revision():
        return booted.api().get("/v1/status")["revision"]
    before, began = revision(), time.monotonic()
    booted.aggregate("iso-50-boot.cfg", lambda text: re.sub(
        r"\n<file>", "\n" + "".join(map(guest_part, range(100))) + "<file>", text, count=1))
    assert time.monotonic() - began < 60, "a stock router takes minutes"
    assert revision() == before + 1
    assert len(booted.config("dhcp_reservations")) == 104


def test_vr_020_a_long_session_holds_up_no_other(booted):
    with subprocess.Popen([SCRIPT, "vr", "--name", booted.driven.name, "diagnostics.py", "ping",
                           "-c", "30", UPSTREAM], stdout=subprocess.PIPE) as long:
        booted.send("iso-20-forwarding_rules-update")
        assert answers(booted) == ("web2", FAR) and long.poll() is None
        long.kill()


def test_vr_025_diagnostics_tell_what_a_tool_said_and_how_it_ended(booted):
    out, err, status = booted.driven.good("vr", "diagnostics.py", "ping", "-c", "1",
                                          UPSTREAM).split("&&\n")
    assert "1 received" in out and err.strip() == "" and status.strip() == "0"
    said = booted.driven.good("vr", "diagnostics.py", "ping", "-c", "1", "-W", "1", "203.0.113.77")
    assert said.split("&&\n")[2].strip() == "1"


def test_vr_030_an_mtu_is_set_by_the_address(booted):
    assert booted.driven.good("vr", "update_interface_config.sh", ROUTER, "24", "1400", "15")
    assert booted.config("interfaces")["eth2"]["mtu"] == 1400
    refused = booted.driven("vr", "update_interface_config.sh", "203.0.113.99", "24", "1400", "15")
    assert refused.returncode == 1
    assert refused.stdout == "Interface with IP 203.0.113.99 not found\n"


def sign(request, directory):
    """What the cloud's authority makes of a request: the certificate, and its own."""
    (directory / "csr").write_text(request)
    for words in (["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=the cloud",
                   "-keyout", "ca.key", "-out", "ca.crt"],
                  ["x509", "-req", "-in", "csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                   "-CAcreateserial", "-copy_extensions", "copy", "-out", "crt"]):
        subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True)
    return [(directory / name).read_text() for name in ("crt", "ca.crt")]


def test_a_certificate_is_asked_for_and_imported(booted, tmp_path):
    conf = "/usr/local/cloud/systemvm/conf"
    request = booted.driven.good("vr", "keystore-setup", f"{conf}/agent.properties",
                                 f"{conf}/cloud.jks", "fnord", 365, f"{conf}/cloud.csr")
    certificate, authority = sign(request, tmp_path)
    quoted = [f'"{text.translate({10: "^", 32: "~"})}"' for text in (certificate, authority, "")]
    call = ["vr", "keystore-cert-import", f"{conf}/agent.properties", f"{conf}/cloud.jks", "ssh",
            f"{conf}/cloud.crt", quoted[0], f"{conf}/cloud.ca.crt", quoted[1], f"{conf}/cloud.key",
            quoted[2]]
    assert booted.driven.good(*call) == ""
    kept = booted.driven.file(conf[1:])
    assert (kept / "cloud.crt").read_text() == certificate
    told = subprocess.run(["openssl", "x509", "-in", kept / "cloud.crt", "-noout", "-ext",
                           "subjectAltName"], check=True, capture_output=True, text=True).stdout
    assert ROUTER in told and "10.1.1.1" in told, "the router's own addresses"
    refused = booted.driven(*call[:6], quoted[1], *call[7:])
    assert refused.returncode == 1 and "is of another key" in refused.stdout
    assert "fnord" not in booted.driven.file("var/log/cloud.log").read_text()


WRONG = {
    "iso-01-ip_associations": lambda content: content["ip_address"][0].update(public_ip="1.2.3"),
    "iso-03-staticnat_rules": lambda content: content["rules"][0].pop("destination_ip_address"),
    "iso-04-firewall_rules-ingress": lambda content: content["rules"][0].update(
        src_port_range=[9, 1]),
    "iso-05-forwarding_rules": lambda content: content["rules"][0].update(
        destination_port_range="many"),
    "iso-06-load_balancer": lambda content: content["rules"][0].update(
        configuration=7),
    "iso-07-monitor_service": lambda content: content.update(health_checks_config=[]),
    "iso-08-vm_dhcp_entry-web1": lambda content: content.update(mac_address="02:01"),
    "iso-09-vm_metadata-web1": lambda content: content.update(vm_metadata="all"),
    "iso-10-vm_password-web1": lambda content: content.pop("password"),
    "shr-01-ip_aliases": lambda content: content["aliases"][0].update(netmask="255.0.255.0"),
    "vpc-03-guest_network-web": lambda content: content.update(
        router_guest_ip="everywhere"),
    "vpc-04-static_routes": lambda content: content["routes"][0].update(network=None),
    "vpc-05-network_acl-web": lambda content: content.update(ingress_rules={}),
    "vpc-13-site_2_site_vpn": lambda content: content.update(peer_gateway_ip=[]),
    "iso-11-remote_access_vpn": lambda content: content.update(create="perhaps"),
    "iso-12-vpn_user_list": lambda content: content.update(vpn_users="everybody"),
    "iso-43-bgp_peers": lambda content: content.update(peers=5),
}


@pytest.mark.parametrize("sample", WRONG)
def test_a_wrong_message_of_any_type_changes_nothing_and_says_why(booted, sample):
    before = booted.api().get("/v1/config")
    name = booted.copy(sample, WRONG[sample])
    refused = booted.driven("vr", "update_config.py", name)
    assert refused.returncode == 1
    assert len(refused.stdout.strip()) > 10 and "terminate" not in refused.stdout
    assert booted.api().get("/v1/config") == before
    booted.is_fresh = True


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a;id", "$(id)", "a b", "", ".x",
                                  "x" * 300])
def test_a_name_that_is_no_file_of_the_cache_is_refused(booted, name):
    refused = booted.driven("vr", "update_config.py", name)
    assert refused.returncode != 0 and "uid=" not in refused.stdout and refused.stdout


def test_a_message_of_fifty_megabytes_is_refused(booted):
    name = booted.put("firewall_rules.json", b'{"type": "firewallrules", "rules": ["'
                           + b"x" * (50 << 20) + b'"]}')
    refused = booted.driven("vr", "update_config.py", name)
    assert refused.returncode == 1 and name in refused.stdout
    assert talk(booted.web1, FAR, 443)


def test_links_of_all_entry_points_are_there(booted):
    links = {link.name for link in booted.driven.file("opt/cloud/bin").iterdir()}
    assert {"update_config.py", "configure.py", "vr_cfg.sh", "get_template_version.sh",
            "checkrouter.sh", "netusage.sh", "getRouterAlerts.sh", "getRouterMonitorResults.sh",
            "diagnostics.py", "update_interface_config.sh", "manage_service.sh",
            "get_diagnostics_files.py", "cleanup.sh"} <= links
