"""Select the lines worth searching: a heading speaks for its section, a line for those below."""

from __future__ import annotations

import re
from bisect import bisect_right

from kb.secrets.page.context import LINES_ABOVE
from kb.secrets.page.prefilter import LABEL, LOGIN, SCOPE
from kb.secrets.page.text_page import TextPage
from kb.secrets.scoring.filters import ValueStrength, measure_strength
from kb.secrets.scoring.vocabulary import ACCOUNT_NAMES, COMMON_ACCOUNT_NAMES

_LONGEST_SECTION = 300
_FARTHEST = 8
_RUN = re.compile(r"[!-~]{4,}")
_JOINS = re.compile(r"[/:=>(][^/\\]")
_JOINING = ("/", ":", "→", "⇒", "…", "=", "(", "（", "：", "＝", "「", "『", "／", "|", "と", "->", "=>", "][", "] [")
_NAME = re.compile(r"[A-Za-z0-9-]+$")
_NAMES = ACCOUNT_NAMES | COMMON_ACCOUNT_NAMES
_ENTERED = re.compile(r"[」』]?[ \t]{0,8}(?:を(?:入|打)|で(?:開|解凍|展開|ロ|入)|と(?:入|打))")
_DEFAULTS = re.compile(r"(?<![a-z0-9])(?:root|admin|administrator|guest|cisco)[ \t]?[/／]", re.I)


def select_lines(page: TextPage, called: dict[int, int], *, named: bool) -> dict[int, int]:
    """The lines with signs, and those in the scope of one that could hold a pair. `named`: the title speaks for all.

    Lines that only speak of signing in are dropped when neither they nor their scope could hold one.
    """
    opening = [number for number, mask in called.items() if mask & (LABEL | LOGIN)]
    sure = {number: mask for number, mask in called.items() if mask & ~LOGIN}
    if not named and not sure:
        plain = _scope(page, opening, plain=True)
        if not any(_shaped(page, number) or "|" in page.text(number) for number in plain):
            return {}
    found = dict(sure)
    numbers = range(len(page.starts)) if named else _scope(page, opening, plain=False)
    for number in numbers:
        if _shaped(page, number) or (number in called and "|" in page.text(number)):
            found[number] = found.get(number, 0) | SCOPE | (called.get(number, 0) & LOGIN)
    return found


def _shaped(page: TextPage, number: int) -> bool:
    """Whether a line could hold a name and its password, or an entry of a list of them. Coarse and cheap."""
    text = page.text(number)[:2_000]
    for run in _RUN.finditer(text):
        word = run[0].strip("\"'`*@()[]{}<>,.;")
        if measure_strength(word) < ValueStrength.MIXED or ("://" in word and "@" not in word):
            continue
        if (
            _ENTERED.match(text, run.end())
            or _JOINS.search(word)
            or _joined(text[max(0, run.start() - 24) : run.start()])
        ):
            return True
    return _DEFAULTS.search(text) is not None


def _joined(before: str) -> bool:
    """Whether what stands before a word ends with a sign that joins pairs, or with a name accounts have."""
    before = before.rstrip("\"'`*@」 \t\u3000")
    if before.endswith(_JOINING):
        return True
    name = _NAME.search(before)
    return name is not None and name[0].lower() in _NAMES


def _scope(page: TextPage, opening: list[int], *, plain: bool) -> list[int]:
    """The numbers of the lines that others speak for, and of those others. `plain`: the markup is not known yet."""
    last = len(page.starts) - 1
    headings = page.plain_headings if plain else page.headings
    heads = set(headings)
    found: set[int] = set()
    for number in opening:
        found.add(number)
        if number in heads:
            at = bisect_right(headings, number)
            end = headings[at] - 1 if at < len(headings) else last
            found.update(range(number + 1, min(end, number + _LONGEST_SECTION) + 1))
            continue
        filled = 0
        for each in range(number + 1, min(number + _FARTHEST, last) + 1):
            found.add(each)
            filled += bool(page.text(each).strip())
            if filled > LINES_ABOVE:
                break
    return sorted(found)
