"""The project's C++ sources and what they include."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAYERS = ("base", "api", "dataplane", "services", "controlplane", "tests", "bench")
_PROJECT_INCLUDE = re.compile(r'^\s*#include "([^"]+)"', re.M)
_ROOM_INCLUDE = re.compile(r'^#include "dataplane/([a-z0-9_]+)/', re.M)


def sources(*layers):
    """Paths of sources, from the top of the project."""
    return sorted(path.relative_to(ROOT).as_posix() for layer in layers or LAYERS
                  for suffix in ("*.h", "*.cc") for path in (ROOT / layer).rglob(suffix))


def text(name):
    return (ROOT / name).read_text()


def includes(name):
    return _PROJECT_INCLUDE.findall(text(name))


def rooms():
    """The features: whatever dataplane/rooms.h lists."""
    return set(_ROOM_INCLUDE.findall(text("dataplane/rooms.h")))


def room_of(name):
    parts = name.split("/")
    return parts[1] if parts[0] == "dataplane" and len(parts) > 2 and parts[1] in rooms() else None


def is_test(name):
    return bool(re.search(r"_(test|fuzz|bench)\.cc$", name)) or name.startswith("tests/")


def linked_with(*starts):
    """Every source that these pull in: headers by inclusion, and what implements them."""
    seen, ahead = set(), list(starts)
    while ahead:
        name = ahead.pop()
        if name in seen or not (ROOT / name).exists():
            continue
        seen.add(name)
        ahead += includes(name)
        if name.endswith(".h"):
            ahead.append(name[:-2] + ".cc")
    return seen
