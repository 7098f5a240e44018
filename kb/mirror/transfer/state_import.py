"""Merge the lines of a state file into state.db.

A finding known on both sides follows the side that saw it move last; its first sighting the side that saw it first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from kb.errors import InputError
from kb.mirror.database import Database
from kb.mirror.transfer.file import StateFile
from kb.mirror.transfer.records import (
    FINDING_FIELDS,
    AnyLine,
    EventLine,
    JudgeLine,
    LintLine,
    NameSeal,
    PlacedLine,
    RunLine,
    ShownTaskLine,
    StartLine,
    StartMeasureLine,
    StateFindingLine,
)
from kb.mirror.transfer.state_export import last_lint_time, sealed_source_name
from kb.text.lang import t

_COLUMNS = ("fingerprint", "content", "doc", "part", *FINDING_FIELDS)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The findings new here or moved since, all of the file's, and those without a place here.

    `placeless` findings are on documents this mirror does not have.
    """

    taken: int
    findings: int
    runs: int
    placeless: int


def import_state(state: Database, mirror: Database, carried: StateFile, seal: NameSeal) -> ImportResult:
    """Merge a state file into state.db, all or nothing; a second time changes nothing.

    Raises InputError where the history here goes on beyond the file's.
    """
    _require_older(state, carried)
    findings = [row for row in carried.rows if isinstance(row, StateFindingLine)]
    known = _find_places(
        mirror, seal, {row.hidden for row in carried.rows if isinstance(row, PlacedLine) and row.hidden}
    )
    places = _PlaceIndex(known)
    names = {sealed_source_name(name, seal): name for name in _folders(mirror)}
    with state.transaction():
        runs = _import_runs(state, [row for row in carried.rows if isinstance(row, RunLine)])
        for row in carried.rows:
            if isinstance(row, JudgeLine):
                state.execute(
                    "INSERT OR REPLACE INTO judges VALUES (?, ?)", (_judge_name(row.name, names), row.version)
                )
            elif isinstance(row, LintLine):
                state.execute("INSERT OR IGNORE INTO tellings VALUES (?)", (row.at,))
        taken = {row.fingerprint for row in findings if _import_finding(state, row, places, seal)}
        _import_events(
            state,
            [row for row in carried.rows if isinstance(row, EventLine) and row.fingerprint in taken],
            places,
            seal,
        )
        _import_start(state, carried.rows, places, seal)
        _import_shown_tasks(state, [row for row in carried.rows if isinstance(row, ShownTaskLine)], seal)
    placeless = sum(bool(row.hidden) and row.hidden not in known for row in findings)
    return ImportResult(len(taken), len(findings), runs, placeless)


def _require_older(state: Database, carried: StateFile) -> None:
    here = last_lint_time(state)
    if here > carried.head.through:
        raise InputError(
            t(
                f"ここの履歴（{_format_time(here)} まで）は、"
                f"ファイルのもの（{_format_time(carried.head.through)} まで）より新しいです。",
                f"the history here (up to {_format_time(here)}) is newer than the file's "
                f"(up to {_format_time(carried.head.through)}).",
            ),
            t(
                "取り込むのは、新しい作業フォルダーで kb lint を実行する前です。ここのもので続けるなら不要です。",
                "import into a new workspace, before its first kb lint; to go on with this one, nothing is needed.",
            ),
        )


def _format_time(moment: str) -> str:
    return moment.replace("T", " ").replace("Z", " UTC") or "—"


def _folders(mirror: Database) -> set[str]:
    """Return the folder sources, as documents name them."""
    return {doc.partition("/")[0] for (doc,) in mirror.rows("SELECT doc FROM documents WHERE source = 'files'")}


def _judge_name(name: str, folders: dict[str, str]) -> str:
    """Return a judge's local name: a folder's hash becomes its name again."""
    kind, colon, rest = name.partition(":")
    source, plus, depth = rest.partition("+")
    return f"{kind}{colon}{folders.get(source, source)}{plus}{depth}"


def _find_places(mirror: Database, seal: NameSeal, wanted: set[str]) -> dict[str, tuple[str, str]]:
    """Return the documents of this mirror these hashes stand for."""
    if not wanted:
        return {}
    rows = mirror.rows("SELECT doc, part FROM documents")
    return {name: (doc, part) for doc, part in rows if (name := seal.name(doc, part)) in wanted}


def _import_runs(state: Database, rows: Iterable[RunLine]) -> int:
    """Add unknown runs in order of time; return their number."""
    known = list(state.rows("SELECT command, started_at, ended_at, exit_code, figures FROM runs ORDER BY id"))
    came = [(row.command, row.started, row.ended, row.code, json.dumps(row.figures)) for row in rows]
    new = [row for row in came if row[:4] not in {each[:4] for each in known}]
    if new:
        state.execute("DELETE FROM runs")
        state.executemany(
            "INSERT INTO runs(command, started_at, ended_at, exit_code, figures) VALUES (?, ?, ?, ?, ?)",
            sorted([*known, *new], key=lambda row: row[2]),
        )
    return len(new)


class _PlaceIndex(dict[str, tuple[str, str]]):
    """Resolves hashes to places here."""

    def of(self, row: PlacedLine) -> tuple[str, str]:
        """Return doc and part of a line; a made-up name where this mirror lacks the document."""
        return (row.doc, row.part) if row.doc else self.get(row.hidden, (f"{row.of}:~{row.hidden}", "body"))


def _import_finding(state: Database, row: StateFindingLine, places: _PlaceIndex, seal: NameSeal) -> bool:
    """Import a finding; False when nothing changed."""
    doc, part = places.of(row)
    came: dict[str, str | int] = {name: getattr(row, name) for name in FINDING_FIELDS}
    came |= {"fingerprint": seal.open(row.fingerprint), "content": seal.open(row.content), "doc": doc, "part": part}
    came["first_why"] = str(row.first_why)
    found = state.row(f"SELECT {', '.join(_COLUMNS)} FROM findings WHERE fingerprint = ?", (came["fingerprint"],))  # noqa: S608 - our own names
    here = dict(zip(_COLUMNS, found, strict=True)) if found else None
    if here is not None:
        if _last(here) > _last(came):
            return False
        first = min((here, came), key=lambda each: str(each["first_at"]))
        came = {**came, "first_at": first["first_at"], "first_why": first["first_why"]}
    if came == here:
        return False
    marks = ", ".join("?" * len(_COLUMNS))
    state.execute(
        f"INSERT OR REPLACE INTO findings({', '.join(_COLUMNS)}) VALUES ({marks})",  # noqa: S608 - our own names
        tuple(came[name] for name in _COLUMNS),
    )
    return True


def _last(row: dict[str, str | int]) -> str:
    return max(str(row[name]) for name in ("first_at", "changed_at", "gone_at", "back_at"))


def _import_events(state: Database, rows: list[EventLine], places: _PlaceIndex, seal: NameSeal) -> None:
    """Replace the events of the imported findings."""
    state.executemany("DELETE FROM events WHERE fingerprint = ?", {(seal.open(row.fingerprint),) for row in rows})
    state.executemany(
        "INSERT INTO events(at, seen, came, why, fingerprint, doc, part, code) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (row.at, row.seen, row.came, str(row.why), seal.open(row.fingerprint), *places.of(row), row.code)
            for row in rows
        ),
    )


def _import_start(state: Database, rows: Iterable[AnyLine], places: _PlaceIndex, seal: NameSeal) -> None:
    """Take over the file's start, unless the one here is as old."""
    begun = [row for row in rows if isinstance(row, StartLine)]
    here = state.value("SELECT at FROM start")
    if not begun or (here and here < begun[0].at):
        return
    state.execute("DELETE FROM start")
    state.execute("INSERT INTO start VALUES (?, ?)", (begun[0].at, begun[0].checked))
    state.execute("DELETE FROM start_measures")
    state.executemany(
        "INSERT OR IGNORE INTO start_measures(fingerprint, doc, part, settled_at) VALUES (?, ?, ?, ?)",
        (
            (seal.open(row.fingerprint), *places.of(row), row.settled)
            for row in rows
            if isinstance(row, StartMeasureLine)
        ),
    )


def _import_shown_tasks(state: Database, rows: Iterable[ShownTaskLine], seal: NameSeal) -> None:
    state.executemany(
        "INSERT OR IGNORE INTO shown_tasks VALUES (?, ?, ?, ?, ?, ?)",
        (
            (
                row.week,
                seal.open(row.scope),
                seal.open(row.key),
                row.place,
                row.visibility,
                " ".join(sorted(map(seal.open, row.evidence))),
            )
            for row in rows
        ),
    )
