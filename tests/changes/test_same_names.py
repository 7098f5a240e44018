"""Posts of one title that change places: one goes by a title for the time being, and every one arrives at its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from changes.reorganised import Place, Send, moved, renamed, spellings, stored
from changes.site import Site
from changes.test_swaps import SWAPS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties import SHARE, examples
from servers import Row

from kb.execute.journal.writer import RunJournal
from kb.execute.preflight.swaps import add_asides
from kb.model.plan import Change, SeenState, Verb
from kb.model.request import ChangeRequest, Outcome, Result, TargetState, build_requests
from kb.plan.collide.board import CollisionKind
from kb.plan.collide.find import find_collisions
from kb.plan.values import ASIDE_MARK
from kb.sources.esa.remote import POST_OPEN, EsaRemote
from kb.sources.esa.writes import EsaWrites
from kb.sources.transport.call import Answer

SEEN = SeenState("2026-01-01T00:00:00Z", 1)

RINGS: dict[str, tuple[list[Place], list[Place]]] = {
    "two READMEs": ([("A", "README"), ("B", "README")], [("B", "README"), ("A", "README")]),
    "a ring of three": (
        [("A", "README"), ("B", "README"), ("C", "README")], [("B", "README"), ("C", "README"), ("A", "README")]
    ),
    "two titles": ([("A", "昼"), ("A", "夜")], [("A", "夜"), ("A", "昼")]),
    "a title and a place": ([("A", "昼"), ("B", "夜")], [("B", "夜"), ("A", "昼")]),
    "signs": ([("A/B", "C# / D"), ("A", "C# / D")], [("A", "C# / D"), ("A/B", "C# / D")]),
    "a ring and who waits for it": (
        [("A", "x"), ("B", "x"), ("C", "x"), ("D", "y")], [("B", "x"), ("A", "x"), ("D", "x"), ("C", "x")]
    ),
}  # fmt: skip


def same_titles(table: Mapping[str, str]) -> tuple[list[Place], list[Place]]:
    """Return three posts in each category, of the same titles everywhere, and where they are afterwards."""
    before = [
        (category, title) for category in dict.fromkeys((*table, "案内")) for title in ("README", "A/B #1", "記録")
    ]
    return before, [(renamed(table, category), title) for category, title in before]


def linked(before: list[Place]) -> list[str]:
    """A body for each, with links to all of them."""
    lines = [line for place, title in before for line in spellings(f"{place}/{title}", place)[:3]]
    return ["\n\n".join(lines[n :: len(before)]) for n in range(len(before))]


def test_all_labelled_rings(tried: Send) -> None:
    before = [(f"{at}/{place}", title) for at, (some, _) in enumerate(RINGS.values(), 1) for place, title in some]
    after = [(f"{at}/{place}", title) for at, (_, some) in enumerate(RINGS.values(), 1) for place, title in some]
    assert tried(before, after, linked(before))


@pytest.mark.parametrize("case", [each for each in SWAPS if each != "two into one"])
@pytest.mark.long
def test_categories_of_equal_titles_change_places(tried: Send, case: str) -> None:
    before, after = same_titles(SWAPS[case])
    assert len(set(after)) == len(after)
    assert tried(before, after, linked(before))


def test_two_categories_of_equal_titles_change_places(tried: Send) -> None:
    before, after = same_titles({"A": "B", "B": "A", "A/夜間": "B/夜間", "B/夜間": "A/夜間"})
    assert tried(before, after, linked(before))


@settings(
    max_examples=examples(5) if SHARE < 1 else 60, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.data())
def test_any_exchange_of_names(tried: Send, data: st.DataObject) -> None:
    """Names are dealt out anew among the posts: rings of every length, beside chains and posts that stay."""
    names = st.tuples(st.sampled_from(("A", "B", "A/C#", "運用")), st.sampled_from(("README", "昼/夜 #1", "ＡＢ")))
    some = data.draw(st.lists(names, min_size=2, max_size=8, unique=True))
    count = data.draw(st.integers(2, len(some)))
    before, after = some[:count], data.draw(st.permutations(some))[:count]
    if before != after:
        assert tried(before, after, linked(before))


@pytest.fixture
def swap(site: Callable[..., Site]) -> Site:
    """Two READMEs that are to change places, a third page with links to both, and a plan for it."""
    body = "[甲](/A/README) と [乙](/B/README)\n"
    rows: list[Row] = [
        {"number": 1, "name": "README", "category": "A", "body_md": "甲"},
        {"number": 2, "name": "README", "category": "B", "body_md": "乙"},
        {"number": 3, "name": "案内", "category": "C", "body_md": body},
    ]
    here = site(data=rows)
    here.plan(exchange(here))
    return here


def exchange(here: Site) -> list[Change]:
    first, second = ("A", "README"), ("B", "README")
    return [*moved(here, 1, first, second), *moved(here, 2, second, first)]


def names(here: Site) -> list[str]:
    return [f"{category}/{title}" for title, category, _ in (stored(here)[number] for number in (1, 2))]


BEFORE, AFTER = ["A/README", "B/README"], ["B/README", "A/README"]
ASIDE = [f"A/README{ASIDE_MARK}", "B/README"]


def test_the_review_says_in_plain_words_what_happens(swap: Site) -> None:
    swap.kb("review", "plan.toml")
    said = "".join(swap.said.split()) + "".join(swap.kb("review", "plan.toml").split())
    assert "2件は、互いの名前を入れ替えます。" in said
    assert f"esa:1「README{ASIDE_MARK.replace(' ', '')}」" in said


def test_a_run_that_stops_in_between_goes_on(swap: Site) -> None:
    assert swap.apply("--per-day", "1", code=1)["done"] == 0
    assert names(swap) == ASIDE
    assert swap.apply("--yes")["done"] == 2
    assert names(swap) == AFTER
    assert swap.undo("last")["done"] == 2
    assert names(swap) == BEFORE


def test_a_run_that_stops_in_between_is_taken_back(swap: Site) -> None:
    run = swap.apply("--per-day", "1", code=1)["run"]
    swap.undo(run)
    assert names(swap) == BEFORE
    revisions = swap.post(1)["revision_number"]
    swap.undo(run)
    assert (names(swap), swap.post(1)["revision_number"]) == (BEFORE, revisions)


def test_whoever_goes_on_knows_the_post_by_its_title(swap: Site) -> None:
    swap.apply("--per-day", "1", code=1)
    for path in (swap.folder / ".kb" / "runs").iterdir():
        path.unlink()
    (swap.folder / "plan.receipt.toml").unlink(missing_ok=True)
    swap.kb("sync")
    swap.kb("plan", "refresh", "plan.toml")
    assert swap.apply("--yes")["done"] == 2
    assert names(swap) == AFTER


class Killed(BaseException):
    """The machine goes out at one entry of the journal."""


def test_a_kill_at_any_entry_goes_on_and_comes_back(swap: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    right, cut, written = RunJournal.write, [0], [0]

    def write(self: RunJournal, what: str, **values: object) -> None:
        written[0] += 1
        if written[0] >= cut[0]:
            raise Killed
        right(self, what, **values)

    for cut[0] in range(2, 40):
        swap.plan(exchange(swap))
        written[0] = 0
        with monkeypatch.context() as patch:
            patch.setattr(RunJournal, "write", write)
            try:
                swap.kb("apply", "plan.toml", "--yes", "--json")
            except Killed:
                swap.capsys.readouterr()
        swap.kb("apply", "plan.toml", "--yes", "--json")
        assert names(swap) == AFTER, cut
        swap.kb("undo", "last", "--yes", "--json")
        assert names(swap) == BEFORE, cut
        if written[0] < cut[0]:
            break  # nothing was cut any more
    assert cut[0] > 10


def test_no_two_posts_have_one_name_at_any_time(swap: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    right, seen = EsaWrites._write, []

    def write(self: EsaWrites, *given: Any, **more: Any) -> Answer:
        answer = right(self, *given, **more)
        seen.append(names(swap))
        return answer

    monkeypatch.setattr(EsaWrites, "_write", write)
    swap.apply("--yes")
    swap.undo("last")
    assert seen[:3] == [ASIDE, [ASIDE[0], "A/README"], AFTER]
    assert all(len(set(each)) == 2 for each in seen)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("kind", ["reset", "reset-after", "500"])
def test_a_connection_that_breaks_leaves_nothing_half_done(swap: Site, number: int, kind: str) -> None:
    swap.sandbox.fault(system="esa", kind=kind, times=1, path=f"/posts/{number}$", method="PATCH")
    assert swap.apply("--yes")["done"] == 2
    assert names(swap) == AFTER
    assert swap.undo("last")["done"] == 2
    assert names(swap) == BEFORE


def test_a_post_that_is_open_in_the_editor_brings_the_other_one_back(swap: Site) -> None:
    swap.sandbox.fault(system="esa", kind="409", times=1, path="/posts/2$", method="PATCH")
    done = swap.apply("--yes", code=4)
    assert (done["done"], done["skipped"], names(swap)) == (0, 2, BEFORE)
    assert swap.apply("--yes")["done"] == 2
    assert names(swap) == AFTER
    swap.undo("last")
    assert names(swap) == BEFORE


def open_at_second_write(patch: pytest.MonkeyPatch) -> None:
    """Somebody opens the first post in the editor while the second is sent; the next time it is closed again."""
    right, writes = EsaRemote.send, [0]

    def send(self: EsaRemote, request: ChangeRequest, seen: TargetState) -> Result:
        writes[0] += request.number == 1
        return (
            Result(Outcome.SKIPPED, POST_OPEN) if (request.number, writes[0]) == (1, 2) else right(self, request, seen)
        )

    patch.setattr(EsaRemote, "send", send)


def test_the_last_step_that_fails_is_told_and_made_up_for(swap: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    open_at_second_write(monkeypatch)
    done = swap.apply("--yes", code=4)
    assert (done["done"], done["skipped"]) == (1, 1)
    assert names(swap) == [f"A/README{ASIDE_MARK}", "A/README"]
    assert "題名は仮のままです" in str(swap.journal(done["run"]))
    assert swap.apply("--yes")["done"] == 1
    assert names(swap) == AFTER


def test_what_failed_at_the_last_step_is_taken_back_whole(swap: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    open_at_second_write(monkeypatch)
    run = swap.apply("--yes", code=4)["run"]
    swap.undo(run)
    assert names(swap) == BEFORE


def test_an_edit_by_somebody_before_it_begins_leaves_all_as_it_is(swap: Site) -> None:
    swap.sandbox.edit("esa", "update", number=2, fields={"category": "D"}, as_="sato")
    done = swap.apply("--yes", code=4)
    assert done["done"] <= 1  # the place is free now: the first may go there
    assert ASIDE_MARK not in str(stored(swap))


def test_only_a_ring_that_can_be_opened_is_sent() -> None:
    both = [
        Change(Verb.DONE, f"esa:{n}", {"title": a}, {"title": b}, SEEN) for n, a, b in ((1, "x", "y"), (2, "y", "x"))
    ]
    found = find_collisions(both, {1: ("a", "x"), 2: ("a", "y")})
    assert [each.kind for each in found.refused] == [CollisionKind.CYCLE]  # each is read again just before
    found = find_collisions(both, {1: ("a", "x"), 2: ("a", "y"), 3: ("a", f"x{ASIDE_MARK}")})
    assert found.swaps == ()


def test_a_ring_is_sent_together_where_its_last_one_stood() -> None:
    some = [
        Change(Verb.RETITLE, f"esa:{n}", {"title": a}, {"title": b}, SEEN)
        for n, a, b in ((1, "x", "y"), (5, "k", "l"), (2, "y", "z"), (3, "z", "x"), (6, "m", "n"))
    ]
    found = find_collisions(some, {1: ("a", "x"), 2: ("a", "y"), 3: ("a", "z"), 5: ("a", "k"), 6: ("a", "m")})
    assert [each.kind for each in found.remarks] == [CollisionKind.SWAP]
    requests = add_asides(build_requests(some), found.swaps, {1: "x"})
    assert [(each.number, each.aside) for each in requests] == [
        (5, False), (1, True), (3, False), (2, False), (1, False), (6, False),
    ]  # fmt: skip
