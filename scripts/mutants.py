#!/usr/bin/env python3
"""Plants faults one at a time and shows which of them the unit tests notice.

mutants.py [--only NAME...] [--json FILE] [--directory BUILD]
Works on a copy of the sources below BUILD (build-mutants), which keeps its objects from one fault to
the next. Exit status 0 if at least 90 % of the faults are noticed.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from mutants.faults import FAULTS  # noqa: E402

WANTED = 0.9
PROGRAMS = ("model_tests", "dataplane_tests", "reference_tests", "controlplane_tests")
# What the last program has besides takes longer than it tells about these faults.
FILTERS = {"controlplane_tests": "Plan*"}
TRIPLES = "60000"


class Copy:
    """Sources and objects of their own."""

    def __init__(self, directory):
        self.sources = directory / "source"
        self.objects = directory / "objects"
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True,
                                check=True).stdout.decode().split("\0")
        for name in filter(None, listed):
            self._renew(name)

    def _renew(self, name):
        """Objects of what did not change stay good."""
        here, there = ROOT / name, self.sources / name
        if here.is_dir():  # by a link of ours, to what is copied as well
            return
        if there.exists() and there.read_bytes() == here.read_bytes():
            return
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(here, there)

    def build(self):
        """Empty, or what the compiler said."""
        told = subprocess.run(["./scripts/build.sh", self.objects.resolve(),
                               f"({'|'.join(PROGRAMS)})$", "-DCMAKE_UNITY_BUILD=OFF"],
                              cwd=self.sources, capture_output=True, text=True, check=False)
        return "" if told.returncode == 0 else told.stdout + told.stderr

    def first_failure(self):
        """The test that fails, or None."""
        for program in PROGRAMS:
            command = [self.objects / "bin" / program, "--gtest_brief=1",
                       f"--gtest_filter={FILTERS.get(program, '*')}"]
            try:
                told = subprocess.run(command, cwd=self.objects, capture_output=True, text=True,
                                      env={"VIADUCT_TRIPLES": TRIPLES, "PATH": "/usr/bin:/bin"},
                                      errors="replace", timeout=120, check=False)
            except subprocess.TimeoutExpired:
                return f"{program} (did not end)"
            if told.returncode != 0:
                failed = re.search(r"\[  FAILED  \] (\S+)", told.stdout)
                return failed[1].rstrip(",") if failed else f"{program} (ended by a signal)"
        return None


def judge(copy, fault):
    """What noticed the fault, or None."""
    file = copy.sources / fault.file
    clean = file.read_text()
    file.write_text(fault.planted_in(clean))
    try:
        if complaint := copy.build():
            raise SystemExit(f"{fault.name} does not compile:\n{complaint[-3000:]}")
        return copy.first_failure()
    finally:
        file.write_text(clean)


def report(results):
    width = max(len(name) for name in results)
    for name, noticed in results.items():
        print(f"{name:{width}}  {noticed or 'SURVIVED'}")
    caught = sum(noticed is not None for noticed in results.values())
    print(f"{caught} of {len(results)} faults noticed ({caught / len(results):.0%})")
    return caught / len(results)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these faults alone")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the result here")
    parser.add_argument("--directory", type=pathlib.Path, default=ROOT / "build-mutants")
    wanted = parser.parse_args()
    faults = [fault for fault in FAULTS if not wanted.only or fault.name in wanted.only]
    if not faults or (wanted.only and len(faults) != len(wanted.only)):
        parser.error("no such fault; there are: " + ", ".join(fault.name for fault in FAULTS))
    copy = Copy(wanted.directory)
    if complaint := copy.build():
        raise SystemExit(complaint[-3000:])
    if failed := copy.first_failure():
        raise SystemExit(f"{failed} fails without any fault")
    results = {}
    for number, fault in enumerate(faults, 1):
        began = time.monotonic()
        results[fault.name] = judge(copy, fault)
        print(f"[{number}/{len(faults)}] {fault.name}: {results[fault.name] or 'SURVIVED'} "
              f"({time.monotonic() - began:.0f} s)", flush=True)
    share = report(results)
    if wanted.json:
        wanted.json.write_text(json.dumps({"faults": results, "share": share}, indent=1) + "\n")
    return 0 if share >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
