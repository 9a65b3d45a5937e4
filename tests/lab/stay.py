"""A lab that outlives the program that made it, and its end."""

import contextlib
import json
import os
import pathlib
import shutil
import signal

from lab.commands import run, wait_until


def started(pid):
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
        "processes": {process.pid: started(process.pid) for process in processes}}))
    lab.keep()


def end_processes(processes):
    """Ends those that are still the ones that were written down, by pid and start; waits for it."""
    def alive():
        return [pid for pid, began in processes.items() if began and started(pid) == began]
    for sign, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        for pid in alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not alive(), "they have ended", patience)
    if alive():
        raise AssertionError(f"processes that do not end: {alive()}")


def take_down(record):
    """Ends what leave_up() left. False if there is nothing."""
    if not record.exists():
        return False
    left = json.loads(record.read_text())
    end_processes({int(pid): began for pid, began in left["processes"].items()})
    for line in run("ip", "netns", "list").stdout.splitlines():
        if line.startswith(left["prefix"]):
            run("ip", "netns", "del", line.split()[0])
    shutil.rmtree(left["directory"], ignore_errors=True)
    record.unlink()
    return True
