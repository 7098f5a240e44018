"""Runs as their journals tell them: which plan, what was done to which target, and what was taken back since."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from kb.changes.book import values_in
from kb.changes.journal import FORMAT, Contents, Entry, entries, read_journal
from kb.changes.plan import Seen, Verb
from kb.changes.remote import Came
from kb.changes.reverse import Sent
from kb.changes.titles import differing
from kb.changes.way import How
from kb.errors import InputError, KbError, UsageError
from kb.lang import Text, t

NAME = re.compile(r"[0-9]{8}-[0-9]{1,4}")
LAST = "last"
NOTICE = "slack"
"""Stands where other runs have the digest of their plan, which is never this: the run was a message in a channel."""
UPLOAD = "upload"
"""The same of a run that sent files to esa, which nobody can take back either."""
SETTLED = "settled"
"""How a call ended that only found out what became of requests: it says nothing of how the run ended."""

PROBE = "probe"
"""The same of a run of `kb doctor --probe`, which earlier releases had: it says what it made, not what stood there."""

_LONGEST = 100_000  # characters of a line of a journal that tells when its run began
_SHOWN = 5  # numbers of damaged lines that are told
_MOST_LINES = 20  # lines of a damaged journal that are looked at for that
_TARGET = re.compile(r"(?:esa|redmine):[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one target: why, what was sent, how it stood and stands. `came` is None where a crash cut it off."""

    target: str
    came: Came | None
    at: str
    intend: Entry = field(repr=False)
    result: Entry = field(repr=False)

    @property
    def identities(self) -> set[str]:
        """The changes it was about."""
        return {str(each) for entry in (self.intend, self.result) for each in entry.get("changes") or ()}

    @property
    def answered(self) -> tuple[str, ...]:
        """The targets that were seen to hold a note of the run after it: its own, and what closed along."""
        marked = self.intend.get("unmarked") is not True
        return noted(self.result) if marked and self.came in (Came.DONE, Came.FAILED) else ()

    @property
    def title(self) -> str:
        """What the target was called."""
        return str(self.intend.get("title", ""))

    @property
    def why(self) -> Text | None:
        """Why it was not done."""
        said = self.result.get("why")
        return t(str(said.get("ja", "")), str(said.get("en", ""))) if isinstance(said, Mapping) else None


@dataclass(slots=True)
class Run:
    """One run. `plan` is the digest of its plan, `undoes` the run it takes back ("" for none).

    `over` is when it last came to its end, "" while something is left of it; `taken` says that somebody
    handed it over. `notice` is what a message in a channel said, which nobody can take back.

    `files` are those that were sent, by what stands for each, with their addresses ("": nobody knows whether it is
    there); `about` is the post they were sent for.

    `told` is the last word on each target, `dones` what was done, in that order; `finished` are the
    identities of the changes that need not be sent any more; `answers` how many requests each target has answered.
    `flags` are what the last call was given, to be given again by the command that goes on; `consented` the ids of the
    changes that were accepted by answering apply, or by its flag, rather than in the plan.

    `has_head` says that its first line could be read, `torn` that a crash cut the last; `damaged` are the numbers of
    lines that could not be read, or that tell of something no other line announced.
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
    over: str = ""
    canary_passed: bool = False
    taken: bool = False
    notice: str = ""
    about: str = ""
    files: dict[str, str] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    dones: list[Told] = field(default_factory=list)
    finished: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    flags: str = ""
    consented: set[str] = field(default_factory=set)
    has_head: bool = False
    damaged: tuple[int, ...] = ()
    torn: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether its journal says nothing at all: it was stopped before anything could be sent."""
        return not self.has_head and not self.damaged and not self.told

    @property
    def is_undo(self) -> bool:
        """Whether it takes another run back; where its first line is lost, what it sent tells."""
        kinds = {str(kind) for told in self.told.values() for kind in told.intend.get("kinds") or ()}
        return bool(self.undoes) or (not self.has_head and kinds == {Verb.UNDO.value})

    @property
    def is_notice(self) -> bool:
        """Whether it was a message in a channel."""
        return self.plan == NOTICE

    @property
    def is_upload(self) -> bool:
        """Whether it sent files."""
        return self.plan == UPLOAD

    @property
    def is_for_good(self) -> bool:
        """Whether nobody can take it back: a message, files."""
        return self.is_notice or self.is_upload

    def count(self, came: Came) -> int:
        """How many targets ended so."""
        return sum(each.came is came for each in self.told.values())

    @property
    def cut(self) -> dict[str, Entry]:
        """What was about to be sent when a crash cut it off, by target: it may have been done."""
        return {told.target: told.intend for told in self.told.values() if told.came is None}

    def sent(self) -> Iterator[Sent]:
        """What was done, in the order it was done, along with what a system did besides."""
        for each in self.dones:
            yield from _sent(each)


def read_run(path: Path, *, strict: bool = False) -> Run:
    """Read a run from its journal, as far as that can be read. Raises InputError for a newer form; StoreError.

    With `strict` what is no journal raises InputError, too: somebody may have handed it over.
    """
    found = Contents(dict(enumerate(entries(path)))) if strict else read_journal(path)
    run = Run(path.stem, damaged=found.damaged, torn=found.torn)
    intended: dict[str, Entry] = {}
    for line, entry in found.entries.items():
        what, target = str(entry["what"]), str(entry.get("target", ""))
        if what in ("run", "resume") and isinstance(entry.get("asked"), Mapping):
            run.flags = _flags(entry["asked"])
        if what == "run":
            if entry.get("format") != FORMAT:
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
        elif what == "taken":
            run.taken = True
        elif entry.get("to") == UPLOAD:
            _file(run, what, str(entry.get("file", "")), str(entry.get("url", "")))
        elif what == "intend" and isinstance(entry.get("payload"), Mapping):
            run.notice = str(entry["payload"].get("text", ""))
        elif what == "end" and entry.get("how") != SETTLED:
            run.ended = str(entry.get("how", ""))
            run.over = str(entry.get("at", "")) if run.ended == How.FINISHED else ""
        elif what == "intend" and _TARGET.fullmatch(target):
            intended[target] = entry
            run.told[target] = Told(target, None, str(entry.get("at", "")), entry, {})
        elif what == "limited" and run.told.get(target) is not None:
            del run.told[target]  # nothing happened to it
        elif _TARGET.fullmatch(target) and what in set(Came):
            told = Told(target, Came(what), str(entry.get("at", "")), intended.get(target, entry), entry)
            run.told[target] = told
            run.answers.update(told.answered)
            if told.came in (Came.DONE, Came.SAME):
                run.finished.update(str(each) for each in entry.get("changes") or ())
            if told.came is Came.DONE or _in_part(told):
                run.dones.append(told)
                if "before" not in told.intend and run.plan != PROBE:
                    run.damaged = tuple(sorted((*run.damaged, line)))  # what stood there is lost
    return run


def _file(run: Run, what: str, file: str, url: str) -> None:
    """One entry about a file: it is about to be sent, it is there, or it is not."""
    if what == "intend":
        run.files.setdefault(file, "")
    elif what == "done":
        run.files[file] = url
    elif what in ("failed", "limited"):
        run.files.pop(file, None)


def noted(result: Entry) -> tuple[str, ...]:
    """The targets that a request left a note on, from what was told of it: none where its target was not seen again."""
    if "state" not in result:
        return ()
    along = [target for target, each in (result.get("along") or {}).items() if each.get("before") != each.get("after")]
    return (str(result.get("target", "")), *along)


def flags(allow: int | None = None, per_day: int | None = None, *, without_note: bool = False) -> str:
    """What was asked for, to be asked for again by the command that goes on; "" or with a blank before it."""
    said = (f" --allow {allow}" if allow else "") + (f" --per-day {per_day}" if per_day else "")
    return said + (" --without-note" if without_note else "")


def _flags(asked: Mapping[str, object]) -> str:
    numbers = [each if type(each) is int and each > 0 else 0 for each in (asked.get("allow"), asked.get("per_day"))]
    return flags(*numbers, without_note=asked.get("without_note") is True)


def _in_part(told: Told) -> bool:
    """Whether a request that failed left some of its values all the same."""
    values = values_in((told.result.get("state") or {}).get("values"))
    after = values_in(told.intend.get("after"))
    return told.came is Came.FAILED and len(after) > 1 and len(differing(after, values)) < len(after)


def _sent(told: Told) -> Iterator[Sent]:
    state = told.result.get("state") or {}
    before, after = values_in(told.intend.get("before")), values_in(told.intend.get("after"))
    seen = Seen(str(state.get("updated_at", "")), int(state.get("revision") or 0))
    kinds = tuple(str(each) for each in told.intend.get("kinds") or ())
    if told.came is Came.FAILED:
        missed = differing(after, values_in(state.get("values")))
        after = {key: value for key, value in after.items() if key not in missed}
    lost = values_in(told.result.get("overwritten"))  # somebody else's, set just before: theirs comes back
    for key in told.result.get("hidden") or ():
        lost.pop(key, None)  # it held a secret, of which the journal has only the mask
    kept = {key: lost.get(key, before[key]) for key in after if key in before}
    yield Sent(told.target, told.title, kept, {key: after[key] for key in kept}, seen, kinds)
    for target, change in (told.result.get("along") or {}).items():
        old, new = values_in(change.get("before")), values_in(change.get("after"))
        moved = {key: new[key] for key in old if key in after and new.get(key) == after[key] != old[key]}
        if moved and _TARGET.fullmatch(target):
            yield Sent(
                target, "", {key: old[key] for key in moved}, moved, Seen(str(change.get("updated_at", ""))), kinds
            )


def _day(path: Path) -> int:
    return int(path.stem.partition("-")[0])


def _number(path: Path) -> int:
    return int(path.stem.partition("-")[2])


def _began(path: Path) -> str:
    """When a run began (UTC), from the first line of its journal that can be read; "~" where none can."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in islice(iter(lambda: file.readline(_LONGEST), ""), _MOST_LINES):
                with suppress(ValueError, RecursionError):
                    entry = json.loads(line)
                    if isinstance(entry, dict) and isinstance(entry.get("at"), str):
                        return str(entry["at"])
    except OSError:
        pass
    return "~"


class Runs:
    """All runs of a workspace. `faults` says what is wrong with the journals that were read so far, by run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: dict[str, Text] = {}
        self._all_read = False

    def names(self) -> list[str]:
        """The names of all runs, the newest first; within a day by their times: a colleague's may be among them."""
        found = [path for path in self.folder.glob("*.jsonl") if NAME.fullmatch(path.stem) and path.is_file()]
        ordered = sorted(found, key=lambda path: (_day(path), _began(path), _number(path)), reverse=True)
        return [path.stem for path in ordered]

    def path(self, name: str) -> Path:
        """Where a run's journal is; `last` is the newest from here that may be taken back. Raises UsageError."""
        if name == LAST:
            name = next((each.name for each in self.all() if not each.taken and not each.is_for_good), name)
        path = self.folder / f"{name}.jsonl"
        if not NAME.fullmatch(name) or not path.is_file():
            last = next(iter(self.names()), "") if name != LAST else ""
            raise UsageError(
                t(f"実行「{name[:40]}」の記録はありません。", f"there is no run {name[:40]!r}."),
                t(f"最近のものは {last} です（kb history）。", f"the latest is {last} (kb history).")
                if last
                else t(
                    "ここからはまだ何も送っていません（kb plan で変更案を作れます）。",
                    "nothing was sent from here yet (kb plan makes plans).",
                ),
            )
        return path

    def run(self, name: str) -> Run:
        """One run. Raises UsageError, InputError, StoreError."""
        path = self.path(name)
        run = read_run(path)
        if run.damaged or run.torn:
            self.faults[run.name] = _fault(path, run)
        else:
            self.faults.pop(run.name, None)
        return run

    def all(self) -> Iterator[Run]:
        """Every run whose journal says something, the newest first. What cannot be read is among `faults` then."""
        for name in self.names():
            try:
                run = self.run(name)
            except KbError as error:
                self.faults[name] = error.what
                continue
            if not run.is_empty:
                yield run
        self._all_read = True

    def all_faults(self, but: str = "") -> list[Text]:
        """What is wrong with any journal here but one, by run; those that nobody has read yet are read for it."""
        if not self._all_read:
            for _ in self.all():
                pass
        return [what for name, what in sorted(self.faults.items()) if name != but]

    def of_plan(self, digest: str, undoes: str = "", made: str = "", known_as: Collection[str] = ()) -> Run | None:
        """The run that applied a plan, if one began to.

        A plan that was `made` (UTC) after that run was over, or was taken back, is another one that says the same:
        where a move leaves no revision, what was sent and moved back again stands as it did before.

        Where the first line of a journal is lost, it is known by the identities of the plan's changes, `known_as`.
        """
        found = next((run for run in self.all() if _is_of(run, digest, undoes, known_as)), None)
        if found is None:
            return None
        undone = self.undoing(found.name)
        over = undone.at if undone is not None else found.over
        return None if over and over < made else found

    def undoing(self, name: str) -> Run | None:
        """The run that took another one back, wholly or in part, and was not taken back itself."""
        return self.undone().get(name)

    def undone(self) -> dict[str, Run]:
        """The runs that are taken back, wholly or in part, each with the run that did it and still stands."""
        found: dict[str, Run] = {}
        for run in self.all():  # the newest first: what took `run` back came before it here
            back = found.get(run.name)
            if run.undoes and run.dones and (back is None or back.ended != How.FINISHED):
                found.setdefault(run.undoes, run)
        return found


def _is_of(run: Run, digest: str, undoes: str, known_as: Collection[str]) -> bool:
    if run.has_head:
        return run.plan == digest and run.undoes == undoes
    return any(not told.identities.isdisjoint(known_as) for told in run.told.values())


def _fault(path: Path, run: Run) -> Text:
    """What is wrong with a journal, and what to do."""
    file, name = os.path.relpath(path), run.name
    if run.is_empty:
        command = f"rm {shlex.quote(file)}"
        return t(
            f"{file} は空です（送り始める前に止まりました）。何も送っていないので、消してかまいません: {command}",
            f"{file} is empty: that run stopped before it sent anything, so it may go: {command}",
        )
    if not run.damaged:
        return t(
            f"{file} の最後の行が途中で切れています（途中で止まった実行です）。どこまで送ったかは: kb history {name}",
            f"the last line of {file} is cut: that run stopped on its way. To see how far it came: kb history {name}",
        )
    lines = [str(each) for each in run.damaged[:_SHOWN]] + (["…"] if len(run.damaged) > _SHOWN else [])
    return t(
        f"{file} は {'、'.join(lines)} 行目が壊れています。残りを見るには: kb history {name}",
        f"{file} is damaged at line {', '.join(lines)}. To see the rest: kb history {name}",
    )


def sent_on(runs: Runs, now: datetime, zone: str) -> int:
    """How many changes were sent from here on the day of `now` in a time zone, by all runs."""
    day = now.astimezone(ZoneInfo(zone)).date()

    def there(moment: str) -> bool:
        try:
            return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).date() == day
        except ValueError:
            return False

    return sum(there(told.at) for run in runs.all() if not run.taken for told in run.dones)
