"""What end-to-end and packet tests share: a lab for each file, a clean slate for each test."""

import signal

import pytest

from lab import Lab
from lab.appliance import check_conservation
from lab.commands import wait_until


def pytest_configure():
    """Being asked to end is like Ctrl-C: labs are taken down."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="module")
def lab():
    with Lab() as up:
        up.server.serve(http=[80, 81], tcp=[7000, 7001], udp=[7000, 7001])
        up.stranger.serve(http=[80], tcp=[7000], udp=[7000])
        for guest in (up.red_vm1, up.red_vm2, up.blue_vm1):
            guest.serve(http=[80, 81], tcp=[7000, 7001, 7002], udp=[7000, 7001, 7002])
        yield up


@pytest.fixture
def document(lab):
    """The standard document, already in force. Change it and put it."""
    standard = lab.document()
    lab.appliance.put(standard)
    return standard


@pytest.fixture
def red(document):
    """Router red of `document`."""
    return document["routers"]["red"]


@pytest.fixture(autouse=True)
def accounts_for_every_packet(request):
    """After each test: nothing was lost without a reason, and no invariant is broken."""
    yield
    lab = request.node.funcargs.get("lab")
    if lab is None:
        return
    counters = wait_until(lambda: answering(lab), "the data plane answers after the test")
    check_conservation(counters)


def answering(lab):
    try:
        return lab.appliance.counters()
    except OSError:
        return None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failure comes with what the daemons said."""
    outcome = yield
    report = outcome.get_result()
    lab = getattr(item, "funcargs", {}).get("lab")
    if report.failed and lab is not None:
        report.sections.append(("daemons", lab.logs()))
