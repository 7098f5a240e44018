"""Today's three in reports: of a mirror, for a member, for readers who may not see all, and over weeks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from reports.week.test_gather import BAD, GOOD, MEASURE, SAID, Call, edited, people, week
from reports.week.test_gather import at as at
from reports.week.test_gather import team as team

from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility

LATE = "2026/6/25"
RULES = 'select = ["INC", "PST", "SEC"]'


@pytest.fixture
def every_rule(team: Path) -> Path:
    path = team / "kb.toml"
    text = path.read_text("utf-8").replace('select = ["INC401", "INC407", "SEC"]', RULES)
    path.write_text(text, encoding="utf-8")
    return team


def docs(found: dict[str, Any]) -> list[str]:
    return [f"esa:{task['url'].rpartition('/')[2]}" for task in found["today"]]


def test_they_say_what_to_do_how_long_it_takes_whom_and_why(kb: Call, posts: Any, every_rule: Path, at: Any) -> None:
    at("2026-07-06T09:00")
    people(every_rule, noguchi="野口")
    edited(posts, "2026-06-10", (1, BAD + MEASURE.format(due=LATE)), (2, BAD), (3, GOOD))
    found = week(kb)
    assert [(task["kind"], task["minutes"], task["owner"]) for task in found["today"]] == [
        ("overdue", 5, "野口"),
        ("incident", 15, ""),
        ("mark", 1, ""),
    ]
    lines = kb("report").out.splitlines()
    assert (
        "1. 障害の記事「件 1」の対策 1 を進めるか、期限を決め直す"
        "（約 5 分、野口。期限の 2026-06-25 から 11 日たっています） → kb show esa:1 --findings"
    ) in lines
    assert "3. 済んだ障害の記事「件 3」に、完了の印を付ける（1 分。対策はどれも済んでいます） → kb plan done" in lines
    assert "about 5 min, 野口; it was due 2026-06-25, 11 days ago" in kb("--lang", "en", "report").out


def test_a_measure_a_year_late_asks_whether_it_is_still_needed(kb: Call, posts: Any, every_rule: Path, at: Any) -> None:
    at("2027-07-06T09:00")
    edited(posts, "2026-06-10", (1, BAD + MEASURE.format(due=LATE)))
    (task,) = (each for each in week(kb)["today"] if each["kind"] == "overdue")
    assert (task["what"], task["minutes"]) == ("障害の記事「件 1」の対策 1 が、まだ要るかを決める", 3)


def test_a_late_measure_somebody_decided_on_is_no_task(kb: Call, posts: Any, every_rule: Path, at: Any) -> None:
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, BAD + MEASURE.format(due=LATE)))
    assert [task["kind"] for task in week(kb)["today"]] == ["overdue"]
    (late,) = (row for row in kb("lint", "--format", "jsonl").rows if row["code"] == "INC407")
    (every_rule / "kb-decisions.toml").write_text(
        f'format = 1\n\n[[decision]]\nfingerprint = "{late["fingerprint"]}"\ndoc = "esa:1"\npart = "body"\n'
        'code = "INC407"\nwhat = "snooze"\nby = "ono"\non = "2026-07-06"\nuntil = "2026-08-01"\n',
        encoding="utf-8",
    )
    at("2026-07-13T09:00")
    assert week(kb)["today"] == []
    at("2026-08-03T09:00")
    assert [task["kind"] for task in week(kb)["today"]] == ["overdue"]


def test_an_incident_on_a_node_that_had_two_lately_comes_first(kb: Call, posts: Any, every_rule: Path, at: Any) -> None:
    at("2026-07-06T09:00")
    bad, other = SAID.format(node="adsv-prd-db-01"), SAID.format(node="adsv-prd-web-02").replace("06/03", "06/20")
    edited(posts, "2026-06-10", (1, bad), (2, bad + GOOD[len(BAD) :]), (3, other))
    tasks = week(kb)["today"]
    assert tasks[0]["url"].endswith("/1")
    assert tasks[0]["why"] == "adsv-prd-db-01 で 90 日に障害が 2 件起きています"


def test_a_rerun_of_the_week_shows_the_same_and_what_was_done_is_counted(
    kb: Call, posts: Any, every_rule: Path, at: Any
) -> None:
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, BAD + MEASURE.format(due=LATE)), (2, BAD), (3, GOOD))
    first = week(kb)
    assert docs(first) == ["esa:1", "esa:2", "esa:3"]
    at("2026-07-09T09:00")
    edited(posts, "2026-07-08", (2, GOOD), (4, BAD.replace("06/03", "07/07")))
    later = week(kb)
    assert (docs(later), later["done_today"]) == (["esa:1", "esa:3"], 1)
    assert "ほかの 1 つは片付きました。" in kb("report").out
    assert "ほかの 1 つは片付きました。" in kb("report", "--format", "html").out
    at("2026-07-13T09:00")
    assert "esa:4" in docs(week(kb))


def test_three_things_a_page_lacks_are_a_list_in_english(kb: Call, posts: Any, every_rule: Path, at: Any) -> None:
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, "## 影響\n2026/06/03 の 09:40 から落ちた。\n\n## 原因\n\n## 対応\n\n## 再発防止\n"))
    assert "1. add the cause, the fix and prevention to the incident page" in kb("--lang", "en", "report").out


def test_an_incident_that_gets_old_as_a_draft_within_the_week_is_not_done(
    kb: Call, posts: Any, every_rule: Path, at: Any
) -> None:
    at("2026-07-06T09:00")
    with Mirror.open(every_rule / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put([SourceRow(
            Source.ESA, Kind.POST, "1", "esa:1", "件 1", BAD, {}, number=1, category="不具合共有", wip=True,
            author="noguchi", edited_by="noguchi", created_at="2026-05-10T03:00:00Z", updated_at="2026-05-10T03:00:00Z",
            url="https://docs.esa.io/posts/1",
        )])  # fmt: skip
    assert [task["kind"] for task in week(kb)["today"]] == ["incident"]
    at("2026-07-10T09:00")  # 61 days after the last edit
    assert "PST101" in {row["code"] for row in kb("lint", "--format", "jsonl").rows}
    found = week(kb)
    assert ([task["kind"] for task in found["today"]], found["done_today"]) == (["incident"], 0)


def test_a_page_is_not_there_three_weeks_running(kb: Call, posts: Any, every_rule: Path, at: Any) -> None:
    edited(posts, "2026-06-10", (1, BAD))
    told = []
    for day in ("2026-07-06", "2026-07-13", "2026-07-20", "2026-07-27"):
        at(f"{day}T09:00")
        told.append(docs(week(kb)))
    assert told == [["esa:1"], ["esa:1"], [], ["esa:1"]]


def test_what_few_may_see_is_for_them_and_others_see_one_more(kb: Call, posts: Any, every_rule: Path, at: Any) -> None:
    at("2026-07-06T09:00")
    edited(
        posts, "2026-06-10", (1, BAD + MEASURE.format(due=LATE)), (2, BAD + MEASURE.format(due="2026/6/1")), (4, GOOD)
    )
    with Mirror.open(every_rule / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put(
            [
                SourceRow(
                    Source.ESA, Kind.POST, "3", "esa:3", "ひそかな件", BAD, {}, number=3, category="不具合共有/ひそか",
                    url="https://docs.esa.io/posts/3", updated_at="2026-06-10T00:00:00Z", visibility=Visibility.LIMITED,
                )
            ]
        )  # fmt: skip
    assert docs(week(kb)) == ["esa:1", "esa:3", "esa:4"]
    for form in ("markdown", "html"):
        out = kb("report", "--format", form).out
        assert "ひそか" not in out
        assert "障害の記事「件 2」の対策 1 を" in out
    assert docs(week(kb)) == ["esa:1", "esa:3", "esa:4"]


def test_a_member_has_three_of_their_own(kb: Call, posts: Any, every_rule: Path, at: Any) -> None:
    with (every_rule / "kb.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[[owners.rule]]\nplace = "不具合共有/A/**"\nto = ["sato"]\n'
            '[[owners.rule]]\nplace = "不具合共有/B/**"\nto = ["ono"]\n'
            '[people]\nsame = {sato = ["佐藤"], ono = ["小野", "野口"]}\n'
        )
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, BAD + MEASURE.format(due=LATE)), (2, BAD), (3, GOOD), category="不具合共有/A")
    edited(posts, "2026-06-10", (4, BAD), category="不具合共有/B")
    sato, ono = week(kb, "--for", "sato"), week(kb, "--for", "ono")
    assert docs(sato) == ["esa:2", "esa:3"]  # the measure of esa:1 is another's
    assert [(task["kind"], doc) for task, doc in zip(ono["today"], docs(ono), strict=True)] == [
        ("overdue", "esa:1"),
        ("incident", "esa:4"),
    ]
    assert {task["owner"] for task in ono["today"]} == {ono["member"]}
    at("2026-07-13T09:00")
    week(kb, "--for", "sato")
    at("2026-07-20T09:00")
    assert docs(week(kb, "--for", "sato")) == []
    assert docs(week(kb, "--for", "ono")) == ["esa:1", "esa:4"]  # each has their own turn
    assert len(week(kb)["today"]) == 3


def test_a_live_secret_stays_pinned_until_it_is_decided_on(kb: Call, posts: Any, every_rule: Path, at: Any) -> None:
    posts.put((5, "接続先", "パスワード: Kumo7-Hikari-9x\n"), category="メモ", updated_at="2026-07-01T00:00:00Z")
    for day in ("2026-07-06", "2026-07-13", "2026-07-20", "2026-07-27"):
        at(f"{day}T09:00")
        found = week(kb)
        assert (found["pinned"]["kind"], found["pinned"]["command"]) == ("pinned", "kb secrets list")
        assert "件の値" not in str(found["today"])
    for form in ("text", "markdown", "html"):
        out = kb("report", "--format", form).out
        assert "メンバーの全員が読める 1 件" in out
        assert "接続先" not in out
    (secret,) = (row for row in kb("lint", "--format", "jsonl").rows if row["code"] == "SEC101")
    (every_rule / "kb-decisions.toml").write_text(
        f'format = 1\n\n[[decision]]\nfingerprint = "{secret["fingerprint"]}"\ndoc = "esa:5"\npart = "body"\n'
        f'code = "SEC101"\nwhat = "accept"\nby = "ono"\non = "2026-07-27"\nreason = "捨てた環境"\n'
        f'key = "{_key(every_rule)}"\n',
        encoding="utf-8",
    )
    assert week(kb)["pinned"] is None


def _key(root: Path) -> str:
    from kb.lint.engine.survey import _secret_key
    from kb.settings.workspace import open_workspace

    key = _secret_key(open_workspace())
    assert key is not None
    return key.id


def test_a_week_with_nothing_to_do_is_one_line(kb: Call, posts: Any, team: Path, at: Any) -> None:
    for day in ("2026-07-06", "2026-07-13"):
        at(f"{day}T09:00")
        posts.put((1, "【完了】件 1", GOOD), category="不具合共有/対応完了/2026", updated_at="2026-06-10T00:00:00Z")
        out = kb("report").out
    assert out.splitlines() == [
        "2026-W28（7/6–7/12） docs: 増減も、急いで見るものもありませんでした（いま残っている指摘 0 件）。"
    ]
    assert "\n急いで見るものはありません。\n" in kb("report", "--format", "markdown").out


def test_a_draft_of_somebody_who_left_does_not_say_so(kb: Call, posts: Any, every_rule: Path, at: Any) -> None:
    at("2026-07-06T09:00")
    people(every_rule, ono="小野 遥")
    with Mirror.open(every_rule / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.things(Source.ESA, "former-member", {"sato": {"screen_name": "sato", "name": "佐藤 健"}})
        write.put([SourceRow(
            Source.ESA, Kind.POST, "1", "esa:1", "設計", "途中", {}, number=1, category="運用", wip=True, author="sato",
            edited_by="sato", updated_at="2026-01-10T03:00:00Z", url="https://docs.esa.io/posts/1",
        )])  # fmt: skip
    (task,) = week(kb)["today"]
    assert (task["what"], task["why"]) == (
        "書きかけの「設計」を公開するか、しまうかを決める",
        "最後の編集は 2026-01-10 です",
    )
    assert task["owner"] == ""


def test_nothing_of_a_page_is_kept_of_what_was_shown(kb: Call, posts: Any, every_rule: Path, at: Any) -> None:
    at("2026-07-06T09:00")
    people(every_rule, noguchi="野口")
    edited(posts, "2026-06-10", (1, BAD + MEASURE.format(due=LATE)))
    week(kb)
    week(kb, "--for", "野口")
    with closing(sqlite3.connect(every_rule / ".kb" / "state.db")) as state:
        rows = state.execute("SELECT * FROM shown_tasks").fetchall()
    assert len(rows) == 2
    for name, scope, key, *_, evidence in rows:
        assert name == "2026-W28"
        assert all(len(each) == 32 and int(each, 16) for each in (key, *filter(None, [scope]), *evidence.split()))
