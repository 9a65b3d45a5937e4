"""viaduct-guestd and the clients that guests, relays and boot ROMs have."""

import contextlib
import pathlib
import re
import socket

import pytest

from lab import CommandFailed, wait_until
from lab.guests import SERVER, GuestNetwork
from lab.namespace import cable
from lab.stations import (ACK, DECLINE, DISCOVER, INFORM, NAK, OFFER, RELEASE, REQUEST, Stations,
                          frame, message, number_mac, option)

WEB, WEB_ADDRESS = "02:00:00:00:00:20", "10.9.1.20"
RANGE = "dhcp-range=10.9.1.50,10.9.1.51,1h\ndhcp-authoritative\n"
CONFIGURATION = RANGE + f"""
dhcp-host={WEB},{WEB_ADDRESS},web1
domain=cs1.example
expand-hosts
dhcp-option=option:ntp-server,10.9.1.5
"""
VM, OTHER = number_mac(0x21), number_mac(0x22)


@pytest.fixture(name="network")
def network_of_guests(tmp_path):
    with contextlib.closing(GuestNetwork(tmp_path)) as made:
        yield made


@pytest.fixture(name="stations")
def stations_of_one_guest(network):
    with contextlib.closing(Stations(network.guest("vms", "02:00:00:00:00:99"))) as made:
        yield made


def packed(address):
    return socket.inet_aton(address)


def lease(stations, mac):
    """The address that a station gets by DISCOVER and REQUEST."""
    offer = stations.ask(mac, DISCOVER)
    assert offer.kind == OFFER
    granted = stations.ask(mac, REQUEST, offer.choice())
    assert granted.kind == ACK and granted.address == offer.address
    return granted.address


def udhcpc(guest, *options):
    """What busybox tells its script, as lines NAME=VALUE."""
    script = guest.logs / "tell"
    script.write_text("#!/bin/sh\nexec env\n", encoding="ascii")
    script.chmod(0o755)
    return guest.run("udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", 5, "-T", 2, "-s", script,
                     *options, timeout=60).stdout


# --- Programs


@pytest.fixture
def dhcpcd():
    """What dhcpcd remembers of an interface is by its name alone: not for the next one."""
    yield ("dhcpcd", "-4", "-1", "-B", "-L", "-d", "-t", 20, "-c", "/bin/true")
    pathlib.Path("/var/lib/dhcpcd/eth0.lease").unlink(missing_ok=True)


def test_dhcpcd_configures_its_interface(network, dhcpcd):
    network.serve(CONFIGURATION)
    guest = network.guest("web", WEB)
    guest.run(*dhcpcd, "eth0", timeout=60)
    assert f"inet {WEB_ADDRESS}/24" in guest.run("ip", "address", "show", "eth0").stdout
    assert f"default via {SERVER}" in guest.run("ip", "route").stdout


def test_dhcpcd_asks_only_for_parameters_where_it_has_an_address(network, dhcpcd):
    network.serve(CONFIGURATION)
    guest = network.guest("fixed", "02:00:00:00:00:44")
    said = guest.run(*dhcpcd, "-s", "10.9.1.44/24", "eth0", timeout=60)
    assert "received approval for 10.9.1.44" in said.stdout + said.stderr


def test_delv_gets_local_names_and_those_of_others(network):
    network.resolver("--host-record=www.example.com,192.0.2.80")
    network.serve(CONFIGURATION + "server=10.9.1.53\n")
    guest = network.guest("web", WEB)
    guest.ip(f"address add {WEB_ADDRESS}/24 dev eth0")

    def delve(*question):
        return guest.run("delv", "-i", f"@{SERVER}", "+short", *question, timeout=60).stdout.split()

    wait_until(lambda: delve("www.example.com") == ["192.0.2.80"], "the resolver is asked")
    assert delve("web1.cs1.example") == [WEB_ADDRESS]
    assert delve("-x", WEB_ADDRESS) == ["web1.cs1.example."]
    assert delve("+tcp", "web1.cs1.example") == [WEB_ADDRESS]


def test_a_boot_rom_is_told_its_server_and_file(network):
    network.serve(CONFIGURATION + "dhcp-boot=pxelinux.0,boot1,10.9.1.7\n")
    told = udhcpc(network.guest("web", WEB), "-O", "bootfile", "-O", "tftp")
    assert "siaddr=10.9.1.7" in told
    assert "boot_file=pxelinux.0" in told and "bootfile=pxelinux.0" in told
    assert "sname=boot1" in told and "tftp=boot1" in told


def test_boot_fields_are_where_firmware_looks_for_them(network, stations):
    network.serve(CONFIGURATION + "dhcp-boot=pxelinux.0,boot1,10.9.1.7\n")
    offer = stations.ask(VM, DISCOVER, option(60, b"PXEClient:Arch:00000:UNDI:002001"))
    assert offer.next_server == "10.9.1.7" and offer.file == b"pxelinux.0"


def test_busybox_declines_what_somebody_else_uses(network):
    network.serve(RANGE)
    for last in (50, 51):
        squatter = network.guest(f"squat{last}", f"02:00:00:00:00:{last}")
        squatter.ip(f"address add 10.9.1.{last}/24 dev eth0")
    with pytest.raises(CommandFailed) as failed:
        udhcpc(network.guest("vm", "02:00:00:00:00:21"), "-a")
    assert failed.value.output.count("broadcasting decline") == 2, "each address is told once"


def test_what_dhclient_releases_another_one_gets(network):
    network.serve(RANGE.replace("10.9.1.51", "10.9.1.50"))
    first, second = (network.guest(f"vm{i}", f"02:00:00:00:00:2{i}") for i in range(2))
    assert network.lease(first)["fixed-address"] == "10.9.1.50"
    with pytest.raises(CommandFailed):
        udhcpc(second)
    first.ip("address add 10.9.1.50/24 dev eth0")
    kept = network.directory / "vm0.env"
    first.run("dhclient", "-r", "-v", "-sf", "/bin/true", "-lf", f"{kept}.leases", "-pf",
              f"{kept}.pid", "eth0")
    assert "ip=10.9.1.50" in udhcpc(second)


# --- Packets


def test_a_client_that_rebinds_keeps_its_address(network, stations):
    network.serve(RANGE)
    address = lease(stations, VM)
    stations.own(address)
    again = stations.ask(VM, REQUEST, client=packed(address))
    assert (again.kind, again.address) == (ACK, address)
    assert again.options[54] == packed(SERVER)
    assert stations.ask(OTHER, REQUEST, client=packed(address)).kind == NAK


def test_a_client_that_rebinds_outlives_the_server(network, stations):
    network.serve(RANGE)
    address = lease(stations, VM)
    stations.own(address)
    network.guestd.kill()
    assert stations.ask(VM, REQUEST, client=packed(address), patience=0.2) is None
    network.start()
    assert stations.ask(VM, REQUEST, client=packed(address)).kind == ACK


def test_inform_gets_parameters_and_no_address(network, stations):
    network.serve(CONFIGURATION)
    stations.own("10.9.1.44")
    told = stations.ask(VM, INFORM, client=packed("10.9.1.44"))
    assert (told.kind, told.address) == (ACK, "0.0.0.0")
    assert told.options[42] == packed("10.9.1.5")
    assert 51 not in told.options, "no lease, no time of it"


def test_declined_addresses_are_not_offered_again(network, stations):
    network.serve(RANGE)
    address = lease(stations, VM)
    stations.send(frame(VM, message(VM, DECLINE, option(50, packed(address)) +
                                    option(54, packed(SERVER)))))
    other = lease(stations, VM)
    assert other != address
    assert stations.ask(OTHER, DISCOVER, patience=0.5) is None, "there are two, and one is in use"


def test_released_addresses_are_offered_to_others(network, stations):
    network.serve(RANGE.replace("10.9.1.51", "10.9.1.50"))
    address = lease(stations, VM)
    assert stations.ask(OTHER, DISCOVER, patience=0.5) is None
    stations.send(frame(VM, message(VM, RELEASE, option(54, packed(SERVER)),
                                    client=packed(address)), source=packed(address)))
    assert lease(stations, OTHER) == address


# --- Relays


def relay(network):
    """A machine that passes DHCP on from a cable `below` to the network."""
    made = network.guest("relay", "02:00:00:00:00:05")
    made.ip("address add 10.9.1.6/24 dev eth0")
    return made


def test_guests_behind_a_relay_are_served(network):
    network.serve(CONFIGURATION)
    middle = relay(network)
    guest = network.namespace("behind")
    cable(middle, "below", guest, "eth0")
    middle.ip("address add 10.9.1.5/32 dev below")
    running = middle.start("dhcrelay", "-4", "-d", "-a", "-pf", network.directory / "relay.pid",
                           "-id", "below", "-iu", "eth0", SERVER)
    wait_until(lambda: "Sending on" in running.output(), "the relay runs")
    guest.ip("link set eth0 down", f"link set eth0 address {WEB}", "link set eth0 up")
    # It takes back only what has its own option 82, and takes that away.
    assert f"ip={WEB_ADDRESS}" in udhcpc(guest), running.output()


def test_what_a_relay_adds_comes_back_as_it_was(network):
    network.serve(CONFIGURATION)
    middle = relay(network)
    with middle.entered():
        agent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with contextlib.closing(agent):
        agent.bind(("10.9.1.6", 67))
        agent.settimeout(5)
        information = option(82, option(1, b"port 7") + option(2, bytes(range(40))))
        asked = bytearray(message(VM, DISCOVER, information))
        asked[24:28] = packed("10.9.1.6")
        agent.sendto(asked, (SERVER, 67))
        offer = agent.recv(1500)
    assert offer[24:28] == packed("10.9.1.6")
    assert re.search(re.escape(information) + rb"\xff\0*$", offer), "as the last option (RFC 3046)"
