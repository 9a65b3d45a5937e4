"""Configuration in dnsmasq's syntax is understood as dnsmasq understands it, which is asked each time."""

import os
import pathlib
import re
import subprocess

import pytest

from lab import build_directory

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "dnsmasq"
OPTION = re.compile(r"^(?:-., |    )--([A-Za-z0-9-]+)", re.M)
DHCP_OPTION = re.compile(r"^ *(\d+) (\S+)$", re.M)
PLACE = re.compile(r"at line (\d+) of (\S+)")


def ask(program, *arguments, directory=CORPUS):
    """What the program says, as UTF-8: names are spelled in it."""
    return subprocess.run([program, *arguments], cwd=directory, capture_output=True, text=True,
                          errors="replace", timeout=30, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})


def dnsmasq(file, directory=CORPUS):
    return ask("dnsmasq", "--test", "-C", file, directory=directory)


def guestd(file, directory=CORPUS):
    return ask(build_directory() / "bin" / "viaduct-guestd", "--test", "-C", file,
               directory=directory)


def corpus(verdict):
    return sorted(path.relative_to(CORPUS).as_posix() for path in (CORPUS / verdict).glob("*.conf"))


def written(directory, text):
    (directory / "case.conf").write_text(text)
    return "case.conf"


@pytest.mark.parametrize("file", corpus("good"))
def test_both_take(file):
    assert dnsmasq(file).returncode == 0
    ours = guestd(file)
    assert ours.returncode == 0, ours.stderr
    assert ours.stdout == "syntax check OK.\n"


@pytest.mark.parametrize("file", corpus("bad"))
def test_both_refuse(file):
    theirs, ours = dnsmasq(file), guestd(file)
    assert theirs.returncode in (1, 3)
    assert ours.returncode == theirs.returncode, ours.stderr
    assert ours.stdout == ""
    assert re.fullmatch(r"[^:]+:\d+: .+\n", ours.stderr)
    assert "not supported" not in ours.stderr
    # A line that is too long for it, dnsmasq takes for two.
    place = PLACE.search(theirs.stderr)
    if place and "too-" not in file:
        assert ours.stderr.startswith(f"{place[2]}:{place[1]}: ")


@pytest.mark.parametrize("file", corpus("unsupported"))
def test_what_only_dnsmasq_takes_is_told(file):
    assert dnsmasq(file).returncode == 0
    ours = guestd(file)
    assert ours.returncode == 1
    assert re.fullmatch(rf"{file}:\d+: .*not supported.*\n", ours.stderr)


def test_there_are_many_of_each():
    assert len(corpus("good")) >= 100
    assert len(corpus("bad")) >= 100
    assert len(corpus("unsupported")) >= 40


def test_no_option_of_dnsmasq_is_unknown(tmp_path):
    names = OPTION.findall(ask("dnsmasq", "--help").stdout)
    assert len(names) > 150
    unknown = [name for name in names
               if "unknown" in guestd(written(tmp_path, f"{name}\n"), tmp_path).stderr]
    assert not unknown


@pytest.mark.parametrize("listing, prefix", [("dhcp", "option"), ("dhcp6", "option6")])
def test_no_dhcp_option_of_dnsmasq_is_unknown(tmp_path, listing, prefix):
    options = DHCP_OPTION.findall(ask("dnsmasq", "--help", listing).stdout)
    assert len(options) > 10
    text = "".join(f"dhcp-option={prefix}:{name}\n" for _, name in options)
    ours = guestd(written(tmp_path, text), tmp_path)
    assert ours.returncode == 0, ours.stderr


def test_a_file_that_is_not_there_is_named(tmp_path):
    theirs, ours = dnsmasq("none.conf", tmp_path), guestd("none.conf", tmp_path)
    assert ours.returncode == theirs.returncode == 3
    assert "none.conf" in ours.stderr


def test_errors_of_lists_are_told_but_end_nothing():
    ours = guestd("good/hosts-file-with-errors.conf")
    assert ours.returncode == 0
    assert re.findall(r"^files/([a-z-]+)\.txt:(\d+): note: ", ours.stderr, re.M) == [
        ("hosts-with-errors", "2"), ("hosts-with-errors", "3"), ("hosts-with-errors", "4"),
        ("hosts-with-errors", "5"), ("options-with-errors", "1"), ("options-with-errors", "3"),
        ("names-with-errors", "1"), ("names-with-errors", "3")]
