"""The lab as a user drives it, and the way in that CloudStack's hosts take."""

import hashlib
import json
import pathlib
import re
import subprocess

import pytest

from lab.cloudstack.driven import CACHE, Driven, lab_sh, name_of, namespaces
from lab.commands import run

CONTROL = "169.254.12.34"
NOT_UNDERSTOOD = 2
NO_SUCH_ENTRY = 127


@pytest.fixture(scope="module")
def driven():
    with Driven("t", "router", "--nics", 4) as lab:
        yield lab


def test_info_tells_names_addresses_and_the_way_in(driven):
    info = driven.info()
    assert info["name"] == driven.name and info["role"] == "router"
    assert list(info["nics"]) == ["eth0", "eth1", "eth2", "eth3"]
    assert info["nics"]["eth2"] == "1e:00:52:00:01:0a"
    assert info["control_address"] == f"{CONTROL}/16" and info["control_nic"] == "eth1"
    assert info["ssh"][:4] == ["ip", "netns", "exec", info["namespaces"]["host"]]
    assert set(info["namespaces"].values()) - {info["namespaces"]["router"]} <= namespaces()


def test_vr_001_the_control_address_answers_echo_requests(driven):
    assert driven.inside("host", "ping", "-n", "-c", "1", "-W", "2", CONTROL).returncode == 0


def test_vr_002_ssh_is_open_on_the_control_address_alone(driven):
    assert driven.inside("host", "nc", "-z", "-w", "2", CONTROL, "3922").returncode == 0
    listening = driven.inside("control", "ss", "-Hltn").stdout.split("\n")
    assert [line.split()[3] for line in listening if line] == [f"{CONTROL}:3922"]


def test_vr_003_only_the_key_opens_the_door(driven):
    info = driven.info()
    without_key = ["-o", "PubkeyAuthentication=no", "-o",
                   "PreferredAuthentications=password,keyboard-interactive"]
    command = [*info["ssh"][:5], *without_key, *info["ssh"][5:], "/opt/cloud/bin/checkrouter.sh"]
    refused = run(*command, check=False)
    assert refused.returncode == 255 and "Permission denied (publickey)" in refused.stderr
    key = pathlib.Path(info["key"])
    for private, mode in ((key, 0o600), (key.parent, 0o700), (pathlib.Path(info["root"]), 0o700)):
        assert private.stat().st_mode & 0o777 == mode, private


def test_old_clients_may_sign_with_sha1(driven):
    info = driven.info()
    command = [*info["ssh"][:5], "-o", "PubkeyAcceptedAlgorithms=ssh-rsa", *info["ssh"][5:]]
    assert run(*command, "/opt/cloud/bin/checkrouter.sh").stdout == "Status: FAULT\n"


def test_vr_021_redundancy_is_told_to_be_off(driven):
    assert driven.good("vr", "checkrouter.sh") == "Status: FAULT\n"


def test_vr_007_the_version_is_one_that_servers_compare(driven):
    release, signature = driven.good("vr", "get_template_version.sh").rstrip("\n").split("&")
    assert re.fullmatch(r"\d+\.\d+\.\d+", release.split()[2]) and signature


def test_vr_029_the_disk_can_be_written(driven):
    assert driven.good("vr", "filesystem_writable_check.py") == ""


def test_vr_023_usage_is_counted_anew_without_a_word(driven):
    for option in (["-c"], ["-a", "eth2"], ["-d", "eth2"], ["-r"]):
        assert driven.good("vr", "netusage.sh", *option) == ""
    assert driven.good("vr", "netusage.sh", "-g") == "0:0:0:0:"


def test_vr_028_health_checks_tell_json_below_their_heading(driven):
    said = driven.good("vr", "getRouterMonitorResults.sh", "true")
    failing, _, results = said.partition("MONITOR RESULTS:\n")
    assert failing == "FAILING CHECKS:\n"
    assert json.loads(results)["basic"]["viaduct-dataplane.service"]["success"] == "SUCCESS"


def test_vr_012_a_failure_passes_its_status_and_its_words_on(driven):
    failed = driven("vr", "update_config.py", "no_such_file.json.1")
    assert failed.returncode == 1 and "there is no such file" in failed.stdout
    assert failed.stderr == "", "the streams are one"
    assert driven("vr", "update_config.py").returncode == 1
    failed = driven("vr", "vr_cfg.sh", "-c", "/etc/passwd")
    assert failed.returncode == 1 and failed.stdout.startswith("usage: vr_cfg.sh")


def test_other_programs_are_refused(driven):
    for path in ("no_such_script.sh", "/bin/sh", "/opt/cloud/bin/../../../bin/id"):
        refused = driven("vr", path)
        assert refused.returncode == NO_SUCH_ENTRY, path
        assert "is no entry point of this appliance" in refused.stdout


@pytest.mark.parametrize("hostile", ["; rm -rf /", "$(id)", "`id`", "| sh", "&& id", "> /etc/x",
                                     "\nid", "'a b'", '"$(id)"'])
def test_what_a_shell_would_make_of_arguments_is_refused(driven, hostile):
    refused = driven("vr", "checkrouter.sh", hostile)
    assert refused.returncode == NOT_UNDERSTOOD
    assert "which only a shell would understand" in refused.stdout
    assert "uid=" not in refused.stdout and "Status" not in refused.stdout


def test_nobody_gets_a_shell_or_a_tunnel(driven):
    assert driven.ssh("").returncode == NOT_UNDERSTOOD
    info = driven.info()
    tunnel = [*info["ssh"][:5], "-o", "ExitOnForwardFailure=yes", "-R", "4000:127.0.0.1:22",
              *info["ssh"][5:], "/opt/cloud/bin/checkrouter.sh"]
    assert run(*tunnel, check=False).returncode == 255


def test_vr_004_copy_puts_a_file_into_the_cache_directory(driven, tmp_path):
    source = tmp_path / "forwarding_rules.json.1"
    source.write_bytes(bytes(range(256)) * 300)
    assert driven.good("copy", source) == ""
    there = driven.file(f"{CACHE}/forwarding_rules.json.1")
    assert there.read_bytes() == source.read_bytes()
    assert there.stat().st_mode & 0o777 == 0o600
    driven.good("copy", source, "--as", "other.json.2")
    assert driven.file(f"{CACHE}/other.json.2").exists()


def test_vr_006_032_a_copy_of_the_scripts_is_answered_with_its_digest(driven, tmp_path):
    scripts = tmp_path / "cloud-scripts.tgz"
    scripts.write_bytes(b"scripts" * 1000)
    digest = hashlib.sha512(scripts.read_bytes()).hexdigest()
    driven.good("copy", scripts)
    assert driven.good("vr", "get_template_version.sh").endswith(f"&{digest}\n")
    assert driven.good("vr", "/var/cache/cloud/patch-sysvms.sh") == f"version:{digest} \n"


def scp(driven, *words, legacy=True):
    info = driven.info()
    options = info["ssh"][5:-3]  # without the program, the port and the host
    where = info["ssh"][-1]
    return run(*info["ssh"][:4], "scp", *(["-O"] if legacy else []), *options, "-P", "3922",
               *[str(word).replace("VR:", where + ":") for word in words], check=False)


@pytest.mark.parametrize("legacy", [True, False], ids=["scp", "sftp"])
def test_files_go_nowhere_else(driven, tmp_path, legacy):
    source = tmp_path / "planted"
    source.write_text("planted")
    assert scp(driven, source, "VR:/var/cache/cloud/planted", legacy=legacy).returncode == 0
    for place in ("/etc/planted", "/root/planted", "/usr/bin/planted", "/planted",
                  "/var/cache/cloud/../planted"):
        refused = scp(driven, source, f"VR:{place}", legacy=legacy)
        assert refused.returncode != 0, place
    found = list(pathlib.Path(driven.info()["root"]).rglob("planted"))
    assert found == [driven.file(f"{CACHE}/planted")]
    assert not pathlib.Path("/etc/planted").exists() and not pathlib.Path("/planted").exists()
    secret = scp(driven, "VR:/etc/shadow", tmp_path / "shadow", legacy=legacy)
    assert secret.returncode != 0 and not (tmp_path / "shadow").exists()


@pytest.mark.parametrize("wish", ["symlink /etc /var/cache/cloud/link",
                                  "ln /var/cache/cloud/planted /var/cache/cloud/link"])
def test_files_are_no_links(driven, tmp_path, wish):
    driven.file(f"{CACHE}/planted").write_text("planted")
    (tmp_path / "wish").write_text(wish + "\n")
    info = driven.info()
    refused = run(*info["ssh"][:4], "sftp", *info["ssh"][5:-3], "-P", "3922", "-b",
                  tmp_path / "wish", info["ssh"][-1], check=False)
    assert refused.returncode != 0
    link = driven.file(f"{CACHE}/link")
    assert not link.is_symlink() and not link.exists()


def test_vr_031_diagnostics_come_as_a_zip_that_can_be_fetched_and_deleted(driven, tmp_path):
    assert driven("vr", "no_such_script.sh").returncode == NO_SUCH_ENTRY  # so there is a log
    report = driven.good("vr", "get_diagnostics_files.py", "/var/log/cloud.log").strip()
    assert scp(driven, f"VR:{report}", tmp_path / "report.zip").returncode == 0
    assert (tmp_path / "report.zip").read_bytes()[:2] == b"PK"
    driven.good("vr", "cleanup.sh", report)
    assert driven("vr", "cleanup.sh", report).returncode == 1


def test_clients_share_a_segment(driven):
    one, other = (f"{driven.name}{letter}" for letter in "ab")
    driven.good("client", one, "--on", "eth0", "--mac", "02:01:00:aa:00:11",
                "--ip", "10.1.1.11/24", "--gw", "10.1.1.1")
    driven.good("client", other, "--on", "eth0", "--mac", "02:01:00:aa:00:12",
                "--ip", "10.1.1.12/24")
    assert "02:01:00:aa:00:11" in driven.inside(one, "ip", "link", "show", "eth0").stdout
    assert "via 10.1.1.1" in driven.inside(one, "ip", "route").stdout
    assert driven.inside(one, "ping", "-c", "1", "-W", "2", "10.1.1.12").returncode == 0
    assert driven.info()["clients"][one]["segment"] == "eth0"


@pytest.mark.parametrize("words, why", [
    (["--on", "eth9", "--mac", "02:01:00:aa:00:13"], "there is no segment eth9"),
    (["--on", "eth0", "--mac", "02:01"], "is no MAC address"),
    (["--on", "eth0", "--mac", "01:00:5e:00:00:01"], "is no MAC address of one NIC"),
    (["--on", "eth0", "--mac", "02:01:00:aa:00:13", "--ip", "10.1.1.300/24"], "10.1.1.300"),
    (["--on", "eth0", "--mac", "02:01:00:aa:00:13", "--ip", "10.1.1.3"], "prefix length"),
    (["--on", "eth0", "--mac", "02:01:00:aa:00:13", "--ip", "10.1.1.3/24", "--gw", "10.2.0.1"],
     "is in no network"),
])
def test_a_client_that_cannot_be_is_not_made(driven, words, why):
    name = f"{driven.name}x"
    refused = driven("client", name, *words)
    assert refused.returncode == 1 and why in refused.stderr and "Traceback" not in refused.stderr
    assert name not in namespaces() and name not in driven.info()["clients"]


@pytest.mark.parametrize("words, why", [
    (["cloudstack", "vpcrouter"], "role vpcrouter is not there yet"),
    (["cloudstack", "ilbvm"], "role ilbvm is not there yet"),
    (["cloudstack", "toaster"], "'toaster' is no role"),
    (["openstack", "router"], "no lab of kind 'openstack'"),
    (["cloudstack", "router", "--nics", "1"], "has 2 to 32 NICs, not 1"),
    (["cloudstack", "router", "--mac", "eth7=02:00:00:00:00:01"], "expected ethK=MAC"),
    (["cloudstack", "router", "--cmdline", "/nowhere/cmdline"], "cannot be read"),
    (["cloudstack", "router", "--name", "a-b"], "is no name for a lab"),
])
def test_a_lab_that_cannot_be_leaves_nothing(words, why):
    name = [] if "--name" in words else ["--name", name_of("n")]
    refused = lab_sh("up", *words, *name)
    assert refused.returncode == 1 and why in refused.stderr and "Traceback" not in refused.stderr
    assert not namespaces(name_of("n"))
    assert not pathlib.Path("/run/viaduct-lab", name_of("n")).exists()


def test_a_command_line_must_fit_the_lab(tmp_path):
    file = tmp_path / "cmdline"
    for text, why in (("type=dhcpsrvr eth0ip=10.1.1.1", "is of a dhcpsrvr, not of a router"),
                      ("type=router eth5ip=10.1.1.1", "names eth5"),
                      ("type=router eth1ip=1.2.3", "eth1ip"), ("nonsense", "no KEY=VALUE")):
        file.write_text(text)
        refused = lab_sh("up", "cloudstack", "router", "--cmdline", file, "--name", name_of("n"))
        assert refused.returncode == 1 and why in refused.stderr


def test_two_labs_stand_side_by_side_and_go_one_by_one(driven):
    with Driven("s", "dhcpsrvr") as other:
        assert lab_sh("up", "cloudstack", "router", "--name", other.name).returncode == 1
        assert list(other.info()["nics"]) == ["eth0", "eth1"]
        for lab in (driven, other):
            assert lab.good("vr", "checkrouter.sh") == "Status: FAULT\n"
        client = f"{other.name}c"
        other.good("client", client, "--on", "eth0", "--mac", "02:01:00:aa:00:11")
        refused = driven("client", client, "--on", "eth0", "--mac", "02:01:00:aa:00:14")
        assert "already" in refused.stderr
        with subprocess.Popen(["ip", "netns", "exec", client, "sleep", "1000"]) as left:
            directory = pathlib.Path(other.info()["directory"])
            other.good("down")
            assert left.wait(20) != 0, "what ran in a client is gone too"
        assert not namespaces(other.name) and not directory.exists()
        assert driven.good("vr", "checkrouter.sh") == "Status: FAULT\n"
    gone = other("info")
    assert gone.returncode == 1 and f"there is no lab '{other.name}'" in gone.stderr
