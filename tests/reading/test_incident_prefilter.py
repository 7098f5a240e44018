"""The quick look at a page is sound: what it passes over, the whole reading calls no incident either."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kb.markup import parse
from kb.markup.outline import read_units
from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import PageKind
from kb.reading.pages.incident_prefilter import may_be_incident
from kb.reading.pages.kind import guess_kind
from kb.reading.sections.find_sections import find_sections
from kb.reading.tickets.custom_fields import append_fields
from kb.text.lines import encode

CORPUS = Path(__file__).parents[1] / "corpus"
KINDS = Path(__file__).with_name("kinds")
PLACES = (
    ("", "メモ", ()),
    ("開発/2026", "5/3 予約停止の調査", ()),
    ("週報", "第 18 週", ()),
    ("手順書", "困ったとき", ()),
)
MARKED = (("障害/2026", "手順書", ()), ("開発", "予約停止の振り返り", ("障害",)), ("議事録", "障害の定例", ()))


def wholly_read(document: Document) -> bool:
    """Whether reading every line of a page makes it an incident."""
    body = encode(document.body)
    units = read_units(body, parse.iter_blocks(body, document.markup, None))
    if document.custom_fields:
        units += append_fields(document, body).units
    return guess_kind(document, find_sections(units)).kind is PageKind.INCIDENT


def moved(document: Document) -> list[Document]:
    """A page at other places and below other titles."""
    return [document] + [
        replace(document, category=category, title=title, tags=tags) for category, title, tags in (*PLACES, *MARKED)
    ]


def passed_over(documents: list[Document]) -> list[str]:
    """The pages that would be incidents, and that the quick look does not let through."""
    return [
        f"{each.doc} {each.category}/{each.title}"
        for document in documents
        for each in moved(document)
        if not may_be_incident(each) and wholly_read(each)
    ]


def page(name: str, path: str, body: str, markup: Markup = Markup.MARKDOWN) -> Document:
    category, _, title = path.rpartition("/")
    return Document(name, Source.ESA, Kind.POST, title, body, markup, category=category)


def test_no_small_page_is_passed_over() -> None:
    found = []
    for file in sorted(KINDS.glob("*.txt")):
        for text in file.read_text(encoding="utf-8").split("=== ")[1:]:
            head, _, body = text.partition("\n")
            if not head.startswith("!other"):  # what is wrongly taken for an incident may be passed over
                found.append(page(file.stem, head.partition(" ")[2], body))
    assert passed_over(found) == []


@pytest.mark.parametrize("name", ["incidents", "novel", "field", "handover", "bureau", "succession", "audit"])
def test_no_labelled_page_is_passed_over(name: str) -> None:
    found = []
    for line in (CORPUS / name / "docs.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        markup = Markup.TEXTILE if row.get("markup") == "textile" else Markup.MARKDOWN
        found.append(page(row["id"], row["full_name"].partition(" #")[0], row.get("body_md") or row["body"], markup))
    assert passed_over(found) == []
