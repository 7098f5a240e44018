"""Redmine's tickets, notes, wiki pages and what hangs on them as rows of the mirror. Pure: the JSON may be anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kb.mirror import redmine_parts
from kb.mirror.markup import guess
from kb.mirror.own_edits import own
from kb.mirror.rows import KB_RUN, Row, table, tables, text, utc, whole
from kb.model import Kind, Markup, Source, Visibility


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
    olds = redmine_parts.olds(journals, main, world) if notes else None
    main.versions = None if olds is None else olds.get(0, ())
    yield main
    for journal in journals:
        yield _note(journal, main, world, private=private)
    yield from redmine_parts.fields(issue, main, olds)
    yield from redmine_parts.attachments(issue, main)


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
    yield from redmine_parts.attachments(page, main)
