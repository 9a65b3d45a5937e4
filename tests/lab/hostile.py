"""A guest that means harm beside a good one, for viaduct-guestd."""

import contextlib
import itertools
import pathlib
import socket
import struct
import threading

from lab.guests import SERVER, GuestNetwork

RESOLVER, FORGER = "10.9.1.53", "10.9.1.54"
GOOD, BAD = "10.9.1.20", "10.9.1.66"
GOOD_MAC, BAD_MAC = "02:00:00:00:00:20", "02:00:00:00:00:66"
CONFIGURATION = f"""
dhcp-range=10.9.1.100,10.9.1.249,1h
dhcp-host={GOOD_MAC},{GOOD},web1
dhcp-authoritative
domain=cs1.example
expand-hosts
server={RESOLVER}
"""
_LARGEST_GROWTH = 32 << 20  # bytes of memory, whatever guests do
A, OPT = 1, 41


class HostileNetwork(GuestNetwork):
    """A good guest, a bad one, and a server whose memory is looked at."""

    def __init__(self, directory):
        super().__init__(directory)
        self.good = self.guest("good", GOOD_MAC)
        self.good.ip(f"address add {GOOD}/24 dev eth0")
        self.bad = self.guest("bad", BAD_MAC)
        self.bad.ip(f"address add {BAD}/24 dev eth0")
        self.memory = 0

    def start(self, *options):
        super().start(*options)
        self.memory = self.resident()

    def resident(self):
        pages = pathlib.Path(f"/proc/{self.guestd.pid}/statm").read_text().split()[1]
        return int(pages) * 4096

    def dig(self, *question):
        return self.good.run("dig", "+short", "+time=3", "+tries=5", f"@{SERVER}",
                             *question).stdout.split()

    def check_service(self):
        """The good guest gets its address and an answer, by programs that guests have."""
        said = self.good.run("udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", 20, "-T", 1, "-s",
                             "/bin/true")
        assert f"lease of {GOOD} obtained" in said.stdout + said.stderr
        assert self.dig("web1") == [GOOD]

    def check_server(self):
        assert self.guestd.is_running(), self.guestd.output()
        assert self.resident() < self.memory + _LARGEST_GROWTH


@contextlib.contextmanager
def beside(attack):
    """Calls attack(number) again and again until the block ends; it has begun when that begins."""
    over, begun = threading.Event(), threading.Event()

    def go_on():
        for number in itertools.count():
            if over.is_set():
                return
            with contextlib.suppress(BlockingIOError, TimeoutError):  # its queue is full
                attack(number)
            begun.set()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        assert begun.wait(10), "the attack does not begin"
        yield
    finally:
        over.set()
        thread.join()


def udp(guest, address=None):
    with guest.entered():
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.settimeout(3)
    if address:
        made.bind((address, 53))
    return made


def name(text):
    return b"".join(bytes((len(label),)) + label.encode() for label in text.split(".")) + b"\0"


def query(text, number=7, kind=A, counts=(1, 0, 0, 0), tail=b"", flags=0x0100):
    wire = name(text) if isinstance(text, str) else text
    return struct.pack("!6H", number, flags, *counts) + wire + struct.pack("!HH", kind, 1) + tail


def opt(version=0, data=b"", owner=b"\0", length=None):
    return owner + struct.pack("!HHBBHH", OPT, 1232, 0, version, 0,
                               len(data) if length is None else length) + data
