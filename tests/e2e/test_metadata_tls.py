"""Metadata by TLS, where the settings name a certificate."""

import socket

import pytest

from lab import CommandFailed, wait_until
from lab.commands import Background, run
from lab.appliance import build_directory
from lab.guestd import GuestLab, curl

WEB = "02:00:00:00:00:11"
ROUTER = {
    "interfaces": {"guest0": {"addresses": ["10.1.1.1/24"], "services": ["metadata"]}},
    "metadata_networks": {"guest0": {}},
    "metadata_guests": {"web1": {"interface": "guest0", "address": "10.1.1.11", "mac": WEB,
                                 "user_data": "I2Nsb3Vk", "items": {"local-hostname": "web1"}}},
}
HOSTNAME = "https://10.1.1.1/latest/meta-data/local-hostname"


def make_certificate(directory, name="server"):
    """A certificate of the router's addresses, and its key, which root alone may read."""
    chain, key = directory / f"{name}.pem", directory / f"{name}.key"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-days", "2", "-subj", "/CN=router", "-addext",
        "subjectAltName=IP:10.1.1.1,IP:169.254.169.254", "-keyout", key, "-out", chain)
    key.chmod(0o600)
    return chain, key


@pytest.fixture(name="chain", scope="module")
def certificate(site):
    return site.chain


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tls")
    chain, key = make_certificate(directory)
    made = GuestLab(directory, metadata_certificate=chain, metadata_key=key)
    made.chain = chain
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(name="web", scope="module")
def web_guest(site):
    red = site.router("red", "10.1.1.1/24")
    red.ip("address add 169.254.169.254/32 dev lo")
    site.apply({"red": ROUTER})
    site.wait_until_open()
    web = site.guest(red, "web", WEB, "10.1.1.11/24")
    web.ip("route add 169.254.169.254 via 10.1.1.1")
    return web


def test_a_guest_reads_its_metadata_by_tls(web, chain):
    assert curl(web, HOSTNAME, "--cacert", chain) == "web1"
    assert curl(web, "https://169.254.169.254/latest/user-data", "--cacert", chain) == "#cloud"
    assert curl(web, "http://10.1.1.1/latest/user-data") == "#cloud", "and without, as before"


def test_a_connection_serves_several_questions(web, chain):
    said = web.run("curl", "-sv", "-m", 10, "--cacert", chain, HOSTNAME, HOSTNAME)
    assert said.stdout == "web1web1" and "Re-using existing connection" in said.stderr


def test_the_end_is_told(web, chain):
    said = web.run("openssl", "s_client", "-connect", "10.1.1.1:443", "-quiet", "-verify_return_error",
                   "-CAfile", chain, "-ign_eof", check=False,
                   stdin="GET /latest/user-data HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert said.stdout.endswith("#cloud") and "unexpected eof" not in said.stderr


def test_old_versions_are_refused(web, chain):
    with pytest.raises(CommandFailed):
        web.run("curl", "-s", "-m", 5, "--tls-max", "1.1", "--cacert", chain, HOSTNAME)


@pytest.mark.parametrize("words", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 500,
                                   b"\x80" * 64])
def test_what_is_no_handshake_is_cut(web, chain, words):
    with web.entered():
        client = socket.create_connection(("10.1.1.1", 443), 5)
    with client:
        client.sendall(words)
        client.settimeout(10)
        while client.recv(1000):
            pass
    assert curl(web, HOSTNAME, "--cacert", chain) == "web1"


def test_who_says_nothing_holds_up_nobody(web, chain):
    silent = []
    for _ in range(8):
        with web.entered():
            silent.append(socket.create_connection(("10.1.1.1", 443), 5))
    try:
        assert curl(web, HOSTNAME, "--cacert", chain) == "web1"
        for each in silent:  # a handshake has as long as a first request
            each.settimeout(60)
            assert each.recv(1) == b""
    finally:
        for each in silent:
            each.close()


def test_connections_of_one_guest_are_limited_with_those_of_plain_http(web, chain):
    held = []
    try:
        for _ in range(16):
            with web.entered():
                held.append(socket.create_connection(("10.1.1.1", 80), 5))
        wait_until(lambda: curl_fails(web, chain), "no seat is left")
    finally:
        for each in held:
            each.close()
    wait_until(lambda: not curl_fails(web, chain), "there is one again", 20)


def curl_fails(web, chain):
    return web.run("curl", "-s", "-m", 3, "--cacert", chain, HOSTNAME, check=False).returncode != 0


@pytest.mark.parametrize("wrong", ["missing", "no certificate", "another key", "no key"])
def test_a_wrong_certificate_is_told_at_once(tmp_path, wrong):
    chain, key = make_certificate(tmp_path)
    if wrong == "missing":
        chain = tmp_path / "nowhere.pem"
    elif wrong == "no certificate":
        chain.write_text("nonsense")
    elif wrong == "another key":
        key = make_certificate(tmp_path, "other")[1]
    lab = GuestLab(tmp_path, metadata_certificate=chain,
                   **({} if wrong == "no key" else {"metadata_key": key}))
    guestd = Background([build_directory() / "bin" / "viaduct-guestd", "--settings", lab.settings],
                        tmp_path / "log")
    wait_until(lambda: not guestd.is_running(), "it ends")
    said = guestd.output()
    named = {"another key": key, "no key": "metadata_certificate and metadata_key"}.get(wrong, chain)
    assert str(named) in said and "PRIVATE KEY" not in said
