"""Redmine, as plans are applied to it: status, assignee and description of tickets, a request each, read in blocks.

An answer proves nothing here: what the workflow forbids is answered with 204 and posts the note all the
same, and closing a ticket closes its duplicates along (measured on Redmine 6.0.5).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kb.errors import AnswerError, CredentialError, UnreachableError
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Markup, Source
from kb.model.plan import Key, Seen, Value
from kb.model.request import Answered, Came, Composed, Request, State
from kb.plan.sections.patch import Texts
from kb.plan.values import differing
from kb.secrets.mask_document import shown_text
from kb.sources.redmine import rows as redmine_rows
from kb.sources.redmine.client import Redmine
from kb.sources.redmine.remote_tickets import (
    _LONGEST,
    BACK,
    CLASHED,
    FIELDS,
    GONE,
    LEFT_NOTE,
    NAME,
    REFUSED,
    STILL,
    RedmineBodies,
    Trace,
    _duplicates,
    _said,
    _status_id,
    _with_notes,
    state_of,
    trace,
    wrote,
)
from kb.sources.redmine.rows import own
from kb.sources.transport.call import Answer
from kb.text.display import safe
from kb.text.json_fields import tables, text, utc, whole
from kb.text.lang import Text, t

AT_ONCE = 100
"""Tickets between a look and the reading back: as many as one request shows."""

YOUNG = "redmine.young"
"""The mark of tickets that a sync reads again although their time of change is known (kb.sources.redmine.context)."""


class RedmineRemote:
    """One Redmine. `statuses` are the ids of its statuses by name; `world` says what its rows mean to the mirror.

    `texts` are the descriptions that are written.
    """

    source = Source.REDMINE
    at_once = AT_ONCE
    proof_later = True

    def __init__(
        self,
        redmine: Redmine,
        run: str,
        statuses: Mapping[str, int],
        *,
        notes: bool = True,
        mirror: Mirror | None = None,
        world: redmine_rows.World | None = None,
        texts: Texts | None = None,
    ) -> None:
        self._redmine = redmine
        self._run = run
        self._statuses = statuses
        self._notes = notes
        self.unmarked = not notes
        self._mirror = mirror
        self._world = world
        markup = (world.markup if world else None) or Markup.MARKDOWN
        self._bodies = RedmineBodies(redmine, texts or {}, markup)
        self._crossed: set[int] = set()

    @property
    def requests(self) -> int:
        """How many requests were sent so far."""
        return self._redmine.access.requests

    @property
    def waited_s(self) -> float:
        """Seconds waited for the limit so far."""
        return self._redmine.access.waited_s

    def settle(self) -> bool:
        """Wait until a request may leave; whether that took any time."""
        return self._redmine.access.settle()

    def now(self) -> float:
        """Epoch seconds, by the clock the waiting goes by."""
        return self._redmine.access.now()

    def look(self, numbers: Sequence[int]) -> dict[int, State]:
        """The present state of up to 100 tickets: one request."""
        return {number: state_of(row) for number, row in self._redmine.writes.numbered(numbers).items()}

    def read_back(self, numbers: Sequence[int]) -> dict[int, State]:
        """How tickets that were written to stand, with their journals: one request each."""
        rows = {number: self._redmine.writes.whole(number) for number in numbers}
        return {number: state_of(row) for number, row in rows.items() if row is not None}

    def besides(self, states: Mapping[int, State]) -> Iterator[int]:
        """The duplicates of these tickets: Redmine closes them along."""
        for number, state in states.items():
            yield from _duplicates(number, state)

    def along(self, request: Request, states: Mapping[int, State]) -> tuple[int, ...]:
        """The open duplicates of a ticket that is closed, and those of duplicates (measured on Redmine 6.0.5)."""
        now = states.get(request.number)
        closes = self._closed(self._statuses.get(str(request.after.get(Key.STATUS, "")), 0))
        if not closes or now is None or self._closed(_status_id(now)):
            return ()
        found: list[int] = []
        to_see = [request.number]
        while to_see:
            number = to_see.pop()
            for each in _duplicates(number, states[number]):
                known = each in states and each not in (request.number, *found)
                if known and not self._closed(_status_id(states[each])):
                    found.append(each)
                    to_see.append(each)
        return tuple(found)

    def _closed(self, status: int) -> bool:
        return self._world is not None and status in self._world.closed

    def edited(self, seen: Seen, number: int, now: State) -> Mapping[str, Any] | None:
        """The ticket with its notes, if a person did something with it after `seen`.

        A list shows no notes: one request, for a ticket that moved and for no other.
        """
        row = self._redmine.writes.whole(number)
        for note in tables(row.get("journals")) if row else ():
            if utc(note.get("created_on")) > seen.updated_at and not own(note, text(note.get("notes"))):
                return {**now.row, **row} if row else None
        return None

    def send(self, request: Request, seen: State) -> Answered:
        """Send one ticket's edit; what came of it is only known when it is read back."""
        fields = self._fields(request, seen.row)
        if isinstance(fields, Text):
            return Answered(Came.SKIPPED, fields)
        answered = self._sent(request, fields)
        if Key.BODY in request.after and answered.came is Came.DONE:
            return self._merged(request, seen, str(fields[NAME]))
        return answered

    def composed(self, request: Request, seen: State) -> Composed | Answered:
        """One ticket's edit to the letter; skipped where its text cannot be sent."""
        fields = self._fields(request, seen.row)
        if isinstance(fields, Text):
            return Answered(Came.SKIPPED, fields)
        return Composed("PUT", self._redmine.writes.url(request.number), {"issue": fields})

    def _merged(self, request: Request, seen: State, sent: str) -> Answered:
        """Put what was written into the text of somebody who came in between, where somebody did."""
        theirs = self._bodies.replaced(request, seen, sent)
        if theirs is None:
            return Answered(Came.DONE)
        self._crossed.add(request.number)
        if self._bodies.clashes(request, theirs):
            back = self._sent(request, {NAME: theirs})
            return Answered(Came.FAILED, CLASHED if back.came is Came.DONE else STILL, crossed=True)
        made = self._bodies.made(request, {**seen.row, NAME: theirs})
        if isinstance(made, Text):
            return Answered(Came.FAILED, made, crossed=True)
        answered = self._sent(request, {NAME: made})
        if answered.trouble is not None:
            raise answered.trouble  # the first write was taken
        return answered

    def _sent(self, request: Request, fields: Mapping[str, Any]) -> Answered:
        answer: Answer | None = None
        for _ in range(2):
            try:
                with self._redmine.access.writing():
                    answer = self._redmine.writes.update(request.number, fields)
            except CredentialError as error:
                return Answered(Came.LIMITED, trouble=error)
            except (UnreachableError, AnswerError) as error:
                return Answered(Came.UNKNOWN, error.what, unread=isinstance(error, AnswerError))
            if answer.status != 422 or _said(answer):
                break
            # An empty list of errors: two requests met inside the server. Nothing was changed.
        assert answer is not None
        return self._came(answer, request)

    def _came(self, answer: Answer, request: Request) -> Answered:
        status = answer.status
        if status in (200, 204):
            return Answered(Came.DONE)
        if status == 404:
            return Answered(Came.SKIPPED, GONE)
        if status == 429:
            return Answered(Came.LIMITED)
        if status == 403:
            what = "このキーに、このチケットを変える権限がありません（403）"
            return Answered(Came.FAILED, t(what, "this key may not change this ticket (403)"))
        if status == 422:
            said = "、".join(map(self._shown, _said(answer))) or "422"
            return Answered(Came.FAILED, t(f"Redmine が受け付けませんでした（{said}）", f"Redmine refused it ({said})"))
        why = t(f"Redmine が {status} を返しました", f"Redmine answered {status}")
        return Answered(Came.UNKNOWN if status >= 500 else Came.FAILED, why)

    def _shown(self, sentence: str) -> str:
        """Foreign text, cut before it takes long and after nothing of it is a secret any more."""
        return shown_text(safe(self._redmine.access.masked(sentence[:_LONGEST])))[:120]

    def note(self, request: Request) -> str:
        """What is written into the ticket: the plan's note, and the run that names who to ask."""
        return f"{request.note}\n\nkb {self._run}".strip()

    def proved(self, request: Request, seen: State, now: State | None) -> Answered:
        """Whether a ticket that was answered for stands as sent."""
        if now is None:
            return Answered(Came.SKIPPED, GONE)
        wrong = differing(request.after, now.values)
        if Key.BODY in request.after or "journals" not in now.row:
            crossed = request.number in self._crossed
            return Answered(Came.DONE, None, now, crossed=crossed) if not wrong else self._refused(now)
        found = self._trace(request, seen, now)
        lost = {key: self._value(key, number) for key, number in found.replaced.items()}
        if wrong and not found.made.issuperset(request.after):
            return replace(self._refused(now), crossed=found.crossed, overwritten=lost)
        if not found.made:  # a note of kb that set nothing: somebody had set just that
            noted = found.noted and not self._is_unmarked(request)
            return Answered(Came.SAME if noted else Came.DONE, None, now)
        theirs = {key: now.values[key] for key in request.after if key not in found.made}
        return Answered(Came.DONE, BACK if wrong else None, now, crossed=found.crossed, overwritten=lost | theirs)

    def _refused(self, now: State) -> Answered:
        left = LEFT_NOTE if self._notes else t("", "")
        return Answered(Came.FAILED, t(REFUSED.ja + left.ja, REFUSED.en + left.en), now)

    def _trace(self, request: Request, seen: State, now: State) -> Trace:
        """What the ticket's journal tells of a request."""
        wanted = {key: self._id(key, value) for key, value in request.after.items() if key in FIELDS}
        stood = {key: self._id(key, seen.values[key]) for key in wanted if key in seen.values}
        ours = self._may_be_ours if self._is_unmarked(request) else self._names_us
        return trace(tables(now.row.get("journals")), wanted, stood, ours, seen.updated_at)

    def _id(self, key: str, value: Value) -> str:
        """A status or a person as journals name them; "" for nobody, and for a status Redmine does not have."""
        if key == Key.ASSIGNEE:
            return str(value).rpartition("#")[2]
        return str(self._statuses.get(str(value), ""))

    def _value(self, key: str, number: str) -> Value:
        """A status or a person, named by a journal, as plans write them."""
        if key == Key.ASSIGNEE:
            return f"{self._person(number)} #{number}".strip() if number else ""
        return next((name for name, each in self._statuses.items() if str(each) == number), number)

    def _person(self, number: str) -> str:
        people = queries.redmine_people(self._mirror.database) if self._mirror is not None else ()
        return next((name for each, name, _ in people if str(each) == number), "")

    @staticmethod
    def _may_be_ours(note: Mapping[str, Any]) -> bool:
        """Whether an entry may be of an edit that says nothing of its run."""
        return not text(note.get("notes"))

    def settled(self, request: Request, seen: State, now: State | None) -> Answered:
        """Whether an edit without an answer was made: its note names the run; where it had none its effect has to do.

        LIMITED where nothing came of it.
        """
        if now is None:
            return Answered(Came.SKIPPED, GONE)
        row = self._redmine.writes.whole(request.number)
        now = state_of(row) if row is not None else now
        ours = not differing(request.after, now.values) if self._is_unmarked(request) else self._noted(request, row)
        return self.proved(request, seen, now) if ours else Answered(Came.LIMITED, None, now)

    def _is_unmarked(self, request: Request) -> bool:
        return request.unmarked if request.known_as else self.unmarked

    def _noted(self, request: Request, row: Mapping[str, Any] | None) -> bool:
        """Whether a note names the run and tells of what was sent, or of nothing at all: then the rest was not taken.

        One that tells of something else is of an earlier request of the run, and so is each of as many as those left.
        """
        sent = {("status_id", str(self._statuses.get(str(request.after.get(Key.STATUS)))))}
        sent |= {("assigned_to_id", str(request.after.get(Key.ASSIGNEE)).rpartition("#")[2])}
        notes = [note for note in (tables(row.get("journals")) if row else []) if self._names_us(note)]
        for note in notes if len(notes) > request.answered else ():
            details = tables(note.get("details"))
            told = {(text(each.get("name")), text(each.get("new_value"))) for each in details}
            if not told or told & sent or any(wrote(each, request) for each in details):
                return True
        return False

    def _names_us(self, note: Mapping[str, Any]) -> bool:
        return f"kb {self._run}" in (line.strip() for line in text(note.get("notes")).splitlines())

    def keep(self, states: Sequence[State]) -> None:
        """Let the mirror know how these tickets stand. What it knows besides stays: notes, children, who last did what.

        The next sync reads them again, though no time has moved since: what kb did is known by its note.
        """
        if self._mirror is None or self._world is None or not states:
            return
        with self._mirror.write() as writer:
            for state in states:
                row, noted = _with_notes(self._mirror, state.row)
                writer.put(redmine_rows.ticket(row, self._world, notes=noted))
            young = {*json.loads(self._mirror.mark(YOUNG) or "[]"), *(whole(state.row.get("id")) for state in states)}
            writer.mark(YOUNG, json.dumps(sorted(young)))

    def _fields(self, request: Request, row: Mapping[str, Any]) -> dict[str, Any] | Text:
        """What is sent: names become ids (kb.execute.preflight.check makes sure they exist); or why nothing can be."""
        fields: dict[str, Any] = {"notes": self.note(request)} if self._notes else {}
        if Key.BODY in request.after:
            made = self._bodies.made(request, row)
            if isinstance(made, Text):
                return made
            fields[NAME] = made
        for key, value in request.after.items():
            if key == Key.STATUS:
                fields["status_id"] = self._statuses[str(value)]
            elif key == Key.ASSIGNEE:
                fields["assigned_to_id"] = str(value).rpartition("#")[2]
        return fields
