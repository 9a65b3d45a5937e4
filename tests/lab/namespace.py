"""Network namespaces and the cables between them."""

import contextlib
import ctypes
import os
import tempfile

from lab.commands import Background, run

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)

# Without these a bridge judges what it carries, and IPv6 chatters of its own accord.
_QUIET = {"net.ipv6.conf.all.disable_ipv6": 1, "net.ipv6.conf.default.disable_ipv6": 1}
_BRIDGE = "/proc/sys/net/bridge/bridge-nf-call-iptables"


def _setns(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def entered(name):
    """The calling thread is in the namespace: sockets made meanwhile belong to it for good."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        _setns(there)
        yield
    finally:
        _setns(home)
        os.close(there)
        os.close(home)


class Namespace:
    """A network namespace: one to create() and delete(), or one that is somebody else's."""

    def __init__(self, name, logs, label=None):
        self.name = name
        self.label = label or name
        self.logs = logs

    def create(self):
        run("ip", "netns", "add", self.name)
        self.sysctl(_QUIET)
        self.ip("link set lo up")

    def delete(self):
        run("ip", "netns", "del", self.name, check=False)

    def entered(self):
        return entered(self.name)

    def ip(self, *lines):
        """Runs `ip` with each line as its arguments."""
        run("ip", "-n", self.name, "-batch", "-", stdin="\n".join(lines) + "\n")

    def sysctl(self, values):
        with entered(self.name):
            for key, value in values.items():
                with open("/proc/sys/" + key.replace(".", "/"), "w", encoding="ascii") as file:
                    file.write(str(value))

    def command(self, *argv):
        return ["ip", "netns", "exec", self.name, *map(str, argv)]

    def run(self, *argv, **options):
        return run(*self.command(*argv), **options)

    def start(self, *argv):
        """Starts a program in the background; stop() it, or leave that to the lab."""
        handle, log = tempfile.mkstemp(".log", f"{self.name}-{os.path.basename(argv[0])}-",
                                       self.logs)
        os.close(handle)
        return Background(self.command(*argv), log)

    def bridge(self, name):
        self.ip(f"link add name {name} type bridge forward_delay 0", f"link set {name} up")
        if os.path.exists(_BRIDGE):
            self.sysctl({"net.bridge.bridge-nf-call-iptables": 0,
                         "net.bridge.bridge-nf-call-arptables": 0})

    def set_offloads_off(self, interface):
        """What leaves by a virtual cable has its checksums filled in and is of wire size."""
        self.run("ethtool", "-K", interface, "tx", "off", "tso", "off", "gso", "off", "gro", "off")


def cable(one, one_name, other, other_name, mtu=1500):
    """A cable between two namespaces (which may be the same one)."""
    one.ip(f"link add {one_name} mtu {mtu} type veth peer name {other_name} mtu {mtu} "
           f"netns {other.name}",
           f"link set {one_name} up")
    other.ip(f"link set {other_name} up")
    one.set_offloads_off(one_name)
    other.set_offloads_off(other_name)
