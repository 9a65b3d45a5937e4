"""The appliance under test: both daemons with settings, sockets and state of their own."""

import os
import pathlib

from lab.api import Api, ControlSocket, Refused
from lab.commands import Background, run, wait_until

__all__ = ["Appliance", "Refused", "build_directory"]

_SOURCE = pathlib.Path(__file__).resolve().parents[2]


def build_directory():
    """Where the programs are: ./build, or what VIADUCT_BUILD says."""
    return pathlib.Path(os.environ.get("VIADUCT_BUILD", _SOURCE / "build")).resolve()


def guest_services(directory, **more):
    """Settings for a viaduct-guestd with its state there, which somebody else starts."""
    return {"guest": {"control_socket": directory / "guestd.sock",
                      "state_directory": directory / "guestd", **more}}


class Appliance:
    """viaduct-dataplane and viaductd. Their state survives stop() and kill() in `directory`."""

    def __init__(self, directory, namespace_prefix, sections=None, **dataplane):
        self.directory = pathlib.Path(directory)
        self.namespace_prefix = namespace_prefix
        self._find_doors()
        self.settings_file.write_text(self._settings(dataplane, sections or {}), encoding="ascii")

    @classmethod
    def at(cls, directory):
        """One that another process has made there, and started."""
        found = cls.__new__(cls)
        found.directory = pathlib.Path(directory)
        found._find_doors()
        return found

    def _find_doors(self):
        self.settings_file = self.directory / "viaduct.ini"
        self.control_socket = self.directory / "dataplane.sock"
        self.api_socket = self.directory / "viaductd.sock"
        self.api = Api(self.api_socket)
        self.control = ControlSocket(self.control_socket)
        self.dataplane = self.controlplane = None

    def _settings(self, dataplane, more):
        cores = sorted(os.sched_getaffinity(0))
        workers = int(os.environ.get("VIADUCT_WORKERS", "1"))
        sections = {
            "dataplane": {"control_socket": self.control_socket,
                          "state_directory": self.directory / "dataplane",
                          "main_core": cores[0], "worker_cores": " ".join(map(str, cores[-workers:])),
                          "memory_mb": 256,
                          "sessions": 65536, "packet_buffers": 16384, **dataplane},
            "control": {"socket": self.api_socket, "journal": self.directory / "journal.sqlite"},
            "routers": {"namespace_prefix": self.namespace_prefix},
            **more,
        }
        return "".join(f"[{section}]\n" + "".join(f"{k} = {v}\n" for k, v in values.items())
                       for section, values in sections.items())

    def start_program(self, program):
        argv = [build_directory() / "bin" / program, "--settings", self.settings_file]
        return Background(argv, self.directory / f"{program}.log")

    def start(self):
        self.start_dataplane()
        self.start_controlplane()

    def start_dataplane(self):
        self.dataplane = self.start_program("viaduct-dataplane")
        self._await("viaduct-dataplane", self.dataplane, lambda: self.control.ask("hello"))

    def start_controlplane(self):
        self.controlplane = self.start_program("viaductd")
        self._await("viaductd", self.controlplane, lambda: self.api.get("/v1/status"))

    @staticmethod
    def _await(program, process, greet):
        def answers():
            if not process.is_running():
                raise AssertionError(f"{program} ended by itself:\n{process.output()}")
            try:
                return greet()
            except (OSError, Refused):
                return None
        wait_until(answers, f"{program} answers", deadline=30)

    def stop(self):
        """Returns the daemons' exit statuses, by program."""
        daemons = {"viaductd": self.controlplane, "viaduct-dataplane": self.dataplane}
        return {name: daemon.stop() for name, daemon in daemons.items() if daemon}

    def put(self, document):
        """Makes `document` the whole configuration; returns once packets obey it."""
        return self.api.put("/v1/config", document)

    def cli(self, *argv, check=True, stdin=""):
        return run(build_directory() / "bin" / "viaduct", "--socket", self.api_socket, *argv,
                   check=check, stdin=stdin)

    def counters(self):
        return self.control.ask("counters")

    def drops(self, reason):
        return self.counters()["drops"].get(reason, 0)

    def sessions(self, **filters):
        return self.control.ask("sessions", **filters)["sessions"]

    def explain(self, router, interface, **packet):
        return self.control.ask("explain",
                                packet={"router": router, "interface": interface, **packet})

    def ports_are_up(self):
        return all(port["state"] == "up" for port in self.counters()["ports"].values())


def check_conservation(counters):
    """Every packet is accounted for, and what must never happen never did."""
    totals = counters["totals"]
    came = sum(totals[name] for name in ("received", "generated", "taken_over"))
    went = sum(totals[name] for name in
               ("sent", "dropped", "consumed", "handed_over", "held"))
    assert came == went, f"{came} packets came, {went} are accounted for: {totals}"
    reasons = counters["drops"]
    assert sum(reasons.values()) == totals["dropped"], f"drops without a reason: {reasons} {totals}"
    violated = {name: count for name, count in counters["invariants"].items() if count}
    assert not violated, f"broken invariants: {violated}"
