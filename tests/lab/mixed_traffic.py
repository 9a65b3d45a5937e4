"""Mixed traffic whose every byte is verified, each kind in a thread of its own."""

import abc
import random
import socket
import threading

from lab.topology import PUBLIC, SERVER, STRANGER

RED = PUBLIC["red"]
DATABASE = "203.0.113.12"
ECHO = 9000
FORWARDED = 9001  # of router red, to the echo port of red-vm1
DATAGRAM = 512
FRAGMENTED = 4000  # three fragments, there and back
SEGMENT = 8000


class Corrupted(Exception):
    """Other bytes came back than were sent."""


def demand_same(came, sent):
    if came != sent:
        raise Corrupted(f"{len(came)} bytes came back that are not the {len(sent)} sent")


class Kind(abc.ABC):
    """One kind of traffic: rounds until it is ended."""

    def __init__(self, name, pause):
        self.name = name
        self.pause = pause
        self.done = self.failed = self.corrupted = 0
        self.last_failure = ""
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()

    def end(self):
        self._end.set()

    def join(self):
        self._thread.join(30)
        if self._thread.is_alive():
            raise AssertionError(f"{self.name} does not end")

    def _run(self):
        while not self._end.wait(self.pause):
            try:
                self.round()
                self.done += 1
            except (OSError, Corrupted, AssertionError) as failure:
                self.failed += 1
                self.corrupted += isinstance(failure, Corrupted)
                self.last_failure = f"{type(failure).__name__}: {failure}"
                if not self.goes_on():
                    return

    @abc.abstractmethod
    def round(self):
        """One exchange."""

    def goes_on(self):
        """Whether there is another round after one that failed."""
        return True


def exchange(connection, data):
    """Sends data and demands the same back."""
    connection.sendall(data)
    came = bytearray()
    while len(came) < len(data):
        more = connection.recv(len(data) - len(came))
        if not more:
            raise ConnectionError("the other end closed")
        came += more
    demand_same(came, data)


class Stream(Kind):
    """A TCP connection that stays: one failure, and it is broken."""

    def __init__(self, name, host, address, port):
        super().__init__(name, 0.05)
        self.connection = host.socket(timeout=20)
        self.connection.connect((address, port))
        self.random = random.Random(name)
        self.bytes = 0

    def round(self):
        exchange(self.connection, self.random.randbytes(SEGMENT))
        self.bytes += SEGMENT

    def goes_on(self):
        return False

    def join(self):
        super().join()
        self.connection.close()


class Calls(Kind):
    """New TCP connections, one after the other."""

    def __init__(self, name, host, address, port):
        super().__init__(name, 0.1)
        self.host, self.address, self.port = host, address, port

    def round(self):
        with self.host.socket() as connection:
            connection.connect((self.address, self.port))
            exchange(connection, random.randbytes(1000))


class Datagrams(Kind):
    """Questions and answers over UDP, each from a port of its own. A lost one is a failure."""

    def __init__(self, name, host, address, port, size):
        super().__init__(name, 0.1)
        self.host, self.address, self.port, self.size = host, address, port, size

    def round(self):
        question = random.randbytes(self.size)
        with self.host.socket(socket.SOCK_DGRAM) as asking:
            asking.sendto(question, (self.address, self.port))
            demand_same(asking.recv(65536), question)


class Pings(Kind):
    def __init__(self, name, host, address):
        super().__init__(name, 1)
        self.host, self.address = host, address

    def round(self):
        assert self.host.ping(self.address, 5, interval=0.1).lost == 0, "a ping was lost"


def policy(document, timeouts):
    """What the traffic needs of the standard document. `timeouts` are of all guests."""
    red = document["routers"]["red"]
    red["static_nats"] = {"database": {"public": DATABASE, "private": "10.1.1.12"}}
    red["port_forwards"] = {
        "echo-tcp": {"protocol": "tcp", "public": f"{RED}:{FORWARDED}",
                     "private": f"10.1.1.11:{ECHO}"},
        "echo-udp": {"protocol": "udp", "public": f"{RED}:{FORWARDED}",
                     "private": f"10.1.1.11:{ECHO}"}}
    red["firewall_rules"] = {
        f"{name}-{protocol}": {"destination": address, "protocol": protocol, "ports": str(port)}
        for name, address, port in (("forward", RED, FORWARDED), ("database", DATABASE, ECHO))
        for protocol in ("tcp", "udp")}
    for router in document["routers"].values():
        router["networks"] = {"guest0": dict(timeouts)}
    return document


def everything(lab):
    """Streams, and the kinds that come and go, over all the ways through router red."""
    ways = (("out", lab.red_vm1, SERVER, ECHO), ("static NAT out", lab.red_vm2, SERVER, ECHO),
            ("port forward", lab.server, RED, FORWARDED),
            ("static NAT in", lab.stranger, DATABASE, ECHO),
            ("hairpin", lab.red_vm3, RED, FORWARDED))
    streams = [Stream(f"stream, {name}", *way) for name, *way in ways]
    streams.append(Stream("stream, to the stranger", lab.red_vm3, STRANGER, ECHO))
    kinds = [Calls(f"calls, {name}", *way) for name, *way in ways]
    kinds += [Datagrams(f"datagrams, {name}", *way, DATAGRAM) for name, *way in ways]
    kinds += [Datagrams(f"fragments, {name}", *way, FRAGMENTED) for name, *way in ways]
    kinds.append(Pings("pings", lab.red_vm1, SERVER))
    return streams, kinds
