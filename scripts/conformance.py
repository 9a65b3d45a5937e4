#!/usr/bin/python3
"""Runs `viaduct selftest nat` on Viaduct and on the control, and writes docs/conformance.md."""

import json
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]
VIADUCT = SOURCE / "build" / "bin" / "viaduct"
PAGE = SOURCE / "docs" / "conformance.md"

HEAD = """# What the NAT and the firewall do, requirement by requirement

`viaduct selftest nat` puts this appliance's own daemons into a lab of network namespaces, plays the guests on one side and the
internet on the other with raw frames, and looks at each requirement below. `viaduct selftest nat --subject linux` puts the kernel's
nftables in the same place, set up as cloud routers are: the control, which shows that the suite can say no. It needs root, takes
less than a minute, and touches nothing outside its namespaces.

Settings are those of the defaults, but for what a row speaks of, and `"hairpin_source": "public"` (RFC 4787 REQ-9; by default guests
see the router as the source of hairpinned packets). "differs" is said of what a document only recommends. Lifetimes are what the
router says that it has left; that sessions do end by it is seen with a lifetime of two seconds. The rows of RFC 5780 are the verdicts
of coturn's `turnutils_natdiscovery`, which knows nothing of this suite.

Not looked at: what these documents only permit; RFC 4787 REQ-7 (a public address that changes by itself: ours come from the
document); RFC 6888 REQ-8, which would have a port rest for 120 s before another guest gets it, and its logging (REQ-12). Ports are given away
at once. REQ-8 allows that where TCP is followed and where filtering depends on the address; it is not kept for UDP and ICMP of networks
with endpoint-independent filtering.

`scripts/conformance.py` writes this page.

"""


def outcome(subject):
    done = subprocess.run([VIADUCT, "-o", "json", "selftest", "nat", "--subject", subject],
                          stdout=subprocess.PIPE, check=False)
    if not done.stdout:
        sys.exit(f"the self-test of {subject} did not end")
    return json.loads(done.stdout)


def cell(row):
    return f"{row['verdict']}: {row['seen']}"


def main():
    ours, theirs = outcome("viaduct"), outcome("linux")
    lines = ["| | expected | Viaduct | Linux nftables |", "|---|---|---|---|"]
    for mine, other in zip(ours["rows"], theirs["rows"], strict=True):
        name = f"{mine['document']} {mine['requirement']}".strip()
        lines.append(f"| {name} | {mine['expected']} | {cell(mine)} | {cell(other)} |")
    sums = "".join(f"{each['subject']}: {each['pass']} of {len(each['rows'])} pass, "
                   f"{each['differs']} differ, {each['fail']} fail.\n" for each in (ours, theirs))
    PAGE.write_text(HEAD + sums + "\n" + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
