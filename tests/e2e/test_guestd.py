"""viaduct-guestd from a configuration in dnsmasq's syntax, asked by real clients."""

import pathlib
import signal

import pytest

from lab import CommandFailed, build_directory, wait_until
from lab.guests import SERVER, GuestNetwork


@pytest.fixture(name="network")
def network_of_guests(tmp_path):
    made = GuestNetwork(tmp_path)
    yield made
    made.close()


def dig(guest, *question):
    return guest.run("dig", "+short", "+time=2", "+tries=1", f"@{SERVER}", *question).stdout.split()


WEB = "02:00:00:00:00:20"
OTHER = "02:00:00:00:00:30"
CONFIGURATION = f"""
dhcp-range=set:lan,10.9.1.50,10.9.1.99,1h
dhcp-host={WEB},10.9.1.20,web1,infinite
dhcp-authoritative
domain=cs1.example
expand-hosts
dhcp-option=tag:lan,option:ntp-server,10.9.1.5
dhcp-option=tag:elsewhere,option:ntp-server,10.9.1.6
dhcp-option=119,cs1.example,cs2.example
host-record=data-server,{SERVER}
address=/wild.example/10.9.9.9
"""


def test_a_guest_gets_the_address_that_is_kept_for_it(network):
    network.serve(CONFIGURATION)
    told = network.lease(network.guest("web", WEB))
    assert told["fixed-address"] == "10.9.1.20"
    assert told["host-name"] == '"web1"'
    assert told["routers"] == told["domain-name-servers"] == SERVER
    assert told["dhcp-lease-time"] == "4294967295"
    assert told["ntp-servers"] == "10.9.1.5"
    assert told["domain-search"] == '"cs1.example.", "cs2.example."'


def test_another_guest_gets_one_of_the_range_and_the_same_again(network):
    network.serve(CONFIGURATION)
    guest = network.guest("vm", "02:00:00:00:00:21")
    address = network.lease(guest)["fixed-address"]
    assert 50 <= int(address.rpartition(".")[2]) <= 99
    (network.directory / "vm.env.leases").unlink()
    assert network.lease(guest)["fixed-address"] == address


def test_a_guest_of_a_second_subnet_hears_from_its_own_gateway(network):
    network.server.ip("address add 10.9.2.1/24 dev eth0")
    network.serve(CONFIGURATION + f"dhcp-range=10.9.2.1,static\ndhcp-host={OTHER},10.9.2.20,db1\n")
    told = network.lease(network.guest("db", OTHER))
    assert told["fixed-address"] == "10.9.2.20"
    assert told["dhcp-server-identifier"] == told["routers"] == "10.9.2.1"
    assert "DHCPACK of 10.9.2.20 from 10.9.2.1" in network.said


def test_unknown_guests_get_nothing_where_they_are_ignored(network):
    network.serve(CONFIGURATION + "dhcp-ignore=tag:!known\n")
    assert network.lease(network.guest("web", WEB))["fixed-address"] == "10.9.1.20"
    with pytest.raises(CommandFailed):
        network.guest("vm", OTHER).run("udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", 2, "-T", 1,
                                       "-s", "/bin/true")


def test_busybox_is_served_too(network):
    network.serve(CONFIGURATION)
    guest = network.guest("web", WEB)
    done = guest.run("udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", 3, "-T", 2, "-s", "/bin/true")
    assert "lease of 10.9.1.20 obtained" in done.stdout + done.stderr


def test_what_was_acknowledged_outlives_a_crash(network):
    network.serve(CONFIGURATION.replace("10.9.1.99", "10.9.1.51"))
    addresses = {network.lease(network.guest(f"vm{i}", f"02:00:00:00:01:0{i}"))["fixed-address"]
                 for i in range(2)}
    assert addresses == {"10.9.1.50", "10.9.1.51"}
    network.guestd.kill()
    network.start()
    third = network.guest("vm3", "02:00:00:00:01:03")
    with pytest.raises(CommandFailed):
        third.run("udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", 2, "-T", 1, "-s", "/bin/true")


def test_it_gives_up_what_it_does_not_need_and_survives_a_hangup(network):
    network.serve(CONFIGURATION)
    process = pathlib.Path(f"/proc/{network.guestd.pid}")
    facts = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines())
    assert facts["Seccomp"] == "2" and facts["NoNewPrivs"] == "1"
    may = {number for number in range(64) if int(facts["CapEff"], 16) >> number & 1}
    assert may <= {10, 12, 13}, "to bind ports, administer networks, use raw sockets"
    assert (process / "root").readlink() == network.directory
    network.guestd.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "SIGHUP" in network.guestd.output(), "it says so")
    assert network.lease(network.guest("web", WEB))["fixed-address"] == "10.9.1.20"


def test_names_are_answered_forward_and_reverse(network):
    network.serve(CONFIGURATION)
    guest = network.guest("web", WEB)
    guest.ip("address add 10.9.1.20/24 dev eth0")
    for name in ("web1", "web1.cs1.example"):
        assert dig(guest, name) == ["10.9.1.20"]
    assert dig(guest, "-x", "10.9.1.20") == ["web1.cs1.example."]
    assert dig(guest, "+tcp", "data-server") == [SERVER]
    assert dig(guest, "a.wild.example") == ["10.9.9.9"]
    assert "REFUSED" in guest.run("dig", f"@{SERVER}", "nobody.cs1.example").stdout


def test_names_that_nobody_has_do_not_exist_in_a_local_domain(network):
    network.serve(CONFIGURATION + "local=/cs1.example/\n")
    guest = network.guest("web", WEB)
    guest.ip("address add 10.9.1.20/24 dev eth0")
    assert "NXDOMAIN" in guest.run("dig", f"@{SERVER}", "nobody.cs1.example").stdout


def test_a_guest_is_known_by_the_domain_of_its_address(network):
    network.serve(CONFIGURATION.replace("expand-hosts\n", "") +
                  "domain=net1.example,10.9.1.30,10.9.1.39\n"
                  f"dhcp-host={OTHER},10.9.1.30,d1\n")
    guest = network.guest("web", WEB)
    guest.ip("address add 10.9.1.20/24 dev eth0")
    assert dig(guest, "web1.cs1.example") == dig(guest, "web1") == ["10.9.1.20"]
    assert dig(guest, "-x", "10.9.1.20") == ["web1.cs1.example."]
    assert dig(guest, "d1.net1.example") == ["10.9.1.30"]
    assert dig(guest, "d1.cs1.example") == []
    assert dig(guest, "-x", "10.9.1.30") == ["d1.net1.example."]


def test_a_server_of_the_routers_own_domain_is_asked_for_what_is_not_known_here(network):
    network.resolver("--host-record=www.cs1.example,192.0.2.80")
    network.serve(CONFIGURATION + "local=/cs1.example/\nserver=/cs1.example/10.9.1.53\n")
    guest = network.guest("web", WEB)
    guest.ip("address add 10.9.1.20/24 dev eth0")
    wait_until(lambda: dig(guest, "www.cs1.example") == ["192.0.2.80"], "the server is asked")
    assert dig(guest, "web1.cs1.example") == ["10.9.1.20"]


def test_a_guest_is_told_the_address_in_its_own_subnet(network):
    network.server.ip("address add 10.9.2.1/24 dev eth0")
    network.serve(CONFIGURATION + "host-record=data-server,10.9.2.1\n")
    guest = network.guest("db", OTHER)
    guest.ip("address add 10.9.2.20/24 dev eth0", "route add default via 10.9.2.1")
    assert dig(guest, "@10.9.2.1", "data-server") == ["10.9.2.1"]


def test_a_null_address_is_told_for_both_families(network):
    network.serve(CONFIGURATION + "address=/null.example/#\n")
    guest = network.guest("web", WEB)
    guest.ip("address add 10.9.1.20/24 dev eth0")
    assert dig(guest, "null.example") == ["0.0.0.0"]
    assert dig(guest, "null.example", "AAAA") == ["::"]


def test_what_several_lines_say_of_a_name_is_told_once(network):
    network.serve(CONFIGURATION + "host-record=web1,web1.cs1.example,10.9.1.20\n")
    guest = network.guest("web", WEB)
    guest.ip("address add 10.9.1.20/24 dev eth0")
    assert dig(guest, "web1.cs1.example") == dig(guest, "web1") == ["10.9.1.20"]


def test_other_names_are_asked_of_a_resolver(network):
    asked = network.resolver("--host-record=www.example.com,192.0.2.80",
                             "--txt-record=large.example.com," + ",".join(["x" * 250] * 8))
    network.serve(CONFIGURATION + "server=10.9.1.53\n")
    guest = network.guest("web", WEB)
    guest.ip("address add 10.9.1.20/24 dev eth0")
    wait_until(lambda: dig(guest, "www.example.com") == ["192.0.2.80"], "the resolver is asked")
    large = guest.run("dig", f"@{SERVER}", "TXT", "large.example.com").stdout
    assert "retrying in TCP mode" in large and large.count("x" * 250) == 8
    asked.stop()
    assert dig(guest, "www.example.com") in (["192.0.2.80"], []), "kept, or its resolver is gone"


def test_nobody_but_guests_is_answered(network):
    network.serve(CONFIGURATION)
    stranger = network.guest("stranger", "02:00:00:00:00:66")
    stranger.ip("address add 10.9.7.7/24 dev eth0", f"route add {SERVER} dev eth0")
    network.server.ip("route add 10.9.7.0/24 dev eth0")
    assert stranger.run("ping", "-c1", "-W2", SERVER)
    with pytest.raises(CommandFailed):
        dig(stranger, "web1")


@pytest.mark.parametrize("line, why", [
    ("dhcp-range=fd00::2,fd00::99", "DHCPv6 is not supported"),
    ("dhcp-host=02:*:00:00:00:00,10.9.1.30", "wildcards is not supported"),
    ("dhcp-script=/bin/true", "not supported"),
    ("no-such-key=1", "no-such-key"),
])
def test_what_cannot_be_had_is_said_with_its_place(network, line, why):
    file = network.directory / "guestd.conf"
    file.write_text(f"interface=eth0\ndhcp-range=10.9.1.50,10.9.1.99\n{line}\n", encoding="ascii")
    done = network.server.run(build_directory() / "bin" / "viaduct-guestd", "-C", file, "--leases",
                              network.directory / "leases", check=False)
    assert done.returncode == 1
    assert f"{file}:3: " in done.stderr and why in done.stderr
