"""Router red between two raw cables, and a look at drops and buffers around each test."""

import pytest

from lab.commands import wait_until
from lab.raw import GUEST, NEIGHBOUR, PacketLab, Side
from lab.topology import GUEST_GATEWAY, INTERNET_GATEWAY, PUBLIC, SERVER


@pytest.fixture(scope="module")
def lab():
    with PacketLab() as up:
        yield up


@pytest.fixture(scope="module")
def sides(lab):
    made = (Side(lab, "lan-red-far", [GUEST, NEIGHBOUR], GUEST_GATEWAY),
            Side(lab, "wan-red-far", [INTERNET_GATEWAY, SERVER], PUBLIC["red"]))
    yield made
    for side in made:
        side.station.close()


@pytest.fixture
def guest(document, sides):
    sides[0].station.clear()
    return sides[0]


@pytest.fixture
def internet(document, sides):
    sides[1].station.clear()
    return sides[1]


@pytest.fixture
def dropped(lab):
    """dropped(reason, send): exactly what `send` sends is dropped for that reason."""
    def check(reason, send, count=1):
        before = lab.appliance.counters()["drops"]
        send()

        def rise():
            after = lab.appliance.counters()["drops"]
            return {name: after[name] - before.get(name, 0) for name in after
                    if after[name] != before.get(name, 0)}
        wait_until(lambda: sum(rise().values()) >= count, f"{count} packets are dropped")
        assert rise() == {reason: count}
    return check


@pytest.fixture(autouse=True)
def returns_every_buffer(lab):
    """No packet buffer is lost: after the test as many are free as before it."""
    before = lab.appliance.counters()["buffers"]["free"]
    yield
    wait_until(lambda: lab.appliance.counters()["buffers"]["free"] >= before,
               f"{before} buffers are free again")
