"""An appliance with nothing to do costs nearly nothing, and is awake at once."""

import statistics
import time

from lab.commands import cpu_seconds
from lab.topology import GUEST_GATEWAY, SERVER


def share_of_a_core(pids, seconds=2):
    """How much of one core these processes use: what is measured here is time itself."""
    before, begin = sum(map(cpu_seconds, pids)), time.monotonic()
    time.sleep(seconds)
    return (sum(map(cpu_seconds, pids)) - before) / (time.monotonic() - begin)


def test_an_idle_appliance_uses_less_than_5_percent_of_a_core(lab, document):
    lab.red_vm1.ping(SERVER)
    daemons = (lab.appliance.dataplane.pid, lab.appliance.controlplane.pid)
    # What else the machine does makes a nap dearer, never cheaper: the least of several counts.
    used = min(share_of_a_core(daemons) for _ in range(4))
    assert used < 0.05, f"{used:.1%} of a core"


def test_the_first_packet_after_idling_takes_less_than_a_millisecond(lab, document):
    lab.red_vm1.ping(GUEST_GATEWAY)
    ping = lab.red_vm1.ping(GUEST_GATEWAY, 11, interval=0.4)  # each one finds it asleep
    assert ping.lost == 0
    assert statistics.median(ping.round_trips_ms) < 1.0, ping.output
