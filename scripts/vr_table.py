#!/usr/bin/python3
"""Writes the table of behaviours into docs/cloudstack.md: number, status, test.

    vr_table.py [--check]

A test shows the behaviours whose numbers its name begins with, test_vr_044_045_... . What no test
shows is told below why. With --check nothing is written; the exit status says whether it would be.
"""

import ast
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "cloudstack.md"
BEGIN, END = "<!-- behaviours -->", "<!-- end of behaviours -->"
NUMBERS = [*range(1, 33), *range(40, 75), *range(80, 93), *range(100, 120), *range(130, 151),
           *range(270, 279)]
LEFT = {
    24: "of VPCs",
    73: "asks for iptables, which does not run here; what the default is, is shown by VR-042, 048, 052 and 088",
    148: "of VPCs: their ACLs are not applied yet",
}
NAME = re.compile(r"test_vr_((?:\d{3}_)+)")


def shown():
    """The tests of each number."""
    tests = {}
    for file in sorted((ROOT / "tests" / "e2e").glob("test_cloudstack_*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            found = isinstance(node, ast.FunctionDef) and NAME.match(node.name)
            for number in (found[1].split("_")[:-1] if found else ()):
                what = node.name[len(found[0]):].replace("_", " ")
                tests.setdefault(int(number), []).append(f"{what} (`{file.name}`)")
    return tests


def table():
    tests = shown()
    unknown = sorted(set(tests) - set(NUMBERS))
    if unknown:
        sys.exit(f"tests of no known behaviour: {unknown}")
    lines = ["| number | status | test |", "|---|---|---|"]
    for number in NUMBERS:
        if number in tests:
            status, test = "holds", "; ".join(tests[number])
        else:
            status, test = "left", LEFT.get(number, "")
            if not test:
                sys.exit(f"VR-{number:03}: neither shown nor left")
        lines.append(f"| VR-{number:03} | {status} | {test} |")
    return "\n".join(lines)


def main(only_checks):
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    wanted = f"{before}{BEGIN}\n{table()}\n{END}{after}"
    if only_checks:
        return 0 if wanted == page else 1
    PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:] == ["--check"]))
