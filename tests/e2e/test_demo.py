"""The demo proves what it says, and leaves nothing behind."""

import pathlib
import re
import signal
import subprocess

import pytest

from lab.commands import run, wait_until

DEMO = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "demo.sh"
LEFT_UP = pathlib.Path("/run/viaduct-demo.json")


def namespaces(prefix):
    return [line for line in run("ip", "netns", "list").stdout.splitlines()
            if line.startswith(prefix)]


@pytest.fixture
def demo():
    """Starts the demo. It names its namespaces by its process."""
    with subprocess.Popen([DEMO], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, start_new_session=True) as process:
        process.prefix = f"vl{process.pid:x}-"
        yield process
        process.kill()


def test_it_proves_everything_and_cleans_up(demo):
    output = demo.communicate(timeout=300)[0]
    assert demo.returncode == 0, output
    proofs = re.search(r"(\d+) of (\d+) proofs hold", output)
    assert proofs[1] == proofs[2] and int(proofs[2]) >= 15
    assert "\033[" not in output, "colours are for terminals"
    assert not namespaces(demo.prefix)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_cleans_up_when_interrupted(demo, sign):
    wait_until(lambda: demo.poll() is not None or namespaces(f"{demo.prefix}server"),
               "the lab is being built", deadline=120)
    demo.send_signal(sign)
    output = demo.communicate(timeout=60)[0]
    assert demo.returncode == 128 + sign, output
    assert not namespaces(demo.prefix)


def test_it_can_leave_the_lab_up_and_take_it_down_later():
    assert not LEFT_UP.exists(), "a lab was left up: scripts/demo.sh --down removes it"
    output = run(DEMO, "--stay", timeout=300).stdout
    try:
        command, = re.findall(r"^  (ip netns exec \S+ curl http://198\S+)", output, re.M)
        assert '"client": "203.0.113.2"' in run(*command.split()).stdout
        assert run(DEMO, "--stay", check=False, timeout=120).returncode == 1
    finally:
        run(DEMO, "--down", timeout=120)
    assert not namespaces("demo-") and not LEFT_UP.exists()
    assert "no lab" in run(DEMO, "--down").stdout
