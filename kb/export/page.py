"""A page with what hangs on it → the text of its file. Pure, and the same bytes for the same page.

The front matter holds what the source knows besides the text; then the text as it was written, in
its own markup; then each comment or note below a heading with its part, author and time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from kb.model import Document, Kind, Markup, Visibility

# What YAML wants escaped in a string besides what JSON escapes: DEL, C1, and ends of lines of its own.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def text_of(page: Document, parts: Iterable[Document]) -> str:
    """The file of a page; `parts` in the order they are to stand in. All are masked already."""
    fields: list[Document] = []
    notes: list[Document] = []
    for part in parts:
        (fields if part.kind is Kind.FIELD else notes).append(part)
    pieces = ["---\n", *(f"{line}\n" for line in _front(page, fields)), "---\n"]
    body = body_of(page)
    if body:
        pieces += ["\n", body]
    for note in notes:
        pieces += ["\n---\n\n", _heading(note, page.markup), "\n\n", body_of(note)]
    return "".join(pieces)


def body_of(document: Document) -> str:
    """A body as a file holds it: lines end with a line feed, the last one too; "" for an empty one."""
    body = document.body.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").strip("\n")
    return f"{body}\n" if body.strip() else ""


def _front(page: Document, fields: Iterable[Document]) -> Iterator[str]:
    rows: tuple[tuple[str, object], ...] = (
        ("id", page.doc),
        ("kind", page.kind.value),
        ("title", page.title),
        ("category", page.category),
        ("tags", page.tags),
        ("wip", page.wip),
        *((name, page.meta.get(name)) for name in ("tracker", "status", "assigned_to", "due_date")),
        ("author", page.author),
        ("created_at", page.created_at),
        ("updated_at", page.updated_at),
        ("human_at", page.human_at),
        ("human_by", page.human_by),
        ("url", page.url),
        ("visibility", page.visibility.name.lower()),
    )
    for name, value in rows:
        if value:
            yield f"{name}: {_scalar(value)}"
    filled = [field for field in fields if field.body.strip()]
    if filled:
        yield "fields:"
        for field in filled:
            yield f"  {_scalar(field.part.partition(':')[2])}: {_scalar(field.body)}"


def _scalar(value: object) -> str:
    """A value as YAML: JSON, which YAML reads, with what only YAML minds escaped."""
    written = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def _heading(note: Document, markup: Markup) -> str:
    """Of which part, whose and when; that not everybody may read it."""
    said = [note.part, note.author, note.created_at]
    if note.visibility < Visibility.MEMBERS:
        said.append(note.visibility.name.lower())
    mark = "h2." if markup is Markup.TEXTILE else "##"
    return f"{mark} {' · '.join(' '.join(each.split()) for each in said if each)}"
