"""lab.sh as a user drives it, for tests."""

import contextlib
import json
import os
import pathlib
import subprocess
import tempfile

from lab.appliance import build_directory
from lab.cloudstack.command import parser
from lab.cloudstack.record import Problem
from lab.commands import run

SCRIPT = pathlib.Path(__file__).resolve().parents[3] / "scripts" / "lab.sh"
CACHE = "var/cache/cloud"


def lab_sh(*words, timeout=120):
    """What lab.sh came to; programs are where the other tests have them."""
    return subprocess.run([SCRIPT, *map(str, words)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=timeout, check=False,
                          env=os.environ | {"VIADUCT_BUILD": str(build_directory())})


def namespaces(having=""):
    names = {line.split()[0] for line in run("ip", "netns", "list").stdout.splitlines() if line}
    return {name for name in names if having in name}


def name_of(letter):
    """A name that no other run of the tests has."""
    return f"{letter}{os.getpid() % 1000000}"


class Driven:
    """A lab that lab.sh makes and removes."""

    def __init__(self, letter, role, *options):
        self.name = name_of(letter)
        self.facts = {}  # what info tells and what stays for as long as the lab is up
        self.made_by = ["up", "cloudstack", role, *options, "--name", self.name]

    def __enter__(self):
        made = lab_sh(*self.made_by)
        assert made.returncode == 0, made.stdout + made.stderr
        self.facts = self.info()
        return self

    def __exit__(self, *_):
        lab_sh("down", "--name", self.name)

    def __call__(self, command, *words):
        return lab_sh(command, "--name", self.name, *words)

    def good(self, command, *words):
        """What it printed, having succeeded."""
        done = self(command, *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def restart(self, program, *options):
        self.good("restart", *options, program)

    def info(self):
        return json.loads(self.good("info"))

    def file(self, path):
        return pathlib.Path(self.facts["root"]) / path

    def ssh(self, command):
        """Any command line, as a client of its own would send it."""
        return run(*self.facts["ssh"], command, check=False, timeout=60)

    def inside(self, where, *argv):
        """Runs a program in a namespace of the lab, or in a client."""
        return run("ip", "netns", "exec", self.facts["namespaces"].get(where, where), *argv,
                   check=False)


class DrivenFromHere(Driven):
    """The same commands without a process for each, which costs more than what they do."""

    def __call__(self, command, *words):
        if command not in ("boot", "copy", "vr"):  # those that pass on what others say
            return super().__call__(command, *words)
        options = parser().parse_args([command, "--name", self.name, *map(str, words)])
        with tempfile.TemporaryFile("w+", errors="replace") as said:
            try:
                with standard_output_to(said):
                    status = options.work(options)
            except Problem as problem:
                return subprocess.CompletedProcess(words, 1, "", f"lab.sh: {problem}\n")
            said.seek(0)
            return subprocess.CompletedProcess(words, status, said.read(), "")


@contextlib.contextmanager
def standard_output_to(file):
    before = os.dup(1)
    os.dup2(file.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(before, 1)
        os.close(before)
