"""Making a lab."""

import contextlib
import ipaddress
import json
import os
import pathlib
import re
import socket

from lab.appliance import Appliance, build_directory, guest_services
from lab.cloudstack import ssh
from lab.cloudstack.record import Problem, Record
from lab.commands import run, undisturbed, wait_until
from lab.namespace import Namespace, cable

CONTROL_NIC = {"router": 1, "dhcpsrvr": 1}
NOT_YET = ("vpcrouter", "ilbvm", "elbvm")
USUAL_NICS = {"router": 3, "dhcpsrvr": 2}
MOST_NICS = 32
CONTROL_ADDRESS = ipaddress.ip_interface("169.254.12.34/16")
HOST_ADDRESS = ipaddress.ip_address("169.254.0.1")
UNICAST_MAC = re.compile(r"[0-9a-f][02468ace](:[0-9a-f]{2}){5}")


def usual_mac(number):
    """Public NICs have those that CloudStack gives to the first address of their VLAN."""
    return f"1e:00:52:00:{number - 1:02x}:0a" if number > 1 else f"02:00:52:00:00:{number:02x}"


def check_mac(text):
    if not UNICAST_MAC.fullmatch(text.lower()):
        raise Problem(f"'{text}' is no MAC address of one NIC, such as 02:01:00:aa:00:11")
    return text.lower()


def read_command_line(file):
    """The keys of a boot command line; the last one counts."""
    try:
        text = pathlib.Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise Problem(f"{file}: cannot be read: {failure}") from None
    keys = dict(word.split("=", 1) for word in text.split() if "=" in word)
    if not keys:
        raise Problem(f"{file}: holds no KEY=VALUE")
    return text, keys


class Plan:
    """What is to be made, checked before anything is."""

    def __init__(self, role, nics=None, macs=(), command_line=None, is_strict=False):
        if role in NOT_YET:
            raise Problem(f"role {role} is not there yet; there are {', '.join(CONTROL_NIC)}")
        if role not in CONTROL_NIC:
            raise Problem(f"'{role}' is no role; there are {', '.join(CONTROL_NIC)}")
        self.role = role
        self.is_strict = is_strict
        self.control = CONTROL_NIC[role]
        count = USUAL_NICS[role] if nics is None else nics
        if not self.control < count <= MOST_NICS:
            raise Problem(f"a {role} has {self.control + 1} to {MOST_NICS} NICs, not {count}")
        self.macs = {f"eth{number}": usual_mac(number) for number in range(count)}
        for given in macs:
            self._set_mac(given)
        self.command_line, self.keys = None, {}
        self.address = CONTROL_ADDRESS
        if command_line is not None:
            self.command_line, self.keys = read_command_line(command_line)
            self._obey(self.keys)
        self.host = self._host_address()

    def _set_mac(self, given):
        nic, equals, mac = given.partition("=")
        if not equals or nic not in self.macs:
            raise Problem(f"--mac {given}: expected ethK=MAC, K from 0 to {len(self.macs) - 1}")
        self.macs[nic] = check_mac(mac)
        if len(set(self.macs.values())) < len(self.macs):
            raise Problem(f"--mac {given}: another NIC has that MAC address")

    def _obey(self, keys):
        if keys.get("type", self.role) != self.role:
            raise Problem(f"the command line is of a {keys['type']}, not of a {self.role}")
        for key in keys:
            named = re.fullmatch(r"(eth\d+)ip", key)
            if named and named[1] not in self.macs:
                raise Problem(f"the command line names {named[1]}; the lab has {len(self.macs)} "
                              "NICs: --nics N gives it more")
        nic = f"eth{self.control}"
        address, mask = keys.get(f"{nic}ip"), keys.get(f"{nic}mask", "255.255.0.0")
        if address is not None:
            try:
                self.address = ipaddress.IPv4Interface(f"{address}/{mask}")
            except ValueError as failure:
                raise Problem(f"the command line's {nic}ip: {failure}") from None

    def _host_address(self):
        network = self.address.network
        if HOST_ADDRESS in network and HOST_ADDRESS != self.address.ip:
            return ipaddress.ip_interface(f"{HOST_ADDRESS}/{network.prefixlen}")
        other = next((each for each in network.hosts() if each != self.address.ip), None)
        if other is None:
            raise Problem(f"{self.address} leaves no address for the host")
        return ipaddress.ip_interface(f"{other}/{network.prefixlen}")

    def extra_keys(self):
        key = ssh.authorized_key(self.keys.get("authorized_key", ""))
        return [key] if key else []


def start_guestd(appliance, record):
    guestd = appliance.start_program("viaduct-guestd")
    record.add_program("viaduct-guestd", guestd)
    def answers():
        if not guestd.is_running():
            raise AssertionError(f"viaduct-guestd ended by itself:\n{guestd.output()}")
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as door:
            return door.connect_ex(str(record.directory / "guestd.sock")) == 0
    wait_until(answers, "viaduct-guestd listens")


def start_again(record, program):
    """Starts a program of an appliance that is up."""
    appliance = Appliance.at(record.directory)
    if program == "viaduct-guestd":
        start_guestd(appliance, record)
    else:
        appliance.start_controlplane()
        record.add_program(program, appliance.controlplane)


class Builder:
    """Builds a lab by its plan; whatever goes wrong, or interrupts, nothing is left."""

    def __init__(self, name, plan):
        self.plan = plan
        for program in ("viaductd", "viaduct-dataplane", "viaduct-guestd",
                        "viaduct-cloudstack"):
            if not (build_directory() / "bin" / program).exists():
                raise Problem(f"{build_directory()}/bin/{program} is not there: build it first")
        self.record = Record.new(name)

    def build(self):
        with contextlib.ExitStack() as cleanup:
            cleanup.callback(self._remove)
            try:
                self._build()
            except AssertionError as failure:
                raise Problem(f"{failure}\n{self._logs()}") from None
            cleanup.pop_all()
        return self.record

    def _remove(self):
        with undisturbed():
            self.record.remove()

    def _logs(self):
        logs = sorted(self.record.directory.glob("viaduct*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}"
                         for log in logs)

    def _build(self):
        plan, record = self.plan, self.record
        self.switch = self._namespace("switch")
        self.control = self._namespace("control")
        self.host = self._namespace("host")
        self._build_segments()
        self._start_appliance()
        self._furnish_root()
        record.facts |= {
            "role": plan.role, "nics": plan.macs, "control_nic": f"eth{plan.control}",
            "control_address": str(plan.address), "host_address": str(plan.host),
            "settings": str(self.appliance.settings_file),
            "api_socket": str(self.appliance.api_socket)}
        record.save()
        server = ssh.Server(record, plan.address.ip, self.appliance.settings_file)
        server.prepare(plan.extra_keys())
        # Where sshd leaves privileges behind; the distribution makes it only for its own sshd.
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        server.start(self.control)
        self._boot()

    def _namespace(self, name):
        made = Namespace(self.record.prefix + name, self.record.directory, name)
        made.create()
        return made

    def _build_segments(self):
        plan = self.plan
        for nic, mac in plan.macs.items():
            owner = self.control if nic == f"eth{plan.control}" else self.switch
            self.switch.bridge(f"seg-{nic}")
            cable(self.switch, f"{nic}-far", owner, nic)
            owner.ip(f"link set {nic} address {mac}")
            self.switch.ip(f"link set {nic}-far master seg-{nic}")
        segment = f"seg-eth{plan.control}"
        cable(self.switch, "host", self.host, "eth0")
        self.switch.ip(f"link set host master {segment}")
        self.host.ip(f"address add {plan.host} dev eth0")
        self.control.ip(f"address add {plan.address} dev eth{plan.control}")

    def _start_appliance(self):
        directory = self.record.directory
        sections = guest_services(directory)
        if self.plan.is_strict:
            sections["cloudstack"] = {"aggregate_failure": "fatal"}
        self.appliance = Appliance(directory, f"{self.record.prefix}router-", sections)
        self.appliance.start_dataplane()
        self.record.add_process(self.appliance.dataplane)
        start_guestd(self.appliance, self.record)
        self.appliance.start_controlplane()
        self.record.add_program("viaductd", self.appliance.controlplane)

    def _furnish_root(self):
        root = self.record.root
        root.mkdir(mode=0o700)
        for directory in ("var/cache/cloud", "root"):
            (root / directory).mkdir(mode=0o700, parents=True)
        nics = [{"name": nic, "mac": mac, "device": f"net_af_packet{nic[3:]},iface={nic}",
                 "namespace": self.switch.name}
                for nic, mac in self.plan.macs.items() if nic != f"eth{self.plan.control}"]
        (root / "etc/viaduct").mkdir(parents=True)
        (root / "etc/viaduct/nics.json").write_text(json.dumps(nics, indent=2), encoding="ascii")
        self._cloudstack("link", root / "opt/cloud/bin")

    def _boot(self):
        if self.plan.command_line is not None:
            file = self.record.root / "var/cache/cloud/cmdline"
            file.touch(mode=0o600)
            file.write_text(self.plan.command_line, encoding="utf-8")
        self._cloudstack("boot")

    def _cloudstack(self, *words):
        done = run(build_directory() / "bin" / "viaduct-cloudstack", "--root", self.record.root,
                   "--settings", self.appliance.settings_file, *words, check=False, timeout=120)
        if done.returncode != 0:
            raise Problem(f"viaduct-cloudstack {words[0]} failed:\n{done.stdout}{done.stderr}")
