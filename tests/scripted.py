"""A person who answers the questions of a sitting from a script."""

from __future__ import annotations

from collections.abc import Callable


class ScriptedPerson:
    """Answers line by line, then ends the input. `shown` is what they saw; `before[n]` happens before answer n."""

    def __init__(self) -> None:
        self.shown = ""
        self.before: dict[int, Callable[[], object]] = {}

    def answer_with(self, *lines: str) -> tuple[Callable[[str], str | None], Callable[[str], None]]:
        """Return what a sitting reads its answers with, and what it writes with."""
        script = iter(lines)
        self.shown = ""
        asked = 0

        def read(prompt: str) -> str | None:
            nonlocal asked
            asked += 1
            self.before.get(asked, lambda: None)()
            line = next(script, None)
            self.shown += f"{prompt}{line}\n"
            return line

        def write(text: str) -> None:
            self.shown += text

        return read, write
