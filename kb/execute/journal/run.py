"""Runs as their journals record them: the plan, each target's outcome, what was undone since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from kb.errors import InputError
from kb.execute.journal.records import Entry, numbers_from_intent, parse_values
from kb.execute.journal.writer import JOURNAL_FORMAT, JournalContents, read_entries, read_journal
from kb.model.masked import EMPTY, Masked
from kb.model.plan import (
    PLACE_EDITS,
    Change,
    ChangeKey,
    SeenState,
    Value,
    Verb,
    is_new_ticket,
    is_target,
    merge_values,
    number_of,
)
from kb.model.request import Outcome, PlacedNumber
from kb.plan.values import differing_keys
from kb.secrets.mask_document import mask_text
from kb.text.lang import Text, t

NOTICE_PLAN = "slack"
"""Stands in place of a plan's digest: the run sent a message to a channel."""
UPLOAD_PLAN = "upload"
"""Stands in place of a plan's digest: the run uploaded files to esa."""
SETTLED_ONLY = "settled"
"""End of a call that only resolved interrupted requests; it says nothing about how the run ended."""

PROBE = "probe"
"""Stands in place of a plan's digest in runs of `kb doctor --probe`, which earlier releases had."""


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """What the journal says of one target. `outcome` is None where a crash interrupted the request."""

    target: str
    outcome: Outcome | None
    at: str
    intend: Entry = field(repr=False)
    result: Entry = field(repr=False)

    @property
    def identities(self) -> set[str]:
        """The identities of its changes."""
        return {str(each) for entry in (self.intend, self.result) for each in entry.get("changes") or ()}

    @property
    def is_aside(self) -> bool:
        """Whether it only gave a post another title for a while, or its own back."""
        return self.intend.get("aside") is True

    @property
    def is_open(self) -> bool:
        """Whether it may have been carried out: a crash came before its answer, or what it made was not found."""
        return self.outcome is None or self.is_unfound

    @property
    def is_unfound(self) -> bool:
        """Whether it may have made a ticket that was not found afterwards."""
        return self.result.get("perhaps") is True

    @property
    def answered(self) -> tuple[str, ...]:
        """The targets seen to carry the run's note afterwards: its own, and those closed along."""
        marked = self.intend.get("unmarked") is not True
        return list_noted_targets(self.result) if marked and self.outcome in (Outcome.DONE, Outcome.FAILED) else ()

    @property
    def made(self) -> str:
        """The ticket that was made, or stood there already, where one was to be; "" for none."""
        return str(self.result.get("made") or "")

    @property
    def made_number(self) -> int:
        """The number of that ticket."""
        return number_of(self.made) if self.made else 0

    @property
    def updated_at(self) -> str:
        """When the target last moved, as it was seen afterwards."""
        return str((self.result.get("state") or {}).get("updated_at", ""))

    @property
    def title(self) -> Masked:
        """The target's title then."""
        return mask_text(str(self.intend.get("title", "")))

    @property
    def own_title(self) -> Masked:
        """The title of the ticket that was to be made; `title` is that of the post with its measure."""
        return mask_text(str(parse_values(self.intend.get("after")).get(ChangeKey.TITLE, "")))

    @property
    def why(self) -> Text | None:
        """The reason it was not done."""
        said = self.result.get("why")
        return t(str(said.get("ja", "")), str(said.get("en", ""))) if isinstance(said, Mapping) else None


@dataclass(slots=True)
class Run:
    """One run. `plan` is the digest of its plan, `undoes` the run it takes back ("" for none).

    `ended_at`: when it last ended, "" while something is left. `is_imported`: somebody else sent it. `notice`: what a
    channel message said. `files`: the uploads by key, with their addresses ("": unknown), sent for the post `about`.

    `records`: the last record of each target; `changed`: those done, in order; `finished`: identities not to be sent
    again; `answers`: requests each target has answered. `flags`: the last call's flags, repeated by the command that
    resumes; `consented`: ids accepted while applying rather than in the plan.

    `unproved`: the tickets that were made and of which nobody has looked yet whether another sender made them, too;
    `withdrawn`: those that were about to be closed in favour of which ticket.

    `has_head`: its first line could be read. `torn`: a crash cut the last line. `damaged`: numbers of lines that could
    not be read, or that report on something no line announced.
    """

    name: str
    plan: str = ""
    file: str = ""
    team: str = ""
    redmine: str = ""
    by: str = ""
    at: str = ""
    undoes: str = ""
    ended: str = ""
    ended_at: str = ""
    canary_passed: bool = False
    is_imported: bool = False
    notice: str = ""
    about: str = ""
    files: dict[str, str] = field(default_factory=dict)
    records: dict[str, TargetRecord] = field(default_factory=dict)
    changed: list[TargetRecord] = field(default_factory=list)
    finished: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    flags: str = ""
    consented: set[str] = field(default_factory=set)
    unproved: dict[str, TargetRecord] = field(default_factory=dict)
    withdrawn: dict[str, int] = field(default_factory=dict)
    has_head: bool = False
    damaged: tuple[int, ...] = ()
    torn: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether its journal is empty: it stopped before it could send anything."""
        return not self.has_head and not self.damaged and not self.records

    @property
    def is_undo(self) -> bool:
        """Whether it undoes another run; without a first line, judged by what it sent."""
        kinds = {str(kind) for record in self.records.values() for kind in record.intend.get("kinds") or ()}
        return bool(self.undoes) or (not self.has_head and kinds == {Verb.UNDO.value})

    @property
    def is_notice(self) -> bool:
        """Whether it sent a message to a channel."""
        return self.plan == NOTICE_PLAN

    @property
    def is_upload(self) -> bool:
        """Whether it uploaded files."""
        return self.plan == UPLOAD_PLAN

    @property
    def is_for_good(self) -> bool:
        """Whether it cannot be undone: a message, an upload."""
        return self.is_notice or self.is_upload

    def count(self, outcome: Outcome) -> int:
        """Return the number of targets with this outcome."""
        return sum(each.outcome is outcome for each in self.records.values())

    @property
    def interrupted(self) -> dict[str, Entry]:
        """The entries by target of the requests of which nobody knows what came: each may have been done."""
        return {record.target: record.intend for record in self.records.values() if record.is_open}

    @property
    def unfound(self) -> list[TargetRecord]:
        """The tickets that may have been made, and were not found since."""
        return [each for each in self.records.values() if each.is_unfound]

    @property
    def made(self) -> dict[str, int]:
        """Return the numbers of the tickets that were made, by what plans call them."""
        return {target: number_of(record.made) for target, record in self.records.items() if record.made}

    def sent(self) -> Iterator[SentChange]:
        """Yield what was changed, in order, including what a system changed along.

        A title a post had for a while counts only where nothing of the post was sent after it.
        """
        last = {each.target: each for each in self.changed}
        for each in self.changed:
            if not each.is_aside or (
                last[each.target] is each and each.intend.get("before") != each.intend.get("after")
            ):
                yield from _sent_changes(each)


def read_run(path: Path, *, strict: bool = False) -> Run:
    """Read a run from as much of its journal as can be read. Raises InputError for a newer format; StoreError.

    With `strict`, a file that is not a journal raises InputError too.
    """
    found = JournalContents(dict(enumerate(read_entries(path)))) if strict else read_journal(path)
    run = Run(path.stem, damaged=found.damaged, torn=found.torn)
    intended: dict[str, Entry] = {}
    for line, entry in found.entries.items():
        what, target = str(entry["what"]), str(entry.get("target", ""))
        if what in ("run", "resume") and isinstance(entry.get("asked"), Mapping):
            run.flags = _flags_from_entry(entry["asked"])
        if what == "run":
            if entry.get("format") != JOURNAL_FORMAT:
                raise InputError(
                    t(f"{path.name} は新しい kb の記録です。", f"{path.name} was written by a newer kb."),
                    t("kb を更新してください。", "update kb."),
                )
            run.has_head = True
            for name in ("plan", "file", "team", "redmine", "by", "at", "undoes", "about"):
                setattr(run, name, str(entry.get(name, "")))
        elif what == "canary":
            run.canary_passed = True
        elif what == "consent" and isinstance(entry.get("changes"), list):
            run.consented.update(map(str, entry["changes"]))
        elif what == "single":
            run.unproved.clear()
        elif what == "double" and is_new_ticket(target) and type(entry.get("first")) is int:
            run.withdrawn[target] = int(entry["first"])
        elif what == "taken":
            run.is_imported = True
        elif entry.get("to") == UPLOAD_PLAN:
            _note_file(run, what, str(entry.get("file", "")), str(entry.get("url", "")))
        elif what == "intend" and isinstance(entry.get("payload"), Mapping):
            run.notice = str(entry["payload"].get("text", ""))
        elif what == "end" and entry.get("how") != SETTLED_ONLY:
            run.ended = str(entry.get("how", ""))
            run.ended_at = str(entry.get("at", "")) if run.ended == RunStatus.FINISHED else ""
        elif what == "intend" and is_target(target):
            intended[target] = entry
            run.records[target] = TargetRecord(target, None, str(entry.get("at", "")), entry, {})
        elif what == "limited" and run.records.get(target) is not None:
            del run.records[target]  # nothing happened to it
        elif is_target(target) and what in set(Outcome):
            record = TargetRecord(target, Outcome(what), str(entry.get("at", "")), intended.get(target, entry), entry)
            run.records[target] = record
            run.answers.update(record.answered)
            if record.outcome in (Outcome.DONE, Outcome.SAME):
                run.finished.update(str(each) for each in entry.get("changes") or ())
            if is_new_ticket(target):
                run.changed = [
                    each for each in run.changed if each.target != target or record.outcome is Outcome.FAILED
                ]
                run.unproved.pop(target, None)
                run.withdrawn.pop(target, None)
                if record.outcome is Outcome.DONE and record.made:
                    run.unproved[target] = record
            if record.outcome is Outcome.DONE or _is_partly_done(record):
                run.changed.append(record)
                if "before" not in record.intend and run.plan != PROBE:
                    run.damaged = tuple(sorted((*run.damaged, line)))  # the old values are lost
    return run


def _note_file(run: Run, what: str, file: str, url: str) -> None:
    """Record an upload's entry: about to be sent, there, or not."""
    if what == "intend":
        run.files.setdefault(file, "")
    elif what == "done":
        run.files[file] = url
    elif what in ("failed", "limited"):
        run.files.pop(file, None)


def list_noted_targets(result: Entry) -> tuple[str, ...]:
    """Return the targets a result entry saw carrying the run's note; none where the target was not seen again."""
    if "state" not in result or is_new_ticket(str(result.get("target", ""))):
        return ()
    along = [target for target, each in (result.get("along") or {}).items() if each.get("before") != each.get("after")]
    return (str(result.get("target", "")), *along)


def format_flags(allow: int | None = None, per_day: int | None = None, *, without_note: bool = False) -> str:
    """Return the flags to repeat when resuming, each with a leading space; "" for none."""
    said = (f" --allow {allow}" if allow else "") + (f" --per-day {per_day}" if per_day else "")
    return said + (" --without-note" if without_note else "")


def _flags_from_entry(asked: Mapping[str, object]) -> str:
    numbers = [each if type(each) is int and each > 0 else 0 for each in (asked.get("allow"), asked.get("per_day"))]
    return format_flags(*numbers, without_note=asked.get("without_note") is True)


def _is_partly_done(record: TargetRecord) -> bool:
    """Whether a failed request set some of its values all the same."""
    values = parse_values((record.result.get("state") or {}).get("values"))
    after = parse_values(record.intend.get("after"))
    return record.outcome is Outcome.FAILED and len(after) > 1 and len(differing_keys(after, values)) < len(after)


def _sent_changes(record: TargetRecord) -> Iterator[SentChange]:
    if is_new_ticket(record.target):
        yield from _made_tickets(record)
        return
    state = record.result.get("state") or {}
    before, after = parse_values(record.intend.get("before")), parse_values(record.intend.get("after"))
    seen = SeenState(str(state.get("updated_at", "")), int(state.get("revision") or 0))
    kinds = tuple(str(each) for each in record.intend.get("kinds") or ())
    if record.outcome is Outcome.FAILED:
        missed = differing_keys(after, parse_values(state.get("values")))
        after = {key: value for key, value in after.items() if key not in missed}
    lost = parse_values(record.result.get("overwritten"))  # somebody else's, set just before: restored
    for key in record.result.get("hidden") or ():
        lost.pop(key, None)  # a secret the journal holds only masked
    theirs = record.result.get("theirs") or ()
    kept = {key: lost.get(key, before[key]) for key in after if key in before and key not in theirs}
    numbers = numbers_from_intent(record.intend) if record.outcome is Outcome.DONE else ()
    if numbers:  # they are taken out by themselves, wherever they stand by then
        kept.pop(ChangeKey.BODY, None)
    yield SentChange(record.target, record.title, kept, {key: after[key] for key in kept}, seen, kinds, numbers)
    for target, change in (record.result.get("along") or {}).items():
        old, new = parse_values(change.get("before")), parse_values(change.get("after"))
        moved = {key: new[key] for key in old if key in after and new.get(key) == after[key] != old[key]}
        if moved and is_target(target):
            stood = SeenState(str(change.get("updated_at", "")))
            yield SentChange(target, EMPTY, {key: old[key] for key in moved}, moved, stood, kinds)


def _made_tickets(record: TargetRecord) -> Iterator[SentChange]:
    """Yield a ticket that was made, as if it had been reopened: taken back, it is closed."""
    status, closing = (str(record.result.get(name) or "") for name in ("status", "closing"))
    kinds = tuple(str(each) for each in record.intend.get("kinds") or ())
    seen = SeenState(str((record.result.get("state") or {}).get("updated_at", "")))
    if record.made and status and closing and status != closing:
        before, after = {ChangeKey.STATUS.value: closing}, {ChangeKey.STATUS.value: status}
        yield SentChange(record.made, record.own_title, {**before}, {**after}, seen, kinds)


EDITED_AFTER_SEND = t(
    "送ったあとに案が書き換えられています（送るには kb sync と kb plan refresh で案を作り直してください）",
    "it was edited after it was sent (to send that, make a new plan: kb sync, kb plan refresh)",
)


def find_edited_after_send(run: Run, accepted: Iterable[Change]) -> Iterator[Change]:
    """Yield the accepted changes whose values differ from what the run sent for them; they are not sent again."""
    sent = _sent_values(run)
    for change in accepted:
        values, wanted = sent.get(change.identity), merge_values([change])
        if str(wanted.get(ChangeKey.BODY, "")).startswith(f"{PLACE_EDITS}="):
            del wanted[ChangeKey.BODY]  # what was sent is a text, which does not tell its places
        if values is not None and differing_keys(wanted, values):
            yield change


def _sent_values(run: Run) -> dict[str, Mapping[str, Value]]:
    """Map each finished decision to the values its target got, or had already."""
    found: dict[str, Mapping[str, Value]] = {}
    for record in (*run.records.values(), *run.changed):
        if record.outcome in (Outcome.DONE, Outcome.SAME):
            state = record.result.get("state") or {}
            values = {**parse_values(state.get("values")), **parse_values(record.intend.get("after"))}
            found |= {str(each): values for each in record.result.get("changes") or ()}
    return found


@dataclass(frozen=True, slots=True)
class SentChange:
    """What a run did to one target: the values before and after, and the state it left.

    `numbers` are those of tickets that it put into a text, or took out.
    """

    target: str
    title: Masked
    before: dict[str, Value]
    after: dict[str, Value]
    seen: SeenState
    kinds: tuple[str, ...]
    numbers: tuple[PlacedNumber, ...] = ()


class RunStatus(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    PAUSED = "paused"  # after the first few, for somebody to look
    SPENT = "spent"  # the day's share
    FAILING = "failing"  # too many failures in a row
    BROKEN = "broken"  # an exception that ended it
    INTERRUPTED = "interrupted"
