"""Real packets through the real daemons: network namespaces, ordinary clients, the appliance."""

from lab.appliance import Appliance, Refused, build_directory
from lab.commands import CommandFailed, run, wait_until
from lab.frames import Station, Wire
from lab.host import Host
from lab.namespace import Namespace
from lab.topology import Lab

__all__ = ["Appliance", "CommandFailed", "Host", "Lab", "Namespace", "Refused", "Station", "Wire",
           "build_directory", "run", "wait_until"]
