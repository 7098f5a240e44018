"""The corpus as it is: its documents as posts, tickets with notes, and wiki pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plant.values import Value, documents, labels

from kb.model.document import Document, Kind, Markup, Source
from kb.sandbox.redmine.state.tables import titleize
from kb.secrets.find import find_secrets
from kb.secrets.masking.mask import cut_span

Row = dict[str, Any]

_PROJECT = {"id": 1, "name": "基盤", "identifier": "infra"}
_WHO = {"id": 11, "name": "佐藤"}
_FIRST = 10001
_KINDS = {"post": Kind.POST, "wiki": Kind.WIKI, "issue": Kind.TICKET, "journal": Kind.NOTE}


def rows() -> list[Row]:
    """A row for each document; a note is one of a ticket that has its title."""
    project = {**_PROJECT, "is_public": True, "enabled_modules": [{"name": "issue_tracking"}, {"name": "wiki"}]}
    pages = [
        {"project": _PROJECT, "title": titleize(f"{each['title']} {number}"), "text": each["body"], "author": _WHO}
        for number, each in enumerate(documents(), _FIRST)
        if each["kind"] == "wiki"
    ]
    return [{"projects": [project], "wiki_pages": pages}, *_texts()]


def _texts() -> Iterator[Row]:
    for number, each in enumerate(documents(), _FIRST):
        if each["kind"] == "post":
            yield {
                "number": number,
                "name": each["title"].replace("/", "・"),
                "category": "不具合共有/2026" if number % 2 else "運用",
                "body_md": each["body"],
                "created_by": {"screen_name": "sato"},
            }
        elif each["kind"] in ("issue", "journal"):
            note = each["kind"] == "journal"
            yield {
                "id": number,
                "project": _PROJECT,
                "tracker": {"id": 1, "name": "障害"},
                "status": {"id": 1, "name": "新規"},
                "priority": {"id": 2, "name": "通常"},
                "author": _WHO,
                "subject": each["title"],
                "description": "" if note else each["body"],
                "journals": [{"id": number, "user": _WHO, "notes": each["body"]}] if note else [],
            }


def unseen() -> frozenset[int]:
    """The numbers of labels whose values the detector does not see in their documents."""
    seen: set[tuple[str, int, str]] = set()
    for each in documents():
        document = Document(
            doc=each["id"],
            source=Source(each["source"]),
            kind=_KINDS[each["kind"]],
            title=each["title"],
            body=each["body"],
            markup=Markup.MARKDOWN if each["source"] == "esa" else Markup.TEXTILE,
        )
        for secret in find_secrets(document):
            value = cut_span(each["body"], secret.span)
            seen.update((each["id"], line, value) for line in range(secret.span.line, secret.span.end_line + 1))
    return frozenset(number for number, row in enumerate(labels()) if not _is_among(row, seen))


def _is_among(row: Row, seen: set[tuple[str, int, str]]) -> bool:
    """Whether a labelled value, or what of it opens the door, is part of what was seen on its line."""
    wanted = (row["text"], row.get("core") or row["text"])
    return any(
        (doc, line) == (row["doc"], row["line"]) and any(each in value for each in wanted) for doc, line, value in seen
    )


def behind(known: tuple[Value, ...]) -> Iterator[tuple[int, str, str]]:
    """For plain values what stands before each of their places in the documents."""
    bodies = {each["id"]: each["body"].split("\n") for each in documents()}
    for value in known:
        for row in labels() if value.plain else ():
            if row["text"] == value.text:
                line = bodies[str(row["doc"])][int(str(row["line"])) - 1]
                front = line[: line.rindex(value.core)][-_NEAR:]
                if len(front.strip()) >= _LEAST:
                    yield value.label, front, value.core


_NEAR = 12
"""Characters before a plain value that are looked for with it."""

_LEAST = 3
