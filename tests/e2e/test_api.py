"""The HTTP config API: transactions, and what it refuses."""

import json
import pathlib
import threading
import time

import pytest

from lab import Refused
from lab.commands import wait_until
from lab.topology import PUBLIC, SERVER

RED = PUBLIC["red"]
FORWARD = {"protocol": "tcp", "public": f"{RED}:8080", "private": "10.1.1.11:80"}
OPENAPI = pathlib.Path(__file__).resolve().parents[2] / "api" / "openapi.json"
FORWARDS = "/v1/config/routers/red/port_forwards"


@pytest.fixture
def api(lab, document):
    return lab.appliance.api


def etag(api):
    return api.request("GET", "/v1/config").etag


def test_the_document_reads_back_as_it_was_put(api, document):
    assert api.get("/v1/config") == document


def test_a_change_tells_revision_changes_and_timing(api):
    told = api.put(f"{FORWARDS}/web", FORWARD)
    assert told["applied"] is True and told["revision"] > 0
    change, = told["changes"]
    assert (change["op"], change["path"]) == ("add", "/routers/red/port_forwards/web")
    assert change["after"] == FORWARD
    assert {"validate", "plan", "journal", "apply"} <= set(told["timing_us"])


def test_single_resources_are_put_read_and_deleted(api):
    api.put(f"{FORWARDS}/web", FORWARD)
    assert api.get(f"{FORWARDS}/web") == FORWARD
    assert api.get(FORWARDS) == {"web": FORWARD}
    api.delete(f"{FORWARDS}/web")
    assert api.request("GET", f"{FORWARDS}/web").status == 404


def test_ports_and_routers_are_resources_too(api, document):
    assert api.get("/v1/config/ports/wan-red") == document["ports"]["wan-red"]
    assert api.get("/v1/config/routers/blue") == document["routers"]["blue"]
    api.delete("/v1/config/routers/blue")
    assert api.request("GET", "/v1/config/routers/blue").status == 404
    api.put("/v1/config/routers/blue", document["routers"]["blue"])
    assert api.get("/v1/config") == document


def test_a_merge_patch_changes_only_what_it_names(api, document):
    api.patch("/v1/config", {"routers": {"red": {"port_forwards": {"web": FORWARD}}}})
    document["routers"]["red"]["port_forwards"] = {"web": FORWARD}
    assert api.get("/v1/config") == document
    api.patch("/v1/config", {"routers": {"red": {"port_forwards": None}}})
    del document["routers"]["red"]["port_forwards"]
    assert api.get("/v1/config") == document


def test_a_dry_run_changes_nothing(api, document):
    before = etag(api)
    told = api.put(f"{FORWARDS}/web?dry_run=true", FORWARD)
    assert [change["op"] for change in told["changes"]] == ["add"]
    assert api.get("/v1/config") == document and etag(api) == before


def test_a_stale_change_is_refused(api):
    stale = etag(api)
    api.put(f"{FORWARDS}/web", FORWARD, If_Match=stale)
    with pytest.raises(Refused) as refused:
        api.delete(f"{FORWARDS}/web", If_Match=stale)
    assert refused.value.status == 412
    api.delete(f"{FORWARDS}/web", If_Match=etag(api))


def test_a_repeated_request_gets_the_first_answer_again(api):
    key = f"key-{time.time()}"
    first = api.put(f"{FORWARDS}/web", FORWARD, Idempotency_Key=key)
    api.delete(f"{FORWARDS}/web")
    assert api.put(f"{FORWARDS}/web", FORWARD, Idempotency_Key=key) == first
    assert api.request("GET", f"{FORWARDS}/web").status == 404, "it was not done again"


def test_any_revision_can_be_brought_back(api, document):
    before = int(etag(api).strip('"'))
    api.put(f"{FORWARDS}/web", FORWARD)
    assert before in [entry["revision"] for entry in api.get("/v1/history")["revisions"]]
    told = api.post(f"/v1/rollback/{before}")
    assert told["revision"] > before + 1
    assert api.get("/v1/config") == document


def test_a_revision_can_be_looked_at(api):
    revision = api.put(f"{FORWARDS}/web", FORWARD)["revision"]
    entry = api.get(f"/v1/history/{revision}")
    assert entry["document"]["routers"]["red"]["port_forwards"] == {"web": FORWARD}
    assert api.request("GET", "/v1/history/999999").status == 404


def test_an_unconfirmed_change_is_rolled_back(lab, api, document):
    api.put(f"{FORWARDS}/web?confirm_within=1", FORWARD)
    assert api.get(FORWARDS) == {"web": FORWARD}
    wait_until(lambda: api.get("/v1/config") == document, "the change is taken back")


def test_a_confirmed_change_stays(api):
    api.put(f"{FORWARDS}/web?confirm_within=1", FORWARD)
    api.post("/v1/confirm")
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:  # past the time at which it would have been taken back
        assert api.get(f"{FORWARDS}/web") == FORWARD
        time.sleep(0.1)


def test_an_unconfirmed_change_is_rolled_back_over_a_restart(lab, api, document):
    api.put(f"{FORWARDS}/web?confirm_within=2", FORWARD)
    lab.appliance.controlplane.kill()
    lab.appliance.start_controlplane()
    wait_until(lambda: api.get("/v1/config") == document, "the change is taken back")


def test_concurrent_changes_all_arrive(api):
    def add(number):
        api.put(f"{FORWARDS}/f{number}", {**FORWARD, "public": f"{RED}:{9000 + number}"})
    adding = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in adding:
        thread.start()
    for thread in adding:
        thread.join()
    assert set(api.get(FORWARDS)) == {f"f{number}" for number in range(12)}


def interface(network, port="lan-red", **more):
    return {"role": "guest", "port": port, "addresses": [network], **more}


BAD_CHANGES = {
    "an unknown attribute": (
        "port_forwards/web", {**FORWARD, "colour": "red"}, "/port_forwards/web/colour"),
    "a missing attribute": (
        "port_forwards/web", {"protocol": "tcp"}, "/port_forwards/web/public"),
    "another type than wanted": (
        "port_forwards/web", {**FORWARD, "public": 8080}, "/port_forwards/web/public"),
    "overlapping guest networks": (
        "interfaces/guest9", interface("10.1.1.129/25", vlan=9), "/interfaces/"),
    "two forwards on one endpoint": (
        "port_forwards/b", {**FORWARD, "private": "10.1.1.12:80"}, "/port_forwards/"),
    "an address outside its network": (
        "source_nats/default", {"addresses": ["192.0.2.1"]}, "/source_nats/default/addresses/0"),
    "a guest that no network has": (
        "port_forwards/web", {**FORWARD, "private": "10.2.2.2:80"}, "/port_forwards/web/private"),
    "port 0": (
        "port_forwards/web", {**FORWARD, "public": f"{RED}:0"}, "/port_forwards/web/public"),
    "a reversed range": (
        "port_forwards/web", {**FORWARD, "public": f"{RED}:90-80"}, "/port_forwards/web/public"),
    "ranges of unequal size": (
        "port_forwards/web", {**FORWARD, "public": f"{RED}:80-90"}, "/port_forwards/web/private"),
    "the same interface twice on a wire": (
        "interfaces/guest9", interface("10.9.9.1/24", mac="02:00:00:00:00:01"), "/interfaces/"),
    "a port that is not there": (
        "interfaces/guest9", interface("10.9.9.1/24", port="nowhere"), "/interfaces/guest9/port"),
    "a route through nowhere": (
        "routes/x", {"prefix": "10.5.0.0/16", "via": "10.6.0.1"}, "/routes/x/via"),
    "ports of a protocol that has none": (
        "firewall_rules/x", {"destination": RED, "protocol": "icmp", "ports": "80"},
        "/firewall_rules/x/ports"),
}


@pytest.mark.parametrize("what", BAD_CHANGES)
def test_a_bad_change_is_refused_and_changes_nothing(api, document, what):
    path, body, pointer = BAD_CHANGES[what]
    document["routers"]["red"]["port_forwards"] = {"a": FORWARD}
    document["routers"]["red"]["interfaces"]["guest0"]["mac"] = "02:00:00:00:00:01"
    if path == "port_forwards/web":
        del document["routers"]["red"]["port_forwards"]
    api.put("/v1/config", document)
    before = etag(api)
    answer = api.request("PUT", f"/v1/config/routers/red/{path}", body)
    problem = answer.json
    assert answer.status in (409, 422), problem
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["status"] == answer.status and problem["title"] and problem["detail"]
    assert pointer in problem["pointer"]
    assert api.get("/v1/config") == document and etag(api) == before


def refused(api, body, **headers):
    before = etag(api)
    try:
        answer = api.request("PUT", "/v1/config", body, **headers)
    except ConnectionError:
        return 413, {}  # it closed the door in the middle of our sentence
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert etag(api) == before
    return answer.status, answer.json


def test_what_is_not_json_is_refused(api):
    status, problem = refused(api, b'{"ports": ')
    assert status == 400 and problem["detail"]


def test_what_is_not_utf8_is_refused(api):
    status, problem = refused(api, b'{"ports":{"\xff\xfe":{"device":"x"}}}')
    assert status == 400 and problem["detail"]


def test_an_attribute_given_twice_is_refused(api):
    status, problem = refused(api, b'{"ports":{},"ports":{}}')
    assert status in (400, 422) and problem["detail"]


def test_a_10000_deep_text_is_refused(api):
    status, problem = refused(api, b'{"a":' * 10000 + b"1" + b"}" * 10000)
    assert status in (400, 413, 422) and problem["detail"]


def test_a_100_megabyte_body_is_refused(lab, api):
    status, _ = refused(api, b'{"ports":{"' + b"x" * 100_000_000 + b'":{}}}')
    assert status == 413
    assert api.get("/v1/status")


def test_a_chunked_body_has_the_same_limit(lab, api):
    chunk = b" " * 1_000_000
    sent = 0
    connection = api.connection()
    connection.putrequest("PUT", "/v1/config")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    try:
        for _ in range(100):
            connection.send(b"%x\r\n" % len(chunk) + chunk + b"\r\n")
            sent += len(chunk)
        connection.send(b"0\r\n\r\n")
        assert connection.getresponse().status in (400, 411, 413)
    except ConnectionError:
        assert sent < 100_000_000, "it read all of it"
    finally:
        connection.close()
    assert api.get("/v1/status")


@pytest.mark.parametrize("method, target, status", [
    ("GET", "/v1/nothing", 404), ("GET", "/v1/config/routers/green", 404),
    ("GET", "/v1/config/routers/red/horses/x", 404), ("DELETE", f"{FORWARDS}/nothing", 404),
    ("POST", "/v1/rollback/999999", 404), ("POST", "/v1/rollback/abc", 404),
    ("GET", "/v1/sessions?limit=many", 400), ("GET", "/v1/sessions?address=here", 400),
    ("PUT", "/v1/config?confirm_within=soon", 400)])
def test_bad_requests_are_told_what_is_wrong(api, method, target, status):
    answer = api.request(method, target, {} if method == "PUT" else None)
    assert answer.status == status, answer.data
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["detail"]


def test_bad_ids_are_refused(api):
    for bad in ("a%20b", "x" * 200, "..", "%2e%2e", "a%2fb", "%00"):
        assert api.request("PUT", f"{FORWARDS}/{bad}", FORWARD).status in (400, 404, 422), bad


def test_the_openapi_document_is_served(api):
    served = api.get("/v1/openapi.json")
    assert served["openapi"].startswith("3.")
    assert {"/v1/config", "/v1/sessions", "/v1/explain"} <= set(served["paths"])
    assert "port_forwards" in json.dumps(served["components"])


def test_the_openapi_document_is_the_one_that_is_checked_in(api):
    assert api.request("GET", "/v1/openapi.json").data == OPENAPI.read_bytes()


def test_guests_still_get_through_after_all_this(lab, api):
    assert lab.red_vm1.curl(f"http://{SERVER}/")
