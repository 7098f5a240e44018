"""Told the same by the same person, the sandbox and the real Redmine answer and keep the same."""

from __future__ import annotations

from typing import Any

import pytest
from contract.snapshot import CLOSING, mail_choices, read
from contract.subjects import Played, Real, Row, Subject
from contract.test_equal_answers import INCLUDES, settled
from servers import RealRedmine, run_sandbox

CF = "custom_fields"
ENV, CAUSE, RELEASED, CHECKED, HOSTS, COST = range(1, 7)


def cf(number: int, value: object) -> dict[str, Any]:
    return {CF: [{"id": number, "value": value}]}


WRITES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "no_description": [
        ("tanaka", {"subject": ""}), ("tanaka", {"subject": "x" * 256}), ("tanaka", {"subject": 123}),
        ("tanaka", {"subject": None}), ("tanaka", {"done_ratio": 150}), ("tanaka", {"done_ratio": "abc"}),
        ("tanaka", {
            "done_ratio": 30, "estimated_hours": "2.5", "start_date": "2026-11-01", "due_date": "2026-11-20",
            "assigned_to_id": 6, "priority_id": 4, "category_id": 1, "fixed_version_id": 2, "description": "a\nb",
            "subject": "二つ目", "is_private": True, "status_id": 2, "notes": "まとめて",
            CF: [{"id": ENV, "value": "本番"}, {"id": CHECKED, "value": "1"}, {"id": COST, "value": 3}],
        }),
        ("tanaka", {"is_private": False, "estimated_hours": 3, "due_date": "", "start_date": None}),
        ("tanaka", {"estimated_hours": "abc"}), ("tanaka", {"estimated_hours": -1}),
        ("tanaka", {"start_date": "2026-13-45"}), ("tanaka", {"due_date": "xyz"}),
        ("tanaka", {"start_date": "2026-11-20", "due_date": "2026-11-01"}),
        ("tanaka", {"priority_id": 99}), ("tanaka", {"priority_id": ""}), ("tanaka", {"category_id": 99}),
        ("tanaka", {"category_id": ""}), ("tanaka", {"fixed_version_id": 1}), ("tanaka", {"fixed_version_id": 3}),
        ("tanaka", {"fixed_version_id": "abc"}), ("tanaka", {"fixed_version_id": ""}),
        ("tanaka", {"assigned_to_id": 11}), ("tanaka", {"assigned_to_id": 99}), ("tanaka", {"assigned_to_id": "me"}),
        ("tanaka", {"assigned_to_id": ""}), ("tanaka", {"assigned_to_id": None}), ("tanaka", {"assigned_to_id": 6}),
        ("tanaka", {"assigned_to_id": 7}), ("tanaka", {"assigned_to_id": "none"}),
        ("tanaka", cf(ENV, "ない")), ("tanaka", {"custom_field_values": {"1": "開発"}}), ("tanaka", {CF: []}),
        ("tanaka", {"subject": "", CF: [
            {"id": RELEASED, "value": "2026-99-01"}, {"id": CHECKED, "value": "7"}, {"id": COST, "value": "xx"},
        ]}),
        ("tanaka", {CF: [{"id": CAUSE, "value": "別のトラッカー"}, {"id": 99, "value": "z"}]}),
        ("sato", cf(COST, "9")),
        ("tanaka", {"lock_version": 9999}), ("tanaka", {"lock_version": 9999, "subject": ""}),
        ("tanaka", {"status_id": ""}), ("tanaka", {"status_id": "5abc"}), ("tanaka", {"status_id": 5}),
        ("tanaka", {"status_id": "3"}), ("tanaka", {"status_id": 999}), ("tanaka", {"status": "終了", "nokey": 1}),
        ("tanaka", {}), ("tanaka", {"notes": "   "}), ("tanaka", {"notes": 123}), ("tanaka", {"notes": ["a"]}),
        ("tanaka", {"notes": "一\n二", "private_notes": "true"}),
        ("tanaka", {"notes": "p", "private_notes": True, "subject": "三つ目"}),
        ("tanaka", {"private_notes": True, "subject": "四つ目"}), ("sato", {"notes": "p", "private_notes": True}),
        ("bot", {"notes": "p", "private_notes": True}), ("suzuki", {"subject": "n", "notes": "ok", "status_id": 5}),
        ("guest", {"subject": "n"}), ("guest", {"notes": "部外者の注記"}), ("sato", {"is_private": True}),
        ("viewer", {"notes": "x"}), ("nobody", {"notes": "x"}), ("admin", {"notes": "管理者", "status_id": 6}),
        ("admin", {"status_id": 1, "tracker_id": 1, "project_id": 1}), ("suzuki", {"priority_id": 5}),
        ("tanaka", {"lock_version": None}), ("tanaka", {"status_id": [5]}), ("tanaka", {"done_ratio": 12.7}),
        ("tanaka", {"priority_id": []}), ("tanaka", {"assigned_to_id": [1]}), ("tanaka", {"subject": ["a"]}),
        ("tanaka", {"done_ratio": 10**20}), ("tanaka", {"fixed_version_id": 10**18}), ("tanaka", {"description": None}),
        ("tanaka", {"is_private": "maybe"}), ("tanaka", {CF: ["x", {"id": 4}]}), ("tanaka", cf(COST, "1,5")),
        ("tanaka", {"estimated_hours": "1,5", CF: [{"id": "4", "value": True}]}),
    ],
    "outage": [
        ("sato", {"status_id": 5, "notes": "終了?"}), ("tanaka", {"status_id": 5, "notes": "終了"}),
        ("tanaka", cf(HOSTS, [])), ("tanaka", cf(HOSTS, ["web01", "web01", "db01"])), ("tanaka", cf(HOSTS, "web02")),
        ("tanaka", cf(HOSTS, ["ない"])), ("tanaka", cf(ENV, ["本番", "開発"])), ("tanaka", cf(ENV, "")),
        ("bot", {"status_id": 5, "notes": "済", **cf(CAUSE, "原因")}), ("tanaka", {"status_id": 3}),
        ("tanaka", {"status_id": 5}), ("tanaka", {"notes": "n", **cf(CAUSE, "")}),
    ],
    "parent": [
        ("tanaka", {"status_id": 5, "notes": "親"}), ("admin", {"status_id": 5}),
        ("tanaka", {"done_ratio": 7, "start_date": "2026-01-01", "due_date": "2026-01-02", "priority_id": 5}),
    ],
    "child_open": [
        ("tanaka", {"priority_id": 5, "start_date": "2026-10-01", "due_date": "2026-10-09", "estimated_hours": 3}),
        ("tanaka", {"notes": "注記だけ"}), ("tanaka", {"status_id": 5, "notes": "子"}),
    ],
    "child_done": [("tanaka", {"done_ratio": 10})],
    "blocked": [("tanaka", {"status_id": 5, "notes": "待ち"}), ("admin", {"status_id": 5})],
    "blocker": [("tanaka", {"status_id": 5})],
    "ntp": [
        ("bot", {"status_id": 5, "notes": "元"}), ("tanaka", {"status_id": 1}), ("bot", {"status_id": 3}),
        ("tanaka", {"fixed_version_id": "", "status_id": 3}),
    ],
    "resolved_old": [
        ("tanaka", {"status_id": 5}), ("tanaka", {"status_id": 3, "notes": "戻す"}),
        ("tanaka", {"fixed_version_id": 2, "status_id": 3}),
    ],
    "legacy_resolved": [("tanaka", {"status_id": 5}), ("admin", {"status_id": 5}), ("nobody", {"status_id": 5})],
    "attic_open": [("admin", {"status_id": 5})],
    "web_open": [("suzuki", {"notes": "x"}), ("nobody", {"notes": "x"})],
    "private_issue": [("bot", {"status_id": 5})],
    "web_resolved": [("bot", {"status_id": 5, "notes": "済"}), ("bot", {"status_id": 3})],
    "assigned_to_left": [("tanaka", {"assigned_to_id": 11, "notes": "そのまま"}), ("tanaka", {"status_id": 5})],
    "release_wait": [("bot", {"status_id": 5, "notes": "済"}), ("bot", {"status_id": 7})],
    "done_not_resolved": [("bot", {"status_id": 5, "notes": "?"}), ("sato", {"status_id": 5, "notes": "済"})],
}  # fmt: skip
LATER: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "parent": [("tanaka", {"status_id": 5, "notes": "親"})],
    "child_open": [("tanaka", {"status_id": 2, "notes": "戻す"})],
    "blocked": [("bot", {"status_id": 5, "notes": "今なら"})],
}
"""What can be tried only when all else is done."""


def written(redmine: Subject) -> list[tuple[str, str, str, int, str | None, str]]:
    """Every write, with its answer."""
    return [
        (name, login, str(fields), answer.status_code, answer.headers.get("content-type"), answer.text)
        for part in (WRITES, LATER)
        for name, writes in part.items()
        for login, fields in writes
        for answer in [redmine.put(name, login, **fields)]
    ]


def kept(redmine: Subject) -> Row:
    """What the tickets are afterwards: of times only whether they are new, of journals no ids."""
    names = [name for name in [*WRITES, "duplicate"] if name != "attic_open"]
    rows = {name: redmine.issue(name, "admin", INCLUDES) for name in names}
    found: Row = _timeless(settled("", rows))
    return found


def _timeless(value: Any) -> Any:
    if isinstance(value, list):
        return [_timeless(each) for each in value]
    if not isinstance(value, dict):
        return value
    row = {name: _timeless(each) for name, each in value.items() if not (name == "id" and "private_notes" in value)}
    times = ("updated_on", "closed_on", "created_on")
    return row | {name: "new" for name in times if str(row.get(name) or "") > "2026-11-25"}


@pytest.mark.redmine
def test_both_take_every_write_the_same(fresh_redmine: RealRedmine, played: Played) -> None:
    real = Real(fresh_redmine)
    played.reset()
    try:
        assert written(played) == written(real)
        theirs, ours = kept(real), kept(played)
        for name, row in theirs.items():
            assert ours[name] == row, name
    finally:
        played.reset()


@pytest.mark.redmine
def test_the_committed_tickets_for_closing_are_what_the_real_server_holds(closing_redmine: RealRedmine) -> None:
    seed, extra = read(), read(CLOSING)
    real = Real(closing_redmine)
    with run_sandbox(data=[seed, extra]) as server:
        ours = Played(server, seed["ids"])
        for login in ("admin", "bot"):
            path = "/issues.json?status_id=*&limit=100&include=relations"
            assert settled(path, ours.json(path, login)) == settled(path, real.json(path, login))
    wishes = mail_choices(closing_redmine.database)
    for row in extra["users"]:
        assert wishes.get(f"user:{row['id']}", {}).items() <= row.items()
