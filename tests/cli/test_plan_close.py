"""`kb plan close` and `kb plan reassign`: from tickets and pages of a mirror to a plan. Nothing is asked of Redmine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lint.ticket_kit import BASE, children, issue, note, put_tickets, relation

from kb.errors import UnreachableError
from kb.execute.journal.writer import RunJournal
from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.model.facts import Confidence
from kb.model.plan import Change
from kb.plan.file.parse import parse_plan
from kb.text.lang import t

Call = Callable[..., Any]
NOW = ("--now", "2025-07-01")
DONE = note("佐藤 健", "2025-05-20T00:00:00Z", "リリースしました。", status=("新規", "解決"), done=(0, 100))

PAGE = """## 影響
2025/05/08 の 09:40 から、新規登録 62 件で番号が空になった。チケットは #45。

## 原因
番号の表の残りが 0 件になった。残数を知らせる仕組みがなかった。

## 対応
番号を 20 万件補充した。

## 再発防止
- [{box}] 残数が 1 万件を切ったら通知する（担当: noguchi） {ticket}
"""


@pytest.fixture
def home(workspace: Path) -> Path:
    (workspace / "kb.toml").write_text(f'[esa]\nteam = "docs"\n[redmine]\nurl = "{BASE}"\n', encoding="utf-8")
    return workspace


@pytest.fixture
def proposed(kb: Call, home: Path) -> Call:
    """The changes of a plan, by target; `proposed.said` is what was told."""

    def call(*words: str, verb: str = "close") -> dict[str, Change]:
        path = home / "plan.toml"
        path.unlink(missing_ok=True)
        more = ("--without-check",) if verb == "close" else ()
        said = kb("plan", verb, "-o", "plan.toml", *more, *NOW, *words)
        assert said.code == 0, said.err
        call.said = said.err  # type: ignore[attr-defined]
        if not path.exists():
            return {}
        return {each.target: each for each in parse_plan(path.read_text("utf-8"), path.name).changes}

    return call


def resolved(number: int, **fields: Any) -> dict[str, Any]:
    """A ticket that looks finished."""
    return issue(number, DONE, status="解決", done_ratio=100, **fields)


def page(
    root: Path, number: int, body: str, *, title: str = "番号が空になった", by: str = "ono", by_kb: bool = False,
    updated: str = "2025-05-21T00:00:00Z",
) -> None:  # fmt: skip
    """An incident page in the mirror."""
    row = SourceRow(
        Source.ESA, Kind.POST, str(number), f"esa:{number}", title, body, {}, category="不具合共有/2025", author=by,
        created_at="2025-05-08T00:00:00Z", updated_at=updated, edited_by=by, by_kb=by_kb, number=number,
    )  # fmt: skip
    with Mirror.open(root / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.put([row])


def test_nothing_finished_writes_no_plan(home: Path, proposed: Call) -> None:
    put_tickets(home, issue(45, note("佐藤 健", "2025-05-20T00:00:00Z", "確認します。"), status="進行中"))
    assert proposed() == {}
    assert "変更するものはありません。" in proposed.said


def test_the_last_note_decides_over_the_status(home: Path, proposed: Call) -> None:
    again = note("岸 礼", "2025-05-25T00:00:00Z", "まだ再現します。")
    fixed = note("佐藤 健", "2025-05-30T00:00:00Z", "修正しました。再発しないことを確認しました。")
    put_tickets(
        home,
        issue(45, DONE, again, status="解決"),
        issue(46, DONE, again, fixed, status="解決"),
        issue(47, DONE, note("岸 礼", "2025-05-25T00:00:00Z", "ありがとうございます！"), status="解決"),
    )
    changes = proposed()
    assert set(changes) == {"redmine:46", "redmine:47"}
    assert "完了した旨の注記（佐藤 健さん、2025-05-30）" in changes["redmine:46"].reason
    assert "最後の動きは 2025-05-25（岸 礼さん）です。" in changes["redmine:47"].reason
    assert "最後の注記に続きがあるもの（まだ起きる、確認待ちなど） 1 件" in proposed.said


def test_the_reporter_confirms_what_somebody_else_mended(home: Path, proposed: Call) -> None:
    mended = note("佐藤 健", "2025-05-20T00:00:00Z", "直しました。", status=("新規", "フィードバック"))

    def said(who: str, text: str) -> Any:
        made = note(who, "2025-05-22T00:00:00Z", text)
        return {**made, "user": {"id": 8 if who == "岸 礼" else 9, "name": who}}

    def reported(number: int, *notes: Any) -> dict[str, Any]:
        feedback = {"id": 4, "name": "フィードバック", "is_closed": False}
        return issue(number, *notes, author={"id": 8, "name": "岸 礼"}) | {"status": feedback}

    put_tickets(
        home,
        reported(45, mended, said("岸 礼", "確認できました。")),
        reported(46, mended, said("岸 礼", "直っていました、ありがとうございます。")),
        reported(47, mended, said("岸 礼", "確認できましたが、別の画面でまだ出ています。")),
        reported(48, mended, said("岸 礼", "まだ直っていません。")),
        reported(49, mended, said("大野 亮", "確認できました。")),
        reported(50, note("佐藤 健", "2025-05-20T00:00:00Z", "調べます。"), said("岸 礼", "確認できました。")),
    )
    changes = proposed()
    assert {"redmine:45", "redmine:46"} <= set(changes)
    assert not {"redmine:47", "redmine:48", "redmine:49", "redmine:50"} & set(changes)
    assert "完了した旨の注記（岸 礼さん、2025-05-22）" in changes["redmine:45"].reason


def test_days_statuses_and_the_status_to_close_with_can_be_given(home: Path, proposed: Call) -> None:
    moved = note("佐藤 健", "2025-06-27T00:00:00Z", status=("新規", "進行中"))
    put_tickets(home, resolved(45), issue(46, moved, status="進行中"))
    assert set(proposed()) == {"redmine:45"}
    assert set(proposed("--quiet-days", "60")) == set()
    assert "最近動いたもの 1 件" in proposed.said
    changes = proposed("--status", "進行中", "--quiet-days", "4", "--to", "却下", "--project", "infra")
    assert changes["redmine:46"].after == {"status": "却下"}
    assert "状態" not in changes["redmine:45"].reason  # its note and its ratio speak for it all the same


def test_a_status_or_project_nobody_knows_is_one_sentence(kb: Call, home: Path) -> None:
    put_tickets(home, resolved(45))
    said = kb("plan", "close", "-o", "plan.toml", "--without-check", "--to", "解決")
    assert (said.code, "閉じる状態: 終了、却下" in said.err) == (2, True)
    said = kb("plan", "close", "-o", "plan.toml", "--without-check", "--status", "解決済")
    assert (said.code, "「解決済」という状態はありません" in said.err, "解決" in said.err) == (2, True, True)
    said = kb("plan", "close", "-o", "plan.toml", "--without-check", "--project", "nowhere")
    assert (said.code, "あるもの: infra" in said.err) == (2, True)
    (home / "kb.toml").write_text('[esa]\nteam = "docs"\n', encoding="utf-8")
    said = kb("plan", "close", "-o", "plan.toml", "--without-check")
    assert (said.code, "kb.toml に [redmine] がありません。" in said.err) == (2, True)


@pytest.mark.parametrize("verb", ["close", "from-findings"])
def test_where_redmine_does_not_answer_a_plan_says_how_to_do_without(
    kb: Call, home: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    def connect(*_: object, **__: object) -> None:
        raise UnreachableError(t("つながりません。", "no answer."), t("url を確かめてください。", "check the url."))

    put_tickets(home, resolved(45))
    monkeypatch.delenv("REDMINE_API_KEY", raising=False)
    without_a_key = kb("plan", verb, "-o", "plan.toml", *NOW)
    monkeypatch.setattr("kb.sources.redmine.client.Redmine.connect", connect)
    without_an_answer = kb("plan", verb, "-o", "plan.toml", *NOW)
    assert "REDMINE_API_KEY" in without_a_key.err
    assert "url を確かめてください。Redmine に聞かずに" in without_an_answer.err
    for said in (without_a_key, without_an_answer):
        assert (said.code, "--without-check を付けてください。" in said.err) == (3, True)
    assert not (home / "plan.toml").exists()


def test_what_a_person_set_aside_is_left_alone(home: Path, proposed: Call) -> None:
    put_tickets(home, resolved(45, description="<!-- kb:ignore-page TKT101 監査のため開けておく -->"), resolved(46))
    assert set(proposed()) == {"redmine:46"}
    assert "指摘を受け入れた、またはあとに回したもの 1 件" in proposed.said


def test_a_private_ticket_is_in_no_plan_for_git_and_named_by_its_number_elsewhere(home: Path, proposed: Call) -> None:
    put_tickets(home, resolved(45, is_private=True, subject="人事の件"), resolved(46))
    assert set(proposed()) == {"redmine:46"}
    assert "1 件はメンバー全員には見えないので" in proposed.said
    proposed("-o", ".kb/plan.toml")
    text = (home / ".kb" / "plan.toml").read_text("utf-8")
    assert 'target = "redmine:45"' in text
    assert "人事の件" not in text


def test_a_ticket_whose_private_duplicate_or_child_goes_along_is_in_no_plan_for_git(home: Path, proposed: Call) -> None:
    chain = [relation("duplicates", 46, 45)]
    put_tickets(home, resolved(45, relations=chain), issue(46, relations=chain, is_private=True), resolved(48))
    put_tickets(home, resolved(49), resolved(50, parent={"id": 49}, is_private=True))
    assert set(proposed()) == {"redmine:48"}
    assert "3 件はメンバー全員には見えないので" in proposed.said


def test_a_ticket_called_by_a_secret_is_counted_and_left_out(home: Path, proposed: Call) -> None:
    put_tickets(home, resolved(45, subject="パスワード: Kumo7-Hikari を変える"), resolved(46))
    assert set(proposed()) == {"redmine:46"}
    assert "Kumo7" not in proposed.said + (home / "plan.toml").read_text("utf-8")


def test_a_child_the_parent_does_not_know_of_yet_keeps_it_open(home: Path, proposed: Call) -> None:
    put_tickets(home, resolved(45), issue(46, parent={"id": 45}), issue(47, parent={"id": 46}))
    assert proposed() == {}
    assert "終わっていない子チケットがあるもの 1 件" in proposed.said
    put_tickets(home, resolved(46, parent={"id": 45}), resolved(47, parent={"id": 46}))
    changes = proposed()
    assert set(changes) == {"redmine:45", "redmine:46", "redmine:47"}
    assert changes["redmine:45"].reason.endswith("#46、#47 を先に閉じます。")


def test_duplicates_are_followed_and_a_circle_of_them_ends(home: Path, proposed: Call) -> None:
    chain = [relation("duplicates", 46, 45), relation("duplicates", 47, 46), relation("duplicates", 45, 47)]
    put_tickets(home, resolved(45, relations=chain), issue(46, relations=chain), issue(47, relations=chain))
    assert proposed()["redmine:45"].along == ("redmine:46", "redmine:47")


def test_fields_no_closed_ticket_leaves_empty_are_named(home: Path, proposed: Call) -> None:
    def fields(cause: str, scope: str) -> list[dict[str, Any]]:
        return [{"id": 1, "name": "根本原因", "value": cause}, {"id": 2, "name": "影響範囲", "value": scope}]

    closed = note("佐藤 健", "2025-04-20T00:00:00Z", status=("新規", "終了"))
    put_tickets(
        home,
        resolved(45, custom_fields=fields("", "")),
        issue(46, closed, status="終了", custom_fields=fields("設定の漏れ", "")),
    )
    assert "空の「根本原因」が、閉じるときに必須かもしれません" in proposed()["redmine:45"].warning
    assert "影響範囲" not in proposed()["redmine:45"].warning


# -- incident pages ----------------------------------------------------------------------------------------


def test_an_open_incident_page_keeps_its_ticket_open(home: Path, proposed: Call) -> None:
    put_tickets(home, resolved(45, created_on="2025-05-08T01:00:00Z"))
    page(home, 12, PAGE.format(box=" ", ticket=""))
    assert proposed() == {}
    assert "障害の記録に残っていることがあるもの 1 件" in proposed.said


def test_a_page_the_ticket_links_to_counts_too(home: Path, proposed: Call) -> None:
    put_tickets(home, resolved(45, description="経緯: https://docs.esa.io/posts/12"))
    page(home, 12, PAGE.format(box=" ", ticket="").replace("チケットは #45。", ""))
    assert proposed() == {}


def test_a_page_that_is_done_speaks_for_its_ticket_and_names_who(home: Path, proposed: Call) -> None:
    put_tickets(
        home, issue(45, note("佐藤 健", "2025-05-09T00:00:00Z", "確認します。"), created_on="2025-05-08T01:00:00Z")
    )
    page(home, 12, PAGE.format(box="x", ticket=""), title="【完了】番号が空になった")
    change = proposed()["redmine:45"]
    assert "障害の記事 esa:12 が完了（onoさん、2025-05-21）" in change.reason
    assert (change.confidence, change.accept) == (Confidence.MEDIUM, True)


def test_a_measures_ticket_is_finished_when_its_measure_is_ticked(home: Path, proposed: Call) -> None:
    put_tickets(home, issue(45), issue(46))
    body = PAGE.replace("チケットは #45。", "").format(box="x", ticket="#45") + "- [ ] 手順を直す #46\n"
    page(home, 12, body)
    assert set(proposed()) == {"redmine:45"}  # what else is open on the page is no concern of this one


# -- evidence never circles --------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["its message", "the records"])
def test_a_page_kb_marked_is_no_proof(home: Path, proposed: Call, how: str) -> None:
    put_tickets(home, issue(45, created_on="2025-05-08T01:00:00Z"))
    body = PAGE.format(box="x", ticket="")
    if how == "its message":
        page(home, 12, body, updated="2025-05-20T00:00:00Z")
        page(home, 12, body, title="【完了】番号が空になった", by_kb=True)
    else:  # a person edited the page after kb had marked it
        page(home, 12, body, title="【完了】番号が空になった")
        recorded(home, "esa:12", {"title": "番号が空になった"}, {"title": "【完了】番号が空になった"})
    assert proposed() == {}


def test_children_kb_closed_without_a_note_are_no_proof(home: Path, proposed: Call) -> None:
    closed = note("運用", "2025-05-20T00:00:00Z", status=("新規", "終了"))
    put_tickets(home, issue(45, children=children(46)), issue(46, closed, status="終了", parent={"id": 45}))
    assert set(proposed()) == {"redmine:45"}
    recorded(home, "redmine:46", {"status": "新規"}, {"status": "終了"})
    assert proposed() == {}


def test_what_kb_took_back_is_as_much_of_a_proof_as_before(home: Path, proposed: Call) -> None:
    put_tickets(home, issue(45, DONE, status="解決"))
    before = proposed()["redmine:45"]
    recorded(home, "redmine:45", {"status": "解決"}, {"status": "終了"})
    recorded(home, "redmine:45", {"status": "終了"}, {"status": "解決"}, run="20250520-2")
    assert proposed()["redmine:45"] == before


def recorded(root: Path, target: str, before: dict[str, str], after: dict[str, str], run: str = "20250520-1") -> None:
    """A run of kb that did one thing."""
    runs = root / ".kb" / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    with RunJournal(runs / f"{run}.jsonl", lambda: "2025-05-20T00:00:00Z") as journal:
        journal.write("run", format=1, plan="0" * 16)
        journal.write("intend", target=target, kinds=["done"], before=before, after=after)
        journal.write("done", target=target, state={"updated_at": "2025-05-20T00:00:00Z", "revision": 2})
        journal.write("end", how="done")


# -- somebody else's -----------------------------------------------------------------------------------------


def test_a_persons_open_tickets_are_handed_over(home: Path, proposed: Call) -> None:
    kishi = {"id": 8, "name": "岸 礼"}
    put_tickets(
        home, issue(45, status="進行中"), resolved(46), issue(47, assigned_to=kishi), issue(48, DONE, status="終了")
    )
    changes = proposed("--from", "佐藤 健", "--to", "#8", verb="reassign")
    assert set(changes) == {"redmine:45", "redmine:46"}
    change = changes["redmine:45"]
    assert (change.before, change.after) == ({"assignee": "佐藤 健 #7"}, {"assignee": "岸 礼 #8"})
    assert (change.group, change.warning) == ("佐藤 健 → 岸 礼: 担当者の変更", "")
    assert change.note == "担当を佐藤 健さんから岸 礼さんへ変えます。"
    finished = changes["redmine:46"]
    assert (finished.accept, "kb plan close" in finished.reason) == (False, True)
    author = proposed("--from", "#7", "--to", "大野慎", verb="reassign")["redmine:45"]
    assert "大野 慎さんがこのプロジェクトの担当になったことはなく" in author.warning


@pytest.mark.parametrize(
    ("source", "target", "says"),
    [
        ("佐藤 健", "誰か", "「誰か」という人は写しにいません"),
        ("佐藤 健", "", "--from と --to が要ります"),
        ("佐藤 健", "#7", "同じ人です"),
        ("岸 礼", "佐藤 健", "「岸 礼」は 2 人います"),
    ],
)
def test_who_is_meant_must_be_clear(kb: Call, home: Path, source: str, target: str, says: str) -> None:
    two = [issue(number, assigned_to={"id": number, "name": "岸 礼"}) for number in (8, 9)]
    put_tickets(home, issue(45), *two)
    said = kb("plan", "reassign", "-o", "plan.toml", "--from", source, "--to", target)
    assert (said.code, says in said.err) == (2, True), said.err
