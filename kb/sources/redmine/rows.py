"""Which entries of a ticket's history are kb's own: those that name a run, and those that changed nothing but sections.

A section of kb's is written without a note, so that nothing names the run. The old and the new description tell it on
any machine: what stands outside of the sections is the same, and inside stands what kb wrote, to the hash of its mark.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kb.mirror.documents import KB_RUN, Old, Row
from kb.model.document import Kind, Markup, Source, Visibility
from kb.plan.sections.block import apart_from
from kb.sources.redmine.protocol import guess
from kb.text.json_fields import table, tables, text, utc, whole

if TYPE_CHECKING:
    pass


def own(journal: Mapping[str, Any], note: str) -> bool:
    """Whether kb made this entry, whose note is this."""
    if note.strip():
        return bool(KB_RUN.search(note))
    details = tables(journal.get("details"))
    return bool(details) and all(map(_of_a_section, details))


def _of_a_section(detail: Mapping[str, Any]) -> bool:
    if detail.get("property") != "attr" or detail.get("name") != "description":
        return False
    old, new = text(detail.get("old_value")), text(detail.get("new_value"))
    if "<!-- kb:" not in old + new:
        return False
    outside = apart_from(new)
    return outside is not None and outside == apart_from(old)


# What hangs on a ticket or wiki page besides notes: custom fields, files, and what its texts said before. Pure.
#
# All of it comes with the ticket itself: it costs no request.


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


def replaced_texts(journals: Iterable[Mapping[str, Any]], ticket: Row, world: World) -> dict[int, tuple[Old, ...]]:
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


# Redmine's tickets, notes, wiki pages and what hangs on them as rows of the mirror. Pure: the JSON may be anything.


@dataclass(frozen=True, slots=True)
class Place:
    """A project: its identifier, and who may read what is in it."""

    identifier: str
    visibility: Visibility


@dataclass(frozen=True, slots=True)
class World:
    """What tickets refer to: projects by id, statuses that close; the base address; the markup."""

    base: str
    places: Mapping[int, Place]
    closed: frozenset[int]
    markup: Markup | None  # None: guessed text by text

    def place(self, project: object) -> Place:
        """The project a row names. One that is not in the table is nobody's to publish."""
        named = table(project)
        known = self.places.get(whole(named.get("id")))
        return known or Place(text(named.get("name")), Visibility.PRIVATE)

    def markup_of(self, body: str) -> Markup:
        """How a text is written: what kb.toml says, else a guess."""
        return self.markup or guess(body)


def places(projects: Iterator[Mapping[str, Any]] | list[Mapping[str, Any]]) -> dict[int, Place]:
    """Projects by id. One that is not known to be public is for its members alone."""
    return {
        whole(project.get("id")): Place(
            text(project.get("identifier")),
            Visibility.MEMBERS if project.get("is_public") is True else Visibility.PRIVATE,
        )
        for project in projects
    }


def ticket(issue: Mapping[str, Any], world: World, *, notes: bool) -> Iterator[Row]:
    """The row of a ticket, then those of its notes, custom fields and files.

    `notes` says that `issue` came with its journals: then those the mirror has besides are gone.
    """
    number = whole(issue.get("id"))
    place = world.place(issue.get("project"))
    private = issue.get("is_private") is True
    status = table(issue.get("status"))
    closed = status.get("is_closed") is True or whole(status.get("id")) in world.closed
    author = text(table(issue.get("author")).get("name"))
    journals = tables(issue.get("journals"))
    edited_at, edited_by = _last_human(journals, utc(issue.get("created_on")), author)
    body = text(issue.get("description"))
    main = Row(
        source=Source.REDMINE,
        kind=Kind.TICKET,
        key=str(number),
        number=number,
        doc=f"redmine:{number}",
        title=text(issue.get("subject")),
        body=body,
        raw={key: value for key, value in issue.items() if key != "journals"},
        category=place.identifier,
        markup=world.markup_of(body),
        author=author,
        url=f"{world.base}/issues/{number}",
        created_at=utc(issue.get("created_on")),
        updated_at=utc(issue.get("updated_on")),
        edited_at=edited_at,
        edited_by=edited_by,
        visibility=Visibility.PRIVATE if private else place.visibility,
        open_tasks=0 if closed else 1,
        children=_children(issue, notes=notes),
        meta={
            "tracker": text(table(issue.get("tracker")).get("name")),
            "status": text(status.get("name")),
            "closed": closed,
            "assigned_to": text(table(issue.get("assigned_to")).get("name")),
            "due_date": text(issue.get("due_date")),
            "private": private,
        },
    )
    olds = replaced_texts(journals, main, world) if notes else None
    main.versions = None if olds is None else olds.get(0, ())
    yield main
    for journal in journals:
        yield _note(journal, main, world, private=private)
    yield from fields(issue, main, olds)
    yield from attachments(issue, main)


def _children(issue: Mapping[str, Any], *, notes: bool) -> tuple[Kind, ...]:
    """What came whole with a ticket: custom fields always do, files where they were asked for."""
    files = (Kind.ATTACHMENT,) if isinstance(issue.get("attachments"), list) else ()
    return (*((Kind.NOTE,) if notes else ()), Kind.FIELD, *files)


def _note(journal: Mapping[str, Any], issue: Row, world: World, *, private: bool) -> Row:
    """The row of one note; what changed with it, old and new values, stays in its raw JSON."""
    number = whole(journal.get("id"))
    body = text(journal.get("notes"))
    author = text(table(journal.get("user")).get("name"))
    created = utc(journal.get("created_on"))
    updated = utc(journal.get("updated_on")) or created
    editor = text(table(journal.get("updated_by")).get("name")) or author
    hidden = private or journal.get("private_notes") is True
    return Row(
        source=Source.REDMINE,
        kind=Kind.NOTE,
        key=str(number),
        number=number,
        doc=issue.doc,
        part=f"journal:{number}",
        parent=(Kind.TICKET, issue.key),
        title=issue.title,
        category=issue.category,
        body=body,
        raw=journal,
        markup=world.markup_of(body),
        author=author,
        url=f"{issue.url}#change-{number}",
        created_at=created,
        updated_at=updated,
        edited_by=editor,
        visibility=Visibility.PRIVATE if hidden else issue.visibility,
        meta={"private": True} if hidden else {},
    )


def _last_human(journals: list[dict[str, Any]], created: str, author: str) -> tuple[str, str]:
    """When a person last touched a ticket, and who: not kb, whose notes name their run and whose sections are known.

    Whoever wrote a note that is not for everybody is not named: all who see the ticket would learn of it.
    """
    people = [each for each in reversed(journals) if not own(each, text(each.get("notes")))]
    open_to_all = (each for each in people if each.get("private_notes") is not True)
    who = next((text(table(each.get("user")).get("name")) for each in open_to_all), author)
    return (utc(people[0].get("created_on")) or created if people else created), who


def wiki(page: Mapping[str, Any], place: Place, world: World) -> Iterator[Row]:
    """The row of a wiki page of the project `place`, then those of its files."""
    title = text(page.get("title"))
    body = text(page.get("text"))
    author = text(table(page.get("author")).get("name"))
    main = Row(
        source=Source.REDMINE,
        kind=Kind.WIKI,
        key=f"{place.identifier}/{title}",
        doc=f"redmine:wiki:{place.identifier}/{title}",
        title=title,
        body=body,
        raw=page,
        category=place.identifier,
        markup=world.markup_of(body),
        author=author,
        url=f"{world.base}/projects/{place.identifier}/wiki/{title}",
        created_at=utc(page.get("created_on")),
        updated_at=utc(page.get("updated_on")),
        edited_by=author,
        by_kb=bool(KB_RUN.search(text(page.get("comments")))),
        visibility=place.visibility,
        revision=whole(page.get("version")),
        children=(Kind.ATTACHMENT,) if isinstance(page.get("attachments"), list) else (),
    )
    yield main
    yield from attachments(page, main)
