"""Tables of the docs that are made from elsewhere are of now."""

import subprocess

from sources import ROOT


def test_the_table_of_behaviours_is_what_the_tests_say():
    made = subprocess.run([ROOT / "scripts" / "vr_table.py", "--check"], check=False)
    assert made.returncode == 0, "run scripts/vr_table.py"
