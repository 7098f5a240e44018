"""What esa and Redmine hold, as plain values: what an edit or a write makes of them. Pure.

This is the model's half that the sandbox is compared with. It knows what kb's writes can touch, and
nothing of kb.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Values = dict[str, Any]
Row = Mapping[str, Any]

NAMES = {"title": "name", "name": "name", "category": "category", "tags": "tags", "wip": "wip", "body": "body_md"}
ENTITIES = (("&#47;", "/"), ("&#35;", "#"))


def same(key: str, one: Any, other: Any) -> bool:
    """Whether two values mean the same: esa's entities and the order of tags do not count."""
    if key == "title":
        return plain(one) == plain(other)
    return sorted(one) == sorted(other) if key == "tags" else bool(one == other)


def plain(title: str) -> str:
    """A title with the letters its entities stand for."""
    for entity, letter in ENTITIES:
        title = title.replace(entity, letter)
    return title


STILL, LOOKED = "まだ再現します。", "確認しました"
"""The note that speaks against closing a ticket."""


@dataclass(slots=True)
class Post:
    """A post; `by_kb` says whether its last revision is kb's."""

    number: int
    values: Values
    body: str
    revision: int = 1
    by_kb: bool = False
    live: bool = True
    open_for: int = 0

    @property
    def name(self) -> tuple[str, str]:
        """Category and title, as names are compared."""
        return str(self.values["category"]), plain(str(self.values["title"]))


@dataclass(slots=True)
class Esa:
    """The posts of a team, and how this esa behaves where teams differ."""

    posts: dict[int, Post] = field(default_factory=dict)
    decodes: bool = True
    noop_revises: bool = True
    archives: bool = True
    move_revises: bool = False
    move_stops_after: int = 0

    @classmethod
    def of(cls, rows: list[Row]) -> Esa:
        """A team as it was loaded, or as it was dumped."""
        posts = {}
        for row in rows:
            if "body_md" in row:
                values = {
                    "title": row["name"],
                    "category": row.get("category") or "",
                    "tags": tuple(row.get("tags") or ()),
                    "wip": bool(row.get("wip")),
                }
                revision = row.get("revision_number", 1)
                posts[row["number"]] = Post(row["number"], values, row["body_md"], revision)
        return cls(posts)

    def below(self, category: str) -> dict[int, Post]:
        """The posts in a category and in those below it."""
        return {number: post for number, post in self.posts.items() if post.live and below(post, category)}

    # -- by others -------------------------------------------------------------------------------

    def edit(self, order: Row) -> None:
        """One edit by somebody else, which the sandbox has taken."""
        if order["action"] == "rename-category":
            source, target = order["fields"]["from"], order["fields"]["to"]
            for post in self.below(source).values():
                post.values["category"] = renamed(str(post.values["category"]), source, target)
            return
        post = self.posts[order["number"]]
        if order["action"] in ("delete", "restore"):
            post.live = order["action"] == "restore"
        elif order["action"] == "open":
            post.open_for = 1
        else:
            self._set(post, {NAMES[key]: value for key, value in order["fields"].items()})
            post.revision += not order["quiet"]
            post.by_kb = post.by_kb and bool(order["quiet"])

    # -- by kb -----------------------------------------------------------------------------------

    def patch(self, number: int, fields: Row) -> int:
        """The status that an edit through the API is answered with, and its effect."""
        post = self.posts.get(number)
        if post is None or not post.live:
            return 404
        if post.open_for:
            post.open_for = 0
            return 409
        given = {key: value for key, value in fields.items() if key != "message"}
        if "name" in given and self.decodes:
            given["name"] = plain(given["name"])
        before = (dict(post.values), post.body)
        self._set(post, given)
        if self.noop_revises or before != (post.values, post.body):
            post.revision, post.by_kb = post.revision + 1, True
        return 200

    def archive(self, number: int) -> int:
        """The same for the call that archives."""
        if not self.archives:
            return 404
        post = self.posts.get(number)
        if post is None or not post.live:
            return 404
        if post.open_for:
            post.open_for = 0
            return 409
        category = str(post.values["category"])
        if category.split("/")[0] != "Archived":
            post.values["category"] = f"Archived/{category}" if category else "Archived"
            post.revision, post.by_kb = post.revision + 1, True
        return 200

    def move(self, source: str, target: str) -> int:
        """The same for the call that renames a category."""
        places = sorted({str(post.values["category"]) for post in self.below(source).values()})
        for count, place in enumerate(places):
            if self.move_stops_after and count == self.move_stops_after:
                return 500
            for post in self.posts.values():
                if post.live and post.values["category"] == place:
                    post.values["category"] = renamed(place, source, target)
                    post.revision += self.move_revises
                    post.by_kb = post.by_kb and not self.move_revises
        return 200

    @staticmethod
    def _set(post: Post, given: Row) -> None:
        for key, value in given.items():
            if key == "name":
                post.values["title"] = value
            elif key == "category":
                post.values["category"] = value.strip("/")
            elif key == "tags":
                post.values["tags"] = tuple(value)
            elif key == "wip":
                post.values["wip"] = value
            elif key == "body_md":
                post.body = value
            else:
                raise AssertionError(f"nobody sends {key}")

    def differences(self, rows: list[Row]) -> list[str]:
        """Where the sandbox's posts are not as they are here."""
        there = Esa.of(rows).posts
        mine = {number: post for number, post in self.posts.items() if post.live}
        found = [f"esa:{number} is there in one of the two only" for number in sorted(mine.keys() ^ there.keys())]
        for number in sorted(mine.keys() & there.keys()):
            one, other = mine[number], there[number]
            if (one.values, one.body, one.revision) != (other.values, other.body, other.revision):
                found.append(
                    f"esa:{number} is {other.values}, revision {other.revision}; it should be "
                    f"{one.values}, revision {one.revision}"
                )
        return found


def below(post: Post, category: str) -> bool:
    """Whether a post is in a category or below it."""
    place = str(post.values["category"])
    return place == category or place.startswith(category + "/")


def renamed(place: str, source: str, target: str) -> str:
    """Where `place` is once the category above it has another name."""
    return (target + place[len(source) :]).strip("/")


@dataclass(slots=True)
class Ticket:
    """A ticket: what kb can touch of it, what stands above it, what it is a duplicate of, and its notes.

    `edits` counts those of people.
    """

    number: int
    values: Values
    parent: int = 0
    duplicates: int = 0
    tracker: int = 1
    notes: list[str] = field(default_factory=list)
    edits: int = 0
    live: bool = True

    @property
    def goes_on(self) -> bool:
        """Whether a person's last note says that the work goes on; who only looked lets what was said stand."""
        own = [note for note in self.notes if not note.splitlines()[-1].startswith("kb ")]
        said = [note for note in own if note != LOOKED]
        return said[-1:] == [STILL]


@dataclass(slots=True)
class Redmine:
    """The tickets of a Redmine whose key may do all that workflows let anybody do.

    `statuses` and `people` are names by id; `steps` are the ways from one status to another that the workflow of a
    tracker has, `shut` the trackers and statuses in which nobody may assign a ticket to another.
    """

    tickets: dict[int, Ticket] = field(default_factory=dict)
    statuses: Mapping[int, str] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    people: Mapping[int, str] = field(default_factory=dict)
    steps: frozenset[tuple[int, str, str]] = frozenset()
    shut: frozenset[tuple[int, str]] = frozenset()

    @classmethod
    def of(cls, rows: list[Row]) -> Redmine:
        """A Redmine as it was loaded, or as it was dumped."""
        made = cls()
        for row in rows:
            if "issue_statuses" in row:
                made.statuses = {each["id"]: each["name"] for each in row["issue_statuses"]}
                made.closed = frozenset(each["name"] for each in row["issue_statuses"] if each["is_closed"])
                made.people = {each["id"]: each["name"] for each in row["users"]}
                made.steps = frozenset(
                    (each["tracker_id"], made.statuses[each["old_status_id"]], made.statuses[each["new_status_id"]])
                    for each in row.get("workflows", ())
                )
                made.shut = frozenset(
                    (each["tracker_id"], made.statuses[each["old_status_id"]]) for each in row.get("field_rules", ())
                )
            elif "subject" in row:
                person = row.get("assigned_to")
                values = {
                    "status": row["status"]["name"],
                    "assignee": f"{person['name']} #{person['id']}" if person else "",
                }
                duplicates = [each["issue_to_id"] for each in row.get("relations", ()) if each["issue_id"] == row["id"]]
                notes = [note["notes"] for note in row.get("journals", ()) if note.get("notes")]
                parent = (row.get("parent") or {}).get("id", 0)
                duplicate, tracker = next(iter(duplicates), 0), row["tracker"]["id"]
                made.tickets[row["id"]] = Ticket(row["id"], values, parent, duplicate, tracker, notes)
        return made

    def edit(self, order: Row) -> None:
        """One edit by somebody else, which the sandbox has taken."""
        ticket = self.tickets[order["number"]]
        ticket.edits += 1
        fields = order["fields"]
        if "status" in fields:
            ticket.values["status"] = fields["status"]
        if "assigned_to" in fields:
            ticket.values["assignee"] = self.person(fields["assigned_to"])
        if fields.get("notes"):
            ticket.notes.append(fields["notes"])

    def person(self, number: Any) -> str:
        """A person as kb names them."""
        return f"{self.people[int(number)]} #{int(number)}" if number else ""

    def put(self, number: int, fields: Row) -> int:
        """The status that an edit through the API is answered with, and its effect."""
        ticket = self.tickets[number]
        status = self.statuses.get(int(fields.get("status_id", 0)))
        note = str(fields.get("notes", ""))
        if status is not None and self.lets(ticket, status):
            self._to(ticket, status, note)
        elif note:
            ticket.notes.append(note)
        if "assigned_to_id" in fields and (ticket.tracker, ticket.values["status"]) not in self.shut:
            ticket.values["assignee"] = self.person(fields["assigned_to_id"])
        return 204

    def lets(self, ticket: Ticket, status: str) -> bool:
        """Whether Redmine lets a ticket have a status; what it does not let, it passes over."""
        children = [each for each in self.tickets.values() if each.parent == ticket.number]
        if status != ticket.values["status"] and (ticket.tracker, ticket.values["status"], status) not in self.steps:
            return False
        if status in self.closed:
            return all(each.values["status"] in self.closed for each in children) or status == ticket.values["status"]
        above = self.tickets.get(ticket.parent)
        return above is None or above.values["status"] not in self.closed

    def stand(self) -> dict[int, str]:
        """The status of each ticket."""
        return {number: ticket.values["status"] for number, ticket in self.tickets.items()}

    def duplicates(self, number: int) -> set[int]:
        """The duplicates of a ticket, and those of duplicates."""
        found = {each.number for each in self.tickets.values() if each.duplicates == number}
        return found | {more for each in found for more in self.duplicates(each)}

    def along(self, number: int) -> list[int]:
        """The open duplicates that Redmine closes with a ticket."""
        return [
            each.number
            for each in self.tickets.values()
            if each.duplicates == number and each.values["status"] not in self.closed
        ]

    def _to(self, ticket: Ticket, status: str, note: str) -> None:
        if status in self.closed and ticket.values["status"] not in self.closed:
            for number in self.along(ticket.number):
                self._to(self.tickets[number], status, note)
        ticket.values["status"] = status
        if note:
            ticket.notes.append(note)

    def differences(self, rows: list[Row]) -> list[str]:
        """Where the sandbox's tickets are not as they are here."""
        there = Redmine.of(rows).tickets
        found = []
        for number, mine in self.tickets.items():
            other = there[number]
            if (mine.values, mine.notes) != (other.values, other.notes):
                found.append(
                    f"redmine:{number} is {other.values} with {other.notes}; it should be "
                    f"{mine.values} with {mine.notes}"
                )
        return found
