"""Apply plans to Redmine: status, assignee, readers and description of tickets, a request each, read back in blocks.

An answer proves nothing: what the workflow forbids is answered with 204 and posts the note all the same, and closing a
ticket closes its duplicates along (measured on Redmine 6.0.5).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kb.errors import AnswerError, CredentialError, UnreachableError
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Markup, Source
from kb.model.plan import ChangeKey, SeenState, Value
from kb.model.request import ChangeRequest, Outcome, RequestPreview, Result, TargetState
from kb.plan.sections.patch import NewTexts
from kb.plan.values import differing_keys
from kb.secrets.mask_document import mask_text
from kb.sources.port import RemoteAccess
from kb.sources.redmine import rows as redmine_rows
from kb.sources.redmine.client import Redmine
from kb.sources.redmine.remote_new import NewTickets
from kb.sources.redmine.remote_tickets import (
    DESCRIPTION_FIELD,
    JOURNAL_FIELDS,
    MAX_SENTENCE_READ,
    NOT_CHANGED,
    NOTE_REMAINS,
    OUT_OF_SIGHT,
    TEXT_NOT_RESTORED,
    TEXT_RESTORED,
    TICKET_EDITED_SINCE,
    TICKET_GONE,
    EditTrace,
    RedmineBodies,
    find_duplicates,
    is_our_description,
    list_error_sentences,
    merge_mirrored_notes,
    status_id,
    ticket_state,
    trace_edit,
)
from kb.sources.redmine.rows import is_own_edit
from kb.sources.transport.call import Answer
from kb.text.display import sanitize
from kb.text.json_fields import int_field, objects_field, text_field, utc_field
from kb.text.lang import Text, t

TICKETS_PER_CHECK = 100
"""Tickets between a look and the reading back: as many as one request shows."""

YOUNG = "redmine.young"
"""The mark of tickets that a sync reads again although their time of change is known (kb.sources.redmine.tickets)."""


class RedmineRemote(RemoteAccess):
    """One Redmine. `statuses` are the ids of its statuses by name; `world` says what its rows mean to the mirror.

    `texts` are the descriptions that are written; of the tickets in `noted` notes change, which no list shows.
    """

    source = Source.REDMINE
    at_once = TICKETS_PER_CHECK
    proof_later = True
    has_unique_names = False
    reads_notes_apart = True

    def __init__(
        self,
        redmine: Redmine,
        run: str,
        statuses: Mapping[str, int],
        *,
        notes: bool = True,
        mirror: Mirror | None = None,
        world: redmine_rows.RowContext | None = None,
        texts: NewTexts | None = None,
        noted: frozenset[int] = frozenset(),
        planned_at: str = "",
        user: int = 0,
        with_secrets: bool = False,
    ) -> None:
        super().__init__(redmine)
        self._redmine = redmine
        self._run = run
        self._statuses = statuses
        self._notes = notes
        self.unmarked = not notes
        self._mirror = mirror
        self._world = world
        markup = (world.markup if world else None) or Markup.MARKDOWN
        self._bodies = RedmineBodies(redmine, texts or {}, markup, with_secrets)
        self._crossed: set[int] = set()
        self._noted_tickets = noted
        closed = world.closed if world is not None else frozenset()
        self._new = NewTickets(redmine, statuses, closed, mirror, planned_at, user)

    def look(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        rows = {number: self._redmine.writes.whole(number) for number in numbers if number in self._noted_tickets}
        if listed := [number for number in numbers if number > 0 and number not in rows]:
            rows |= self._redmine.writes.numbered(listed)
        new = self._new.look([number for number in numbers if number < 0])
        return {number: ticket_state(row) for number, row in rows.items() if row is not None} | new

    def find_made(self, request: ChangeRequest, now: TargetState) -> TargetState | None:
        return self._new.find(request, now)

    def find_doubles(self, made: Mapping[int, int]) -> dict[int, tuple[int, ...]]:
        return self._new.find_doubles(made)

    def withdraw(self, request: ChangeRequest, made: int, updated_at: str, first: int) -> Result:
        return self._new.withdraw(request, made, updated_at, first, self._run)

    def pause(self, seconds: float) -> None:
        self._redmine.access.pause(seconds)

    def read_back(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        rows = {number: self._redmine.writes.whole(number) for number in numbers if number > 0}
        made = {number: self._new.read_back(number) for number in numbers if number < 0}
        found = {number: ticket_state(row) for number, row in rows.items() if row is not None}
        return found | {number: state for number, state in made.items() if state is not None}

    def besides(self, states: Mapping[int, TargetState]) -> Iterator[int]:
        for number, state in states.items():
            yield from find_duplicates(number, state)

    def along(self, request: ChangeRequest, states: Mapping[int, TargetState]) -> tuple[int, ...]:
        """Return the open duplicates of a ticket that closes, and theirs (measured on Redmine 6.0.5)."""
        now = states.get(request.number)
        closes = self._closed(self._statuses.get(str(request.after.get(ChangeKey.STATUS, "")), 0))
        if not closes or now is None or self._closed(status_id(now)):
            return ()
        found: list[int] = []
        to_see = [request.number]
        while to_see:
            number = to_see.pop()
            for each in find_duplicates(number, states[number]):
                known = each in states and each not in (request.number, *found)
                if known and not self._closed(status_id(states[each])):
                    found.append(each)
                    to_see.append(each)
        return tuple(found)

    def _closed(self, status: int) -> bool:
        return self._world is not None and status in self._world.closed

    def changed_along(self, number: int, now: TargetState) -> bool:
        """Whether this run closed a duplicate: Redmine puts the note of the edit on it, too (measured on 6.0.5)."""
        row = now.row if "journals" in now.row else self._redmine.writes.whole(number) or {}
        status = JOURNAL_FIELDS[ChangeKey.STATUS]
        for each in reversed(objects_field(row.get("journals"))):
            if any(detail.get("name") == status for detail in objects_field(each.get("details"))):
                return self._may_be_ours(each) if self.unmarked else self._names_us(each)
        return True

    def edited(self, seen: SeenState, number: int, now: TargetState) -> Mapping[str, Any] | None:
        """Return the ticket with its notes, if a person touched it after `seen`: one request."""
        row = self._redmine.writes.whole(number)
        for note in objects_field(row.get("journals")) if row else ():
            if utc_field(note.get("created_on")) > seen.updated_at and not is_own_edit(
                note, text_field(note.get("notes"))
            ):
                return {**now.row, **row} if row else None
        return None

    def send(self, request: ChangeRequest, seen: TargetState) -> Result:
        if request.creates:
            answered = self._new.send(request)
            return answered if isinstance(answered, Result) else self._came(answered, request)
        fields = self._fields(request, seen.row)
        if isinstance(fields, Text):
            return Result(Outcome.SKIPPED, fields)
        if ChangeKey.NOTES in request.after and (failed := self._limit_notes(request)) is not None:
            return failed
        answered = self._sent(request, fields) if _is_of_ticket(request) else Result(Outcome.DONE)
        if ChangeKey.BODY in request.after and answered.outcome is Outcome.DONE:
            return self._merged(request, seen, str(fields[DESCRIPTION_FIELD]))
        return answered

    def composed(self, request: ChangeRequest, seen: TargetState) -> RequestPreview | Result:
        if request.creates:
            return self._new.composed(request)
        fields = self._fields(request, seen.row)
        if isinstance(fields, Text):
            return Result(Outcome.SKIPPED, fields)
        return RequestPreview("PUT", self._redmine.writes.url(request.number), {"issue": fields})

    def _limit_notes(self, request: ChangeRequest) -> Result | None:
        """Say who may read the notes, one after another; None where all were taken, else the result.

        What was taken is put back then: a change is done as a whole or not at all.
        """
        taken: list[str] = []
        for note in _written_notes(request.after):
            result = self._limit_note(request, note)
            if result.outcome is not Outcome.DONE:
                for each in _written_notes(request.before):
                    if each.partition(" ")[0] in taken:
                        self._limit_note(request, each)
                return result
            taken.append(note.partition(" ")[0])
        return None

    def _limit_note(self, request: ChangeRequest, written: str) -> Result:
        number, _, word = written.partition(" ")
        return self._try(request, lambda: self._redmine.writes.limit_note(int(number), private=word == "private"))

    def _merged(self, request: ChangeRequest, seen: TargetState, sent: str) -> Result:
        """Merge what was written into the text of a person who edited in between."""
        theirs = self._bodies.replaced(request, seen, sent)
        if theirs is None:
            return Result(Outcome.DONE)
        self._crossed.add(request.number)
        if self._bodies.clashes(request, theirs):
            back = self._sent(request, {DESCRIPTION_FIELD: theirs})
            return Result(
                Outcome.FAILED, TEXT_RESTORED if back.outcome is Outcome.DONE else TEXT_NOT_RESTORED, crossed=True
            )
        made = self._bodies.made(request, {**seen.row, DESCRIPTION_FIELD: theirs})
        if isinstance(made, Text):
            return Result(Outcome.FAILED, made, crossed=True)
        answered = self._sent(request, {DESCRIPTION_FIELD: made})
        if answered.trouble is not None:
            raise answered.trouble  # the first write was taken
        return answered

    def _sent(self, request: ChangeRequest, fields: Mapping[str, Any]) -> Result:
        return self._try(request, lambda: self._redmine.writes.update(request.number, fields))

    def _try(self, request: ChangeRequest, write: Callable[[], Answer]) -> Result:
        """Send a write, once more where two met inside the server."""
        answer: Answer | None = None
        for _ in range(2):
            try:
                with self._redmine.access.writing():
                    answer = write()
            except CredentialError as error:
                return Result(Outcome.LIMITED, trouble=error)
            except (UnreachableError, AnswerError) as error:
                return Result(Outcome.UNKNOWN, error.what, unread=isinstance(error, AnswerError))
            if answer.status != 422 or list_error_sentences(answer):
                break
            # An empty list of errors: two requests met inside the server. Nothing was changed.
        assert answer is not None
        return self._came(answer, request)

    def _came(self, answer: Answer, request: ChangeRequest) -> Result:
        status = answer.status
        if status in (200, 204):
            return Result(Outcome.DONE)
        if status == 404:
            return Result(Outcome.SKIPPED, TICKET_GONE)
        if status == 429:
            return Result(Outcome.LIMITED)
        if status == 403:
            denied = t(
                "このキーに、このチケットを変える権限がありません（403）", "this key may not change this ticket (403)"
            )
            return Result(Outcome.FAILED, denied)
        if status == 422:
            said = "、".join(map(self._shown, list_error_sentences(answer))) or "422"
            return Result(
                Outcome.FAILED, t(f"Redmine が受け付けませんでした（{said}）", f"Redmine refused it ({said})")
            )
        why = t(f"Redmine が {status} を返しました", f"Redmine answered {status}")
        return Result(Outcome.UNKNOWN if status >= 500 else Outcome.FAILED, why)

    def _shown(self, sentence: str) -> str:
        """Return foreign text, cut for speed first, masked, then cut for show."""
        return mask_text(sanitize(self._redmine.access.masked(sentence[:MAX_SENTENCE_READ])))[:120]

    def note(self, request: ChangeRequest) -> str:
        """Return the note of an edit: the plan's, and the run's name."""
        return f"{request.note}\n\nkb {self._run}".strip()

    def proved(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        if request.creates:
            return self._new.proved(request, now)
        if now is None:
            hidden = request.after.get(ChangeKey.PRIVATE) is True
            return Result(Outcome.FAILED, OUT_OF_SIGHT) if hidden else Result(Outcome.SKIPPED, TICKET_GONE)
        wrong = differing_keys(request.after, now.values)
        if ChangeKey.BODY in request.after or "journals" not in now.row:
            crossed = request.number in self._crossed
            return Result(Outcome.DONE, None, now, crossed=crossed) if not wrong else self._refused(request, now)
        found = self._trace(request, seen, now)
        lost = {key: self._value(key, number) for key, number in found.replaced.items()}
        if ChangeKey.NOTES in wrong or (wrong and not found.made.issuperset(request.after.keys() - {ChangeKey.NOTES})):
            return replace(self._refused(request, now), crossed=found.crossed, overwritten=lost)
        if not found.made:  # a note of kb that set nothing: somebody had set just that
            noted = found.noted and not self._is_unmarked(request)
            return Result(Outcome.SAME if noted else Outcome.DONE, None, now)
        theirs = tuple(key for key in request.after if key in JOURNAL_FIELDS and key not in found.made)
        why = TICKET_EDITED_SINCE if wrong else None
        return Result(Outcome.DONE, why, now, crossed=found.crossed, overwritten=lost, theirs=theirs)

    def _refused(self, request: ChangeRequest, now: TargetState) -> Result:
        left = NOTE_REMAINS if self._notes and _is_of_ticket(request) else t("", "")
        return Result(Outcome.FAILED, t(NOT_CHANGED.ja + left.ja, NOT_CHANGED.en + left.en), now)

    def _trace(self, request: ChangeRequest, seen: TargetState, now: TargetState) -> EditTrace:
        wanted = {key: self._id(key, value) for key, value in request.after.items() if key in JOURNAL_FIELDS}
        stood = {key: self._id(key, seen.values[key]) for key in wanted if key in seen.values}
        ours = self._may_be_ours if self._is_unmarked(request) else self._names_us
        return trace_edit(objects_field(now.row.get("journals")), wanted, stood, ours, seen.updated_at)

    def _id(self, key: str, value: Value) -> str:
        """Return a value as journals name it; "" for nobody and for an unknown status."""
        if key == ChangeKey.ASSIGNEE:
            return str(value).rpartition("#")[2]
        if key == ChangeKey.PRIVATE:
            return "1" if value else "0"
        return str(self._statuses.get(str(value), ""))

    def _value(self, key: str, number: str) -> Value:
        """Return a journal's value as plans write it."""
        if key == ChangeKey.PRIVATE:
            return number == "1"
        if key == ChangeKey.ASSIGNEE:
            return f"{self._person(number)} #{number}".strip() if number else ""
        return next((name for name, each in self._statuses.items() if str(each) == number), number)

    def _person(self, number: str) -> str:
        people = queries.redmine_people(self._mirror.database) if self._mirror is not None else ()
        return next((name for each, name, _ in people if str(each) == number), "")

    @staticmethod
    def _may_be_ours(note: Mapping[str, Any]) -> bool:
        """Whether an entry may be of an edit that does not name its run."""
        return not text_field(note.get("notes"))

    def settled(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        """Find an unanswered edit by its note, which names the run, or without one by its effect.

        LIMITED where it was not made.
        """
        if request.creates:
            return self._new.settled(request, now)
        if now is None:
            return Result(Outcome.SKIPPED, TICKET_GONE)
        row = self._redmine.writes.whole(request.number)
        now = ticket_state(row) if row is not None else now
        ours = (
            not differing_keys(request.after, now.values) if self._is_unmarked(request) else self._noted(request, row)
        )
        return self.proved(request, seen, now) if ours else Result(Outcome.LIMITED, None, now)

    def _is_unmarked(self, request: ChangeRequest) -> bool:
        if not _is_of_ticket(request):
            return True
        return request.unmarked if request.known_as else self.unmarked

    def _noted(self, request: ChangeRequest, row: Mapping[str, Any] | None) -> bool:
        """Whether a note names the run and tells of what was sent, or of nothing: then the rest was refused.

        Notes that tell of something else are of earlier requests of the run.
        """
        known = ((key, value) for key, value in request.after.items() if key in JOURNAL_FIELDS)
        sent = {(JOURNAL_FIELDS[key], self._id(key, value)) for key, value in known}
        notes = [note for note in (objects_field(row.get("journals")) if row else []) if self._names_us(note)]
        for note in notes if len(notes) > request.answered else ():
            details = objects_field(note.get("details"))
            told = {(text_field(each.get("name")), text_field(each.get("new_value"))) for each in details}
            if not told or told & sent or any(is_our_description(each, request) for each in details):
                return True
        return False

    def _names_us(self, note: Mapping[str, Any]) -> bool:
        return f"kb {self._run}" in (line.strip() for line in text_field(note.get("notes")).splitlines())

    def keep(self, states: Sequence[TargetState]) -> None:
        """Update the mirror, which keeps what a list does not show: notes, children, who last did what.

        The next sync reads them again, though no time has moved since: what kb did is known by its note.
        """
        if self._mirror is None or self._world is None or not states:
            return
        with self._mirror.write() as writer:
            for state in states:
                row, noted = merge_mirrored_notes(self._mirror, state.row)
                writer.put(redmine_rows.ticket_rows(row, self._world, notes=noted))
            young = {
                *json.loads(self._mirror.mark(YOUNG) or "[]"),
                *(int_field(state.row.get("id")) for state in states),
            }
            writer.mark(YOUNG, json.dumps(sorted(young)))

    def _fields(self, request: ChangeRequest, row: Mapping[str, Any]) -> dict[str, Any] | Text:
        """Return what is sent, names as ids (they exist: kb.execute.preflight.check), or why nothing can be."""
        fields: dict[str, Any] = {"notes": self.note(request)} if self._notes else {}
        if ChangeKey.BODY in request.after:
            made = self._bodies.made(request, row)
            if isinstance(made, Text):
                return made
            fields[DESCRIPTION_FIELD] = made
        for key, value in request.after.items():
            if key == ChangeKey.STATUS:
                fields["status_id"] = self._statuses[str(value)]
            elif key == ChangeKey.ASSIGNEE:
                fields["assigned_to_id"] = str(value).rpartition("#")[2]
            elif key == ChangeKey.PRIVATE:
                fields["is_private"] = value
        return fields


def _is_of_ticket(request: ChangeRequest) -> bool:
    """Whether a request changes anything but who may read notes: only then a note can be posted along."""
    return request.after.keys() != {ChangeKey.NOTES}


def _written_notes(values: Mapping[str, Value]) -> tuple[str, ...]:
    written = values.get(ChangeKey.NOTES)
    return written if isinstance(written, tuple) else ()
