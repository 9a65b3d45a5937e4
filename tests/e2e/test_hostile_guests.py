"""Guests that mean harm to DHCP and DNS, and well-behaved ones beside them, who are served."""

import contextlib
import random
import socket
import struct
import time

import pytest

from lab import wait_until
from lab.commands import cpu_seconds
from lab.guests import SERVER
from lab.hostile import BAD, CONFIGURATION, GOOD, HostileNetwork, beside, name, opt, query, udp
from lab.stations import (ACK, DECLINE, DISCOVER, NAK, OFFER, RELEASE, REQUEST, Stations, frame,
                          message, number_mac, option)

FORMAT_ERROR, NOT_IMPLEMENTED, REFUSED = 1, 4, 5
BAD_VERSION_LOW = 0  # the other bits of the code are in the OPT record


@pytest.fixture(name="network")
def network_with_a_hostile_guest(tmp_path):
    with contextlib.closing(HostileNetwork(tmp_path)) as made:
        made.serve(CONFIGURATION)
        yield made
        made.check_server()
        made.check_service()


@pytest.fixture(name="stations")
def stations_of_the_hostile_guest(network):
    with contextlib.closing(Stations(network.bad)) as made:
        yield made


# --- DHCP


def test_guests_are_served_while_one_pretends_to_be_thousands(network, stations):
    guests = 0

    def starve(_):
        nonlocal guests
        for mac in (number_mac(number, 0x0266) for number in range(guests, guests + 100)):
            stations.send(frame(mac, message(mac, DISCOVER)))
            heard = stations.hear(0)
            if heard and heard.kind == OFFER:
                stations.send(frame(heard.mac, message(heard.mac, REQUEST, heard.choice())))
        guests += 100
        time.sleep(0.02)  # some thousands a second: more would drown the guests' own sockets

    with beside(starve):
        while guests < 3000:  # or it were no flood
            network.check_service()


def test_an_address_that_is_taken_from_all_others_goes_to_its_own_guest_alone(network, stations):
    for number in range(300):
        mac = number_mac(number, 0x0266)
        taken = option(50, socket.inet_aton(GOOD)) + option(54, socket.inet_aton(SERVER))
        stations.send(frame(mac, message(mac, REQUEST, taken)),
                      frame(mac, message(mac, DECLINE, taken)),
                      frame(mac, message(mac, RELEASE, taken, client=socket.inet_aton(GOOD)),
                            source=socket.inet_aton(BAD)))
    network.check_service()
    assert stations.ask(number_mac(0, 0x0266), REQUEST, taken).kind == NAK


def test_what_only_servers_say_is_not_answered(network, stations):
    mac = number_mac(1, 0x0266)
    for kind in (OFFER, ACK, NAK):
        forged = bytearray(message(mac, kind, option(54, socket.inet_aton(SERVER))))
        assert stations.ask(mac, kind, patience=0.1) is None
        forged[0] = 2
        stations.send(frame(mac, bytes(forged)), frame(mac, bytes(forged), ports=(67, 67)))
    network.check_service()


MALFORMED = {
    "an option that ends behind the message": option(12, b"x" * 9)[:-5],
    "an option without a length": b"\x0c",
    "options that go on in each other": option(52, b"\x03"),
    "an overload of two bytes": option(52, b"\x03\x03"),
    "a client identifier of no bytes": option(61, b""),
    "an address of three bytes": option(50, b"\x0a\x09\x01"),
    "a message of no type": option(53, b"\x00"),
    "a type of another kind": option(53, b"\xff"),
    "options of a thousand bytes": option(61, b"\x01" * 255) * 3 + option(82, b"\x02" * 255),
}


@pytest.mark.parametrize("options", MALFORMED.values(), ids=MALFORMED)
def test_malformed_options_harm_nobody(network, stations, options):
    for number in range(50):
        mac = number_mac(number, 0x0266)
        head = message(mac, DISCOVER)[:240]
        stations.send(frame(mac, head + options),
                      frame(mac, head + option(53, bytes((DISCOVER,))) + options))
    network.check_service()


def test_datagrams_of_every_size_harm_nobody(network, stations):
    mac = number_mac(1, 0x0266)
    whole = message(mac, DISCOVER, option(61, bytes(20)))
    for size in range(len(whole)):
        stations.send(frame(mac, whole[:size]))
    randomness = random.Random(1)
    for _ in range(2000):
        damaged = bytearray(whole)
        for _ in range(randomness.randrange(1, 12)):
            damaged[randomness.randrange(len(damaged))] = randomness.randrange(256)
        stations.send(frame(mac, bytes(damaged)))
    with contextlib.closing(udp(network.bad)) as sender:
        for size in (1473, 4096, 4097, 65507):  # in fragments
            sender.sendto(whole + bytes(size - len(whole)), (SERVER, 67))
            sender.sendto(bytes(size), (SERVER, 53))
    network.check_service()


# --- DNS


PLAIN = query("web1")
HEAD = PLAIN[:12]
WITH_OPT = (1, 0, 0, 1)
BAD_QUERIES = {
    "a name that points at itself": (query(b"\xc0\x0c"), FORMAT_ERROR),
    "names that point at each other": (query(b"\xc0\x0e\xc0\x0c"), FORMAT_ERROR),
    "a name that points behind the message": (query(b"\x03abc\xff\xff"), FORMAT_ERROR),
    "a label of 64 bytes": (query(b"\x40" + b"x" * 64 + b"\0"), FORMAT_ERROR),
    "a name of 256 bytes": (query((b"\x3f" + b"x" * 63) * 4 + b"\0"), FORMAT_ERROR),
    "a name without an end": (HEAD + b"\x04web1", FORMAT_ERROR),
    "a question that is cut": (PLAIN[:-1], FORMAT_ERROR),
    "no question": (query("web1", counts=(0, 0, 0, 0)), FORMAT_ERROR),
    "two questions": (query("web1", counts=(2, 0, 0, 0), tail=PLAIN[12:]), FORMAT_ERROR),
    "65535 questions": (query("web1", counts=(65535, 0, 0, 0)), FORMAT_ERROR),
    "two OPT records": (query("web1", counts=(1, 0, 0, 2), tail=opt() * 2), FORMAT_ERROR),
    "an OPT record of a name": (query("web1", counts=WITH_OPT, tail=opt(owner=name("a"))),
                                FORMAT_ERROR),
    "an OPT record that is cut": (query("web1", counts=WITH_OPT, tail=opt(length=99)),
                                  FORMAT_ERROR),
    "an option that is cut": (query("web1", counts=WITH_OPT, tail=opt(data=b"\0\x0a\0\x08\1")),
                              None),
    "a later version of EDNS": (query("web1", counts=WITH_OPT, tail=opt(version=9)),
                                BAD_VERSION_LOW),
    "an update": (query("web1", flags=0x2800), NOT_IMPLEMENTED),
    "a transfer": (query("cs1.example", kind=252), REFUSED),
}


@pytest.mark.parametrize("sent, code", BAD_QUERIES.values(), ids=BAD_QUERIES)
def test_bad_queries_get_an_error_and_no_more(network, sent, code):
    with contextlib.closing(udp(network.bad)) as client:
        client.sendto(sent, (SERVER, 53))
        answer = client.recv(65535)
    assert answer[:2] == sent[:2]
    assert code is None or answer[3] & 15 == code
    assert len(answer) <= len(sent) + len(opt()) + 16, "nothing that is worth forging a source for"


def test_what_is_no_query_gets_no_answer(network):
    with contextlib.closing(udp(network.bad)) as client:
        for silent in (b"", PLAIN[:5], PLAIN[:11], query("web1", flags=0x8180)):
            client.sendto(silent, (SERVER, 53))
        client.sendto(PLAIN, (SERVER, 53))
        answers = [client.recv(65535)]
        assert answers[0][-4:] == socket.inet_aton(GOOD), "only that of the query"


def test_the_flood_of_one_guest_does_not_drown_another(network):
    heard = []
    client = udp(network.bad)
    client.setblocking(False)

    def flood(number):
        for _ in range(50):
            client.sendto(query("web1", number & 0xffff), (SERVER, 53))
        with contextlib.suppress(BlockingIOError):
            while True:
                heard.append(client.recv(512))

    sent_before = cpu_seconds(network.guestd.pid)
    with contextlib.closing(client), beside(flood):
        wait_until(lambda: cpu_seconds(network.guestd.pid) > sent_before + 0.2, "it is a flood", 30)
        for _ in range(5):
            network.check_service()
        with contextlib.closing(udp(network.good)) as good:
            answered = 0
            for number in range(200):
                good.sendto(query("web1", number), (SERVER, 53))
                answered += good.recv(512)[:2] == struct.pack("!H", number)
    assert answered == 200
    assert heard, "it gets its own share"
