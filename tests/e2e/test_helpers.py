"""FTP, TFTP, SIP and PPTP through the router, with ordinary clients and servers."""

import ftplib
import hashlib
import pathlib
import socket
import struct

import pytest

from lab import CommandFailed, wait_until
from lab.host import PYTHON
from lab.topology import PUBLIC, SERVER

FTP, TFTP, FORWARDED, SIP, PPTP = 21, 69, 2121, 5060, 1723
GRE = socket.getprotobyname("gre")
SCENARIOS = pathlib.Path(__file__).resolve().parents[1] / "lab" / "sipp"
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


# SIP

def sipp(host, scenario, *options):
    return ("sipp", "-sf" if "." in scenario else "-sn",
            SCENARIOS / scenario if "." in scenario else scenario, "-i", host.address,
            "-mi", host.address, "-nostdin", *options)


def place(host, scenario, to, *options):
    """Goes through a scenario once, to its end."""
    host.run(*sipp(host, scenario, "-m", 1, "-timeout", 10, "-timeout_error", *options, to))


@pytest.fixture(name="answering")
def phones_that_answer():
    """Starts phones that answer calls, and send media back to who sent them."""
    started = []

    def start(host, scenario, *options):
        phone = host.start(*sipp(host, scenario, "-p", SIP, *options))
        started.append(phone)
        wait_until(lambda: listens(host, "u", SIP), f"{host.name} can be called")
        return phone

    yield start
    for phone in started:
        phone.stop()


@pytest.fixture(name="phoning")
def network_with_phones(lab, document, red):
    red["networks"] = {"guest0": {"helpers": ["sip"]}}
    lab.appliance.put(document)


def hears_itself(host, port, far_end):
    """Whether what a socket of `host` sends to a far end comes back from there."""
    with host.socket(socket.SOCK_DGRAM, port) as media:
        media.sendto(b"hello", far_end)
        try:
            return media.recvfrom(2048) == (b"hello", far_end)
        except socket.timeout:
            return False


@pytest.mark.parametrize("port", [SIP, SIP + 10], ids=["same", "other"])
def test_a_phone_registers_and_is_called(lab, phoning, answering, port):
    """From the port that it registered at, and from another one of the server."""
    registrar = answering(lab.server, "registrar.xml")
    place(lab.red_vm2, "register.xml", SERVER, "-p", SIP)
    registrar.stop()
    answering(lab.red_vm2, "uas", "-rtp_echo", "-mp", 4000)
    place(lab.server, "call.xml", f"{PUBLIC['red']}:{SIP}", "-p", port, "-key", "audio", 6000)
    assert hears_itself(lab.server, 6000, (PUBLIC["red"], 4000))
    assert not hears_itself(lab.stranger, 6000, (PUBLIC["red"], 4000))


def test_a_phone_calls_and_is_heard(lab, phoning, answering):
    answering(lab.server, "uas", "-rtp_echo", "-mp", 6000)
    with lab.red_vm2.socket(socket.SOCK_DGRAM, 4000) as media, \
            lab.red_vm2.socket(socket.SOCK_DGRAM, 4001) as control, \
            lab.server.socket(socket.SOCK_DGRAM, 6001) as far:
        place(lab.red_vm2, "call.xml", SERVER, "-p", SIP, "-key", "audio", 4000)
        far.sendto(b"report", (PUBLIC["red"], 4001))
        assert control.recvfrom(2048) == (b"report", (SERVER, 6001))
        media.sendto(b"hello", (SERVER, 6000))
        assert media.recvfrom(2048) == (b"hello", (SERVER, 6000))


def test_without_the_helper_nobody_is_heard(lab, document, answering):
    answering(lab.server, "uas", "-rtp_echo", "-mp", 6000)
    with lab.red_vm2.socket(socket.SOCK_DGRAM, 4001, timeout=0.7) as control, \
            lab.server.socket(socket.SOCK_DGRAM, 6001) as far:
        place(lab.red_vm2, "call.xml", SERVER, "-p", SIP, "-key", "audio", 4000)
        far.sendto(b"report", (PUBLIC["red"], 4001))
        with pytest.raises(socket.timeout):
            control.recv(2048)


# PPTP

REQUEST, REPLY = 7, 8


def control_message(kind, *calls):
    """A message of the control connection that begins with these call ids (RFC 2637 2)."""
    body = struct.pack(f"!{len(calls)}H", *calls).ljust(20, b"\0")
    return struct.pack("!HHIHH", 12 + len(body), 1, 0x1A2B3C4D, kind, 0) + body


def calls_in(message):
    return struct.unpack_from("!HH", message, 12)


class Tunnel:
    """A guest's call, its control connection at both ends."""

    def __init__(self, guest, listener, its, servers):
        self.guest = guest.socket(timeout=3)
        self.guest.connect((SERVER, PPTP))
        self.server, _ = listener.accept()
        self.server.settimeout(3)
        self.guest.sendall(control_message(REQUEST, its))
        self.known_as, _ = calls_in(self.server.recv(2048))
        self.server.sendall(control_message(REPLY, servers, self.known_as))
        assert calls_in(self.guest.recv(2048)) == (servers, its)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.guest.close()
        self.server.close()


@pytest.fixture(name="far_end")
def pptp_server(lab, document, red):
    red["networks"] = {"guest0": {"helpers": ["pptp"]}}
    lab.appliance.put(document)
    with lab.server.socket(port=PPTP) as listener:
        listener.listen()
        yield listener


def gre_socket(host):
    with host.entered():
        made = socket.socket(socket.AF_INET, socket.SOCK_RAW, GRE)
    made.settimeout(3)
    return made


def gre(call, text):
    """Enhanced GRE for a call (RFC 2637 4.1)."""
    return struct.pack("!HHHHI", 0x3001, 0x880B, len(text), call, 1) + text


def received(raw):
    """What a raw socket received: the sender, the call, and what was carried."""
    packet, (sender, _) = raw.recvfrom(2048)
    return sender, struct.unpack_from("!H", packet, 26)[0], packet[32:]


def test_two_guests_have_tunnels_by_the_same_name(lab, far_end):
    guests = (lab.red_vm2, lab.red_vm3)
    with Tunnel(guests[0], far_end, 7, 300) as one, Tunnel(guests[1], far_end, 7, 301) as other, \
            gre_socket(lab.server) as server, gre_socket(guests[0]) as first, \
            gre_socket(guests[1]) as second:
        assert one.known_as != other.known_as
        for guest, call, text in ((first, 300, b"one"), (second, 301, b"other")):
            guest.sendto(gre(call, text), (SERVER, 0))
            assert received(server) == (PUBLIC["red"], call, text)
        for tunnel, guest, text in ((one, first, b"one"), (other, second, b"other")):
            server.sendto(gre(tunnel.known_as, text), (PUBLIC["red"], 0))
            assert received(guest) == (SERVER, 7, text)
