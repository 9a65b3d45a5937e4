"""DNS beside forged answers, silent resolvers, and clients that hold on to their connections."""

import contextlib
import socket
import struct
import threading

import pytest

from lab import wait_until
from lab.guests import SERVER
from lab.hostile import (BAD, CONFIGURATION, FORGER, GOOD, RESOLVER, HostileNetwork, beside, query,
                         udp)

RIGHT, FORGED = "192.0.2.80", "192.0.2.66"
CONNECTIONS, CONNECTIONS_OF_ONE = 64, 8


@pytest.fixture(name="network")
def network_with_a_resolver_of_ours(tmp_path):
    with contextlib.closing(HostileNetwork(tmp_path)) as made:
        made.resolver = made.guest("resolver", "02:00:00:00:00:53")
        made.resolver.ip(f"address add {RESOLVER}/24 dev eth0",
                         f"address add {FORGER}/24 dev eth0")
        made.serve(CONFIGURATION)
        yield made
        made.check_server()
        made.check_service()


def answer_to(question, address, number=None, asked=None):
    """The answer with one address; `number` and `asked` are another id and question."""
    end = question.index(b"\0", 12) + 5
    asked = question[12:end] if asked is None else asked
    number = question[:2] if number is None else number
    record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 300, 4) + socket.inet_aton(address)
    return number + struct.pack("!5H", 0x8180, 1, 1, 0, 0) + asked + record


class Resolver:
    """Answers by TCP what is right. By UDP, forge(question, server) says what comes first."""

    def __init__(self, network, forge):
        self.datagrams = udp(network.resolver, RESOLVER)
        with network.resolver.entered():
            self.connections = socket.create_server((RESOLVER, 53))
        self.connections.settimeout(0.1)
        self.datagrams.settimeout(0.1)
        self.forge = forge
        self.asked = []  # (transport, question)
        self.is_over = False
        self.threads = [threading.Thread(target=self._repeat, args=(once,))
                        for once in (self._answer_datagram, self._answer_connection)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join()
        self.datagrams.close()
        self.connections.close()

    def _repeat(self, once):
        while not self.is_over:
            with contextlib.suppress(TimeoutError, ConnectionError):
                once()

    def _answer_datagram(self):
        question, server = self.datagrams.recvfrom(512)
        self.asked.append(("udp", question))
        if self.forge(question, server):
            self.datagrams.sendto(answer_to(question, RIGHT), server)

    def _answer_connection(self):
        connection, _ = self.connections.accept()
        with connection:
            connection.settimeout(3)
            question = connection.recv(514)[2:]
            self.asked.append(("tcp", question))
            answer = answer_to(question, RIGHT)
            connection.sendall(struct.pack("!H", len(answer)) + answer)


def swapped(question):
    """The question in other letters, as a forger who does not see it would write it."""
    end = question.index(b"\0", 12) + 5
    return question[12:end - 4].swapcase() + question[end - 4:end]


FORGERIES = {
    "of every other id": lambda q: [
        answer_to(q, FORGED, struct.pack("!H", (int.from_bytes(q[:2], "big") + 1 + i) & 0xffff))
        for i in range(200)],
    "of another name": lambda q: [answer_to(q, FORGED, asked=query("bank.example.com")[12:])],
    "of another case": lambda q: [answer_to(q, FORGED, asked=swapped(q))],
    "without a question": lambda q: [q[:2] + struct.pack("!5H", 0x8180, 0, 1, 0, 0)],
    "that are cut": lambda q: [answer_to(q, FORGED)[:size] for size in range(12)],
    "that are none": lambda q: [q, b"", bytes(4096)],
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_forged_answers_are_not_believed(network, forgery):
    def forge(question, server):
        for forged in forgery(question):
            resolver.datagrams.sendto(forged, server)
        return True

    with Resolver(network, forge) as resolver:
        assert network.dig("www.example.com") in ([RIGHT], []), "never what was forged"
        wait_until(lambda: network.dig("www.example.com") == [RIGHT], "the right answer came")


def test_an_answer_that_makes_no_sense_is_told_as_a_failure(network):
    def answer_in_a_loop(question, server):
        looped = answer_to(question, FORGED)[:-16] + b"\xc0\xff" * 8
        resolver.datagrams.sendto(looped, server)
        return False

    with Resolver(network, answer_in_a_loop) as resolver:
        said = network.good.run("dig", "+time=10", f"@{SERVER}", "www.example.com").stdout
        assert "SERVFAIL" in said
        assert network.dig("web1") == [GOOD]


@pytest.mark.parametrize("address, port", [(FORGER, 53), (RESOLVER, 5353)])
def test_answers_from_elsewhere_are_not_heard(network, address, port):
    with network.resolver.entered():
        elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    elsewhere.bind((address, port))

    def forge(question, server):
        elsewhere.sendto(answer_to(question, FORGED), server)
        return True

    with contextlib.closing(elsewhere), Resolver(network, forge):
        assert network.dig("www.example.com") == [RIGHT]


def test_each_question_has_an_id_a_port_and_letters_of_its_own(network):
    ports = []

    def note(_, server):
        ports.append(server[1])
        return True

    with Resolver(network, note) as resolver:
        for number in range(60):
            network.dig(f"name{number}.example.com")
    questions = [question for _, question in resolver.asked]
    assert len(set(ports)) > 50 and len({question[:2] for question in questions}) > 50
    assert any(question[12:] != question[12:].lower() for question in questions)


def test_a_resolver_that_never_answers_holds_up_nobody_else(network):
    with Resolver(network, lambda *_: False) as resolver, \
            contextlib.closing(udp(network.bad)) as client:
        client.setblocking(False)

        def ask_for_everything(number):
            for each in range(20):
                client.sendto(query(f"n{number}x{each}.example.com", each), (SERVER, 53))

        with beside(ask_for_everything):
            wait_until(lambda: len(resolver.asked) >= 50, "it is asked", 30)
            for _ in range(5):
                network.check_service()
            failed = network.good.run("dig", "+time=15", "+tries=1", f"@{SERVER}",
                                      "other.example.com", timeout=30).stdout
            assert "SERVFAIL" in failed, "who waits is told in the end"


def connect(guest, address):
    with guest.entered():
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.bind((address, 0))
    made.settimeout(10)
    made.connect((SERVER, 53))
    return made


def is_closed(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_one_client_has_a_few_connections_and_others_theirs(network):
    with contextlib.ExitStack() as kept:
        held = [kept.enter_context(contextlib.closing(connect(network.bad, BAD)))
                for _ in range(3 * CONNECTIONS_OF_ONE)]
        wait_until(lambda: sum(map(is_closed, held)) >= 2 * CONNECTIONS_OF_ONE,
                   "those beyond its share are closed")
        for _ in range(5):
            assert network.dig("+tcp", "web1") == [GOOD]


def test_those_who_say_nothing_make_room_for_those_who_ask(network):
    clients = [f"10.9.1.{200 + i}" for i in range(CONNECTIONS // CONNECTIONS_OF_ONE + 2)]
    network.bad.ip(*(f"address add {address}/24 dev eth0" for address in clients))
    with contextlib.ExitStack() as kept:
        for address in clients:
            for _ in range(CONNECTIONS_OF_ONE):
                slow = kept.enter_context(contextlib.closing(connect(network.bad, address)))
                slow.send(b"\0")  # the first half of a length
        for _ in range(5):
            assert network.dig("+tcp", "+time=2", "+tries=1", "web1") == [GOOD]
        network.check_service()


def test_a_client_that_sends_byte_by_byte_is_served_or_let_go(network):
    with contextlib.closing(connect(network.bad, BAD)) as slow:
        whole = query("web1")
        for byte in struct.pack("!H", len(whole)) + whole:
            slow.send(bytes((byte,)))
            assert network.dig("+tcp", "web1") == [GOOD]
        assert slow.recv(512)[-4:] == socket.inet_aton(GOOD)
        wait_until(lambda: is_closed(slow), "its silence ends it", 30)
