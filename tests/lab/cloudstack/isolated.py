"""An isolated network as CloudStack's samples describe it: the lab's router, guests, and an outside."""

import json
import pathlib
import re

from lab.api import Api
from lab.cloudstack.driven import CACHE
from lab.host import Host

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "cloudstack" / "samples"
GUESTS = {"web1": "10.1.1.11", "web2": "10.1.1.12", "db1": "10.1.1.13"}
MACS = {"web1": "02:01:00:aa:00:11", "web2": "02:01:00:aa:00:12", "db1": "02:01:00:aa:00:13"}
ROUTER, FORWARDS, STATIC = "203.0.113.10", "203.0.113.11", "203.0.113.12"
FAR, NEAR, UPSTREAM = "198.51.100.9", "203.0.113.200", "203.0.113.1"
RESOLVER = "198.51.100.53"


class Messages:
    """What a management server says to a lab, by SSH."""

    def __init__(self, driven, logs):
        self.driven = driven
        self.messages = {each["sample"]: each["vr_file"] for each in
                         json.loads((SAMPLES / "manifest.json").read_text())["samples"]}
        self.logs = logs
        self.sent = 0
        self.is_fresh = False  # nothing was said since it booted and was told all

    def power_on(self):
        """Starts the router anew; it knows its command line and nothing else."""
        self.is_fresh = False
        self.driven.good("boot")

    def boot(self, aggregate="iso-50-boot.cfg"):
        """Starts the router anew and tells it all at once."""
        self.power_on()
        said = self.aggregate(aggregate)
        self.is_fresh = True
        return said

    def boot_with(self, more):
        """The same with more keys on its command line."""
        file = self.driven.file(f"{CACHE}/cmdline")
        before = file.read_text()
        file.write_text(f"{before.strip()} {more}\n")
        try:
            self.boot()
        finally:
            file.write_text(before)
            self.is_fresh = False

    def aggregate(self, sample, change=None):
        self.is_fresh = False
        self.sent += 1
        text = (SAMPLES / sample).read_text()
        source = self.logs / f"aggregate-{self.sent}"
        source.write_text(change(text) if change else text)
        self.driven.good("copy", source, "--as", f"VR-{self.sent}.cfg")
        return self.driven.good("vr", "vr_cfg.sh", "-c", f"/{CACHE}/VR-{self.sent}.cfg")

    def send(self, sample):
        """One message, as the server sends it; returns the name of its file."""
        name = self.copy(sample)
        self.driven.good("vr", "update_config.py", name)
        return name

    def copy(self, sample, change=None):
        """Puts a message where entry points look for it, changed by `change(content)`; its name."""
        content = json.loads((SAMPLES / f"{sample}.json").read_text())
        if change:
            content = change(content) or content
        return self.put(self.messages[f"{sample}.json"], json.dumps(content))

    def put(self, file, text):
        """Puts a file of such text, or bytes, there; its name."""
        self.is_fresh = False
        self.sent += 1
        source = self.logs / f"message-{self.sent}"
        source.write_bytes(text if isinstance(text, bytes) else text.encode())
        name = f"{file}.{self.sent}"
        self.driven.good("copy", source, "--as", name)
        return name

    def tell(self, sample, change):
        """A message of the samples, changed."""
        name = self.copy(sample, change)
        self.driven.good("vr", "update_config.py", name)
        return name

    def say(self, kind, **content):
        """A message of our own."""
        name = self.put(f"{kind}.json", json.dumps({"type": kind, **content}))
        self.driven.good("vr", "update_config.py", name)

    def config(self, collection):
        """What the document has of the router."""
        return self.api().get(f"/v1/config/routers/vr/{collection}")

    def api(self):
        return Api(self.driven.facts["api_socket"])


class Isolated(Messages):
    """The lab, its guests, and the outside, which has several addresses to speak from."""

    def __init__(self, driven, logs):
        super().__init__(driven, logs)
        self.servers = []
        self.guests = {}
        for name, address in GUESTS.items():
            client = f"{driven.name}{name}"
            driven.good("client", client, "--on", "eth0", "--mac", MACS[name],
                        "--ip", f"{address}/24", "--gw", "10.1.1.1")
            self.guests[name] = Host(client, logs, name, address)
        outside = f"{driven.name}ext"
        driven.good("client", outside, "--on", "eth2", "--mac", "02:00:00:00:02:c8",
                    "--ip", f"{UPSTREAM}/24", "--ip", f"{NEAR}/24", "--ip", f"{FAR}/32",
                    "--ip", f"{RESOLVER}/32", "--ip", "198.51.100.54/32")
        self.outside = {address: Host(outside, logs, "ext", address)
                        for address in (FAR, NEAR, UPSTREAM, RESOLVER)}
        self.web1, self.web2, self.db1 = (self.guests[name] for name in GUESTS)

    def serve(self):
        self.web1.serve(tcp=[22])
        self.web2.serve(tcp=[22, 8005])
        self.db1.serve(tcp=[5432, 7777, 8005], udp=[53])
        self.outside[FAR].serve(tcp=[443, 80, 25, 8050])
        for address in (FAR, RESOLVER):
            self.outside[address].serve(udp=[53], at=address)

    def close(self):
        for host in (*self.guests.values(), *self.outside.values()):
            host.stop_servers()

    def who_answers(self, source, address, port):
        """The guest behind a public address, and whom it sees calling; None if nobody answers."""
        return talk(self.outside[source], address, port)


def talk(host, address, port):
    """The host that answers, and whom it sees; None if nobody does."""
    try:
        with host.connect(address, port, timeout=1) as connection:
            said = connection.say()
            return said["host"], said["client"]
    except OSError:
        return None


def lease(guest, logs):
    """What dhclient is told."""
    told = logs / f"leases-{guest.label}"
    guest.run("dhclient", "-1", "-v", "-sf", "/bin/true", "-lf", told, "-pf", f"{told}.pid", "eth0",
              timeout=40)
    guest.run("dhclient", "-x", "-sf", "/bin/true", "-lf", told, "-pf", f"{told}.pid", "eth0",
              check=False)
    return dict(re.findall(r"^  (?:option )?(\S+) (.*);$", told.read_text(), re.M))


def ask_again(guest, logs, address):
    """What dhclient says that remembers a lease of `address`, and what it is told at last."""
    told = logs / f"old-{guest.label}"
    told.write_text(f"""lease {{
  interface "eth0";
  fixed-address {address};
  option subnet-mask 255.255.255.0;
  option dhcp-server-identifier 10.1.1.1;
  renew 5 2037/01/01 00:00:00;
  rebind 5 2037/01/01 00:00:00;
  expire 5 2037/01/01 00:00:00;
}}
""")
    said = guest.run("dhclient", "-1", "-v", "-sf", "/bin/true", "-lf", told, "-pf", f"{told}.pid",
                     "eth0", timeout=40).stderr
    guest.run("dhclient", "-x", "-sf", "/bin/true", "-lf", told, "-pf", f"{told}.pid", "eth0",
              check=False)
    return said, re.findall(r"fixed-address (\S+);", told.read_text())[-1]


def dig(host, *question):
    """The answers, a line each."""
    return host.run("dig", "+short", "+tries=1", "+time=3", *question, check=False).stdout.split()


def refuses_or_answers(host, address, port, timeout=1):
    """Whether anything comes back for a TCP SYN."""
    try:
        host.connect(address, port, timeout=timeout).close()
    except TimeoutError:
        return False
    except ConnectionRefusedError:
        return True
    return True
