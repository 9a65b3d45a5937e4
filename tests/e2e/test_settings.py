"""The boot-time settings: what is wrong is refused, with file and line."""

import pytest

from lab import Lab, build_directory, run
from lab.topology import PUBLIC, SERVER


@pytest.mark.parametrize("program", ["viaduct-dataplane", "viaductd"])
@pytest.mark.parametrize("text, line", [
    ("[dataplane]\nworker_core = 1\n", 2),
    ("[dataplane]\nworker_cores = 1 x\n", 2),
    ("[control]\n\nsocket = /tmp/s\n[horses]\nnumber = 3\n", 4),
    ("[dataplane]\nmemory_mb = plenty\n", 2),
    ("[dataplane]\nlargest_mtu = 12\n", 2),
    ("[dataplane]\nhugepages = maybe\n", 2)])
def test_bad_settings_are_refused_with_file_and_line(tmp_path, program, text, line):
    file = tmp_path / "viaduct.ini"
    file.write_text(text)
    result = run(build_directory() / "bin" / program, "--settings", file, check=False)
    assert result.returncode not in (0, -6, -11), result.stderr
    assert f"{file}:{line}" in result.stderr, result.stderr


@pytest.mark.parametrize("program", ["viaduct-dataplane", "viaductd"])
def test_a_settings_file_that_is_not_there_is_named(tmp_path, program):
    result = run(build_directory() / "bin" / program, "--settings", tmp_path / "none.ini",
                 check=False)
    assert result.returncode not in (0, -6, -11)
    assert "none.ini" in result.stderr


def test_packets_flow_without_huge_pages():
    with Lab(hugepages="no") as lab:
        lab.server.serve(http=[80])
        assert lab.red_vm1.ping(SERVER, 3).lost == 0
        assert lab.red_vm1.seen_by(f"http://{SERVER}/")["client"] == PUBLIC["red"]
