"""`--input`: what a line may hold, and what is said of a line that holds something else."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.errors import InputError
from kb.files import refuse_named_pipe
from kb.lint.inputs import jsonl
from kb.model.document import Document, Kind, Markup, Source


def read(*lines: bytes | dict[str, Any]) -> tuple[list[Document], list[str]]:
    """The documents of these lines, and what was said about the others."""
    told: list[InputError] = []
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    found = list(jsonl.read_stream(io.BytesIO(b"\n".join(raw)), "x.jsonl", told.append))
    return found, [str(error.what) for error in told]


def test_an_esa_post_with_its_full_name() -> None:
    (post,), told = read({"number": 7, "full_name": "障害/2025/A&#47;B &#35;1 が落ちた #本番 #a&#35;b", "body_md": "x"})
    assert (post.doc, post.category, post.title, post.tags) == (7, "障害/2025", "A/B #1 が落ちた", ("本番", "a#b"))
    assert (post.source, post.kind, post.markup, post.part) == (Source.ESA, Kind.POST, Markup.MARKDOWN, "body")
    assert told == []


@pytest.mark.parametrize(
    ("full_name", "category", "title"),
    [
        ("C# 入門", "", "C# 入門"),
        ("a/b/c", "a/b", "c"),
        ("メモ #", "", "メモ #"),
        ("a/調査 #本番 の件", "a", "調査 #本番 の件"),
        ("", "", ""),
    ],
)
def test_full_names(full_name: str, category: str, title: str) -> None:
    (post,), _ = read({"id": 1, "full_name": full_name, "body_md": ""})
    assert (post.category, post.title) == (category, title)


def test_name_and_category_and_given_tags_win_over_the_full_name() -> None:
    row = {"id": "a", "name": "題&#47;名", "category": "x/y", "full_name": "p/q #z", "tags": ["t"], "body_md": None}
    (post,), _ = read(row)
    assert (post.title, post.category, post.tags, post.body) == ("題/名", "x/y", ("t",), "")


def test_id_wins_over_number_and_keeps_its_type() -> None:
    found, told = read({"id": "12", "number": 3, "body_md": ""}, {"number": 12, "body_md": ""}, {"id": 3, "body": ""})
    assert [document.doc for document in found] == ["12", 12, 3]
    assert told == []


def test_the_second_document_with_an_id_is_an_error() -> None:
    found, told = read({"id": 1, "body": "a"}, b"", {"number": 1, "body_md": "b"}, {"id": 2, "body": ""})
    assert [document.body for document in found] == ["a", ""]
    assert told == ["x.jsonl 3 行目: id 1 は 1 行目にもあります。"]


def test_comments_become_parts_of_their_post() -> None:
    found, _ = read({"id": 1, "name": "題", "body_md": "本文", "comments": [{"id": 9, "body_md": "返事"}]})
    assert [(each.doc, each.part, each.kind, each.body) for each in found] == [
        (1, "body", Kind.POST, "本文"),
        (1, "comment:9", Kind.COMMENT, "返事"),
    ]


@pytest.mark.parametrize(
    ("row", "kind", "markup"),
    [
        ({"source": "redmine"}, Kind.TICKET, Markup.TEXTILE),
        ({"source": "redmine", "kind": "wiki", "markup": "markdown"}, Kind.WIKI, Markup.MARKDOWN),
        ({"source": "esa"}, Kind.POST, Markup.MARKDOWN),
        ({}, Kind.FILE, Markup.MARKDOWN),
    ],
)
def test_a_neutral_document_fills_in_kind_and_markup(row: dict[str, str], kind: Kind, markup: Markup) -> None:
    (document,), _ = read({"id": 1, "title": "題", "body": "b", **row})
    assert (document.kind, document.markup, document.title) == (kind, markup, "題")


def test_a_pipe_with_a_name_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pages.jsonl")
    (tmp_path / "alias.jsonl").symlink_to("pages.jsonl")
    for name in ("pages.jsonl", "alias.jsonl"):
        with pytest.raises(InputError, match="名前付きパイプ"):
            list(jsonl.read_jsonl(str(tmp_path / name), pytest.fail))


def test_an_ordinary_file_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("# 題\n", "utf-8")
    looks: list[object] = []

    def counting(look: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **options: Any) -> Any:
            looks.append(given)
            return look(*given, **options)

        return counted

    for name in ("stat", "lstat", "readlink"):
        monkeypatch.setattr(os, name, counting(getattr(os, name)))
    refuse_named_pipe(page)
    assert looks == [(page,)]


def test_what_a_shell_makes_of_a_command_is_read(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b'{"id": 1, "body": "b"}')
    os.close(writer)
    assert [each.body for each in jsonl.read_jsonl(f"/dev/fd/{reader}", pytest.fail)] == ["b"]
    os.close(reader)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "JSON として読めません（2 文字目）"),
        (b"[1]", "JSON のオブジェクトではありません"),
        (b'"x"', "JSON のオブジェクトではありません"),
        (b'{"id": 1, "body": "\xff"}', "UTF-8 ではありません"),
        (b"[" * 200_000, "入れ子が深すぎます"),
        (b'{"id": ' + b"9" * 5000 + b', "body": ""}', "数が大きすぎます"),
        ({"body": ""}, "id か number がありません"),
        ({"id": True, "body": ""}, "id が文字列でも整数でもありません"),
        ({"id": 1.0, "body": ""}, "id が文字列でも整数でもありません"),
        ({"id": {}, "body": ""}, "id が文字列でも整数でもありません"),
        ({"id": "", "body": ""}, "id が空です"),
        ({"id": 1}, "body_md も body もありません"),
        ({"id": 1, "body_md": 5}, "body_md は文字列で書きます"),
        ({"id": 1, "body": "", "tags": "a"}, "tags は文字列の配列で書きます"),
        ({"id": 1, "body": "", "tags": [1]}, "tags は文字列の配列で書きます"),
        ({"id": 1, "body": "", "wip": "yes"}, "wip はtrue か falseで書きます"),
        ({"id": 1, "body_md": "", "comments": {}}, "comments は配列で書きます"),
        ({"id": 1, "body_md": "", "comments": [3]}, "comments はオブジェクトの配列で書きます"),
        ({"id": 1, "body": "", "source": "redmin"}, "source「redmin」はありません（redmine？）"),
        (
            {"id": 1, "body": "", "kind": "zzz"},
            "kind「zzz」はありません（post, comment, issue, journal, wiki, file, field, attachment？）",
        ),
    ],
)
def test_an_unusable_line_is_numbered_and_the_rest_is_judged(line: bytes | dict[str, Any], why: str) -> None:
    found, told = read({"id": "before", "body": ""}, line, {"id": "after", "body": ""})
    assert [document.doc for document in found] == ["before", "after"]
    assert told == [f"x.jsonl 2 行目: {why}。"]


def test_a_byte_order_mark_nul_and_surrogates_are_read() -> None:
    found, told = read(b'\xef\xbb\xbf{"id": 1, "title": "a\\ud800b", "body": "x\\u0000y\\udfffz"}\r')
    assert [(each.title, each.body) for each in found] == [("a\ufffdb", "x\0y\ufffdz")]
    assert told == []


def test_a_line_without_end_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "LINE_LIMIT", 64 * 1024 * 1024 // 2**20)
    found, told = read({"id": 1, "body": ""}, b"x" * 1000, {"id": 2, "body": ""})
    assert [document.doc for document in found] == [1, 2]
    assert len(told) == 1
    assert told[0].startswith("x.jsonl 2 行目: ")


def test_five_megabytes_on_one_line_are_no_trouble() -> None:
    (document,), told = read({"id": 1, "body": "あ" * 1_700_000})
    assert len(document.body) == 1_700_000
    assert told == []


def test_documents_are_streamed(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(3000):
            file.write(json.dumps({"id": number, "body": "x" * 10_000}) + "\n")
    tracemalloc.start()
    assert sum(1 for _ in jsonl.read_jsonl(str(path), lambda error: None)) == 3000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="を読めません"):
        list(jsonl.read_jsonl(str(tmp_path / name), lambda error: None))
