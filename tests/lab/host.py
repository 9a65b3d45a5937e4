"""An ordinary machine of the lab, with ordinary clients and servers."""

import dataclasses
import json
import pathlib
import re
import socket

from lab.commands import CommandFailed, wait_until
from lab.namespace import Namespace

_ANSWER = pathlib.Path(__file__).with_name("answer.py")
PYTHON = "/usr/bin/python3"
CURL_TIMED_OUT = 28


@dataclasses.dataclass
class Ping:
    """What `ping` reported."""
    sent: int
    received: int
    round_trips_ms: list
    output: str

    @property
    def lost(self):
        return self.sent - self.received

    @staticmethod
    def read(output):
        counts = re.search(r"(\d+) packets transmitted, (\d+) received", output)
        if not counts:
            raise AssertionError(f"not what ping prints at its end:\n{output}")
        times = [float(t) for t in re.findall(r"time=([0-9.]+) ms", output)]
        return Ping(int(counts[1]), int(counts[2]), times, output)


class Host(Namespace):
    """A namespace with one cable, `eth0`, an address and a default route."""

    def __init__(self, name, logs, label, address):
        super().__init__(name, logs, label)
        self.address = address
        self.servers = []

    def configure(self, length, gateway):
        self.ip(f"address add {self.address}/{length} dev eth0", f"route add default via {gateway}")

    # Clients

    def curl(self, url, *options, timeout=3):
        """The body that came back."""
        return self.run("curl", "-sS", "--fail", "--max-time", timeout, *options, url).stdout

    def seen_by(self, url, *options):
        """What the answering machine says: {"host", "client", "port"}."""
        return json.loads(self.curl(url, *options))

    def is_silent(self, url, timeout=0.7):
        """Nobody answers, not even to refuse."""
        try:
            self.curl(url, timeout=timeout)
        except CommandFailed as failed:
            return failed.status == CURL_TIMED_OUT
        return False

    def ping(self, address, count=1, *options, interval=0.01, wait=1):
        result = self.run("ping", "-n", "-c", count, "-i", interval, "-W", wait, *options, address,
                          check=False, timeout=120)
        return Ping.read(result.stdout)

    def start_ping(self, address, interval, *options):
        """Pings until end_ping()."""
        ping = self.start("ping", "-n", "-i", interval, *options, address)
        wait_until(lambda: "bytes from" in ping.output(), f"{address} answers {self.name}")
        return ping

    @staticmethod
    def end_ping(ping):
        """Stops a ping of start_ping() and reports. The last answer may still be under way."""
        ping.stop(sign=2)
        return Ping.read(ping.output())

    def socket(self, kind=socket.SOCK_STREAM, port=0, timeout=3):
        """A socket of this host, bound to its address."""
        with self.entered():
            made = socket.socket(socket.AF_INET, kind)
        if port:  # or two sockets may be given one port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.settimeout(timeout)
        made.bind((self.address, port))
        return made

    def connect(self, address, port, timeout=3, source_port=0):
        """A TCP connection to the lab's talking server; see Talk."""
        made = self.socket(port=source_port, timeout=timeout)
        made.connect((address, port))
        return Talk(made)

    def ask(self, address, port, source_port=0, timeout=1):
        """One datagram to the lab's UDP server: its answer, or None if none comes."""
        with self.socket(socket.SOCK_DGRAM, source_port, timeout) as asking:
            asking.sendto(b"hello", (address, port))
            try:
                return json.loads(asking.recv(2048))
            except socket.timeout:
                return None

    def throughput(self, address, *options, port=5201, seconds=2):
        """What iperf3 reached, in Gb/s as the receiver saw it, and its whole report."""
        said = self.run("iperf3", "-J", "-c", address, "-p", port, "-t", seconds, *options,
                        timeout=seconds + 20)
        report = json.loads(said.stdout)
        ending = report["end"]
        received = ending.get("sum_received") or ending["sum"]
        return received["bits_per_second"] / 1e9, report

    # Servers

    def serve(self, http=(), tcp=(), udp=(), echo=(), at="0.0.0.0"):
        """Answers on these ports from now on; of several addresses, at this one."""
        argv = [PYTHON, "-u", _ANSWER, self.label, "--at", at]
        for kind, ports in (("http", http), ("tcp", tcp), ("udp", udp), ("echo", echo)):
            for port in ports:
                argv += [f"--{kind}", port]
        server = self.start(*argv)
        self.servers.append(server)
        wait_until(lambda: self._is_ready(server), f"{self.name} serves")
        return server

    def serve_iperf(self, port=5201):
        server = self.start("iperf3", "-s", "-p", port)
        self.servers.append(server)
        wait_until(lambda: self._listens(port), f"iperf3 listens in {self.name}")
        return server

    def _listens(self, port):
        return self.run("ss", "-Hltn", f"sport = :{port}").stdout.strip()

    @staticmethod
    def _is_ready(server):
        if not server.is_running():
            raise AssertionError(f"the server ended:\n{server.output()}")
        return "ready" in server.output()

    def stop_servers(self):
        for server in self.servers:
            server.stop()

    def delete(self):
        self.stop_servers()
        super().delete()


class Talk:
    """A connection to the lab's talking server, which answers each line."""

    def __init__(self, connection):
        self.connection = connection
        self.local_port = connection.getsockname()[1]
        self.lines = connection.makefile("r")

    def say(self, line="hello"):
        """Says a line and returns what the server knows about us."""
        self.connection.sendall(line.encode() + b"\n")
        return json.loads(self.lines.readline())

    def is_cut(self, timeout=0.7):
        """Nothing comes back for what we say."""
        self.connection.settimeout(timeout)
        try:
            self.say()
        except (socket.timeout, ConnectionError):
            return True
        return False

    def close(self):
        self.lines.close()
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
