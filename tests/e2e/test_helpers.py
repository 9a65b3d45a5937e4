"""FTP and TFTP through the router, with ordinary clients and servers."""

import ftplib
import hashlib

import pytest

from lab import CommandFailed, wait_until
from lab.host import PYTHON
from lab.topology import PUBLIC, SERVER

FTP, TFTP, FORWARDED = 21, 69, 2121
CONTENT = hashlib.sha256(b"viaduct").hexdigest() * 3000
NUMBERS = ("--disable-epsv", "--no-ftp-skip-pasv-ip")


@pytest.fixture(scope="module", name="share")
def directory_with_a_file(tmp_path_factory):
    shared = tmp_path_factory.mktemp("share")
    (shared / "file").write_text(CONTENT)
    shared.chmod(0o755)
    for each in shared.parents:
        if each.name.startswith("pytest-"):
            each.chmod(0o755)
    return shared


def listens(host, kind, port):
    return host.run("ss", f"-Hln{kind}", f"sport = :{port}").stdout.strip()


def serve_ftp(host, share):
    server = host.start(PYTHON, "-m", "pyftpdlib", "-i", host.address, "-p", FTP, "-d", share)
    host.servers.append(server)
    wait_until(lambda: listens(host, "t", FTP), f"{host.name} serves FTP")


@pytest.fixture(scope="module", autouse=True)
def servers(lab, share):
    serve_ftp(lab.server, share)
    serve_ftp(lab.red_vm1, share)
    tftp = lab.server.start("in.tftpd", "-L", "--user", "root", "--address", f"{SERVER}:{TFTP}",
                            "--secure", share)
    lab.server.servers.append(tftp)
    wait_until(lambda: listens(lab.server, "u", TFTP), "the server serves TFTP")


@pytest.fixture(name="helped")
def network_with_helpers(lab, document, red):
    red["networks"] = {"guest0": {"helpers": ["ftp", "tftp"]}}
    red["port_forwards"] = {"ftp": {"protocol": "tcp", "public": f"{PUBLIC['red']}:{FORWARDED}",
                                    "private": f"{lab.red_vm1.address}:{FTP}"}}
    red["firewall_rules"] = {"ftp": {"destination": PUBLIC["red"], "protocol": "tcp",
                                     "ports": str(FORWARDED)}}
    lab.appliance.put(document)
    return document


def fetch(host, url, *options):
    return host.curl(url, *options, timeout=8)


def test_without_the_helper_an_active_client_gets_nothing(lab, document):
    with pytest.raises(CommandFailed):
        lab.red_vm2.curl(f"ftp://{SERVER}/file", "--ftp-port", "-", "--disable-eprt", timeout=4)


@pytest.mark.parametrize("options", [(), ("--disable-eprt",)], ids=["eprt", "port"])
def test_an_active_client_is_connected_to(lab, helped, options):
    assert fetch(lab.red_vm2, f"ftp://{SERVER}/file", "--ftp-port", "-", *options) == CONTENT


@pytest.mark.parametrize("options", [(), NUMBERS], ids=["epsv", "pasv"])
def test_a_passive_client_fetches(lab, helped, options):
    assert fetch(lab.red_vm2, f"ftp://{SERVER}/file", *options) == CONTENT


@pytest.mark.parametrize("options", [(), NUMBERS], ids=["epsv", "pasv"])
def test_a_server_behind_a_port_forward_is_reached(lab, helped, options):
    assert fetch(lab.server, f"ftp://{PUBLIC['red']}:{FORWARDED}/file", *options) == CONTENT


@pytest.mark.parametrize("options", [(), NUMBERS], ids=["epsv", "pasv"])
def test_a_server_behind_static_nat_is_reached(lab, helped, options):
    public = "203.0.113.12"
    red = helped["routers"]["red"]
    del red["port_forwards"]
    red["interfaces"]["public0"]["addresses"].append(f"{public}/24")
    red["static_nats"] = {"ftp": {"public": public, "private": lab.red_vm1.address}}
    red["firewall_rules"] = {"ftp": {"destination": public, "protocol": "tcp", "ports": str(FTP)}}
    lab.appliance.put(helped)
    assert fetch(lab.server, f"ftp://{public}/file", *options) == CONTENT


def test_a_server_connects_to_an_active_client(lab, helped):
    url = f"ftp://{PUBLIC['red']}:{FORWARDED}/file"
    assert fetch(lab.server, url, "--ftp-port", "-") == CONTENT


def test_one_connection_asks_for_many_transfers(lab, helped):
    """The text grows each time, and the numbers with it."""
    before = lab.appliance.counters()["helpers"]
    with lab.red_vm2.entered():
        client = ftplib.FTP(timeout=8)
        client.connect(SERVER, FTP)
        client.login()
        client.set_pasv(False)
        for _ in range(20):
            received = []
            client.retrbinary("RETR file", received.append)
            assert b"".join(received).decode() == CONTENT
        sessions = lab.appliance.sessions(router="red", protocol="tcp")
        assert "ftp" in {session["helper"] for session in sessions}
        client.quit()
    after = lab.appliance.counters()["helpers"]
    assert {event: after[event] - before[event] for event in after} == {
        "expected": 0, "announced": 20, "opened": 20, "rewritten": 20}


def test_a_file_comes_by_tftp(lab, helped):
    assert fetch(lab.red_vm2, f"tftp://{SERVER}/file") == CONTENT


def test_without_the_helper_nothing_comes_by_tftp(lab, document):
    with pytest.raises(CommandFailed):
        lab.red_vm2.curl(f"tftp://{SERVER}/file", timeout=4)
