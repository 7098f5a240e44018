"""Lists of people with where they live: three addresses and more, each with somebody's name beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import SURE, Candidate
from kb.secrets.personal.spots import Row, Spot

FEWEST = 3
"""Addresses that make a list. One is an office or an errand, and two are a journey."""

_NEAR = 3
"""Lines from one address of a list to the next, at most: a name, the address, a telephone."""

_PREFECTURES = (
    "北海道|東京都|大阪府|京都府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨|長野|岐阜|静岡"
    "|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄)県"
)
_POST = r"(?:〒? ?\d{3}-?\d{4} ?)?"
_WORDS = r"[一-龠々ぁ-んァ-ヶー0-9A-Za-z‐–−-]"
_NEXT = r"[-‐–−ー](?=\d)|(?![0-9])"
_HOUSE = rf"(?:\d{{1,4}}(?:丁目|番地?|号|条|の|線|{_NEXT})(?:\d{{1,4}}(?:丁目|番地?|号|{_NEXT})){{0,4}})"
_ADDRESS = re.compile(
    rf"{_POST}(?:{_PREFECTURES})(?P<town>{_WORDS}{{2,40}})"
    r"(?P<rest> (?!\S{1,12}(?:様|さん|殿))[一-龠ぁ-んァ-ヶ][一-龠々ぁ-んァ-ヶー0-9A-Za-z・]{1,19}"
    r"(?: \d{1,4}(?:号室?|F|階)?)?)?"
)
_TOWN = re.compile(rf"[市区町村郡].{{0,30}}?{_HOUSE}")
_COLUMN = re.compile(r"住所|居所|送付先|配送先|届け先|宛先|address", re.I)
_LOCAL = re.compile(rf"[一-龠ぁ-んァ-ヶー]{{1,10}}{_TOWN.pattern}")


class _Home(NamedTuple):
    """One address of a list."""

    start: int
    end: int
    number: int  # of its line
    tabled: bool


def lived_at(rows: Sequence[Row]) -> Iterator[Candidate]:
    """The addresses of all lists of people among the rows of a page, in its order."""
    run: list[_Home] = []
    named = -2  # the number of the last line about somebody
    for row in rows:
        if row.person:
            named = row.number
        if row.place or row.number - named > 1:
            continue
        for home in _homes(row):
            if run and (home.tabled != run[-1].tabled or home.number - run[-1].number > _NEAR):
                yield from _listed(run)
                run = []
            run.append(home)
    yield from _listed(run)


def _listed(run: list[_Home]) -> Iterator[Candidate]:
    if len(run) < FEWEST:
        return
    for home in run:
        sure = Confidence.HIGH if home.tabled else Confidence.MEDIUM
        how = "rows" if home.tabled else "lines"
        yield Candidate(home.start, home.end, SecretKind.ADDRESS, sure, "address-list", how, SURE)


def _homes(row: Row) -> Iterator[_Home]:
    """The addresses in a row."""
    for spot in row.spots:
        if found := _address(spot):
            line = spot.line
            yield _Home(line.offset(found[0]), line.offset(found[1]), row.number, row.tabled)


def _address(spot: Spot) -> tuple[int, int] | None:
    """Where the address in a line or cell begins and ends; the whole cell below the word for one."""
    text = spot.line.text[:400]
    if spot.row.tabled and _COLUMN.search(spot.header(0)):
        cell = text.strip()
        start = text.index(cell) if cell else 0
        return (start, start + len(cell)) if _LOCAL.search(cell) else None
    found = _ADDRESS.search(text)
    while found and not _TOWN.search(found["town"]):
        found = _ADDRESS.search(text, found.end())
    return found.span() if found else None
