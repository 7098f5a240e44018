"""`kb lint` on a mirror: what is judged, what is kept between runs, and what makes it judge anew."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from array import array
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from kb.lint.engine import ranges as stored
from kb.lint.engine import work
from kb.lint.engine.ranges import MirrorChanges
from kb.model.finding import Severity
from kb.model.page import Page
from kb.rules import registry
from kb.rules.registry import Hit, Rule

MISSING = """## 影響と経緯
2025/06/03 の 09:40 から、新規登録 62 件で番号が空になった。

## 原因
番号の表の残りが 0 件になった。残数を知らせる仕組みがなかった。

## 対応
番号を 20 万件補充した。
"""
WHOLE = MISSING + "\n## 再発防止\n- [ ] 残数が 1 万件を切ったら通知する（担当: 野口 / 期限: 6/20）\n"
MEMO = "昼の献立。\n"

# What the rest of the catalogue says of these pages is none of these tests' business.
LINT = ("lint", "--format", "jsonl", "--select", "INC401")

Call = Callable[..., Any]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """The documents that were read, in order."""
    seen: list[object] = []
    real = work.read_document

    def counting(document: Any, *more: Any) -> Any:
        seen.append(document.doc)
        return real(document, *more)

    monkeypatch.setattr(work, "read_document", counting)
    work.build_judge.cache_clear()
    yield seen
    work.build_judge.cache_clear()


def test_findings_of_the_mirror(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", MISSING), (2, "番号の補充", WHOLE), (3, "昼", MEMO))
    posts.comment(3, 9, MISSING)
    said = kb(*LINT)
    assert said.codes == [("esa:1", "INC401")]
    assert said.code == 1
    assert "指摘 1 件（エラー 1、警告 0）、文書 3 件、" in said.err
    assert "kb explain INC401" in said.err


def test_pages_name_every_page_and_no_comment(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", MISSING), (3, "昼", MEMO))
    posts.comment(1, 9, MISSING)
    kb("lint")  # what the gate keeps out is kept without its kind
    said = kb("lint", "--format", "jsonl", "--pages")
    pages = {row["doc"]: row["is_incident"] for row in said.rows if "kind" in row}
    assert pages == {"esa:1": True, "esa:3": False}


def test_an_unchanged_mirror_is_not_read_again(kb: Call, posts: Any, reads: list[object]) -> None:
    posts.put((1, "番号が発行されない", MISSING), (2, "別の件", WHOLE))
    posts.put((3, "昼", MEMO), category="雑談")
    first = kb(*LINT)
    assert reads == ["esa:1", "esa:2", "esa:3"]
    second = kb(*LINT)
    assert reads == ["esa:1", "esa:2", "esa:3"]
    assert second.out == first.out


def test_what_no_cache_may_hold_is_read_once_a_run(
    kb: Call, posts: Any, reads: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    posts.put((1, "番号が発行されない", MISSING))
    posts.put((2, "別の件", MISSING), author="パスワード: Zt7kQ2mXw9Lr4Vb")
    first = kb(*LINT)
    assert (reads, first.codes) == (["esa:1", "esa:2"], [("esa:1", "INC401"), ("esa:2", "INC401")])
    assert kb(*LINT).rows == first.rows
    assert reads[2:] == ["esa:2"]
    monkeypatch.setattr("kb.lint.engine.keep_judged.MAX_HELD", 0)  # past the most that are held
    assert kb(*LINT).rows == first.rows
    assert reads[3:] == ["esa:2", "esa:2"]


def test_only_what_changed_is_read_again(kb: Call, posts: Any, reads: list[object]) -> None:
    posts.put((1, "番号が発行されない", MISSING), (2, "別の件", WHOLE))
    kb("lint")
    posts.put((1, "番号が発行されない", WHOLE), (4, "四つ目の件", MISSING))
    posts.bury(2)
    reads.clear()
    said = kb(*LINT)
    assert reads == ["esa:1", "esa:4"]
    assert said.codes == [("esa:4", "INC401")]


def test_another_selection_finds_its_answers_there(kb: Call, posts: Any, reads: list[object]) -> None:
    posts.put((1, "番号が発行されない", MISSING))
    kb("lint", "--select", "INC203")
    reads.clear()
    assert kb(*LINT).codes == [("esa:1", "INC401")]
    assert ("esa:1", "INC401") not in kb("lint", "--format", "jsonl", "--ignore", "INC4").codes
    assert reads == []


def test_a_changed_kb_toml_gives_no_stale_finding(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", MISSING))
    config = posts.root / "kb.toml"
    plain = config.read_text(encoding="utf-8")
    assert kb(*LINT).codes == [("esa:1", "INC401")]
    config.write_text(plain + '[incidents]\nnot_places = ["不具合共有/**"]\n', encoding="utf-8")
    assert kb(*LINT).codes == []
    config.write_text(plain, encoding="utf-8")
    assert kb(*LINT).codes == [("esa:1", "INC401")]
    config.write_text(plain + '[lint]\nignore = ["INC401"]\n', encoding="utf-8")
    assert ("esa:1", "INC401") not in kb("lint", "--format", "jsonl").codes
    assert kb("lint", "--format", "jsonl", "--select", "INC401").codes == [("esa:1", "INC401")]


def test_a_page_that_kb_toml_calls_an_incident_is_judged_without_any_word(kb: Call, posts: Any) -> None:
    posts.put((1, "昼", MEMO), category="当番メモ")
    assert kb(*LINT).codes == []
    config = posts.root / "kb.toml"
    config.write_text('[esa]\nteam = "docs"\n[incidents]\nplaces = ["当番メモ/**"]\n', encoding="utf-8")
    assert kb(*LINT).codes == [("esa:1", "INC401")]


def test_a_new_version_of_a_rule_judges_anew(
    kb: Call, posts: Any, reads: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    posts.put((1, "番号が発行されない", MISSING))
    kb("lint")
    monkeypatch.setattr(registry, "_rules", dict(registry._rules))
    replace(registry._rules["INC401"], version=2)
    kb("lint")
    assert reads == ["esa:1", "esa:1"]


def test_a_crashed_rule_is_named_fails_the_run_and_is_not_kept(
    kb: Call, posts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crashing(page: Page) -> Iterator[Hit]:
        raise ZeroDivisionError(page.document.body)

    posts.put((1, "番号が発行されない", MISSING), (2, "別の件", WHOLE))
    monkeypatch.setattr(registry, "_rules", dict(registry._rules))
    Rule("INC999", "linters.incident.crashing_rule", Severity.INFO, crashing)
    work.build_judge.cache_clear()
    for _ in range(2):
        said = kb("lint", "--format", "jsonl", "--select", "INC401,INC999")
        assert said.code == 3
        assert said.codes == [("esa:1", "INC401")]
        assert said.err.count("INC999 crashing-rule で判定できませんでした") == 2
        assert "ZeroDivisionError" in said.err
        assert "番号の表" not in said.err
        assert "判定できなかったところ 2 件。" in said.err
    assert "Traceback" in kb("--debug", "lint").err


@pytest.mark.parametrize("damage", ["garbage", "folder", "nothing"])
def test_without_a_usable_cache_the_findings_are_the_same(kb: Call, posts: Any, damage: str) -> None:
    posts.put((1, "番号が発行されない", MISSING))
    cache = posts.root / ".kb" / "cache"
    if damage == "garbage":
        cache.mkdir()
        (cache / "judged.db").write_bytes(b"not a database" * 100)
    elif damage == "folder":
        (cache / "judged.db").mkdir(parents=True)
    else:
        cache.write_text("a file where the folder should be")
    for _ in range(2):
        said = kb(*LINT)
        assert (said.code, said.codes) == (1, [("esa:1", "INC401")])


def garble(cache: Path) -> None:
    """Rows no judgement can be read from."""
    with closing(sqlite3.connect(cache / "judged.db")) as db, db:
        db.execute("UPDATE judged SET judgement = x'c1'")


def scratch(cache: Path) -> None:
    """Pages of the file that were overwritten, as a failing disk does."""
    with closing(sqlite3.connect(cache / "judged.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (cache / "judged.db").open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * (cache / "judged.db").stat().st_size)


@pytest.mark.parametrize("damage", [garble, scratch])
def test_a_cache_that_breaks_later_is_named_and_made_anew(kb: Call, posts: Any, damage: Callable[[Path], None]) -> None:
    posts.put((1, "番号が発行されない", MISSING))
    kb(*LINT)
    damage(posts.root / ".kb" / "cache")
    said = kb(*LINT)
    assert "judged.db が壊れていたので捨てました" in said.err
    assert "mirror.db" not in said.err
    assert (said.code, said.codes) == (1, [("esa:1", "INC401")])
    said = kb(*LINT)
    assert (said.code, said.codes, said.err.count("壊れて")) == (1, [("esa:1", "INC401")], 0)


def test_a_damaged_mirror_does_not_cost_what_was_kept(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", MISSING))
    kb(*LINT)
    with closing(sqlite3.connect(posts.root / ".kb" / "mirror.db")) as db, db:
        db.execute("ALTER TABLE documents RENAME TO papers")
    said = kb(*LINT)
    assert said.code == 3
    assert "mirror.db" in said.err
    assert (posts.root / ".kb" / "cache" / "judged.db").exists()


def test_a_mirror_made_anew_does_not_lend_its_names(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", MISSING), (2, "番号が発行されない", MISSING))
    kb("lint")
    for file in (posts.root / ".kb").glob("mirror.db*"):
        file.unlink()
    posts.put((2, "番号が発行されない", MISSING), (1, "番号が発行されない", MISSING))
    assert kb(*LINT).codes == [("esa:2", "INC401"), ("esa:1", "INC401")]


def test_two_processes_find_what_one_does(kb: Call, posts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MAX_RANGE", 5)
    monkeypatch.setattr(stored, "MIN_PARALLEL", 10)
    posts.put(*((number, f"件 {number}", MISSING if number % 3 else WHOLE) for number in range(1, 24)))
    alone = kb(*LINT, "--jobs", "1")
    (posts.root / ".kb" / "cache" / "judged.db").unlink()
    together = kb(*LINT, "--jobs", "2")
    assert "joblib" in sys.modules
    assert together.out == alone.out
    assert len(alone.codes) == 16


@pytest.mark.parametrize(
    ("jobs", "documents", "ranges"),
    [(1, 1_900, [1_900]), (2, 4_800, [600] * 8), (2, 400, [250, 150]), (2, 18_000, [2_000] * 9)],
)
def test_processes_get_ranges_that_let_them_end_together(jobs: int, documents: int, ranges: list[int]) -> None:
    ids = array("q", range(1, documents + 1))

    class Filled:
        def ids(self, kinds: object) -> array[int]:
            return ids

    crew = stored.Workers(jobs)
    found = stored.split_ranges(cast("Any", Filled()), MirrorChanges(to_judge=ids), (), changed_only=False, crew=crew)
    assert [len(share.to_judge) for share in found] == ranges
    assert [here for share in found for here in share.shown] == list(ids)


def test_without_a_mirror_the_next_step_is_a_sync(kb: Call, workspace: Path) -> None:
    for form in ("text", "json", "junit"):
        said = kb("lint", "--format", form)
        assert (said.code, said.out) == (2, "")  # as every command, and no half of a report
        assert said.err.splitlines() == ["まだ何も写していません。", "→ kb sync を実行してください。"]


def test_a_workspace_without_permission_is_one_sentence(kb: Call, posts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    posts.put((1, "番号が発行されない", MISSING))
    monkeypatch.setattr(Path, "exists", refused)
    said = kb(*LINT)
    assert said.code == 3
    assert "kb.toml を使う権限がありません。\n→ 所有者と権限を確かめてください。" in said.err


def test_a_lint_that_finds_nothing_changed_loads_no_engine(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", MISSING))
    kb("lint")
    code = (
        "import sys\nfrom kb.cli.app import run\nrun(['lint'])\n"
        "print({'hyperscan', 'pyromark', 'joblib', 'rich', 'httpx', 'requests', 'asyncio'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=posts.root, check=True)
    assert "INC401" in done.stdout
    assert done.stdout.splitlines()[-1] == "set()"


def test_words_that_are_replaced_leave_the_cache_with_its_free_pages(kb: Call, posts: Any) -> None:
    posts.put(*((number, f"題名 {number} HIGURASHI", MISSING) for number in range(1, 40)))
    kb("lint")
    cache = posts.root / ".kb" / "cache"
    assert b"HIGURASHI" in b"".join(path.read_bytes() for path in cache.glob("judged.db*"))
    posts.put(*((number, "題名", "昼の献立") for number in range(1, 40)))
    kb("lint")
    assert b"HIGURASHI" not in b"".join(path.read_bytes() for path in cache.glob("judged.db*"))
