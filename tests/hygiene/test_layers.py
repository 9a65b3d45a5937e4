"""Who may include whom."""

import re

import pytest
from sources import includes, is_test, linked_with, room_of, rooms, sources, text

MAY_INCLUDE = {  # a layer may include itself and what is listed
    "base": set(),
    "api": {"base"},
    "dataplane": {"base", "api"},
    "services": {"base", "api"},
    "controlplane": {"base", "api", "dataplane", "services"},
    "tests": {"base", "api", "dataplane", "services", "controlplane"},
    "bench": {"base", "api", "dataplane", "services", "controlplane", "tests"},
}
# The lists of rooms, and what is made of them.
KNOW_THE_ROOMS = {"dataplane/rooms.h", "dataplane/forwarding.h"}
DPDK = re.compile(r"^\s*#include <rte_", re.M)
LONGEST_FILE = 400


@pytest.mark.parametrize("layer", MAY_INCLUDE)
def test_a_layer_includes_only_what_lies_below(layer):
    wrong = [f"{name} includes {target}" for name in sources(layer) for target in includes(name)
             if (below := target.split("/")[0]) != layer and below not in MAY_INCLUDE[layer]
             and not (is_test(name) and below == "tests")]
    assert not wrong


def test_rooms_do_not_know_each_other():
    wrong = [f"{name} includes {target}" for name in sources("dataplane") if room_of(name)
             for target in includes(name) if room_of(target) not in (None, room_of(name))
             and not is_test(name)]
    assert not wrong


def test_only_the_lists_name_the_rooms():
    wrong = [f"{name} includes {target}" for name in sources("base", "api", "dataplane",
                                                             "controlplane")
             if not room_of(name) and not is_test(name) and name not in KNOW_THE_ROOMS
             for target in includes(name) if room_of(target)]
    assert not wrong


def test_a_room_does_not_know_the_whole_path():
    wrong = [name for name in sources("dataplane") if room_of(name) and not is_test(name)
             and KNOW_THE_ROOMS & set(includes(name))]
    assert not wrong


@pytest.mark.parametrize("room", sorted(rooms()))
def test_dpdk_stops_at_the_stages_of(room):
    wrong = [name for name in sources(f"dataplane/{room}") if DPDK.search(text(name))
             and not re.search(r"/stages?\.(h|cc)$", name) and not is_test(name)]
    assert not wrong


def test_viaductd_and_the_command_line_link_nothing_of_dpdk():
    starts = [name for name in sources("controlplane", "api", "base") if not is_test(name)]
    wrong = [name for name in linked_with(*starts) if DPDK.search(text(name))]
    assert not wrong


def test_no_file_outgrows_its_reader():
    wrong = {name: lines for name in sources()
             if (lines := len(text(name).splitlines())) > LONGEST_FILE}
    assert not wrong
