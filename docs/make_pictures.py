#!/usr/bin/env python3
"""Draws the pictures of docs/. Run it after changing what they show.

make_pictures.py [PAGE]
PAGE is what `viaduct-bench report --html` wrote: some of its plots are pictures of docs/performance.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1f2933; }
  .small { font-size: 12px; fill: #52606d; }
  .name { font-weight: 600; }
  .box { fill: #f5f7fa; stroke: #829ab1; rx: 8; }
  .ours { fill: #e3f2fd; stroke: #2b6cb0; }
  .policy { fill: #fff8e6; stroke: #b7791f; }
  .fast { fill: #e6f7ee; stroke: #2f855a; }
  .line { stroke: #486581; stroke-width: 1.6; fill: none; marker-end: url(#arrow); }
  .fastline { stroke: #2f855a; stroke-width: 2.6; fill: none; marker-end: url(#arrow); }
"""
HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img">
<title>{title}</title>
<style>{style}</style>
<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
<path d="M0 0L10 5L0 10z" fill="#486581"/></marker></defs>
<rect width="{w}" height="{h}" fill="#ffffff"/>
"""


class Picture:
    def __init__(self, title, width, height):
        self.parts = [HEAD.format(w=width, h=height, title=title, style=STYLE)]

    def box(self, x, y, w, h, name, lines=(), kind="box"):
        self.parts.append(f'<rect class="box {kind}" x="{x}" y="{y}" width="{w}" height="{h}" rx="8"/>')
        top = y + h / 2 - 8.5 * len(lines) + 5
        self.text(x + w / 2, top, name, "name", "middle")
        for i, line in enumerate(lines):
            self.text(x + w / 2, top + 17 * (i + 1), line, "small", "middle")

    def text(self, x, y, text, kind="small", anchor="start"):
        self.parts.append(f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>')

    def line(self, path, kind="line"):
        self.parts.append(f'<path class="{kind}" d="{path}"/>')

    def save(self, name):
        (HERE / name).write_text("\n".join(self.parts + ["</svg>\n"]))


def processes():
    p = Picture("The processes of the appliance", 860, 400)
    p.box(20, 20, 200, 60, "core and admins", ["viaduct, curl, Prometheus"])
    p.box(330, 20, 220, 90, "viaductd", ["one document, validated, planned,", "journalled (SQLite), applied"], "ours")
    p.box(330, 170, 220, 110, "viaduct-dataplane", ["one worker, run to completion", "sessions, NAT, firewall, counters", "explain, capture"], "ours")
    p.box(640, 20, 200, 260, "a router's namespace", ["one TAP for each interface", "addresses and routes (libnl)", "nftables guard (libnftnl)", "", "daemons on ordinary sockets:", "DHCP, DNS, metadata, IKE ..."])
    p.box(20, 330, 200, 50, "guest networks", ["ports, VLANs"])
    p.box(330, 330, 220, 50, "outside networks", ["ports, VLANs"])
    p.line("M220 50H326"); p.text(226, 42, "HTTP on a socket")
    p.line("M440 110V166"); p.text(450, 142, "whole document, framed JSON")
    p.line("M550 60H636"); p.text(556, 52, "netlink")
    p.line("M550 225H636"); p.text(552, 217, "exceptions")
    p.line("M120 330V225H326"); p.line("M440 280V326")
    p.text(130, 217, "DPDK: af_packet, virtio, any NIC")
    p.save("processes.svg")


def packet_path():
    p = Picture("The packet path", 1020, 390)
    x = 20
    for name, lines, kind in [("receive", ["a burst of", "up to 64"], "fast"), ("parse", ["headers proved,", "interface found,", "ARP answered"], "fast"),
                              ("session", ["one bulk lookup", "in the flow table"], "fast")]:
        p.box(x, 40, 130, 90, name, lines, kind); x += 160
    p.box(680, 40, 140, 90, "rewrite", ["addresses, ports,", "checksums, TTL, MTU"], "fast")
    p.box(850, 40, 130, 90, "transmit", ["next hop's header,", "or TAP, or held", "until ARP answers"], "fast")
    p.line("M150 85H176"); p.line("M310 85H336")
    p.line("M470 85H676", "fastline"); p.text(575, 76, "session stands", "small", "middle")
    p.line("M820 85H846")
    stages = [("admit", "martians, SYN"), ("source", "anti-spoofing"), ("icmp_error", "quoted header"), ("static_nat", "inward"),
              ("port_forward", "destination"), ("route", "where to"), ("service", "to the host"), ("firewall", "inbound"),
              ("echo", "ping answered"), ("egress", "outbound"), ("static_nat", "outward"), ("source_nat", "public source"), ("settle", "open, or stand")]
    p.text(20, 190, "Policy: only for the first packet of a session, and for the next packet of each session after a change", "small")
    for i, (name, what) in enumerate(stages):
        row, column = divmod(i, 7)
        p.box(20 + column * 138, 210 + row * 95, 124, 60, name, [what], "policy")
        if column < 6 and i + 1 < len(stages):
            p.line(f"M{144 + column * 138} {240 + row * 95}h11")
    p.line("M402 130V150H82V206"); p.text(412, 148, "none, or judged in an older generation")
    p.line("M910 270V287H82V301")
    p.line("M834 335H995V165H750V134"); p.text(985, 158, "two lines in the flow table", anchor="end")
    p.save("packet-path.svg")


def guest_services():
    p = Picture("The processes of guest services", 860, 330)
    p.box(20, 40, 170, 60, "viaductd", ["what to serve"])
    p.box(290, 20, 240, 120, "serving", ["an ordinary user, no capability,", "opens no socket itself", "DHCP, DNS, metadata, passwords"], "ours")
    p.box(290, 230, 240, 80, "broker", ["enters namespaces, opens sockets", "of eight kinds, speaks to nobody else"], "policy")
    p.box(640, 20, 200, 290, "routers' namespaces", ["a TAP for each interface", "", "ports 53, 67, 80, 8080", "questions to resolvers", "news of interfaces"])
    p.box(20, 230, 170, 80, "state", ["leases, sealed passwords,", "their key"])
    p.line("M190 70H286"); p.text(196, 62, "control socket")
    p.line("M380 140V226"); p.text(372, 188, "a request of fixed size", anchor="end")
    p.line("M440 230V144"); p.text(448, 188, "a socket (SCM_RIGHTS)")
    p.line("M530 70H636"); p.text(540, 62, "guests")
    p.line("M530 270H636"); p.text(540, 262, "setns, bind")
    p.line("M290 120L190 250")
    p.save("guest-services.svg")


PLOTS = {"cycles/packet against live sessions": "cost.svg", "cycles/packet by stage": "stages.svg"}


def plots(page):
    """Each plot becomes a picture of its own, with the page's style."""
    style = re.search(r"<style>.*?</style>", page, re.S)[0]
    for label, name in PLOTS.items():
        opening, rest = re.search(rf'(<svg [^>]*aria-label="{label}"[^>]*>)(.*?</svg>)', page, re.S).groups()
        width, height = re.search(r'viewBox="0 0 (\d+) (\d+)"', opening).groups()
        alone = opening.replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" ', 1)
        (HERE / "performance" / name).write_text(f"{alone}{style}{rest}\n")


processes()
packet_path()
guest_services()
if len(sys.argv) > 1:
    plots(pathlib.Path(sys.argv[1]).read_text())
