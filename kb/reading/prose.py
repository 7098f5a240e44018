"""What a page says of a role without a section for it: in a sentence that names its topic, or as a story."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from kb.model import ItemState, Role
from kb.reading.claims import Claim, claims, plain
from kb.reading.evidence import promised
from kb.reading.patterns import prepared
from kb.reading.sections import Section
from kb.reading.states import state_of
from kb.reading.unit import Unit
from kb.reading.verdicts.fix import Deed, deeds
from kb.reading.verdicts.unknown import unknown

Heard = list[tuple[Claim, Section]]

# Prose without sections: a sentence that names its own topic answers for a missing one.
TOPICS = {
    Role.CAUSE: prepared(
        "\\A(?:今回の|本件の|直接の?|根本|障害の|主な|発生)*(?:原因|要因)(?:は|として|につ[いき]|に関し|ですが|:)|(?:が"
        "|ことが)(?:直接の|根本)?原因(?:だった|でした|です|であ|と判明|で[、。]|。)|\\b(?:root )?cause (?:was"
        "|is)\\b|\\bcaused by\\b", re.I),
    Role.PREVENTION: prepared(
        "\\A(?:今後の)?(?:再発防止(?:策|のため|として|に向け)?|再発を防ぐ|恒久対策|今後の対策)(?:は|に|ため(?:に)?[、は]|として"
        "|につ[いき].{0,5}は|に関しましては|ですが|のため|:|、)|\\bto prevent (?:this|a) recur", re.I),
    Role.FIX: prepared("\\A(?:復旧|対応|対処|暫定対応|応急処置)(?:は|として|につ[いき].{0,5}は|ですが"
        "|方法は|:)", re.I),
}  # fmt: skip


def told_of(part: Sequence[Section], role: Role) -> Iterator[tuple[Claim, Section]]:
    """The sentences that name a role as their topic, and the sections they stand in.

    備考 and its like quote what others said, and a timeline tells what was not known at its hour.
    """
    topic = TOPICS[role]
    for section in part:
        if section.head is not None and not section.roles:
            continue
        passed = Role.TIMELINE in section.roles
        for claim in claims(section):
            if topic.search(claim.text) and not (passed and unknown(claim.text)):
                yield claim, section


_DONE = prepared("(?:た|ました|だ)[。.)\\s]*\\Z|\\b(?:was|were|\\w{2,}ed)\\b|[0-9]:[0-5][0-9]")
_WHY = prepared(
    "ため(?:[、,に]|(?:です|だ|でした|だった|と(?:判明|分か|わか)[ぁ-ん]*)?[。\\s]*\\Z)|により|ことで|ので[、,]|のまま[で、。]|ずに|ていて[、,]|ておらず|ていなかった|がなく[、,]|せいで"
    "|\\b(?:because|since|due to)\\b",
    re.I,
)
_PLAN = prepared("(?:にする|ようにする|ことにする|こととする|を[^。、]{1,12}[うくすつぬむるぐぶ])[。\\s]*\\Z")


def told_as_story(part: Sequence[Section]) -> dict[Role, Heard]:
    """Cause, fix and measures of a page told as a story: what led to what, was done, and is announced.

    A plan is announced by an owner or a day, or by the sentence after it that says it is done.
    """
    every = [(claim, section) for section in part for claim in claims(section)]
    found: dict[Role, Heard] = {}
    for index, (claim, section) in enumerate(every):
        after = every[index + 1][0] if index + 1 < len(every) else None
        if promised(claim.text) or (after and _carried_out(claim, after)):
            found.setdefault(Role.PREVENTION, []).append((claim, section))
            if after and _carried_out(claim, after):
                found[Role.PREVENTION].append((after, section))
        elif _DONE.search(claim.text) and _WHY.search(claim.text):
            found.setdefault(Role.CAUSE, []).append((claim, section))
        elif _DONE.search(claim.text) and {Deed.CHANGE, Deed.RESTART} & set(deeds(claim.text)):
            found.setdefault(Role.FIX, []).append((claim, section))
    return found


def _carried_out(claim: Claim, after: Claim) -> bool:
    """Whether a sentence plans something and the next one of the same line says that it was done."""
    return after.item == claim.item and bool(_PLAN.search(claim.text)) and state_of(after) is ItemState.DONE


_ASKS = prepared("\\A\\W*(?:なぜ|何故|why\\b)", re.I)


def whys(part: Sequence[Section]) -> Heard:
    """What a list or table of whys says, wherever it stands."""
    for section in part:
        if not section.roles and sum(bool(_ASKS.match(unit.text)) for unit in section.units) >= _LEAST:
            return [(claim, section) for claim in _answers(section.units) or claims(section)]
    return asked(part) or _in_a_story(part)


_QUESTION = prepared("(?:なぜ|何故|どうして|なんで)[^。]{0,40}か[。?]?\\Z|why\\b[^.?]{0,60}\\?\\Z", re.I)


def asked(part: Sequence[Section]) -> Heard:
    """The sentences behind one that asks why, in a paragraph without a heading of its own."""
    for section in part:
        if section.roles:
            continue
        said = claims(section)
        for index, claim in enumerate(said):
            if _QUESTION.search(claim.text):
                answer = [other for other in said[index + 1 :] if other.item == claim.item] or said[
                    index + 1 : index + 2
                ]
                return [(other, section) for other in answer]
    return []


def _in_a_story(part: Sequence[Section]) -> Heard:
    """On a page without headings: the sentences that say what led to what."""
    if any(section.head is not None for section in part):
        return []
    return [
        (claim, section)
        for section in part
        for claim in claims(section)
        if _DONE.search(claim.text) and _WHY.search(claim.text)
    ]


def _answers(units: Sequence[Unit]) -> list[Claim]:
    """The cells behind those that ask why, in the rows of a table."""
    return [
        Claim(plain(cell.text), cell.start, cell.end, cell.row)
        for asking, cell in pairwise(units)
        if asking.table and cell.table == asking.table and cell.row == asking.row and _ASKS.match(asking.text)
    ]


_LEAST = 2
