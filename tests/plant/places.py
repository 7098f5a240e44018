"""Every place where text lives, each with values that can stand there: rows for the sandbox, and files.

Each planted text begins with the name of its place (`in-title …`), so that a leak tells where it came from.
Each post, ticket and page holds other values in each of its places: none is covered because of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from plant.manner import planted
from plant.values import Value

from kb.sandbox.redmine.state.tables import titleize

Row = dict[str, Any]

SPREAD = 4
"""Values in one place of several lines: a quarter of the posts and tickets have such places."""

SHARE = 6
"""Each place gets so large a part of the values, its own, some of every kind, unless it is to get all."""

NAMED = 3 * SPREAD
"""Of so many things one is called by a value, unless all are: what is so called is judged again each time."""

NAMES = re.compile("/attachments/download/|in-(?:path|folder-name|[a-z-]*file-name|wiki-title|field-name|category)")
"""Places that are a part of what something is called: such a name stands in the mirror as long as there."""

_PROJECT = {"id": 1, "name": "基盤", "identifier": "infra"}
_WHO = {"id": 11, "name": "佐藤"}
_FILES = "https://files.esa.io"
_UPLOADS = "/uploads/production/attachments/1/2026/08/01/1"
_FIRST = 10001
"""The first id: none is a number of a planted value."""


class Decks:
    """Deals values to places: all that can stand in each, or a share of every kind, beginning where no other does."""

    def __init__(self, values: Sequence[Value], *, whole: bool = True) -> None:
        self._values = values
        self._whole = whole
        self._dealt: dict[str, Iterator[str]] = {}

    def one(self, place: str, without: str = "\n", *, plain: bool = True) -> str:
        """The next text of a place on one line; no value with a character of `without`, or no `plain` one, is there."""
        if place not in self._dealt:
            fitting = [
                value for value in self._values if not set(without) & set(planted(value)) and (plain or not value.plain)
            ]
            dealt = hand(fitting, 7 * len(self._dealt), whole=self._whole)
            self._dealt[place] = cycle(f"in-{place} {planted(value)}" for value in dealt)
        return next(self._dealt[place])

    def called(self, place: str, number: int, without: str = "\n") -> str:
        """What the thing of this number is called: the next text of a place, or nothing but its number."""
        if self._whole or number % NAMED == 0:
            return self.one(place, without)
        return f"{place}-{number}"

    def some(self, place: str, *, whole: bool = True) -> list[str]:
        """The next texts of a place of several lines."""
        return [self.one(place, "" if whole else "\n") for _ in range(SPREAD)]


def hand(values: Sequence[Value], first: int, *, whole: bool) -> list[Value]:
    """The values of a place, from this one on: all in their order, or a share of each kind, the kinds mixed."""
    if whole:
        return _turned(values, first)
    kinds: dict[str, list[Value]] = {}
    for value in values:
        kinds.setdefault(value.kind, []).append(value)
    shares = [_turned(each, first)[: -(-len(each) // SHARE)] for each in kinds.values()]
    mixed = sorted((number / len(each), value.label, value) for each in shares for number, value in enumerate(each, 1))
    return _turned([value for _, _, value in mixed], first)


def _turned(values: Sequence[Value], first: int) -> list[Value]:
    at = first % len(values)
    return [*values[at:], *values[:at]]


def rich(number: int) -> bool:
    """Whether a post or ticket has places of several lines."""
    return number % SPREAD == 0


# -- esa ----------------------------------------------------------------------------------------


def posts(decks: Decks, many: int) -> Iterator[Row]:
    """Posts with comments, revisions and files."""
    for n in range(many):
        row: Row = {
            "number": _FIRST + n,
            "name": decks.one("title", "\n/"),
            "category": "不具合共有/2026" if rich(n) else f"運用/{decks.one('category', chr(10) + '/')}",
            "tags": [decks.one("tag", "\n,")],
            "body_md": _body(decks, n) if rich(n) else "本文",
            "created_at": "2026-01-01T00:00:00+09:00",
            "updated_at": f"2026-01-02T{n // 60:02}:{n % 60:02}:00+09:00",
            "created_by": {"screen_name": "sato", "name": "佐藤"},
        }
        if rich(n):
            row["comments"] = [{"id": _FIRST + n, "body_md": _lines(decks.some("comment"))}]
            row["revision_number"] = 2
            row["revisions"] = [
                {"number": 1, "name": decks.one("revision-title", "\n/"), "body_md": _lines(decks.some("revision"))}
            ]
            row["attachments"] = [
                {"path": f"{_UPLOADS}/{n}-{at}.txt", "content": _lines(decks.some("file"))} for at in range(SPREAD)
            ]
        yield row


def _file_name(decks: Decks, place: str, number: int) -> str:
    return f"{decks.called(place, number, chr(10) + '[]()/')}.txt"


def _body(decks: Decks, n: int) -> str:
    links = [
        f"[{_file_name(decks, 'file-name', SPREAD * n + at)} (1.2 kB)]({_FILES}{_UPLOADS}/{n}-{at}.txt)"
        for at in range(SPREAD)
    ]
    return _lines(
        [
            "# 障害報告",
            f"<!-- kb:ignore INC203 until=2030-01-01 {decks.one('suppression', plain=False)} -->",
            "## 概要",
            *decks.some("summary"),
            "## 影響",
            *decks.some("impact"),
            "## 経緯",
            *(f"- 10:0{at} {text}" for at, text in enumerate(decks.some("timeline", whole=False))),
            "## 原因",
            *decks.some("cause", whole=False),
            "## 恒久対応",
            *(f"- [ ] #{_FIRST + n} で設定を直す。{text}" for text in decks.some("measure", whole=False)),
            *(f"- [ ] 監視を足す（担当: 佐藤、{text}）" for text in decks.some("owner", whole=False)),
            "## 再発防止",
            *(f"- [x] {text}" for text in decks.some("done", whole=False)),
            "## メモ",
            "```",
            *decks.some("fence"),
            "```",
            "<!--",
            decks.one("hidden"),
            "-->",
            *(f"> {text}" for text in decks.some("quoted", whole=False)),
            *links,
        ]
    )


# -- Redmine ------------------------------------------------------------------------------------


def world(decks: Decks, many: int) -> Row:
    """A project with wiki pages, each with an old version, comments of it, and a file."""
    pages = [
        {
            "project": _PROJECT,
            "title": _wiki_title(decks, n),
            "versions": [
                {"version": 1, "text": _lines(decks.some("wiki-version")), "author": _WHO},
                {"version": 2, "text": _lines(decks.some("wiki")), "author": _WHO, "comments": decks.one("wiki-note")},
            ],
            "attachments": [_file(decks, 2 * _FIRST + n, "wiki-file")],
        }
        for n in range(0, many, SPREAD)
    ]
    project = {**_PROJECT, "is_public": True, "enabled_modules": [{"name": "issue_tracking"}, {"name": "wiki"}]}
    return {"projects": [project], "wiki_pages": pages}


def _wiki_title(decks: Decks, number: int) -> str:
    """A title without the characters Redmine takes out of it."""
    front, colon, value = decks.called("wiki-title", number, "\n/,.?;|").partition(": ")
    return titleize(f"{front}は「{value}」です" if colon else front)


def tickets(decks: Decks, many: int) -> Iterator[Row]:
    """Tickets with notes, private notes, custom fields, files, and what all of these said before."""
    for n in range(many):
        number = _FIRST + n
        row: Row = {
            "id": number,
            "project": _PROJECT,
            "tracker": {"id": number, "name": decks.one("tracker")},
            "status": {"id": number, "name": decks.one("status")},
            "priority": {"id": number, "name": decks.one("priority")},
            "category": {"id": number, "name": decks.one("issue-category")},
            "author": _WHO,
            "subject": decks.one("subject"),
            "description": "説明",
            "is_private": n % 16 == 0,
            "created_on": "2026-01-01T00:00:00Z",
            "updated_on": f"2026-01-02T{n // 60:02}:{n % 60:02}:00Z",
        }
        if rich(n):
            row["description"] = _lines(decks.some("description"))
            row["custom_fields"] = [
                {"id": 7, "name": "接続先", "value": _lines(decks.some("field"))},
                {"id": 8, "name": "備考", "multiple": True, "value": decks.some("fields")},
                {"id": number, "name": decks.called("field-name", n), "value": decks.one("named-field")},
            ]
            row["journals"] = list(_journals(decks, number))
            row["attachments"] = [_file(decks, 3 * _FIRST + SPREAD * n + at, "ticket-file") for at in range(SPREAD)]
        yield row


def _journals(decks: Decks, number: int) -> Iterator[Row]:
    first = 4 * _FIRST + 4 * number
    yield {"id": first, "user": _WHO, "notes": _lines(decks.some("note"))}
    yield {"id": first + 1, "user": _WHO, "private_notes": True, "notes": _lines(decks.some("private-note"))}
    details = [
        _change("attr", "description", _lines(decks.some("old-description"))),
        _change("attr", "subject", decks.one("old-subject")),
        _change("cf", "7", _lines(decks.some("old-field"))),
    ]
    yield {"id": first + 2, "user": _WHO, "notes": "", "details": details}
    yield {
        "id": first + 3,
        "user": _WHO,
        "private_notes": True,
        "notes": "",
        "details": [_change("attr", "description", _lines(decks.some("old-private")))],
    }


def _change(kind: str, name: str, old: str) -> Row:
    return {"property": kind, "name": name, "old_value": old, "new_value": "いまの値"}


def _file(decks: Decks, number: int, place: str) -> Row:
    return {
        "id": number,
        "filename": _file_name(decks, f"{place}-name", number),
        "content": _lines(decks.some(place)),
        "description": decks.one(f"{place}-words"),
        "author": _WHO,
    }


# -- files --------------------------------------------------------------------------------------


def files(decks: Decks, folder: Path, many: int) -> None:
    """Local files with front matter below a folder that goes by a value too."""
    for n in range(many):
        below = folder / decks.called("folder-name", n, "\n/")[:200] if rich(n) else folder
        below.mkdir(parents=True, exist_ok=True)
        front = [
            "---",
            f"title: {decks.one('front-title')}",
            f"tags: [{decks.one('front-tag', chr(10) + ',[]')}]",
            f"author: {decks.one('front-author')}",
            "---",
        ]
        body = [f"# {decks.one('heading')}", *(decks.some("text") if rich(n) else ["本文"])]
        path = below / f"{decks.called('path', n, chr(10) + '/')[:200]}.md"
        path.write_text(_lines([*front, *body]), encoding="utf-8")


def comments(decks: Decks, many: int) -> str:
    """Comments for kb.toml."""
    return "".join(f"# {decks.one('kb-toml')}\n" for _ in range(many))


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
