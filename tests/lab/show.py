"""What the demo prints: chapters, ticks, and a table at the end."""

import os
import sys
import textwrap

_COLOURS = {"bold": "1", "green": "32", "red": "31", "dim": "2"}


class Show:
    def __init__(self, out=sys.stdout):
        self.out = out
        self.colourful = out.isatty() and "NO_COLOR" not in os.environ
        self.results = []  # (what, what it came to, whether it held)

    def paint(self, colour, text):
        return f"\033[{_COLOURS[colour]}m{text}\033[0m" if self.colourful else text

    def say(self, text=""):
        print(text, file=self.out, flush=True)

    def chapter(self, title):
        self.say("\n" + self.paint("bold", title))

    def quote(self, text, most=12):
        """Some of what a program printed."""
        lines = text.rstrip().splitlines()
        if len(lines) > most:
            lines = lines[:most] + [f"... {len(lines) - most} more lines"]
        self.say(self.paint("dim", textwrap.indent("\n".join(lines), "      ")))

    def prove(self, what, proof):
        """Runs a proof: true or a sentence if it holds; false or an exception if not."""
        try:
            outcome = proof()
            holds = bool(outcome)
            told = outcome if isinstance(outcome, str) else ""
        except Exception as error:  # whatever went wrong, it is not proved
            holds, told = False, str(error).strip().partition("\n")[0]
        self.results.append((what, told, holds))
        mark = self.paint("green", "\u2713") if holds else self.paint("red", "\u2717")
        self.say(f"  {mark} {what}" + (self.paint("dim", f"  {told}") if told else ""))
        return holds

    def table(self):
        """Everything that was proved; true if all of it held."""
        wide = max(len(what) for what, _, _ in self.results)
        self.say("\n" + self.paint("bold", f"{'proof':<{wide}}  result"))
        for what, told, holds in self.results:
            result = self.paint("green", "ok") if holds else self.paint("red", "FAILED")
            self.say(f"{what:<{wide}}  {result}" + (f"  {told}" if told else ""))
        held = sum(holds for _, _, holds in self.results)
        self.say(f"\n{held} of {len(self.results)} proofs hold")
        return held == len(self.results)
