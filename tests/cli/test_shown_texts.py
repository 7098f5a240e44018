"""`kb show` and `kb search`: what a person sees of a page that holds credentials."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.secrets.find import find_secrets
from kb.secrets.mask_document import mask_document, mask_name, mask_text
from kb.secrets.masking.mask import cut_value

CORPUS = Path(__file__).parents[1] / "corpus" / "secrets" / "docs.jsonl"
PAGE = """開発環境のつなぎ方です。

| ホスト | ユーザー | パスワード |
|---|---|---|
| dev-web01 | deploy | Kb-dev#2031 |
| dev-db01 | dbadmin | sakura88momo |

## パスワード

```
Fumi-Maguro9
```
"""
VALUES = ("Kb-dev#2031", "sakura88momo", "Fumi-Maguro9")
TITLE = "踏み台のパスワード：Yama3kawa!"
COMMENT = "パスワードは「Tsuki-0412x」に変えました。"
EVERY = (*VALUES, "Yama3kawa!", "Tsuki-0412x")


def told(text: str) -> list[int]:
    """The numbers of the values a text gives away: an assertion on values themselves would print them."""
    return [number for number, value in enumerate(EVERY) if value in text]


@pytest.fixture
def team(posts: Any) -> None:
    posts.put((1, "開発環境", PAGE), (2, TITLE, "中身は空です。"))
    posts.comment(1, 91, COMMENT)


def test_show_masks_title_text_and_comments(kb: Callable[..., Any], team: None) -> None:
    for doc in ("esa:1", "esa:2"):
        said = kb("show", doc)
        assert said.code == 0
        assert not told(said.out + said.err)
    assert "| dev-web01 | deploy | ******** |" in kb("show", "esa:1").out
    assert "踏み台のパスワード：********" in kb("show", "esa:2").out


@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.parametrize("word", ["dev-web01", "dev-db01", "パスワード", "踏み台", *EVERY])
def test_search_shows_no_value_around_what_was_looked_for(
    kb: Callable[..., Any], team: None, word: str, form: list[str]
) -> None:
    said = kb("search", word, *form)
    assert said.code == 0
    assert not told(said.out)


def test_a_snippet_is_cut_from_the_masked_page(kb: Callable[..., Any], team: None) -> None:
    """Alone the line is no password: what makes it one is the heading above."""
    (hit,) = json.loads(kb("search", "Maguro9", "--json").out)["hits"]
    assert (hit["doc"], hit["part"], hit["line"]) == ("esa:1", "title", 0)
    (hit,) = json.loads(kb("search", "dev-db01", "--json").out)["hits"]
    assert (hit["line"], hit["snippet"]) == (6, "| dev-db01 | dbadmin | ******** |")


def test_who_looks_for_a_leaked_password_finds_its_pages(kb: Callable[..., Any], team: None) -> None:
    found = json.loads(kb("search", "Tsuki-0412x", "--json").out)
    assert [hit["doc"] for hit in found["hits"]] == ["esa:1"]


def documents() -> list[Document]:
    rows = map(json.loads, CORPUS.read_text("utf-8").splitlines())
    return [
        Document(
            row["id"],
            Source(row["source"]),
            Kind(row["kind"]),
            row["title"],
            row["body"],
            Markup.TEXTILE if row["source"] == "redmine" else Markup.MARKDOWN,
        )
        for row in rows
    ]


def test_no_value_that_is_found_is_shown() -> None:
    leaking = []
    for document in documents():
        values = {cut_value(document, secret) for secret in find_secrets(document)}
        seen = mask_document(document)
        if any(value in seen.body for value in values if len(value) >= 6):
            leaking.append(document.doc)
    assert leaking == []


def test_lines_keep_their_numbers() -> None:
    for document in documents():
        assert mask_document(document).body.count("\n") == document.body.count("\n")


def test_what_holds_nothing_is_left_as_it_is() -> None:
    text = "定例の議事録。決まったことはありません。"
    assert mask_text(text) is text


def test_names_made_of_titles_are_masked_part_by_part() -> None:
    assert mask_name("redmine:wiki:net/パスワードはYama3-Tsubame") == "redmine:wiki:net/パスワードは********"
    assert mask_name("notes/パスワード：Yama3-Tsubame.md") == "notes/パスワード：********.md"
    for name in ("esa:12", "redmine:wiki:net/ログイン手順", "notes/password.md", "files:memo/api-token.md"):
        assert mask_name(name) == name


@pytest.mark.parametrize("words", [["show", "esa:1"], ["search", "議事録"], ["export", "out"]])
def test_where_nothing_may_be_a_credential_the_detector_is_not_loaded(posts: Any, words: list[str]) -> None:
    posts.put((1, "定例の議事録", "決まったことはありません。"))
    code = (
        f"import sys; from kb.cli.app import run; code = run({words!r}); print(code, 'kb.secrets.find' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 False"


def test_a_name_that_cannot_be_looked_through_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("kb.secrets.find.find_secrets_on_page", crash)
    assert mask_name("redmine:wiki:net/仮パスワードはYama3-Tsubame") == "…"
    assert mask_name("esa:12") == "esa:12", "nothing in it could be one"
