"""Files as documents: title, category, tags, lines, and files that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kb.errors import InputError
from kb.lint.inputs import paths
from kb.model.document import Document, Kind, Markup, Source


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(*given: str) -> tuple[list[Document], list[str]]:
    told: list[InputError] = []
    return [document for document, _ in paths.read_paths(given, told.append)], [str(error.what) for error in told]


def put(name: str, text: str | bytes) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def test_a_file_without_front_matter() -> None:
    (found,), told = read(put("不具合共有/2025/a.md", "前書き\n\n## 注文が *二重* になる ##\n"))
    assert (found.doc, found.source, found.kind) == ("不具合共有/2025/a.md", Source.FILES, Kind.FILE)
    assert (found.title, found.category, found.markup) == ("注文が *二重* になる", "不具合共有/2025", Markup.MARKDOWN)
    assert found.updated_at.endswith("Z")
    assert told == []


def test_front_matter_names_title_category_and_tags_and_keeps_its_lines() -> None:
    fields = 'title: "題: 名"\ncategory: 障害/2025\ntags: [本番, DB]\nwip: true\nupdated_at: 2025-05-01\n'
    text = f"---\n{fields}---\n# 見出し\n"
    (found,), _ = read(put("x.md", text))
    assert (found.title, found.category, found.tags, found.wip) == ("題: 名", "障害/2025", ("本番", "DB"), True)
    assert found.updated_at == "2025-05-01"
    assert found.body == text


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("memo.md", "本文だけ", "memo"),
        ("c.md", "# C#\n", "C#"),
        ("s.md", "題名\n====\n", "題名"),
        ("t.textile", "h2(#x). 題名\n\n本文", "題名"),
        ("empty.md", "", "empty"),
        ("code.md", "```\n# ちがう\n```\n", "code"),
    ],
)
def test_titles(name: str, text: str, title: str) -> None:
    (found,), _ = read(put(name, text))
    assert found.title == title
    assert found.category == ""


def test_folders_are_walked_in_order_and_each_file_comes_once() -> None:
    for name in ("n/b.md", "n/a.md", "n/sub/c.markdown", "n/.git/d.md", "n/.e.md", "n/f.txt", "n/g.textile"):
        put(name, "x")
    found, _ = read("n", "n/a.md")
    assert [document.doc for document in found] == ["n/a.md", "n/b.md", "n/g.textile", "n/sub/c.markdown"]


def test_a_missing_path_stops_before_anything_is_judged() -> None:
    with pytest.raises(InputError, match=r"nope\.md"):
        read(put("a.md", "x"), "nope.md")


def test_files_that_cannot_be_read_are_told_and_the_rest_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "SIZE_LIMIT", 100)
    put("n/a.md", "x")
    put("n/big.md", "x" * 101)
    put("n/sjis.md", "障害".encode("cp932"))
    found, told = read("n")
    assert [document.doc for document in found] == ["n/a.md"]
    assert told == ["n/big.md: 0 MB を超えています。", "n/sjis.md は UTF-8 ではなく、Shift_JIS（CP932）のようです。"]


def test_a_file_without_permission_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*given: object) -> None:
        raise PermissionError(13, "Permission denied")

    put("a.md", "x")
    monkeypatch.setattr(Path, "open", refused)
    assert read("a.md")[1] == ["a.md: 読めません（権限がありません）。"]


def test_a_folder_without_permission_is_told_and_the_rest_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    put("n/a.md", "x")
    put("n/closed/b.md", "x")
    scan = os.scandir

    def refused(folder: str) -> object:
        if str(folder).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(folder))
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refused)
    found, told = read("n")
    assert [document.doc for document in found] == ["n/a.md"]
    assert told == ["n/closed: 読めません（権限がありません）。"]


def test_a_path_below_a_closed_folder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", refused)
    with pytest.raises(InputError, match=r"closed/b\.md」を使えません（権限がありません）"):
        read("closed/b.md")


@pytest.mark.parametrize("path", ["", "a\0.md", "loop.md"])
def test_what_is_no_path_is_told(path: str) -> None:
    put("a.md", "x")
    Path("loop.md").symlink_to("loop.md")
    with pytest.raises(InputError, match="使えません"):
        read(path)


def test_a_link_in_a_circle_is_walked_once() -> None:
    put("n/a.md", "x")
    Path("n/loop").symlink_to(Path("n").resolve())
    assert len(read("n")[0]) == 1
