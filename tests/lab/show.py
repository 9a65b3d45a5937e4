"""What the demo prints: chapters, ticks, and a table at the end."""

import os
import shutil
import sys

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

    def quote(self, text, most=7):
        """Some of what a program printed."""
        wide = shutil.get_terminal_size((120, 24)).columns - 7
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > most:
            lines = lines[:most] + [f"... {len(lines) - most} more lines"]
        for line in lines:
            cut = line if len(line) <= wide else line[:wide - 3] + "..."
            self.say("      " + self.paint("dim", cut))

    def prove(self, what, proof):
        """Runs a proof: true or a sentence if it holds; false or an exception if not.

        Several lines are shown at once, but are not repeated in the table.
        """
        try:
            outcome = proof()
            holds = bool(outcome)
            told = outcome if isinstance(outcome, str) else ""
        except Exception as error:  # whatever went wrong, it is not proved
            holds, told = False, str(error).strip().partition("\n")[0]
        if "\n" in told:
            quoted, told = told, ""
        else:
            quoted = ""
        self.results.append((what, told, holds))
        mark = self.paint("green", "\u2713") if holds else self.paint("red", "\u2717")
        self.say(f"  {mark} {what}" + (self.paint("dim", f"  {told}") if told else ""))
        self.quote(quoted)

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
