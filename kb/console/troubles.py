"""Report inputs that could not be used and rules that crashed."""

from __future__ import annotations

from kb.console.terminal import is_debugging, say, say_safe, say_wrapped
from kb.errors import InputError, KbError
from kb.text.lang import t

MAX_TROUBLES = 20
"""How many problems are printed; the rest are counted."""


class TroubleReporter:
    """Prints the first twenty problems one by one, and at the end how to go on; counts `unusable` inputs."""

    def __init__(self) -> None:
        self.unusable = 0
        self._count = 0
        self._steps: dict[str, None] = {}

    def __call__(self, error: KbError) -> None:
        self._count += 1
        if self._count <= MAX_TROUBLES:
            say_safe(error.what)
            if error.next_step:
                self._steps[str(error.next_step)] = None
            if is_debugging() and error.__cause__ is not None:
                from kb.console import traceback  # traceback takes its time to load

                traceback.print_traceback(error.__cause__)

    def add_unusable(self, error: InputError) -> None:
        """Print an input that cannot be used."""
        self.unusable += 1
        self(error)

    def end(self) -> None:
        """Print how many more there were, and each next step once."""
        if self._count > MAX_TROUBLES:
            more = self._count - MAX_TROUBLES
            say(t(f"このような行がほかに {more} 件あります。", f"and {more} more like these."))
        for step in self._steps:
            say_wrapped(step, "→ ")
