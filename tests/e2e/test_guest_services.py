"""viaduct-guestd serves the guests of routers as the control socket says, asked by real clients."""

import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import threading

import pytest

from lab import CommandFailed, wait_until
from lab.commands import cpu_seconds
from lab.guestd import GuestLab, Refusal, ask_password, curl, dig

WEB = "02:00:00:00:00:11"
OTHER = "02:00:00:00:00:12"
ALL = ["dhcp", "dns", "metadata", "password"]
PASSWORD = "t4Wq9ZxK"
OF_WEB1 = "/routers/red/passwords/web1"


def router(**resources):
    """What the document says of a router with one network."""
    whole = {
        "interfaces": {"guest0": {"addresses": ["10.1.1.1/24"], "services": ALL}},
        "dhcp_subnets": {"lan": {"interface": "guest0", "subnet": "10.1.1.0/24",
                                 "server": "10.1.1.1", "router": "10.1.1.1",
                                 "ranges": ["10.1.1.50-10.1.1.99"]}},
        "dhcp_reservations": {"web1": {"interface": "guest0", "mac": WEB,
                                       "address": "10.1.1.11"}},
        "dns_settings": {"dns": {"domain": "cs1.example"}},
        "dns_hosts": {"web1": {"names": ["web1"], "addresses": ["10.1.1.11"]}},
        "metadata_networks": {"guest0": {}},
        "metadata_guests": {"web1": {"interface": "guest0", "address": "10.1.1.11", "mac": WEB,
                                     "user_data": "I2Nsb3Vk",
                                     "items": {"local-hostname": "web1"}}},
        "password_networks": {"guest0": {}},
        "passwords": {"web1": {"interface": "guest0", "address": "10.1.1.11", "mac": WEB,
                               "password": None}},
    }
    return {**whole, **resources}


@pytest.fixture(name="site")
def lab_of_guests(tmp_path):
    made = GuestLab(tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(name="red")
def red_router(site):
    return site.router("red", "10.1.1.1/24")


@pytest.fixture(name="web")
def web_guest(site, red):
    """A guest of red that is served."""
    site.apply({"red": router()}, secrets={OF_WEB1: PASSWORD})
    site.wait_until_open()
    return site.guest(red, "web", WEB, "10.1.1.11/24")


def test_a_guest_gets_all_that_its_router_serves(site, red):
    site.apply({"red": router()}, secrets={OF_WEB1: PASSWORD})
    site.wait_until_open()
    web = site.guest(red, "web", WEB)
    told = site.lease(web)
    assert told["fixed-address"] == "10.1.1.11"
    assert told["dhcp-server-identifier"] == told["routers"] == "10.1.1.1"
    web.ip("address add 10.1.1.11/24 dev eth0")
    assert dig(web, "web1.cs1.example") == ["10.1.1.11"]
    assert dig(web, "+tcp", "-x", "10.1.1.11") == ["web1.cs1.example."]
    assert curl(web, "http://10.1.1.1/latest/meta-data/local-hostname") == "web1"
    assert curl(web, "http://10.1.1.1/latest/user-data") == "#cloud"
    assert ask_password(web) == PASSWORD


def test_metadata_is_found_at_the_address_that_all_clouds_have(red, web):
    red.ip("address add 169.254.169.254/32 dev lo")
    web.ip("route add 169.254.169.254 via 10.1.1.1")
    assert curl(web, "http://169.254.169.254/latest/meta-data/local-hostname") == "web1"
    token = curl(web, "http://169.254.169.254/latest/api/token", "-X", "PUT", "-H",
                 "X-aws-ec2-metadata-token-ttl-seconds: 60")
    assert curl(web, "http://169.254.169.254/latest/user-data", "-H",
                f"X-aws-ec2-metadata-token: {token}") == "#cloud"


def test_who_took_the_address_of_a_guest_is_told_nothing(site, red, web):
    web.ip("link set eth0 down")
    thief = site.guest(red, "thief", OTHER, "10.1.1.11/24")
    assert ask_password(thief) == "saved_password"
    assert "404" in curl(thief, "http://10.1.1.1/latest/user-data", "-i")
    network = site.network("red", "guest0")
    assert network["password"]["impostor"] == 1 and network["metadata"]["impostor"] == 1


def test_two_routers_may_have_the_same_addresses(site, red, web):
    blue = site.router("blue", "10.1.1.1/24")
    other = site.guest(blue, "web", WEB, "10.1.1.11/24")
    of_blue = router(dns_hosts={"db": {"names": ["db"], "addresses": ["10.1.1.12"]}},
                     metadata_guests={"web1": {"interface": "guest0", "address": "10.1.1.11",
                                               "items": {"local-hostname": "blue-web"}}})
    site.apply({"red": router(), "blue": of_blue}, secrets={"/routers/blue/passwords/web1": "blue"})
    site.wait_until_open("blue")
    assert dig(web, "web1") == ["10.1.1.11"] and dig(other, "web1") == []
    assert dig(web, "db") == [] and dig(other, "db") == ["10.1.1.12"]
    assert curl(other, "http://10.1.1.1/latest/meta-data/local-hostname") == "blue-web"
    assert ask_password(web) == PASSWORD and ask_password(other) == "blue"
    site.lease(other)
    assert [lease["router"] for lease in site.ask("leases")["leases"]] == ["blue"]
    assert site.ask("leases", router="red")["leases"] == []


def test_an_interface_may_come_later_and_come_back(site):
    site.apply({"red": router()})
    problems = site.network("red", "guest0")["closed"]
    assert {each["service"] for each in problems} == {"dhcp", "dns", "dns over tcp", "metadata",
                                                      "password"}
    red = site.namespace("red")
    wait_until(lambda: {each["problem"] for each in site.network("red", "guest0")["closed"]} ==
               {"there is no such interface"}, "the namespace is found")
    for turn in range(2):
        site.add_interface(red, "guest0", "10.1.1.1/24")
        site.wait_until_open()
        guest = site.guest(red, f"vm{turn}", WEB, "10.1.1.11/24")
        assert site.lease(guest)["fixed-address"] == "10.1.1.11"
        assert dig(guest, "web1") == ["10.1.1.11"]
        assert curl(guest, "http://10.1.1.1/latest/meta-data/local-hostname") == "web1"
        red.ip("link del guest0")
        wait_until(lambda: site.network("red", "guest0")["closed"], "it has gone")
        guest.delete()


def test_addresses_may_come_after_the_interface(site):
    site.apply({"red": router()})
    red = site.router("red")
    site.wait_until_open()
    red.ip("address add 10.1.1.1/24 dev guest0")
    guest = site.guest(red, "web", WEB, "10.1.1.11/24")
    assert dig(guest, "web1") == ["10.1.1.11"]
    assert curl(guest, "http://10.1.1.1/latest/meta-data/local-hostname") == "web1"


def test_a_namespace_that_was_made_anew_is_served_and_the_old_one_let_go(site, red, web):
    old = os.stat(f"/run/netns/{red.name}").st_ino
    web.delete()
    red.delete()
    red.create()
    site.add_interface(red, "guest0", "10.1.1.1/24")
    assert os.stat(f"/run/netns/{red.name}").st_ino != old
    guest = site.guest(red, "again", WEB, "10.1.1.11/24")
    wait_until(lambda: not site.network("red", "guest0")["closed"], "the new one is served")
    wait_until(lambda: dig_once(guest) == ["10.1.1.11"], "and answers")


def dig_once(guest):
    try:
        return dig(guest, "web1")
    except CommandFailed:
        return []


def test_what_does_not_change_goes_on(site, red, web):
    assert dig(web, "web1") == ["10.1.1.11"]
    site.lease(web)
    before = site.network("red", "guest0")
    with socket_in(web, socket.SOCK_STREAM) as held:
        held.connect(("10.1.1.1", 53))
        site.change("/routers/red/dns_hosts/db", {"names": ["db"], "addresses": ["10.1.1.12"]})
        site.apply({"red": router(dns_hosts={"db": {"names": ["db"], "addresses": ["10.1.1.12"]}})})
        held.sendall(bytes.fromhex("0014 0001 0100 0001 0000 0000 0000 0264 6200 0001 0001"))
        assert held.recv(512)[-4:] == socket.inet_aton("10.1.1.12")
    assert dig(web, "web1") == [] and dig(web, "db") == ["10.1.1.12"]
    after = site.network("red", "guest0")
    assert after["dhcp"] == before["dhcp"] and after["dns"]["local"] > before["dns"]["local"]
    assert [lease["address"] for lease in site.ask("leases")["leases"]] == ["10.1.1.11"]
    assert ask_password(web) == PASSWORD


def socket_in(guest, kind):
    with guest.entered():
        made = socket.socket(socket.AF_INET, kind)
    made.settimeout(10)
    return made


def test_names_of_others_are_asked_from_within_the_routers_namespace(site, red, web):
    resolver = site.guest(red, "resolver", "02:00:00:00:00:53", "10.1.1.53/24")
    asked = resolver.start("dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=",
                           "--listen-address=10.1.1.53", "--bind-interfaces", "--pid-file=",
                           "--host-record=www.example.com,192.0.2.80", "--local-ttl=60",
                           "--txt-record=large.example.com," + ",".join(["x" * 250] * 8))
    site.change("/routers/red/dns_settings/dns", {"resolvers": ["10.1.1.53"]})
    wait_until(lambda: dig(web, "www.example.com") == ["192.0.2.80"], "the resolver is asked")
    assert web.run("dig", "@10.1.1.1", "TXT", "large.example.com").stdout.count("x" * 250) == 8
    told = site.ask("counters")["routers"]["red"]["dns"]
    assert told["resolvers"][0]["resolver"] == "10.1.1.53:53"
    assert told["resolvers"][0]["answered"] >= 2 and told["questions"]["by_tcp"] >= 1
    assert 0 < told["resolvers"][0]["round_trip_us"] < 2_000_000
    assert told["cache"]["answers"] >= 1
    site.change("/routers/red/dns_settings/dns", {"resolvers": ["10.1.1.54"]})
    assert "round_trip_us" not in site.ask("counters")["routers"]["red"]["dns"]["resolvers"][0]
    asked.stop()


def status(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines)


def test_whoever_faces_guests_may_do_nothing(site, web):
    assert dig(web, "web1") == ["10.1.1.11"]
    nobody = "\t".join(["65534"] * 4)
    serving = status(site.guestd.pid)
    for name in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
        assert int(serving[name], 16) == 0, name
    broker = status(site.broker())
    admin, raw, network, bind = 21, 13, 12, 10
    assert int(broker["CapPrm"], 16) == 1 << admin | 1 << raw | 1 << network | 1 << bind
    for process in (serving, broker):
        assert process["Uid"] == nobody and process["Groups"].strip() == ""
        assert process["NoNewPrivs"] == "1" and process["Seccomp"] == "2"


def test_its_state_is_its_own(site, web):
    site.lease(web)
    state = site.directory / "state"
    assert state.stat().st_mode & 0o777 == 0o700 and state.stat().st_uid == 65534
    for name in ("key", "leases", "passwords"):
        assert (state / name).stat().st_mode & 0o777 == 0o600, name
    assert PASSWORD.encode() not in (state / "passwords").read_bytes()
    assert PASSWORD not in site.guestd.output()


def test_leases_and_passwords_outlive_a_crash(site, red, web):
    assert site.lease(web)["fixed-address"] == "10.1.1.11"
    site.guestd.kill()
    site.start()
    assert site.ask("hello")["revision"] == 0
    site.apply({"red": router()})
    site.wait_until_open()
    assert [lease["address"] for lease in site.ask("leases")["leases"]] == ["10.1.1.11"]
    assert ask_password(web) == PASSWORD
    assert ask_password(web, "saved_password") == "saved_password"
    site.guestd.kill()
    site.start()
    site.apply({"red": router()})
    site.wait_until_open()
    assert ask_password(web) == "saved_password", "it is not told again"


def test_the_two_processes_end_together(site, web):
    broker = site.broker()
    site.guestd.kill()
    wait_until(lambda: not pathlib.Path(f"/proc/{broker}").exists() or
               status(broker)["State"].startswith("Z"), "the broker has ended, too")
    site.start()
    os.kill(site.broker(), signal.SIGKILL)
    assert site.guestd.wait() != 0
    assert "the broker has ended" in site.guestd.output()


@pytest.mark.parametrize("question, fault, where", [
    (b"\xff\xfe", "invalid", ""),
    (b"[]", "invalid", "/op"),
    (b'{"op":"dance"}', "invalid", "/op"),
    (b'{"op":"hello","x":1}', "invalid", "/x"),
    (b'{"op":"apply","revision":2}', "invalid", ""),
    (b'{"op":"apply","revision":0,"document":{}}', "invalid", "/revision"),
    (b'{"op":"apply","revision":2,"document":{"routers":[]}}', "invalid", "/document/routers"),
    (b'{"op":"apply","revision":3,"base":7,"changes":[]}', "stale", "/base"),
    (b'{"op":"apply","revision":2,"base":1,"changes":[{"path":"/routers/red/dns_hosts/x",'
     b'"after":{"names":1,"addresses":[]}}]}', "invalid", "/routers/red/dns_hosts/x/names"),
    (b'{"op":"apply","revision":2,"base":1,"changes":[],'
     b'"secrets":{"/routers/red/routes/web1":"x"}}', "invalid",
     "/secrets/~1routers~1red~1routes~1web1"),
])
def test_a_bad_message_gets_a_clear_error_and_changes_nothing(site, web, question, fault, where):
    connection = site.connect()
    with pytest.raises(Refusal) as refused:
        connection.ask(question)
    assert (refused.value.fault, refused.value.where) == (fault, where)
    assert connection.ask({"op": "hello"})["revision"] == 1, "the connection is still good"
    connection.close()
    assert dig(web, "web1") == ["10.1.1.11"] and ask_password(web) == PASSWORD


def test_an_endless_or_half_message_ends_its_connection_alone(site, web):
    endless, half = site.connect(), site.connect()
    endless.socket.sendall(struct.pack(">I", 1 << 31) + b"x" * 1000)
    assert endless.receive()["error"]["fault"] == "too_large"
    half.socket.sendall(struct.pack(">I", 100) + b"{")
    assert site.ask("hello")["revision"] == 1
    half.close()
    endless.close()
    assert site.ask("hello")["revision"] == 1


def test_what_cannot_be_done_is_refused_as_a_whole(site, web):
    site.lease(web)
    changes = [
        {"path": "/routers/red/dns_hosts/db", "after": {"names": ["db"],
                                                       "addresses": ["10.1.1.12"]}},
        {"path": "/routers/red/dhcp_reservations/db", "after": {
            "interface": "guest0", "mac": OTHER, "address": "10.1.1.11"}},
    ]
    with pytest.raises(Refusal) as refused:
        site.ask("apply", revision=2, base=1, changes=changes)
    assert refused.value.fault == "conflict"
    assert refused.value.where.startswith("/routers/red/dhcp_reservations/db")
    assert site.ask("hello")["revision"] == 1
    assert dig(web, "db") == []
    assert [lease["address"] for lease in site.ask("leases")["leases"]] == ["10.1.1.11"]


def test_addresses_change_hands_in_one_step(site, web):
    site.change("/routers/red/dhcp_reservations/db",
               {"interface": "guest0", "mac": OTHER, "address": "10.1.1.12"})
    site.apply({"red": router(dhcp_reservations={
        "web1": {"interface": "guest0", "mac": WEB, "address": "10.1.1.12"},
        "db": {"interface": "guest0", "mac": OTHER, "address": "10.1.1.11"}})})
    assert site.lease(web)["fixed-address"] == "10.1.1.12"


QUERIES = """
import select, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("10.1.1.1", 53))
s.settimeout(10)
query = bytes.fromhex("0100000100000000000004776562310000010001")
print("begun", flush=True)
asked = answered = 0
ends = select.poll()
ends.register(0, select.POLLIN)
while not ends.poll(1):
    s.send(asked.to_bytes(2, "big") + query)
    asked += 1
    if s.recv(512)[-4:] == bytes([10, 1, 1, 11]): answered += 1
print(asked, answered)
"""


def test_ten_thousand_changes_cost_little_and_no_query_is_missed(site, web):
    count = 10_000
    questions = b""
    for i in range(count):
        high, low = divmod(i + 1, 256)
        after = {"interface": "guest1", "mac": f"02:01:00:00:{high:02x}:{low:02x}",
                 "address": f"10.2.{high}.{low}"}
        text = json.dumps({"op": "apply", "revision": i + 3, "base": i + 2, "changes": [
            {"path": f"/routers/red/dhcp_reservations/vm{i}", "after": after}]}).encode()
        questions += struct.pack(">I", len(text)) + text
    interfaces = {**router()["interfaces"],
                  "guest1": {"addresses": ["10.2.255.254/16"], "services": ["dhcp"]}}
    subnets = {**router()["dhcp_subnets"],
               "more": {"interface": "guest1", "subnet": "10.2.0.0/16", "server": "10.2.255.254"}}
    site.apply({"red": router(interfaces=interfaces, dhcp_subnets=subnets)})
    questioner = subprocess.Popen(web.command(sys.executable, "-c", QUERIES), text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert questioner.stdout.readline() == "begun\n"
    before = cpu_seconds(site.guestd.pid)
    connection = site.connect()
    threading.Thread(target=connection.socket.sendall, args=(questions,)).start()
    for _ in range(count):
        answer = connection.receive()
        assert answer["ok"], answer
    spent = cpu_seconds(site.guestd.pid) - before
    asked, answered = map(int, questioner.communicate("\n")[0].split())
    connection.close()
    print(f"{count} changes: {spent:.2f} s of the processor, {asked} queries meanwhile")
    assert site.ask("hello")["revision"] == count + 2
    assert asked == answered and asked > 0
    assert spent < 1, "seconds of the processor, queries included"
