"""Senders learn why their packets did not arrive."""

import contextlib

from lab.topology import GUEST_GATEWAY, INTERNET_GATEWAY, SERVER


@contextlib.contextmanager
def narrow(lab, mtu):
    """The link behind the internet router carries only this much."""
    lab.internet.ip(f"link set server mtu {mtu}")
    try:
        yield
    finally:
        lab.internet.ip("link set server mtu 1500")
        for guest in (lab.red_vm1, lab.red_vm2):
            guest.ip("route flush cache")


def test_the_router_tells_that_a_packet_has_lived_too_long(lab, document):
    output = lab.red_vm1.ping(SERVER, 1, "-t", "1").output
    assert f"From {GUEST_GATEWAY} icmp_seq=1 Time to live exceeded" in output


def test_the_next_router_is_heard_through_the_translation(lab, document):
    output = lab.red_vm1.ping(SERVER, 1, "-t", "2").output
    assert f"From {INTERNET_GATEWAY} icmp_seq=1 Time to live exceeded" in output


def test_a_packet_that_may_not_be_fragmented_is_reported(lab, document, red):
    red["interfaces"]["public0"]["mtu"] = 1400
    lab.appliance.put(document)
    output = lab.red_vm1.ping(SERVER, 1, "-M", "do", "-s", "1400").output
    lab.red_vm1.ip("route flush cache")
    assert f"From {GUEST_GATEWAY} icmp_seq=1 Frag needed and DF set (mtu = 1400)" in output


def test_a_narrow_link_further_on_is_heard_through_the_translation(lab, document):
    with narrow(lab, 1300):
        output = lab.red_vm1.ping(SERVER, 1, "-M", "do", "-s", "1400").output
    assert f"From {INTERNET_GATEWAY} icmp_seq=1 Frag needed and DF set (mtu = 1300)" in output


def test_tcp_finds_its_way_through_a_narrow_link(lab, document):
    lab.server.serve_iperf(5202)
    with narrow(lab, 1300):
        gigabits, report = lab.red_vm2.throughput(SERVER, port=5202, seconds=1)
    assert gigabits > 0.01, report["end"]


def test_a_closed_port_outside_is_refused_at_once(lab, document):
    result = lab.red_vm1.run("curl", "-sS", "--max-time", "3", f"http://{SERVER}:9/", check=False)
    assert result.returncode == 7, result.stderr  # refused, not timed out


def test_an_unreachable_udp_port_outside_is_reported_to_the_guest(lab, document):
    with lab.red_vm1.socket(2) as asking:  # SOCK_DGRAM
        asking.connect((SERVER, 9))
        asking.send(b"anybody?")
        try:
            asking.recv(100)
        except ConnectionRefusedError:
            return
    raise AssertionError("the port unreachable message did not reach the socket")


def test_a_destination_without_route_is_reported(lab, document, red):
    del red["routes"]
    lab.appliance.put(document)
    output = lab.red_vm1.ping("192.0.2.77", 1).output
    assert f"From {GUEST_GATEWAY} icmp_seq=1 Destination" in output


def test_a_neighbour_that_does_not_answer_is_reported(lab, document):
    # The first packets wait for the answer that does not come; those after them are told.
    output = lab.red_vm1.ping("203.0.113.250", 7, interval=1, wait=2).output
    assert f"From {GUEST_GATEWAY}" in output
    assert "Destination Host Unreachable" in output
