"""Parse kb-decisions.toml: people's decisions on findings, one `[[decision]]` each; the last one wins.

    [[decision]]
    fingerprint = "2f6c…"
    doc = "esa:123"
    part = "body"
    code = "INC402"
    what = "snooze"
    by = "ono"
    on = "2026-11-25"
    reason = "更改の設計を待つ"
    until = "2026-12-31"

Accepting needs a reason, snoozing a day. Neither hides anything from reports: a finding set aside carries its
Waiver. Asking someone or opening a ticket sets nothing aside.

The fingerprint of a secret was made with a key, whose id is beside it (`key = "1a2b3c4d"`): with another key it
matches nothing. `rotated` records that a value was changed, and the `places` it was in that day: what history holds
of it is settled, and these pages only need cleaning. In any other place the value is a new finding.

`not-there` and `place` are no findings: a page of a personal folder does not belong to a `place` of the team's, or does
(kb plan move). `same` and `not-same` answer whether an incident is the same trouble as an `other` (INC601).
Pure: `kb.lint.waivers.set_aside` reads and writes the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum

from kb.model.document import RawDocId
from kb.model.finding import Finding, Severity, Waiver, WaiverKind
from kb.rules.codes import LEFT_IN_HISTORY, RECURRED, is_nameless
from kb.secrets.mask_document import mask_text
from kb.settings import table_files
from kb.settings.table_files import TableEntry
from kb.text.fold import hash_content
from kb.text.lang import Text, t

_TABLE = "decision"


class DecisionKind(StrEnum):
    """What was decided."""

    ACCEPT = "accept"  # it stays as it is, for a reason
    SNOOZE = "snooze"  # not before a day
    ASK = "ask"  # the author was asked; `reason` is the message
    TICKET = "ticket"  # it is followed in a ticket
    ROTATED = "rotated"  # a secret's value was changed, on the day `on`, by `by`
    NOT_THERE = "not-there"  # the page does not belong to `place`
    PLACE = "place"  # it does
    SAME = "same"  # the page tells of the same trouble as `other`
    NOT_SAME = "not-same"  # it does not


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision. `on` and `until` are ISO dates, `until` is the last day it holds ("" for no end).

    `key` is the id of the key a secret was named with, "" for other findings. A rotation is recorded by
    `value_id`, for no single finding; `places` are the beginnings of the fingerprints of the value's places then,
    none for all places. `place` is the category a page was refused for, or goes to; `other` a second incident.
    """

    fingerprint: str
    doc: RawDocId
    part: str
    code: str
    what: DecisionKind
    by: str = ""
    on: str = ""
    reason: str = ""
    until: str = ""
    ticket: str = ""
    value_id: str = ""
    key: str = ""
    places: tuple[str, ...] = ()
    place: str = ""
    other: str = ""

    def holds(self, today: date) -> bool:
        """Return whether it holds on a day."""
        return not self.until or self.until >= today.isoformat()


_KEYS = tuple(each.name for each in fields(Decision))

MIN_FINGERPRINT = 12
"""Digits of a fingerprint that tell a place of one value from the others."""

_ON_PLACES = (DecisionKind.NOT_THERE, DecisionKind.PLACE)
_ON_PAIRS = (DecisionKind.SAME, DecisionKind.NOT_SAME)
_WAIVES = {DecisionKind.ACCEPT: WaiverKind.ACCEPTED, DecisionKind.SNOOZE: WaiverKind.SNOOZED}


class Decisions:
    """A file's decisions, by finding or by value, and those on places of pages."""

    __slots__ = ("_last", "_paired", "_placed", "_rotated")

    def __init__(self, decisions: Iterable[Decision] = ()) -> None:
        decisions = tuple(decisions)
        self._last: Mapping[str, Decision] = {
            each.fingerprint: each
            for each in decisions
            if each.what is not DecisionKind.ROTATED and each.what not in (*_ON_PLACES, *_ON_PAIRS)
        }
        self._paired: Mapping[frozenset[str], Decision] = {
            frozenset((str(each.doc), each.other)): each for each in decisions if each.what in _ON_PAIRS
        }
        self._placed: Mapping[tuple[RawDocId, str], Decision] = {
            (each.doc, each.place): each for each in decisions if each.what in _ON_PLACES
        }
        self._rotated: Mapping[str, Decision] = {
            each.value_id: each for each in decisions if each.what is DecisionKind.ROTATED
        }

    @classmethod
    def parse(cls, text: str, name: str) -> Decisions:
        """Parse a decisions file; an empty text has none. Raises InputError with line and next step."""
        return cls(map(_decision, table_files.read_entries(text, name, _TABLE, _KEYS)[1]))

    def joined(self, *others: Decisions) -> Decisions:
        """Return these decisions and those of other files. Of two on one finding the later holds.

        A value rotated in several files was rotated in the places of all.
        """
        if not any(len(each) or each._placed or each._paired for each in others):
            return self
        placed = (row for each in (self, *others) for row in (*each._placed.values(), *each._paired.values()))
        rows = sorted((row for each in (self, *others) for row in each._last.values()), key=lambda row: row.on)
        rotated: dict[str, Decision] = {}
        for row in sorted((row for each in (self, *others) for row in each._rotated.values()), key=lambda row: row.on):
            before = rotated.get(row.value_id)
            if before is not None:
                everywhere = not (before.places and row.places)
                row = replace(row, places=() if everywhere else tuple(sorted({*before.places, *row.places})))
            rotated[row.value_id] = row
        return Decisions([*rows, *rotated.values(), *sorted(placed, key=lambda row: row.on)])

    def __len__(self) -> int:
        return len(self._last) + len(self._rotated)

    def on(self, finding: Finding) -> Decision | None:
        """Return the last decision on a finding, expired or not."""
        return self._last.get(finding.fingerprint)

    def settles(self, finding: Finding, today: date) -> bool:
        """Return whether a decision on a finding still holds, so that no one need look today."""
        decision = self.on(finding)
        if decision is not None and decision.holds(today):
            return True
        doc = str(finding.doc)
        return bool(finding.same_as) and all(frozenset((doc, str(each))) in self._paired for each in finding.same_as)

    def rotated(self, value_id: str, today: date) -> Decision | None:
        """Return the rotation of a value as of the day; None if there is none."""
        decision = self._rotated.get(value_id)
        return decision if decision is not None and decision.on <= today.isoformat() else None

    def rotation_of(self, finding: Finding, today: date) -> Decision | None:
        """Return the rotation of the value in this place; None for history and new places."""
        if finding.secret is None or finding.code == LEFT_IN_HISTORY or is_nameless(finding):
            return None
        decision = self.rotated(finding.secret.value_id, today)
        if decision is None or (decision.places and finding.fingerprint[:MIN_FINGERPRINT] not in decision.places):
            return None
        return decision

    def rotated_places(self, today: date) -> frozenset[str]:
        """Return the beginnings of the fingerprints of all places whose value was rotated by the day."""
        day = today.isoformat()
        return frozenset(place for each in self._rotated.values() if each.on <= day for place in each.places)

    def refused_places(self) -> Mapping[RawDocId, frozenset[str]]:
        """Return, by document, the categories it was refused for."""
        found: dict[RawDocId, set[str]] = {}
        for (doc, place), each in self._placed.items():
            if each.what is DecisionKind.NOT_THERE:
                found.setdefault(doc, set()).add(place)
        return {doc: frozenset(places) for doc, places in found.items()}

    def chosen_places(self) -> Mapping[RawDocId, str]:
        """Return, by document, the category a person chose for it last."""
        return {doc: place for (doc, place), each in self._placed.items() if each.what is DecisionKind.PLACE}

    def answers(self) -> Mapping[frozenset[str], bool]:
        """Return, by the ids of two incidents, whether a person called them the same trouble, last."""
        return {pair: each.what is DecisionKind.SAME for pair, each in self._paired.items()}

    def keys(self) -> Counter[str]:
        """Return the number of decisions made with each key, by its id."""
        return Counter(each.key for each in (*self._last.values(), *self._rotated.values()) if each.key)

    def ends(self) -> list[str]:
        """Return the end dates of temporary decisions, soonest first."""
        return sorted(each.until for each in self._last.values() if each.until)

    def match(self, finding: Finding, today: date) -> Waiver | None:
        """Return the waiver of an accepted finding, or of one snoozed until a day to come.

        For a rotated value, what the history holds is set aside too.
        """
        if is_nameless(finding):
            return None
        if finding.code == LEFT_IN_HISTORY and finding.secret is not None:
            rotated = self.rotated(finding.secret.value_id, today)
            if rotated is not None:
                return Waiver(WaiverKind.ROTATED, mask_text(rotated.on), "", mask_text(rotated.by))
        decision = self.on(finding)
        if decision is None or decision.what not in _WAIVES or not decision.holds(today):
            return None
        # Whoever writes a file by hand may write into a reason what the reason speaks of.
        return Waiver(_WAIVES[decision.what], mask_text(decision.reason), decision.until, mask_text(decision.by))


def rotation_decision(
    value_id: str, *, by: str, on: str, key: str, reason: str = "", places: Iterable[str] = ()
) -> Decision:
    """Return the decision that a value was rotated on an ISO date, in these places (fingerprints) or anywhere."""
    kept = tuple(sorted({place[:MIN_FINGERPRINT] for place in places}))
    return Decision("", "", "", "", DecisionKind.ROTATED, by, on, reason, value_id=value_id, key=key, places=kept)


def pair_decision(doc: str, other: str, *, same: bool, by: str, on: str, reason: str = "") -> Decision:
    """Return the decision of an ISO date that two incidents are the same trouble, or are not."""
    what = DecisionKind.SAME if same else DecisionKind.NOT_SAME
    pair = " ".join(sorted((doc, other)))
    return Decision(hash_content(pair), doc, "body", RECURRED, what, by, on, reason, other=other)


def place_decision(doc: str, place: str, *, refused: bool, on: str) -> Decision:
    """Return the decision of an ISO date that a page belongs to a category, or does not."""
    what = DecisionKind.NOT_THERE if refused else DecisionKind.PLACE
    return Decision(hash_content(f"{doc} {place}"), doc, "category", "move", what, on=on, place=place)


def mark_rotated(finding: Finding, decision: Decision) -> Finding:
    """Return a rotated value's finding: it opens nothing; only the text is left to clean."""
    severity = min(finding.severity, Severity.WARNING)
    return replace(finding, severity=severity, message=_cleaning(decision.on), rotated_on=decision.on)


def _cleaning(day: str) -> Text:
    return t(
        f"値は {day} に更新済みです。ページに残る古い値を消し、保管場所だけを書いてください。",
        f"Its value was changed on {day}. Take the old one off the page; write only where the new one is kept.",
    )


def render_decision(decision: Decision) -> str:
    """Return the decision as a `[[decision]]` to append to the file."""
    return table_files.render_entry(_TABLE, {key: _plain_value(getattr(decision, key)) for key in _KEYS})


def _plain_value(value: str | int | tuple[str, ...]) -> str | int:
    if isinstance(value, tuple):
        return " ".join(value)
    return str(value) if isinstance(value, str) else value  # an enum's value, not its name


def _decision(row: TableEntry) -> Decision:
    written = row.text("what", needed=True)
    try:
        what = DecisionKind(written)
    except ValueError:
        raise row.error(
            "what",
            t(
                f"what = 「{mask_text(written)[:40]}」という決め方はありません",
                f"unknown what = {mask_text(written)[:40]!r}",
            ),
            t(f"{'、'.join(DecisionKind)} のどれかを書いてください。", f"write one of {', '.join(DecisionKind)}."),
        ) from None
    if what is DecisionKind.ROTATED:
        value_id, by, on = row.text("value_id", needed=True), row.text("by", needed=True), row.day("on", needed=True)
        reason, places = row.text("reason"), row.text("places").split()
        return rotation_decision(value_id, by=by, on=on, key=row.text("key"), reason=reason, places=places)
    decision = Decision(
        fingerprint=row.text("fingerprint", needed=True),
        doc=row.identity("doc"),
        part=row.text("part") or "body",
        code=row.text("code", needed=True),
        what=what,
        by=row.text("by"),
        on=row.day("on"),
        reason=row.text("reason", needed=what is DecisionKind.ACCEPT),
        until=row.day("until"),
        ticket=row.text("ticket", needed=what is DecisionKind.TICKET),
        key=row.text("key"),
        place=row.text("place", needed=what in _ON_PLACES),
        other=str(row.identity("other")) if what in _ON_PAIRS else "",
    )
    if what in _ON_PAIRS and decision.other == str(decision.doc):
        raise row.error(
            "other",
            t("other が doc と同じです", "other is the same as doc"),
            t("もう 1 つの障害の id を書いてください。", "write the id of the other incident."),
        )
    if what is DecisionKind.SNOOZE and not decision.until:
        raise row.error(
            "what",
            t("snooze には until（いつまで）が要ります", "a snooze needs until"),
            t('例: until = "2026-12-31"', 'example: until = "2026-12-31"'),
        )
    return decision
