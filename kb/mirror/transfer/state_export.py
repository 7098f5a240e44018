"""Export state.db as the lines of a state file. The mirror tells who may read a finding's document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

import msgspec

from kb.mirror.database import Database
from kb.mirror.history.events import EventReason, format_utc
from kb.mirror.transfer.records import (
    FINDING_FIELDS,
    FORMAT,
    NUMBERED,
    PART,
    PLACE,
    AnyLine,
    EventLine,
    HeadLine,
    JudgeLine,
    LintLine,
    NameSeal,
    RunLine,
    ShownTaskLine,
    StartLine,
    StartMeasureLine,
    StateFindingLine,
)
from kb.model.document import Source, Visibility, parse_doc
from kb.text.lazy_pattern import compile_lazy

OPAQUE = compile_lazy(rf"({PLACE}):~([0-9a-f]{{32}})")
"""Name of a document that came in a state file and is not in this mirror."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AnyLine).decode

_NUMBERED, _PART = compile_lazy(NUMBERED), compile_lazy(PART)


def state_head(state: Database, key_id: str, kb: str, now: datetime) -> HeadLine:
    """Return the first line."""
    return HeadLine(format=FORMAT, key=key_id, made=format_utc(now), kb=kb, through=last_lint_time(state))


def last_lint_time(state: Database) -> str:
    """Return when a lint last told the history something (UTC), "" for never."""
    return str(state.value("SELECT max(at) FROM tellings") or "")


def state_lines(state: Database, mirror: Database, seal: NameSeal) -> Iterator[AnyLine]:
    """Yield all lines, sorted by name. A row that does not fit its line is left out, and so are private files."""
    places = _PlaceNames(mirror, seal)
    every: tuple[Iterable[AnyLine], ...] = (
        _judge_lines(state, places),
        _run_lines(state, places),
        _lint_lines(state),
        _finding_lines(state, places),
        _event_lines(state, places),
        _start_lines(state, places),
        _shown_task_lines(state, seal),
    )
    for row in chain.from_iterable(every):
        yield from _if_valid(row)


def sealed_source_name(name: str, seal: NameSeal) -> str:
    """Return a source's name for the file: a folder's is sealed, somebody chose it."""
    if not name.startswith("files:"):
        return name
    bare, depth, more = name.partition("+")
    return f"files~{seal.name(bare)}{depth}{more}"


def _if_valid(row: AnyLine) -> Iterator[AnyLine]:
    """Yield the row if its values match their patterns: a team's own rule could have any name."""
    try:
        _decode(_encode(row))
    except msgspec.ValidationError:
        return
    yield row


def _judge_lines(state: Database, places: _PlaceNames) -> Iterator[JudgeLine]:
    seal = places.seal
    for name, version in state.rows("SELECT name, version FROM judges ORDER BY name"):
        kind, colon, rest = name.partition(":")
        if rest.partition("+")[0] in places.private_folders:
            continue
        yield JudgeLine(f"{kind}:{sealed_source_name(rest, seal)}" if kind == "source" and colon else name, version)


def _run_lines(state: Database, places: _PlaceNames) -> Iterator[RunLine]:
    sql = "SELECT command, started_at, ended_at, exit_code, figures FROM runs ORDER BY id"
    for command, started, ended, code, figures in state.rows(sql):
        kept = json.loads(figures)
        if places.private_folders:  # folders are summed
            kept.pop(Source.FILES.value, None)
        yield RunLine(command, started, ended, code, kept)


def _lint_lines(state: Database) -> Iterator[LintLine]:
    yield from (LintLine(at) for (at,) in state.rows("SELECT at FROM tellings ORDER BY at"))


def _finding_lines(state: Database, places: _PlaceNames) -> Iterator[StateFindingLine]:
    sql = f"SELECT fingerprint, content, doc, part, {', '.join(FINDING_FIELDS)} FROM findings ORDER BY fingerprint"  # noqa: S608 - our own names
    close = places.seal.close
    for fingerprint, content, doc, part, *values in state.rows(sql):
        if places.is_personal(doc):
            continue
        fields: dict[str, Any] = dict(zip(FINDING_FIELDS, values, strict=True)) | places.of(doc, part)
        yield StateFindingLine(fingerprint=close(fingerprint), content=close(content), **fields)


def _event_lines(state: Database, places: _PlaceNames) -> Iterator[EventLine]:
    sql = "SELECT at, seen, came, why, fingerprint, doc, part, code FROM events ORDER BY id"
    for at, seen, came, why, fingerprint, doc, part, code in state.rows(sql):
        if places.is_personal(doc):
            continue
        yield EventLine(
            fingerprint=places.seal.close(fingerprint),
            code=code,
            at=at,
            seen=seen,
            came=bool(came),
            why=EventReason(why),
            **places.of(doc, part),
        )


def _start_lines(state: Database, places: _PlaceNames) -> Iterator[StartLine | StartMeasureLine]:
    for at, checked in state.rows("SELECT at, checked_at FROM start"):
        yield StartLine(at, checked)
    sql = "SELECT fingerprint, doc, part, settled_at FROM start_measures ORDER BY fingerprint"
    for fingerprint, doc, part, settled in state.rows(sql):
        if places.is_personal(doc):
            continue
        yield StartMeasureLine(fingerprint=places.seal.close(fingerprint), settled=settled, **places.of(doc, part))


def _shown_task_lines(state: Database, seal: NameSeal) -> Iterator[ShownTaskLine]:
    """Yield what every member was shown, and the weeks without a task: a hash does not tell a file from a ticket."""
    sql = (
        "SELECT week, scope, key, place, visibility, evidence FROM shown_tasks WHERE visibility >= ? OR key = '' "
        "ORDER BY week, scope, place, key"
    )
    for week, scope, key, place, visibility, evidence in state.rows(sql, (int(Visibility.MEMBERS),)):
        yield ShownTaskLine(
            week=week,
            scope=seal.close(scope),
            key=seal.close(key),
            place=place,
            visibility=visibility,
            evidence=tuple(map(seal.close, evidence.split())),
        )


class _PlaceNames:
    """Names places: by number where every member may read them, else by a hash."""

    def __init__(self, mirror: Database, seal: NameSeal) -> None:
        self.seal = seal
        self._open = _open_to_all(mirror)
        self._shared_files, self.private_folders = _sort_files(mirror)
        self._known: dict[tuple[str, str], dict[str, str]] = {}

    def is_personal(self, doc: str) -> bool:
        """Return whether a document is a file not every member may read, or may have been one."""
        files = parse_doc(doc).source == Source.FILES
        return files and doc not in self._shared_files and not OPAQUE.fullmatch(doc)

    def of(self, doc: str, part: str) -> dict[str, str]:
        """Return the fields that name a place."""
        place = (doc, part)
        if place not in self._known:
            self._known[place] = self._name_place(doc, part)
        return self._known[place]

    def _name_place(self, doc: str, part: str) -> dict[str, str]:
        if (doc, part) in self._open:
            return {"doc": doc, "part": part}
        if known := OPAQUE.fullmatch(doc):
            return {"of": known[1], "hidden": known[2]}
        return {"of": sealed_source_name(parse_doc(doc).collection, self.seal), "hidden": self.seal.name(doc, part)}


def _open_to_all(mirror: Database) -> set[tuple[str, str]]:
    """Return the numbered places every member may read."""
    sql = "SELECT doc, part FROM documents WHERE visibility >= ?"
    return {
        (doc, part)
        for doc, part in mirror.rows(sql, (int(Visibility.MEMBERS),))
        if _NUMBERED.fullmatch(doc) and _PART.fullmatch(part)
    }


def _sort_files(mirror: Database) -> tuple[frozenset[str], frozenset[str]]:
    """Return the files every member may read, and the folders in which there is none."""
    rows = mirror.rows("SELECT doc, visibility FROM documents WHERE source = 'files'")
    sorts: tuple[set[str], set[str]] = (set(), set())
    for doc, visibility in rows:
        sorts[visibility >= Visibility.MEMBERS].add(doc)
    narrow, shared = sorts
    folders = {parse_doc(doc).collection for doc in narrow} - {parse_doc(doc).collection for doc in shared}
    return frozenset(shared), frozenset(folders)
