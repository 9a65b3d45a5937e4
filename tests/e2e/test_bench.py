"""viaduct-bench between two processes: short runs, whose figures nobody quotes."""

import json
import pathlib
import re
import signal
import subprocess
import tempfile

import pytest

from lab.appliance import build_directory
from lab.commands import run, wait_until

BENCH = build_directory() / "bin" / "viaduct-bench"


@pytest.fixture
def measured(tmp_path):
    """Runs a subcommand and gives its result."""
    def measure(subcommand, *arguments):
        file = tmp_path / "result.json"
        windows = () if subcommand == "reconfigure" else ("--windows", 10)
        run(BENCH, subcommand, *arguments, *windows, "--quick", "--json", file, timeout=60)
        return json.loads(file.read_text())
    return measure


def leftovers():
    """What the bench must not leave behind."""
    directories = pathlib.Path(tempfile.gettempdir()).glob("viaduct-bench-*")
    namespaces = run("ip", "netns", "list").stdout.split()
    return {str(path) for path in directories} | {name for name in namespaces
                                                  if name.startswith("viaduct-bench-")}


@pytest.fixture(autouse=True)
def leaves_nothing_behind():
    before = leftovers()
    yield
    assert leftovers() <= before


def test_search_finds_rates_and_latencies(measured):
    result = measured("search", "--case", "nat", "--sessions", 100)

    assert 0 <= result["ndr_mpps"] <= result["pdr_mpps"]
    assert all(trial["lost"] <= trial["sent"] for trial in result["trials"])
    for latency in result["latency_us"]:
        ranks = [latency[rank] for rank in ("p50", "p90", "p99", "p999", "max")]
        assert ranks == sorted(ranks) and ranks[0] > 0
    assert result["frames_checked"] > 0
    assert len(result["windows"]) == 10


def test_packets_of_another_process_cost_more_than_those_of_our_own(measured):
    ours = measured("path", "--case", "nat", "--sessions", 100)
    theirs = measured("path", "--case", "nat", "--sessions", 100, "--via", "memif")

    assert theirs["cycles_per_packet"]["median"] > ours["cycles_per_packet"]["median"]
    assert {"receive", "send"} <= {stage["name"] for stage in theirs["stages"]}
    assert theirs["frames_checked"] > 0


def test_guests_have_more_hairpinned_conversations_than_the_router_has_ports(measured):
    result = measured("path", "--case", "hairpin", "--sessions", 100_000)

    assert result["frames_checked"] > 0


def test_few_conversations_are_spread_over_workers(measured):
    result = measured("path", "--case", "nat", "--sessions", 1000, "--workers", 2)

    assert len(result["windows"]) == 20
    assert result["bytes_per_session"] > 0


def test_sessions_are_measured_where_there_are_none(measured):
    result = measured("sessions", "--live", 0, "--rules", 10)

    assert [row["live"] for row in result["new_sessions"]] == [0, 0]
    assert all(len(row["windows"]) == 10 for row in result["new_sessions"])
    exhaustion = result["exhaustion"]
    assert exhaustion["opened"] + exhaustion["refused"] == exhaustion["endpoints"]
    assert len(exhaustion["windows"]) == 10, "all refused for want of a port, or it had failed"
    assert result["exact_count"]["live"] == result["exact_count"]["opened"] > 0
    assert result["exhaustion"]["opened"] == 64512


def test_peers_stand_side_by_side(measured):
    result = measured("peers", "--case", "nat", "--sessions", 100)

    peers = {(peer["case"], peer["name"]): peer for peer in result["peers"]}
    assert set(peers) == {("nat over veth", "viaduct"), ("nat over veth", "nftables"),
                          ("nat over veth", "testpmd"), ("nat over memif", "viaduct"),
                          ("nat over memif", "testpmd"), ("nat over memif", "vpp")}
    took_part = {key: peer for key, peer in peers.items() if key[1] != "vpp"}
    assert not [peer["note"] for peer in took_part.values() if "failed" in peer["note"]]
    assert all(peer["throughput_mpps"]["median"] > 0 for peer in took_part.values())
    assert all(peer["frames_checked"] > 0 for (_, name), peer in took_part.items()
               if name != "testpmd")
    assert "--vpp" in peers["nat over memif", "vpp"]["note"]


def test_changes_while_packets_flow_are_never_seen_in_halves(measured):
    result = measured("reconfigure", "--sessions", 100, "--changes", 2)

    assert {"validate", "plan", "journal", "compile", "swap"} <= set(result["phases_us"])
    assert [change["times"] for change in result["changes"]] == [2, 2, 2]
    assert [len(change["rehearsed"]["lost_each"]) for change in result["changes"]] == [2, 2, 2]
    assert len(result["rate_mpps"]["events"]) == 2, "found anew before each round"
    replaced = result["changes"][0]
    assert len(replaced["total_us"]["events"]) == 1, "the one that its rehearsal had not warmed"
    more = replaced["lost_more_than_rehearsed"]
    assert more["low"] <= more["mean"] <= more["high"]
    assert all(cost > 0 for cost in replaced["cycles_per_packet_thereafter"]["events"])
    assert all(took > 0 for took in replaced["follow_us"]["events"])
    assert result["effective_us"]["median"] > 0
    assert result["probes"] > 0 and result["probes"] % 2 == 0


def test_a_result_names_the_commit_that_was_measured(measured):
    result = measured("path", "--case", "forward")

    is_cloned = run("git", "rev-parse", "HEAD", check=False).returncode == 0
    assert re.fullmatch("[0-9a-f]{12}(-dirty)?" if is_cloned else "unknown", result["commit"])


def test_a_report_of_nothing_is_an_error(tmp_path):
    foreign = tmp_path / "foreign.json"
    foreign.write_text('{"bench": "frob"}')

    result = run(BENCH, "report", foreign, check=False)

    assert result.returncode == 1
    assert "there is nothing to report" in result.stderr


@pytest.mark.parametrize("arguments, complaint", [
    (["path", "--case", "nat", "--core", 1000], "--core: there is no such core"),
    (["path", "--case", "nat", "--via", "tcp"], "--via"),
    (["path", "--case", 1], "--case: 1 not in {forward"),
    (["path", "--case", "nat", "--workers", 16], "--workers: there are not that many cores"),
    (["path", "--case", "nat", "--workers", 2, "--sessions", 1, "--quick"], "--sessions: too few"),
    (["frob"], "no subcommand 'frob'"),
    (["search", "--frame", 12], "--frame"),
    (["peers", "--case", "mix"], "--case"),
    (["reconfigure", "--forwards", 20, "--standing", 10], "--forwards")])
def test_what_cannot_be_measured_is_refused_with_its_option(arguments, complaint):
    result = run(BENCH, *arguments, check=False)

    assert result.returncode == 2
    assert complaint in result.stderr


@pytest.mark.parametrize("file", ["missing/result.json", "."])
def test_a_result_that_cannot_be_written_is_refused_before_the_run(file, tmp_path):
    result = run(BENCH, "path", "--case", "nat", "--json", tmp_path / file, check=False)

    assert result.returncode == 1
    assert result.stdout == ""
    assert str(tmp_path / file) in result.stderr


def test_output_that_is_lost_is_an_error():
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run([BENCH, "path", "--case", "nat", "--quick"], stdout=full,
                                stderr=subprocess.PIPE, text=True, timeout=60, check=False)

    assert result.returncode == 1
    assert "standard output: cannot be written" in result.stderr


def test_a_result_that_its_file_cannot_hold_is_printed():
    result = run(BENCH, "path", "--case", "nat", "--quick", "--json", "/dev/full", check=False)

    assert result.returncode == 1
    assert "/dev/full: cannot be written" in result.stderr
    assert json.loads(result.stdout[result.stdout.index("{"):])["bench"] == "path"


def test_the_committed_figures_are_reported():
    figures = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "performance").glob("*.json")
    result = run(BENCH, "report", *figures)

    assert "Side by side" in result.stdout


def test_an_interrupted_search_takes_everything_down():
    before = leftovers()
    process = subprocess.Popen([BENCH, "search", "--quick"], stderr=subprocess.PIPE, text=True)
    wait_until(lambda: leftovers() - before, "the search has begun")
    process.send_signal(signal.SIGINT)

    assert "interrupted" in process.communicate(timeout=10)[1]
    assert process.returncode == 1
