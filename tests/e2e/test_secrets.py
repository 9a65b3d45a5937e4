"""What is left of passwords in the memory of processes that have heard them."""

import contextlib

import pytest

from lab.appliance import Appliance, guest_services
from lab.commands import run, wait_until

PREFIX = "sec-"
OF_WEB1 = "/v1/config/routers/red/passwords/web1"
ROUTER = {
    "interfaces": {"guest0": {"role": "guest", "port": "lan", "addresses": ["10.1.1.1/24"]}},
    "password_networks": {"guest0": {}},
}
WEB1 = {"interface": "guest0", "address": "10.1.1.11"}


def memory(process):
    """What the process can write to, and thus may have left something in."""
    pid = process.pid
    pieces = []
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
            open(f"/proc/{pid}/mem", "rb", 0) as all_of_it:
        for line in maps:
            place, rights, *_ = line.split()
            if "w" not in rights:
                continue
            first, last = (int(number, 16) for number in place.split("-"))
            all_of_it.seek(first)
            with contextlib.suppress(OSError):
                pieces.append(all_of_it.read(last - first))
    return b"\0".join(pieces)


@pytest.fixture
def site(tmp_path):
    """viaductd and viaduct-guestd; no packet path."""
    made = Appliance(tmp_path, PREFIX, guest_services(tmp_path, user="nobody"))
    guestd = made.start_program("viaduct-guestd")
    try:
        made.start_controlplane()
        wait_until(lambda: (tmp_path / "guestd.sock").exists(), "guestd listens")
        made.put({"ports": {"lan": {"device": "net_null0"}}, "routers": {"red": ROUTER}})
        wait_until(lambda: made.api.get("/v1/status")["guest_services"]["state"] == "up", "guestd is up")
        yield made
    finally:
        made.stop()
        guestd.stop()
        for name in run("ip", "netns", "list").stdout.split():
            if name.startswith(PREFIX):
                run("ip", "netns", "delete", name, check=False)


# A short one lies in a string itself, a long one in memory of its own. Neither is in the test's
# name, which programs find in their environment.
@pytest.mark.parametrize("password", ["k7Qz-3fXw", "correct-horse-battery-staple-" + 90 * "y"],
                         ids=["short", "long"])
def test_a_password_that_was_told_is_nowhere_in_viaductd(site, password):
    for _ in range(5):
        assert site.api.put(OF_WEB1, {**WEB1, "password": password})["served"]
    assert memory(site.controlplane).count(PREFIX.encode()) > 0, "the search finds what is there"
    # The thread that answered tidies up after the client has its answer.
    wait_until(lambda: memory(site.controlplane).count(password.encode()) == 0, "the password is gone")
