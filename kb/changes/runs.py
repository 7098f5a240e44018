"""Runs as their journals tell them: which plan, what was done to which target, and what was taken back since."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kb.changes.book import values_in
from kb.changes.journal import FORMAT, Entry, entries
from kb.changes.plan import Seen
from kb.changes.remote import Came
from kb.changes.reverse import Sent
from kb.changes.titles import differing
from kb.errors import InputError, UsageError
from kb.lang import Text, t

NAME = re.compile(r"[0-9]{8}-[0-9]{1,4}")
LAST = "last"
NOTICE = "slack"
"""Stands where other runs have the digest of their plan, which is never this: the run was a message in a channel."""
UPLOAD = "upload"
"""The same of a run that sent files to esa, which nobody can take back either."""
_LONGEST = 100_000  # characters of a journal's first line
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
    `flags` are what the last call was given, to be given again by the command that goes on.
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


def read_run(path: Path) -> Run:
    """A run from its journal. Raises InputError for a newer form, or what is no journal; StoreError."""
    run = Run(path.stem)
    intended: dict[str, Entry] = {}
    for entry in entries(path):
        what, target = str(entry["what"]), str(entry.get("target", ""))
        if what in ("run", "resume") and isinstance(entry.get("asked"), Mapping):
            run.flags = _flags(entry["asked"])
        if what == "run":
            if entry.get("format") != FORMAT:
                raise InputError(
                    t(f"{path.name} は新しい kb の記録です。", f"{path.name} was written by a newer kb."),
                    t("kb を更新してください。", "update kb."),
                )
            for name in ("plan", "file", "team", "redmine", "by", "at", "undoes", "about"):
                setattr(run, name, str(entry.get(name, "")))
        elif what == "canary":
            run.canary_passed = True
        elif what == "taken":
            run.taken = True
        elif entry.get("to") == UPLOAD:
            _file(run, what, str(entry.get("file", "")), str(entry.get("url", "")))
        elif what == "intend" and isinstance(entry.get("payload"), Mapping):
            run.notice = str(entry["payload"].get("text", ""))
        elif what == "end":
            run.ended = str(entry.get("how", ""))
            run.over = str(entry.get("at", "")) if run.ended == "finished" else ""
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


def flags(allow: int = 0, per_day: int = 0, *, without_note: bool = False) -> str:
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
    """When a run began (UTC), from the first line of its journal; "~" where that cannot be read: the newest is cut."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            entry = json.loads(file.readline(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return "~"
    return str(entry.get("at", "~")) if isinstance(entry, dict) else "~"


class Runs:
    """All runs of a workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

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
        return read_run(self.path(name))

    def all(self) -> Iterator[Run]:
        """Every run, the newest first."""
        for name in self.names():
            yield self.run(name)

    def of_plan(self, digest: str, undoes: str = "", made: str = "") -> Run | None:
        """The run that applied a plan, if one began to.

        A plan that was `made` (UTC) after that run was over, or was taken back, is another one that says the same:
        where a move leaves no revision, what was sent and moved back again stands as it did before.
        """
        found = next((run for run in self.all() if run.plan == digest and run.undoes == undoes), None)
        if found is None:
            return None
        undone = self.undoing(found.name)
        over = undone.at if undone is not None else found.over
        return None if over and over < made else found

    def undoing(self, name: str) -> Run | None:
        """The run that took another one back, wholly or in part."""
        return next((run for run in self.all() if run.undoes == name and run.dones), None)
