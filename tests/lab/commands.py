"""Running programs: to their end, in the background, and waiting for what they bring about."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time


class CommandFailed(Exception):
    """A program ended with another status than 0."""

    def __init__(self, result):
        self.status = result.returncode
        self.output = result.stdout + result.stderr
        super().__init__(f"{' '.join(map(str, result.args))}: exit {self.status}\n{self.output}")


def run(*argv, check=True, timeout=30, stdin=""):
    """Runs a program to its end and returns what it said."""
    result = subprocess.run([str(a) for a in argv], input=stdin, capture_output=True, text=True,
                            timeout=timeout, check=False)
    if check and result.returncode != 0:
        raise CommandFailed(result)
    return result


def wait_until(condition, what, deadline=10.0, interval=0.01):
    """The first true value of condition(); fails after `deadline` seconds, saying `what`."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline:g} s in vain until {what}")
        time.sleep(interval)


@contextlib.contextmanager
def undisturbed():
    """Nobody interrupts what happens here, however often Ctrl-C is pressed."""
    signs = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(sign, signal.SIG_IGN) for sign in signs]
    try:
        yield
    finally:
        for sign, handler in zip(signs, before):
            signal.signal(sign, handler)


class Background:
    """A program that runs beside us, its output in a file."""

    def __init__(self, argv, log):
        self.log = pathlib.Path(log)
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output, start_new_session=True)
        self.pid = self.process.pid

    def is_running(self):
        return self.process.poll() is None

    def output(self):
        return self.log.read_text(errors="replace")

    def wait(self, deadline=30):
        return self.process.wait(deadline)

    def kill(self):
        """Ends it at once, as a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self, sign=signal.SIGTERM, deadline=10):
        """Asks it to end; returns its exit status, None if it had to be killed."""
        if self.is_running():
            self.process.send_signal(sign)
        try:
            return self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            self.kill()
            return None


def children_of(pid):
    """The processes that the first thread of another has started."""
    return [int(child) for child in
            pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_seconds(pid):
    """Processor time that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
