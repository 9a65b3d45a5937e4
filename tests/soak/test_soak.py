"""Minutes of mixed traffic, changes and kills: nothing breaks, nothing is left behind."""

import io
import os

from lab import soak


def test_nothing_breaks_and_nothing_is_left_behind():
    figures = soak.soak(float(os.environ.get("VIADUCT_SOAK_MINUTES", "5")), io.StringIO())
    broken = [sentence for sentence, holds in soak.verdicts(figures) if not holds]
    assert not broken, f"{broken}\n{figures}"


def test_memory_that_grows_is_seen():
    assert soak.growth([100, 100, 100, 100, 110, 110, 120, 120]) > soak.MEMORY_GROWTH
    assert soak.growth([80, 90, 100, 100, 100, 99, 100, 101]) <= soak.MEMORY_GROWTH, "it warmed up"
