"""A script of commands with the output stated for each: `# comment`, `$ command`, output, `[exit code]`.

The code is left out where it is 0. No line of output may begin as a command or a comment does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path


def commands(path: Path) -> list[str]:
    """The commands of a script, in order."""
    return re.findall(r"^\$ (.+)$", path.read_text(encoding="utf-8"), re.M)


def stated(path: Path) -> list[tuple[str, str, int]]:
    """Each command of a script with its output and exit code."""
    found = []
    for piece in re.split(r"^\$ ", re.sub(r"^# .*\n", "", path.read_text(encoding="utf-8"), flags=re.M), flags=re.M)[
        1:
    ]:
        command, _, output = piece.partition("\n")
        code = re.search(r"^\[(\d+)\]\s*\Z", output, re.M)
        found.append((command, output[: code.start() if code else None].strip("\n"), int(code[1]) if code else 0))
    return found


def rewritten(path: Path, outcomes: Iterable[tuple[str, int]]) -> str:
    """The same script with other outputs and codes."""
    return "\n".join(_lines(path.read_text(encoding="utf-8"), iter(outcomes))) + "\n"


def _lines(script: str, outcomes: Iterator[tuple[str, int]]) -> Iterator[str]:
    begun = False
    for line in script.splitlines():
        if line.startswith("# ") and begun:
            yield ""
        if line.startswith(("# ", "$ ")):
            yield line
        begun = begun or line.startswith("$ ")
        if line.startswith("$ "):
            output, code = next(outcomes)
            yield from output.splitlines()
            if code:
                yield f"[{code}]"
