"""What hangs on a ticket or wiki page besides notes: custom fields, files, and what its texts said before. Pure.

All of it comes with the ticket itself: it costs no request.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kb.mirror.rows import Old, Row, table, tables, text, utc, whole
from kb.model import Kind, Visibility

if TYPE_CHECKING:
    from kb.mirror.redmine_rows import World

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DIGITS = 4
"""A number of so many digits may be a PIN; a shorter one counts something, or is an id."""


def fields(issue: Mapping[str, Any], ticket: Row, olds: Mapping[int, tuple[Old, ...]] | None) -> Iterator[Row]:
    """The rows of a ticket's custom fields that hold a text, or did: then there are `olds` (None: not known).

    The API does not tell their formats, so dates and small numbers are known by their looks.
    """
    for field in tables(issue.get("custom_fields")):
        number, name = whole(field.get("id")), text(field.get("name"))
        before = None if olds is None else olds.get(number, ())
        value = _joined(field.get("value"))
        if _is_text(value) or before:
            yield _part(
                ticket, Kind.FIELD, f"{ticket.key}/{number}", f"field:{name}", name, field,
                body=value, versions=before, edited_at=ticket.edited_at, edited_by=ticket.edited_by,
                created_at=ticket.created_at, updated_at=ticket.updated_at, author=ticket.author,
            )  # fmt: skip


def attachments(sent: Mapping[str, Any], page: Row) -> Iterator[Row]:
    """The rows of the files of a ticket or wiki page: their names. What is in them is fetched apart.

    Of several of one name each but the first has its id behind it.
    """
    seen: set[str] = set()
    for file in tables(sent.get("attachments")):
        number, name = whole(file.get("id")), text(file.get("filename"))
        part = f"attachment:{name} ({number})" if name in seen else f"attachment:{name}"
        seen.add(name)
        author, created = text(table(file.get("author")).get("name")), utc(file.get("created_on"))
        yield _part(
            page, Kind.ATTACHMENT, str(number), part, name, file,
            number=number, body_apart=True, author=author, edited_by=author, created_at=created, updated_at=created,
            size=whole(file.get("filesize")),
        )  # fmt: skip


def _part(page: Row, kind: Kind, key: str, part: str, title: str, raw: Mapping[str, Any], **besides: Any) -> Row:
    """A row that hangs on a page and is for the same readers."""
    private = bool(page.meta.get("private"))
    size = besides.pop("size", None)
    return Row(
        page.source, kind, key, page.doc, title, besides.pop("body", ""), raw, part, (page.kind, page.key),
        category=page.category, url=page.url, visibility=page.visibility, markup=page.markup,
        meta={**({"private": True} if private else {}), **({} if size is None else {"size": size})},
        **besides,
    )  # fmt: skip


def _joined(value: object) -> str:
    """A field's value; of several, one a line."""
    return "\n".join(text(each) for each in value) if isinstance(value, list) else text(value)


def _is_text(value: str) -> bool:
    word = value.strip()
    return any(each.isalpha() for each in word) or (
        sum(each.isdigit() for each in word) >= _DIGITS and not _DATE.fullmatch(word)
    )


# -- what was there before ----------------------------------------------------------------------


def olds(journals: Iterable[Mapping[str, Any]], ticket: Row, world: World) -> dict[int, tuple[Old, ...]]:
    """What changes replaced: under 0 descriptions and subjects of the ticket, else values by custom field.

    Each is called after its note, `journal:7:old`, and is for those who may read that note.
    """
    found: dict[int, list[Old]] = defaultdict(list)
    for journal in journals:
        titles, bodies = _replaced(journal)
        for field in titles.keys() | bodies.keys():
            body = "\n".join(bodies.get(field, ()))
            found[field].append(_old(journal, ticket, "".join(titles.get(field, ())), body, world))
    return {field: tuple(rows) for field, rows in found.items()}


def _replaced(journal: Mapping[str, Any]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """Old subjects and old texts of one journal by field; a field of several values has one detail each."""
    titles: dict[int, list[str]] = defaultdict(list)
    bodies: dict[int, list[str]] = defaultdict(list)
    for detail in tables(journal.get("details")):
        kind, name, value = detail.get("property"), text(detail.get("name")), _joined(detail.get("old_value"))
        if not _is_text(value):
            continue
        if kind == "attr" and name in ("subject", "description"):
            (titles if name == "subject" else bodies)[0].append(value)
        elif kind == "cf" and name.isascii() and name.isdecimal() and len(name) < 19:
            bodies[int(name)].append(value)
    return titles, bodies


def _old(journal: Mapping[str, Any], ticket: Row, title: str, body: str, world: World) -> Old:
    number = whole(journal.get("id"))
    private = bool(ticket.meta.get("private")) or journal.get("private_notes") is True
    return Old(
        f"journal:{number}:old",
        number,
        body,
        title,
        world.markup_of(body),
        text(table(journal.get("user")).get("name")),
        utc(journal.get("created_on")),
        f"{ticket.url}#change-{number}",
        Visibility.PRIVATE if private else ticket.visibility,
        private,
    )
