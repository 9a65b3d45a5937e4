"""The list of faults that scripts/mutants.py plants does not rot."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mutants.faults import FAULTS, ROOT  # noqa: E402


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_has_its_place(fault):
    source = (ROOT / fault.file).read_text()
    assert fault.planted_in(source) != source


def test_there_are_many_and_each_has_its_name():
    assert len(FAULTS) >= 25
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
