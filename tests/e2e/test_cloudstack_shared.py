"""A shared network: DHCP, DNS, metadata and passwords alone, with a second range of addresses."""

import pytest

from lab.cloudstack.driven import DrivenFromHere
from lab.cloudstack.isolated import SAMPLES, Messages, dig, lease
from lab.host import Host

GUESTS = {"s1": ("192.168.100.21", "02:03:00:aa:00:21"), "s3": ("192.168.101.23", "02:03:00:aa:01:23")}


class Shared(Messages):
    """The lab and its guests, which have got no addresses yet but s1."""

    def __init__(self, driven, logs):
        super().__init__(driven, logs)
        self.guests = {}
        for name, (address, mac) in GUESTS.items():
            client = f"{driven.name}{name}"
            own = ("--ip", f"{address}/24") if name == "s1" else ()
            driven.good("client", client, "--on", "eth0", "--mac", mac, *own)
            self.guests[name] = Host(client, logs, name, address)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with DrivenFromHere("h", "dhcpsrvr", "--cmdline", SAMPLES / "shr-00-cmdline.txt") as driven:
        made = Shared(driven, tmp_path_factory.mktemp("shared"))
        made.boot("shr-50-boot.cfg")
        yield made


def test_vr_117_guests_are_told_the_networks_own_router(shared, tmp_path):
    told = lease(shared.guests["s1"], tmp_path)
    assert told["fixed-address"] == "192.168.100.21" and told["routers"] == "192.168.100.1"
    assert told["domain-name-servers"].split(",")[0] == "192.168.100.5"
    assert dig(shared.guests["s1"], "@192.168.100.5", "s1.shared.example.internal") == \
        ["192.168.100.21"]


def test_vr_149_the_public_address_of_a_guest_is_its_own(shared):
    get = shared.guests["s1"].curl
    assert get("http://192.168.100.5/latest/public-ipv4") == "192.168.100.21"
    assert get("http://192.168.100.5/latest/public-hostname") == "s1"


def test_vr_118_the_second_range_has_a_server_of_its_own(shared, tmp_path):
    told = lease(shared.guests["s3"], tmp_path)
    assert told["fixed-address"] == "192.168.101.23" and told["routers"] == "192.168.101.1"
    assert told["dhcp-server-identifier"] == "192.168.101.5"
    assert told["domain-name-servers"].split(",")[0] == "192.168.101.5"


def test_vr_119_a_range_goes_with_its_address(shared):
    def asks():
        return shared.guests["s1"].run("arping", "-c", "1", "-w", "1", "-I", "eth0",
                                       "192.168.101.5", check=False).returncode
    assert asks() == 0
    shared.send("shr-21-ip_aliases-revoke")
    assert asks() != 0
