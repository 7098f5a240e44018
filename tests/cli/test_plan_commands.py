"""`kb plan …` from a small mirror: what is written, what is said, and what is not overwritten."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kb.mirror.database import Database
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.model.plan import Plan
from kb.plan.file.parse import parse_plan
from kb.sources.esa import rows as esa_rows

Call = Callable[..., Any]

BODY = "再起動の手順です。まず待機系へ切り替えます。\n"
NOW = ("--now", "2026-11-26")


@dataclass(frozen=True, slots=True)
class Team:
    """A workspace and the posts of its mirror."""

    root: Path
    kb: Call

    def put(self, number: int, title: str, category: str = "運用/手順", body: str = BODY, **fields: Any) -> None:
        post = {
            "number": number,
            "name": title,
            "category": category,
            "body_md": body,
            "tags": [],
            "wip": False,
            "created_by": {"screen_name": "sato"},
            "updated_by": {"screen_name": "sato"},
            "created_at": "2025-05-03T09:00:00+09:00",
            "updated_at": "2025-06-01T09:00:00+09:00",
            "revision_number": 2,
            "url": f"https://docs.esa.io/posts/{number}",
            "message": "Update post.",
            "comments": [],
            **fields,
        }
        with Mirror.open(self.root / ".kb" / "mirror.db") as mirror, mirror.write() as write:
            write.put(esa_rows.post_rows(post))

    def plan(self, name: str = "plan.toml") -> Plan:
        return parse_plan((self.root / name).read_text("utf-8"), name)

    def after(self, name: str = "plan.toml") -> dict[str, Mapping[str, Any]]:
        return {each.target: each.after for each in self.plan(name).changes}


@pytest.fixture
def team(workspace: Path, kb: Call) -> Team:
    made = Team(workspace, kb)
    made.put(1, "手順 A")
    made.put(2, "手順 B", "運用/手順/db", wip=True)
    made.put(3, "メモ", "Users/sato", wip=True)
    made.put(4, "README", "運用")
    made.put(5, "日報", "Templates/日報", "## やったこと\n作成者: %{me}\n")
    return made


def test_a_plan_is_written_with_a_word_on_what_was_left_out_and_what_comes_next(team: Team) -> None:
    said = team.kb("plan", "move", "-o", "plan.toml", "--title", ".", "--to", "新")
    assert said.code == 0
    assert said.out == ""
    assert said.err.splitlines() == [
        "plan.toml に変更 2 件（2 グループ）を書きました。",
        "外したもの: 個人のフォルダー 1 件、分類の README 1 件、テンプレート 1 件",
        "次は: kb review plan.toml",
    ]
    plan = team.plan()
    assert (plan.team, plan.redmine, plan.decided) == ("docs", "", False)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", plan.created)
    assert team.after() == {"esa:1": {"category": "新"}, "esa:2": {"category": "新"}}


def test_english_says_the_same(team: Team) -> None:
    said = team.kb("--lang", "en", "plan", "move", "-o", "plan.toml", "--from", "運用/手順", "--to", "新")
    assert said.err.splitlines() == ["wrote 2 changes in 1 group to plan.toml.", "next: kb review plan.toml"]


def test_where_there_is_nothing_to_change_no_file_is_made(team: Team) -> None:
    said = team.kb("plan", "move", "-o", "plan.toml", "--from", "どこにもない", "--to", "新")
    assert said.code == 0
    assert said.err.splitlines() == [
        "「どこにもない」とその下には、記事が 1 件もありません。分類の名前を確かめてください。",
        "変更するものはありません。",
    ]
    assert not (team.root / "plan.toml").exists()


def test_an_author_nobody_knows_is_named_and_one_without_drafts_is_not(team: Team) -> None:
    said = team.kb("plan", "ship", "-o", "plan.toml", "--author", "satoo", *NOW)
    assert "「satoo」さんが作った記事はありません。screen_name で指定してください。" in said.err.splitlines()
    said = team.kb("plan", "archive", "-o", "plan.toml", "--in", "運用", "--older-than", "9999", *NOW)
    assert said.err.splitlines() == ["変更するものはありません。"]


def test_a_second_proposal_is_the_same_file(team: Team) -> None:
    team.kb("plan", "archive", "-o", "plan.toml", "--in", "運用/手順", *NOW)
    once = (team.root / "plan.toml").read_bytes()
    team.kb("plan", "archive", "-o", "plan.toml", "--in", "運用/手順", *NOW)
    assert (team.root / "plan.toml").read_bytes() == once


@pytest.mark.parametrize("what", ["text", "decided", "edited", "broken", "binary"])
def test_neither_other_files_nor_decisions_are_overwritten(team: Team, what: str) -> None:
    call = ("plan", "move", "-o", "plan.toml", "--from", "運用/手順", "--to", "新")
    team.kb(*call)
    path = team.root / "plan.toml"
    text = path.read_text("utf-8")
    other = {
        "text": b"# my notes\n",
        "decided": text.replace("\naccept = true", "\naccept = false", 1).encode(),
        "edited": text.replace('after = {category = "新"}', 'after = {category = "新2"}').encode(),
        "broken": text[: len(text) // 2].encode(),
        "binary": b"\xff\x00",
    }[what]
    path.write_bytes(other)
    said = team.kb(*call)
    assert said.code == 2
    assert "上書きしません" in said.err
    assert "--force" in said.err
    assert path.read_bytes() == other
    assert team.kb(*call, "--force").code == 0
    assert team.plan().changes[0].after == {"category": "新"}


@pytest.mark.parametrize("name", ["kb.toml", "kb-decisions.toml", "kb-baseline.toml", "link.toml"])
def test_settings_and_decisions_are_no_place_for_a_plan_not_even_by_force(team: Team, name: str) -> None:
    (team.root / "link.toml").symlink_to("kb.toml")
    before = (team.root / "kb.toml").read_bytes()
    said = team.kb("plan", "move", "--from", "運用/手順", "--to", "新", "-o", name, "--force")
    assert (said.code, (team.root / "kb.toml").read_bytes()) == (2, before)
    assert "上書きしません（--force でも）" in said.err


def test_a_folder_that_is_missing_is_named(team: Team) -> None:
    said = team.kb("plan", "move", "--from", "運用/手順", "--to", "新", "-o", "案/plan.toml")
    assert said.code == 2
    assert "フォルダー 案 がありません" in said.err


def test_a_plan_nobody_touched_is_replaced(team: Team) -> None:
    team.kb("plan", "move", "-o", "plan.toml", "--from", "運用/手順", "--to", "新")
    team.kb("plan", "move", "-o", "plan.toml", "--from", "運用/手順", "--to", "別")
    assert team.after()["esa:1"] == {"category": "別"}


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_a_folder_or_a_pipe_is_no_place_for_a_plan(team: Team, make: Callable[[Path], object]) -> None:
    make(team.root / "plan.toml")
    for flags in ((), ("--force",)):
        assert team.kb("plan", "move", "-o", "plan.toml", "--from", "運用/手順", "--to", "新", *flags).code == 2


# -- the verbs ----------------------------------------------------------------------------------


def test_rules_of_kb_toml_are_used_where_none_is_typed(team: Team) -> None:
    with (team.root / "kb.toml").open("a", encoding="utf-8") as file:
        file.write(
            '[[plan.move]]\nfrom = "運用/手順"\ntag = "古"\nto = "旧"\n\n'
            '[[plan.move]]\nfrom = "運用/手順"\nto = "手順/{year}/{rest}"\n\n'
            "[[plan.retitle]]\nmatch = '^手順 '\nto = '【手順】'\nin = '運用/手順/db'\n"
        )
    team.put(6, "x", "運用/手順", tags=["古"])
    assert team.kb("plan", "move", "-o", "plan.toml").code == 0
    assert team.after() == {
        "esa:1": {"category": "手順/2025"},
        "esa:2": {"category": "手順/2025/db"},
        "esa:6": {"category": "旧"},
    }
    assert team.kb("plan", "retitle", "-o", "t.toml").code == 0
    assert team.after("t.toml") == {"esa:2": {"title": "【手順】B"}}


def test_pairs_of_patterns_apply_one_after_the_other(team: Team) -> None:
    call = (
        "plan",
        "retitle",
        "-o",
        "plan.toml",
        "--match",
        "^手順 (.)$",
        "--to",
        r"\1 の手順",
        "--match",
        " の",
        "--to",
        "の",
        "--in",
        "運用",
    )
    assert team.kb(*call).code == 0
    assert team.after() == {"esa:1": {"title": "Aの手順"}, "esa:2": {"title": "Bの手順"}}


def test_a_pattern_that_grows_titles_is_told(team: Team) -> None:
    said = team.kb("plan", "retitle", "-o", "plan.toml", "--match", "^", "--to", "x", "--in", "運用/手順")
    assert "「^」は、直したあとの題名にもまた当たります" in said.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("move",), "移す規則がありません"),
        (("move", "--from", "A"), "どこへ（to）移すかが足りません"),
        (("move", "--to", "A"), "どの記事（from、title、tag のどれか）"),
        (("move", "--from", "A", "--to", "A//B"), "移す先に使えません"),
        (("move", "--from", "A", "--to", "B/{month}"), "使えるのは {year} と {rest}"),
        (("move", "--title", "(a+)+", "--to", "B"), "--title「(a+)+」"),
        (("retitle",), "題名の規則がありません"),
        (("retitle", "--match", "a"), "--match が 1 つ、--to が 0 つ"),
        (("retitle", "--match", "(a", "--to", "b"), "--match「(a」"),
        (("retitle", "--match", "a", "--to", r"\1"), "--to「\\1」"),
        (("retitle", "--match", "a", "--to", "b/c"), "kb plan move"),
        (("ship",), "どの記事を公開するか"),
        (("ship", "--in", "A", "--not-before", "きのう"), "--not-before「きのう」"),
        (("archive",), "どの記事をアーカイブするか"),
        (("archive", "--in", "A", "--now", "never"), "--now「never」"),
        (("from-findings", "--select", "INC999"), "「INC999」という規則はありません"),
        (("refresh", "nothing.toml"), "nothing.toml がありません"),
        (("to-csv", "nothing.toml", "x.csv"), "nothing.toml がありません"),
    ],
)  # fmt: skip
def test_wrong_words_are_told_and_nothing_is_written(team: Team, words: tuple[str, ...], said: str) -> None:
    told = team.kb("plan", *words)
    assert told.code == 2
    assert said in told.err
    assert "→" in told.err
    assert not list(team.root.glob("*.csv"))
    assert not (team.root / "plan.toml").exists()


def test_rules_of_kb_toml_that_cannot_be_followed_are_named(team: Team) -> None:
    text = (team.root / "kb.toml").read_text("utf-8")
    (team.root / "kb.toml").write_text(
        f'{text}[[plan.move]]\nfrom = "A"\nto = "B"\n[[plan.move]]\ntag = "x"\nto = "/"\n'
    )
    told = team.kb("plan", "move", "-o", "plan.toml")
    assert (told.code, "kb.toml [[plan.move]] 2" in told.err) == (2, True)
    (team.root / "kb.toml").write_text(f"{text}[[plan.retitle]]\nmatch = '(a+)+'\nto = 'x'\n")
    told = team.kb("plan", "retitle", "-o", "plan.toml")
    assert (told.code, "kb.toml [[plan.retitle]] 1 match" in told.err) == (2, True)


def test_drafts_are_shipped_but_for_those_without_a_text_or_with_a_secret(team: Team) -> None:
    value = "Kx7" + "q9Zt4LmW"
    team.put(11, "空", wip=True, body="# 見出し\nTODO\n")
    team.put(12, "ひな形", wip=True, body="## やったこと\n作成者: sato\n")
    team.put(13, "接続", wip=True, body=f"{BODY}\nパスワード: {value}\n")
    comment = {"id": 1, "body_md": f"パスワード: {value}", "created_by": {}, "post_number": 14}
    team.put(14, "返信", wip=True, comments=[comment])
    said = team.kb("plan", "ship", "-o", "plan.toml", "--in", "運用", *NOW)
    assert team.after() == {"esa:2": {"wip": False}}
    assert "秘密の値があるもの 2 件" in said.err
    assert "本文がまだない、またはひな形のままのもの 2 件" in said.err
    assert value not in said.err + (team.root / "plan.toml").read_text("utf-8")
    team.kb("plan", "ship", "-o", "plan.toml", "--author", "sato", *NOW, "--force")
    assert set(team.after()) == {"esa:2", "esa:3"}


def test_what_is_called_by_a_secret_is_left_out_and_counted(team: Team) -> None:
    value = "Kx7" + "q9Zt4LmW"
    team.put(11, f"DB のパスワード: {value}")
    team.put(12, "x", f"運用/手順/パスワード: {value}")
    for words, count in (
        (("move", "--from", "運用/手順", "--to", "新"), 2),
        (("archive", "--in", "運用/手順"), 2),
        (("retitle", "--match", "^", "--to", "x"), 1),
    ):
        said = team.kb("plan", *words, "-o", "plan.toml", "--force")
        assert f"秘密の値がありそうなもの {count} 件" in said.err
        assert value not in said.err + (team.root / "plan.toml").read_text("utf-8")
        assert "esa:11" not in team.after()


def test_what_was_purged_here_still_stands_in_esa(team: Team) -> None:
    value = "Kx7" + "q9Zt4LmW"
    team.put(11, "接続", wip=True, body=f"{BODY}\nパスワード: {value}\n")
    team.put(12, f"DB のパスワード: {value}")
    assert team.kb("purge-secrets", "--yes").code == 0
    said = team.kb("plan", "ship", "-o", "plan.toml", "--in", "運用", *NOW)
    assert set(team.after()) == {"esa:2"}
    assert "秘密の値があるもの 1 件" in said.err
    said = team.kb("plan", "retitle", "-o", "plan.toml", "--match", "^", "--to", "x ", "--in", "運用/手順")
    assert "esa:12" not in team.after()
    assert "秘密の値がありそうなもの 1 件" in said.err


# -- refresh and CSV ----------------------------------------------------------------------------


def test_refresh_says_the_numbers_and_keeps_decisions(team: Team) -> None:
    for number, title in ((11, "手順 C"), (12, "手順 D"), (13, "手順 E")):
        team.put(number, title)
    team.kb("plan", "move", "-o", "plan.toml", "--from", "運用/手順", "--to", "新")
    path = team.root / "plan.toml"
    path.write_text(path.read_text("utf-8").replace('after = {category = "新"}', 'after = {category = "新2"}', 1))
    assert team.kb("plan", "refresh", "plan.toml").err.splitlines()[0] == "plan.toml は今の写しのとおりです。"
    once = path.read_bytes()
    team.put(2, "手順 B 改", "運用/手順/db", revision_number=3, updated_at="2025-07-01T00:00:00Z")
    team.put(11, "手順 C", "別", revision_number=3, updated_at="2025-07-01T00:00:00Z")
    team.put(12, "手順 D", "新", revision_number=3, updated_at="2025-07-01T00:00:00Z")
    with Mirror.open(team.root / ".kb" / "mirror.db") as mirror:
        found = mirror.find(Source.ESA, Kind.POST, "13")
        assert found is not None
        with mirror.write() as write:
            write.mark_gone(found.id)
    said = team.kb("plan", "refresh")
    assert said.code == 0
    assert said.err.splitlines() == [
        "plan.toml を今の写しに合わせました: 残り 3 件（手で直した 1 件）、もう済んでいた 1 件、なくなった 1 件、"
        "読み直した 1 件、決め直しが要る 1 件。",
        "  esa:11「手順 C」: 変えようとした項目が変わったので accept = false",
        "次は: kb review plan.toml",
    ]
    assert path.read_bytes() != once
    assert {each.target: each.accept for each in team.plan().changes} == {"esa:1": True, "esa:2": True, "esa:11": False}


def test_refresh_takes_no_plan_of_another_team(team: Team) -> None:
    team.kb("plan", "move", "-o", "plan.toml", "--from", "運用/手順", "--to", "新")
    toml = team.root / "kb.toml"
    toml.write_text(toml.read_text("utf-8").replace('team = "docs"', 'team = "other"'))
    said = team.kb("plan", "refresh")
    assert (said.code, "esa「docs」の変更案です" in said.err) == (2, True)


def test_a_plan_goes_through_a_spreadsheet(team: Team) -> None:
    team.put(6, "手順 😀")
    team.kb("plan", "move", "-o", "plan.toml", "--from", "運用/手順", "--to", "新")
    table = team.root / "plan.csv"
    for encoding in ("utf-8", "cp932"):
        said = team.kb("plan", "to-csv", "plan.toml", "plan.csv", "--encoding", encoding, "--force")
        assert said.err.splitlines()[-1] == "次は: kb plan from-csv plan.csv plan.toml"
        assert team.kb("plan", "from-csv", "plan.csv", "plan.toml").err.startswith("plan.toml: 0 件を書き換えました")
    text = table.read_text("cp932")
    table.write_text(text.replace(",TRUE,", ",FALSE,", 1).replace("新/db", "新/データベース"), "cp932")
    said = team.kb("plan", "from-csv", "plan.csv", "plan.toml")
    assert said.err.splitlines()[0] == "plan.toml: 2 件を書き換えました（受け入れ 2 件、手で直した 1 件）。"
    assert team.after()["esa:2"] == {"category": "新/データベース"}


def test_a_table_with_a_fault_changes_nothing(team: Team) -> None:
    team.kb("plan", "move", "-o", "plan.toml", "--from", "運用/手順", "--to", "新")
    before = (team.root / "plan.toml").read_bytes()
    team.kb("plan", "to-csv", "plan.toml", "plan.csv")
    table = team.root / "plan.csv"
    text = table.read_text("utf-8-sig")
    table.write_text(text.replace(",TRUE,", ",FALSE,", 1).replace(",TRUE,", ",たぶん,", 1), "utf-8")
    said = team.kb("plan", "from-csv", "plan.csv", "plan.toml")
    assert said.code == 2
    assert "TRUE か FALSE にしてください" in said.err
    assert "plan.toml は変えていません" in said.err
    assert (team.root / "plan.toml").read_bytes() == before
    assert team.kb("plan", "from-csv", "no.csv", "plan.toml").code == 2


def test_a_table_that_is_there_is_not_overwritten(team: Team) -> None:
    team.kb("plan", "move", "-o", "plan.toml", "--from", "運用/手順", "--to", "新")
    (team.root / "plan.csv").write_text("mine")
    said = team.kb("plan", "to-csv", "plan.toml", "plan.csv")
    assert (said.code, (team.root / "plan.csv").read_text()) == (2, "mine")
    assert team.kb("plan", "to-csv", "plan.toml", "plan.csv", "--force").code == 0


def test_a_table_and_its_plan_in_the_wrong_order_are_told(team: Team) -> None:
    team.kb("plan", "move", "-o", "plan.toml", "--from", "運用/手順", "--to", "新")
    team.kb("plan", "to-csv", "plan.toml", "plan.csv")
    said = team.kb("plan", "from-csv", "plan.toml", "plan.csv")
    assert (said.code, said.err.splitlines()[1]) == (2, "→ kb plan from-csv plan.csv plan.toml")


def test_a_table_takes_the_place_neither_of_its_plan_nor_of_kb_toml(team: Team) -> None:
    team.kb("plan", "move", "-o", "plan.toml", "--from", "運用/手順", "--to", "新")
    before = {name: (team.root / name).read_bytes() for name in ("plan.toml", "kb.toml")}
    for name in before:
        assert team.kb("plan", "to-csv", "plan.toml", name, "--force").code == 2
    assert before == {name: (team.root / name).read_bytes() for name in before}


def test_plan_alone_tells_what_there_is(team: Team) -> None:
    said = team.kb("plan")
    assert said.code == 0
    for word in ("done", "retitle", "move", "ship", "archive", "from-findings", "refresh", "to-csv", "from-csv"):
        assert f"  {word} " in said.out


def test_a_thousand_changes_take_a_scan_each_to_propose_to_compare_and_three_to_follow_links(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [
        {
            "number": n,
            "name": f"記事 {n}",
            "category": f"旧/{n % 7}",
            "body_md": "x",
            "revision_number": 1,
            "comments": [],
        }
        for n in range(100, 1100)
    ]
    with Mirror.open(team.root / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put(esa_rows.rows_of_posts(posts))
    asked: list[str] = []
    rows = Database.rows

    def counted(self: Database, sql: str, values: Any = ()) -> Any:
        asked.append(sql)
        return rows(self, sql, values)

    monkeypatch.setattr(Database, "rows", counted)
    assert team.kb("plan", "move", "-o", "plan.toml", "--from", "旧", "--to", "新").code == 0
    assert len(team.plan().changes) == 1000
    assert len([sql for sql in asked if "FROM documents" in sql]) == 2 + 3 + 1  # who may read them
