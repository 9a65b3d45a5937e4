"""A lab that outlives the program that made it, and its end."""

import json
import os
import pathlib
import shutil
import signal

from lab.commands import run, wait_until


def _started(pid):
    """When a process began, which tells it from a later one of the same number; None if gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def leave_up(lab, record):
    """Lets go of a lab, and writes down what take_down() needs."""
    processes = [lab.appliance.controlplane, lab.appliance.dataplane]
    for host in lab.hosts.values():
        processes += host.servers
    record.write_text(json.dumps({
        "prefix": lab.prefix, "directory": str(lab.directory),
        "processes": {process.pid: _started(process.pid) for process in processes}}))
    lab.keep()


def take_down(record):
    """Ends what leave_up() left. False if there is nothing."""
    if not record.exists():
        return False
    left = json.loads(record.read_text())
    alive = [int(pid) for pid, started in left["processes"].items()
             if started and _started(pid) == started]
    for pid in alive:
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not any(_started(pid) for pid in alive), "all processes have ended")
    for line in run("ip", "netns", "list").stdout.splitlines():
        if line.startswith(left["prefix"]):
            run("ip", "netns", "del", line.split()[0])
    shutil.rmtree(left["directory"], ignore_errors=True)
    record.unlink()
    return True
