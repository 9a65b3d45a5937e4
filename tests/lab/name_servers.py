"""viaduct-guestd and dnsmasq for the same guests, each in the same place, to be compared."""

import os
import pathlib
import shutil

from lab.appliance import build_directory
from lab.commands import run, wait_until
from lab.namespace import Namespace, cable
from lab.stations import number_mac

SERVER, CLIENT, RESOLVER = "10.9.0.1", "10.9.0.2", "10.8.0.2"
DOMAIN = "cs.example"


def busy_seconds(pid):
    """Processor time that a process has used, to the nanosecond."""
    return sum(int(path.read_text().split()[0])
               for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def delivering_threads():
    """The kernel's, that receive for interfaces named eth0 (threaded NAPI)."""
    return {int(place.parent.name) for place in pathlib.Path("/proc").glob("[0-9]*/comm")
            if place.read_text().startswith("napi/eth0")}


def guest_address(number):
    return f"10.9.{1 + number // 250}.{1 + number % 250}"


def guest_mac(number):
    return number_mac(number)


class Rig:
    """A server on one core, its clients on the other, and a resolver behind the server."""

    server_core, client_core = 0, 1

    def __init__(self, directory, guests):
        self.directory = directory
        self.guests = guests
        self.server, self.client, self.resolver = (
            Namespace(f"vs{os.getpid():x}-{name}", directory, name)
            for name in ("server", "client", "resolver"))

    def __enter__(self):
        for namespace in (self.server, self.client, self.resolver):
            namespace.create()
        cable(self.server, "eth0", self.client, "eth0")
        cable(self.server, "north", self.resolver, "eth0")
        self.deliver_on_the_clients_core()
        self.server.ip(f"address add {SERVER}/16 dev eth0", "address add 10.8.0.1/24 dev north")
        self.client.ip(f"address add {CLIENT}/16 dev eth0")
        self.resolver.ip(f"address add {RESOLVER}/24 dev eth0")
        self.resolver.start("dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=",
                            "--address=/example.com/192.0.2.80", "--local-ttl=3600", "--pid-file=")
        for name, lines in self.questions().items():
            (self.directory / name).write_text("".join(lines), encoding="ascii")
        return self

    def deliver_on_the_clients_core(self):
        """What the cable between them brings is received by threads of the kernel. By itself the
        sender would do that, in its own time: no network card does, nor does the packet path's
        TAP, before which servers stand in a router."""
        before = delivering_threads()
        for end in (self.server, self.client):
            end.run("ethtool", "-K", "eth0", "gro", "on")
            end.run("tee", "/sys/class/net/eth0/threaded", stdin="1")
        made = delivering_threads() - before
        assert len(made) == 2, f"the kernel delivers by {len(made)} threads"
        for thread in made:
            os.sched_setaffinity(thread, {self.client_core})

    def __exit__(self, *_):
        for namespace in (self.client, self.server, self.resolver):
            for pid in run("ip", "netns", "pids", namespace.name, check=False).stdout.split():
                os.kill(int(pid), 15)
            namespace.delete()
        shutil.rmtree(self.directory)

    def questions(self):
        """What dnsperf asks, by what is looked at."""
        numbers = range(self.guests)
        reverse = [".".join(reversed(guest_address(i).split("."))) for i in numbers]
        return {"local": [f"vm{i}.{DOMAIN} A\n" for i in numbers],
                "reverse": [f"{name}.in-addr.arpa PTR\n" for name in reverse],
                "cached": [f"www{i}.example.com A\n" for i in numbers]}

    def configuration(self, cache):
        lines = ["interface=eth0", "no-resolv", "no-hosts", f"domain={DOMAIN}", "expand-hosts",
                 "dhcp-authoritative", "dhcp-range=10.9.128.0,10.9.255.250,1h",
                 "dhcp-lease-max=60000", f"server={RESOLVER}"]
        if cache:
            lines.append(f"cache-size={cache}")
        for i in range(self.guests):
            mac = ":".join(f"{byte:02x}" for byte in guest_mac(i))
            lines.append(f"dhcp-host={mac},{guest_address(i)},vm{i}")
            lines.append(f"host-record=vm{i}.{DOMAIN},vm{i},{guest_address(i)}")
        file = self.directory / "dnsmasq.conf"
        file.write_text("\n".join(lines) + "\n", encoding="ascii")
        return file

    def start(self, name, cache=10_000):
        """Starts "guestd" or "dnsmasq" without leases; stop() what comes back."""
        leases = self.directory / "leases"
        leases.unlink(missing_ok=True)
        file = self.configuration(cache)
        commands = {
            "guestd": (build_directory() / "bin" / "viaduct-guestd", "-C", file, "--leases", leases,
                       "--queries-per-second", 1_000_000, "--new-clients-per-second", 1_000_000),
            "dnsmasq": ("dnsmasq", "--keep-in-foreground", "--user=root", "--quiet-dhcp",
                        "--no-ping", "-C", file, f"--dhcp-leasefile={leases}", "--pid-file=")}
        started = self.server.start("taskset", "-c", self.server_core, *commands[name])
        wait_until(lambda: not started.is_running() or self.answers(), f"{name} answers", 20)
        if not started.is_running():
            raise AssertionError(f"{name} does not run: {started.output()}")
        return started

    def answers(self):
        asked = self.client.run("dig", "+short", "+time=1", "+tries=1", f"@{SERVER}",
                                f"vm0.{DOMAIN}", check=False)
        return guest_address(0) in asked.stdout.split()

    def run_client(self, *argv, core=client_core):
        return self.client.run("taskset", "-c", core, *argv, check=False, timeout=120).stdout
