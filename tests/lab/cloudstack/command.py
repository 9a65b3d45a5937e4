"""Stands an appliance up as CloudStack would see it, and drives it as a KVM host does."""

import argparse
import ipaddress
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from lab.appliance import build_directory
from lab.cloudstack import ssh
from lab.cloudstack.record import Problem, Record, namespaces
from lab.cloudstack.up import Builder, Plan, check_mac, start_again
from lab.commands import run
from lab.namespace import Namespace, cable

CLIENT_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,30}")
CACHE = "/var/cache/cloud"
COMMAND_SECONDS = 600


def up(options):
    if options.kind != "cloudstack":
        raise Problem(f"there is no lab of kind '{options.kind}', only cloudstack")
    plan = Plan(options.role, options.nics, options.mac, options.cmdline, options.strict)
    record = Builder(options.name, plan).build()
    print(f"Lab '{record.name}' is up: a {plan.role} with {', '.join(plan.macs)}, "
          f"control address {plan.address.ip}.")


def check_addresses(texts, gateway):
    try:
        addresses = [ipaddress.IPv4Interface(text) for text in texts]
        via = ipaddress.IPv4Address(gateway) if gateway else None
    except ValueError as failure:
        raise Problem(str(failure)) from None
    if any("/" not in text for text in texts):
        raise Problem("--ip wants a prefix length too, such as 10.1.1.11/24")
    if via and not any(via in address.network for address in addresses):
        raise Problem(f"--gw {via} is in no network of --ip")
    return addresses, via


def client(options):
    if not CLIENT_NAME.fullmatch(options.client):
        raise Problem(f"'{options.client}' is no name for a client")
    mac = check_mac(options.mac)
    addresses, gateway = check_addresses(options.ip, options.gw)
    with Record.locked(options.name) as record:
        if options.on not in record.facts["nics"]:
            raise Problem(f"there is no segment {options.on}; there are "
                          f"{', '.join(record.facts['nics'])}")
        if options.client in namespaces():
            raise Problem(f"there is a network namespace '{options.client}' already")
        clients = record.facts["clients"]
        number = 1 + max((each["number"] for each in clients.values()), default=0)
        made = Namespace(options.client, record.directory)
        try:
            attach(made, record, options.on, f"client{number}", mac)
            made.ip(*[f"address add {address} dev eth0" for address in addresses],
                    *([f"route add default via {gateway}"] if gateway else []))
        except BaseException:
            made.delete()
            raise
        clients[options.client] = {"number": number, "segment": options.on, "mac": mac,
                                   "addresses": [str(each) for each in addresses]}
    print(f"ip netns exec {options.client} ...")


def attach(made, record, nic, end, mac):
    """A new namespace whose eth0 hangs at the segment of a NIC."""
    switch = Namespace(record.prefix + "switch", record.directory)
    made.create()
    cable(switch, end, made, "eth0")
    made.ip(f"link set eth0 address {mac}")
    switch.ip(f"link set {end} master seg-{nic}")


def host_command(record, *argv):
    return ["ip", "netns", "exec", f"{record.prefix}host", *map(str, argv)]


def control_ip(record):
    return record.facts["control_address"].partition("/")[0]


def check_reachable(record):
    """A host asks for an echo before it connects, and tries twice."""
    for _ in range(2):
        asked = run(*host_command(record, "ping", "-n", "-c", 1, "-W", 2, control_ip(record)),
                    check=False)
        if asked.returncode == 0:
            return
    raise Problem(f"{control_ip(record)} does not answer")


def passed_on(argv):
    """Runs a program, its two streams as one, and gives back its exit status."""
    try:
        return subprocess.run(argv, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                              timeout=COMMAND_SECONDS, check=False).returncode
    except subprocess.TimeoutExpired:
        raise Problem(f"no answer within {COMMAND_SECONDS} s") from None


def read_record(name):
    with Record.locked(name) as record:
        return record


def vr(options):
    record = read_record(options.name)
    check_reachable(record)
    script, *arguments = options.command
    path = script if script.startswith("/") else f"/opt/cloud/bin/{script}"
    return passed_on(host_command(record, *ssh_command(record), " ".join([path, *arguments])))


def ssh_command(record):
    return ["ssh", *ssh.options(record.directory), "-p", str(ssh.PORT),
            f"root@{control_ip(record)}"]


def copy(options):
    source = pathlib.Path(options.file)
    if not source.is_file():
        raise Problem(f"{source}: there is no such file")
    name = options.as_name or source.name
    record = read_record(options.name)
    check_reachable(record)
    with tempfile.TemporaryDirectory(dir=record.directory) as directory:
        sent = pathlib.Path(directory) / "file"
        shutil.copyfile(source, sent)
        sent.chmod(0o600)  # as a host sends it, whatever it is here
        return passed_on(host_command(
            record, "scp", "-O", "-q", *ssh.options(record.directory), "-P", ssh.PORT, sent,
            f"root@{control_ip(record)}:{CACHE}/{name}"))


def info(options):
    record = read_record(options.name)
    facts = dict(record.facts)
    del facts["processes"]
    names = {"switch": f"{record.prefix}switch", "control": f"{record.prefix}control",
             "host": f"{record.prefix}host", "router": f"{record.prefix}router-vr"}
    print(json.dumps({"name": record.name, **facts, "namespaces": names,
                      "directory": str(record.directory), "root": str(record.root),
                      "ssh": host_command(record, *ssh_command(record)),
                      "key": f"{record.directory}/ssh/id_rsa.cloud"}, indent=2))


def boot(options):
    record = read_record(options.name)
    return passed_on([build_directory() / "bin" / "viaduct-cloudstack", "--root", record.root,
                      "--settings", record.facts["settings"], "boot"])


def restart(options):
    """Kills a process of the appliance and starts it again, as a service manager would."""
    with Record.locked(options.name) as record:
        if options.program not in record.facts["programs"]:
            raise Problem(f"there is no program '{options.program}'; there are "
                          f"{', '.join(record.facts['programs'])}")
        record.kill(options.program)
        if not options.stay_away:
            start_again(record, options.program)


def down(options):
    with Record.locked(options.name) as record:
        record.remove()
    print(f"Lab '{options.name}' is gone.")


def parser():
    top = argparse.ArgumentParser(prog="lab.sh", description=__doc__)
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument("--name", default=os.environ.get("VIADUCT_LAB", "lab"),
                       help="of the lab; by default what VIADUCT_LAB says, or 'lab'")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name, work, says):
        made = commands.add_parser(name, parents=[named], help=says, description=says)
        made.set_defaults(work=work)
        return made
    made = command("up", up, "make a lab")
    made.add_argument("kind", help="cloudstack")
    made.add_argument("role", help="router or dhcpsrvr")
    made.add_argument("--nics", type=int, metavar="N", help="how many NICs: eth0 to ethN-1")
    made.add_argument("--mac", action="append", default=[], metavar="ethK=MAC")
    made.add_argument("--cmdline", metavar="FILE", help="the boot's KEY=VALUE ...")
    made.add_argument("--strict", action="store_true",
                      help="a part of an aggregate that is refused fails all of it")
    made = command("client", client, "put a client on a segment, in a namespace of its name")
    made.add_argument("client", metavar="NAME")
    made.add_argument("--on", required=True, metavar="ethK")
    made.add_argument("--mac", required=True)
    made.add_argument("--ip", action="append", default=[], metavar="CIDR")
    made.add_argument("--gw", metavar="IP")
    made = command("vr", vr, "run an entry point over SSH; options of lab.sh come before it")
    made.add_argument("command", nargs=argparse.REMAINDER, metavar="SCRIPT ARGUMENT...")
    made = command("copy", copy, "put a file into /var/cache/cloud")
    made.add_argument("file", metavar="FILE")
    made.add_argument("--as", dest="as_name", metavar="NAME", help="its name there")
    command("boot", boot, "forget all that was delivered, and apply the boot's command line again")
    made = command("restart", restart, "kill a process of the appliance and start it again")
    made.add_argument("program", metavar="PROGRAM", help="viaductd or viaduct-guestd")
    made.add_argument("--stay-away", action="store_true", help="kill it only")
    command("info", info, "names, addresses and the SSH command, as JSON")
    command("down", down, "remove the lab")
    return top


def main():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also if started with it ignored
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, and so cleans up
    reader = parser()
    options = reader.parse_args()
    if options.work is vr and not options.command:
        reader.error("vr: which script?")
    try:
        return options.work(options) or 0
    except Problem as problem:
        print(f"lab.sh: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
