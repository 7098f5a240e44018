"""Japanese telephone numbers that lead to a person.

Lengths and beginnings are those of the 電気通信番号計画 (令和元年総務省告示第6号). Each area code of two and
three digits begins a fixed line in libphonenumber's metadata for Japan. Numbers of desks are personal to
nobody: they are found with a low confidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import GENERAL, Candidate
from kb.secrets.personal.spots import Row, Spot
from kb.secrets.personal.words import TELEPHONE, THING

_DASH = r"[\-‐–—―−ー─]"
_BY = rf"(?: ?{_DASH} ?|[ .])"
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z_+])(?<![0-9A-Za-z][-.])(?<![0-9][/:])(?:"
    rf"(?P<plus>\+?)81(?: |{_DASH})?(?:\(0\)[ ]?)?(?P<abroad>\d{{1,4}}(?:{_BY}\d{{1,4}}{_BY}\d{{3,4}}|\d{{6,9}}))"
    rf"|\((?P<bracketed>0\d{{1,4}}\)[ ]?\d{{1,4}}{_BY}\d{{3,4}})"
    r"|(?P<inner>0\d{1,4}\(\d{1,4}\)[ ]?\d{3,4})"
    rf"|(?P<grouped>0\d{{1,4}}(?P<by>{_BY})\d{{1,4}}(?P=by)\d{{3,4}})"
    r"|(?P<run>0\d{9,10})"
    rf")(?![0-9A-Za-z_])(?!{_DASH}[0-9A-Za-z])(?![.:/][0-9])",
    re.ASCII,
)

_MOBILE = re.compile(r"0[6789]0\d{8}")
_IP = re.compile(r"050\d{8}")
_TOLL_FREE = re.compile(r"0120\d{6}|0800\d{7}|0570\d{6}|0990\d{6}")


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TWO = _codes("03 04 06")
_THREE = _codes(
    """
    011 015 017 018 019 022 023 024 025 026 027 028 029 042 043 044 045 046 047 048 049 052 053 054 055 058 059
    072 073 075 076 077 078 079 082 083 084 086 087 088 089 092 093 095 096 097 098 099
    """
)
_YEAR = re.compile(rf"0\d{_BY}(?:19|20)\d\d{_BY}\d{{4}}", re.ASCII)


def phoned(spot: Spot) -> Iterator[Candidate]:
    """The telephone numbers in a line or cell, those of desks with a low confidence."""
    text = spot.line.text
    for found in _NUMBER.finditer(text):
        groups = re.findall(r"\d+", found["abroad"] or found[0])
        digits = "".join(groups)
        if found["abroad"]:
            digits, groups = f"0{digits}", [f"0{groups[0]}", *groups[1:]]
        sort = _sort(digits, groups)
        if not sort or made_up(digits):
            continue
        names = (spot.before(found.start()), spot.header(found.start()), spot.left)
        named = bool(found["plus"]) or any(map(TELEPHONE.search, names))
        if found["abroad"] and not named:
            continue
        if spot.row.example or (not named and THING.search(spot.before(found.start()))):
            continue
        sure, doubts = _weighed(spot.row, found, sort, named=named)
        start, end = spot.line.offset(found.start()), spot.line.offset(found.end())
        yield Candidate(start, end, SecretKind.PHONE, sure, "phone", sort, GENERAL, doubts)


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
    known = {2: _TWO, 3: _THREE}.get(shape[0])
    if shape[0] + shape[1] != 6 or shape[2] != 4 or (known is not None and groups[0] not in known):
        return ""
    return "landline"


def made_up(digits: str) -> bool:
    """Whether a number is one that examples are written with: 1234-5678, 0000-0000, 1111-2222."""
    for last in (digits[-8:], digits[-7:], digits[-6:]):
        if last in "123456789" or len(set(last)) == 1:
            return True
    return len(set(digits[-8:-4])) == 1 and len(set(digits[-4:])) == 1


def _weighed(row: Row, found: re.Match[str], sort: str, *, named: bool) -> tuple[Confidence, tuple[str, ...]]:
    """How sure it is that the number leads to a person, and what speaks against it."""
    if sort in ("mobile", "ip"):
        return (Confidence.HIGH if named or found["run"] is None else Confidence.MEDIUM), ()
    if row.desk and not row.person:
        return Confidence.LOW, ("desk",)
    if sort == "landline" and not named and (not row.person or found["run"] is not None or _YEAR.fullmatch(found[0])):
        return Confidence.LOW, ("no-word",)
    return (Confidence.HIGH if named and row.person else Confidence.MEDIUM), ()
