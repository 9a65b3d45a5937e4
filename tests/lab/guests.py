"""A guest network for viaduct-guestd: a server's namespace, and guests around it."""

import os
import re
import signal

from lab.appliance import build_directory
from lab.commands import run, wait_until
from lab.namespace import Namespace, cable

SERVER = "10.9.1.1"


class GuestNetwork:
    """A server's namespace and guests', each with a cable of its own to a bridge."""

    def __init__(self, directory):
        self.directory = directory
        self.prefix = f"vg{os.getpid():x}-"
        self.made = []
        self.guestd = None
        self.said = ""  # by the latest dhclient
        self.server = self.namespace("server")
        self.server.bridge("eth0")
        self.server.ip(f"address add {SERVER}/24 dev eth0")

    def namespace(self, name):
        made = Namespace(self.prefix + name, self.directory, name)
        self.made.append(made)
        made.create()
        return made

    def guest(self, name, mac):
        made = self.namespace(name)
        cable(self.server, name, made, "eth0")
        self.server.ip(f"link set {name} master eth0")
        made.ip("link set eth0 down", f"link set eth0 address {mac}", "link set eth0 up")
        return made

    def resolver(self, *records):
        """Starts a resolver at 10.9.1.53 that knows these, each an option of dnsmasq."""
        made = self.guest("resolver", "02:00:00:00:00:53")
        made.ip("address add 10.9.1.53/24 dev eth0")
        return made.start("dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=",
                          "--listen-address=10.9.1.53", "--bind-interfaces", "--pid-file=",
                          *records)

    def serve(self, configuration, *options):
        file = self.directory / "guestd.conf"
        file.write_text("interface=eth0\nno-resolv\n" + configuration, encoding="ascii")
        self.start(*options)

    def start(self, *options):
        self.guestd = self.server.start(build_directory() / "bin" / "viaduct-guestd", "-C",
                                        self.directory / "guestd.conf", "--leases",
                                        self.directory / "leases", *options)
        wait_until(lambda: "serves" in self.guestd.output() or not self.guestd.is_running(),
                   "viaduct-guestd serves")
        assert self.guestd.is_running(), self.guestd.output()

    def lease(self, guest, *options):
        """What dhclient is told, by the names that its script has for it."""
        told = self.directory / f"{guest.label}.env"
        self.said = guest.run("dhclient", "-1", "-v", "-sf", "/bin/true", "-lf", f"{told}.leases",
                              "-pf", f"{told}.pid", *options, "eth0", timeout=30).stderr
        guest.run("dhclient", "-x", "-sf", "/bin/true", "-lf", f"{told}.leases", "-pf",
                  f"{told}.pid", "eth0", check=False)
        return dict(re.findall(r"^  (?:option )?(\S+) (.*);$",
                               (self.directory / f"{guest.label}.env.leases").read_text(), re.M))

    def close(self):
        if self.guestd:
            self.guestd.stop()
        for made in reversed(self.made):
            for pid in run("ip", "netns", "pids", made.name, check=False).stdout.split():
                os.kill(int(pid), signal.SIGTERM)
            made.delete()
