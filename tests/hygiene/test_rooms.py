"""A feature is removed by deleting its folder and its lines in the lists: nothing else names it."""

import re
import shutil
import subprocess

import pytest
from sources import ROOT, is_test, room_of, rooms, sources, text

LISTS = ("dataplane/rooms.h", "dataplane/forwarding.h")


@pytest.fixture(scope="module")
def flags():
    """What the compiler needs to see the headers of libraries."""
    names = ("libdpdk", "libpcap", "inih", "spdlog")
    said = subprocess.run(["pkg-config", "--cflags", *names], capture_output=True, text=True,
                          check=True).stdout
    return [flag.replace("-I", "-isystem", 1) for flag in said.split()]


def without(room, tree):
    """A copy of the project in `tree` that never heard of `room`."""
    for layer in ("base", "api", "dataplane"):
        shutil.copytree(ROOT / layer, tree / layer, ignore=shutil.ignore_patterns(room))
    for name in LISTS:
        body = (tree / name).read_text()
        body = re.sub(rf'#include "dataplane/{room}/.*\n', "", body)
        body = re.sub(rf"\b{room}::\w+,?", "", body)
        body = re.sub(r",(\s|//)*>;", ">;", body)  # it was the last of a list
        (tree / name).write_text(body)


def names(room, line):
    return re.search(rf"\b{room}::|dataplane/{room}/", line)


@pytest.mark.parametrize("room", sorted(rooms()))
def test_nothing_but_the_lists_names(room):
    wrong = [f"{name}:{number}: {line}" for name in sources("base", "api", "dataplane",
                                                            "controlplane")
             if room_of(name) != room and name not in LISTS and not is_test(name)
             for number, line in enumerate(text(name).splitlines(), 1) if names(room, line)]
    assert not wrong


@pytest.mark.parametrize("room", sorted(rooms()))
def test_the_house_stands_without(room, tmp_path, flags):
    without(room, tmp_path)
    lists = "".join(f'#include "{name}"\n' for name in LISTS)
    check = tmp_path / "check.cc"
    check.write_text(lists + (tmp_path / "dataplane/document.cc").read_text())
    result = subprocess.run(["g++", "-std=c++20", "-march=x86-64-v3", "-fsyntax-only", *flags,
                             f"-I{tmp_path}", check], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-3000:]
