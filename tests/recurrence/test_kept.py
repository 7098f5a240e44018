"""What incidents repeat, kept between runs, is what comparing all of them anew would find, whatever changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from properties import examples
from recurrence.test_find import FIRST, OTHERS, Told

from kb.lint.cache import recurrences
from kb.lint.cache.schema import MIGRATIONS
from kb.mirror.database import Database
from kb.model.facts import Verdict
from kb.model.recurrence import Recurrence
from kb.recurrence.find import find_recurrences
from kb.recurrence.record import IncidentRecord

NUMBERS = range(1, 5)
DAYS = ("2024-03-02", "2024-03-09", "2024-06-01", "2024-09-05")
WRITINGS = (
    ("採点が返らない", FIRST.cause),
    ("採点が止まった", FIRST.cause),
    ("採点が返らない（2 回目）", "#1 と同じ。読み方を直していなかった。"),
    ("採点が止まった", "答案をまとめて読む grader-02 がヒープを使い切って落ちた。"),
    ("画面が白い", "設定の書き間違い。#2 とは別の原因。"),
)
CAME = (Verdict.MISSING, Verdict.PLACEHOLDER, Verdict.CONCRETE)


@cache
def written(number: int, day: str, writing: int) -> IncidentRecord:
    return Told(number, day, *WRITINGS[writing]).record()


class Kept:
    """The kept results of some incidents, and what comparing all gave last."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.answers: dict[frozenset[str], bool] = {}
        self.records: dict[int, IncidentRecord] = {}
        self.last: dict[str, Recurrence] = {}
        for at, other in enumerate(OTHERS):
            self.put(100 + at, other.record())
        self.check()

    def put(self, here: int, record: IncidentRecord | None) -> None:
        self.records.pop(here, None)
        if record is not None:
            self.records[here] = record
        recurrences.put_record(self.db, here, record)

    def check(self, gone: int | None = None) -> list[int]:
        """Refresh, and compare with the whole; `gone` has left the mirror and is still kept."""
        there = {here: record for here, record in self.records.items() if here != gone}
        changed = recurrences.refresh(self.db, self.answers, () if gone is None else (gone,))
        whole = find_recurrences(there.values(), self.answers)
        for here, record in there.items():
            assert recurrences.load(self.db, record.key) == whole.get(record.key)
            assert here in changed or whole.get(record.key) == self.last.get(record.key)
        self.last = whole
        return changed


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with closing(Database(tmp_path / "judged.db", MIGRATIONS, application_id=1)) as db:
        yield Kept(db)


WRITE = st.tuples(
    st.just("write"), st.sampled_from(NUMBERS), st.sampled_from(DAYS), st.sampled_from(range(len(WRITINGS)))
)
OTHER = st.one_of(
    st.tuples(st.just("mend"), st.sampled_from(NUMBERS), st.sampled_from(CAME)),
    st.tuples(st.just("remove"), st.sampled_from(NUMBERS)),
    st.tuples(st.just("answer"), st.sets(st.sampled_from(NUMBERS), min_size=2, max_size=2), st.booleans()),
    st.tuples(st.just("withdraw")),
)


@settings(max_examples=examples(90))
@given(st.lists(st.one_of(WRITE, OTHER), min_size=4, max_size=14))
def test_what_is_kept_is_what_the_whole_would_be(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Any, ...]]
) -> None:
    with closing(Database(tmp_path_factory.mktemp("kept") / "judged.db", MIGRATIONS, application_id=1)) as db:
        kept = Kept(db)
        kept.put(1, written(1, DAYS[0], 0))
        kept.put(2, written(2, DAYS[3], 2))
        for what, *how in steps:
            if what == "write":
                number, day, writing = how
                kept.put(number, written(number, day, writing))
            elif what == "mend" and how[0] in kept.records:
                record = kept.records[how[0]]
                kept.put(how[0], replace(record, earlier=replace(record.earlier, prevention=how[1])))
            elif what == "remove" and how[0] in kept.records:
                kept.check(gone=how[0])
                kept.put(how[0], None)
            elif what == "answer":
                kept.answers[frozenset(f"esa:{number}" for number in how[0])] = how[1]
            elif what == "withdraw":
                kept.answers.clear()
            kept.check()


def test_what_came_of_an_incident_is_told_anew_without_comparing(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.put(1, written(1, DAYS[0], 0))
    kept.put(2, written(2, DAYS[3], 2))
    assert kept.check() == [2]
    monkeypatch.setattr(recurrences, "_compare", None)
    record = kept.records[1]
    kept.put(1, replace(record, earlier=replace(record.earlier, marked_done=True)))
    assert kept.check() == [2]
    kept.put(101, replace(kept.records[101], earlier=record.earlier))
    assert kept.check() == []


def test_another_document_under_an_id_is_told_as_itself(kept: Kept) -> None:
    kept.put(1, written(1, DAYS[0], 0))
    kept.put(2, written(2, DAYS[3], 1))
    assert kept.check() == [2]
    kept.put(1, written(3, DAYS[0], 0))
    assert kept.check() == [2]


def test_an_earlier_incident_that_another_run_took_away_meanwhile_is_no_error(kept: Kept) -> None:
    kept.put(1, written(1, DAYS[0], 0))
    kept.put(2, written(2, DAYS[3], 2))
    kept.check()
    recurrences.put_record(kept.db, 1, None)
    found = recurrences.load(kept.db, "esa:2")
    assert found is not None
    assert [(each.doc, each.day) for each in found.earlier] == [("esa:1", "")]
