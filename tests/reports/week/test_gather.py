"""Weeks that are played: pages are edited, linted on Mondays, and the report says what became of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.mirror.documents import SourceRow
from kb.mirror.history.state import StateDb
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility
from kb.text.lang import t

Call = Callable[..., Any]

SAID = """## 影響
2026/06/03 の 09:40 から、{node} で新規登録 62 件の番号が空になった。

## 原因
番号の表の残りが 0 件になった。残数を知らせる仕組みがなかった。

## 対応
番号を 20 万件補充した。
"""
MEASURE = "\n## 再発防止\n- [ ] 残数が 1 万件を切ったら通知する（担当: 野口 / 期限: {due}）\n"
BAD = SAID.format(node="adsv-prd-db-01")
GOOD = BAD + "\n## 再発防止\n- [x] 残数が 1 万件を切ったら通知する（担当: 野口 / 期限: 2026/6/20）\n"
RULES = '\n[lint]\nselect = ["INC401", "INC407", "SEC"]\n'
HOSTS = "\n[hosts]\npattern = '[a-z]+-(?:prd|stg)-[a-z]+-[0-9]{2}'\n"


@pytest.fixture
def team(workspace: Path) -> Path:
    with (workspace / "kb.toml").open("a", encoding="utf-8") as file:
        file.write(RULES + HOSTS)
    return workspace


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Turns the clock."""
    return lambda moment: monkeypatch.setenv("KB_NOW", moment)


def edited(posts: Any, day: str, *pages: tuple[int, str], **given: Any) -> None:
    posts.put(*((number, f"件 {number}", body) for number, body in pages), updated_at=f"{day}T03:00:00Z", **given)


def week(kb: Call, *words: str) -> dict[str, Any]:
    said = kb("report", "--format", "json", *words)
    assert said.code == 0, said.err
    found: dict[str, Any] = json.loads(said.out)
    assert found["format"] == 1
    return found


def moved(found: dict[str, Any]) -> dict[str, list[object]]:
    """What moved, by document."""
    lists = {name: [row["doc"] for row in found["changed"][name]["rows"]] for name in ("new", "fixed", "back")}
    assert found["moved"] == {name: found["changed"][name]["total"] for name in lists}
    return {name: docs for name, docs in lists.items() if docs}


def test_four_weeks_say_what_is_new_mended_and_back(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-06T09:00")  # a Monday, as they all are
    edited(posts, "2026-06-10", (1, BAD), (2, BAD), (3, GOOD))
    first = week(kb)
    assert (first["name"], first["open"], moved(first)) == ("2026-W27", 2, {})
    assert [(each["cause"], each["came"]) for each in first["otherwise"]] == [("first", 2)]
    at("2026-07-13T09:00")
    edited(posts, "2026-07-08", (1, GOOD), (3, BAD))
    second = week(kb)
    assert (second["name"], second["open"]) == ("2026-W28", 2)
    assert moved(second) == {"new": ["esa:3"], "fixed": ["esa:1"]}
    at("2026-07-20T09:00")
    edited(posts, "2026-07-15", (1, BAD))
    edited(posts, "2026-07-16", (3, GOOD))
    third = week(kb)
    assert moved(third) == {"fixed": ["esa:3"], "back": ["esa:1"]}
    at("2026-07-27T09:00")
    fourth = week(kb)
    assert (moved(fourth), fourth["open"]) == ({}, 2)
    trend = [(each["week"], each["open"], each["moved"]["new"], each["moved"]["fixed"]) for each in fourth["trend"]]
    assert trend == [("2026-W28", 2, 1, 1), ("2026-W29", 2, 0, 1), ("2026-W30", 2, 0, 0)]
    clean = {share["key"]: share for share in third["shares"]}["clean"]
    assert (clean["count"], clean["of"], clean["before"]) == (1, 3, 1)
    again = week(kb, "--week", "2026-W28")  # exactly, whatever happened since
    assert moved(again) == moved(second)


def test_a_lint_in_between_changes_no_weeks_figures(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, BAD), (2, GOOD))
    kb("lint")
    at("2026-07-09T09:00")
    edited(posts, "2026-07-08", (2, BAD))
    kb("lint", "--new-only")
    at("2026-07-10T09:00")
    edited(posts, "2026-07-10", (2, GOOD))
    kb("lint", "--select", "SEC")
    at("2026-07-13T09:00")
    assert moved(week(kb)) == {}


def test_what_was_set_aside_is_not_open_and_its_end_is_told(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-06-29T09:00")
    edited(posts, "2026-06-10", (1, BAD), (2, BAD), (3, BAD))
    kb("lint")
    at("2026-07-06T09:00")
    finding = next(row for row in week(kb)["oldest"]["rows"] if row["doc"] == "esa:2")
    (team / "kb-decisions.toml").write_text(
        f'[[decision]]\nfingerprint = "{finding["fingerprint"]}"\ndoc = "esa:2"\npart = "body"\ncode = "INC401"\n'
        'what = "snooze"\nuntil = "2026-07-20"\nby = "ono"\n',
        encoding="utf-8",
    )
    at("2026-07-13T09:00")
    edited(posts, "2026-07-08", (3, BAD + "\n<!-- kb:ignore-page INC401 until=2026-09-01 更改を待つ -->\n"))
    found = week(kb)
    assert (found["open"], moved(found)) == (1, {})
    assert [(each["cause"], each["came"], each["went"]) for each in found["otherwise"]] == [("aside", 0, 2)]
    assert [(row["doc"], row["due"]) for row in found["expiring"]["rows"]] == [("esa:2", "2026-07-20")]
    assert found["trend"][-1]["open"] == 1
    at("2026-07-27T09:00")
    edited(posts, "2026-07-22", (3, GOOD))
    over = week(kb)
    assert (over["open"], moved(over)) == (2, {})


def test_the_numbers_of_the_trend_are_those_lint_gives(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-08T09:00")
    edited(posts, "2026-06-10", (1, BAD), (2, BAD), (3, GOOD))
    said = kb("lint", "--format", "jsonl")
    found = week(kb)
    assert found["open"] == len(said.rows) == found["trend"][-1]["open"] == 2
    assert sum(rule["open"] for rule in found["changed"]["by_rule"]) == 2


def test_measures_by_their_days_and_the_first_of_them_for_today(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-08T09:00")
    days = ("2026/7/1", "2026/7/8", "2026/7/22", "2026/7/23", "2026/6/25")
    edited(posts, "2026-06-10", *((n, BAD + MEASURE.format(due=day)) for n, day in enumerate(days, 1)))
    found = week(kb)
    assert [(row["doc"], row["due"], row["age_days"]) for row in found["overdue"]["rows"]] == [
        ("esa:5", "2026-06-25", 13), ("esa:1", "2026-07-01", 7),
    ]  # fmt: skip
    assert [row["due"] for row in found["due"]["rows"]] == ["2026-07-08", "2026-07-22"]
    assert {row["owner"] for row in found["due"]["rows"]} == {"野口"}
    assert "件 1" in found["today"][0]["what"]  # the one that has just passed, not the oldest
    assert len({task["what"] for task in found["today"]}) == len(found["today"]) <= 3


def test_a_hot_spot_cools_when_a_runbook_names_it(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-08T09:00")
    edited(posts, "2026-06-10", (1, BAD), (2, BAD), (3, SAID.format(node="adsv-prd-db-011")))
    spots = {spot["node"]: spot for spot in week(kb)["hot_spots"]}
    assert [signal["key"] for signal in spots["adsv-prd-db-01"]["signals"]] == ["incidents", "open", "runbook", "owner"]
    assert spots["adsv-prd-db-01"]["signals"][0]["value"] == 2
    posts.put((9, "adsv-prd-db-01 の切り替え手順", "## 手順\n1. 切り替える\n"), category="運用/手順")
    posts.put(*((n, "打ち合わせ", "adsv-prd-db-01 の話") for n in range(20, 26)), category="議事録",
              updated_at="2026-07-01T00:00:00Z")  # fmt: skip
    signals = next(spot for spot in week(kb)["hot_spots"] if spot["node"] == "adsv-prd-db-01")["signals"]
    assert {signal["key"]: signal["value"] for signal in signals} == {"incidents": 2, "open": 2, "noise": 1, "owner": 1}


def test_a_runbook_and_a_node_may_call_a_host_by_its_alias(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-08T09:00")
    with (team / "kb.toml").open("a", encoding="utf-8") as file:
        file.write('[hosts.aliases]\ndb1 = "adsv-prd-db-01"\n')
    edited(posts, "2026-06-10", (1, BAD), (2, SAID.format(node="db1")))

    def spots() -> list[tuple[str, list[str]]]:
        found = week(kb)["hot_spots"]
        return [(spot["node"], [signal["key"] for signal in spot["signals"]]) for spot in found]

    assert spots() == [("adsv-prd-db-01", ["incidents", "open", "runbook", "owner"])]
    posts.put((9, "db1 の切り替え手順", "## 手順\n1. 切り替える\n"), category="運用/手順")
    assert spots() == [("adsv-prd-db-01", ["incidents", "open", "owner"])]
    (team / "diagrams").mkdir()
    model = '[[node]]\nid = "db"\nowner = "基盤チーム"\nmatch = { host = ["db1"] }\n'
    (team / "diagrams" / "system.toml").write_text(model, encoding="utf-8")
    assert spots() == [("db", ["incidents", "open"])]  # as the diagram calls it


def test_a_node_of_the_diagram_brings_its_owner_and_its_runbook(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-08T09:00")
    edited(posts, "2026-06-10", (1, BAD))

    def keys(model: str) -> list[str]:
        (team / "diagrams").mkdir(exist_ok=True)
        (team / "diagrams" / "system.toml").write_text(model, encoding="utf-8")
        return [signal["key"] for signal in week(kb)["hot_spots"][0]["signals"]]

    node = '[[node]]\nid = "db"\nmatch = { host = ["adsv-prd-db-*"] }\n'
    assert keys(node) == ["runbook", "incidents", "open", "owner"]
    assert keys(node + 'owner = "基盤チーム"\n') == ["runbook", "incidents", "open"]
    assert keys(node + "esa = 12\n") == ["incidents", "open", "owner"]
    owned = node + 'owner = "基盤チーム"\nrunbook = "https://docs.esa.example/posts/1"\n'
    assert keys(owned) == ["incidents", "open"]
    assert keys(owned + owned.replace('"db"', '"other"')) == ["runbook", "incidents", "open", "owner"]
    assert keys("[[node]]\nid = 7\n") == ["runbook", "incidents", "open", "owner"]
    said = kb("report")
    assert "構成図の担当と手順書は使っていません。diagrams/system.toml 2 行目" in said.err


def test_secrets_are_counts_and_in_no_list(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, GOOD))
    week(kb)
    at("2026-07-13T09:00")
    posts.put((5, "接続先", "パスワード: Kumo7-Hikari-9x\n"), category="メモ", updated_at="2026-07-08T00:00:00Z")
    found = week(kb)
    assert [(each["kind"], each["open"]) for each in found["secrets"]] == [("password", 1)]
    assert (found["moved"]["new"], found["changed"]["new"]["rows"]) == (1, [])
    assert "メモ" not in [each["key"] for each in found["changed"]["by_place"]]
    assert not {row["doc"] for name in ("oldest", "expiring") for row in found[name]["rows"]} & {"esa:5"}
    assert "全員が読める 1 件" in found["pinned"]["what"]
    whole = "".join(kb("report", "--format", each).out for each in ("text", "json", "markdown", "html"))
    assert "Kumo7" not in whole
    assert "接続先" not in whole


def ticket(root: Path, number: int, *, closed: bool, updated_at: str, visibility: Visibility) -> None:
    """A ticket of the mirror, as a sync would write it."""
    with Mirror.open(root / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put(
            [
                SourceRow(
                    Source.REDMINE, Kind.TICKET, str(number), f"redmine:{number}", f"対応 {number}", "", {},
                    number=number, category="infra", updated_at=updated_at, visibility=visibility,
                    meta={"closed": closed, "status": "終了" if closed else "新規", "tracker": "不具合"},
                )
            ]
        )  # fmt: skip


def failed(root: Path, **sources: str) -> None:
    with StateDb(root / ".kb" / "state.db") as state:
        state.ended({name: t(why, why) if why else None for name, why in sources.items()})


def test_a_week_in_which_redmine_failed_shows_nothing_of_it_as_mended(
    kb: Call,
    posts: Any,
    team: Path,
    at: Any,
) -> None:
    settings = team / "kb.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace('"INC407"', '"INC407", "INC409"')
        + '\n[redmine]\nurl = "https://redmine.example.jp"\n',
        encoding="utf-8",
    )
    late = BAD + MEASURE.format(due="2026/7/1").replace("通知する", "通知する #45")
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, late), (2, BAD))
    ticket(team, 45, closed=False, updated_at="2026-06-10T00:00:00Z", visibility=Visibility.MEMBERS)
    failed(team, esa="", redmine="")
    assert {row["code"] for row in week(kb)["oldest"]["rows"]} == {"INC401", "INC407"}
    at("2026-07-13T09:00")  # half of Redmine was read: the ticket says that it is done
    ticket(team, 45, closed=True, updated_at="2026-07-08T00:00:00Z", visibility=Visibility.MEMBERS)
    failed(team, esa="", redmine="応答がありません。鍵は 12345 です。")
    edited(posts, "2026-07-09", (2, GOOD))  # esa was read: what people mended there is told
    found = week(kb)
    assert moved(found) == {"fixed": ["esa:2"]}
    source = next(each for each in found["sources"] if each["name"] == "redmine")
    assert (source["failed"], source["why"]) == (True, "応答がありません。")
    for form in ("markdown", "html"):  # the sentence may name a ticket that not everybody may see
        said = kb("report", "--format", form).out
        assert "Redmine" in said
        assert "応答がありません" not in said
    assert "Redmine" in kb("report").out
    at("2026-07-20T09:00")
    failed(team, esa="", redmine="")
    assert moved(week(kb)) == {"fixed": ["esa:1"]}


def test_what_not_every_member_may_see_is_in_no_shared_face_and_its_number_is_told(
    kb: Call,
    posts: Any,
    team: Path,
    at: Any,
) -> None:
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, BAD))
    ticket(team, 77, closed=False, updated_at="2026-06-10T00:00:00Z", visibility=Visibility.PRIVATE)
    kb("lint")
    at("2026-07-13T09:00")
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put(
            [
                SourceRow(
                    Source.ESA, Kind.POST, "2", "esa:2", "ひそかな件", SAID.format(node="hisoka-prd-db-77"), {},
                    number=2, category="不具合共有/ひそか", updated_at="2026-07-08T00:00:00Z",
                    visibility=Visibility.LIMITED,
                )
            ]
        )  # fmt: skip
    mine = week(kb)
    assert moved(mine) == {"new": ["esa:2"]}
    assert (mine["open"], mine["audience"], mine["left_out"]) == (2, "private", {"documents": 0, "findings": 0})
    for form in ("markdown", "html"):
        said = kb("report", "--format", form)
        assert "ひそか" not in said.out + said.err
        assert "hisoka" not in said.out
        assert "文書 2 件（指摘 1 件）を除きました" in said.err
        assert "ひそか" in kb("report", "--format", form, "--include-private").out
    with Mirror.open(team / ".kb" / "mirror.db") as mirror:  # gone, and still not everybody's
        found = mirror.find(Source.ESA, Kind.POST, "2")
        assert found is not None
        with mirror.write() as write:
            write.mark_gone(found.id)
    at("2026-07-14T09:00")
    assert "ひそか" not in kb("report", "--week", "2026-W28", "--format", "html").out
    assert moved(week(kb, "--week", "2026-W28")) == {"new": ["esa:2"]}


def test_a_week_before_the_record_began_says_so(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-08T09:00")
    edited(posts, "2026-06-10", (1, BAD))
    said = kb("report", "--week", "2026-W10")
    assert said.code == 0
    assert "2026-W10 は記録が始まった日（2026-07-08）より前" in said.err
    assert week(kb, "--week", "2026-W10")["trend"] == []


def test_the_incident_pages_are_listed_as_the_charts_count_them(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-08T09:00")
    may = BAD.replace("2026/06/03", "2026/05/20").replace("db-01", "web-02")
    edited(posts, "2026-06-10", (1, BAD), (2, GOOD), (4, may))
    edited(posts, "2026-06-10", (3, GOOD), category="不具合共有/対応完了/2026")
    found = week(kb)["incidents"]
    pages = [(page["row"]["doc"], page["row"]["since"], page["standing"], page["nodes"]) for page in found["pages"]]
    assert pages[0] == ("esa:1", "2026-06-03", "open", ["adsv-prd-db-01"])
    assert [(doc, day, standing) for doc, day, standing, _ in pages[1:]] == [
        ("esa:2", "2026-06-03", "open"),
        ("esa:3", "2026-06-03", "done"),
        ("esa:4", "2026-05-20", "open"),
    ]
    assert found["total"] == 4
    for bar in found["nodes"]:
        assert bar["count"] == sum(bar["key"] in nodes for *_, nodes in pages)
    for bar in found["causes"]:
        assert bar["count"] == sum(page["cause"] == bar["key"] for page in found["pages"])
    months = {bar["key"]: (bar["count"], bar["open"]) for bar in found["months"] if bar["count"]}
    assert months == {"2026-05": (1, 1), "2026-06": (3, 2)}


def test_a_report_for_a_member_tells_of_theirs_alone(kb: Call, posts: Any, team: Path, at: Any) -> None:
    (team / "kb.toml").write_text(
        (team / "kb.toml").read_text(encoding="utf-8")
        + '\n[[owners.rule]]\nplace = "不具合共有/A/**"\nto = ["sato"]\n'
        + '[[owners.rule]]\nplace = "不具合共有/B/**"\nto = ["ono"]\n'
        + '[people]\nsame = {sato = ["佐藤"], ono = ["小野"]}\n',
        encoding="utf-8",
    )
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, GOOD), category="不具合共有/A")
    edited(posts, "2026-06-10", (2, BAD), category="不具合共有/B")
    kb("lint")
    at("2026-07-13T09:00")
    edited(posts, "2026-07-08", (1, BAD), category="不具合共有/A")
    edited(posts, "2026-07-08", (2, GOOD), category="不具合共有/B")
    found = week(kb, "--for", "sato")
    assert (found["open"], found["documents"], moved(found)) == (1, 1, {"new": ["esa:1"]})
    assert found["trend"][-1]["open"] == 1
    assert {row["owner"] for row in found["oldest"]["rows"]} == {found["member"]}
    assert moved(week(kb, "--for", "ono")) == {"fixed": ["esa:2"]}
    assert kb("report", "--for", "nobody-at-all").code == 2


def test_a_member_sees_what_moved_of_their_measures_on_the_pages_of_others(
    kb: Call, posts: Any, team: Path, at: Any
) -> None:
    with (team / "kb.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[[owners.rule]]\nplace = "**"\nto = ["ono"]\n[people]\nsame = {sato = ["佐藤"], ono = ["小野"]}\n'
        )

    def page(*measures: tuple[str, str, str]) -> str:
        lines = (
            f"- [{done}] 残数の通知を {n} 段にする（担当: {who} / 期限: {due}）"
            for n, (done, who, due) in enumerate(measures, 1)
        )
        return BAD + "\n## 再発防止\n" + "\n".join(lines) + "\n"

    late, later = "2026/7/1", "2026/12/1"
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, page((" ", "佐藤", late), (" ", "小野", late))), (2, page((" ", "佐藤", later))))
    kb("lint")
    at("2026-07-13T09:00")
    edited(posts, "2026-07-08", (1, page(("x", "佐藤", late), ("x", "小野", late))), (2, page((" ", "佐藤", late))))
    edited(posts, "2026-07-08", (3, page((" ", "小野", late))))
    his = week(kb, "--for", "sato")
    assert moved(his) == {"new": ["esa:2"], "fixed": ["esa:1"]}
    assert his["moved"] == {"new": 1, "fixed": 1, "back": 0}
    assert {row["owner"] for name in ("new", "fixed") for row in his["changed"][name]["rows"]} == {his["member"]}
    assert (his["open"], his["documents"], his["trend"][-1]["open"]) == (1, 0, 1)
    assert [(each["label"], each["moved"]["fixed"], each["open"]) for each in his["changed"]["by_owner"]] == [
        (his["member"], 1, 1)
    ]
    assert week(kb, "--for", "ono")["moved"] == {"new": 2, "fixed": 2, "back": 0}  # the pages are theirs
    at("2026-07-20T09:00")
    edited(posts, "2026-07-15", (1, page((" ", "佐藤", late), ("x", "小野", late))))
    assert moved(week(kb, "--for", "sato")) == {"back": ["esa:1"]}


def test_events_mark_the_charts_and_a_name_in_one_is_not_told(kb: Call, posts: Any, team: Path, at: Any) -> None:
    with (team / "kb.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[event]]\ndate = "2026-06-24"\nkind = "release"\nlabel = "管理画面 v3"\n')
        file.write('[[event]]\ndate = "2026-06-30"\nkind = "handover"\nlabel = "佐藤さんが離れる"\n')
        file.write('\n[[event]]\ndate = "2026-07-01"\nkind = "handover"\nlabel = "辞田退職に伴う引き継ぎ"\n')
        file.write('\n[[event]]\ndate = "2026-07-02"\nkind = "other"\nlabel = "真田さん（委託）が抜ける"\n')
        file.write('\n[[event]]\ndate = "2026-07-03"\nkind = "migration"\nlabel = "仕様変更、たくさん"\n')
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.things(Source.ESA, "member", {"sato": {"screen_name": "sato", "name": "佐藤 健"}})
        write.things(Source.ESA, "former-member", {"jita": {"screen_name": "jita", "name": "辞田 退"}})
    at("2026-07-08T09:00")
    edited(posts, "2026-06-10", (1, BAD))
    said = kb("report", "--format", "json")
    assert [mark["label"] for mark in json.loads(said.out)["incidents"]["marks"]] == [
        "管理画面 v3", "引き継ぎ", "引き継ぎ", "出来事", "仕様変更、たくさん",
    ]  # fmt: skip
    assert not [name for name in ("佐藤", "辞田", "真田") if name in said.out]
    assert "2026-06-30 の [[event]]" in said.err


def test_the_screen_is_ten_lines_in_either_language(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-08T09:00")
    edited(posts, "2026-06-10", *((n, BAD + MEASURE.format(due="2026/7/1")) for n in range(1, 30)))
    for words in (("report",), ("--lang", "en", "report")):
        said = kb(*words)
        lines = [*said.out.splitlines(), *said.err.splitlines()]
        assert len(lines) <= 10
        assert lines[-1].startswith("→ kb ")
        assert sum(line[:2] in ("1.", "2.", "3.") for line in lines) == len(week(kb)["today"])


def test_a_report_changes_nothing_but_what_kb_remembers(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-08T09:00")
    edited(posts, "2026-06-10", (1, BAD))
    before = (team / ".kb" / "mirror.db").read_bytes()
    assert kb("report").code == 0
    assert (team / ".kb" / "mirror.db").read_bytes() == before
    assert sorted(path.name for path in team.iterdir() if path.name != "user-cache") == [".kb", "kb.toml"]
    assert week(kb)["open"] == 1


def test_without_a_mirror_the_next_step_is_told(kb: Call, team: Path) -> None:
    said = kb("report")
    assert said.code == 2
    assert "kb sync" in said.err


def test_a_clock_that_is_none_is_told(kb: Call, posts: Any, team: Path, at: Any) -> None:
    posts.put((1, "件", BAD))
    at("きのう")
    said = kb("report")
    assert said.code == 2
    assert "KB_NOW「きのう」を日時として読めません" in said.err
    assert kb("report", "--now", "2026-07-08").code == 0


def people(root: Path, **members: str) -> None:
    """Members of the team, by screen name."""
    rows = {handle: {"screen_name": handle, "name": name} for handle, name in members.items()}
    with Mirror.open(root / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.things(Source.ESA, "member", rows)


def test_a_word_that_is_no_member_owns_nothing(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-08T09:00")
    with (team / "kb.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[owners.rule]]\nplace = "**"\nto = ["ono"]\n[people.same]\nono = ["小野 遥"]\n')
    measure = "\n## 再発防止\n- [ ] 止める（担当: {who} / 期限: 2026/7/1）\n"
    edited(posts, "2026-06-10", (1, BAD + measure.format(who="jar")), (2, BAD + measure.format(who="今井")))
    people(team, ono="小野 遥", imai="今井 葵")
    found = week(kb)
    assert {row["doc"]: row["owner"] for row in found["overdue"]["rows"]} == {"esa:1": "小野 遥", "esa:2": "今井 葵"}
    assert [each["key"] for each in found["changed"]["by_owner"]] == ["今井 葵", "小野 遥"]
    assert "jar" not in "".join(kb("report", "--format", each).out for each in ("json", "markdown"))


def test_what_is_passed_on_names_nobody_but_the_owner(kb: Call, posts: Any, team: Path, at: Any) -> None:
    settings = team / "kb.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"INC407"', '"PST103"'), encoding="utf-8")
    at("2026-07-06T09:00")
    people(team, ono="小野 遥")
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.things(Source.ESA, "former-member", {"sato": {"screen_name": "sato", "name": "佐藤 健"}})
        write.put([SourceRow(
            Source.ESA, Kind.POST, "1", "esa:1", "設計", "途中", {}, number=1, category="運用", wip=True, author="sato",
            edited_by="sato", updated_at="2026-01-10T03:00:00Z",
        )])  # fmt: skip
    assert "sato" in next(row for row in week(kb)["oldest"]["rows"] if row["code"] == "PST103")["message"]
    for words in ((), ("--lang", "en")):
        for form in ("markdown", "html"):
            said = kb(*words, "report", "--format", form).out
            assert "PST103" in said
            assert "sato" not in said
            assert "佐藤" not in said
    assert "引き継ぐ人を決めるか" in kb("report", "--format", "markdown").out


def test_a_channel_is_sent_to_the_report_only_where_it_stands(
    kb: Call, posts: Any, team: Path, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (team / "kb.toml").open("a", encoding="utf-8") as file:
        file.write("\n[report]\nesa_post = 9\n")
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "http://127.0.0.1:9/hook")
    at("2026-07-06T09:00")
    for body, link in (("週報を置くところ", False), (f"<!-- kb:report begin sha256={'0' * 64} -->\n", True)):
        posts.put((1, "件", BAD), (9, "週報", body))
        said = kb("report", "--notify", "slack", "--dry-run")
        assert said.code == 0, said.err
        assert ("https://docs.esa.io/posts/9" in said.out) == link


@pytest.mark.parametrize("words", [("--dry-run",), ("--yes",), ("--silent",), ("--insert", "top")])
@pytest.mark.parametrize("verb", ["report", "incidents"])
def test_how_to_publish_without_where_is_said(kb: Call, team: Path, verb: str, words: tuple[str, ...]) -> None:
    said = kb(verb, *words)
    assert (said.code, said.out) == (2, "")
    assert f"kb {verb} --publish esa {' '.join(words)}" in said.err


@pytest.mark.parametrize("words", [("--publish", "esa"), ("--publish", "week.md"), ("--publish", "week.html", "--yes")])
@pytest.mark.parametrize("verb", ["report", "incidents"])
def test_the_form_of_what_is_published_is_not_chosen_twice(
    kb: Call, team: Path, verb: str, words: tuple[str, ...]
) -> None:
    said = kb(verb, *words, "--format", "markdown")
    assert (said.code, said.out) == (2, "")
    assert "--format を外して" in said.err
    assert not list(team.glob("week.*"))


def test_a_page_that_was_edited_since_it_was_checked_says_when_that_was(
    kb: Call, posts: Any, team: Path, at: Any
) -> None:
    at("2026-07-08T09:00")
    edited(posts, "2026-06-10", (1, f"{GOOD}\n<!-- kb:verified 2026-06-01 sato -->\n"))
    assert [(row["doc"], row["since"]) for row in week(kb)["verified_before_edit"]["rows"]] == [("esa:1", "2026-06-01")]
    assert "| 2026-06-01（37 日経過） |" in kb("report", "--format", "markdown").out


def test_marks_that_are_too_old_are_counted_with_what_asks_about_them(
    kb: Call, posts: Any, team: Path, at: Any
) -> None:
    at("2026-07-08T09:00")
    body = f"{GOOD}\n<!-- kb:verified 2020-01-10 sato -->\n"
    edited(posts, "2020-01-05", (1, body))
    assert week(kb)["expired_marks"] == 1
    told = "確認日の過ぎた記事: 1 件（今も正しいかを持ち主にたずねるなら kb plan share queue.toml --expired）"
    assert told in kb("report", "--format", "html").out
    edited(posts, "2026-07-01", (1, f"{GOOD}\n<!-- kb:verified 2026-07-01 sato -->\n"))
    assert week(kb)["expired_marks"] == 0
    assert "確認日の過ぎた" not in kb("report", "--format", "markdown").out


def test_of_a_week_before_the_record_nobody_says_that_nothing_moved(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-08T09:00")
    edited(posts, "2026-06-10", (1, BAD))
    for words in ((), ("--format", "markdown"), ("--format", "html")):
        said = kb("report", "--week", "2026-W20", *words)
        assert "この週は記録が始まる前なので、増減は分かりません（いま残っている指摘 1 件）。" in said.out
        assert "増減がありませんでした" not in said.out
        assert "2026-W20 は記録が始まった日（2026-07-08）より前の週です" in said.err


def test_a_share_counts_no_page_whose_findings_were_set_aside_and_says_how_many(
    kb: Call, posts: Any, team: Path, at: Any
) -> None:
    """A baseline mends nothing, and a share must not jump to all pages by it."""
    settings = team / "kb.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"INC407"', '"INC403"'), encoding="utf-8")
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, BAD + "\n## 再発防止\n気をつける。\n"), (3, GOOD))
    before = {each["key"]: each for each in week(kb)["shares"]}["prevented"]
    assert (before["count"], before["of"], before["label"]) == (1, 2, "再発防止まで書かれた障害の記事")
    kb("lint", "--update-baseline")
    aside = week(kb)["aside"]
    assert aside > 0
    after = {each["key"]: each for each in week(kb)["shares"]}["prevented"]
    assert (after["count"], after["of"], after["aside"], after["before"]) == (1, 2, 1, None)
    assert after["label"] == "再発防止まで書かれた障害の記事（指摘を脇に置いた 1 件は数えない）"
    for words in ((), ("--format", "markdown"), ("--format", "html")):
        said = kb("report", *words).out
        assert words == () or "指摘を脇に置いた 1 件は数えない" in said, words
        assert re.search(rf"脇に置いた(?:指摘)? {aside} 件", said), words


def test_what_was_accepted_is_not_written_either(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-06T09:00")
    set_aside = "<!-- kb:ignore-page INC401 書かないことにした -->\n\n"
    edited(posts, "2026-06-10", (1, set_aside + BAD), (3, GOOD))
    share = {each["key"]: each for each in week(kb)["shares"]}["prevented"]
    assert (share["count"], share["of"], share["aside"]) == (1, 2, 1)


def test_every_form_of_a_first_report_says_first_which_source_failed(kb: Call, posts: Any, team: Path, at: Any) -> None:
    settings = team / "kb.toml"
    redmine = '\n[redmine]\nurl = "https://redmine.example.jp"\n'
    settings.write_text(settings.read_text(encoding="utf-8") + redmine, encoding="utf-8")
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", *((number, BAD) for number in range(1, 9)))
    failed(team, esa="", redmine="応答がありません。")
    lines = kb("report").out.splitlines()
    assert "Redmine（redmine.example.jp）を最後まで読み取れませんでした" in lines[1]
    markdown = kb("report", "--format", "markdown").out
    assert markdown.index("⚠ Redmine") < markdown.index("## ")
    page = kb("report", "--format", "html").out
    assert page.index('<li class="failed">Redmine') < page.index('<ul class="tiles">')
    sources = json.loads(kb("report", "--format", "json").out)["sources"]
    assert [each["name"] for each in sources if each["failed"]] == ["redmine"]
