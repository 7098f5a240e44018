"""Others at work: edits that move a time or a count, and quiet ones that move nothing."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from servers import Sandbox

CATEGORIES = ("運用/手順", "不具合共有", "不具合共有/対応完了/2026", "設計", "議事録/2026", "Users/sato")


NEW_S = 4.0
"""A full sync does not ask a ticket for notes that changed within two seconds of being made."""


@dataclass(slots=True)
class Life:
    """Random edits of a sandbox. `quiet` gathers the docs whose last edits nothing tells of."""

    sandbox: Sandbox
    chance: random.Random
    posts: set[int]
    tickets: set[int]
    comments: dict[int, int] = field(default_factory=dict)  # comment → post
    notes: dict[int, int] = field(default_factory=dict)  # note → ticket
    wikis: set[tuple[str, str]] = field(default_factory=set)
    quiet: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)  # moved without a time: only counts tell
    born: dict[int, float] = field(default_factory=dict)  # ticket → when it was made
    made: int = 0

    @classmethod
    def of(cls, sandbox: Sandbox, seed: int) -> Life:
        """Life in a sandbox as it stands."""
        esa, redmine = sandbox.dump("esa"), [row for row in sandbox.dump("redmine") if row["kind"] == "issue"]
        return cls(
            sandbox,
            random.Random(seed),  # noqa: S311 - chance, not secrecy
            {row["number"] for row in esa},
            {row["id"] for row in redmine},
            {comment["id"]: row["number"] for row in esa for comment in row["comments"]},
            {note["id"]: row["id"] for row in redmine for note in row.get("journals", ()) if note["notes"]},
        )

    def edit(self) -> None:
        """One edit, of any kind."""
        self.made += 1
        kinds = (
            *(self.loud_post,) * 6,
            *(self.loud_ticket,) * 6,
            self.quiet_post,
            self.quiet_comment,
            self.quiet_note,
        )
        self.chance.choice(kinds)()

    @contextmanager
    def going_on(self, every_s: float = 0.02) -> Iterator[None]:
        """Edits all the time, from another thread."""
        stop = threading.Event()
        failed: list[BaseException] = []

        def live() -> None:
            try:
                while not stop.wait(every_s):
                    self.edit()
            except BaseException as error:  # told to the one who waits
                failed.append(error)

        thread = threading.Thread(target=live)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        if failed:
            raise failed[0]

    def found(self) -> None:
        """Everything quiet has been found."""
        self.quiet.clear()
        self.moved.clear()

    # -- esa ----------------------------------------------------------------------------------

    def loud_post(self) -> None:
        """A post is made, edited, moved (loudly or quietly), commented or deleted."""
        number = self._pick(self.posts)
        word = f"追記{self.made}"
        match self.chance.randrange(8):
            case 0:
                fields = {"name": f"新しい記事 {self.made}", "body_md": word, "category": self._category()}
                self.posts.add(self._esa("create", fields=fields)["number"])
            case 1 | 2 | 3:
                self._esa("update", number=number, fields={"body_md": f"# 見出し\n\n{word}\n", "tags": [word]})
            case 4:
                self._esa("move", number=number, fields={"category": self._category()})
            case 5:
                self.moved.add(f"esa:{number}")
                self._esa("move", number=number, fields={"category": self._category()}, quiet=True)
            case 6:
                made = self._esa("comment", number=number, fields={"body_md": word})
                self.comments[made["id"]] = number
            case 7 if len(self.posts) > 30:
                self._esa("delete", number=number)
                self.posts.discard(number)
                self.comments = {each: post for each, post in self.comments.items() if post != number}

    def quiet_post(self) -> None:
        """A post's text changes, and neither its time nor its revision."""
        number = self._pick(self.posts)
        self.quiet.add(f"esa:{number}")
        self._esa("update", number=number, fields={"body_md": f"静かに {self.made}"}, quiet=True)

    def quiet_comment(self) -> None:
        """A comment is edited or deleted: no post tells."""
        if not self.comments:
            return
        comment = self._pick(set(self.comments))
        self.quiet.add(f"esa:{self.comments[comment]}")
        if self.chance.random() < 0.5:
            self._esa("update-comment", id=comment, fields={"body_md": f"直した返信 {self.made}"}, quiet=True)
        else:
            self._esa("delete-comment", id=comment, quiet=True)
            del self.comments[comment]

    # -- Redmine ------------------------------------------------------------------------------

    def loud_ticket(self) -> None:
        """A ticket is made, edited, noted or deleted."""
        number = self._pick(self.tickets)
        word = f"注記{self.made}"
        if time.monotonic() - self.born.get(number, 0) < NEW_S:
            self.quiet.add(f"redmine:{number}")
        match self.chance.randrange(7):
            case 0:
                made = self._redmine("create", fields={"subject": f"新規 {self.made}", "description": word})["id"]
                self.tickets.add(made)
                self.born[made] = time.monotonic()
            case 1 | 2:
                self._redmine("update", id=number, fields={"description": f"# 説明\r\n\r\n{word}"})
            case 3 | 4 | 5:
                self._redmine("note", id=number, fields={"notes": word})
            case 6 if len(self.tickets) > 15:
                for gone in self._redmine("delete", id=number)["deleted"]:
                    self.tickets.discard(gone)
                self.notes = {each: ticket for each, ticket in self.notes.items() if ticket in self.tickets}

    def quiet_note(self) -> None:
        """A note is edited or emptied: `updated_on` does not move."""
        if not self.notes:
            return
        note = self._pick(set(self.notes))
        self.quiet.add(f"redmine:{self.notes[note]}")
        if self.chance.random() < 0.5:
            self._redmine("edit_note", id=note, fields={"notes": f"直した注記 {self.made}"})
        else:
            self._redmine("empty_note", id=note)
            del self.notes[note]

    def _pick(self, among: set[int]) -> int:
        return self.chance.choice(sorted(among))

    def _category(self) -> str:
        return self.chance.choice(CATEGORIES)

    def _esa(self, action: str, **order: Any) -> Any:
        return self.sandbox.edit("esa", action, **order)

    def _redmine(self, action: str, **order: Any) -> Any:
        return self.sandbox.edit("redmine", action, **order)
