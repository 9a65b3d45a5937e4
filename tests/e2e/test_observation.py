"""What the appliance tells about the traffic it carries."""

import io
import threading

from scapy.layers.inet import ICMP, IP, TCP
from scapy.utils import PcapReader

from lab.commands import wait_until
from lab.topology import PUBLIC, SERVER, STRANGER

RED = PUBLIC["red"]


def test_a_live_session_is_listed_with_its_translation(lab, document):
    with lab.red_vm1.connect(SERVER, 7000, source_port=43000) as talk:
        seen = talk.say()
        session, = [s for s in lab.appliance.api.get("/v1/sessions", router="red")["sessions"]
                    if s["source"] == "10.1.1.11:43000"]
    assert session["protocol"] == "tcp" and session["state"] == "established"
    assert session["destination"] == session["translated_destination"] == f"{SERVER}:7000"
    assert session["translated_source"] == f"{seen['client']}:{seen['port']}"
    assert (session["ingress"], session["egress"]) == ("guest0", "public0")
    assert session["rule"] == "/routers/red/source_nats/default"
    assert session["packets_out"] >= 3 and session["packets_in"] >= 2
    assert session["bytes_out"] >= 3 * 40


def test_sessions_are_filtered_by_router_protocol_and_address(lab, document):
    lab.red_vm1.ask(SERVER, 7000, source_port=43001)
    lab.blue_vm1.ask(STRANGER, 7000, source_port=43001)

    def listed(**filters):
        return {(s["router"], s["source"]) for s in lab.appliance.api.get(
            "/v1/sessions", **filters)["sessions"] if s["source"].endswith(":43001")}
    red, blue = ("red", "10.1.1.11:43001"), ("blue", "10.1.1.11:43001")
    assert listed() == {red, blue}
    assert listed(router="red") == {red}
    assert listed(protocol="tcp") == set()
    assert listed(protocol="udp", address=STRANGER) == {blue}
    assert listed(address="10.1.1.0/24") == {red, blue}
    assert listed(address="10.2.0.0/16") == set()


def test_a_long_list_comes_in_pages(lab, document):
    for port in range(43100, 43110):
        lab.red_vm1.ask(SERVER, 7000, source_port=port)
    seen, cursor, pages = [], 0, 0
    while cursor is not None:
        page = lab.appliance.api.get("/v1/sessions", router="red", limit=3, cursor=cursor)
        assert len(page["sessions"]) <= 3
        seen += [s["id"] for s in page["sessions"]]
        cursor, pages = page["next"], pages + 1
    assert pages > 3 and len(seen) == len(set(seen)) >= 10


def test_interfaces_count_packets_and_bytes(lab, document):
    def guest0():
        return lab.appliance.counters()["routers"]["red"]["interfaces"]["guest0"]
    lab.red_vm1.ping(SERVER)
    before = guest0()
    lab.red_vm1.ping(SERVER, 10, "-s", "100")
    after = guest0()
    assert after["rx_packets"] - before["rx_packets"] >= 10
    assert after["tx_packets"] - before["tx_packets"] >= 10
    assert after["rx_bytes"] - before["rx_bytes"] >= 10 * 128


def test_rules_count_what_they_decided(lab, document, red):
    red["firewall_rules"] = {"ping": {"destination": RED, "protocol": "icmp", "icmp_type": 8}}
    lab.appliance.put(document)
    lab.server.ping(RED, 2)
    assert lab.appliance.counters()["routers"]["red"]["rules"]["firewall_rules/ping"] >= 1


def test_stages_report_packets_and_cycles(lab, document):
    lab.red_vm1.ping(SERVER, 3)
    stages = lab.appliance.counters()["stages"]
    assert len(stages) > 3
    assert all(stage["name"] and stage["packets"] >= 0 for stage in stages)
    assert any(stage["packets"] > 0 and stage["cycles"] > 0 for stage in stages)


def test_explain_follows_a_packet_that_would_be_forwarded(lab, document):
    told = lab.appliance.explain("red", "guest0", protocol="tcp", source="10.1.1.11:50000",
                                 destination=f"{SERVER}:80", tcp_flags="S")
    assert told["verdict"] == "forwarded" and told["reason"] == ""
    assert told["egress"] == "public0" and told["source"].startswith(f"{RED}:")
    assert told["rule"] == "/routers/red/source_nats/default"
    assert [step for step in told["steps"] if "stage" in step and "decision" in step]


def test_explain_tells_why_a_packet_would_be_dropped(lab, document):
    told = lab.appliance.explain("red", "public0", protocol="tcp", source=f"{SERVER}:50000",
                                 destination=f"{RED}:22", tcp_flags="S")
    assert told["verdict"] == "dropped" and told["reason"]
    assert told["reason"] in lab.appliance.counters()["drops"] or told["reason"].islower()


def test_explain_agrees_with_what_packets_meet(lab, document, red):
    red["port_forwards"] = {"web": {"protocol": "tcp", "public": f"{RED}:8080",
                                    "private": "10.1.1.11:80"}}
    red["firewall_rules"] = {"web": {"destination": RED, "protocol": "tcp", "ports": "8080",
                                     "sources": ["198.51.100.0/24"]}}
    red["egress_rules"] = {"deny": {"interface": "guest0", "protocol": "tcp", "ports": "81"}}
    lab.appliance.put(document)

    def told(interface, source, destination):
        return lab.appliance.explain("red", interface, protocol="tcp", source=f"{source}:50001",
                                     destination=destination, tcp_flags="S")["verdict"]
    for host, interface, source, destination in (
            (lab.server, "public0", SERVER, f"{RED}:8080"),
            (lab.stranger, "public0", STRANGER, f"{RED}:8080"),
            (lab.server, "public0", SERVER, f"{RED}:8081"),
            (lab.red_vm1, "guest0", "10.1.1.11", f"{SERVER}:80"),
            (lab.red_vm1, "guest0", "10.1.1.11", f"{SERVER}:81"),
            (lab.red_vm2, "guest0", "10.1.1.12", f"{RED}:8080")):
        arrives = not host.is_silent(f"http://{destination}/")
        assert (told(interface, source, destination) == "forwarded") == arrives, (source,
                                                                                  destination)


def test_explain_judges_a_candidate_without_applying_it(lab, document, red):
    packet = {"router": "red", "interface": "guest0", "protocol": "tcp",
              "source": "10.1.1.11:50002", "destination": f"{SERVER}:80", "tcp_flags": "S"}
    red["interfaces"]["guest0"]["egress"] = "deny"
    body = {"packet": packet, "candidate": document}
    assert lab.appliance.api.post("/v1/explain", body)["verdict"] == "dropped"
    assert lab.appliance.api.post("/v1/explain", {"packet": packet})["verdict"] == "forwarded"
    assert lab.red_vm1.curl(f"http://{SERVER}/")


def test_explain_judges_by_an_older_revision(lab, document, red):
    packet = {"router": "red", "interface": "guest0", "protocol": "tcp",
              "source": "10.1.1.11:50004", "destination": f"{SERVER}:80", "tcp_flags": "S"}
    before = int(lab.appliance.api.request("GET", "/v1/config").etag.strip('"'))
    red["interfaces"]["guest0"]["egress"] = "deny"
    lab.appliance.put(document)

    def verdict(**by):
        return lab.appliance.api.post("/v1/explain", {"packet": packet, **by})["verdict"]
    assert verdict() == "dropped"
    assert verdict(revision=before) == "forwarded"


def test_explain_leaves_no_session_behind(lab, document):
    for _ in range(20):
        lab.appliance.explain("red", "guest0", protocol="tcp", source="10.1.1.11:50003",
                              destination=f"{SERVER}:80", tcp_flags="S")
    assert not [s for s in lab.appliance.sessions(router="red")
                if s["source"] == "10.1.1.11:50003"]


def captured(lab, traffic, **query):
    """The packets of a capture that was running while `traffic` ran."""
    answers = []
    target = "/v1/capture?" + "&".join(f"{k}={v}" for k, v in query.items())
    taking = threading.Thread(target=lambda: answers.append(
        lab.appliance.api.request("GET", target)))
    taking.start()

    def is_full():
        traffic()
        return not taking.is_alive()
    wait_until(is_full, "the capture is full", deadline=20)
    taking.join()
    answer, = answers
    assert answer.status == 200, answer.data
    assert answer.headers["Content-Type"] == "application/vnd.tcpdump.pcap"
    return list(PcapReader(io.BytesIO(answer.data)))


def test_a_capture_is_a_pcap_file_of_what_the_filter_wants(lab, document):
    def traffic():
        lab.red_vm1.ping(SERVER, 3)
        lab.red_vm1.curl(f"http://{SERVER}/")
    packets = captured(lab, traffic, router="red", interface="guest0", packets=8, seconds=10,
                       filter="icmp+and+host+198.51.100.9")
    assert len(packets) == 8
    assert all(ICMP in packet and SERVER in (packet[IP].src, packet[IP].dst)
               for packet in packets)


def test_a_capture_may_take_every_interface_and_part_of_each_packet(lab, document):
    packets = captured(lab, lambda: lab.red_vm1.ping(SERVER, 2, "-s", "1000"), packets=6,
                       seconds=10, snap_length=64, filter="icmp")
    assert len(packets) == 6
    assert all(len(packet.original) <= 64 < packet.wirelen for packet in packets)
    sources = {packet[IP].src for packet in packets}
    assert {"10.1.1.11", RED} <= sources, "both sides of the router are seen"


def test_a_capture_ends_by_itself(lab, document):
    packets = captured(lab, lambda: None, router="red", seconds=1, packets=100000,
                       filter="tcp+port+9")
    assert not [packet for packet in packets if TCP in packet]


def test_a_bad_capture_filter_is_refused(lab, document):
    answer = lab.appliance.api.request("GET", "/v1/capture?filter=nonsense+of+the+first+order")
    assert answer.status in (400, 422)
    assert "filter" in str(answer.json)
