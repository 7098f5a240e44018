"""A folder of Markdown: all of it, nothing from outside of it, and odd files said rather than read wrongly."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pace import growth

from kb.errors import ConfigError
from kb.model.document import Visibility
from kb.model.health import CheckStatus
from kb.settings.kb_toml import FilesSettings, Settings
from kb.settings.workspace import Workspace
from kb.sources.files import folder
from kb.sources.files.folder import MarkdownFolder, file_row
from kb.sources.files.front_matter import find_heading, split_front_matter
from kb.sources.files.source import FilesSource


def write(path: Path, text: str | bytes = "本文\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_markdown_is_found_in_every_folder_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b.md", "a.MD", "deep/er/c.markdown", "deep/d.md", "note.txt", ".hidden.md", ".git/e.md", "x.md.bak"):
        write(tmp_path / name)
    source = MarkdownFolder("minutes", tmp_path)
    assert [row.path for row in source.rows()] == ["a.MD", "b.md", "deep/d.md", "deep/er/c.markdown"]
    assert source.warnings == []
    assert [row.category for row in source.rows()] == ["", "", "deep", "deep/er"]


def test_links_that_lead_out_are_left_out_and_said(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside/secret.md", "password")
    inside = tmp_path / "inside"
    real = write(inside / "real.md")
    (inside / "alias.md").symlink_to(real)
    (inside / "leak.md").symlink_to(outside)
    (inside / "folder").symlink_to(outside.parent)
    (inside / "loop").symlink_to(inside)
    (inside / "dangling.md").symlink_to(tmp_path / "nowhere.md")
    source = MarkdownFolder("minutes", inside)
    assert [row.path for row in source.rows()] == ["alias.md", "real.md"]
    assert {each.path for each in source.warnings} == {"leak.md", "folder", "loop", "dangling.md"}
    assert all(each.unread for each in source.warnings)


def test_odd_files_are_said_and_never_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MAX_BYTES", 1000)
    write(tmp_path / "large.md", "x" * 1001)
    os.mkfifo(tmp_path / "pipe.md")
    write(tmp_path / "sjis.md", "一行目\n".encode() + "障害".encode("shift_jis"))
    write(tmp_path / "whole.md", "# 一行目\n障害の記録".encode("shift_jis"))
    (tmp_path / "folder.md").mkdir()
    source = MarkdownFolder("minutes", tmp_path)
    rows = list(source.rows())
    assert [row.path for row in rows] == ["sjis.md", "whole.md"]
    assert all("\ufffd" in row.body for row in rows)
    said = {each.path: str(each.reason) for each in source.warnings}
    assert said["sjis.md"] == "2 行目が UTF-8 ではありません"
    assert "Shift_JIS（CP932）のようです" in said["whole.md"]
    assert "iconv -f CP932 -t UTF-8 whole.md" in said["whole.md"]
    assert "普通のファイル" in said["pipe.md"]
    assert "大きすぎます" in said["large.md"]


def test_a_file_that_may_not_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "closed.md")

    def refuse(*_: object) -> int:  # root, as which CI may run, is refused nothing
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    source = MarkdownFolder("minutes", tmp_path)
    assert list(source.rows()) == []
    assert "読めません" in str(source.warnings[0].reason)


def test_a_name_that_is_no_utf8_is_read(tmp_path: Path) -> None:
    write(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.md")))
    (row,) = MarkdownFolder("minutes", tmp_path).rows()
    row.path.encode()


@pytest.mark.parametrize(
    ("text", "title", "tags", "date", "body", "line"),
    [
        (
            "---\ntitle: 障害報告\ntags: [障害, db]\ndate: 2026-08-01\n---\n本文\n",
            "障害報告",
            ("障害", "db"),
            "2026-08-01",
            "本文\n",
            6,
        ),
        ('---\r\ntitle: "a: b"\r\ntags:\r\n  - x\r\n  - "y"\r\n---\r\nb', "a: b", ("x", "y"), "", "b", 7),
        (
            "---\ncreated_at: 2026-08-01T09:00:00+09:00\n...\n# 見出し #\n",
            "見出し",
            (),
            "2026-08-01T00:00:00Z",
            "# 見出し #\n",
            4,
        ),
        ("\ufeff---\ntag: '#a, b'\n---\n", "name", ("a", "b"), "", "", 4),
        ("---\nno end of it", "name", (), "", "---\nno end of it", 1),
        ("# 一番目\n# 二番目", "一番目", (), "", "# 一番目\n# 二番目", 1),
        ("---\ndate: soon\n: : :\n- x\n---\n", "name", (), "", "", 6),
        ("", "name", (), "", "", 1),
    ],
)
def test_front_matter(
    tmp_path: Path, text: str, title: str, tags: tuple[str, ...], date: str, body: str, line: int
) -> None:
    path = write(tmp_path / "name.md", text)
    os.utime(path, (0, 0))
    (row,) = MarkdownFolder("minutes", tmp_path).rows()
    assert (row.title, row.tags, row.date, row.body, row.first_line) == (title, tags, date, body, line)
    assert row.modified_at == "1970-01-01T00:00:00Z"


HACKMD = """---
title: 定例 0821
tags: 運用, db, # HackMD の一覧と同じ順
description: 毎週の定例
robots: noindex, nofollow
lang: ja-jp
breaks: false
type: slide
slideOptions:
  transition: fade
  title: 表紙
GA: UA-12345667-8
---

本文
"""


def read(folder: Path, text: str, visibility: Visibility = Visibility.MEMBERS) -> dict[str, object]:
    write(folder / "note.md", text)
    (found,) = MarkdownFolder("minutes", folder, visibility).rows()
    row = file_row("minutes", found)
    names = ("title", "tags", "author", "created_at", "edited_at", "visibility", "open_tasks")
    return {name: getattr(row, name) for name in names}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HACKMD.replace(", # HackMD の一覧と同じ順", ","), {"title": "定例 0821", "tags": ("運用", "db")}),
        ("---\ntags:\n- a\n- b\n---\n定例\n===\n", {"title": "定例", "tags": ("a", "b")}),
        ("# 定例\n\n###### tags: `運用` `db`\n", {"title": "定例", "tags": ("運用", "db")}),
        ("---\ntags: 表\n---\n###### tags: `裏`\n", {"tags": ("表",)}),
        ("```sh\n# 再起動\n###### tags: `x`\n```\n# 定例\n", {"title": "定例", "tags": ()}),
        ("---\nauthor: 小野\nauthors: [隠岐]\n---\n", {"author": "小野"}),
        ("---\nauthors: [隠岐, 小野]\n---\n", {"author": "隠岐"}),
        ("---\nauthor: 'パスワード: Tsubame5Kaze'\n---\n", {"author": ""}),
        (f"---\nauthor: {'小野' * 40}\n---\n", {"author": ""}),
        ("---\ncreatedAt: 2026-08-01T09:00:00+09:00\nlastChangedAt: 2026-08-02T09:00:00+09:00\n---\n",
         {"created_at": "2026-08-01T00:00:00Z", "edited_at": "2026-08-02T00:00:00Z"}),
        ("---\nupdated: 2026-08-02\n---\n", {"edited_at": "2026-08-02T00:00:00Z"}),
        ("---\nupdated: いつか\n---\n", {"edited_at": ""}),
    ],
)  # fmt: skip
def test_what_a_note_says_of_itself(tmp_path: Path, text: str, expected: dict[str, object]) -> None:
    found = read(tmp_path, text)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("front", "visibility"),
    [
        ("permission: private", Visibility.PRIVATE),
        ("permission: freely", Visibility.MEMBERS),
        ("permission: protected", Visibility.MEMBERS),
        ("readPermission: owner", Visibility.PRIVATE),
        ('readPermission: "owner"  # 自分だけ', Visibility.PRIVATE),
        ("readPermission: guest # だれでも", Visibility.MEMBERS),
        ("permission: [private]", Visibility.PRIVATE),
        ("permission: |\n  private", Visibility.PRIVATE),
        ('"permission": "private"', Visibility.PRIVATE),
        ("permission: nobody", Visibility.PRIVATE),
        ("readPermission: 'signed_in'", Visibility.MEMBERS),
        ("writePermission: owner", Visibility.MEMBERS),
        ("hackmd:\n  id: x\n  readPermission: owner", Visibility.PRIVATE),
        ("slideOptions:\n  permission: private", Visibility.MEMBERS),
    ],
)
def test_a_note_its_owner_keeps_stays_theirs_in_a_folder_for_members(
    tmp_path: Path, front: str, visibility: Visibility
) -> None:
    assert read(tmp_path, f"---\n{front}\n---\n本文\n")["visibility"] is visibility
    assert read(tmp_path, f"---\n{front}\n---\n本文\n", Visibility.PRIVATE)["visibility"] is Visibility.PRIVATE


def test_a_folder_is_private_unless_kb_toml_says_otherwise(tmp_path: Path) -> None:
    write(tmp_path / "notes" / "a.md")
    for settings, visibility in (
        (FilesSettings("files", "minutes", "notes"), Visibility.PRIVATE),
        (FilesSettings("files", "minutes", "notes", "members"), Visibility.MEMBERS),
    ):
        assert [row.visibility for row in MarkdownFolder.connect(settings, tmp_path).rows()] == [visibility]


def test_boxes_without_a_tick_are_open_tasks(tmp_path: Path) -> None:
    boxes = "- [ ] 上限\n  - [x] 監視\n1. [ ] 周知\n* [ ]無印\n> - [ ] 引用\n```\n- [ ] 例\n```\n[ ] ただの行\n"
    assert read(tmp_path, f"---\ntitle: '- [ ] 題名'\n---\n{boxes}")["open_tasks"] == 3
    assert read(tmp_path, "- [x] 済み\n")["open_tasks"] == 0


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_keeps_its_body_where_it_says(text: str) -> None:
    for given_text in (text, f"---\n{text}", f"---\n{text}\n---\n{text}"):
        _, body, line = split_front_matter(given_text)
        assert given_text.endswith(body)
        head = given_text[: len(given_text) - len(body)]
        assert line == 1 + len(io.StringIO(head, newline="").readlines())


@pytest.mark.parametrize("line", ["- a{}b", "title: a{}b", "{}x"])
def test_blanks_in_front_matter_cost_no_more_than_their_number(line: str) -> None:
    def prepare(size: int) -> Callable[[], object]:
        text = f"---\ntags:\n{line.format(' ' * size)}\n---\n本文\n"
        return lambda: split_front_matter(text)

    assert growth(prepare, 1000, 8, below=20) < 20


@pytest.mark.parametrize("mark", [" ", "#"])
def test_marks_in_a_heading_cost_no_more_than_their_number(mark: str) -> None:
    assert growth(lambda size: partial(find_heading, f"# a{mark * size}b"), 1000, 8, below=20) < 20


@pytest.mark.parametrize(
    ("line", "title"),
    [("# 題名", "題名"), ("# 題名 ##  ", "題名"), ("# #", "#"), ("#  ", ""), ("#題名", ""), ("# a # b #", "a # b")],
)
def test_a_heading_loses_the_marks_around_it(line: str, title: str) -> None:
    assert find_heading(f"{line}\n本文\n") == title


def test_a_folder_that_is_not_there_is_a_setting_to_mend(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="minutes"):
        MarkdownFolder.connect(FilesSettings("files", "minutes", "nowhere"), tmp_path)
    (tmp_path / "notes").mkdir()
    assert (
        MarkdownFolder.connect(FilesSettings("files", "minutes", "notes"), tmp_path).folder
        == (tmp_path / "notes").resolve()
    )


def test_doctor_says_who_reads_a_folder(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    for visibility, said in (("private", "には何も載せません"), ("members", "メンバー全員が読めるもの")):
        settings = Settings(source=(FilesSettings("files", "minutes", "notes", visibility),))
        (source,) = FilesSource.configured(settings)
        (check,) = source.check_health(Workspace(tmp_path, settings), None, lambda: datetime.now(UTC))
        assert check.sign is CheckStatus.OK
        assert f'visibility = "{visibility}"' in str(check.fact)
        assert said in str(check.fact)


@pytest.mark.parametrize("seconds", [-62135596800.0, 253402300799.0, 1e20])
@pytest.mark.parametrize("written", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01", "x"])
def test_years_no_calendar_has_are_no_time_of_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, seconds: float
) -> None:
    text = f"---\ndate: {written}\nupdated: {written}\n---\n本文\n"
    monkeypatch.setattr(MarkdownFolder, "_read", lambda self, path: (text.encode(), seconds))
    write(tmp_path / "a.md")
    (row,) = MarkdownFolder("minutes", tmp_path).rows()
    assert (row.date, row.edited, row.modified_at) == ("", "", "")
