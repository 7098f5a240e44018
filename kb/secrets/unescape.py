"""A run of ASCII → what it says once HTML, URL, JSON and TOML escapes are undone, with the way back. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ESCAPE = re.compile(
    r"(?P<entity>&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});)"
    r"|(?P<url>(?:%[0-9A-Fa-f]{2})+)"
    r"|\\(?:u(?P<four>[0-9a-fA-F]{4})|U(?P<eight>[0-9a-fA-F]{8})|x(?P<two>[0-9a-fA-F]{2})|(?P<one>[!-/:-@\[-`{-~]))"
)

_TIMES = 3
"""How often a text was escaped at most: JSON in an attribute of a page that was quoted."""

Places = list[int]
"""For each character, and the end, of the plain text where it stood in the escaped one."""


def unescaped(run: str) -> Iterator[tuple[str, Places]]:
    """The run without one level of escapes after another, each with its places; nothing for one without escapes."""
    places = list(range(len(run) + 1))
    for _ in range(_TIMES):
        plain, back = _once(run)
        if plain == run:
            return
        places = [places[at] for at in back]
        run = plain
        yield run, places


def _once(run: str) -> tuple[str, Places]:
    pieces: list[str] = []
    back: Places = []
    at = 0
    for found in _ESCAPE.finditer(run):
        said = _said(found)
        if said is None:
            continue
        pieces += (run[at : found.start()], said[0])
        back += range(at, found.start())
        back += (found.start() + each for each in said[1])
        at = found.end()
    back += range(at, len(run) + 1)
    return "".join((*pieces, run[at:])), back


def _said(found: re.Match[str]) -> tuple[str, list[int]] | None:
    """What an escape stands for, and where in it each character begins; None for one that stands for itself."""
    if found["url"]:
        raw = bytes.fromhex(found["url"].replace("%", ""))
        text = raw.decode("utf-8", "replace")
        if "\ufffd" in text:
            text = raw.decode("latin-1")
        starts, at = [], 0
        for each in text:
            starts.append(3 * at)
            at += len(each.encode()) if len(text) != len(raw) else 1
        return text, starts
    if found["entity"]:
        from html import unescape  # a table of two thousand names

        text = unescape(found["entity"])
        return (text, [0] * len(text)) if text != found["entity"] else None
    if found["one"]:
        return found["one"], [0]
    code = int(found["four"] or found["eight"] or found["two"], 16)
    return (chr(code), [0]) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else None
