"""A value that one document tells, in lints of the mirror, of files and of lines: before, after, and later."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kb.lint.cache.known_values import KnownValues
from kb.mirror.documents import OldText
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.secrets import quick_scan
from kb.settings.secret_key import read_key

VALUE = "Kv7tRq2mZx"
TOLD = f"DB password: {VALUE}\n"
BARE = f"""## 影響と経緯
2025/06/03 の 09:40 から、{VALUE} が通らない。

## 原因
{VALUE} の期限が切れていた。

## 再発防止
- [ ] {VALUE} を通知する（担当: 野口 / 期限: 6/20）
"""
LINT = ("lint", "--format", "jsonl", "--all", "--exit-zero", "--select", "INC,SEC,KB", "--profile", "strict")

Call = Callable[..., Any]


def kept_in(folder: Path) -> list[str]:
    """The files below `.kb` other than the mirror that hold the value."""
    files = [each for each in (folder / ".kb").rglob("*") if each.is_file() and not each.name.startswith("mirror.db")]
    return [each.name for each in files if VALUE.encode() in each.read_bytes()]


def test_a_value_is_masked_on_pages_before_and_after_the_one_that_tells_it(kb: Call, posts: Any, folder: Path) -> None:
    posts.put((1, f"{VALUE} の件", BARE), (2, "接続", TOLD), (3, f"また {VALUE}", BARE))
    for words in (
        LINT,
        ("lint", "--all"),
        ("show", "esa:1"),
        ("search", "期限"),
        ("similar", "期限"),
        ("similar", f"{VALUE} 期限"),
    ):
        said = kb(*words)
        assert VALUE not in said.out + said.err
    assert kept_in(folder) == []


def test_what_was_kept_is_judged_again_when_a_value_becomes_known(kb: Call, posts: Any, folder: Path) -> None:
    posts.put((1, f"{VALUE} の件", BARE), (3, "別の件", BARE.replace(VALUE, "番号")))
    assert VALUE in kb("lint", "--all").out
    assert "judged.db" in " ".join(kept_in(folder))
    posts.put((2, "接続", TOLD))
    assert VALUE not in kb("lint", "--all").out
    assert VALUE not in kb("lint", "--all", "--new-only").out
    assert kept_in(folder) == []


def test_a_value_stays_known_when_its_page_no_longer_tells_it(kb: Call, posts: Any, folder: Path) -> None:
    posts.put((1, f"{VALUE} の件", BARE), (2, "接続", TOLD))
    kb("lint")
    posts.put((2, "接続", "1Password へ移しました。\n"))
    assert VALUE not in kb("show", "esa:1").out
    (folder / ".kb" / "cache" / "judged.db").unlink()
    assert VALUE not in kb("lint", "--all").out


def test_what_is_kept_of_a_value_is_a_hash_by_the_key_and_its_length(kb: Call, posts: Any, folder: Path) -> None:
    posts.put((2, "接続", TOLD))
    kb("lint")
    with closing(sqlite3.connect(folder / ".kb" / "known.db")) as db:
        ((digest, length, _, crossing),) = db.execute("SELECT * FROM known").fetchall()
    assert (len(digest), length, crossing) == (16, len(VALUE), 0)
    assert (folder / ".kb" / "known.db").stat().st_mode & 0o077 == 0


def test_only_what_never_held_a_secret_counts_as_clear(kb: Call, posts: Any, folder: Path) -> None:
    posts.put(
        (1, "手順", "nginx を再起動します。\n"), (2, "接続", TOLD), (3, "前に書いた", TOLD), (4, TOLD.strip(), "本文\n")
    )
    with Mirror.open(folder / ".kb" / "mirror.db") as mirror:
        number = {each.document.doc: each.id for each in mirror.documents(kinds=(Kind.POST,))}
        with mirror.write() as write:
            write.history(number["esa:1"], [OldText("revision:1", 1, TOLD)], 2)
    kb("lint")
    key = read_key(folder / ".kb" / "key")
    assert key is not None
    posts.put((3, "前に書いた", "1Password へ移しました。\n"), (5, "手順", "nginx を再起動します。\n"))
    with KnownValues(folder / ".kb" / "known.db", key.bytes_, key.id) as known:
        assert known.clear_documents() == {}
        with Mirror.open(folder / ".kb" / "mirror.db", readonly=True) as mirror:
            known.learn(mirror)
            clear = known.clear_documents()
            assert {
                each.document.doc for each in mirror.documents(kinds=(Kind.POST,)) if clear.get(each.id) == each.hash
            } == {"esa:3", "esa:5"}


def test_another_key_knows_the_values_anew(kb: Call, posts: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posts.put((1, f"{VALUE} の件", BARE), (2, "接続", TOLD))
    kb("lint")
    monkeypatch.setenv("KB_KEY", "ab" * 32)
    assert VALUE not in kb("show", "esa:1").out
    assert VALUE not in kb("lint", "--all").out


def test_a_member_and_a_host_are_no_secrets_whatever_a_page_says(kb: Call, posts: Any, folder: Path) -> None:
    with (folder / "kb.toml").open("a", encoding="utf-8") as file:
        file.write("[hosts]\npattern = '[a-z]+-shop-[0-9]{2}x'\n")
    posts.put((1, "tokyo-shop-01x と suzuki01x の件", "本文\n"))
    posts.put((2, "接続", "password: tokyo-shop-01x\n\npassword: suzuki01x\n"))
    with Mirror.open(folder / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.things(Source.ESA, "member", {"suzuki01x": {"screen_name": "suzuki01x", "name": "鈴木"}})
    assert "tokyo-shop-01x と suzuki01x の件" in kb("show", "esa:1").out


def test_a_disk_that_takes_no_writing_masks_all_the_same(kb: Call, posts: Any, folder: Path) -> None:
    posts.put((1, f"{VALUE} の件", BARE), (2, "接続", TOLD))
    (folder / ".kb" / "known.db").mkdir()  # nothing can be kept there
    assert VALUE not in kb("show", "esa:1").out
    assert VALUE not in kb("lint", "--all").out


def test_a_damaged_file_of_known_values_is_told(kb: Call, posts: Any, folder: Path) -> None:
    posts.put((1, f"{VALUE} の件", BARE), (2, "接続", TOLD))
    kb("lint")
    (folder / ".kb" / "known.db").write_bytes(b"no database" * 1000)
    for words in (("show", "esa:1"), ("lint", "--all", "--exit-zero")):
        said = kb("--debug", *words)
        assert said.code == 0, said.err
        assert VALUE not in said.out
        assert "known.db" in said.err


def test_only_what_is_new_is_looked_through(kb: Call, posts: Any, folder: Path) -> None:
    posts.put((1, f"{VALUE} の件", BARE), (2, "接続", TOLD))
    at = folder / ".kb" / "mirror.db", folder / ".kb" / "known.db"
    with Mirror.open(at[0], readonly=True) as mirror, KnownValues(at[1], b"k" * 32, "k") as values:
        assert values.learn(mirror) == 1
        assert not values.is_behind(mirror)
        assert values.learn(mirror) == 0
    posts.put((3, "別の接続", "DB password: Lw9rTs4nBv\n"))
    with Mirror.open(at[0], readonly=True) as mirror, KnownValues(at[1], b"k" * 32, "k") as values:
        assert values.is_behind(mirror)
        assert values.learn(mirror) == 1


@pytest.mark.parametrize("style", ["text", "json", "jsonl", "sarif", "github", "junit", "markdown", "html"])
@pytest.mark.parametrize("first", [True, False])
def test_lines_without_a_workspace_mask_what_any_of_them_tells(kb: Call, folder: Path, style: str, first: bool) -> None:
    bare = {"id": "a", "source": "esa", "kind": "post", "title": f"不具合 {VALUE} の件", "body": BARE, "tags": [VALUE]}
    told = {"id": "b", "source": "esa", "kind": "post", "title": "接続", "body": TOLD}
    rows = [told, bare] if first else [bare, told]
    (folder / "in.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    said = kb(*LINT[:1], "--input", "in.jsonl", "--format", style, "--pages", "--secret-places", *LINT[3:])
    assert VALUE not in said.out + said.err
    assert said.out
    assert "指摘 6 件（エラー 1、警告 2）、文書 2 件" in said.err


def test_files_mask_what_any_of_them_tells_and_no_fix_writes_stars(kb: Call, folder: Path) -> None:
    (folder / "a.md").write_text(f"# 不具合 {VALUE} の件\n\n{BARE}", encoding="utf-8")
    (folder / "b.md").write_text(TOLD, encoding="utf-8")
    before = (folder / "a.md").read_text("utf-8")
    for words in (("--all",), ("--diff", "--unsafe-fixes"), ("--unsafe-fixes",), ("--fix",)):
        said = kb("lint", *words, ".")
        assert VALUE not in said.out + said.err
    after = (folder / "a.md").read_text("utf-8")
    assert after.count(VALUE) == before.count(VALUE)
    assert "***" not in after


@pytest.fixture
def looked_through(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bodies looked through for credentials, in order."""
    seen: list[str] = []

    def scan(document: Any, *rest: Any) -> Any:
        seen.append(document.body)
        return quick_scan.scan_body(document, *rest)

    monkeypatch.setattr("kb.ingest.document.scan_body", scan)
    return seen


def test_a_text_without_secrets_is_looked_through_once(
    kb: Call, posts: Any, folder: Path, looked_through: list[str]
) -> None:
    plain, doubtful = "nginx を再起動します。\n", "暗証番号 4073\n"
    posts.put((1, "手順", plain), (2, "接続", TOLD), (3, "画面", doubtful))
    first = kb(*LINT).out
    assert [looked_through.count(body) for body in (plain, TOLD, doubtful)] == [1, 2, 2]
    for kept in (folder / ".kb" / "cache").glob("judged*"):
        kept.unlink()
    assert kb(*LINT).out == first
    assert [looked_through.count(body) for body in (plain, TOLD, doubtful)] == [1, 3, 3]
    posts.put((1, "手順", plain + TOLD))
    assert kb("lint", "--format", "jsonl", "--select", "SEC", "--all").out.count("SEC") == 3
    assert looked_through.count(plain + TOLD) == 2


def test_personal_data_are_looked_for_in_a_text_without_secrets(kb: Call, posts: Any) -> None:
    posts.put((1, "連絡先", "連絡先: 田中 090-0173-4826\n"))
    kb("lint")
    assert "PII" in kb("lint", "--select", "PII", "--all").out
