"""`kb plan tickets`: which measures get a ticket, where, for whom, and that a second plan proposes none."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from changes.measure_pages import Team, incident, rows, ticket
from changes.site import Site
from sample_rows import Row

from kb.model.plan import Verb
from kb.plan.ticks.questions import Question, QuestionKind, render_questions

Open = Callable[..., Site]
MONITOR = "- [ ] 受け付けた数の監視を Zabbix に追加する（佐藤 健、2026-12-10）"
LIMIT = "- [ ] 上限を設定値から読むように直す"


def team(site: Open, *pages: Row, limit: int | None = 10, lines: tuple[str, ...] = ()) -> Team:
    return Team.of(site(data=rows(*pages), redmine=True), limit, *lines)


def test_each_measure_without_a_ticket_gets_one_and_its_number_all_undecided(site: Open) -> None:
    here = team(site, incident(1, MONITOR, LIMIT, "- [ ] 再起動を自動にする #1（小野 蘭）", "- [x] 手順を直した"))
    plan = here.propose()
    assert plan is not None
    assert not plan.accepted
    assert not plan.decided
    assert {each.kind for each in plan.changes} == {Verb.TICKETS}
    made = here.tickets(plan)
    assert [dict(each.after) for each in made] == [
        {
            "title": "受け付けた数の監視を Zabbix に追加する", "project": "infra", "tracker": "改善",
            "due": "2026-12-10", "assignee": "佐藤 健 #11",
        },
        {
            "title": "上限を設定値から読むように直す", "project": "infra", "tracker": "改善", "due": "", "assignee": "",
        },
    ]  # fmt: skip
    assert "https://docs.esa.io/posts/1" in made[0].note
    assert "> - [ ] 受け付けた数の監視を" in made[0].note
    numbers = [each for each in plan.changes if not each.creates]
    base = plan.redmine.rstrip("/")
    assert [(each.target, str(each.after["number"]).strip()) for each in numbers] == [
        ("esa:1", f"[{each.target}]({base}/issues/{each.target})") for each in made
    ]
    assert "新しいチケットは 2 件（担当者あり 1 件）" in here.site.said
    assert here.site.counted()["total"] == 0


def test_nobody_is_assigned_unless_the_page_names_exactly_one_member(site: Open) -> None:
    here = team(
        site,
        incident(
            1, "- [ ] 監視を一つ追加する（佐藤 健、小野 蘭）", "- [ ] 手順を二つに分ける（担当: 高橋）",
            "- [ ] 上限を三つ目の設定に移す（小野 蘭、12/9）",
        ),
    )  # fmt: skip
    given = {str(each.after["title"]): str(each.after["assignee"]) for each in here.tickets(here.propose())}
    assert sorted(given.values()) == ["", "", "小野 蘭 #12"]


def test_an_account_that_has_the_given_name_first_is_known(site: Open) -> None:
    world = rows(
        incident(1, MONITOR),
        tickets=[ticket(1, author={"id": 11, "name": "健 佐藤"}, assigned_to={"id": 11, "name": "健 佐藤"})],
    )
    world[0] = {**world[0], "users": [{**each, "name": "健 佐藤"} for each in world[0]["users"][:1]], "memberships": []}
    here = Team.of(site(data=world, redmine=True))
    assert here.tickets(here.propose())[0].after["assignee"] == "健 佐藤 #11"


def test_who_ticked_that_they_take_a_measure_gets_its_ticket(site: Open) -> None:
    here = team(site, incident(1, LIMIT, MONITOR))
    first = here.tickets(here.propose())
    ids = {str(each.after["title"]): each.target.rpartition("-")[2] for each in first}
    asked = _questions(here, {"上限": ("ono", "yes esa:9@3"), "受け付け": ("ono", "no esa:9@3")}, ids)
    (here.site.folder / "plan.questions.toml").write_text(render_questions(asked), encoding="utf-8")
    given = {str(each.after["title"])[:2]: str(each.after["assignee"]) for each in here.tickets(here.propose())}
    assert given == {"上限": "小野 蘭 #12", "受け": "佐藤 健 #11"}


def _questions(here: Team, answers: dict[str, tuple[str, str]], ids: dict[str, str]) -> list[Question]:
    """The questions of these measures, by their first words, as `kb plan share --measures` keeps them."""
    from kb.mirror.store import Mirror
    from kb.model.document import Kind, Source
    from kb.reading.facts import read_facts
    from kb.settings.workspace import open_workspace

    workspace, found = open_workspace(), []
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        stored = mirror.find(Source.ESA, Kind.POST, "1")
        assert stored is not None
        for item in read_facts(stored.document, workspace.settings.policy).items:
            for words, (who, answer) in answers.items():
                question = Question(QuestionKind.MEASURE, "esa:1", item.content, who, answer=answer)
                title = next((title for title, id in ids.items() if id == question.id), "")
                if title.startswith(words):
                    found.append(question)
    assert len(found) == len(answers)
    return found


def test_a_measure_of_long_ago_is_proposed_by_name_alone(site: Open) -> None:
    long_ago = {"created_at": "2025-10-01T10:00:00+09:00", "updated_at": "2025-10-01T10:00:00+09:00"}
    old = incident(2, LIMIT, **long_ago)
    old["body_md"] = str(old["body_md"]).replace("11/20 に", "2025-10-01 に")
    here = team(site, incident(1, MONITOR), old)
    assert here.subjects(here.propose()) == ["受け付けた数の監視を Zabbix に追加する"]
    assert "1 年より前のもの" in here.site.said
    assert here.subjects(here.propose("--page", "esa:2")) == ["上限を設定値から読むように直す"]
    here.propose("--page", "esa:99", code=2)
    here.propose("--page", "infra", code=2)


def test_nothing_is_taken_from_where_not_every_member_reads(site: Open) -> None:
    limited = incident(2, LIMIT, category="人事/不具合共有")
    here = team(site, incident(1, MONITOR), limited)
    toml = here.site.folder / "kb.toml"
    toml.write_text(toml.read_text().replace('team = "docs"', 'team = "docs"\nlimited = ["人事"]'), encoding="utf-8")
    here.site.kb("sync")
    for words in ((), ("--page", "2")):
        assert "上限を設定値から読むように直す" not in here.subjects(here.propose(*words))
        assert "メンバー全員には見えないもの" in here.site.said
    here.propose("--page", "2", out=".kb/plan.toml")
    assert not (here.site.folder / ".kb" / "plan.toml").exists()


def test_a_measure_with_a_secret_goes_nowhere(site: Open) -> None:
    value = "Zt7-kupferdach-19"
    here = team(site, incident(1, f"- [ ] 管理画面のパスワード: {value} を変える", MONITOR))
    here.propose()
    assert value not in (here.site.folder / "plan.toml").read_text(encoding="utf-8")
    assert len(here.tickets(here.plan())) == 1
    assert "秘密の値がありそうなもの" in here.site.said


def test_what_is_no_open_measure_of_an_incident_gets_none(site: Open) -> None:
    aside = "<!-- kb:ignore-section INC409 チケットは要らない -->"
    here = team(
        site,
        incident(1, MONITOR, title="【完了】配信が止まった"),
        incident(2, "- [x] 監視を追加した", "- [x] 上限を直した"),
        incident(3, "- 周知する", "- 注意する"),
        incident(4, "TODO"),
        incident(5, MONITOR, category="Archived/不具合共有/2026"),
        {**incident(6, MONITOR), "name": "配信の手順", "body_md": "# 手順\n\n- [ ] 監視を追加する\n"},
        incident(7, aside, MONITOR),
    )
    assert here.propose() is None
    said = re.sub(r"\n\s*", "", here.site.said)
    for why in ("指摘を受け入れた", "注意や周知だけ"):
        assert why in said


def test_one_run_makes_ten_and_one_person_gets_three_the_earliest_due_first(site: Open) -> None:
    mine = [f"- [ ] 設定 {n} を直す（佐藤 健、2026-12-{n:02}）" for n in range(1, 6)]
    here = team(site, incident(1, *mine), incident(2, *(f"- [ ] 手順 {n} を機械にする" for n in range(1, 12))))
    found = here.subjects(here.propose())
    assert len(found) == 10
    assert [each for each in found if each.startswith("設定")] == ["設定 1 を直す", "設定 2 を直す", "設定 3 を直す"]
    assert "1 人 1 日 3 件を超えるもの（次の日に） 2 件" in here.site.said
    assert "1 回に作る件数を超えるもの（次の回に） 4 件" in here.site.said


def test_fewer_where_kb_toml_says_so_and_none_is_said_where_it_says_nothing(site: Open) -> None:
    here = team(site, incident(1, MONITOR, LIMIT), limit=1)
    assert len(here.tickets(here.propose())) == 1
    here = team(site, incident(1, MONITOR, LIMIT), limit=None)
    assert len(here.tickets(here.propose())) == 2
    assert "このままでは作りません（作るなら create_limit = 10）" in here.site.said
    assert here.site.said.splitlines()[-1].startswith("次は: kb review ")


# -- where they go ---------------------------------------------------------------------------------


def test_kb_toml_says_where_they_go(site: Open) -> None:
    here = team(site, incident(1, MONITOR), lines=('ticket_project = "back"', 'ticket_tracker = "障害"'))
    after = here.tickets(here.propose())[0].after
    assert (after["project"], after["tracker"]) == ("back", "障害")


def test_names_redmine_does_not_have_are_refused(site: Open) -> None:
    here = team(site, incident(1, MONITOR))
    toml = here.site.folder / "kb.toml"
    text = toml.read_text(encoding="utf-8")
    for line in ('ticket_project = "nowhere"', 'ticket_project = "old"', 'ticket_tracker = "ない"'):
        toml.write_text(f"{text}\n{line}\n", encoding="utf-8")
        assert here.propose(code=2) is None
        assert "Redmine にありません" in here.site.said


def test_without_a_hint_somebody_has_to_say_where(site: Open) -> None:
    world = {**rows()[0], "projects": [
        {"id": n, "name": f"p{n}", "identifier": f"p{n}", "status": 1, "is_public": True} for n in (1, 2)
    ]}  # fmt: skip
    tickets = [ticket(1, project={"id": 1, "name": "p1"})]
    here = Team.of(site(data=[world, incident(1, MONITOR), *tickets], redmine=True))
    assert here.propose(code=2) is None
    assert "ticket_project" in here.site.said


# -- where the number goes -------------------------------------------------------------------------


FORMS = [
    (["- [ ] 監視を一つ追加する（佐藤 健、12/10）"], "- [ ] 監視を一つ追加する #7（佐藤 健、12/10）"),
    (["1. 上限を設定から読むように直す"], "1. 上限を設定から読むように直す #7"),
    (["- 上限を二つの設定から読むように直す  "], "- 上限を二つの設定から読むように直す #7  "),
    (["- 上限を三つの設定から読むように直す", "    - 担当: 佐藤 健"], "- 上限を三つの設定から読むように直す #7"),
    (
        ["| 対策 | 担当 | 期限 | チケット |", "|---|---|---|---|", "| 監視を二つ追加する | 小野 蘭 | 12/10 | |"],
        "| 監視を二つ追加する | 小野 蘭 | 12/10 | #7 |",
    ),
    (
        ["| 対策 | 担当 | 期限 |", "|---|---|---|", "| 監視を三つ追加する | 小野 蘭 | 12/10 |"],
        "| 監視を三つ追加する #7 | 小野 蘭 | 12/10 |",
    ),
]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_number_stands_where_it_is_read_as_the_measures(site: Open, end: str) -> None:
    pages = [incident(number, *lines) for number, (lines, _) in enumerate(FORMS, 1)]
    for page in pages:
        page["body_md"] = str(page["body_md"]).replace("\n", end)
    here = team(site, *pages)
    assert len(here.tickets(here.propose())) == len(FORMS)
    here.accept()
    here.apply()
    numbers = {row["description"].partition("kb-ticket-")[2].partition("-")[0]: row["id"] for row in here.made()}
    for page, (_, wanted) in zip(pages, FORMS, strict=True):
        before, after, number = str(page["body_md"]), here.body(page["number"]), numbers[str(page["number"])]
        line = next(each for each in after.split(end) if f"#{number}" in each)
        assert line.split() == wanted.replace("#7", here.link(number)).split()
        assert after.count(end) == before.count(end)
    here.site.undo("last")
    assert [here.body(page["number"]) for page in pages] == [page["body_md"] for page in pages]


# -- a second run ----------------------------------------------------------------------------------


def test_a_second_plan_proposes_none_by_the_page_and_none_by_the_mark(site: Open) -> None:
    here = team(site, incident(1, MONITOR, LIMIT))
    here.propose()
    here.accept()
    here.apply()
    assert here.propose() is None  # the mirror knows what was made
    here.site.kb("sync")
    assert here.propose() is None
    for number in here.numbers():  # somebody takes the numbers out again
        here.edit(1, f" {here.link(number)}", "")
    here.site.kb("sync")
    assert here.propose() is None
    assert "kb が作った開いているチケットがあるもの 2 件" in here.site.said


def test_a_mirror_that_does_not_know_asks_redmine(site: Open) -> None:
    here = team(site, incident(1, MONITOR))
    plan = here.propose()
    mark = f"kb-ticket-{here.tickets(plan)[0].target.removeprefix('redmine:new-')} {'0' * 16} {'1' * 12}"
    here.site.sandbox.edit("redmine", "create", fields={"project": 1, "subject": "隣で", "description": f"x\n\n{mark}"})
    assert here.propose() is None
    assert "Redmine に確かめました（2 リクエスト）" in here.site.said
    assert len(here.tickets(here.propose("--without-check"))) == 1


def test_a_ticket_that_was_closed_is_told_of(site: Open) -> None:
    here = team(site, incident(1, MONITOR))
    here.propose()
    here.accept()
    here.apply()
    here.site.undo("last")
    again = here.tickets(here.propose())
    assert len(again) == 1
    assert f"#{here.numbers()[0]} があり、終了しています" in again[0].warning


def test_a_measure_with_unseen_characters_gets_a_ticket_without_them(site: Open) -> None:
    steered = "- [ ] 監視の \x1b[31mしきい値\u202eを見直す（担当: 佐藤）"
    here = team(site, incident(1, steered, MONITOR, title="【不具合】止まった\x1b[2J"))
    plan = here.propose()
    made = here.tickets(plan)
    assert plan is not None
    assert len(made) * 2 == len(plan.changes) == 4  # a number goes with each
    assert "監視の [31mしきい値を見直す" in here.subjects(plan)
    assert not any("\x1b" in each.note or "\u202e" in each.note for each in made)


def test_a_page_without_an_open_measure_says_so(site: Open) -> None:
    here = team(site, incident(1, "- [x] 済んだ"))
    here.propose("--page", "esa:1")
    assert "esa:1 には、チケットのない開いた対策がありません。 → kb show esa:1 --findings" in here.site.said
