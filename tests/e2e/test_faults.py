"""What somebody, or the machine, does to the appliance behind its back: it tells, and mends it."""

import contextlib

import pytest

from lab import Refused
from lab.commands import run, wait_until
from lab.topology import GUEST_GATEWAY, PUBLIC

FORWARD = {"protocol": "tcp", "public": f"{PUBLIC['red']}:8080", "private": "10.1.1.11:80"}
FORWARDS = "/v1/config/routers/red/port_forwards"


@pytest.fixture
def inside(lab, document):
    """The namespace of router red."""
    made = lab.inside("red")
    yield made
    made.stop_servers()


def reaches_the_router(lab):
    answer = lab.red_vm1.ask(GUEST_GATEWAY, 53)
    return answer and answer["host"] == "router-red"


def is_up(inside, interface):
    shown = inside.run("ip", "link", "show", interface, check=False)
    return shown.returncode == 0 and ",UP" in shown.stdout


def test_a_deleted_namespace_is_made_again_with_all_that_was_in_it(lab, inside):
    run("ip", "netns", "del", inside.name)
    wait_until(lambda: is_up(inside, "guest0") and is_up(inside, "public0"), "the TAPs are back")
    inside.serve(udp=[53])
    wait_until(lambda: reaches_the_router(lab), "a service is reached as before")
    assert "table inet viaduct_guard" in inside.run("nft", "list", "tables").stdout
    assert "via 203.0.113.1" in inside.run("ip", "route", "show", "default").stdout
    assert lab.appliance.api.get("/v1/status")["kernel"]["state"] == "up"


def test_a_flushed_guard_stands_again(lab, inside):
    before = inside.run("nft", "list", "ruleset").stdout
    inside.run("nft", "flush", "ruleset")
    wait_until(lambda: inside.run("nft", "list", "ruleset").stdout == before, "the guard stands")


def test_a_kernel_that_was_told_to_forward_is_told_not_to(lab, inside):
    inside.run("sysctl", "-q", "net.ipv4.ip_forward=1")
    wait_until(lambda: inside.run("sysctl", "-n", "net.ipv4.ip_forward").stdout == "0\n",
               "it no longer forwards")


@contextlib.contextmanager
def full_disk(path):
    """A disk without room in place of the directory."""
    run("mount", "-t", "tmpfs", "-o", "size=4k", "none", path)
    try:
        (path / "filler").write_bytes(b"x" * 4096)
        yield
    finally:
        run("umount", path)


def test_a_change_that_the_data_plane_has_no_disk_for_is_taken_back(lab, document):
    before = lab.appliance.control.ask("hello")["generation"]
    with full_disk(lab.appliance.directory / "dataplane"):
        with pytest.raises(Refused) as refused:
            lab.appliance.api.put(f"{FORWARDS}/web", FORWARD)
        assert refused.value.status == 507
        assert lab.appliance.control.ask("hello")["generation"] == before
        assert lab.appliance.api.get("/v1/config") == document
        status = lab.appliance.api.get("/v1/status")
        assert status["applied"] is False and "No space left" in status["dataplane"]["detail"]
    wait_until(lambda: lab.appliance.api.get("/v1/status")["applied"], "all is well again")
    assert lab.appliance.api.put(f"{FORWARDS}/web", FORWARD)["applied"] is True
