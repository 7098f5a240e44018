"""Every verb of a plan has its words, in both languages, and each says something of its own."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from changes.made import moved, titled

from kb.execute.batch_move import find_subtrees
from kb.execute.journal.writer import RunJournal
from kb.model.plan import KEY_LABELS, KEY_TYPES, NEW_TICKET_KEYS, PAGE_KEYS, TICKET_KEYS, ChangeKey, Verb, label_keys
from kb.model.request import Outcome, TargetState, build_request
from kb.plan.impact.sentences import VERB_LABELS, VERB_REASONS
from kb.plan.propose.post import SECRET_NAME, PostHead, Proposals, check_sendable, propose_change
from kb.sources.esa.remote import EsaRemote
from kb.text.lang import Text


@pytest.mark.parametrize("words", [VERB_LABELS, VERB_REASONS], ids=["what", "why"])
def test_every_verb_has_words_of_its_own(words: dict[Verb, Text]) -> None:
    assert list(words) == list(Verb)
    for language in ("ja", "en"):
        said = [getattr(text, language) for text in words.values()]
        assert all(said)
        assert len(set(said)) == len(said)


def test_every_field_a_plan_touches_has_a_type_a_system_and_a_name() -> None:
    assert (
        set(KEY_TYPES)
        == set(KEY_LABELS)
        == {key for keys in (PAGE_KEYS, TICKET_KEYS, NEW_TICKET_KEYS) for key in keys}
        == set(ChangeKey)
    )
    assert (label_keys([ChangeKey.TITLE, "category"]).ja, label_keys(["status"]).en) == ("題名、分類", "status")


@pytest.mark.parametrize("name", ["group", "reason", "note", "warning"])
def test_a_change_that_says_a_secret_anywhere_stands_in_no_plan(name: str) -> None:
    said = replace(moved(1, "運用", "設計"), **{name: "管理画面のパスワード: Kumo7-Hikari"})
    assert check_sendable(Proposals((moved(2, "運用", "設計"), said), {})).changes == (moved(2, "運用", "設計"),)


def test_a_post_with_a_secret_in_its_title_stands_in_no_plan() -> None:
    post = PostHead(1, "管理画面のパスワード: Kumo7-Hikari", "運用")
    made = propose_change(post, Verb.MOVE, {ChangeKey.CATEGORY: "設計"}, "運用 → 設計", "")
    assert "Kumo7" not in made.title
    assert check_sendable(Proposals((made,), {})) == Proposals((), {SECRET_NAME: 1})


def test_an_edit_of_another_run_whose_name_begins_alike_is_none_of_ours() -> None:
    request = build_request([titled(1, "旧", "新")])
    seen, values = TargetState({"title": "旧"}, 3, ""), {"title": "新"}
    remote = EsaRemote(cast(Any, None), "20261126-1")
    outcomes = [
        remote.proved(request, seen, TargetState(values, 4, "", f"kb {run} retitle [skip notice]")).outcome
        for run in ("20261126-1", "20261126-12")
    ]
    assert outcomes == [Outcome.DONE, Outcome.SAME]


def test_a_category_moves_as_a_whole_only_where_nothing_is_in_its_new_place() -> None:
    requests = {f"esa:{n}": (moved(n, "運用/手順", "設計/手順"),) for n in (1, 2, 3)}
    places = [(n, "運用/手順") for n in (1, 2, 3)]
    assert [each.numbers for each in find_subtrees(requests, places)] == [(1, 2, 3)]
    assert find_subtrees(requests, [*places, (4, "設計/手順/旧")]) == ()


def whole_moves(table: dict[str, str], *staying: str) -> list[tuple[str, str]]:
    """Return the requests for three posts in each category of a table, and the posts that stay."""
    posts = [(at * 3 + n, old, new) for at, (old, new) in enumerate(table.items()) for n in (1, 2, 3)]
    requests = {f"esa:{n}": (moved(n, old, new),) for n, old, new in posts}
    places = [*((n, old) for n, old, _ in posts), *((100 + n, place) for n, place in enumerate(staying))]
    return [(each.source, each.target) for each in find_subtrees(requests, places)]


def test_a_category_enters_what_another_has_left_and_not_before() -> None:
    assert whole_moves({"A": "B", "B": "C"}) == [("B", "C"), ("A", "B")]
    assert whole_moves({"1": "2", "2": "3", "3": "4"}, "5") == [("3", "4"), ("2", "3"), ("1", "2")]
    assert whole_moves({"1": "2", "2": "3"}, "3") == []
    assert whole_moves({"A": "B/x", "B": "C"}) == [("B", "C"), ("A", "B/x")]


def test_categories_that_wait_for_each_other_are_moved_post_by_post() -> None:
    assert whole_moves({"A": "B", "B": "A"}) == []
    assert whole_moves({"A": "B", "B": "C", "C": "A", "D": "E"}) == [("D", "E")]
    assert whole_moves({"A": "A/old"}) == []
    assert whole_moves({"A": "C", "B": "C"}) == [("A", "C")]  # the second would be merged into the first


def test_subtrees_of_a_long_chain_are_found_in_time() -> None:
    chain = {f"{n:04}": f"{n + 1:04}" for n in range(400)}
    assert len(whole_moves(chain)) == 400


def test_an_entry_of_a_journal_is_on_the_disk_before_anything_else_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RunJournal(tmp_path / "20261126-1.jsonl", lambda: "2026-11-26T00:00:00Z") as journal:
        synced: list[int] = []
        monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_size))
        sizes = []
        for what in ("run", "intend", "done"):
            journal.write(what)
            sizes.append(journal.path.stat().st_size)
    assert synced == sizes
