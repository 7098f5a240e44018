"""`--new-only`: what was not there at the end of the last lint over the mirror."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kb.lint.engine import ranges
from kb.mirror.history.state import StateDb
from kb.mirror.history.timeline import Movement, MovementKind, Timeline
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.model.page import Entry, Page
from kb.rules import registry as rules
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.lang import t
from kb.text.lines import Span

BAD = """## 影響
2025/06/03 の 09:40 から、新規登録 62 件で番号が空になった。

## 原因
番号の表の残りが 0 件になった。残数を知らせる仕組みがなかった。

## 対応
番号を 20 万件補充した。
"""
GOOD = BAD + "\n## 再発防止\n- [ ] 残数が 1 万件を切ったら通知する（担当: 野口 / 期限: 6/20）\n"
NEW = ("lint", "--format", "jsonl", "--select", "INC401", "--new-only", "--now", "2025-06-10")
BEGAN, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)

INVENTED = "Kumo7-Hikari"
WORDS = t("あります。", "there.")

Call = Callable[..., Any]


Renew = Callable[[], None]


def moves(root: Path) -> list[Movement]:
    """What moved by people's work, ever."""
    with StateDb(root / ".kb" / "state.db") as state:
        found = Timeline(state).moved(BEGAN, END)
        return [each for each in found if each.way not in (MovementKind.CAME, MovementKind.WENT)]


def docs(root: Path, way: MovementKind, code: str) -> list[str]:
    return [each.doc for each in moves(root) if (each.way, each.code) == (way, code)]


def test_the_first_run_tells_all_and_the_second_nothing(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", BAD), (2, "別の件", GOOD))
    assert kb(*NEW).codes == [("esa:1", "INC401")]
    said = kb(*NEW)
    assert (said.code, said.codes) == (0, [])
    assert "文書 2 件" in said.err
    assert moves(posts.root) == []


def test_only_what_came_since_is_told_and_history_knows_what_went(kb: Call, posts: Any) -> None:
    posts.put((1, "一つ目の件", BAD), (2, "二つ目の件", GOOD))
    kb("lint")
    posts.put((1, "一つ目の件", GOOD), (2, "二つ目の件", BAD), (3, "三つ目の件", BAD))
    assert kb(*NEW).codes == [("esa:2", "INC401"), ("esa:3", "INC401")]
    assert kb(*NEW).codes == []
    assert docs(posts.root, MovementKind.NEW, "INC401") == ["esa:2", "esa:3"]
    assert docs(posts.root, MovementKind.FIXED, "INC401") == ["esa:1"]
    posts.put((1, "一つ目の件", BAD))
    assert kb(*NEW).codes == [("esa:1", "INC401")]
    assert docs(posts.root, MovementKind.FIXED, "INC401") == []  # it is back


def test_an_edit_elsewhere_on_the_page_is_no_news(kb: Call, posts: Any) -> None:
    posts.put((1, "一つ目の件", BAD))
    kb("lint")
    posts.put((1, "一つ目の件", "追記しました。\n\n" + BAD))
    assert kb(*NEW).codes == []
    assert kb(*NEW[:5]).codes == [("esa:1", "INC401")]


def test_a_plain_run_in_between_counts_and_a_list_does_not(kb: Call, posts: Any) -> None:
    posts.put((1, "一つ目の件", GOOD))
    kb("lint")
    posts.put((1, "一つ目の件", BAD))
    kb("lint", str(posts.root))  # files: not the mirror
    kb("incidents")
    assert kb(*NEW).codes == [("esa:1", "INC401")]
    posts.put((2, "二つ目の件", BAD))
    kb("lint")
    assert kb(*NEW).codes == []


def test_a_new_rule_brings_no_news_and_its_absence_mends_nothing(kb: Call, posts: Any, registry: Renew) -> None:
    def everywhere(page: Page) -> Iterator[Hit]:
        yield Hit(WORDS, Span(1, 1, 1, 2), Confidence.HIGH)

    posts.put((1, "一つ目の件", BAD))
    kb("lint")
    added = Rule("TST001", "linters.incident.tst_everywhere", Severity.ERROR, everywhere)
    registry()
    tst = ("lint", "--format", "jsonl", "--select", "TST001", "--new-only")
    assert kb(*tst).codes == []
    assert len(kb("lint", "--format", "jsonl", "--select", "TST001").codes) == 1
    posts.put((2, "二つ目の件", GOOD))
    assert kb(*tst).codes == [("esa:2", "TST001")]
    replace(added, version=2)
    registry()
    posts.put((3, "三つ目の件", GOOD))
    assert kb(*tst).codes == []
    del rules._rules["TST001"]
    registry()
    kb("lint")
    assert docs(posts.root, MovementKind.FIXED, "TST001") == []


def test_a_crash_mends_nothing(kb: Call, posts: Any, registry: Renew) -> None:
    def failing(page: Page) -> Iterator[Hit]:
        if "こわす" in page.document.body:
            raise ValueError
        yield Hit(WORDS, Span(1, 1, 1, 2), Confidence.HIGH)

    Rule("TST001", "linters.incident.tst_failing", Severity.ERROR, failing)
    registry()
    posts.put((1, "一つ目の件", BAD))
    kb("lint")
    posts.put((1, "一つ目の件", "こわす\n" + BAD))
    assert kb("lint", "--new-only").code == 3
    posts.put((1, "一つ目の件", "なおす\n" + BAD))
    assert kb("lint", "--format", "jsonl", "--new-only", "--select", "TST001").codes == []
    assert docs(posts.root, MovementKind.FIXED, "TST001") == []


def test_a_crashed_join_mends_nothing_and_is_asked_again(kb: Call, posts: Any, registry: Renew) -> None:
    broken = False

    def join(entry: Entry, world: World) -> Iterator[Hit]:
        if broken:
            raise ValueError
        yield Hit(WORDS, Span(1, 1, 1, 2), Confidence.HIGH)

    Rule("TST001", "linters.incident.tst_join", Severity.ERROR, join=join, gate=("incident",))
    registry()
    posts.put((1, "一つ目の件", BAD))
    tst = ("lint", "--format", "jsonl", "--select", "TST001")
    assert kb(*tst, "--now", "2025-06-10").codes == [("esa:1", "TST001")]
    broken = True
    for _ in range(2):  # the day changed, so that it is joined anew, each time
        said = kb(*tst, "--now", "2025-06-11")
        assert (said.code, said.codes) == (3, [])
        assert "TST001 tst-join で判定できませんでした" in said.err
    broken = False
    assert kb(*tst, "--now", "2025-06-11", "--new-only").codes == []
    assert moves(posts.root) == []


def test_a_document_that_is_gone_was_not_mended(kb: Call, posts: Any) -> None:
    posts.put((1, "一つ目の件", BAD), (2, "二つ目の件", BAD))
    kb("lint")
    posts.bury(1)
    assert kb(*NEW).codes == []
    assert MovementKind.FIXED not in {each.way for each in moves(posts.root)}
    with StateDb(posts.root / ".kb" / "state.db") as state:
        assert not state.history.present({"esa:1"})
        assert state.history.present({"esa:2"})


def test_a_mirror_that_is_not_whole_mends_nothing(kb: Call, posts: Any) -> None:
    posts.put((1, "一つ目の件", BAD), (2, "二つ目の件", BAD), (3, "三つ目の件", BAD))
    kb("lint")
    for file in (posts.root / ".kb").glob("mirror.db*"):
        file.unlink()
    posts.put((2, "二つ目の件", BAD))
    mark(posts, '{"after": 2}')
    assert kb(*NEW).codes == []
    assert present(posts, 1, 2, 3) == [True, True, True]
    posts.put((1, "一つ目の件", BAD))
    assert kb(*NEW).codes == []
    mark(posts, None)
    assert kb(*NEW).codes == []
    assert present(posts, 1, 2, 3) == [True, True, False]  # now it is known
    assert MovementKind.FIXED not in {each.way for each in moves(posts.root)}


def mark(posts: Any, value: str | None) -> None:
    """Where a sync of everything stopped; None when it ended."""
    with Mirror.open(posts.root / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.mark("esa.full", value)


def present(posts: Any, *numbers: int) -> list[bool]:
    """Which posts have findings, as history knows them."""
    with StateDb(posts.root / ".kb" / "state.db", readonly=True) as state:
        return [bool(state.history.present({f"esa:{number}"})) for number in numbers]


def test_an_unchanged_mirror_writes_nothing(kb: Call, posts: Any) -> None:
    posts.put((1, "一つ目の件", BAD))
    kb(*NEW)
    state = sqlite3.connect(posts.root / ".kb" / "state.db", isolation_level=None)
    state.execute("BEGIN IMMEDIATE")  # somebody else writes
    assert kb(*NEW).code == 0
    state.close()


def test_without_the_cache_history_still_knows(kb: Call, posts: Any) -> None:
    posts.put((1, "一つ目の件", BAD), (2, "二つ目の件", BAD), (3, "三つ目の件", BAD))
    kb("lint")
    for file in (posts.root / ".kb" / "cache").glob("judged.db*"):
        file.unlink()
    posts.put((2, "二つ目の件", GOOD))
    posts.bury(3)
    assert kb(*NEW).codes == []
    assert docs(posts.root, MovementKind.FIXED, "INC401") == ["esa:2"]
    with StateDb(posts.root / ".kb" / "state.db") as state:
        assert not state.history.present({"esa:3"})


def test_history_that_cannot_be_written_is_told_by_the_next_run(kb: Call, posts: Any) -> None:
    posts.put((1, "一つ目の件", GOOD))
    kb("lint")
    posts.put((1, "一つ目の件", BAD))
    state = sqlite3.connect(posts.root / ".kb" / "state.db", isolation_level=None)
    state.execute("BEGIN IMMEDIATE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kb.mirror.database.BUSY_WAIT_S", 0.05)
        said = kb("lint", "--format", "jsonl", "--select", "INC401")
    assert said.codes == [("esa:1", "INC401")]
    state.execute("ROLLBACK")
    state.close()
    assert kb(*NEW).codes == [("esa:1", "INC401")]


def test_a_changed_kb_toml_brings_no_news(kb: Call, posts: Any) -> None:
    posts.put((1, "昼", "昼の献立。\n"), category="当番メモ")
    kb("lint")
    config = posts.root / "kb.toml"
    config.write_text('[esa]\nteam = "docs"\n[incidents]\nplaces = ["当番メモ/**"]\n', encoding="utf-8")
    assert kb(*NEW).codes == []
    assert kb(*NEW[:5]).codes == [("esa:1", "INC401")]


def test_pages_can_be_asked_for_as_well(kb: Call, posts: Any) -> None:
    posts.put((1, "一つ目の件", BAD), (2, "昼", "昼の献立。\n"))
    kb("lint")
    said = kb(*NEW, "--pages")
    assert {row["doc"] for row in said.rows} == {"esa:1", "esa:2"}
    assert said.codes == []


def test_nothing_is_read_when_nothing_changed(kb: Call, posts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    posts.put(*((number, f"件 {number}", BAD) for number in range(1, 30)))
    kb("lint")
    monkeypatch.setattr(ranges, "judge_range", None)
    monkeypatch.setattr(Mirror, "ids", None)  # not even the list of all documents
    assert kb(*NEW).code == 0


def test_comments_are_documents_of_their_own(kb: Call, posts: Any, registry: Renew) -> None:
    def notes(page: Page) -> Iterator[Hit]:
        yield Hit(WORDS, Span(1, 1, 1, 2), Confidence.HIGH)

    Rule("TST001", "linters.incident.tst_notes", Severity.ERROR, notes, kinds=frozenset({Kind.COMMENT}))
    registry()
    posts.put((1, "一つ目の件", GOOD))
    kb("lint")
    posts.comment(1, 9, "コメント")
    said = kb("lint", "--format", "jsonl", "--select", "TST001", "--new-only")
    assert [(row["doc"], row["part"]) for row in said.rows] == [("esa:1", "comment:9")]
    assert kb("lint", "--format", "jsonl", "--select", "TST001", "--new-only").rows == []
    with Mirror.open(posts.root / ".kb" / "mirror.db", readonly=True) as mirror:
        assert mirror.find(Source.ESA, Kind.COMMENT, "9") is not None


def test_kb_alone_tells_how_many_secrets_the_last_lint_left(kb: Call, posts: Any) -> None:
    posts.put((1, "一つ目の件", f"パスワード: {INVENTED}"), (2, "二つ目の件", f"パスワード: {INVENTED}"))
    assert "秘密" not in kb().out
    kb("lint")
    assert "秘密: 2 か所（前回の kb lint。受け入れたものも） → kb secrets list" in kb().out
    posts.put((1, "一つ目の件", GOOD), (2, "二つ目の件", GOOD))
    kb("lint")
    assert "秘密" not in kb().out
