"""Which labs are up: a directory for each, that says what was made for it."""

import contextlib
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal

from lab.commands import run, wait_until
from lab.stay import end_processes, started

HOME = pathlib.Path("/run/viaduct-lab")
NAME = re.compile(r"[a-z0-9]{1,12}")  # namespaces begin with it: no '-', so none begins with another


class Problem(Exception):
    """Something to tell whoever drives the lab."""


def namespaces():
    return [line.split()[0] for line in run("ip", "netns", "list").stdout.splitlines() if line]


class Record:
    """A lab that is up, or on its way."""

    def __init__(self, name):
        if not NAME.fullmatch(name):
            raise Problem(f"'{name}' is no name for a lab: up to 12 lower-case letters and digits")
        self.name = name
        self.prefix = f"cs-{name}-"
        self.directory = HOME / name
        self.root = self.directory / "root"
        self.file = self.directory / "lab.json"
        self.facts = {"clients": {}, "processes": {}, "programs": {}}

    @staticmethod
    def new(name):
        """Takes the name. What is made later is gone with remove()."""
        made = Record(name)
        HOME.mkdir(mode=0o755, exist_ok=True)
        try:
            made.directory.mkdir(mode=0o711)  # daemons that are not root reach what is theirs
        except FileExistsError:
            raise Problem(f"lab '{name}' is up already; remove it with: "
                          f"scripts/lab.sh down --name {name}") from None
        made.save()
        return made

    @staticmethod
    @contextlib.contextmanager
    def locked(name):
        """The lab of that name, for one command at a time; saved at the end."""
        found = Record(name)
        try:
            lock = open(found.directory / "lock", "w", encoding="ascii")
        except FileNotFoundError:
            raise Problem(f"there is no lab '{name}'; make one with: "
                          f"scripts/lab.sh up cloudstack router --name {name}") from None
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            found.facts = json.loads(found.file.read_text(encoding="ascii"))
            yield found
            if found.directory.exists():
                found.save()

    def save(self):
        draft = self.file.with_suffix(".new")
        draft.write_text(json.dumps(self.facts, indent=2), encoding="ascii")
        draft.rename(self.file)

    def add_process(self, process):
        self.facts["processes"][str(process.pid)] = started(process.pid)
        self.save()

    def add_program(self, name, process):
        """A process of the appliance, which may be killed and started again by its name."""
        self.facts["programs"][name] = process.pid
        self.add_process(process)

    def kill(self, name):
        """Nothing happens to one that is gone already."""
        pid = self.facts["programs"][name]
        began = self.facts["processes"].pop(str(pid), None)
        if began and started(pid) == began:
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: started(pid) != began, f"{name} is gone")

    def own_namespaces(self):
        own = set(self.facts["clients"])
        return [name for name in namespaces() if name in own or name.startswith(self.prefix)]

    def remove(self):
        """Ends everything and leaves nothing."""
        processes = {int(pid): began for pid, began in self.facts["processes"].items()}
        for name in self.own_namespaces():
            for pid in run("ip", "netns", "pids", name, check=False).stdout.split():
                processes.setdefault(int(pid), started(int(pid)))
        end_processes(processes)
        for name in self.own_namespaces():
            run("ip", "netns", "del", name, check=False)
        shutil.rmtree(self.directory, ignore_errors=True)
        with contextlib.suppress(OSError):  # another lab is up
            HOME.rmdir()
