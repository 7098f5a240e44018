"""Where a key of a TOML text stands, and which text is not to be parsed at all. `tomllib` keeps no line numbers."""

from __future__ import annotations

import re
from collections import Counter

_HEADER = re.compile(r"^\s*\[\[?\s*(?P<name>[^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"^\s*(?P<name>(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*="
)
CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?: .*)?$", re.M)
"""A mark that git leaves where two branches wrote one line."""

_QUOTES = re.compile(r"\"\"\"|'''")
_DEEP = re.compile(r"""(?<![\w-])(?:(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){200}""")


def deep_key(text: str) -> int:
    """The line of a key of more parts than anybody writes, 0 for none: tomllib takes the square of them in time."""
    found = _DEEP.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def line_of(text: str, keys: tuple[str, ...]) -> int:
    """The 1-based line on which `keys` is set or its table opens; 0 when it cannot be told.

    The number of a table among others of its name follows the name: `("source", "2", "path")`.
    Good for messages, not for editing: inline tables are found by the line of their outer key.
    """
    table: tuple[str, ...] = ()
    count: Counter[tuple[str, ...]] = Counter()
    best = 0
    depth = 0
    quoted = False
    for number, line in enumerate(text.splitlines(), 1):
        opened = quoted
        quoted ^= len(_QUOTES.findall(line)) % 2 == 1
        if opened:
            continue
        header = _HEADER.match(line)
        match = _KEY.match(line)
        if header:
            table = path = _parts(header["name"])
            if line.lstrip().startswith("[["):
                if table == keys:
                    return number
                count[table] += 1
                table = path = (*table, str(count[table]))
        elif match:
            path = table + _parts(match["name"])
        else:
            continue
        if path == keys:
            return number
        if len(path) > depth and path == keys[: len(path)]:
            best, depth = number, len(path)
    return best


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in name.split("."))


def opened_tables(text: str) -> dict[tuple[str, int], int]:
    """The line of each `[[name]]` by its name and its number among those of its name, found in one pass."""
    count: Counter[str] = Counter()
    lines: dict[tuple[str, int], int] = {}
    quoted = False
    for number, line in enumerate(text.splitlines(), 1):
        opened = quoted
        quoted ^= len(_QUOTES.findall(line)) % 2 == 1
        header = None if opened or not line.lstrip().startswith("[[") else _HEADER.match(line)
        if header:
            name = ".".join(_parts(header["name"]))
            count[name] += 1
            lines[name, count[name]] = number
    return lines
