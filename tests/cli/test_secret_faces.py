"""Credentials in titles, owners, measures, comments, notes, fields and names of files: no command shows a value."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Markup, Source, Visibility

Call = Callable[..., Any]

TITLE, OWNER, MEASURE, QUOTED = "Tani7-Sazanami", "Asa9-Kirisame", "Yoru3-Tsukikage", "Hoshi5-Akari"
COMMENT, NOTE, FIELD, FILE = "Nami2-Shiokaze", "Mori6-Komorebi", "Sora8-Amanogawa", "Yuki4-Konayuki"
VALUES = (TITLE, OWNER, MEASURE, QUOTED, COMMENT, NOTE, FIELD, FILE)

INCIDENT = f"""## 影響
2026/05/01 の 10:00 に停止した。

## 原因
サーバが停止したため。（{QUOTED} で入った）

## 対応
再起動した。 パスワード: {QUOTED}

## 再発防止
- 検討中 パスワード: {MEASURE}
- 監視を足す（担当: パスワード {OWNER}、6/1）
"""


def part(kind: Kind, key: str, name: str, body: str, title: str = "") -> SourceRow:
    """Something that hangs on ticket 7."""
    return SourceRow(
        Source.REDMINE, kind, key, "redmine:7", title, body, {}, name, (Kind.TICKET, "7"), number=int(key),
        markup=Markup.TEXTILE, url="https://redmine.example.jp/issues/7",
    )  # fmt: skip


ROWS = (
    SourceRow(
        Source.ESA, Kind.POST, "1", "esa:1", f"止まった話 パスワード: {TITLE}", INCIDENT, {},
        category="不具合共有/2026", created_at="2026-05-01T00:00:00Z", updated_at="2026-06-02T00:00:00Z",
        edited_by="ono", url="https://docs.esa.io/posts/1", number=1,
    ),
    SourceRow(
        Source.ESA, Kind.COMMENT, "34", "esa:1", f"止まった話 パスワード: {TITLE}",
        f"入り方\nパスワード: {COMMENT}\n", {}, "comment:34", (Kind.POST, "1"), number=34, url="https://docs.esa.io/posts/1#comment-34",
    ),
    SourceRow(
        Source.REDMINE, Kind.TICKET, "7", "redmine:7", "接続先", "本文", {}, number=7, markup=Markup.TEXTILE,
        url="https://redmine.example.jp/issues/7", visibility=Visibility.MEMBERS,
    ),
    part(Kind.NOTE, "81", "journal:81", f"変えました。 パスワード: {NOTE}"),
    part(Kind.FIELD, "82", "field:接続情報", f"root / {FIELD} パスワード", "接続情報"),
    part(Kind.ATTACHMENT, "83", f"attachment:パスワードは{FILE}", "", f"パスワードは{FILE}"),
)  # fmt: skip


@pytest.fixture
def team(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KB_KEY", "11" * 32)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(workspace / "gitconfig"))
    (workspace / "gitconfig").write_text("[user]\nname = 大野\n", encoding="utf-8")
    with Mirror.open(workspace / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put(ROWS)
    return workspace


def leaks_in(text: str) -> list[str]:
    return [value for value in VALUES if value in text]


def leaks(said: Any) -> list[str]:
    return leaks_in(said.out + said.err)


def test_every_value_is_found_where_it_stands(kb: Call, team: Path) -> None:
    rows = list(map(json.loads, kb("lint", "--select", "SEC", "--format", "jsonl").out.splitlines()))
    assert {row["part"] for row in rows} == {
        "title", "body", "comment:34", "journal:81", "field:接続情報", "attachment:パスワードは********",
    }  # fmt: skip
    ids = {row["value_id"] for row in rows}
    assert len(ids) == len(VALUES), "each value once, however often it stands there"


def test_a_place_is_named_by_document_part_and_line(kb: Call, team: Path) -> None:
    said = kb("lint", "--select", "SEC", "--all").out
    for place in ("esa:1#comment:34:2", "esa:1#title:1", "redmine:7#journal:81:1", "redmine:7#field:接続情報:1"):
        assert re.search(rf"^  {re.escape(place)} ", said, re.M), place


def test_what_travels_leads_to_the_comment_when_places_are_asked_for(kb: Call, team: Path) -> None:
    said = kb("lint", "--select", "SEC", "--format", "markdown", "--secret-places").out
    assert "https://docs.esa.io/posts/1#comment-34" in said
    assert "posts/1" not in kb("lint", "--select", "SEC", "--format", "markdown").out


@pytest.mark.parametrize(
    "words",
    [
        *(("--format", each) for each in ("json", "jsonl", "sarif", "github", "junit", "markdown", "html")),
        *(("--format", each, "--secret-places") for each in ("sarif", "github", "junit", "markdown", "html")),
        *(("--all", "--group-by", each, "--explain-finding") for each in ("rule", "page", "category")),
        ("--pages", "--all"),
        ("--statistics",),
        ("--select", "INC,KB", "--profile", "strict", "--all"),
        ("--format", "jsonl", "--pages"),
        *(("--format", each, "--items") for each in ("json", "jsonl")),
        *(("--lang", "en", *words) for words in ((), ("--format", "json"), ("--all", "--explain-finding"))),
    ],
    ids=" ".join,
)
def test_no_form_of_a_lint_shows_a_value(kb: Call, team: Path, words: tuple[str, ...]) -> None:
    said = kb("lint", "--profile", "strict", *words)
    assert said.code in (0, 1)
    assert not leaks(said)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_state_of_things_shows_no_value(kb: Call, team: Path, lang: str) -> None:
    assert not leaks(kb("--lang", lang))


@pytest.mark.parametrize(
    "words",
    [
        *(("--format", form, *by) for form in ("text", "html") for by in ((), ("--by", "month"))),
        *(("--format", form) for form in ("json", "csv", "markdown")),
        *(("--by", by) for by in ("cause", "node")),
    ],
    ids=" ".join,
)
def test_the_list_of_incidents_shows_no_value(kb: Call, team: Path, words: tuple[str, ...]) -> None:
    said = kb("incidents", *words)
    assert "止まった話" in said.out
    assert not leaks(said)


def sit(kb: Call, monkeypatch: pytest.MonkeyPatch, *keys: str, lang: str = "ja") -> Any:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{key}\n" for key in keys)))
    return kb("--lang", lang, "triage", "--by", "ono")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_card_draft_or_decision_shows_a_value(
    kb: Call, team: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    many = 40
    for keys in (("?", *["s"] * many), ["m"] * many, [f"a 理由 {number}" for number in range(many)]):
        said = sit(kb, monkeypatch, *keys, lang=lang)
        assert said.code == 0
        assert not leaks(said)
        assert "esa:1" in said.out or "決めるべき" in said.err or "nothing to decide" in said.err
    kept = (team / "kb-decisions.toml").read_text(encoding="utf-8")
    assert "esa:1" in kept
    assert not leaks_in(kept)


def test_a_card_of_a_secret_says_what_it_is_and_shows_no_word_of_its_line(
    kb: Call, team: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = sit(kb, monkeypatch, *["s"] * 40).out
    cards = re.split(r"^\d+/\d+ ", said, flags=re.M)[1:]
    secrets = [card for card in cards if " SEC" in card.split("\n")[0]]
    assert len(secrets) >= len(VALUES)
    for card in secrets:
        assert re.search(r"^秘密 +\S+・8-15 文字・", card, re.M)
        assert not re.search(r"^言葉", card, re.M)
    beside = [card for card in cards if "INC" in card.split("\n")[0] and re.search(r"esa:1:1[12]\b", card)]
    assert beside, "a measure stands on the line of a secret"
    assert not [card for card in beside if re.search(r"^言葉", card, re.M)]


def test_a_baseline_holds_no_value(kb: Call, team: Path) -> None:
    assert not leaks(kb("lint", "--update-baseline"))
    kept = (team / "kb-baseline.toml").read_text(encoding="utf-8")
    assert "esa:1" in kept
    assert not leaks_in(kept)


def test_lint_tells_the_place_and_shows_no_word_of_the_body(kb: Call, workspace: Path) -> None:
    with Mirror.open(workspace / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put(
            [
                SourceRow(
                    Source.ESA, Kind.POST, "7", "esa:7", "手順", "本文の一行目\n二行目\n", {}, markup=Markup.MARKDOWN,
                    category=f"運用/PW：{TITLE}", tags=("手順", f"password:{TITLE}x"),
                )
            ]
        )  # fmt: skip
    rows = kb("lint", "--select", "SEC", "--format", "jsonl", "--exit-zero").rows
    assert [(row["part"], row["line"]) for row in rows] == [("category", 1), ("tags", 2)]
    said = kb("lint", "--select", "SEC", "--exit-zero").out + kb("secrets", "list").out
    assert "esa:7#category:1" in said
    assert "esa:7#tags:2" in said
    assert TITLE not in said
    assert "本文の一行目" not in said
