"""viaduct-guestd by itself: routers' namespaces and guests that the lab makes, and the control
socket in the place of viaductd."""

import json
import os
import pathlib
import re
import socket
import struct

from lab.appliance import build_directory
from lab.commands import Background, children_of, wait_until
from lab.namespace import Namespace, cable


class Refusal(Exception):
    """What guestd answers when it does not do what it was asked for."""

    def __init__(self, error):
        self.fault, self.where, self.why = error["fault"], error["where"], error["why"]
        super().__init__(f"{self.fault} {self.where}: {self.why}")


class ControlConnection:
    """One connection to the control socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(str(path))

    def send(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        self.socket.sendall(struct.pack(">I", len(data)) + data)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise EOFError("guestd has hung up")
            data += piece
        return data

    def receive(self):
        return json.loads(self._exactly(struct.unpack(">I", self._exactly(4))[0]))

    def ask(self, question):
        self.send(question if isinstance(question, (str, bytes)) else json.dumps(question))
        answer = self.receive()
        if not answer["ok"]:
            raise Refusal(answer["error"])
        return answer

    def close(self):
        self.socket.close()


class GuestLab:
    """Routers whose guests one guestd serves."""

    def __init__(self, directory, **settings):
        self.directory = pathlib.Path(directory)
        self.prefix = f"gs{os.getpid():x}-"
        self.socket = self.directory / "guestd.sock"
        self.made = []
        self.guestd = None
        self.revision = 0
        self.settings = self.directory / "viaduct.ini"
        self.settings.write_text(
            f"[guest]\ncontrol_socket = {self.socket}\n"
            f"state_directory = {self.directory}/state\nuser = nobody\n"
            + "".join(f"{key} = {value}\n" for key, value in settings.items()) +
            f"[routers]\nnamespace_prefix = {self.prefix}\n", encoding="ascii")

    def start(self):
        self.guestd = Background([build_directory() / "bin" / "viaduct-guestd", "--settings",
                                  self.settings], self.directory / "guestd.log")
        wait_until(lambda: self.is_answering() or not self.guestd.is_running(), "guestd answers")
        assert self.guestd.is_running(), self.guestd.output()
        self.revision = 0

    def is_answering(self):
        try:
            return self.ask("hello")["revision"] == 0
        except (OSError, EOFError):
            return False

    def connect(self):
        return ControlConnection(self.socket)

    def ask(self, operation, **attributes):
        connection = self.connect()
        try:
            return connection.ask({"op": operation, **attributes})
        finally:
            connection.close()

    def apply(self, routers, **more):
        """A whole document."""
        answer = self.ask("apply", revision=self.revision + 1, document={"routers": routers},
                          **more)
        self.revision = answer["revision"]

    def change(self, path, after=None, **more):
        """One resource; None removes it."""
        one = {"path": path} if after is None else {"path": path, "after": after}
        answer = self.ask("apply", revision=self.revision + 1, base=self.revision, changes=[one],
                          **more)
        self.revision = answer["revision"]

    def network(self, router, interface):
        """Its counters."""
        return self.ask("counters")["routers"][router]["networks"][interface]

    def wait_until_open(self, router="red", interface="guest0"):
        wait_until(lambda: not self.network(router, interface)["closed"],
                   f"all of {router}/{interface} is listened to")

    def broker(self):
        """The process of the broker."""
        return children_of(self.guestd.pid)[0]

    def namespace(self, name):
        made = Namespace(self.prefix + name, self.directory, name)
        self.made.append(made)
        made.create()
        return made

    def router(self, name, *addresses, interface="guest0"):
        """A router's namespace, with a bridge in the place of the TAP."""
        made = self.namespace(name)
        self.add_interface(made, interface, *addresses)
        return made

    @staticmethod
    def add_interface(router, name, *addresses):
        router.bridge(name)
        router.ip(*(f"address add {address} dev {name} nodad" for address in addresses))

    def guest(self, router, name, mac, *addresses, interface="guest0"):
        made = self.namespace(f"{router.label}-{name}")
        self.plug(router, name, made, mac, interface)
        made.ip(*(f"address add {address} dev eth0" for address in addresses))
        return made

    @staticmethod
    def plug(router, name, guest, mac, interface="guest0"):
        cable(router, name, guest, "eth0")
        router.ip(f"link set {name} master {interface}")
        guest.ip("link set eth0 down", f"link set eth0 address {mac}", "link set eth0 up")

    def lease(self, guest):
        """What dhclient is told, by the names that its script has for it."""
        files = self.directory / guest.name
        common = ("-sf", "/bin/true", "-lf", f"{files}.leases", "-pf", f"{files}.pid", "eth0")
        guest.run("dhclient", "-1", "-v", *common, timeout=30)
        guest.run("dhclient", "-x", *common, check=False)
        return dict(re.findall(r"^  (?:option )?(\S+) (.*);$",
                               pathlib.Path(f"{files}.leases").read_text(), re.M))

    def close(self):
        if self.guestd:
            self.guestd.stop()
        for made in reversed(self.made):
            made.delete()


def dig(guest, *question, server="10.1.1.1"):
    return guest.run("dig", "+short", "+time=2", "+tries=2", f"@{server}",
                     *question).stdout.split()


def curl(guest, url, *options):
    return guest.run("curl", "-s", "-m", 10, *options, url).stdout


def ask_password(guest, wish="send_my_password", server="10.1.1.1"):
    return curl(guest, f"http://{server}:8080/", "-H", f"DomU_Request: {wish}")
