"""A folder of Markdown: all of it, nothing from outside of it, and odd files said rather than read wrongly."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import ConfigError
from kb.settings.kb_toml import FilesSettings
from kb.sources.files import folder
from kb.sources.files.folder import MarkdownFolder, split_front_matter


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
    (tmp_path / "folder.md").mkdir()
    source = MarkdownFolder("minutes", tmp_path)
    rows = list(source.rows())
    assert [row.path for row in rows] == ["sjis.md"]
    assert "\ufffd" in rows[0].body
    said = {each.path: str(each.reason) for each in source.warnings}
    assert said["sjis.md"] == "2 行目が UTF-8 ではありません"
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


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_keeps_its_body_where_it_says(text: str) -> None:
    for given_text in (text, f"---\n{text}", f"---\n{text}\n---\n{text}"):
        _, body, line = split_front_matter(given_text)
        assert given_text.endswith(body)
        head = given_text[: len(given_text) - len(body)]
        assert line == 1 + len(io.StringIO(head, newline="").readlines())


def test_a_folder_that_is_not_there_is_a_setting_to_mend(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="minutes"):
        MarkdownFolder.connect(FilesSettings("files", "minutes", "nowhere"), tmp_path)
    (tmp_path / "notes").mkdir()
    assert (
        MarkdownFolder.connect(FilesSettings("files", "minutes", "notes"), tmp_path).folder
        == (tmp_path / "notes").resolve()
    )
