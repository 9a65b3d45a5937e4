"""What the router does to honest packets, byte by byte."""

from scapy.layers.inet import ICMP, IP, TCP, UDP, IPerror, UDPerror
from scapy.packet import Raw

from lab.raw import GUEST, NEIGHBOUR
from lab.topology import GUEST_GATEWAY, INTERNET_GATEWAY, PUBLIC, SERVER

RED = PUBLIC["red"]


def has_right_checksums(packet):
    """What scapy computes is what was there."""
    fresh = IP(bytes(packet))
    del fresh.chksum
    for layer in (TCP, UDP, ICMP):
        if layer in fresh:
            del fresh[layer].chksum
    return bytes(IP(bytes(fresh))) == bytes(packet)[:packet.len]


def outward(guest, internet, layer, **ip):
    """Sends from the guest; returns what comes out on the internet side."""
    guest.send(IP(src=GUEST, dst=SERVER, **ip) / layer)
    return internet.expect(lambda p: p.dst == SERVER, "it comes out")


def test_checksums_stay_right_whatever_is_translated(guest, internet):
    for layer in (TCP(sport=1025, dport=80, flags="S", options=[("MSS", 1460)]),
                  UDP(sport=1025, dport=53) / Raw(b"odd"), ICMP(id=1025) / Raw(b"payload")):
        internet.station.clear()
        packet = outward(guest, internet, layer)
        assert packet.src == RED and packet.ttl == 63
        assert has_right_checksums(packet), packet.summary()


def test_a_udp_packet_without_checksum_stays_without(guest, internet):
    packet = outward(guest, internet, UDP(sport=1026, dport=53, chksum=0) / Raw(b"x"))
    assert packet[UDP].chksum == 0


def test_type_of_service_and_identification_are_left_alone(guest, internet):
    packet = outward(guest, internet, UDP(sport=1027, dport=53), tos=0xb8, id=4242, flags="DF")
    assert (packet.tos, packet.id, packet.flags) == (0xb8, 4242, "DF")


def test_answers_are_translated_back(guest, internet):
    packet = outward(guest, internet, UDP(sport=1028, dport=53) / Raw(b"?"))
    internet.send(IP(src=SERVER, dst=packet.src) / UDP(sport=53, dport=packet.sport) / Raw(b"!"))
    answer = guest.expect(lambda p: UDP in p and p[UDP].dport == 1028, "the answer arrives")
    assert (answer.src, answer.dst, answer.ttl) == (SERVER, GUEST, 63)
    assert has_right_checksums(answer)


def test_other_protocols_are_translated_by_address(guest, internet):
    guest.send(IP(src=NEIGHBOUR, dst=SERVER, proto=47) / Raw(b"\0\0\x08\0" + b"inside"))
    packet = internet.expect(lambda p: p.proto == 47, "GRE comes out")
    assert packet.src == "203.0.113.12" and bytes(packet.payload).endswith(b"inside")
    internet.send(IP(src=SERVER, dst=packet.src, proto=47) / Raw(b"\0\0\x08\0" + b"answer"))
    assert guest.expect(lambda p: p.proto == 47, "and back").dst == NEIGHBOUR


def test_an_icmp_error_is_translated_with_the_packet_inside_it(guest, internet):
    sent = outward(guest, internet, UDP(sport=1029, dport=99) / Raw(b"x" * 20))
    internet.send(IP(src=INTERNET_GATEWAY, dst=sent.src) / ICMP(type=3, code=3) / sent)
    error = guest.expect(lambda p: ICMP in p and p[ICMP].type == 3, "the error arrives")
    assert (error.src, error.dst) == (INTERNET_GATEWAY, GUEST)
    inner = error[IPerror]
    assert (inner.src, inner.dst) == (GUEST, SERVER) and error[UDPerror].sport == 1029
    assert has_right_checksums(error)
    inner_header = IP(bytes(inner)[:20])
    del inner_header.chksum
    assert IP(bytes(inner_header)).chksum == inner.chksum, "the inner header's checksum"


def test_an_icmp_error_about_an_echo_reaches_who_pinged(guest, internet):
    sent = outward(guest, internet, ICMP(id=555, seq=1) / Raw(b"x" * 20))
    internet.send(IP(src=INTERNET_GATEWAY, dst=sent.src) / ICMP(type=11, code=0) / sent)
    error = guest.expect(lambda p: ICMP in p and p[ICMP].type == 11, "the error arrives")
    assert error[IPerror].src == GUEST
    assert int.from_bytes(bytes(error[IPerror].payload)[4:6], "big") == 555


def test_errors_go_outward_through_a_static_nat_too(guest, internet, document, lab):
    document["routers"]["red"]["firewall_rules"]["db"] = {"destination": "203.0.113.12",
                                                          "protocol": "udp", "ports": "99"}
    lab.appliance.put(document)
    internet.send(IP(src=SERVER, dst="203.0.113.12") / UDP(sport=7, dport=99) / Raw(b"hi"))
    arrived = guest.expect(lambda p: p.dst == NEIGHBOUR, "it comes in")
    guest.send(IP(src=NEIGHBOUR, dst=SERVER) / ICMP(type=3, code=3) / arrived)
    error = internet.expect(lambda p: ICMP in p and p[ICMP].type == 3, "the error comes out")
    assert error.src == "203.0.113.12" and error[IPerror].dst == "203.0.113.12"
    assert has_right_checksums(error)


def test_time_to_live_0_and_1_end_here_with_a_message(guest, internet, dropped):
    for ttl in (0, 1):
        guest.station.clear()
        dropped("ttl_expired", lambda ttl=ttl: guest.send(
            IP(src=GUEST, dst=SERVER, ttl=ttl) / UDP(sport=1030, dport=99) / Raw(b"abcd")))
        error = guest.expect(lambda p: ICMP in p, "the sender is told")
        assert error.src == GUEST_GATEWAY and (error[ICMP].type, error[ICMP].code) == (11, 0)
        assert error[IPerror].dst == SERVER and has_right_checksums(error)
    assert not internet.packets()


def test_no_error_is_sent_about_an_error(guest, internet, dropped):
    sent = outward(guest, internet, UDP(sport=1033, dport=99) / Raw(b"x"))
    dropped("ttl_expired", lambda: internet.send(
        IP(src=INTERNET_GATEWAY, dst=RED, ttl=1) / ICMP(type=3, code=3) / sent))
    guest.send(IP(src=GUEST, dst=SERVER) / UDP(sport=1034, dport=99))
    internet.expect(lambda p: UDP in p and p[UDP].sport == 1034, "what came later goes out")
    assert not internet.packets(lambda p: ICMP in p and p[ICMP].type == 11)


def test_a_packet_too_large_for_the_way_out_is_reported_with_the_mtu(guest, document, lab):
    document["routers"]["red"]["interfaces"]["public0"]["mtu"] = 1000
    lab.appliance.put(document)
    guest.send(IP(src=GUEST, dst=SERVER, flags="DF") / UDP(sport=1031, dport=99) /
               Raw(b"x" * 1200))
    error = guest.expect(lambda p: ICMP in p, "the sender is told")
    assert (error[ICMP].type, error[ICMP].code, error[ICMP].nexthopmtu) == (3, 4, 1000)


def test_echo_is_answered_in_the_path(guest):
    guest.send(IP(src=GUEST, dst=GUEST_GATEWAY) / ICMP(id=7, seq=3) / Raw(b"come back"))
    answer = guest.expect(lambda p: ICMP in p and p[ICMP].type == 0, "the answer")
    assert (answer[ICMP].id, answer[ICMP].seq) == (7, 3)
    assert bytes(answer[ICMP].payload).startswith(b"come back") and has_right_checksums(answer)


def test_a_session_follows_the_handshake_of_tcp(guest, internet, lab):
    def state():
        return [s["state"] for s in lab.appliance.sessions(router="red", protocol="tcp")
                if s["source"] == f"{GUEST}:1032"]
    syn = outward(guest, internet, TCP(sport=1032, dport=80, flags="S", seq=100))
    opening = state()
    internet.send(IP(src=SERVER, dst=RED) /
                  TCP(sport=80, dport=syn.sport, flags="SA", seq=900, ack=101))
    guest.expect(lambda p: TCP in p and p[TCP].flags == "SA", "the answer to the opening")
    guest.send(IP(src=GUEST, dst=SERVER) / TCP(sport=1032, dport=80, flags="A", seq=101, ack=901))
    internet.expect(lambda p: TCP in p and p[TCP].flags == "A", "the end of the handshake")
    assert state() == ["established"] != opening
    guest.send(IP(src=GUEST, dst=SERVER) / TCP(sport=1032, dport=80, flags="R", seq=101))
    internet.expect(lambda p: TCP in p and "R" in p[TCP].flags, "the reset goes through")
    assert state() != ["established"]
