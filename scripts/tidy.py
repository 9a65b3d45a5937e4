#!/usr/bin/python3
"""Runs clang-tidy over the sources of a build directory, two at a time or as many as there are cores.

    tidy.py BUILD_DIRECTORY

A file that was found clean is not looked at again until it, what it includes, or the rules change.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "viaduct-tidy"
LAYERS = ("base", "api", "dataplane", "controlplane")
TIDY = "clang-tidy-14"


def sources(database):
    """The product's files and how each is compiled; tests, fuzzers and benchmarks are not looked at."""
    for entry in database:
        path = pathlib.Path(entry["file"]).resolve()
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(LAYERS) and not re.search(r"_(test|fuzz|bench)\.cc$", name):
            yield name, entry


def fingerprint(name, entry):
    """What the verdict on a file depends on."""
    words = shlex.split(entry["command"])
    compiler = next(i for i, word in enumerate(words) if "clang++" in word)
    words = words[compiler:]
    output = words.index("-o")
    del words[output:output + 2]
    expanded = subprocess.run([*words, "-E", "-P"], cwd=entry["directory"], check=True,
                              capture_output=True).stdout
    digest = hashlib.sha256(expanded)
    digest.update((ROOT / name).read_bytes())
    digest.update((ROOT / ".clang-tidy").read_bytes())
    return digest.hexdigest()


def examine(build, name, entry):
    """Complaints about one file, or nothing."""
    clean = CACHE / fingerprint(name, entry)
    if clean.exists():
        return ""
    tidy = subprocess.run([TIDY, "-quiet", f"-p={build}", str(ROOT / name)], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    if tidy.returncode == 0:
        clean.touch()
        return ""
    return tidy.stdout or tidy.stderr


def main(build):
    CACHE.mkdir(parents=True, exist_ok=True)
    database = json.loads((ROOT / build / "compile_commands.json").read_text())
    files = sorted(dict(sources(database)).items())
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for complaints in pool.map(lambda file: examine(build, *file), files):
            if complaints:
                bad += 1
                print(complaints)
    print(f"clang-tidy: {len(files)} files, {bad} with complaints")
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
