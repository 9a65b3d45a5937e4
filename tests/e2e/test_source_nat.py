"""Guests speak to the outside as a public address."""

from lab.topology import PUBLIC, SERVER, STRANGER


def test_guests_appear_as_the_public_address_of_their_router(lab, document):
    assert lab.red_vm1.seen_by(f"http://{SERVER}/")["client"] == PUBLIC["red"]
    assert lab.blue_vm1.seen_by(f"http://{SERVER}/")["client"] == PUBLIC["blue"]


def test_udp_and_ping_are_translated_as_well(lab, document):
    assert lab.red_vm1.ask(SERVER, 7000)["client"] == PUBLIC["red"]
    assert lab.red_vm1.ping(SERVER, 3).lost == 0


def test_a_free_port_number_is_preserved(lab, document):
    assert lab.red_vm1.ask(SERVER, 7000, source_port=41001)["port"] == 41001


def test_two_guests_may_use_one_port_at_once(lab, document):
    with lab.red_vm1.connect(SERVER, 7000, source_port=41002) as one, \
            lab.red_vm2.connect(SERVER, 7000, source_port=41002) as other:
        ports = {one.say()["port"], other.say()["port"]}
    assert len(ports) == 2


def test_a_guest_endpoint_keeps_its_public_endpoint_whomever_it_talks_to(lab, document):
    one = lab.red_vm1.ask(SERVER, 7000, source_port=41003)
    other = lab.red_vm1.ask(STRANGER, 7000, source_port=41003)
    assert (one["client"], one["port"]) == (other["client"], other["port"])


def test_a_pool_is_used_whole_and_each_guest_keeps_its_address(lab, document, red):
    pool = ["203.0.113.20", "203.0.113.21", "203.0.113.22", "203.0.113.23"]
    red["source_nats"]["default"]["addresses"] = pool
    lab.appliance.put(document)
    seen = {}
    for guest in (lab.red_vm1, lab.red_vm2, lab.red_vm3):
        addresses = {guest.ask(peer, 7000)["client"] for peer in (SERVER, STRANGER, SERVER)}
        assert len(addresses) == 1, "a guest speaks as one address"
        seen[guest.label] = addresses.pop()
    assert set(seen.values()) <= set(pool)
    assert len(set(seen.values())) > 1, f"one address for all: {seen}"


def test_a_more_specific_pool_wins_over_the_default(lab, document, red):
    red["source_nats"]["special"] = {"sources": ["10.1.1.12/32"], "addresses": ["203.0.113.30"]}
    lab.appliance.put(document)
    assert lab.red_vm1.ask(SERVER, 7000)["client"] == PUBLIC["red"]
    assert lab.red_vm2.ask(SERVER, 7000)["client"] == "203.0.113.30"


def test_without_source_nat_nothing_leaves(lab, document, red):
    del red["source_nats"]
    lab.appliance.put(document)
    assert lab.red_vm1.is_silent(f"http://{SERVER}/")
    assert lab.blue_vm1.curl(f"http://{SERVER}/")


def test_large_transfers_arrive_whole(lab, document):
    lab.server.serve_iperf()
    gigabits, report = lab.red_vm1.throughput(SERVER, seconds=1)
    assert gigabits > 0.05, report["end"]


def test_every_public_address_counts_its_traffic(lab, document):
    def usage():
        return lab.appliance.counters()["routers"]["red"]["public_addresses"][PUBLIC["red"]]
    lab.red_vm1.curl(f"http://{SERVER}/")
    before = usage()
    lab.red_vm1.ping(SERVER, 5)
    after = usage()
    assert after["out_packets"] - before["out_packets"] == 5
    assert after["in_packets"] - before["in_packets"] == 5
    assert after["out_bytes"] - before["out_bytes"] >= 5 * 84
