"""Two workers share the traffic, and nobody can tell."""

import os

import pytest

from lab import Lab, wait_until
from lab.topology import GUEST_GATEWAY, PUBLIC, SERVER

CORES = sorted(os.sched_getaffinity(0))


@pytest.fixture(scope="module", name="lab")
def two_workers():
    if len(CORES) < 2:
        pytest.fail("this takes two cores")
    with Lab(worker_cores=f"{CORES[0]} {CORES[1]}") as lab:
        lab.server.serve(http=list(range(8000, 8016)))
        yield lab


def talk(lab):
    return [lab.red_vm1.seen_by(f"http://{SERVER}:{port}/")["client"]
            for port in range(8000, 8016)]


def test_all_connections_come_through_as_one_public_address(lab):
    assert set(talk(lab)) == {PUBLIC["red"]}


def test_both_workers_have_sessions_and_hand_over_what_is_not_theirs(lab):
    talk(lab)
    workers = lab.appliance.counters()["workers"]
    assert len(workers) == 2
    assert all(worker["sessions"] > 0 for worker in workers), workers
    assert sum(worker["handed_over"] for worker in workers) > 0, workers


def test_the_command_line_shows_each_worker(lab):
    told = lab.appliance.cli("counters").stdout
    row = next(line for line in told.splitlines() if line.startswith("worker"))
    assert "handed over" in row, told


def test_pings_come_back_both_ways(lab):
    assert lab.red_vm1.ping(SERVER, 3).lost == 0
    assert lab.red_vm1.ping(GUEST_GATEWAY, 3).lost == 0


def test_fragments_find_their_datagrams_session(lab):
    assert lab.red_vm1.ping(SERVER, 32, "-s", "4000").lost == 0
    assert lab.red_vm1.ping(GUEST_GATEWAY, 32, "-s", "4000").lost == 0


def test_sessions_of_all_workers_are_listed_page_by_page(lab):
    talk(lab)
    live = lab.appliance.counters()["sessions"]["live"]
    ids, cursor = [], 0
    while cursor is not None:
        page = lab.appliance.control.ask("sessions", limit=5, cursor=cursor)
        ids += [session["id"] for session in page["sessions"]]
        cursor = page["next"]
    assert len(ids) == len(set(ids)) >= live - 2, (len(ids), live)
    assert len(ids) > 5


def test_usage_is_counted_by_all_and_told_as_one(lab):
    def usage():
        counters = lab.appliance.counters()
        return counters["routers"]["red"]["public_addresses"][PUBLIC["red"]]["out_packets"]
    before = usage()
    lab.red_vm1.ping(SERVER, 5)
    wait_until(lambda: usage() >= before + 5, "five pings are counted")


def test_a_live_connection_is_explained_by_the_worker_that_has_it(lab):
    talk(lab)
    session = next(s for s in lab.appliance.sessions(protocol="tcp") if s["router"] == "red")
    source, destination = session["source"], session["destination"]
    told = lab.appliance.explain("red", session["ingress"], protocol="tcp", source=source,
                                 destination=destination, tcp_flags="A")
    assert told["verdict"] == "forwarded", told
    assert told["source"] == session["translated_source"]


def test_a_change_reaches_all_workers(lab):
    document = lab.document()
    red = document["routers"]["red"]
    red["interfaces"]["guest0"]["egress"] = "deny"
    lab.appliance.put(document)
    assert all(lab.red_vm1.is_silent(f"http://{SERVER}:{port}/") for port in range(8000, 8008))
    lab.appliance.put(lab.document())
    assert set(talk(lab)) == {PUBLIC["red"]}
