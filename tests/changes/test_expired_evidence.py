"""What was proposed from a text is not sent once that text, edited by a person, no longer says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from changes.site import Site
from changes.test_apply_redmine import WORLD, status, ticket
from servers import Row

from kb.model.plan import Change
from kb.plan.file.parse import parse_plan

PAGE = """## 影響
2024/12/28 の 09:40 から、新規登録 62 件で番号が空になった。

## 原因
番号の表の残りが 0 件になった。残数を知らせる仕組みがなかった。

## 対応
番号を 20 万件補充した。

## 再発防止
- [x] 残数が 1 万件を切ったら通知する（担当: noguchi）
"""
MORE = "- [ ] 採番の待ち受けを冗長にする（担当: ono）\n"
DRAFT = "# 採番の手順\n\n1. 管理画面を開く\n2. 残数を確かめる\n3. 足りなければ 20 万件を補充する\n"


def page(number: int, **fields: Any) -> Row:
    """A finished incident page."""
    return {
        "number": number,
        "name": f"番号が空になった {number}",
        "category": "不具合共有/2025",
        "body_md": PAGE,
        "created_at": "2025-01-05T00:00:00Z",
        "updated_at": "2025-01-06T00:00:00Z",
        **fields,
    }


def edit(here: Site, number: int, **fields: Any) -> None:
    """An edit of a post by somebody else."""
    here.sandbox.edit("esa", "update", number=number, fields=fields)


def changes(here: Site) -> dict[str, Change]:
    """The changes of plan.toml, by target."""
    return {each.target: each for each in parse_plan((here.folder / "plan.toml").read_text("utf-8"), "").changes}


def accept(here: Site) -> None:
    """Accept everything in the plan by hand."""
    path = here.folder / "plan.toml"
    path.write_text(path.read_text("utf-8").replace("accept = false", "accept = true"), "utf-8")


@pytest.fixture
def pages(site: Callable[..., Site]) -> Callable[..., Site]:
    """A workspace with finished pages, and the plan that marks and moves them."""

    def open_(count: int = 2) -> Site:
        here = site(data=[page(number) for number in range(1, count + 1)])
        here.kb("plan", "done", "-o", "plan.toml")
        assert len(changes(here)) == count
        here.sandbox.reset(counters=True)
        return here

    return open_


def test_apply_leaves_a_page_that_got_an_open_measure_and_quotes_it(pages: Callable[..., Site]) -> None:
    here = pages()
    edit(here, 1, body=PAGE + MORE)
    here.sandbox.reset(counters=True)
    figures = here.apply("--yes", code=4)
    assert (figures["done"], figures["stale"], figures["requests"]) == (1, 1, 1 + 1 + 1)
    assert here.counted()["total"] == figures["requests"]
    assert (here.post(1)["name"], here.post(2)["name"]) == ("番号が空になった 1", "【完了】番号が空になった 2")
    here.kb("apply", "plan.toml", "--yes", code=4)
    assert "esa:1" in here.said
    assert "採番の待ち受けを冗長にする" in here.said
    assert "採番の待ち受け" not in str(here.journal(figures["run"]))


def test_apply_sends_what_an_edit_left_supported(pages: Callable[..., Site]) -> None:
    here = pages()
    edit(here, 1, body=PAGE + "\n補足: 図を差し替えました。\n")
    figures = here.apply("--yes")
    assert (figures["done"], here.post(1)["name"]) == (2, "【完了】番号が空になった 1")


def test_the_rehearsal_tells_the_same(pages: Callable[..., Site]) -> None:
    here = pages()
    edit(here, 1, body=PAGE + MORE)
    here.kb("apply", "plan.toml", "--rehearse", code=4)
    assert "採番の待ち受けを冗長にする" in here.said


@pytest.mark.parametrize("count", [3, 101])
def test_judging_again_costs_no_request(pages: Callable[..., Site], count: int) -> None:
    here = pages(count)
    for number in range(1, count + 1):
        edit(here, number, body=PAGE + "\n補足: 図を差し替えました。\n")
    here.sandbox.reset(counters=True)
    figures = here.apply("--yes", "--allow", "200")
    assert figures["done"] == count
    assert here.counted()["total"] == count + -(-count // 100) + -(-count // 50)


def test_refresh_turns_the_change_down_with_the_sentence_and_a_person_may_overrule_it(
    pages: Callable[..., Site],
) -> None:
    here = pages()
    edit(here, 1, body=PAGE + MORE)
    before = (here.folder / "plan.toml").read_bytes()
    here.kb("sync")
    assert (here.folder / "plan.toml").read_bytes() == before
    here.kb("plan", "refresh")
    assert "esa:1" in here.said
    found = changes(here)
    assert (found["esa:1"].accept, found["esa:2"].accept) == (False, True)
    assert "残っている対策があります" in found["esa:1"].reason
    assert "採番の待ち受けを冗長にする" in found["esa:1"].reason
    here.kb("plan", "refresh")
    assert changes(here) == found
    accept(here)
    assert here.apply("--yes")["done"] == 2
    assert here.post(1)["name"] == "【完了】番号が空になった 1"


def test_what_was_overruled_is_judged_again_after_a_newer_edit(pages: Callable[..., Site]) -> None:
    here = pages()
    edit(here, 1, body=PAGE + MORE)
    here.kb("sync")
    here.kb("plan", "refresh")
    accept(here)
    edit(here, 1, body=PAGE + MORE + "- [ ] 手順書を直す（担当: sato）\n")
    figures = here.apply("--yes", code=4)
    assert (figures["done"], figures["stale"]) == (1, 1)


def test_an_edit_by_kb_itself_is_not_judged(pages: Callable[..., Site]) -> None:
    here = pages(1)
    here.sandbox.edit("esa", "update", number=1, fields={"body": PAGE + MORE, "message": "kb 20260803-1 publish"})
    assert here.apply("--yes")["done"] == 1


def test_a_draft_is_not_shipped_that_somebody_emptied_or_put_a_password_into(site: Callable[..., Site]) -> None:
    body = {"category": "手順", "body_md": DRAFT, "wip": True}
    here = site(data=[{"number": number, "name": f"手順 {number}", **body} for number in range(1, 5)])
    here.kb("plan", "ship", "--in", "手順", "-o", "plan.toml")
    edit(here, 1, body="# 採番の手順\n\nTODO\n")
    edit(here, 2, body=DRAFT + "\nパスワード: Momiji_8841\n")
    edit(here, 3, body=DRAFT + "\n4. 監視を戻す\n")
    here.kb("apply", "plan.toml", "--yes", code=4)
    assert [here.post(number)["wip"] for number in range(1, 5)] == [True, True, False, False]
    assert "Momiji" not in here.said
    here.kb("sync")
    here.kb("plan", "refresh")
    found = changes(here)
    assert {target: each.accept for target, each in found.items()} == {"esa:1": False, "esa:2": False}
    assert "Momiji" not in (here.folder / "plan.toml").read_text("utf-8")


def test_a_moved_page_is_moved_whatever_its_text_says(site: Callable[..., Site]) -> None:
    here = site(data=[page(number) for number in range(1, 3)])
    here.kb("plan", "move", "--from", "不具合共有/2025", "--to", "障害/2025", "-o", "plan.toml")
    edit(here, 1, body=PAGE + MORE)
    assert here.apply("--yes")["done"] == 2
    assert here.post(1)["category"] == "障害/2025"


# -- tickets ------------------------------------------------------------------------------------------


@pytest.fixture
def tickets(site: Callable[..., Site]) -> Callable[..., Site]:
    """A workspace with tickets that look finished, and the plan that closes them."""

    def open_(*rows: Row) -> Site:
        here = site(data=[WORLD, *rows], redmine=True)
        here.kb("plan", "close", "--without-check", "-o", "plan.toml")
        assert set(changes(here)) == {f"redmine:{row['id']}" for row in rows}
        here.sandbox.reset(counters=True)
        return here

    return open_


def test_apply_leaves_a_ticket_whose_new_note_says_that_it_goes_on(tickets: Callable[..., Site]) -> None:
    here = tickets(ticket(1), ticket(2), ticket(3))
    here.sandbox.edit("redmine", "note", id=1, fields={"notes": "確認しました。\nまだ再現します。調査を続けます。"})
    here.sandbox.reset(counters=True)
    figures = here.apply("--yes", code=4)
    assert (figures["done"], figures["stale"]) == (2, 1)
    assert [status(here, number) for number in (1, 2, 3)] == ["解決", "終了", "終了"]
    here.kb("apply", "plan.toml", "--yes", code=4)
    assert "redmine:1" in here.said
    assert "「まだ再現します。」" in here.said


def test_one_note_more_is_read_for_a_ticket_that_moved_and_none_for_others(tickets: Callable[..., Site]) -> None:
    here = tickets(ticket(1), ticket(2))
    here.sandbox.edit("redmine", "note", id=1, fields={"notes": "ありがとうございます。"})
    here.sandbox.reset(counters=True)
    assert here.apply("--yes")["done"] == 2
    assert here.counted("redmine")["GET /issues/{number}.json"] == 1 + 2  # its notes, and the reading back


def test_refresh_turns_down_a_ticket_that_somebody_took_up_again(tickets: Callable[..., Site]) -> None:
    here = tickets(ticket(1), ticket(2))
    here.sandbox.edit("redmine", "note", id=1, fields={"notes": "まだ再現します。"})
    here.kb("sync")
    here.kb("plan", "refresh")
    found = changes(here)
    assert (found["redmine:1"].accept, found["redmine:2"].accept) == (False, True)
    assert "まだ再現します。" in found["redmine:1"].reason
    accept(here)
    assert here.apply("--yes")["done"] == 2


def test_a_note_for_a_few_is_not_quoted(tickets: Callable[..., Site]) -> None:
    here = tickets(ticket(1), ticket(2))
    private = {"notes": "まだ再現します。", "private_notes": True}
    here.sandbox.edit("redmine", "note", id=1, fields=private)
    here.kb("sync")
    here.kb("plan", "refresh")
    text = (here.folder / "plan.toml").read_text("utf-8")
    assert "最後の注記に続きがあります" in text
    assert "再現" not in text


def test_a_password_in_a_note_is_masked_where_the_note_is_quoted(tickets: Callable[..., Site]) -> None:
    here = tickets(ticket(1), ticket(2))
    here.sandbox.edit("redmine", "note", id=1, fields={"notes": "パスワード: Momiji_8841 でもまだ再現します。"})
    here.kb("apply", "plan.toml", "--yes", code=4)
    assert "再現します" in here.said
    assert "Momiji" not in here.said
    here.kb("sync")
    here.kb("plan", "refresh")
    assert "Momiji" not in (here.folder / "plan.toml").read_text("utf-8")


def test_refresh_turns_down_a_page_whose_ticket_somebody_opened_again(site: Callable[..., Site]) -> None:
    closed = {
        "id": 900,
        "user": {"id": 12, "name": "鈴木"},
        "created_on": "2026-01-05T00:00:00Z",
        "details": [{"property": "attr", "name": "status_id", "old_value": "3", "new_value": "5"}],
    }
    row = ticket(45, status={"id": 5, "name": "終了"}, journals=[closed], updated_on="2026-01-05T00:00:00Z")
    by_ticket = PAGE.replace("- [x] ", "- ").replace("noguchi）", "noguchi） #45")
    here = site(data=[WORLD, row, page(1, body_md=by_ticket), page(2)], redmine=True)
    here.kb("plan", "done", "-o", "plan.toml")
    assert set(changes(here)) == {"esa:1", "esa:2"}
    here.sandbox.edit("redmine", "update", id=45, fields={"status": "新規", "notes": "まだ再現します。"})
    here.kb("sync")
    here.kb("plan", "refresh")
    found = changes(here)
    assert (found["esa:1"].accept, found["esa:2"].accept) == (False, True)
    assert "残っている対策があります（#45 は" in found["esa:1"].reason
