"""Turn Redmine's tickets, notes, wiki pages and what hangs on them into rows of the mirror.

Pure: the JSON may be anything. Custom fields, files and old texts come with a ticket and cost no request.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kb.markup.parse import guess_markup
from kb.mirror.documents import CUSTOM_FIELDS, KB_RUN, OldText, SourceRow, join_values, read_custom_fields
from kb.model.document import FIELD_PREFIX, Kind, Markup, Source, Visibility
from kb.plan.sections.block import text_outside_sections
from kb.text.json_fields import int_field, object_field, objects_field, text_field, utc_field
from kb.text.lazy_pattern import compile_lazy


def is_own_edit(journal: Mapping[str, Any], note: str) -> bool:
    """Whether kb made this entry of a ticket's history: its note names a run, or it changed nothing but sections.

    A section is written without a note. The old and the new description agree outside of the sections, and inside
    stands what kb wrote, to the hash of its mark.
    """
    if note.strip():
        return bool(KB_RUN.search(note))
    details = objects_field(journal.get("details"))
    return bool(details) and all(map(_of_a_section, details))


def _of_a_section(detail: Mapping[str, Any]) -> bool:
    if detail.get("property") != "attr" or detail.get("name") != "description":
        return False
    old, new = text_field(detail.get("old_value")), text_field(detail.get("new_value"))
    if "<!-- kb:" not in old + new:
        return False
    outside = text_outside_sections(new)
    return outside is not None and outside == text_outside_sections(old)


_DATE = compile_lazy(r"\d{4}-\d\d-\d\d")
_DIGITS = 4
"""A number of so many digits may be a PIN; a shorter one counts something, or is an id."""


def field_rows(
    issue: Mapping[str, Any], ticket: SourceRow, olds: Mapping[int, tuple[OldText, ...]] | None
) -> Iterator[SourceRow]:
    """Yield the custom fields that hold a text, or did (`olds`; None: not known).

    The API does not tell their formats: dates and small numbers are told by their looks.
    """
    for field in objects_field(issue.get("custom_fields")):
        number, name = int_field(field.get("id")), text_field(field.get("name"))
        before = None if olds is None else olds.get(number, ())
        value = join_values(field.get("value"))
        if _is_text(value) or before:
            yield _part_row(
                ticket, Kind.FIELD, f"{ticket.key}/{number}", f"{FIELD_PREFIX}{name}", name, field,
                body=value, versions=before, edited_at=ticket.edited_at, edited_by=ticket.edited_by,
                created_at=ticket.created_at, updated_at=ticket.updated_at, author=ticket.author,
            )  # fmt: skip


def attachment_rows(sent: Mapping[str, Any], page: SourceRow) -> Iterator[SourceRow]:
    """Yield the files of a ticket or wiki page by name, with the id from the second of a name on.

    What is in them is fetched apart.
    """
    seen: set[str] = set()
    for file in objects_field(sent.get("attachments")):
        number, name = int_field(file.get("id")), text_field(file.get("filename"))
        part = f"attachment:{name} ({number})" if name in seen else f"attachment:{name}"
        seen.add(name)
        author, created = text_field(object_field(file.get("author")).get("name")), utc_field(file.get("created_on"))
        yield _part_row(
            page, Kind.ATTACHMENT, str(number), part, name, file,
            number=number, body_apart=True, author=author, edited_by=author, created_at=created, updated_at=created,
            meta={**({"private": True} if page.meta.get("private") else {}), "size": int_field(file.get("filesize"))},
        )  # fmt: skip


def _part_row(
    page: SourceRow, kind: Kind, key: str, part: str, title: str, raw: Mapping[str, Any], **besides: Any
) -> SourceRow:
    """Return a row that hangs on a page and, unless `besides` says otherwise, has the same readers."""
    page_fields = {
        "body": "", "category": page.category, "url": page.url, "visibility": page.visibility, "markup": page.markup,
        "meta": {"private": True} if page.meta.get("private") else {},
    }  # fmt: skip
    return SourceRow(
        page.source, kind, key, page.doc, title, raw=raw, part=part, parent=(page.kind, page.key),
        **{**page_fields, **besides},
    )  # fmt: skip


def _is_text(value: str) -> bool:
    word = value.strip()
    return any(each.isalpha() for each in word) or (
        sum(each.isdigit() for each in word) >= _DIGITS and not _DATE.fullmatch(word)
    )


def replaced_texts(
    journals: Iterable[Mapping[str, Any]], ticket: SourceRow, world: RowContext
) -> dict[int, tuple[OldText, ...]]:
    """Return what changes replaced by custom field; under 0 the ticket's descriptions and subjects.

    Each is named after its note, `journal:7:old`, and has the readers of that note.
    """
    found: dict[int, list[OldText]] = defaultdict(list)
    for journal in journals:
        titles, bodies = _replaced(journal)
        for field in titles.keys() | bodies.keys():
            body = "\n".join(bodies.get(field, ()))
            found[field].append(_replaced_text(journal, ticket, "".join(titles.get(field, ())), body, world))
    return {field: tuple(rows) for field, rows in found.items()}


def _replaced(journal: Mapping[str, Any]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """Return the old subjects and texts of one journal by field; a field of several values has a detail each."""
    titles: dict[int, list[str]] = defaultdict(list)
    bodies: dict[int, list[str]] = defaultdict(list)
    for detail in objects_field(journal.get("details")):
        kind, name, value = detail.get("property"), text_field(detail.get("name")), join_values(detail.get("old_value"))
        if not _is_text(value):
            continue
        if kind == "attr" and name in ("subject", "description"):
            (titles if name == "subject" else bodies)[0].append(value)
        elif kind == "cf" and name.isascii() and name.isdecimal() and len(name) < 19:
            bodies[int(name)].append(value)
    return titles, bodies


def _replaced_text(journal: Mapping[str, Any], ticket: SourceRow, title: str, body: str, world: RowContext) -> OldText:
    number = int_field(journal.get("id"))
    private = bool(ticket.meta.get("private")) or journal.get("private_notes") is True
    return OldText(
        f"journal:{number}:old",
        number,
        body,
        title,
        world.markup_of(body),
        text_field(object_field(journal.get("user")).get("name")),
        utc_field(journal.get("created_on")),
        f"{ticket.url}#change-{number}",
        Visibility.PRIVATE if private else ticket.visibility,
        private,
    )


@dataclass(frozen=True, slots=True)
class ProjectPlace:
    """A project: its identifier, and who may read what is in it."""

    identifier: str
    visibility: Visibility


@dataclass(frozen=True, slots=True)
class RowContext:
    """What tickets refer to: projects by id, statuses that close; the base address; the markup."""

    base: str
    places: Mapping[int, ProjectPlace]
    closed: frozenset[int]
    markup: Markup | None  # None: guessed text by text

    def place(self, project: object) -> ProjectPlace:
        """Return the project a row names; one that is not in the table is private."""
        named = object_field(project)
        known = self.places.get(int_field(named.get("id")))
        return known or ProjectPlace(text_field(named.get("name")), Visibility.PRIVATE)

    def place_named(self, identifier: str) -> ProjectPlace | None:
        return next((each for each in self.places.values() if each.identifier == identifier), None)

    def markup_of(self, body: str) -> Markup:
        return self.markup or guess_markup(body)


def project_places(projects: Iterable[Mapping[str, Any]]) -> dict[int, ProjectPlace]:
    """Return projects by id; those not known to be public are private."""
    return {
        int_field(project.get("id")): ProjectPlace(
            text_field(project.get("identifier")),
            Visibility.MEMBERS if project.get("is_public") is True else Visibility.PRIVATE,
        )
        for project in projects
    }


def ticket_rows(issue: Mapping[str, Any], world: RowContext, *, notes: bool) -> Iterator[SourceRow]:
    """Yield a ticket, then its notes, custom fields and files.

    `notes`: the ticket came with its journals, so those the mirror has besides are gone.
    """
    number = int_field(issue.get("id"))
    place = world.place(issue.get("project"))
    private = issue.get("is_private") is True
    status = object_field(issue.get("status"))
    closed = status.get("is_closed") is True or int_field(status.get("id")) in world.closed
    author = text_field(object_field(issue.get("author")).get("name"))
    journals = objects_field(issue.get("journals"))
    edited_at, edited_by = _last_human(journals, utc_field(issue.get("created_on")), author)
    body = text_field(issue.get("description"))
    main = SourceRow(
        source=Source.REDMINE,
        kind=Kind.TICKET,
        key=str(number),
        number=number,
        doc=f"redmine:{number}",
        title=text_field(issue.get("subject")),
        body=body,
        raw={key: value for key, value in issue.items() if key != "journals"},
        category=place.identifier,
        markup=world.markup_of(body),
        author=author,
        url=f"{world.base}/issues/{number}",
        created_at=utc_field(issue.get("created_on")),
        updated_at=utc_field(issue.get("updated_on")),
        edited_at=edited_at,
        edited_by=edited_by,
        visibility=Visibility.PRIVATE if private else place.visibility,
        open_tasks=0 if closed else 1,
        children=_children(issue, notes=notes),
        meta={
            "tracker": text_field(object_field(issue.get("tracker")).get("name")),
            "status": text_field(status.get("name")),
            "closed": closed,
            "assigned_to": text_field(object_field(issue.get("assigned_to")).get("name")),
            "due_date": text_field(issue.get("due_date")),
            "private": private,
            CUSTOM_FIELDS: read_custom_fields(issue),
        },
    )
    olds = replaced_texts(journals, main, world) if notes else None
    main.versions = None if olds is None else olds.get(0, ())
    yield main
    for journal in journals:
        yield _note_row(journal, main, world, private=private)
    yield from field_rows(issue, main, olds)
    yield from attachment_rows(issue, main)


def _children(issue: Mapping[str, Any], *, notes: bool) -> tuple[Kind, ...]:
    """Return what came whole with a ticket: custom fields always, files where they were asked for."""
    files = (Kind.ATTACHMENT,) if isinstance(issue.get("attachments"), list) else ()
    return (*((Kind.NOTE,) if notes else ()), Kind.FIELD, *files)


def _note_row(journal: Mapping[str, Any], issue: SourceRow, world: RowContext, *, private: bool) -> SourceRow:
    number = int_field(journal.get("id"))
    body = text_field(journal.get("notes"))
    author = text_field(object_field(journal.get("user")).get("name"))
    created = utc_field(journal.get("created_on"))
    updated = utc_field(journal.get("updated_on")) or created
    editor = text_field(object_field(journal.get("updated_by")).get("name")) or author
    hidden = private or journal.get("private_notes") is True
    return _part_row(
        issue, Kind.NOTE, str(number), f"journal:{number}", issue.title, journal,
        number=number, body=body, markup=world.markup_of(body), author=author, edited_by=editor,
        url=f"{issue.url}#change-{number}", created_at=created, updated_at=updated,
        visibility=Visibility.PRIVATE if hidden else issue.visibility, meta={"private": True} if hidden else {},
    )  # fmt: skip


def _last_human(journals: list[dict[str, Any]], created: str, author: str) -> tuple[str, str]:
    """Return when a person, not kb, last touched a ticket, and who.

    Authors of private notes are not named: all who see the ticket would learn of them.
    """
    people = [each for each in reversed(journals) if not is_own_edit(each, text_field(each.get("notes")))]
    open_to_all = (each for each in people if each.get("private_notes") is not True)
    who = next((text_field(object_field(each.get("user")).get("name")) for each in open_to_all), author)
    return (utc_field(people[0].get("created_on")) or created if people else created), who


def wiki_rows(page: Mapping[str, Any], place: ProjectPlace, world: RowContext) -> Iterator[SourceRow]:
    """Yield a wiki page of the project `place`, then its files."""
    title = text_field(page.get("title"))
    body = text_field(page.get("text"))
    author = text_field(object_field(page.get("author")).get("name"))
    main = SourceRow(
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
        created_at=utc_field(page.get("created_on")),
        updated_at=utc_field(page.get("updated_on")),
        edited_by=author,
        by_kb=bool(KB_RUN.search(text_field(page.get("comments")))),
        visibility=place.visibility,
        revision=int_field(page.get("version")),
        children=(Kind.ATTACHMENT,) if isinstance(page.get("attachments"), list) else (),
    )
    yield main
    yield from attachment_rows(page, main)
