"""Tickets that are made for measures: sent once, whatever happens on the way, told beforehand, and taken back."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from changes.measure_pages import Team, incident, rows
from changes.site import Site
from sample_rows import Row

from kb.execute.apply import prepare_apply
from kb.execute.journal.writer import RunJournal
from kb.execute.run_control import ApplyOptions
from kb.model.request import RequestPreview
from kb.settings.workspace import open_workspace
from kb.sources.redmine.requests import RedmineWrites
from kb.sources.transport.access import Access
from kb.sources.transport.call import Answer, Call

Open = Callable[..., Site]
MONITOR = "- [ ] 受け付けた数の監視を Zabbix に追加する（佐藤 健、2026-12-10）"
LIMIT = "- [ ] 上限を設定値から読むように直す"


def planned(site: Open, *pages: Row, limit: int | None = 10, lines: tuple[str, ...] = ()) -> Team:
    """A workspace with a plan in which everything is accepted."""
    here = Team.of(site(data=rows(*pages), redmine=True), limit, *lines)
    here.propose()
    here.preview = here.accept()
    here.site.sandbox.reset(counters=True)
    return here


def foretold(said: str) -> int:
    """The requests a preview foretells."""
    line = said.partition("リクエスト:")[2].partition("。")[0]
    return sum(int(each) for each in re.findall(r"(?:esa|Redmine)(\d+)", line))


# -- the whole way ---------------------------------------------------------------------------------


def test_tickets_are_made_numbered_and_taken_back(site: Open) -> None:
    here = planned(site, incident(1, MONITOR, LIMIT), incident(2, "- [ ] 手順を機械にする（小野 蘭）"))
    before = [here.body(1), here.body(2)]
    rehearsed = here.apply("--rehearse")
    assert (rehearsed["done"], here.numbers(), [here.body(1), here.body(2)]) == (5, [], before)
    here.site.sandbox.reset(counters=True)
    figures = here.apply()
    assert (figures["done"], figures["failed"], figures["stale"]) == (5, 0, 0)
    assert (
        figures["requests"] == foretold(here.preview) == 3 * 3 + 2 + 1 + 1 + 4
    )  # look, POST, read back; two looks; key; posts; esa
    assert figures["requests"] == sum(here.site.counted(each)["total"] for each in ("esa", "redmine"))
    made = {row["subject"]: row for row in here.made()}
    one = made["受け付けた数の監視を Zabbix に追加する"]
    assert (one["project"]["id"], one["tracker"]["name"], one["due_date"]) == (1, "障害", "2026-12-10")
    assert one["assigned_to"]["name"] == "佐藤 健"
    assert "assigned_to" not in made["上限を設定値から読むように直す"]
    assert "https://docs.esa.io/posts/1" in one["description"]
    assert f"追加する {here.link(one['id'])}（佐藤 健、2026-12-10）" in here.body(1)
    assert here.site.seen(1)["message"] == f"kb {figures['run']} tickets [skip notice]"
    shown = here.site.kb("history", "last")
    assert f" → redmine:{one['id']} " in shown
    assert f"— → {here.link(one['id'])}" in shown
    again = here.apply()
    assert (again["done"], len(here.numbers())) == (0, 3)

    here.site.sandbox.reset(counters=True)
    back = here.site.undo("last")
    assert (back["done"], back["failed"], back["stale"]) == (5, 0, 0)
    assert [here.body(1), here.body(2)] == before
    assert {row["status"]["name"] for row in here.made()} == {"却下"}
    assert all(f"前の変更（{figures['run']}）を元に戻します。" in row["journals"][-1]["notes"] for row in here.made())
    assert here.site.undo("last")["done"] == 0
    assert here.site.undo(back["run"])["done"] == 5  # and back again
    assert {row["status"]["name"] for row in here.made()} == {"新規"}
    assert f"#{one['id']}" in here.body(1)


def test_a_ticket_made_before_is_not_asked_for_again_where_the_mirror_knows_nobody(site: Open) -> None:
    here = planned(site, incident(1, MONITOR))
    assert here.apply()["done"] == 2
    with closing(sqlite3.connect(here.site.folder / ".kb" / "mirror.db")) as db, db:
        db.execute("UPDATE documents SET state = 'gone' WHERE source = 'redmine'")  # its last ticket went elsewhere
    assert (here.apply()["done"], len(here.made())) == (0, 1)


def test_what_is_rehearsed_is_what_is_sent_but_for_the_numbers(site: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    here = planned(site, incident(1, MONITOR, LIMIT))
    rehearsed: list[RequestPreview] = []
    with prepare_apply(open_workspace(), here.plan(), ApplyOptions(rehearse=True)) as ready:
        ready.rehearse(preview=rehearsed.append)
    sent: list[tuple[str, str, Any]] = []
    create = RedmineWrites.create

    def creating(self: RedmineWrites, fields: dict[str, Any]) -> Answer:
        sent.append(("POST", self.list_url, {"issue": fields}))
        return create(self, fields)

    monkeypatch.setattr(RedmineWrites, "create", creating)
    here.apply()
    assert [(each.method, each.url, each.body) for each in rehearsed if each.method == "POST"] == sent
    patch = next(each for each in rehearsed if each.method == "PATCH")
    unknown, known = str(patch.body["post"]["body_md"]), here.body(1)
    assert re.sub(r"(#|/issues/)\?", r"\1", unknown) == re.sub(r"(#|/issues/)\d+", r"\1", known)


def test_the_preview_tells_the_mails_of_each_person_there_and_back(site: Open) -> None:
    measures = (MONITOR, LIMIT, "- [ ] 手順を機械にする（小野 蘭）")
    here = planned(site, incident(1, *measures, title="【不具合】@ono @sato の配信が止まった"))
    assert "担当者へ2通（" in here.preview
    assert "佐藤健1通" in here.preview
    assert "）。元に戻すと、終了を知らせるメールがもう2通" in here.preview
    assert "ほかの人が同時に同じ案を送り、こちらのチケットを終了にするときも、1件に1通です。" in here.preview
    before = here.site.sandbox.notifications("redmine")
    here.apply()
    assert here.site.sandbox.notifications("redmine") == {"mails": before["mails"] + 2, "people": 2}
    here.site.undo("last")
    assert here.site.sandbox.notifications("redmine")["mails"] == before["mails"] + 4


def test_none_is_made_unless_kb_toml_allows_it(site: Open) -> None:
    here = planned(site, incident(1, MONITOR, LIMIT), limit=None)
    assert here.apply(code=5)["run"] is None
    assert "create_limit = 2" in here.site.said
    assert here.apply("--allow", "100", code=5)["done"] == 0
    assert here.site.counted("redmine")["total"] == 0
    assert (here.apply("--rehearse")["done"], here.numbers()) == (3, [])


def test_ten_a_run_and_three_for_a_person_a_day_whatever_the_plan_says(site: Open) -> None:
    mine = [f"- [ ] 設定 {n} を直す（佐藤 健、2026-12-{n:02}）" for n in range(1, 5)]
    here = planned(site, incident(1, *mine[:3]), limit=99)
    assert here.apply()["done"] == 4
    here.edit(1, "## 再発防止\n", f"## 再発防止\n{mine[3]}\n")
    here.site.kb("sync")
    here.propose()
    here.accept()
    assert here.apply(code=5)["done"] == 0
    assert "今日 佐藤 健 #11 に渡すチケットが 4 件" in re.sub(r"\s*\n\s*", "", here.site.said)
    assert len(here.numbers()) == 3


def test_more_than_a_run_may_make_is_refused(site: Open) -> None:
    here = planned(site, incident(1, *(f"- [ ] 手順 {n} を機械にする" for n in range(1, 5))), limit=10)
    toml = here.site.folder / "kb.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("create_limit = 10", "create_limit = 3"), encoding="utf-8")
    here.apply(code=5)
    assert "1 回に作るのは 3 件まで" in here.site.said
    assert here.numbers() == []


# -- what changed since ----------------------------------------------------------------------------


def test_edits_elsewhere_in_the_page_do_not_matter(site: Open) -> None:
    here = planned(site, incident(1, MONITOR))
    here.edit(1, "## 概要\n", "## 概要\n前書きを足した。\n\n")
    assert here.apply()["done"] == 2
    number = here.numbers()[0]
    assert "前書きを足した。" in here.body(1)
    assert f"追加する {here.link(number)}（" in here.body(1)
    here.edit(1, "前書きを足した。\n", "前書きを書き直した。\n一行増えた。\n")
    assert here.site.undo("last")["done"] == 2
    assert "#" + str(number) not in here.body(1)
    assert "一行増えた。" in here.body(1)


def test_a_measure_that_changed_or_is_gone_gets_no_ticket(site: Open) -> None:
    lines = [f"- [ ] 設定 {n} を設定値から読むように直す（{who}）" for n, who in enumerate(("小野 蘭",) * 3, 1)]
    pages = [incident(n, line) for n, line in enumerate((*lines, "- [ ] 手順を機械にする", MONITOR), 1)]
    here = planned(site, *pages)
    here.edit(1, "- [ ]", "- [x]")
    here.edit(2, "（小野 蘭）", " #1（小野 蘭）")
    here.edit(3, f"{lines[2]}\n", "")
    here.edit(4, "## 概要", "## 概要", name="【完了】配信が止まった 4")
    here.site.sandbox.edit("esa", "delete", number=5)
    stand = [here.body(number) for number in (1, 2, 3, 4)]
    figures = here.apply(code=4)
    assert (figures["done"], figures["stale"], here.numbers()) == (0, 5, [])
    assert [here.body(number) for number in (1, 2, 3, 4)] == stand


def test_a_ticket_that_somebody_took_up_stays_open(site: Open) -> None:
    here = planned(site, incident(1, MONITOR, LIMIT))
    here.apply()
    first, second = here.numbers()
    here.site.sandbox.edit("redmine", "update", id=first, as_="sato", fields={"status_id": 5})
    back = here.site.undo("last", code=4)
    assert (back["done"], back["stale"]) == (2, 1)
    assert [row["status"]["name"] for row in here.made()] == ["終了", "却下"]
    assert f"#{second}" not in here.body(1)


def test_without_its_ticket_a_number_is_not_written(site: Open) -> None:
    here = planned(site, incident(1, MONITOR, LIMIT))
    before = here.body(1)
    here.site.sandbox.fault(system="redmine", kind="403", times=1, method="POST")
    figures = here.apply(code=4)
    assert (figures["done"], figures["failed"], figures["skipped"]) == (2, 1, 1)
    number = here.numbers()[0]
    assert here.body(1).replace(f" {here.link(number)}", "") == before
    again = here.apply()
    assert (again["done"], again["failed"], len(here.numbers())) == (2, 0, 2)
    assert all(f"#{each}" in here.body(1) for each in here.numbers())
    here.site.undo("last")
    assert here.body(1) == before


def test_what_redmine_drops_is_told_and_the_ticket_counts_as_made(site: Open) -> None:
    world = rows(incident(1, MONITOR))
    world[0] = {**world[0], "projects": [{**world[0]["projects"][0], "trackers": [{"id": 2, "name": "改善"}]}]}
    here = Team.of(site(data=world, redmine=True), 10, 'ticket_tracker = "障害"')
    here.propose()
    here.accept()
    figures = here.apply()
    assert (figures["done"], [row["tracker"]["name"] for row in here.made()]) == (2, ["改善"])
    assert "トラッカーは Redmine が受け取りませんでした" in re.sub(r"\n\s*", "", here.site.said)
    assert here.site.undo("last")["done"] == 2


def test_who_may_not_close_a_ticket_is_told_that_it_stays(site: Open) -> None:
    world = rows(incident(1, MONITOR))
    world[0] = {**world[0], "workflows": [{"tracker_id": 1, "role_id": 3, "old_status_id": 1, "new_status_id": 5}]}
    here = Team.of(site(data=world, redmine=True))
    here.propose()
    here.accept()
    assert here.apply()["done"] == 2
    assert "kb undo で戻せるのは番号だけです" in re.sub(r"\n\s*", "", here.site.said)
    assert here.site.undo("last")["done"] == 1
    assert ([row["status"]["name"] for row in here.made()], "#" in here.body(1).replace("##", "")) == (["新規"], False)


def test_a_value_redmine_refuses_fails_with_its_words(site: Open) -> None:
    world = rows(incident(1, MONITOR))
    world[0] = {**world[0], "memberships": []}
    here = Team.of(site(data=world, redmine=True))
    here.propose()
    here.accept()
    figures = here.apply(code=4)
    assert (figures["failed"], figures["skipped"], here.numbers()) == (1, 1, [])
    assert "担当者 は不正な値です" in re.sub(r"\n\s*", " ", here.site.said)


def test_a_number_can_be_given_by_hand_instead(site: Open) -> None:
    here = planned(site, incident(1, MONITOR))
    path = here.site.folder / "plan.toml"
    text = re.sub(r'number = " \[redmine:new-[^"]+"', 'number = " #2"', path.read_text(encoding="utf-8"))
    text = re.sub(r'(target = "redmine:new-)', r"\1", text)
    head, _, rest = text.partition("[[change]]")
    first, _, second = rest.partition("[[change]]")
    path.write_text(
        f"{head}[[change]]{first.replace('accept = true', 'accept = false')}[[change]]{second}", encoding="utf-8"
    )
    assert here.apply()["done"] == 1
    assert (here.numbers(), "追加する #2（佐藤" in here.body(1)) == ([], True)


# -- cut off ---------------------------------------------------------------------------------------


def killed_after_post(monkeypatch: pytest.MonkeyPatch, count: int = 1) -> None:
    """Let kb die after its POST number `count` was carried out, before its journal knows of it."""
    create, made = RedmineWrites.create, []

    def creating(self: RedmineWrites, fields: dict[str, Any]) -> Answer:
        answer = create(self, fields)
        made.append(answer)
        if len(made) == count:
            raise SystemExit
        return answer

    monkeypatch.setattr(RedmineWrites, "create", creating)
    monkeypatch.setattr(RunJournal, "__exit__", lambda *_: None)


def test_a_kill_between_the_post_and_the_journal_makes_no_second_ticket(
    site: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, here = 1, planned(site, incident(1, MONITOR, LIMIT))
    before = here.body(1)
    with monkeypatch.context() as patch:
        killed_after_post(patch, count)
        with pytest.raises(SystemExit):
            here.site.kb("apply", "plan.toml")
        here.site.capsys.readouterr()
    assert len(here.numbers()) == count
    figures = here.apply()
    assert (len(here.numbers()), figures["failed"], figures["stale"]) == (2, 0, 0)
    assert all(f"#{each}" in here.body(1) for each in here.numbers())
    assert here.site.undo("last")["done"] == 3
    assert ({row["status"]["name"] for row in here.made()}, here.body(1)) == ({"却下"}, before)


def test_a_damaged_journal_still_knows_what_was_made(site: Open) -> None:
    here = planned(site, incident(1, MONITOR))
    run = here.apply()["run"]
    path = here.site.folder / ".kb" / "runs" / f"{run}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    begun = next(each for each in lines if '"intend"' in each and "redmine:new-" in each)
    path.write_text("".join("}}}\n" if each == begun else each for each in lines), encoding="utf-8")
    back = here.site.undo(run)
    assert (back["done"], [row["status"]["name"] for row in here.made()]) == (2, ["却下"])


def test_an_undo_right_after_a_kill_closes_what_was_made(site: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    here = planned(site, incident(1, MONITOR))
    with monkeypatch.context() as patch:
        killed_after_post(patch)
        with pytest.raises(SystemExit):
            here.site.kb("apply", "plan.toml")
        here.site.capsys.readouterr()
    assert here.site.undo("last")["done"] == 1
    assert [row["status"]["name"] for row in here.made()] == ["却下"]


def test_a_lost_answer_makes_no_second_ticket(site: Open) -> None:
    kinds = ("reset-after", "reset", "500", "truncate", "empty")
    here = planned(site, *(incident(n, f"- [ ] 手順 {n} を機械にする") for n in range(1, 6)))
    for count, kind in enumerate(kinds, 1):
        here.propose("--page", str(count))
        here.accept()
        here.site.sandbox.fault(system="redmine", kind=kind, times=1, method="POST")
        here.apply(code=0 if kind in ("reset-after", "truncate", "empty") else 4)
        here.apply()
        assert len(here.numbers()) == count, kind
        assert f"#{here.numbers()[-1]}" in here.body(count)


def test_an_answer_with_the_number_of_another_ticket_is_believed_by_nobody(
    site: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = planned(site, incident(1, MONITOR))
    before, create = here.body(1), RedmineWrites.create
    with monkeypatch.context() as patch:
        patch.setattr(RedmineWrites, "create", lambda *words: replace(create(*words), data={"issue": {"id": 2}}))
        patch.setattr(RedmineWrites, "marked", lambda *words: [])  # nor is the ticket found by its mark
        figures = here.apply(code=4)
    assert (figures["failed"], here.body(1)) == (1, before)
    assert "題名も目印も違うチケットでした" in re.sub(r"\n\s*", "", here.site.said)
    (made,) = here.numbers()
    assert here.apply()["failed"] == 0  # found by its mark
    assert (here.numbers(), here.link(made) in here.body(1)) == ([made], True)


@pytest.mark.parametrize("answered", [2, 999_999])
def test_an_undo_names_the_tickets_it_cannot_find(site: Open, monkeypatch: pytest.MonkeyPatch, answered: int) -> None:
    here = planned(site, incident(1, MONITOR, LIMIT))
    create, before = RedmineWrites.create, here.body(1)
    with monkeypatch.context() as patch:
        patch.setattr(RedmineWrites, "create", lambda *words: replace(create(*words), data={"issue": {"id": answered}}))
        patch.setattr(RedmineWrites, "marked", lambda *words: [])
        run = here.apply(code=4 if answered == 2 else 0)["run"]
        for words in ("last", "--rehearse"), ("last",), ("last",) if answered == 2 else (run,):
            here.site.kb("undo", *words, "--yes", code=4)
            for title in ("受け付けた数の監視を Zabbix に追加する", "上限を設定値から読むように直す"):
                assert f"{run}で作ったはずのチケット" in said(here).replace(" ", "")
                assert f"「{title}」が見つからず".replace(" ", "") in said(here).replace(" ", "")
    assert (stand(here), here.body(1)) == (["新規", "新規"], before)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("answer", [{"status": 500}, {"data": {"issue": {"id": 2}}}])
def test_an_undo_looks_again_for_what_may_have_been_made(
    site: Open, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any], again: bool
) -> None:
    """Whether the plan was sent again in between, which finds the tickets by their mark, or not."""
    here = planned(site, incident(1, MONITOR, LIMIT))
    create = RedmineWrites.create
    with monkeypatch.context() as patch:
        patch.setattr(RedmineWrites, "create", lambda *words: replace(create(*words), **answer))
        patch.setattr(RedmineWrites, "marked", lambda *words: [])
        here.apply(code=4)
    if again:
        assert here.apply()["failed"] == 0
    here.site.undo("last")
    assert stand(here) == ["却下", "却下"]


@pytest.mark.parametrize("answered", [2, 999_999])
def test_a_ticket_is_found_by_its_mark_whatever_number_was_answered(
    site: Open, monkeypatch: pytest.MonkeyPatch, answered: int
) -> None:
    here = planned(site, *(incident(n, f"- [ ] 手順 {n} を機械にする") for n in range(1, 4)))
    create, stood = RedmineWrites.create, here.body(1)
    with monkeypatch.context() as patch:
        patch.setattr(RedmineWrites, "create", lambda *words: replace(create(*words), data={"issue": {"id": answered}}))
        assert here.apply()["failed"] == 0
    assert len(here.numbers()) == 3
    assert all(here.link(number) in here.body(n) for n, number in enumerate(here.numbers(), 1))
    assert here.site.undo("last")["failed"] == 0
    assert ({row["status"]["name"] for row in here.made()}, here.body(1)) == ({"却下"}, stood)


def test_a_copy_of_a_ticket_is_not_taken_for_it(site: Open) -> None:
    here = planned(site, incident(1, MONITOR))
    here.apply()
    (first,) = here.made()
    fields = {"subject": "ほかの仕事", "description": first["description"], "project_id": 1, "tracker_id": 1}
    here.site.sandbox.edit("redmine", "create", as_="ono", fields=fields)
    for path in (here.site.folder / ".kb" / "runs").iterdir():
        path.unlink()
    here.edit(1, f" {here.link(first['id'])}", "")
    here.site.kb("sync")
    here.site.kb("plan", "refresh", "plan.toml")
    assert [each.after["number"] for each in here.plan().changes] == [f" {here.link(first['id'])}"]


def test_a_colleague_who_applies_the_same_plan_makes_no_second_one(site: Open) -> None:
    here = planned(site, incident(1, MONITOR))
    here.apply()
    number = here.numbers()[0]
    for path in (here.site.folder / ".kb" / "runs").iterdir():
        path.unlink()
    here.edit(1, f" {here.link(number)}", "")
    figures = here.apply()
    assert (figures["done"], here.numbers()) == (1, [number])  # the number alone
    assert f"#{number}" in here.body(1)


# -- two senders ------------------------------------------------------------------------------------


def doubled(
    monkeypatch: pytest.MonkeyPatch, here: Team, *, first: bool, then: Callable[[int], None] | None = None
) -> None:
    """Let 小野 send the same plan at the same moment: each ticket is made twice, theirs before ours or after it.

    `then` is called with the number of ours.
    """
    create = RedmineWrites.create

    def creating(self: RedmineWrites, fields: dict[str, Any]) -> Answer:
        theirs = {key: value for key, value in fields.items() if key != "start_date"}
        if first:
            here.site.sandbox.edit("redmine", "create", as_="ono", fields=theirs)
        answer = create(self, fields)
        if not first:
            here.site.sandbox.edit("redmine", "create", as_="ono", fields=theirs)
        if then is not None:
            then(answer.data["issue"]["id"])
        return answer

    monkeypatch.setattr(RedmineWrites, "create", creating)


def stand(here: Team) -> list[str]:
    return [row["status"]["name"] for row in here.made()]


def said(here: Team) -> str:
    return re.sub(r"\n\s*", "", here.site.said)


def test_the_later_one_of_two_senders_closes_what_it_made(site: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    here = planned(site, incident(1, MONITOR, LIMIT))
    before = here.body(1)
    with monkeypatch.context() as patch:
        doubled(patch, here, first=True)
        figures = here.apply()
    assert (stand(here), figures["done"], figures["failed"]) == (["新規", "却下"] * 2, 1, 0)
    first, second, third, fourth = here.made()
    assert f"#{first['id']} が先にできたので、#{second['id']} は終了にしました（担当者へのメール 1 通）" in said(here)
    assert f"#{third['id']} が先にできたので、#{fourth['id']} は終了にしました（メールなし）" in said(here)
    assert f"#{first['id']} が先に作られていたので" in second["journals"][-1]["notes"].replace(
        "同じ対策のチケット ", ""
    )
    assert figures["run"] in second["journals"][-1]["notes"]
    assert all(here.link(each["id"]) in here.body(1) for each in (first, third))
    again = here.apply()
    assert (again["done"], again["failed"], stand(here)) == (0, 0, ["新規", "却下"] * 2)
    assert here.site.undo("last")["done"] == 1  # the page: nothing of a colleague's is closed, nothing is opened
    assert (here.body(1), stand(here)) == (before, ["新規", "却下"] * 2)
    assert f"redmine:{first['id']}" in here.site.kb("history", figures["run"])


def test_who_closes_a_double_of_their_own_is_told_of_no_mail(site: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    rights = {
        "permissions": ["view_issues", "add_issues", "edit_issues", "add_issue_notes"],
        "issues_visibility": "all",
    }
    head, *world = rows(incident(1, MONITOR))
    steps = [{"tracker_id": 1, "role_id": 3, "old_status_id": 1, "new_status_id": 6}]
    head = {**head, "roles": [{**head["roles"][0], **rights}], "workflows": steps, "reader": "sato"}
    here = Team.of(site(data=[head, *world], redmine=True))
    here.propose()
    here.accept()
    with monkeypatch.context() as patch:
        doubled(patch, here, first=True)
        assert here.apply()["failed"] == 0
    first, second = here.made()
    assert f"#{first['id']} が先にできたので、#{second['id']} は終了にしました（メールなし）" in said(here)


def test_the_earlier_one_leaves_its_ticket_and_tells_where_the_other_stays(
    site: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = planned(site, incident(1, MONITOR))
    with monkeypatch.context() as patch:
        doubled(patch, here, first=False)
        figures = here.apply(code=4)
    ours, theirs = here.made()
    assert (stand(here), figures["failed"]) == (["新規", "新規"], 1)
    assert f"#{ours['id']}、#{theirs['id']} と重なって開いています" in said(here)
    assert here.link(ours["id"]) in here.body(1)
    assert here.apply(code=4)["failed"] == 1  # told until one is closed
    here.site.sandbox.edit("redmine", "update", id=theirs["id"], as_="ono", fields={"status_id": 6})
    assert here.apply()["failed"] == 0
    assert here.site.undo("last")["done"] == 2
    assert stand(here) == ["却下", "却下"]


def test_a_double_that_somebody_touched_is_told_with_both_numbers(site: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    here = planned(site, incident(1, MONITOR))
    with monkeypatch.context() as patch:
        note = {"notes": "着手します"}
        doubled(
            patch, here, first=True,
            then=lambda number: here.site.sandbox.edit("redmine", "update", id=number, as_="sato", fields=note),
        )  # fmt: skip
        assert here.apply(code=4)["failed"] == 1
    first, second = here.made()
    assert stand(here) == ["新規", "新規"]
    assert f"#{first['id']} と #{second['id']} で重なって開いていて、#{second['id']} を終了にできません" in said(here)
    assert "ほかの人が触っています" in said(here)


def test_a_double_that_cannot_be_closed_is_told_with_both_numbers(site: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    world = rows(incident(1, MONITOR))
    world[0] = {**world[0], "workflows": [{"tracker_id": 1, "role_id": 3, "old_status_id": 1, "new_status_id": 5}]}
    here = Team.of(site(data=world, redmine=True))
    here.propose()
    here.accept()
    with monkeypatch.context() as patch:
        doubled(patch, here, first=True)
        assert here.apply(code=4)["failed"] == 1
    assert stand(here) == ["新規", "新規"]
    assert "このキーの持ち主には終了にできません" in said(here)


@pytest.mark.parametrize("at", range(1, 10))
def test_a_kill_anywhere_between_two_senders_is_gone_on_with(
    site: Open, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Kills after each request that a double takes: looks, POST, reading back, closing, reading that back."""
    here = planned(site, incident(1, MONITOR))
    before = here.body(1)
    perform, count = Access.perform, []

    def dying(self: Access, call: Call) -> Answer:
        answer = perform(self, call)
        if self.system == "Redmine":
            count.append(call.method)
            if len(count) == at:
                raise SystemExit
        return answer

    with monkeypatch.context() as patch:
        doubled(patch, here, first=True)
        patch.setattr(Access, "perform", dying)
        patch.setattr(RunJournal, "__exit__", lambda *_: None)
        with pytest.raises(SystemExit):
            here.site.kb("apply", "plan.toml")
        here.site.capsys.readouterr()
    assert len(count) == at
    figures = here.apply()
    assert (figures["failed"], figures["stale"], stand(here).count("新規")) == (0, 0, 1)
    (kept,) = [row["id"] for row in here.made() if row["status"]["name"] == "新規"]
    assert here.link(kept) in here.body(1)
    here.site.undo("last")
    assert here.body(1) == before


# -- plans that kb did not write -------------------------------------------------------------------


FORGED = [
    (r'kind = "tickets"', 'kind = "close"', "にはできません"),
    (r'"redmine:new-1-', '"redmine:new-2-', "kb の書いたものと違います"),
    (r'project = "infra"', 'project = "old"', "チケットを作れるプロジェクト「old」はありません"),
    (r'project = "infra"', 'project = "../x"', "識別子で書きます"),
    (r'tracker = "障害"', 'tracker = "ない"', "トラッカー「ない」はありません"),
    (r'due = "2026-12-10"', 'due = "明日"', "2026-12-01"),
    (r'after = \{title = "[^"]*"', f'after = {{title = "{"x" * 256}"', "255 文字を超えています"),
    (r'number = " \[redmine:new-[^"]*"', 'number = " #2 と本文"', "「#45」のように"),
    (
        r'number = " \[redmine:new-[^"]*"',
        'number = " [#2](https://evil.example.jp/issues/2)"',
        "kb.toml の Redmine ではありません",
    ),
    (r'number = " \[redmine:new-[^"]*"', 'number = " [#2](https://evil.example.jp/issues/3)"', "「#45」のように"),
    (r'before = \{title = ""', 'before = {title = "x"', "before はどれも空です"),
    (r'"佐藤 健 #11"', '"誰か #99"', "#99 という人は Redmine の写しにいません"),
]


def test_a_forged_change_is_refused_and_nothing_is_sent(site: Open) -> None:
    here = planned(site, incident(1, MONITOR))
    path = here.site.folder / "plan.toml"
    text = path.read_text(encoding="utf-8")
    for old, new, says in FORGED:
        assert re.search(old, text), old
        path.write_text(re.sub(old, new, text), encoding="utf-8")
        here.site.kb("apply", "plan.toml", code=5)
        assert says in re.sub(r"\n\s*", "", here.site.said)
    assert here.site.counted("redmine")["total"] == 0


def forged(here: Team, page: int, text: str) -> None:
    """Write a plan as kb would, for a measure it would not have proposed."""

    from kb.model.plan import new_plan
    from kb.plan.file.render import render_plan
    from kb.plan.sections.numbers import digest_lines

    plan = here.plan()
    change = next(each for each in plan.changes if each.creates)
    line = text.split("\n").index(MONITOR) + 1
    seen = replace(change.seen, text=digest_lines(text, line, 1), line=line)
    target = re.sub(r"new-\d+-", f"new-{page}-", change.target)
    made = new_plan("docs", plan.created, "0", [replace(change, target=target, seen=seen)], redmine=plan.redmine)
    (here.site.folder / "plan.toml").write_text(render_plan(made), encoding="utf-8")


def test_a_forged_plan_takes_nothing_out_of_a_limited_place(site: Open) -> None:
    secret = incident(2, MONITOR, category="人事/不具合共有")
    here = planned(site, incident(1, MONITOR), secret)
    toml = here.site.folder / "kb.toml"
    toml.write_text(toml.read_text().replace('team = "docs"', 'team = "docs"\nlimited = ["人事"]'), encoding="utf-8")
    here.site.kb("sync")
    here.site.sandbox.reset(counters=True)
    forged(here, 2, str(secret["body_md"]))
    here.site.kb("apply", "plan.toml", "--yes", code=5)
    assert "メンバー全員には見えない記事の対策は" in here.site.said
    forged(here, 9, str(secret["body_md"]))
    here.site.kb("apply", "plan.toml", "--yes", code=5)
    assert "esa:9 は手元の写しにありません" in here.site.said
    assert here.site.counted("redmine")["total"] == 0


# -- kept up to date -------------------------------------------------------------------------------


def test_a_refresh_follows_the_lines_and_drops_what_is_done(site: Open) -> None:
    here = planned(site, incident(1, MONITOR, LIMIT))
    here.edit(1, "## 概要\n", "## 概要\n前書きを足した。\n\n")
    here.site.kb("sync")
    here.site.kb("plan", "refresh", "plan.toml")
    assert "残り 4 件、読み直した 4 件" in here.site.said
    plan = here.plan()
    assert [each.accept for each in plan.changes] == [True] * 4
    assert min(each.seen.line for each in plan.changes) == 13
    here.edit(1, LIMIT, LIMIT.replace("[ ]", "[x]"))
    here.site.kb("sync")
    here.site.kb("plan", "refresh", "plan.toml")
    assert "残り 2 件" in here.site.said
    assert here.apply()["done"] == 2
    here.site.kb("sync")
    here.site.kb("plan", "refresh", "plan.toml")
    assert "残り 0 件" in here.site.said


def test_a_refresh_knows_the_numbers_of_tickets_that_were_made(site: Open) -> None:
    here = planned(site, incident(1, MONITOR))
    here.site.sandbox.fault(system="esa", kind="409", times=1, method="PATCH")
    here.apply(code=4)
    number = here.numbers()[0]
    here.site.kb("sync")
    here.site.kb("plan", "refresh", "plan.toml")
    assert [dict(each.after) for each in here.plan().changes] == [{"number": f" {here.link(number)}"}]
    here.apply("--yes")
    assert (f"{here.link(number)}（" in here.body(1), here.numbers()) == (True, [number])


def test_the_receipt_names_the_tickets(site: Open) -> None:
    here = planned(site, incident(1, MONITOR))
    here.apply()
    receipt = (here.site.folder / "plan.receipt.toml").read_text(encoding="utf-8")
    assert f'made = "redmine:{here.numbers()[0]}"' in receipt
    assert "監視" not in receipt
