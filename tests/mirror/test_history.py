"""The findings' history: what is news, what is nobody's doing, what came back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kb.mirror.history.events import DecidingVersions, EventReason, ObservedDocument
from kb.mirror.history.state import StateDb
from kb.mirror.history.timeline import MovementKind, Timeline

START = datetime(2026, 8, 1, tzinfo=UTC)
JUDGES = DecidingVersions({"INC401": "1", "INC402": "1"}, {"INC401", "INC402"}, "1", "a")


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def run(
    state: StateDb,
    at: datetime,
    *observed: ObservedDocument,
    judges: DecidingVersions = JUDGES,
    sources: tuple[str, ...] = ("esa",),
) -> None:
    reasons = state.history.reasons(judges)
    with state.telling() as history:
        history.observe(observed, reasons, at)
        history.settle(judges, sources, at)


def page(number: int, *found: str, text: bool = True, content: str = "c", part: str = "body") -> ObservedDocument:
    """A page with findings, each `fingerprint=code`."""
    pairs = (each.partition("=") for each in found)
    return ObservedDocument(f"esa:{number}", part, "esa", text, {name: (code, content) for name, _, code in pairs})


def moved(state: StateDb, since: datetime) -> dict[str, list[tuple[str, EventReason]]]:
    found: dict[str, list[tuple[str, EventReason]]] = {}
    for each in Timeline(state).moved(since, day(99)):
        if each.way not in (MovementKind.CAME, MovementKind.WENT):
            found.setdefault(each.way, []).append((each.fingerprint, each.why))
    return found


def test_what_was_there_when_history_began_is_not_new(state: StateDb) -> None:
    assert not state.history.begun()
    run(state, day(0), page(1, "a=INC401"))
    assert state.history.begun()
    assert moved(state, START) == {}
    assert state.history.present({"esa:1"}) == {"a"}
    assert state.history.first_seen("a") == ("2026-08-01T00:00:00Z", EventReason.FIRST)
    assert state.history.first_seen("b") is None


def test_edits_and_the_world_make_news(state: StateDb) -> None:
    run(state, day(0), page(1, "a=INC401"))
    run(state, day(1), page(1, "b=INC402"), page(2, "c=INC401", text=False))
    assert moved(state, START) == {
        "new": [("b", EventReason.PAGE), ("c", EventReason.WORLD)],
        "fixed": [("a", EventReason.PAGE)],
    }
    assert moved(state, day(2)) == {}
    run(state, day(3), page(1, "a=INC401", "b=INC402"))
    assert moved(state, day(2)) == {"back": [("a", EventReason.PAGE)]}
    assert moved(state, START) == {"new": [("b", EventReason.PAGE), ("c", EventReason.WORLD)]}


def test_counts_by_rule(state: StateDb) -> None:
    run(state, day(0), page(1, "a=INC401", "b=INC401"))
    run(state, day(1), page(1, "c=INC402"))
    assert Counter((each.code, each.way) for each in Timeline(state).moved(day(1), day(2))) == {
        ("INC401", MovementKind.FIXED): 2,
        ("INC402", MovementKind.NEW): 1,
    }


def test_a_new_rule_makes_no_news(state: StateDb) -> None:
    run(state, day(0), page(1, "a=INC401"))
    wider = replace(JUDGES, rules={**JUDGES.rules, "INC502": "1"}, known={*JUDGES.known, "INC502"})
    run(state, day(1), page(1, "a=INC401", "n=INC502"), judges=wider)
    assert moved(state, START) == {}
    assert state.history.first_seen("n") == ("2026-08-02T00:00:00Z", EventReason.RULE_NEW)
    run(state, day(2), page(1, "a=INC401", "n=INC502", "m=INC502"), judges=wider)
    assert moved(state, START) == {"new": [("m", EventReason.PAGE)]}


@pytest.mark.parametrize(
    "changed",
    [
        replace(JUDGES, rules={**JUDGES.rules, "INC401": "2"}),
        replace(JUDGES, reader="2"),
        replace(JUDGES, settings="b"),
    ],
)
def test_what_another_judge_no_longer_finds_was_not_mended(state: StateDb, changed: DecidingVersions) -> None:
    run(state, day(0), page(1, "a=INC401"))
    run(state, day(1), page(1), judges=changed)
    assert moved(state, START) == {}
    assert state.history.present({"esa:1"}) == set()
    run(state, day(2), page(1, "a=INC401"), judges=changed)
    assert moved(state, START) == {"new": [("a", EventReason.PAGE)]}


def test_a_rule_that_did_not_run_is_not_mended(state: StateDb) -> None:
    run(state, day(0), page(1, "a=INC401", "b=INC402"))
    run(state, day(1), page(1, "b=INC402"), judges=replace(JUDGES, rules={"INC402": "1"}))
    assert state.history.present({"esa:1"}) == {"a", "b"}


def test_a_rule_that_is_gone_takes_its_findings_along(state: StateDb) -> None:
    run(state, day(0), page(1, "a=INC401", "b=INC402"))
    run(state, day(1), judges=replace(JUDGES, rules={"INC402": "1"}, known={"INC402"}))
    assert state.history.present({"esa:1"}) == {"b"}
    assert moved(state, START) == {}


def test_a_document_that_went_was_not_mended(state: StateDb) -> None:
    run(state, day(0), page(1, "a=INC401"), page(1, "k=INC401", part="comment:9"))
    with state.telling() as history:
        history.lose("esa:1", "body", EventReason.DOCUMENT_GONE, day(1))
    assert state.history.present({"esa:1"}) == {"k"}
    assert list(state.history.documents()) == [("esa:1", "comment:9")]
    assert moved(state, START) == {}


def test_a_source_that_is_new_makes_no_news(state: StateDb) -> None:
    run(state, day(0), page(1, "a=INC401"))
    ticket = ObservedDocument("redmine:1", "body", "redmine", True, {"t": ("INC401", "c")})
    run(state, day(1), ticket)
    assert moved(state, START) == {}


def test_a_rewritten_section_is_a_change_and_no_news(state: StateDb) -> None:
    run(state, day(0), page(1, "a=INC401"))
    run(state, day(1), page(1, "a=INC401", content="d"))
    assert moved(state, START) == {}
    row = state.history._db.row("SELECT changed_at, first_at FROM findings")
    assert row == ("2026-08-02T00:00:00Z", "2026-08-01T00:00:00Z")


def test_nothing_is_told_when_something_goes_wrong(state: StateDb) -> None:
    def failing() -> None:
        with state.telling() as history:
            history.observe([page(1, "a=INC401")], state.history.reasons(JUDGES), day(0))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing()
    assert not state.history.begun()
    assert state.history.present({"esa:1"}) == set()


KEYED = replace(JUDGES, rules={"INC401": "1", "SEC101": "1"}, known={"INC401", "SEC101"}, key="11111111")


def test_another_key_mends_no_secret_and_makes_none(state: StateDb) -> None:
    run(state, day(0), page(1, "a=SEC101", "i=INC401"), judges=KEYED)
    other = replace(KEYED, key="22222222")
    run(state, day(1), page(1, "b=SEC101"), judges=other)
    assert moved(state, START) == {"fixed": [("i", EventReason.PAGE)]}
    assert state.history.first_seen("b") == ("2026-08-02T00:00:00Z", EventReason.KEY)
    assert state.history.present({"esa:1"}) == {"b"}
    run(state, day(2), page(1, "b=SEC101", "c=SEC101"), judges=other)
    assert moved(state, day(2)) == {"new": [("c", EventReason.PAGE)]}


def test_a_history_that_was_told_before_there_were_keys_has_no_other_key(state: StateDb) -> None:
    run(state, day(0), page(1, "a=SEC101"), judges=KEYED)
    with state.telling() as history:
        history._db.execute("DELETE FROM judges WHERE name = 'key'")
    run(state, day(1), page(1), judges=KEYED)
    assert moved(state, START) == {"fixed": [("a", EventReason.PAGE)]}


@pytest.mark.parametrize(
    ("depth", "code", "part"), [("esa+past", "SEC201", "body"), ("esa+files", "SEC101", "attachment:a.txt")]
)
def test_what_a_source_brings_when_more_of_it_is_read_is_no_news(
    state: StateDb, depth: str, code: str, part: str
) -> None:
    plain = replace(KEYED, rules={**KEYED.rules, "SEC201": "1"}, known={*KEYED.known, "SEC201"})
    run(state, day(0), page(1, "i=INC401"), judges=plain)
    run(state, day(1), page(9, "o=" + code, part=part), judges=plain)
    assert moved(state, day(1)) == {"new": [("o", EventReason.PAGE)]}  # the journal of a ticket, a name of a file
    deep = replace(plain, depths={depth})
    run(state, day(2), page(2, "a=" + code, part=part), judges=deep)  # not read to its end
    run(state, day(3), page(3, "b=" + code, part=part), judges=deep, sources=("esa", depth))
    assert moved(state, day(2)) == {}
    run(state, day(4), page(4, "c=" + code, part=part), judges=deep, sources=("esa", depth))
    assert moved(state, day(2)) == {"new": [("c", EventReason.PAGE)]}
