"""What guests of an isolated network are told by DHCP, DNS, the metadata and the password server."""

import base64
import json

from lab.cloudstack.isolated import (FAR, ROUTER, SAMPLES, ask_again, dig, lease,
                                     refuses_or_answers)
from lab.commands import wait_until
from lab.host import Host

METADATA = "http://10.1.1.1/latest"
PASSWORDS = "http://10.1.1.1:8080/"


def status(guest, url):
    return guest.run("curl", "-s", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}", url).stdout


def dhcp_entry(**changes):
    content = json.loads((SAMPLES / "iso-08-vm_dhcp_entry-web1.json").read_text())
    return content | changes


def test_vr_101_a_guest_is_told_no_router_by_its_other_nics(booted, tmp_path):
    name = f"{booted.driven.name}multi"
    booted.driven.good("client", name, "--on", "eth0", "--mac", "02:01:00:aa:00:14")
    told = lease(Host(name, tmp_path, "multi1", "10.1.1.14"), tmp_path)
    assert told["fixed-address"] == "10.1.1.14" and told["subnet-mask"] == "255.255.255.0"
    assert told["host-name"] == '"multi1"' and told["interface-mtu"] == "1500"
    assert not {"routers", "domain-name-servers", "domain-name"} & set(told)


def test_vr_103_a_wrong_address_is_refused(booted, tmp_path):
    said, address = ask_again(booted.web2, tmp_path, "10.1.1.99")
    assert "DHCPNAK" in said and address == "10.1.1.12"


def test_vr_106_a_lease_of_the_router_before_is_good(booted, tmp_path):
    said, address = ask_again(booted.web1, tmp_path, "10.1.1.11")
    assert "DHCPNAK" not in said and "DHCPDISCOVER" not in said and address == "10.1.1.11"


def test_vr_110_other_names_are_asked_of_the_resolvers(booted):
    resolver = Host(booted.outside[FAR].name, booted.logs, "resolver", "198.51.100.54")
    server = resolver.start("dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=",
                            "--bind-interfaces", "--listen-address=198.51.100.54",
                            "--address=/www.example.org/192.0.2.80", "--pid-file=")
    try:
        wait_until(lambda: dig(booted.web1, "@10.1.1.1", "www.example.org") == ["192.0.2.80"],
                   "the second resolver is asked, as the first one talks nonsense", 20)
    finally:
        server.stop()


def test_vr_112_a_mac_and_an_address_are_reserved_once(booted, tmp_path):
    booted.say("dhcpentry", **{key: value for key, value in
                               dhcp_entry(ipv4_address="10.1.1.31").items() if key != "type"})
    kept = booted.config("dhcp_reservations").values()
    macs, addresses = ([each[key] for each in kept] for key in ("mac", "address"))
    assert len(set(macs)) == len(macs) and len(set(addresses)) == len(addresses)
    assert lease(booted.web1, tmp_path)["fixed-address"] == "10.1.1.31"


def test_vr_113_guests_may_be_sent_to_external_resolvers(isolated, tmp_path):
    isolated.boot_with("useextdns=true")
    told = lease(isolated.web1, tmp_path)
    assert told["domain-name-servers"] == "198.51.100.53,198.51.100.54"
    asked = isolated.web1.run("dig", "+tries=1", "+time=2", "@10.1.1.1", "web1", check=False)
    assert "no servers could be reached" in asked.stdout


def test_vr_114_guests_are_told_where_to_look_names_up(isolated, tmp_path):
    isolated.boot_with("dnssearchorder=one.example,two.example")
    assert lease(isolated.web1, tmp_path)["domain-search"] == '"one.example.", "two.example."'


def test_vr_115_a_lease_may_end(booted, tmp_path):
    booted.send("iso-42-vm_dhcp_entry-lease-time")
    assert lease(booted.web1, tmp_path)["dhcp-lease-time"] == "3600"


def test_vr_116_guests_are_told_the_mtu_of_their_network(isolated, tmp_path):
    isolated.boot_with("privateMtu=1400")
    assert lease(isolated.web1, tmp_path)["interface-mtu"] == "1400"
    assert isolated.config("interfaces")["eth0"]["mtu"] == 1400
    refused = isolated.web1.run("ping", "-c", "1", "-W", "1", "-M", "do", "-s", "1400", "10.1.1.1",
                                check=False)
    assert refused.returncode != 0


def test_vr_131_a_guest_without_user_data_reads_nothing(booted):
    assert status(booted.web2, f"{METADATA}/user-data") == "200"
    assert booted.web2.curl(f"{METADATA}/user-data") == ""


def test_vr_134_public_addresses_are_told(booted):
    assert booted.db1.curl(f"{METADATA}/public-ipv4") == "203.0.113.12"
    assert booted.web1.curl(f"{METADATA}/public-ipv4") == "203.0.113.10"


def test_vr_136_a_guest_reads_nobody_elses_data(booted):
    for path in ("userdata/10.1.1.11/user-data", "metadata/10.1.1.11/local-ipv4"):
        assert status(booted.web2, f"http://10.1.1.1/{path}") == "403"


def test_vr_137_the_outside_reads_no_metadata(booted):
    assert not refuses_or_answers(booted.outside[FAR], ROUTER, 80)


def test_vr_138_139_metadata_change_and_go(booted):
    booted.send("iso-31-vm_metadata-web1-update")
    assert booted.web1.curl(f"{METADATA}/user-data") == "#!/bin/sh\necho again\n"
    assert booted.web1.curl(f"{METADATA}/service-offering") == "medium-2c4g"
    booted.send("iso-32-vm_metadata-web1-clear")
    assert status(booted.web1, f"{METADATA}/user-data") == "404"


def test_vr_140_user_data_are_told_byte_by_byte(booted, tmp_path):
    data = bytes(range(256)) * 40 + b"\0\r\n tail"
    text = base64.b64encode(data).decode().rstrip("=")
    def with_bytes(content):
        content["vm_metadata"][0][2] = text
    booted.tell("iso-31-vm_metadata-web1-update", with_bytes)
    booted.web1.curl(f"{METADATA}/user-data", "-o", tmp_path / "data")
    assert (tmp_path / "data").read_bytes() == data


def ask_password(guest, wish="send_my_password"):
    return guest.run("curl", "-s", "-m", "5", "-H", f"DomU_Request: {wish}", PASSWORDS,
                     check=False).stdout


def test_vr_145_guests_store_no_passwords(booted):
    booted.web2.run("curl", "-s", "-m", "5", "-d", "ip=10.1.1.12", "-d", "password=mine",
                    f"{PASSWORDS}save_password", check=False)
    assert ask_password(booted.web2) == "saved_password"


def test_vr_147_a_password_outlives_the_process(booted):
    booted.send("iso-10-vm_password-web1")
    booted.driven.restart("viaduct-guestd")
    wait_until(lambda: ask_password(booted.web1) not in ("", "saved_password"),
               "the password is told again", 20)
    password = json.loads((SAMPLES / "iso-10-vm_password-web1.json").read_text())["password"]
    assert ask_password(booted.web1) == password


def test_vr_150_a_router_that_starts_anew_has_no_passwords(booted):
    booted.send("iso-10-vm_password-web1")
    booted.boot()
    assert ask_password(booted.web1) == "saved_password"
