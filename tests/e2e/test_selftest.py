"""The self-test of NAT and firewall: what it says of us, and that it can say no."""

import json
import subprocess

import pytest

from lab import build_directory, run, wait_until

VIADUCT = build_directory() / "bin" / "viaduct"

# What the kernel's NAT is known to do otherwise (RFC and requirement).
KNOWN_DEVIATIONS = {
    ("RFC 4787", "REQ-3"), ("RFC 4787", "REQ-5"), ("RFC 4787", "REQ-8"),
    ("RFC 4787", "REQ-9"), ("RFC 4787", "REQ-11"), ("RFC 5382", "REQ-1"), ("RFC 5382", "REQ-5"),
    ("RFC 5382", "REQ-7"), ("RFC 5382", "REQ-8"), ("RFC 5508", "REQ-2"), ("RFC 6888", "REQ-3"),
    ("RFC 5780", "natdiscovery")}
# And what it does right, so that the suite is known to be fair.
KNOWN_VIRTUES = {
    ("RFC 4787", "REQ-6"), ("RFC 4787", "REQ-12"), ("RFC 4787", "REQ-13"), ("RFC 4787", "REQ-14"),
    ("RFC 5382", "REQ-2"), ("RFC 5382", "REQ-9"), ("RFC 5382", "REQ-10"), ("RFC 5508", "REQ-4"),
    ("RFC 5508", "REQ-5")}


class Run:
    """A self-test under way."""

    def __init__(self, subject, only=""):
        self.process = subprocess.Popen(
            [VIADUCT, "-o", "json", "selftest", "nat", "--subject", subject, "--only", only],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def outcome(self):
        out, err = self.process.communicate(timeout=240)
        assert self.process.returncode in (0, 1) and out, err
        return self.process.returncode, json.loads(out)

    def namespaces(self):
        """Its own, which it names by its process. Others may be at work, or have been killed."""
        return [line.split()[0] for line in run("ip", "netns", "list").stdout.splitlines()
                if line.startswith(f"viaduct-selftest-{self.process.pid}-")]


@pytest.fixture(name="outcomes", scope="module")
def of_viaduct_and_linux():
    """Both at once: most of their time is waiting."""
    runs = {subject: Run(subject) for subject in ("viaduct", "linux")}
    return {subject: each.outcome() for subject, each in runs.items()}


def named(outcome, *verdicts):
    return {(row["document"], row["requirement"]) for row in outcome["rows"]
            if row["verdict"] in verdicts}


def test_viaduct_meets_every_requirement(outcomes):
    status, outcome = outcomes["viaduct"]
    wrong = [row for row in outcome["rows"] if row["verdict"] != "pass"]
    assert not wrong and status == 0
    assert len(outcome["rows"]) >= 60
    assert outcome["natdiscovery"], "coturn's natdiscovery took part"


def test_the_kernel_shows_its_known_deviations(outcomes):
    status, outcome = outcomes["linux"]
    assert status == 1
    assert KNOWN_DEVIATIONS <= named(outcome, "FAIL")


def test_the_kernel_does_well_what_it_does_well(outcomes):
    _, outcome = outcomes["linux"]
    assert not KNOWN_VIRTUES & named(outcome, "FAIL", "differs")


def test_only_what_is_asked_for_is_looked_at():
    done = run(VIADUCT, "selftest", "nat", "--only", "RFC 4787 REQ-1", timeout=60)
    rows = done.stdout.splitlines()
    assert rows[0].split() == ["requirement", "expected", "seen", "verdict"]
    assert any(row.startswith("RFC 4787 REQ-12") for row in rows)
    assert not any(row.startswith("RFC 5382") for row in rows)


def test_nothing_of_the_lab_is_left():
    asked = Run("viaduct", only="RFC 5508 REQ-1")
    wait_until(asked.namespaces, "the lab is up")
    asked.outcome()
    assert not asked.namespaces()


@pytest.mark.parametrize("argv, status, words", [
    (("--only", "RFC 0"), 1, "no requirement is called that"),
    (("--subject", "vpp"), 2, "--subject"),
])
def test_bad_requests_are_told_why(argv, status, words):
    done = run(VIADUCT, "selftest", "nat", *argv, check=False)
    assert done.returncode == status and words in done.stdout + done.stderr


def test_who_is_not_root_is_told_so():
    done = run("setpriv", "--reuid", "65534", "--clear-groups", VIADUCT, "selftest", "nat",
               check=False)
    assert done.returncode == 1 and "only root" in done.stderr
