"""The command line: what it prints and how it exits."""

import json

import pytest

from lab import run
from lab.appliance import build_directory
from lab.topology import PUBLIC, SERVER

RED = PUBLIC["red"]
FORWARD = {"protocol": "tcp", "public": f"{RED}:8080", "private": "10.1.1.11:80"}
OK, FAILURE, USAGE, INVALID, CONFLICT = range(5)


@pytest.fixture
def cli(lab, document):
    """Runs the command line; returns its standard output, having checked its exit status."""
    def execute(*argv, exits=OK, stdin=""):
        result = lab.appliance.cli(*argv, check=False, stdin=stdin)
        assert result.returncode == exits, f"{argv}: {result.returncode}\n{result.stdout}" \
                                           f"{result.stderr}"
        if exits != OK:
            assert result.stderr.strip(), "an error is explained"
        return result.stdout
    return execute


@pytest.fixture
def file(tmp_path):
    def write(body):
        path = tmp_path / "document.json"
        path.write_text(body if isinstance(body, str) else json.dumps(body))
        return path
    return write


def test_show_prints_the_document(cli, document):
    assert json.loads(cli("-o", "json", "show")) == document


def test_show_prints_a_part_of_it_as_a_table(cli):
    table = cli("-o", "table", "show", "routers/red/interfaces")
    assert "guest0" in table and "10.1.1.1/24" in table


def test_apply_makes_a_file_the_configuration(lab, cli, document, red, file):
    red["port_forwards"] = {"web": FORWARD}
    cli("apply", file(document))
    assert lab.appliance.api.get("/v1/config") == document


def test_diff_tells_what_apply_would_change(lab, cli, document, red, file):
    red["port_forwards"] = {"web": FORWARD}
    assert "/routers/red/port_forwards/web" in cli("diff", file(document))
    assert "port_forwards" not in lab.appliance.api.get("/v1/config")["routers"]["red"]


def test_a_dry_run_changes_nothing(lab, cli, document, red, file):
    red["port_forwards"] = {"web": FORWARD}
    cli("apply", "--dry-run", file(document))
    assert "port_forwards" not in lab.appliance.api.get("/v1/config")["routers"]["red"]


def test_set_and_delete_change_one_resource(lab, cli):
    cli("set", "routers/red/port_forwards/web", *(f"{k}={v}" for k, v in FORWARD.items()))
    assert lab.appliance.api.get("/v1/config/routers/red/port_forwards/web") == FORWARD
    cli("delete", "routers/red/port_forwards/web")
    assert lab.appliance.api.request(
        "GET", "/v1/config/routers/red/port_forwards/web").status == 404


def test_history_and_rollback(lab, cli, document):
    before = lab.appliance.api.request("GET", "/v1/config").etag.strip('"')
    cli("delete", "routers/blue")
    assert before in cli("history")
    cli("rollback", before)
    assert lab.appliance.api.get("/v1/config") == document


def test_sessions_and_counters_are_listed(lab, cli):
    lab.red_vm1.ask(SERVER, 7000, source_port=45000)
    assert "10.1.1.11:45000" in cli("-o", "table", "sessions")
    assert json.loads(cli("-o", "json", "counters"))["totals"]["received"] > 0


def test_explain_tells_a_packets_fate(cli):
    told = cli("explain", "red", "guest0", "tcp", "10.1.1.11:50000", f"{SERVER}:80")
    assert "forwarded" in told and "source_nat" in told


def test_capture_writes_a_pcap_file(lab, cli, tmp_path):
    file = tmp_path / "some.pcap"
    ping = lab.red_vm1.start_ping(SERVER, 0.01)
    cli("capture", "--packets", "5", "--seconds", "10", "--write", file, "icmp")
    lab.red_vm1.end_ping(ping)
    assert file.read_bytes()[:4] == bytes.fromhex("4d3cb2a1")


def test_a_capture_ends_quietly_when_its_reader_does(lab, document):
    program = build_directory() / "bin" / "viaduct"
    ping = lab.red_vm1.start_ping(SERVER, 0.01)
    result = run("bash", "-c", f"{program} --socket {lab.appliance.api_socket} capture | head -c 24 >/dev/null;"
                 "exit ${PIPESTATUS[0]}", check=False)
    lab.red_vm1.end_ping(ping)
    assert (result.returncode, result.stderr) == (OK, "")


@pytest.mark.parametrize("argv", [
    ["frobnicate"], ["show", "--colour"], ["-o", "xml", "show"], [], ["sessions", "--limit", "abc"],
    ["sessions", "--protocol", "foo"], ["capture", "--seconds", "abc"], ["rollback", "abc"],
    ["delete", "routers/red", "--if-revision", "abc"], ["delete", "routers/red", "--confirm-within",
                                                        "0"],
    ["set", "routers/red/routes/x", "prefix"],
    ["explain", "red", "guest0", "tcp", "10.1.1.11:1", "192.0.2.9:80", "--tcp-flags", "XYZ"]])
def test_bad_usage_exits_2(cli, argv):
    cli(*argv, exits=USAGE)


def test_an_invalid_document_exits_3_and_names_the_attribute(lab, cli, document, red, file):
    red["port_forwards"] = {"web": {**FORWARD, "public": f"{RED}:0"}}
    result = lab.appliance.cli("apply", file(document), check=False)
    assert result.returncode == INVALID
    assert "/routers/red/port_forwards/web/public" in result.stderr


def test_a_conflict_exits_4(lab, cli, document, red, file):
    red["port_forwards"] = {"a": FORWARD, "b": FORWARD}
    assert lab.appliance.cli("apply", file(document), check=False).returncode == CONFLICT


def test_a_file_that_is_not_there_exits_1(cli):
    cli("apply", "/nonexistent.json", exits=FAILURE)


def test_something_that_does_not_exist_exits_1(cli):
    cli("show", "routers/green", exits=FAILURE)


def test_without_viaductd_it_exits_1_and_says_so(lab, cli, document):
    lab.appliance.controlplane.stop()
    try:
        result = lab.appliance.cli("show", check=False)
        assert result.returncode == FAILURE and "viaductd" in result.stderr
    finally:
        lab.appliance.start_controlplane()


@pytest.mark.parametrize("typed, completed", [
    (["sess"], "sessions"), (["-o", "json", "sess"], "sessions"), (["sessions", "--rou"], "--router"),
    (["sessions", "--router", "bl"], "blue"), (["explain", "red", "gu"], "guest0")])
def test_bash_completes(lab, cli, typed, completed):
    words = [build_directory() / "bin" / "viaduct", "--socket", lab.appliance.api_socket, *typed]
    asking = f"COMP_WORDS=({' '.join(map(str, words))}); COMP_CWORD={len(words) - 1}; "
    told = run("bash", "-c", cli("completion", "bash") + asking + '_viaduct; echo "${COMPREPLY[@]}"')
    assert told.stdout == f"{completed}\n"


def test_help_speaks_of_every_command_and_resource(cli):
    told = cli("--help")
    for command in ("show", "set", "delete", "apply", "diff", "explain", "sessions", "counters",
                    "capture", "history", "rollback", "confirm"):
        assert command in told
    assert "port_forwards" in cli("set", "--help")
