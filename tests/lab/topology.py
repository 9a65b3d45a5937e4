"""The standard lab.

    red-vm1 10.1.1.11 --+                                  +-- server   198.51.100.9
    red-vm2 10.1.1.12 --+-- red  --- 203.0.113.2 --+       |
    red-vm3 10.1.1.13 --+                          +- internet 203.0.113.1
    blue-vm1 10.1.1.11 -+-- blue --- 203.0.113.3 --+       |
    blue-vm2 10.1.1.12 -+                                  +-- stranger 192.0.2.9

Both routers have the same guest network, 10.1.1.0/24, and live in one appliance. Every line is a
cable; the bridges between them are in the namespace "switch", where the appliance's ports are too.
"""

import contextlib
import copy
import os
import pathlib
import shutil
import tempfile

from lab.appliance import Appliance, guest_services
from lab.commands import run, undisturbed, wait_until
from lab.host import Host
from lab.namespace import Namespace, cable

GUESTS = {"red": {"vm1": "10.1.1.11", "vm2": "10.1.1.12", "vm3": "10.1.1.13"},
          "blue": {"vm1": "10.1.1.11", "vm2": "10.1.1.12"}}
PUBLIC = {"red": "203.0.113.2", "blue": "203.0.113.3"}
GUEST_GATEWAY = "10.1.1.1"
INTERNET_GATEWAY = "203.0.113.1"
SERVER = "198.51.100.9"
STRANGER = "192.0.2.9"


def router(name, public):
    """A router of add_site() that lets its guests out through source NAT, and nobody in."""
    return {
        "interfaces": {
            "public0": {"role": "public", "port": f"wan-{name}",
                        "addresses": [f"{public}/24"]},
            "guest0": {"role": "guest", "port": f"lan-{name}",
                       "addresses": [f"{GUEST_GATEWAY}/24"]},
        },
        "routes": {"default": {"prefix": "0.0.0.0/0", "via": INTERNET_GATEWAY}},
        "source_nats": {"default": {"addresses": [public]}},
    }


class Lab:
    """Everything up on entry, everything gone on exit, however that comes about."""

    def __init__(self, prefix=None, with_guest_services=False, **dataplane_settings):
        self.prefix = prefix or f"vl{os.getpid():x}-"
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="viaduct-lab-"))
        sections = guest_services(self.directory, user="nobody") if with_guest_services else {}
        self.appliance = Appliance(self.directory, f"{self.prefix}router-", sections,
                                   **dataplane_settings)
        self.hosts = {}
        self.ports = {}  # of the standard document
        self._devices = 0
        self._cleanup = contextlib.ExitStack()

    def __enter__(self):
        self._cleanup.callback(self._remove_directory)
        self._cleanup.callback(self._remove_router_namespaces)
        self._cleanup.callback(self.appliance.stop)
        try:
            self.build()
            self.appliance.start()
            self.appliance.put(self.document())
            wait_until(self.appliance.ports_are_up, "all ports are up")
        except BaseException as error:
            error.add_note(self.logs())
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        with undisturbed():
            self._cleanup.close()

    def keep(self):
        """Leaves everything up when this object goes."""
        self._cleanup = contextlib.ExitStack()

    def __getattr__(self, name):
        # lab.red_vm1 is the host "red-vm1".
        hosts = self.__dict__.get("hosts", {})
        if name.replace("_", "-") in hosts:
            return hosts[name.replace("_", "-")]
        raise AttributeError(name)

    # Parts

    def namespace(self, name, kind=Namespace, **options):
        made = kind(self.prefix + name, self.directory, name, **options)
        self._cleanup.callback(made.delete)  # first: an interruption may come right after
        made.create()
        return made

    def host(self, name, address, bridge, gateway=None):
        """A host on a bridge of the switch."""
        made = self.namespace(name, Host, address=address)
        cable(self.switch, name, made, "eth0")
        self.switch.ip(f"link set {name} master net-{bridge}")
        if gateway:
            made.configure(24, gateway)
        self.hosts[name] = made
        return made

    def port(self, name, bridge=None, mtu=1500):
        """A cable for the appliance to open: `name` is its end; the other end is `name`-far."""
        cable(self.switch, name, self.switch, f"{name}-far", mtu)
        if bridge:
            self.switch.ip(f"link set {name}-far master net-{bridge}")

    def device(self, interface, namespace=None):
        """The document's port for a cable that port() made."""
        self._devices += 1
        return {"device": f"net_af_packet{self._devices},iface={interface}",
                "namespace": namespace or self.switch.name}

    def build(self):
        self.switch = self.namespace("switch")
        self.switch.bridge("net-internet")
        self._build_internet()
        for name, guests in GUESTS.items():
            self.ports |= self.add_site(name, guests)

    def add_site(self, name, guests):
        """Guests on a network of their own, and cables for a router; returns the router's ports."""
        self.switch.bridge(f"net-{name}")
        self.port(f"wan-{name}", "internet")
        self.port(f"lan-{name}", name)
        for vm, address in guests.items():
            self.host(f"{name}-{vm}", address, name, GUEST_GATEWAY)
        return {port: self.device(port) for port in (f"wan-{name}", f"lan-{name}")}

    def _build_internet(self):
        self.internet = self.host("internet", INTERNET_GATEWAY, "internet")
        self.internet.ip(f"address add {INTERNET_GATEWAY}/24 dev eth0")
        self.internet.sysctl({"net.ipv4.ip_forward": 1})
        for name, address in (("server", SERVER), ("stranger", STRANGER)):
            made = self.namespace(name, Host, address=address)
            gateway = address.rpartition(".")[0] + ".1"
            cable(self.internet, name, made, "eth0")
            self.internet.ip(f"address add {gateway}/24 dev {name}")
            made.configure(24, gateway)
            self.hosts[name] = made

    def document(self):
        """The standard document, to be changed at will."""
        return copy.deepcopy({"ports": self.ports,
                              "routers": {name: router(name, public)
                                          for name, public in PUBLIC.items()}})

    def inside(self, router_name):
        """The namespace of a router, as somebody with a shell in it."""
        return Host(self.appliance.namespace_prefix + router_name, self.directory,
                    f"router-{router_name}", "0.0.0.0")

    # Ends

    def _remove_router_namespaces(self):
        for line in run("ip", "netns", "list").stdout.splitlines():
            if line.startswith(self.appliance.namespace_prefix):
                run("ip", "netns", "del", line.split()[0], check=False)

    def _remove_directory(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    def logs(self):
        """What the daemons said, for a report of a failure."""
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-6000:]}"
                         for log in sorted(self.directory.glob("viaduct*.log")))
