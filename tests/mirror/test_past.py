"""What moved in a week, told from events: each case is what lints saw, day by day."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kb.mirror.documents import SourceRow
from kb.mirror.history.events import DecidingVersions, EventReason, ObservedDocument
from kb.mirror.history.state import StateDb
from kb.mirror.history.timeline import MovementKind, Timeline
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility

MONDAY = datetime(2026, 8, 3, tzinfo=UTC)
JUDGES = DecidingVersions({"INC401": "1"}, {"INC401"}, "1", "a")
NEWER = DecidingVersions({"INC401": "2"}, {"INC401"}, "1", "a")
WEEK = MONDAY, MONDAY + timedelta(days=7)


def day(number: float) -> datetime:
    return MONDAY + timedelta(days=number)


def lint(
    state: StateDb,
    at: datetime,
    *found: str,
    doc: str = "esa:1",
    text: bool = True,
    edited: datetime | None = None,
    judges: DecidingVersions = JUDGES,
    failed: tuple[str, ...] = (),
    aside: tuple[str, ...] = (),
) -> None:
    """A lint that sees a page with these findings, edited a minute before unless it says otherwise."""
    reasons = state.history.reasons(judges)
    moment = (edited or at - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    here = ObservedDocument(doc, "body", doc.split(":")[0], text, dict.fromkeys(found, ("INC401", "c")), moment, aside)
    with state.telling() as history:
        history.observe([here], reasons, at, failed)
        history.settle(judges, ("esa", "redmine"), at)


def ways(state: StateDb, start: datetime = WEEK[0], end: datetime = WEEK[1]) -> dict[str, MovementKind]:
    past = Timeline(state)
    moves = list(past.moved(start, end))
    assert past.figures(start, end) == Counter(each.way for each in moves)
    before, after = past.open_at([start, end])
    assert after - before == sum(-1 if each.way in (MovementKind.FIXED, MovementKind.WENT) else 1 for each in moves)
    return {each.fingerprint: each.way for each in moves}


# What a lint sees on a day (before the week: below 0) of finding "a" ("a": it is there), and what the week says of it.
CASES: list[tuple[str, list[tuple[float, str]], dict[str, MovementKind]]] = [
    ("it was there all along", [(-9, "a"), (1, "a")], {}),
    ("it came", [(-9, ""), (1, "a")], {"a": MovementKind.NEW}),
    ("it came and went", [(-9, ""), (1, "a"), (2, "")], {}),
    ("it went", [(-9, "a"), (1, "")], {"a": MovementKind.FIXED}),
    ("it went and came back", [(-9, "a"), (1, ""), (2, "a")], {}),
    ("it had gone before and came back", [(-9, "a"), (-8, ""), (1, "a")], {"a": MovementKind.BACK}),
    ("it came back and went again", [(-9, "a"), (-8, ""), (1, "a"), (2, "")], {}),
    ("it came, went and came", [(-9, ""), (1, "a"), (2, ""), (3, "a")], {"a": MovementKind.NEW}),
    ("it went, came and went", [(-9, "a"), (1, ""), (2, "a"), (3, "")], {"a": MovementKind.FIXED}),
    ("it came and went the week before", [(-9, ""), (-3, "a"), (-2, "")], {}),
    ("it came in the week after", [(-9, ""), (8, "a")], {}),
    ("it went in the week after", [(-9, "a"), (8, "")], {}),
]


@pytest.mark.parametrize(("what", "lints", "said"), CASES, ids=[case[0] for case in CASES])
def test_what_a_week_says_of_one_finding(
    state: StateDb, what: str, lints: list[tuple[float, str]], said: dict[str, MovementKind]
) -> None:
    for number, found in lints:
        lint(state, day(number), *([found] if found else []))
    assert ways(state) == said


def test_what_was_there_when_history_began_is_told_apart(state: StateDb) -> None:
    lint(state, day(1), "a")
    assert ways(state) == {"a": MovementKind.CAME}
    assert [each.why for each in Timeline(state).moved(*WEEK)] == [EventReason.FIRST]


def test_what_a_first_lint_saw_and_somebody_mended_in_the_same_week_is_fixed(state: StateDb) -> None:
    lint(state, day(1), "a", "b")
    lint(state, day(2), "b")
    past = Timeline(state)
    assert [(each.fingerprint, each.way) for each in past.moved(*WEEK)] == [
        ("a", MovementKind.CAME), ("a", MovementKind.FIXED), ("b", MovementKind.CAME),
    ]  # fmt: skip
    assert past.open_at([day(0), day(7)]) == [0, 1]


def test_what_another_rule_no_longer_finds_is_not_fixed_and_its_return_is_new(state: StateDb) -> None:
    lint(state, day(-20), "a")
    lint(state, day(-6), "a")
    lint(state, day(-2), judges=NEWER)
    assert ways(state, day(-7), day(0)) == {"a": MovementKind.WENT}
    lint(state, day(1), "a", judges=NEWER)
    assert ways(state) == {"a": MovementKind.NEW}


def test_a_document_that_returns_brings_nothing_new(state: StateDb) -> None:
    lint(state, day(-20), "a")
    lint(state, day(-6), "a")
    with state.telling() as history:
        history.lose("esa:1", "body", EventReason.DOCUMENT_GONE, day(-2))
    assert ways(state, day(-7), day(0)) == {"a": MovementKind.WENT}
    lint(state, day(0))
    lint(state, day(1), "a")
    assert ways(state) == {"a": MovementKind.CAME}
    assert [each.why for each in Timeline(state).moved(*WEEK)] == [EventReason.DOCUMENT_GONE]


def test_a_lint_on_monday_puts_an_edit_into_the_week_it_was_made_in(state: StateDb) -> None:
    lint(state, day(-0.6), "a")
    lint(state, day(7.4), edited=day(4))
    assert ways(state) == {"a": MovementKind.FIXED}
    assert ways(state, day(7), day(14)) == {}


def test_what_a_ticket_did_is_put_where_the_previous_lint_was(state: StateDb) -> None:
    lint(state, day(-7), "a")
    lint(state, day(0.4), "a")
    lint(state, day(7.4), text=False)
    assert ways(state) == {"a": MovementKind.FIXED}


@pytest.mark.parametrize("edited", [day(-30), day(30)])
def test_an_edit_is_never_before_the_previous_lint_nor_after_this_one(state: StateDb, edited: datetime) -> None:
    lint(state, day(1), "a")
    lint(state, day(3), edited=edited)
    _, event = Timeline(state).moved(day(0), day(4))
    assert event.way is MovementKind.FIXED
    assert "2026-08-04T00:00:00Z" < event.at <= "2026-08-06T00:00:00Z"


def test_every_event_falls_into_one_week(state: StateDb) -> None:
    lint(state, day(-9))
    lint(state, day(-0.1), "a", edited=day(-1))
    lint(state, day(7.2), "a", "b", edited=day(6.99))
    weeks = [ways(state, day(7 * number), day(7 * number + 7)) for number in (-1, 0, 1)]
    assert weeks == [{"a": MovementKind.NEW}, {"b": MovementKind.NEW}, {}]


def test_a_source_that_failed_mends_nothing_and_what_it_missed_is_told_later(state: StateDb) -> None:
    lint(state, day(-9), "a", doc="redmine:1")
    lint(state, day(1), doc="redmine:1", failed=("redmine",))
    assert ways(state) == {}
    assert state.history.present({"redmine:1"}) == {"a"}
    lint(state, day(8), doc="redmine:1")
    assert ways(state) == {}
    assert ways(state, day(7), day(14)) == {"a": MovementKind.FIXED}


def test_what_the_world_did_is_not_believed_while_a_source_fails_and_an_edit_elsewhere_is(state: StateDb) -> None:
    lint(state, day(-9), "a", "b")
    lint(state, day(1), "b", text=False, failed=("redmine",))
    assert ways(state) == {}
    lint(state, day(2), "a", failed=("redmine",))
    assert ways(state) == {"b": MovementKind.FIXED}


def test_what_is_set_aside_goes_for_that_reason_and_its_mending_is_not_told(state: StateDb) -> None:
    lint(state, day(-9), "a", "b", aside=("b",))
    lint(state, day(0.1), "a", "b", aside=("b",))
    assert Timeline(state).open_at([day(0)]) == [1]
    with state.telling() as history:
        history.weigh({"a"}, set(), day(1), whole=True)
    assert ways(state) == {"a": MovementKind.WENT}
    assert [each.why for each in Timeline(state).moved(*WEEK)] == [EventReason.ASIDE]
    assert state.history.uncounted() == {"a", "b"}
    lint(state, day(2))
    assert ways(state) == {"a": MovementKind.WENT}
    assert Timeline(state).open_at([day(0), day(7)]) == [1, 0]


def test_what_is_no_longer_set_aside_counts_again(state: StateDb) -> None:
    lint(state, day(-9), "a", aside=("a",))
    lint(state, day(0.1), "a", aside=("a",))
    with state.telling() as history:
        history.weigh(set(), {"a"}, day(1), whole=True)
    assert ways(state) == {"a": MovementKind.CAME}


def test_how_many_were_open_at_the_end_of_each_week(state: StateDb) -> None:
    lint(state, day(-20), "a", "b", "c")
    lint(state, day(-3), "a", "b", "d", "e")
    lint(state, day(2), "e")
    assert Timeline(state).open_at([day(-21), day(-7), day(0), day(7), day(14)]) == [0, 3, 4, 1, 1]


def test_a_past_week_says_the_same_whatever_happened_since(state: StateDb) -> None:
    lint(state, day(-9), "a")
    lint(state, day(1), "b")
    then = ways(state)
    lint(state, day(8), "a")
    lint(state, day(9))
    with state.telling() as history:
        history.lose("esa:1", "body", EventReason.DOCUMENT_HIDDEN, day(10))
    assert ways(state) == then == {"a": MovementKind.FIXED, "b": MovementKind.NEW}


def test_documents_that_had_something_open(state: StateDb) -> None:
    lint(state, day(-9), "a")
    lint(state, day(-9), "x", doc="esa:2")
    lint(state, day(1), doc="esa:2")
    past = Timeline(state)
    assert list(past.documents_at(day(0))) == [("esa:1", "body"), ("esa:2", "body")]
    assert list(past.documents_at(day(2), ["INC401"])) == [("esa:1", "body")]
    assert list(past.documents_at(day(2), ["INC402"])) == []


def test_what_not_every_reader_may_see_is_in_no_answer(state: StateDb, tmp_path: Path) -> None:
    seen = {"esa:1": Visibility.MEMBERS, "esa:2": Visibility.PRIVATE, "esa:3": Visibility.LIMITED}
    with Mirror.open(tmp_path / ".kb" / "mirror.db") as mirror:
        with mirror.write() as write:
            write.put(
                SourceRow(Source.ESA, Kind.POST, doc[4:], doc, "t", "b", {}, visibility=visibility)
                for doc, visibility in seen.items()
            )
        for number, doc in enumerate((*seen, "esa:9")):  # of the last one the mirror knows nothing
            lint(state, day(-9), f"a{number}", doc=doc)
            lint(state, day(1), f"b{number}", doc=doc)
        with mirror.write() as write:
            found = mirror.find(Source.ESA, Kind.POST, "1")
            assert found is not None
            write.mark_gone(found.id)
        past = Timeline(state)
        past.limit(mirror, Visibility.MEMBERS)
        assert [each.fingerprint for each in past.moved(*WEEK)] == ["a0", "b0"]
        assert past.open_at([day(0), day(7)]) == [1, 1]
        assert list(past.documents_at(day(7))) == [("esa:1", "body")]
        whole = Timeline(state)
        whole.limit(mirror, Visibility.PRIVATE)
        assert whole.open_at([day(7)]) == [4]


def test_the_history_of_before_becomes_events(tmp_path: Path) -> None:
    from kb.mirror.database import Database
    from kb.mirror.history.findings import create_findings
    from kb.mirror.history.state import APPLICATION_ID, create_runs

    path = tmp_path / ".kb" / "state.db"
    Database(path, (create_runs, create_findings), application_id=APPLICATION_ID).close()
    with closing(sqlite3.connect(path)) as old, old:
        for values in (
            ("a", "2026-07-01T00:00:00Z", "first", "", "", "", ""),
            ("b", "2026-07-01T00:00:00Z", "first", "2026-08-04T00:00:00Z", "page", "", ""),
            ("c", "2026-07-01T00:00:00Z", "first", "", "", "2026-08-05T00:00:00Z", "page"),
            ("d", "2026-08-05T00:00:00Z", "page", "", "", "", ""),
        ):
            old.execute(
                "INSERT INTO findings(fingerprint, doc, part, code, content, first_at, first_why, gone_at, gone_why, "
                "back_at, back_why) VALUES (?, 'esa:1', 'body', 'INC401', 'c', ?, ?, ?, ?, ?, ?)",
                values,
            )
    with StateDb(path) as state:
        past = Timeline(state)
        assert ways(state) == {"b": MovementKind.FIXED, "c": MovementKind.BACK, "d": MovementKind.NEW}
        assert past.open_at([datetime(2026, 7, 2, tzinfo=UTC), WEEK[1]]) == [3, 3]
        assert past.began() == "2026-07-01T00:00:00Z"
        with state.telling() as history:  # a baseline from before: nobody had told that it counts for nothing
            history.weigh({"a"}, set(), day(9), whole=True)
        assert past.open_at([datetime(2026, 7, 2, tzinfo=UTC), WEEK[1]]) == [2, 2]
