"""`kb purge-secrets`: what it would do is shown and asked, and nothing in `.kb/` holds a value afterwards."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kb.mirror.documents import OldText, SourceRow
from kb.mirror.store import Mirror
from kb.mirror.sync.lock import run_lock
from kb.model.document import Kind, Source

Call = Callable[..., Any]
VALUES = ("Tsuki-0412x", "Hoshi_5531", "Yama3kawa!")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def team(kb: Call, posts: Any, workspace: Path) -> Path:
    posts.put(
        (1, "接続先", f"# 接続先\n\nパスワードは「{VALUES[0]}」です。\n"),
        (2, f"踏み台のパスワード：{VALUES[2]}", f"- [ ] {VALUES[0].upper()} の変更"),
        (3, "関係のない記事", "何もない"),
    )
    posts.comment(1, 91, f"PW: {VALUES[1]}")
    kb("lint", "--exit-zero")
    return workspace


def holding(folder: Path) -> list[tuple[int, str]]:
    """Number of the value and name of the file for each that holds one."""
    return [
        (number, path.name)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for number, value in enumerate(VALUES)
        if value.encode() in path.read_bytes() or value.lower().encode() in path.read_bytes()
    ]


def test_all_that_is_here_goes_and_is_told(kb: Call, team: Path) -> None:
    assert {name for _, name in holding(team / ".kb")} >= {"mirror.db"}
    said = kb("purge-secrets", "--yes")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "見つかった値: 3 個（2 ページの 3 か所）"
    assert lines[1] == f"{team / '.kb' / 'mirror.db'} から消します。esa と Redmine のものは消えません。"
    assert lines[3] == "消しました: 文書 3・古い版 0"
    assert lines[4].startswith("mirror.db を書き直しました（")
    assert said.err.splitlines()[-1] == (
        "→ esa と Redmine、バックアップには残っています。値を変えるのが先です: kb secrets list"
    )
    assert not [number for number, value in enumerate(VALUES) if value in said.out + said.err]
    assert holding(team) == []


def test_nothing_happens_without_a_yes(kb: Call, team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = holding(team / ".kb")
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    said = kb("purge-secrets")
    assert said.code == 2
    assert "→ このとおりでよければ --yes を付けてください。" in said.err
    assert holding(team / ".kb") == before
    for answer in ("", "\n", "n\n", "いいえ\n"):
        monkeypatch.setattr(sys, "stdin", Terminal(answer))
        said = kb("purge-secrets")
        assert (said.code, "何も変えませんでした。" in said.err) == (0, True)
        assert holding(team / ".kb") == before
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert kb("purge-secrets").code == 0
    assert holding(team / ".kb") == []


def test_a_second_time_there_is_nothing_to_purge(kb: Call, team: Path) -> None:
    kb("purge-secrets", "--yes")
    said = kb("purge-secrets")
    assert (said.code, said.out.splitlines()[0]) == (0, "消す値は見つかりませんでした。")


def test_free_pages_go_even_where_no_value_is_found(kb: Call, posts: Any, workspace: Path) -> None:
    """What a sync replaced stays in the file where SQLite was not told to overwrite it."""
    posts.put((1, "接続先", "1Password を見てください。"))
    db = sqlite3.connect(workspace / ".kb" / "mirror.db")
    db.execute("PRAGMA secure_delete=OFF")
    db.execute("INSERT INTO marks VALUES ('old', ?)", (VALUES[0] * 2000,))
    db.commit()
    db.execute("DELETE FROM marks WHERE name = 'old'")
    db.commit()
    db.close()
    assert holding(workspace / ".kb")
    assert kb("purge-secrets").code == 0
    assert holding(workspace / ".kb") == []


def test_the_mirror_is_sound_and_everything_still_reads_it(kb: Call, team: Path) -> None:
    kb("purge-secrets", "--yes")
    with closing(sqlite3.connect(team / ".kb" / "mirror.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert "パスワードは「********」です。" in kb("show", "esa:1").out
    assert [hit["doc"] for hit in json.loads(kb("search", "接続先", "--json").out)["hits"]] == ["esa:1"]
    assert kb("export", "out").code == 0
    assert kb("lint", "--exit-zero").code == 0


def test_what_a_lint_kept_goes_too(kb: Call, team: Path) -> None:
    (team / ".kb" / "cache" / "judged-wide.db").write_bytes(VALUES[0].encode())
    assert (team / ".kb" / "cache" / "judged.db").exists()
    kb("purge-secrets", "--yes")
    assert list((team / ".kb" / "cache").glob("judged*")) == []


def test_files_that_kb_cannot_rewrite_are_named(kb: Call, team: Path) -> None:
    (team / ".kb" / "runs").mkdir()
    note = team / ".kb" / "runs" / "old.jsonl"
    note.write_text(json.dumps({"before": f"PW {VALUES[0]}"}), encoding="utf-8")
    said = kb("purge-secrets", "--yes")
    assert f"{note} に値が残っています。" in said.err
    assert note.exists()


def test_no_sync_may_run_meanwhile(kb: Call, team: Path) -> None:
    with run_lock(team / ".kb", "sync"):
        said = kb("purge-secrets", "--yes")
    assert said.code == 3
    assert "実行中です" in said.err


def test_a_failure_halfway_changes_nothing(kb: Call, team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kb.mirror import purge

    with Mirror.open(team / ".kb" / "mirror.db", readonly=True) as mirror:
        before = [(stored.document, mirror.raw(stored.id)) for stored in mirror.documents()]

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(purge, "index_pages", fail)
    assert kb("purge-secrets", "--yes").code == 3
    with Mirror.open(team / ".kb" / "mirror.db", readonly=True) as mirror:
        assert [(stored.document, mirror.raw(stored.id)) for stored in mirror.documents()] == before


def test_there_must_be_a_mirror(kb: Call, workspace: Path) -> None:
    said = kb("purge-secrets", "--yes")
    assert (said.code, "→ kb sync を実行してください。" in said.err) == (2, True)


def test_what_was_purged_is_found_as_before_until_its_page_changes(kb: Call, posts: Any, workspace: Path) -> None:
    gone = f"root のパスワードは「{VALUES[0]}」です。"
    still = f"PW: {VALUES[1]}"
    bodies = {7: "いまは 1Password にあります。", 9: f"{still}\n\nほかにはありません。"}
    revisions = (
        OldText("revision:1", 1, gone), OldText("revision:2", 2, f"追記\n{gone}"), OldText("revision:3", 3, still),
        OldText("revision:4", 4, "1Password へ移しました。", f"踏み台のパスワード：{VALUES[2]}"),
    )  # fmt: skip
    rows = [
        SourceRow(
            Source.ESA, Kind.POST, str(number), f"esa:{number}", "移行後", body, {},
            updated_at="2025-06-01T00:00:00Z", versions=revisions,
        )
        for number, body in bodies.items()
    ]  # fmt: skip
    with Mirror.open(workspace / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.put(rows)
    posts.put(
        *((10 + n, title, body) for n, (title, body) in enumerate(corpus())),
        (8, f"踏み台のパスワード：{VALUES[2]}", "本文"),
    )
    posts.comment(8, 91, f"PW: {VALUES[1]}")
    kb("key", "export")
    before = kb("lint", "--all", "--exit-zero", "--format", "jsonl").rows
    codes = {row["code"] for row in before}
    assert {"SEC101", "SEC107", "SEC201"} <= codes
    assert kb("purge-secrets", "--yes").code == 0
    after = kb("lint", "--all", "--exit-zero", "--format", "jsonl").rows
    assert changed(before, after) == []
    assert kb("lint", "--new-only", "--exit-zero", "--format", "jsonl").rows == []
    posts.put((8, "踏み台", "1Password を見てください。"), updated_at="2025-07-01T00:00:00Z")
    again = kb("lint", "--all", "--exit-zero", "--format", "jsonl").rows
    assert {(row["doc"], row["part"]) for row in after} - {(row["doc"], row["part"]) for row in again} == {
        ("esa:8", "title")
    }


def test_what_was_purged_is_shown_as_before(kb: Call, posts: Any, workspace: Path, tmp_path: Path) -> None:
    posts.put(
        (1, "接続先", f"# 接続先\n\nパスワードは「{VALUES[0]}」です。\n\n***********\n"),
        (2, f"踏み台のパスワード：{VALUES[2]}", f"|ID|PW|\n|-|-|\n|ops|{VALUES[1]}|"),
    )
    posts.comment(1, 91, f"PW: {VALUES[1]}")
    kb("key", "export")
    trees = []
    for name in ("before", "after"):
        assert kb("export", str(tmp_path / name)).code == 0
        trees.append({path.name: path.read_bytes() for path in (tmp_path / name).rglob("*.md")})
        assert kb("purge-secrets", "--yes").code == 0
        assert "「********」です。\n\n***********\n" in kb("show", "esa:1").out
        assert "パスワード：********" in kb("search", "踏み台").out
    assert len(trees[0]) == 2
    assert trees[0] == trees[1]


def corpus() -> list[tuple[str, str]]:
    path = Path(__file__).parents[1] / "corpus" / "secrets" / "docs.jsonl"
    return [(row["title"], row["body"]) for row in map(json.loads, path.read_text("utf-8").splitlines())]


def changed(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[tuple[str, object, str, object]]:
    """What differs, a finding a row, told by its place."""
    one, other = ({json.dumps(row, sort_keys=True) for row in rows} for rows in (before, after))
    return [
        (which, row["doc"], row["code"], row["line"])
        for which, rows in (("lost", one - other), ("new", other - one))
        for row in map(json.loads, sorted(rows))
    ]
