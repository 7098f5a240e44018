"""What `kb apply` and `kb undo` do to esa, told by the sandbox's own posts and counters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from changes.site import Site, change

from kb.mirror.store import Mirror
from kb.model.plan import Verb

DONE = "不具合共有/対応完了/2025"


def test_what_is_accepted_is_sent_and_nothing_else(site: Callable[..., Site]) -> None:
    here = site(3)
    accepted = change(1, Verb.DONE, title="【完了】記事 1", category=DONE)
    here.plan([accepted, replace(change(2, category="運用"), accept=False)])
    figures = here.apply()
    assert (figures["done"], figures["skipped"], figures["stale"], figures["failed"]) == (1, 0, 0, 0)
    assert [here.post(number)["revision_number"] for number in (1, 2, 3)] == [2, 1, 1]


def test_several_decisions_about_one_post_are_one_request_and_the_body_is_not_sent(site: Callable[..., Site]) -> None:
    here = site(2)
    here.plan(
        [change(1, Verb.RETITLE, title="新しい題名"), change(1, category="運用"), change(1, Verb.SHIP, tags=("b",))]
    )
    figures = here.apply()
    post = here.post(1)
    assert (post["name"], post["category"], post["tags"], post["revision_number"]) == ("新しい題名", "運用", ["b"], 2)
    assert (post["body_md"], figures["done"]) == ("本文 1", 1)
    assert here.seen(1)["message"] == f"kb {figures['run']} move retitle ship [skip notice]"


@pytest.mark.parametrize(("count", "requests"), [(1, 3), (50, 52), (101, 101 + 2 + 3)])
def test_n_changes_cost_n_writes_and_a_known_number_of_reads(
    site: Callable[..., Site], count: int, requests: int
) -> None:
    here = site(count + 1)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, count + 1)])
    assert here.apply("--yes", "--allow", "200")["requests"] == requests
    assert here.counted()["total"] == requests


def test_a_second_apply_sends_nothing(site: Callable[..., Site]) -> None:
    here = site(3)
    here.plan([change(number, category="運用") for number in (1, 2)])
    run = here.apply()["run"]
    here.sandbox.reset(counters=True)
    again = here.apply()
    assert (again["run"], again["done"], again["requests"]) == (run, 0, 0)
    assert here.counted()["total"] == 0


def test_what_somebody_touched_since_stays_and_the_rest_is_sent(site: Callable[..., Site]) -> None:
    here = site(4)
    here.plan(
        [
            change(1, title="題名 1"),
            change(2, title="題名 2"),
            change(3, Verb.RETITLE, title="題名 3"),
            change(3, category="運用"),
        ]
    )
    here.sandbox.edit("esa", "update", number=1, fields={"title": "ほかの人の題名"})
    here.sandbox.edit("esa", "update", number=2, fields={"body": "ほかの人の本文"})
    here.sandbox.edit("esa", "update", number=3, fields={"title": "ほかの人の題名"}, quiet=True)
    figures = here.apply(code=4)
    assert (figures["done"], figures["stale"]) == (2, 2)
    assert here.post(1)["name"] == "ほかの人の題名"
    assert (here.post(2)["name"], here.post(2)["body_md"]) == ("題名 2", "ほかの人の本文")
    assert (here.post(3)["name"], here.post(3)["category"]) == ("ほかの人の題名", "運用")


def test_undo_takes_back_field_by_field_what_nobody_touched_since(site: Callable[..., Site]) -> None:
    here = site(4)
    here.plan([change(n, Verb.DONE, title=f"【完了】記事 {n}", category=DONE, wip=False) for n in (1, 2, 3)])
    run = here.apply()["run"]
    here.sandbox.edit("esa", "update", number=2, fields={"title": "【完了】直した題名"})
    figures = here.undo(run, code=4)
    assert (here.post(1)["name"], here.post(1)["category"]) == ("記事 1", "不具合共有/2025")
    assert (here.post(2)["name"], here.post(2)["category"]) == ("【完了】直した題名", "不具合共有/2025")
    assert (figures["done"], figures["stale"]) == (3, 1)
    back = here.undo(figures["run"])
    assert back["done"] == 3
    assert (here.post(1)["name"], here.post(1)["category"]) == ("【完了】記事 1", DONE)


def test_a_plan_that_was_taken_back_is_not_sent_again(site: Callable[..., Site]) -> None:
    here = site(3)
    here.plan([change(1, category="運用"), change(2, category="運用")])
    run = here.apply()["run"]
    here.undo(run)
    here.sandbox.reset(counters=True)
    assert here.kb("apply", "plan.toml", code=5) == ""
    assert "元に戻しています" in here.said
    assert here.counted()["total"] == 0


def test_a_post_that_is_open_in_the_editor_is_left_and_told(site: Callable[..., Site]) -> None:
    here = site(3)
    here.plan([change(1, category="運用"), change(2, category="運用")])
    here.sandbox.fault(system="esa", kind="409", times=1, path="/posts/1$", method="PATCH")
    figures = here.apply(code=4)
    assert (figures["done"], figures["skipped"]) == (1, 1)
    assert here.apply()["done"] == 1


@pytest.mark.parametrize("kind", ["reset", "reset-after", "500", "reset-body", "truncate"])
def test_an_answer_that_never_came_is_looked_for_and_nothing_is_sent_twice(
    site: Callable[..., Site], kind: str
) -> None:
    here = site(3)
    here.plan([change(1, category="運用"), change(2, category="運用")])
    here.sandbox.fault(system="esa", kind=kind, times=1, method="PATCH")
    assert here.apply()["done"] == 2
    assert [here.post(number)["revision_number"] for number in (1, 2)] == [2, 2]


def test_a_title_with_a_slash_or_hash_stays_a_title(site: Callable[..., Site]) -> None:
    here = site(3)
    here.plan([change(1, title="入口/出口 #1 の障害")])
    assert here.apply()["done"] == 1
    post = here.post(1)
    assert post["category"] == "不具合共有/2025"
    assert post["name"].replace("&#47;", "/").replace("&#35;", "#") == "入口/出口 #1 の障害"


def test_more_than_twenty_pause_after_three_and_the_next_apply_goes_on(site: Callable[..., Site]) -> None:
    here = site(100)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 23)])
    first = here.apply(code=1)
    assert first["done"] == 3
    assert [here.post(number)["revision_number"] for number in range(1, 6)] == [2, 2, 2, 1, 1]
    rest = here.apply()
    assert (rest["run"], rest["done"]) == (first["run"], 19)


def test_without_a_terminal_a_run_pauses_once_and_the_next_apply_sends_the_rest(site: Callable[..., Site]) -> None:
    here = site(200)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 51)])
    first = here.apply(code=1)
    rest = here.apply()
    assert (first["done"], rest["done"], rest["run"]) == (3, 47, first["run"])
    here.kb("apply", "plan.toml")
    assert here.said.splitlines() == [f"元に戻すには: kb undo {first['run']}"]


def test_the_journal_explains_every_write(site: Callable[..., Site]) -> None:
    here = site(3)
    here.plan([change(1, category="運用"), change(2, category="運用")])
    entries = here.journal(here.apply()["run"])
    assert [each["what"] for each in entries] == [
        "run", "read", "read", "intend", "done", "intend", "done", "end",
    ]  # fmt: skip
    assert sum(each["what"] == "intend" for each in entries) == here.counted()["PATCH /posts/{number}"]


def test_a_whole_category_moves_in_one_request_and_back(site: Callable[..., Site]) -> None:
    here = site(120)
    plan = [change(number, category="過去/2025") for number in range(1, 121)]
    here.plan(plan)
    assert here.apply("--allow", "120", code=1)["done"] == 0
    assert {here.post(number)["category"] for number in (1, 120)} == {"不具合共有/2025"}
    here.sandbox.reset(counters=True)
    figures = here.apply("--allow", "120")
    assert figures["done"] == 120
    assert {here.post(number)["category"] for number in (1, 60, 120)} == {"過去/2025"}
    counted = here.counted()
    assert counted["POST /categories/batch_move"] == 1
    assert counted["total"] == 1 + 2 + 1 + 1 + 2 + 1  # source, target, counts, and the target and the counts again
    assert here.undo(figures["run"])["done"] == 120
    assert here.counted()["POST /categories/batch_move"] == 2
    assert {here.post(number)["category"] for number in (1, 60, 120)} == {"不具合共有/2025"}


def test_a_category_somebody_added_to_is_moved_post_by_post(site: Callable[..., Site]) -> None:
    here = site(4)
    here.plan([change(number, category="過去/2025") for number in range(1, 5)])
    here.sandbox.edit("esa", "create", fields={"name": "あとから", "category": "不具合共有/2025"})
    assert here.apply()["done"] == 4
    assert "POST /categories/batch_move" not in here.counted()
    assert here.post(5)["category"] == "不具合共有/2025"


@pytest.mark.parametrize("count", [2, 5])
def test_a_move_makes_no_page_fresh_and_nobody_its_owner(site: Callable[..., Site], count: int) -> None:
    here = site(5)
    here.sandbox.toggles(system="esa", move_revises=True, move_touches=True)
    before = human(here)
    here.plan([change(number, category="過去/2025") for number in range(1, count + 1)])
    here.apply()
    assert human(here) == before
    here.kb("sync")
    assert human(here) == before


def human(here: Site) -> dict[str, tuple[str, str]]:
    """When a person last touched each post, and who."""
    with Mirror.open(here.folder / ".kb" / "mirror.db", readonly=True) as mirror:
        return {each.document.doc: (each.document.human_at, each.document.human_by) for each in mirror.documents()}  # type: ignore[misc]


def test_what_is_accepted_later_is_sent_by_the_next_apply(site: Callable[..., Site]) -> None:
    here = site(3)
    later = replace(change(1, Verb.RETITLE, title="新しい題名"), accept=False)
    here.plan([change(1, category="運用"), later])
    run = here.apply()["run"]
    path = here.folder / "plan.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("accept = false\ngroup", "accept = true\ngroup"))
    assert here.apply()["done"] == 1
    post = here.post(1)
    assert (post["name"], post["category"], post["revision_number"]) == ("新しい題名", "運用", 3)
    assert here.undo(run)["done"] == 1
    assert (here.post(1)["name"], here.post(1)["category"]) == ("記事 1", "不具合共有/2025")


def test_undo_takes_back_the_rest_when_a_post_is_gone(site: Callable[..., Site]) -> None:
    here = site(3)
    here.plan([change(1, category="運用"), change(2, category="運用")])
    run = here.apply()["run"]
    here.sandbox.edit("esa", "delete", number=2)
    here.kb("sync")
    figures = here.undo(run, code=4)
    assert (figures["done"], figures["skipped"], here.post(1)["category"]) == (1, 1, "不具合共有/2025")


def test_what_a_cut_off_request_leaves_is_decided_field_by_field(site: Callable[..., Site]) -> None:
    here = site(2)
    here.plan([change(1, Verb.RETITLE, title="題名"), change(1, category="運用")])
    here.sandbox.fault(system="esa", kind="409", times=1, method="PATCH")
    run = here.apply(code=4)["run"]
    path = here.folder / ".kb" / "runs" / f"{run}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[: next(n for n, line in enumerate(lines) if '"skipped"' in line)]), encoding="utf-8")
    here.sandbox.edit("esa", "update", number=1, fields={"category": "設計"})
    figures = here.apply(code=4)
    assert (figures["run"], figures["done"], figures["stale"]) == (run, 1, 1)
    assert (here.post(1)["name"], here.post(1)["category"]) == ("題名", "設計")


def test_a_plan_made_anew_after_the_last_one_was_taken_back_is_sent(site: Callable[..., Site]) -> None:
    here = site(5)
    moves = [change(number, category="移動先") for number in range(1, 6)]
    here.plan(moves, created="2000-01-01T00:00:00Z")
    run = here.apply()["run"]
    here.undo(run)
    here.kb("apply", "plan.toml", code=5)
    here.plan(moves, created="2999-01-01T00:00:00Z")
    again = here.apply()
    assert (again["run"] == run, again["done"], here.post(1)["category"]) == (False, 5, "移動先")


def test_after_a_cut_off_request_the_rest_of_its_post_is_told_too(site: Callable[..., Site]) -> None:
    here = site(2)
    here.plan([change(1, Verb.RETITLE, title="題名"), change(1, category="運用")])
    here.sandbox.edit("esa", "update", number=1, fields={"category": "設計"})
    run = here.apply(code=4)["run"]
    path = here.folder / ".kb" / "runs" / f"{run}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[: next(n for n, line in enumerate(lines) if '"done"' in line)]), encoding="utf-8")
    figures = here.apply(code=4)
    assert (figures["run"], figures["done"], figures["stale"]) == (run, 1, 1)
    assert here.post(1)["revision_number"] == 3


def test_nobody_gets_a_name_that_was_not_given_up(site: Callable[..., Site]) -> None:
    here = site(4)
    here.plan(
        [change(1, title="記事 2"), change(2, title="記事 3"), change(3, title="題名 3"), change(4, title="題名")]
    )
    here.sandbox.edit("esa", "open", number=3)
    figures = here.apply(code=4)
    assert (figures["done"], figures["skipped"]) == (1, 3)
    assert [here.post(number)["name"] for number in (1, 2, 3)] == ["記事 1", "記事 2", "記事 3"]
    assert "esa:3 が使っています" in str(here.journal(figures["run"]))
    assert here.apply()["done"] == 3


def test_a_post_that_the_search_does_not_show_yet_is_not_moved_along(site: Callable[..., Site]) -> None:
    here = site(4)
    here.plan([change(number, category="過去/2025") for number in range(1, 5)])
    here.sandbox.toggles(system="esa", index_lag_s=600)
    here.sandbox.edit("esa", "create", fields={"name": "あとから", "category": "不具合共有/2025/春"})
    assert here.apply()["done"] == 4
    assert here.post(5)["category"] == "不具合共有/2025/春"


def test_an_archive_that_somebody_sent_elsewhere_goes_there(site: Callable[..., Site]) -> None:
    here = site(3)
    here.plan(
        [change(1, Verb.ARCHIVE, category="倉庫/2025"), change(2, Verb.ARCHIVE, category="Archived/不具合共有/2025")]
    )
    assert here.apply()["done"] == 2
    assert [here.post(number)["category"] for number in (1, 2)] == ["倉庫/2025", "Archived/不具合共有/2025"]
    counted = here.counted()
    assert (counted["POST /posts/{number}/archive"], counted["PATCH /posts/{number}"]) == (1, 1)


def test_an_edit_that_meets_a_404_is_skipped_whatever_it_is_part_of(site: Callable[..., Site]) -> None:
    here = site(2)
    here.plan([change(1, Verb.ARCHIVE, title="題名", category="Archived/不具合共有/2025")])
    here.sandbox.fault(system="esa", kind="404", times=1, method="PATCH")
    assert here.apply(code=4)["skipped"] == 1
    assert here.apply()["done"] == 1
