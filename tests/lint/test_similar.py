"""`kb similar`: past incidents like this one, from words, a page or a ticket, and from files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.commands.weekly.sync import index_incidents
from kb.errors import Exit, StoreError
from kb.mirror.documents import SourceRow
from kb.mirror.similar.request import IndexRequest, count_dirty
from kb.mirror.store import Mirror
from kb.model.document import Kind, Markup, Source, Visibility
from kb.reading.traits.terms import read_query_terms
from kb.reports.incidents.similar_card import name_shared
from kb.settings.workspace import open_workspace

BODY = """## 事象
{seen}

## 原因
{why}

## 対応
{fix}

## 再発防止
{measures}
"""
FIRST = BODY.format(
    seen="2025/06/03 09:40 から荷札が出ない。`Error: spool queue is full (job 40213)`",
    why="lbl-prd-02 のスプーラが一杯になった。消す処理が無かった。",
    fix="`rm /var/spool/lbl/*` で溜まったものを消し、スプーラを再起動した。",
    measures="- [x] 一日一度消す（済）\n- [ ] 残りを監視する（大野、2025/7/1）",
)
SECOND = BODY.format(
    seen="2026/01/20 また荷札が印刷されない。https://docs.esa.io/posts/1 と同じ。",
    why="スプーラの一杯。", fix="消した。", measures="TODO",
)  # fmt: skip
OTHER = BODY.format(
    seen="2025/09/01 倉庫の扉が開かない。", why="証明書が切れた。", fix="証明書を替えた。", measures="- 期限を監視する"
)
PASSWORD = "Zt7kQ2mXw9Lr4Vb"

Call = Callable[..., Any]


def row(number: int, title: str, body: str, **fields: Any) -> SourceRow:
    return SourceRow(
        Source.ESA,
        Kind.POST,
        str(number),
        f"esa:{number}",
        title,
        body,
        {},
        **{
            "number": number,
            "category": "不具合共有/2025",
            "url": f"https://docs.esa.io/posts/{number}",
            "created_at": f"202{4 + number}-06-03T00:00:00Z",
            "updated_at": "2026-01-25T00:00:00Z",
            "revision": 1,
            **fields,
        },
    )


@pytest.fixture
def team(workspace: Path) -> Path:
    ticket = SourceRow(
        Source.REDMINE,
        Kind.TICKET,
        "45",
        "redmine:45",
        "荷札のプリンターが無反応",
        f"h3. 現象\n\n荷札が出ない。スプーラ。パスワード: {PASSWORD}\n\nh3. 原因\n\n電源が抜けていた。\n",
        {},
        number=45,
        markup=Markup.TEXTILE,
        url="https://redmine.example.jp/issues/45",
        created_at="2025-08-01T00:00:00Z",
        updated_at="2025-08-01T00:00:00Z",
        visibility=Visibility.PRIVATE,
    )
    (workspace / "kb.toml").write_text(
        '[esa]\nteam = "docs"\n[redmine]\nurl = "https://redmine.example.jp"\n'
        '[incidents]\nplaces = ["不具合共有/**"]\n',
        encoding="utf-8",
    )
    with Mirror.open(workspace / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.put(
            [
                row(1, "荷札が印刷されない", FIRST),
                row(2, "荷札がまた出ない\x1b[2J（2回目）", SECOND),
                row(3, "扉が開かない", OTHER),
                row(4, "荷札が出ないときの手順", "1. スプーラを見る\n2. 消す", category="手順書"),
                ticket,
            ]
        )
    return workspace


def found(said: Any) -> list[str]:
    assert said.code == Exit.OK, said.err
    return [each["doc"] for each in json.loads(said.out)["incidents"]]


def test_words_find_what_happened_and_what_helped(team: Path, kb: Call) -> None:
    said = kb("similar", "荷札が出ない", "spool queue full")
    assert said.code == Exit.OK
    first = said.out.split("\n\n")[0]
    assert first.startswith("1. esa:1  2025-06-03  対応中\n   荷札が印刷されない\n")
    assert "原因      lbl-prd-02 のスプーラが一杯になった" in first
    assert "復旧      `rm /var/spool/lbl/*` で溜まったものを消し" in first
    assert "再発防止  1/2 済" in first
    assert "[済] 一日一度消す" in first
    assert "[未] 残りを監視する" in first
    assert "手順書  esa:4  荷札が出ないときの手順" in said.out
    assert "→ kb show esa:1" in said.err


def test_a_runbook_that_not_everybody_may_read_says_so_and_shows_no_password(team: Path, kb: Call) -> None:
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        title = f"荷札の手順書 password={PASSWORD}"
        writer.put([row(4, title, "1. スプーラを見る", category="手順書", visibility=Visibility.PRIVATE)])
    said = kb("similar", "荷札が出ない", "手順書")
    assert "手順書  esa:4  荷札の手順書 password=********  限られた人だけ\n" in said.out
    runbooks = json.loads(kb("similar", "荷札が出ない", "手順書", "--format", "json").out)["runbooks"]
    assert [each["visibility"] for each in runbooks] == ["private"]
    assert PASSWORD not in said.out + str(runbooks)


def test_a_mirror_that_cannot_be_written_is_searched_as_it_was(
    team: Path, kb: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("読み取り専用")

    assert kb("similar", "荷札").code == Exit.OK
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.put([row(3, "昇降機が上がらない", OTHER, revision=2)])
    monkeypatch.setattr("kb.mirror.similar.update.update_index", refuse)
    said = kb("similar", "荷札")
    assert (said.code, said.out[:7]) == (Exit.OK, "1. esa:")
    assert "写しに書き込めません。1 件は前のままの内容で探しました。" in said.err


def test_a_password_among_queries_names_no_result(folder: Path, kb: Call) -> None:
    (folder / "docs.jsonl").write_text('{"id": 1, "title": "t", "body": "b"}\n', encoding="utf-8")
    asked = json.dumps({"query": f"password={PASSWORD} 荷札"})
    (folder / "queries.jsonl").write_text(asked, encoding="utf-8")
    said = kb("similar", "--input", "docs.jsonl", "--queries", "queries.jsonl", "--format", "jsonl")
    assert PASSWORD not in said.out
    assert "荷札" in said.out


def test_a_number_that_is_no_page_is_a_word(team: Path, kb: Call) -> None:
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.put([row(5, "荷札の画面が 504 を返す", OTHER)])
    assert found(kb("similar", "504", "--format", "json")) == ["esa:5"]
    assert found(kb("similar", "5", "--format", "json"))[:1] != ["esa:5"]
    assert "esa:504" in kb("similar", "esa:504").err


@pytest.mark.parametrize("query", ["lbl spool full", "ラベルのスプーラ", "スプラ 荷札", "lbl-prd-2", "ｽﾌﾟｰﾗ"])
def test_other_words_find_the_same(team: Path, kb: Call, query: str) -> None:
    assert found(kb("similar", query, "--format", "json"))[0] in ("esa:1", "esa:2")


def test_a_page_finds_the_others_and_what_it_links_to_first(team: Path, kb: Call) -> None:
    said = kb("similar", "esa:2", "--format", "json")
    assert found(said)[0] == "esa:1"
    assert "esa:2" not in found(said)
    first = json.loads(said.out)["incidents"][0]
    assert first["linked"]
    assert (first["done"], first["decided"], first["standing"]) == (1, 2, "open")
    assert [each["state"] for each in first["measures"]] == ["done", "open"]


@pytest.mark.parametrize("name", ["redmine:45", "https://redmine.example.jp/issues/45"])
def test_a_ticket_finds_pages(team: Path, kb: Call, name: str) -> None:
    assert found(kb("similar", name, "--format", "json"))[0] in ("esa:1", "esa:2")


def test_secrets_and_control_characters_are_in_neither_form(team: Path, kb: Call) -> None:
    for format in ("text", "json"):
        said = kb("similar", "荷札 スプーラ パスワード", "--format", format)
        assert "redmine:45" in said.out
        assert PASSWORD not in said.out + said.err
        assert "\x1b" not in said.out
    assert "限られた人だけ" in kb("similar", "荷札 スプーラ パスワード").out


def test_what_changed_since_the_last_sync_is_found(team: Path, kb: Call) -> None:
    kb("similar", "荷札")
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.put([row(3, "昇降機が上がらない", OTHER, revision=2)])
    assert found(kb("similar", "昇降機", "--format", "json")) == ["esa:3"]


@pytest.mark.parametrize("query", ["", "   ", "。、", '"" * ( ^', "\x00"])
def test_a_query_without_words_is_refused(team: Path, kb: Call, query: str) -> None:
    said = kb("similar", query)
    assert said.code == Exit.USAGE
    assert "探す語がありません" in said.err


@pytest.mark.parametrize(
    "query",
    [
        '荷札 OR "',
        "NEAR(荷札, 2)",
        "荷札*",
        "title:荷札",
        "荷札'; DROP TABLE titles; --",
        "荷札\x1b[2J",
        "荷札 " * 5000,
    ],
)
def test_hostile_queries_are_words(team: Path, kb: Call, query: str) -> None:
    assert {"esa:1", "esa:2"} <= set(found(kb("similar", query, "--format", "json")))


def test_nothing_like_it(team: Path, kb: Call) -> None:
    said = kb("similar", "quetzalcoatl")
    assert (said.code, said.out) == (Exit.OK, "")
    assert "似た障害は見つかりませんでした" in said.err


def test_an_unknown_page_is_told(team: Path, kb: Call) -> None:
    said = kb("similar", "esa:999")
    assert said.code == Exit.USAGE
    assert "esa:999" in said.err


DOCS = [
    {"id": 1, "full_name": "障害/荷札が印刷されない", "body_md": FIRST, "comments": [{"id": 9, "body_md": "粘着の紙"}]},
    {"id": "redmine:7", "source": "redmine", "title": "扉が開かない", "body": "証明書が切れた。"},
    {"id": 3, "full_name": "お知らせ/食堂", "body_md": "カレー"},
]
QUERIES = [
    {"id": "q1", "query": "printer spooler"},
    {"query": "expired certificate"},
    {"id": 7, "doc": 1},
    {"id": "q4", "query": "粘着"},
    {"id": "q5", "query": "quetzalcoatl"},
]


@pytest.fixture
def given(folder: Path) -> tuple[str, ...]:
    for name, lines in (("docs.jsonl", DOCS), ("queries.jsonl", QUERIES)):
        (folder / name).write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    return "similar", "--input", "docs.jsonl", "--queries", "queries.jsonl", "--format", "jsonl"


def test_files_need_no_workspace(given: tuple[str, ...], folder: Path, kb: Call) -> None:
    said = kb(*given)
    assert (said.code, said.err) == (Exit.OK, "")
    ranked = [json.loads(line) for line in said.out.splitlines()]
    assert [each["query"] for each in ranked] == ["q1", "expired certificate", 7, "q4", "q5"]
    assert [each["results"][:1] for each in ranked] == [[1], ["redmine:7"], ["redmine:7"], [1], []] or (
        [each["results"][:1] for each in ranked] == [[1], ["redmine:7"], [], [1], []]
    )
    assert sorted(path.name for path in folder.iterdir()) == ["docs.jsonl", "queries.jsonl"]


def test_a_bad_line_leaves_the_others(given: tuple[str, ...], folder: Path, kb: Call) -> None:
    with (folder / "queries.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "q6"}\n{"query": 5}\n{"id": true, "query": "x"}\nnot json\n\n{"id": "q7", "doc": 99}\n')
    said = kb(*given)
    assert said.code == Exit.USAGE
    assert len(said.out.splitlines()) == 5
    for part in ("6 行目: query も doc もありません", "7 行目", "8 行目: id が", "9 行目", "文書 99 はありません"):
        assert part in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("--queries", "queries.jsonl"),
        ("--input", "docs.jsonl", "--format", "jsonl"),
        ("--input", "docs.jsonl", "--queries", "queries.jsonl"),
        ("--input", "docs.jsonl", "--queries", "nowhere.jsonl", "--format", "jsonl"),
        ("--input", "nowhere.jsonl", "--queries", "queries.jsonl", "--format", "jsonl"),
        ("荷札", "--format", "jsonl"),
        (),
    ],
)
def test_flags_that_do_not_go_together(given: tuple[str, ...], kb: Call, words: tuple[str, ...]) -> None:
    said = kb("similar", *words)
    assert said.code == Exit.USAGE
    assert said.err.strip()


@pytest.mark.parametrize(("count", "left"), [(99, 99), (100, 0)])
def test_a_sync_reads_many_pages_and_leaves_a_few_to_whoever_searches(workspace: Path, count: int, left: int) -> None:
    opened = open_workspace()
    request = IndexRequest(opened.settings.policy)
    with Mirror.open(opened.mirror) as mirror:
        with mirror.write() as writer:
            writer.put([row(number, f"荷札 {number}", "消えた", created_at="") for number in range(count)])
        index_incidents(opened, mirror)
        assert count_dirty(mirror, request) == left


def test_whoever_is_on_call_waits_for_no_whole_index(team: Path, kb: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an update of kb every page is to be read again: the old index answers until a sync has done that."""
    assert found(kb("similar", "荷札", "--format", "json"))
    monkeypatch.setattr("kb.reports.incidents.similar.MOST_TO_READ", 3)
    monkeypatch.setattr("kb.mirror.similar.request.INDEX_VERSION", 999)
    said = kb("similar", "荷札", "--format", "json")
    assert found(said)
    assert "5 件は、前に読んだときの内容で探しました" in said.err


def test_what_a_person_answered_counts(team: Path, kb: Call) -> None:
    for other, same in (("esa:1", False), ("redmine:45", True)):
        flag = "--same-as" if same else "--not-same-as"
        assert kb("triage", "--page", "esa:2", flag, other, "--by", "ono").code == Exit.OK
    said = kb("similar", "esa:2")
    assert said.out.startswith("1. redmine:45")
    assert "同じ障害（答え済み）" in said.out.splitlines()[0]
    assert "この記事からリンク" not in said.out


def test_a_runbook_is_named_by_its_title(team: Path, kb: Call) -> None:
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.put([row(6, "台車を出す", "1. 鍵を借りる\n2. lbl の棚から出す", category="手順書")])
    assert "esa:6" not in kb("similar", "lbl-prd-02", "OOM").out  # the rest of its text names what it is not for
    assert "手順書  esa:6" in kb("similar", "台車が動かない").out


def test_a_page_names_what_it_shares_as_pages_spell_it(team: Path, kb: Call) -> None:
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.put(
            [
                row(6, "帳票が白紙になる", BODY.format(seen="白紙", why="lbl-prd-02", fix="x", measures="TODO")),
                row(
                    7, "門が閉まらない", BODY.format(seen="止まった", why="証明書が切れた。", fix="x", measures="TODO")
                ),
            ]
        )
    shared = {
        each["doc"]: each["shared"] for each in json.loads(kb("similar", "esa:6", "--format", "json").out)["incidents"]
    }
    assert shared["esa:1"] == ["lbl-prd-02"]
    shared = {
        each["doc"]: each["shared"] for each in json.loads(kb("similar", "esa:7", "--format", "json").out)["incidents"]
    }
    assert shared["esa:3"] == ["証明書"]  # the titles share nothing


def test_the_machine_alone_is_no_likeness_where_more_was_asked(team: Path, kb: Call) -> None:
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.put(
            [row(6, "帳票が白紙", BODY.format(seen="白紙", why="lbl-prd-02 の紙切れ", fix="x", measures="TODO"))]
        )
    docs = {
        query: found(kb("similar", query, "--format", "json")) for query in ("lbl-prd-02", "lbl-prd-02 荷札が出ない")
    }
    assert {"esa:1", "esa:6"} <= {*docs["lbl-prd-02"]}
    assert "esa:1" in docs["lbl-prd-02 荷札が出ない"]
    assert "esa:6" not in docs["lbl-prd-02 荷札が出ない"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("集計が動いていない", ["動いていない", "集計"]),
        ("配信に失敗しています", ["失敗", "配信"]),
        ("扉が開かない", ["扉", "開かない"]),
        ("荷札が止まってしまった", ["止まってしまった", "荷札"]),
    ],
)
def test_what_is_shared_is_told_in_words(query: str, words: list[str]) -> None:
    terms = read_query_terms(query)
    assert sorted(name_shared(query, terms, terms)) == words


def test_the_star_of_a_day_of_creation_is_explained(team: Path, kb: Call) -> None:
    assert "似た障害 1 件。" in kb("similar", "lbl-prd-02").err
    assert "（* は作成日）" in kb("similar", "プリンター 無反応").err
