"""Japanese telephone numbers that lead to a person.

Lengths and beginnings are those of the 電気通信番号計画 (令和元年総務省告示第6号). Each area code of two and
three digits begins a fixed line in libphonenumber's metadata for Japan. Numbers of desks are personal to
nobody: they are found with a low confidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.personal.spots import PHONE_WORDS, THING_WORDS, Spot, SpotRow
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_PHONE = detection_rule("phone", Rank.GENERAL, t("電話番号の形", "the shape of a telephone number"))
_LIST = detection_rule("address-list", Rank.SURE, t("名前と住所の並び", "names and addresses in a row"))

_TABLE = read_words("kb.secrets", "words/personal.toml")

_DASH = r"[\-‐–—―−ー─]"
_BY = rf"(?: ?{_DASH} ?|[ .])"
_NUMBER = compile_lazy(
    r"(?<![0-9A-Za-z_+])(?<![0-9A-Za-z][-.])(?<![0-9][/:])(?:"
    rf"(?P<plus>\+?)81(?: |{_DASH})?(?:\(0\)[ ]?)?(?P<abroad>\d{{1,4}}(?:{_BY}\d{{1,4}}{_BY}\d{{3,4}}|\d{{6,9}}))"
    rf"|\((?P<bracketed>0\d{{1,4}}\)[ ]?\d{{1,4}}{_BY}\d{{3,4}})"
    r"|(?P<inner>0\d{1,4}\(\d{1,4}\)[ ]?\d{3,4})"
    rf"|(?P<grouped>0\d{{1,4}}(?P<by>{_BY})\d{{1,4}}(?P=by)\d{{3,4}})"
    r"|(?P<run>0\d{9,10})"
    rf")(?![0-9A-Za-z_])(?!{_DASH}[0-9A-Za-z])(?![.:/][0-9])",
    re.ASCII,
)

_MOBILE = compile_lazy(r"0[6789]0\d{8}")
_IP = compile_lazy(r"050\d{8}")
_TOLL_FREE = compile_lazy(r"0120\d{6}|0800\d{7}|0570\d{6}|0990\d{6}")
_YEAR = compile_lazy(rf"0\d{_BY}(?:19|20)\d\d{_BY}\d{{4}}", re.ASCII)
_AREA_CODES = {size: frozenset(_TABLE.words(f"area_codes_{size}")) for size in (2, 3)}


def find_phones(spot: Spot) -> Iterator[Candidate]:
    """The telephone numbers in a line or cell, those of desks with a low confidence."""
    text = spot.line.text
    for found in _NUMBER.finditer(text):
        groups = re.findall(r"\d+", found["abroad"] or found[0])
        digits = "".join(groups)
        if found["abroad"]:
            digits, groups = f"0{digits}", [f"0{groups[0]}", *groups[1:]]
        sort = _sort(digits, groups)
        if not sort or is_made_up_number(digits):
            continue
        names = (spot.before(found.start()), spot.header(found.start()), spot.left)
        named = bool(found["plus"]) or any(map(PHONE_WORDS.search, names))
        if found["abroad"] and not named:
            continue
        if spot.row.example or (not named and THING_WORDS.search(spot.before(found.start()))):
            continue
        sure, doubts = _weighed(spot.row, found, sort, named=named)
        yield propose(spot.line, found.span(), SecretKind.PHONE, sure, _PHONE, sort, doubts)


def _sort(digits: str, groups: list[str]) -> str:
    """What sort of number it is: mobile, ip, toll-free, landline; "" for none."""
    shape = tuple(map(len, groups))
    if _TOLL_FREE.fullmatch(digits) and shape != (3, 4, 4):
        return "toll-free" if len(shape) == 1 or shape[0] == 4 else ""
    if _MOBILE.fullmatch(digits) or _IP.fullmatch(digits):
        return ("ip" if digits[1] == "5" else "mobile") if shape in ((11,), (3, 4, 4)) else ""
    if len(digits) != 10 or digits[1] == "0":
        return ""
    if len(shape) == 1:
        return "" if digits[2] == "0" and digits[1] in "56789" else "landline"
    known = _AREA_CODES.get(shape[0])
    if shape[0] + shape[1] != 6 or shape[2] != 4 or (known is not None and groups[0] not in known):
        return ""
    return "landline"


def is_made_up_number(digits: str) -> bool:
    """Whether a number is one that examples are written with: 1234-5678, 0000-0000, 1111-2222."""
    for last in (digits[-8:], digits[-7:], digits[-6:]):
        if last in "123456789" or len(set(last)) == 1:
            return True
    return len(set(digits[-8:-4])) == 1 and len(set(digits[-4:])) == 1


def _weighed(row: SpotRow, found: re.Match[str], sort: str, *, named: bool) -> tuple[Confidence, tuple[str, ...]]:
    """How sure it is that the number leads to a person, and what speaks against it."""
    if sort in ("mobile", "ip"):
        return (Confidence.HIGH if named or found["run"] is None else Confidence.MEDIUM), ()
    if row.desk and not row.person:
        return Confidence.LOW, ("desk",)
    if sort == "landline" and not named and (not row.person or found["run"] is not None or _YEAR.fullmatch(found[0])):
        return Confidence.LOW, ("no-word",)
    return (Confidence.HIGH if named and row.person else Confidence.MEDIUM), ()


# Address lists: three addresses or more, each beside a person's name.

MIN_ADDRESSES = 3
"""Addresses that make a list. One is an office or an errand, and two are a journey."""

_NEAR = 3
"""Lines from one address of a list to the next, at most: a name, the address, a telephone."""

_PREFECTURES = "北海道|東京都|大阪府|京都府|" + _TABLE.group("prefectures") + "県"
_POST = r"(?:〒? ?\d{3}-?\d{4} ?)?"
_WORDS = r"[一-龠々ぁ-んァ-ヶー0-9A-Za-z‐–−-]"
_NEXT = r"[-‐–−ー](?=\d)|(?![0-9])"
_HOUSE = rf"(?:\d{{1,4}}(?:丁目|番地?|号|条|の|線|{_NEXT})(?:\d{{1,4}}(?:丁目|番地?|号|{_NEXT})){{0,4}})"
_ADDRESS = compile_lazy(
    rf"{_POST}(?:{_PREFECTURES})(?P<town>{_WORDS}{{2,40}})"
    r"(?P<rest> (?!\S{1,12}(?:様|さん|殿))[一-龠ぁ-んァ-ヶ][一-龠々ぁ-んァ-ヶー0-9A-Za-z・]{1,19}"
    r"(?: \d{1,4}(?:号室?|F|階)?)?)?"
)
_TOWN = compile_lazy(rf"[市区町村郡].{{0,30}}?{_HOUSE}")
_COLUMN = compile_lazy(_TABLE["address_columns"], re.I)
_LOCAL = compile_lazy(rf"[一-龠ぁ-んァ-ヶー]{{1,10}}{_TOWN.pattern}")


class _HomeAddress(NamedTuple):
    """One address of a list."""

    start: int
    end: int
    number: int  # of its line
    tabled: bool


def find_addresses(rows: Sequence[SpotRow]) -> Iterator[Candidate]:
    """The addresses of all lists of people among the rows of a page, in its order."""
    run: list[_HomeAddress] = []
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


def _listed(run: list[_HomeAddress]) -> Iterator[Candidate]:
    if len(run) < MIN_ADDRESSES:
        return
    for home in run:
        sure = Confidence.HIGH if home.tabled else Confidence.MEDIUM
        how = "rows" if home.tabled else "lines"
        yield Candidate(home.start, home.end, SecretKind.ADDRESS, sure, _LIST, how)


def _homes(row: SpotRow) -> Iterator[_HomeAddress]:
    """The addresses in a row."""
    for spot in row.spots:
        if found := _address(spot):
            line = spot.line
            yield _HomeAddress(line.offset(found[0]), line.offset(found[1]), row.number, row.tabled)


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
