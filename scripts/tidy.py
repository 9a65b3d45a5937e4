#!/usr/bin/python3
"""Runs the checks of .clang-tidy over the product's sources and headers, as many at once as there are cores.

    tidy.py [--recent] BUILD_DIRECTORY

clangd runs them, on what a file says itself, some seconds each; clang-tidy would look at every
system header anew for each file, ten times as long. It is told to go without precompiled headers,
beside which it misreads templates of the standard library, and takes longer. The build must be
clang's, and made. With --recent only files that lately changed are looked at, and of the others a
sixteenth, another after each commit; all of them where there is no history, or where the checks
themselves changed.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LAYERS = ("base", "api", "dataplane", "services", "controlplane", "bench")
IS_TEST = re.compile(r"_(test|fuzz|bench)\.cc$|test_support")
LATELY = 6  # commits
PARTS = 16
PRECOMPILED = re.compile(r" -Winvalid-pch( -Xclang \S+){4}")
COMPLAINT = re.compile(r"^[EW]\[[\d:.]+\] \[([\w.-]+)\] Line (\d+): (.*)", re.M)


def commands(build):
    """How each file is compiled, without precompiled headers."""
    database = json.loads((ROOT / build / "compile_commands.json").read_text())
    for entry in database:
        entry["command"] = PRECOMPILED.sub("", entry["command"])
    return database


def sources(database):
    """What is compiled, and the headers beside it; tests, fuzzers and benchmarks are not looked at."""
    compiled = {pathlib.Path(entry["file"]).resolve().relative_to(ROOT) for entry in database}
    headers = {path.relative_to(ROOT) for layer in LAYERS for path in (ROOT / layer).rglob("*.h")}
    names = (path.as_posix() for path in compiled | headers)
    return sorted(name for name in names if name.startswith(LAYERS) and not IS_TEST.search(name))


def examine(directory, name):
    """Complaints about one file, or nothing; `directory` holds the commands."""
    told = subprocess.run(
        ["clangd-14", f"--check={name}", f"--compile-commands-dir={directory}", "--clang-tidy",
         "--check-lines=1-1"],
        cwd=ROOT, capture_output=True, text=True, check=False).stderr
    complaints = [f"{name}:{line}: {text} [{check}]" for check, line, text in COMPLAINT.findall(told)
                  if not check.startswith("-W")]  # the compiler's own, which the build shows
    # clangd guesses how a header is compiled by its neighbours, and may guess wrong.
    complaints = [complaint for complaint in complaints if "[pp_file_not_found]" not in complaint]
    if not complaints and "Building AST" not in told:
        complaints = [f"{name}: was not looked at:\n{told[-2000:]}"]
    return complaints


def git(*words):
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def recent(files):
    """Those that changed lately, here or in commits, and this commit's part of the others."""
    commits = int(git("rev-list", "--count", "HEAD") or 0)
    if commits <= LATELY:
        return files
    changed = set(git("diff", "--name-only", f"HEAD~{LATELY}").split())
    changed |= set(git("ls-files", "--others", "--exclude-standard").split())
    if ".clang-tidy" in changed:
        return files
    return [name for number, name in enumerate(files)
            if name in changed or number % PARTS == commits % PARTS]


def main(build, only_recent):
    database = commands(build)
    files = recent(sources(database)) if only_recent else sources(database)
    bad = 0
    with (tempfile.TemporaryDirectory() as directory,
          concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool):
        (pathlib.Path(directory) / "compile_commands.json").write_text(json.dumps(database))
        for complaints in pool.map(lambda name: examine(directory, name), files):
            bad += bool(complaints)
            for complaint in complaints:
                print(complaint)
    print(f"clang-tidy: {len(files)} files, {bad} with complaints")
    return 1 if bad else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Runs the checks of .clang-tidy.")
    parser.add_argument("--recent", action="store_true", help="changed files, and a part of the others")
    parser.add_argument("build", metavar="BUILD_DIRECTORY")
    options = parser.parse_args()
    sys.exit(main(options.build, options.recent))
