"""The runs of a workspace: find, export, import."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from kb.errors import InputError, KbError, UsageError
from kb.execute.journal.run import Run, RunStatus, TargetRecord, read_run
from kb.execute.journal.writer import new_journal_path, read_entries
from kb.files import make_private_folder, no_file_error, replace_file, store_error
from kb.model.document import parse_doc
from kb.plan.impact.estimate import parse_person_id
from kb.secrets.masking.registry import get_known
from kb.settings.kb_toml import Settings
from kb.sources.registry import writable_kinds
from kb.text.dates import local_day
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

TAKEN_ENTRY = b'{"what":"taken"}\n'
"""The last line of an imported journal."""


def export_run(journal: Path, file: Path) -> None:
    """Copy a journal to a private file.

    Raises StoreError; UsageError where the file exists, or where the journal holds a value that became known as a
    secret after the run.
    """
    try:
        if get_known().holds(journal.read_text("utf-8", "replace")):
            run = journal.stem
            raise UsageError(
                t(
                    f"実行 {run} の記録には、あとから秘密だと分かった値が入っています。書き出していません。",
                    f"the journal of run {run} holds a value that became known as a secret; it was not written out.",
                ),
                t(
                    f"取り消すときは、ここで実行してください: kb undo {run}",
                    f"to take it back, run it here: kb undo {run}",
                ),
            )
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(handle, "wb") as to, journal.open("rb") as source:
                shutil.copyfileobj(source, to)
        except OSError:
            file.unlink(missing_ok=True)
            raise
    except FileExistsError:
        raise UsageError(
            t(f"{file} はもうあります。", f"{file} already exists."),
            t("別の名前を指定してください。", "give another name."),
        ) from None
    except OSError as error:
        raise store_error(error, file) from None


def import_run(file: Path, runs: Runs, settings: Settings) -> tuple[str, str]:
    """Import a run; return its own name and its name here, which is the day's next one where its own is in use.

    Two people who send on one day both begin with 1. Raises InputError for a file that is not a run of this team,
    StoreError.
    """
    if not file.is_file():
        raise InputError(
            t(f"{file} がありません。", f"{file} does not exist."),
            t(
                "kb history RUN --export で書き出したファイルを指定してください。",
                "name a file that kb history RUN --export wrote.",
            ),
        )
    run = read_run(file, strict=True)
    first = next(iter(read_entries(file)), {})
    name = str(first.get("run", ""))
    if first.get("what") != "run" or not RUN_NAME.fullmatch(name):
        raise InputError(
            t(f"{file} は kb の実行記録ではありません。", f"{file} is not a kb journal."),
            t(
                "kb history RUN --export で書き出してもらってください。",
                "ask for one that kb history RUN --export wrote.",
            ),
        )
    used = {parse_doc(target).source for target in run.records}
    if any(kind.source in used and not kind.owns(run, settings) for kind in writable_kinds()):
        raise InputError(
            t(f"この記録は別のチーム（{run.team[:60]}）のものです。", f"this run is another team's ({run.team[:60]})."),
            t("そのチームの作業フォルダーで取り込んでください。", "import it where that team's kb.toml is."),
        )
    data = file.read_bytes()
    day = name.partition("-")[0]
    for here in runs.names():
        if here.startswith(f"{day}-") and runs.path(here).read_bytes().startswith(data.removesuffix(TAKEN_ENTRY)):
            return name, here
    target = runs.folder / f"{name}.jsonl"
    if target.exists():
        if run.interrupted:  # an interrupted request is resolved by the run's own name in what it wrote
            raise InputError(
                t(
                    f"実行 {name} は途中で止まったもので、同じ名前の別の実行がここにあります。",
                    f"run {name} was interrupted, and another run here has that name.",
                ),
                t(
                    f"送った人の手元で kb undo {name} を実行してもらってください。",
                    f"ask whoever sent it to run kb undo {name} there.",
                ),
            )
        target = new_journal_path(runs.folder, day)
    try:
        make_private_folder(runs.folder)
        replace_file(target, data.removesuffix(TAKEN_ENTRY) + TAKEN_ENTRY, private=True)
    except OSError as error:
        raise store_error(error, target) from None
    return name, target.stem


RUN_NAME = compile_lazy(r"[0-9]{8}-[0-9]{1,4}")
LAST = "last"

_LONGEST = 100_000  # characters of a line searched for the start of a run
_SHOWN = 5  # damaged lines that are listed
_MOST_LINES = 20  # lines searched for it


def _order(path: Path) -> tuple[int, str, int]:
    day, _, number = path.stem.partition("-")
    return int(day), _read_start(path), int(number)


def _read_start(path: Path) -> str:
    """Return when a run began (UTC), from its first readable line; "~" where there is none."""
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
    """All runs of a workspace. `faults` holds the damage of the journals read so far, by run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: dict[str, Text] = {}
        self._all_read = False

    def names(self) -> list[str]:
        """Return the names of all runs, newest first; within a day by time, since imported runs are among them."""
        found = [path for path in self._places() if path.is_file()]
        return [path.stem for path in sorted(found, key=_order, reverse=True)]

    def _places(self) -> Iterator[Path]:
        """Yield where journals are, or what stands in their place."""
        return (path for path in self.folder.glob("*.jsonl") if RUN_NAME.fullmatch(path.stem))

    def path(self, name: str) -> Path:
        """Return the path of a run's journal; `last` is the newest own one that may be undone.

        Raises UsageError, InputError for what is no file.
        """
        if name == LAST:
            name = next((each.name for each in self.all() if not each.is_imported and not each.is_for_good), name)
        path = self.folder / f"{name}.jsonl"
        if not RUN_NAME.fullmatch(name) or not path.is_file():
            if RUN_NAME.fullmatch(name) and os.path.lexists(path):
                raise no_file_error(path)
            last = next(iter(self.names()), "") if name != LAST else ""
            raise UsageError(
                t(f"実行「{name[:40]}」の記録はありません。", f"there is no run {name[:40]!r}."),
                t(f"最近のものは {last} です（kb history）。", f"the latest is {last} (kb history).")
                if last
                else next(iter(self.faults.values()))
                if self.faults
                else t(
                    "ここからはまだ何も送っていません（kb plan で変更案を作れます）。",
                    "nothing was sent from here yet (kb plan makes plans).",
                ),
            )
        return path

    def run(self, name: str) -> Run:
        """Read a run. Raises UsageError, InputError, StoreError."""
        path = self.path(name)
        run = read_run(path)
        if run.damaged or run.torn:
            self.faults[run.name] = _describe_damage(path, run)
        else:
            self.faults.pop(run.name, None)
        return run

    def all(self) -> Iterator[Run]:
        """Yield every run with entries, newest first; those that cannot be read go to `faults`."""
        self.faults |= {path.stem: no_file_error(path).what for path in self._places() if not path.is_file()}
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
        """Return the damage of every journal but one, by run; reads those not read yet."""
        if not self._all_read:
            for _ in self.all():
                pass
        return [what for name, what in sorted(self.faults.items()) if name != but]

    def of_plan(self, digest: str, undoes: str = "", made: str = "", known_as: Collection[str] = ()) -> Run | None:
        """Return the run that began to apply a plan, if any.

        A plan `made` (UTC) after that run ended or was undone is a different one with the same changes: where a move
        leaves no revision, a post moved back looks as it did.

        A run whose first line is lost is matched by the identities of the plan's changes, `known_as`.
        """
        found = next((run for run in self.all() if _has_applied(run, digest, undoes, known_as)), None)
        if found is None:
            return None
        undone = self.undoing(found.name)
        over = undone.at if undone is not None else found.ended_at
        return None if over and over < made else found

    def undoing(self, name: str) -> Run | None:
        """Return the run that undid another one, wholly or in part, and was not undone itself."""
        return self.undone().get(name)

    def undone(self) -> dict[str, Run]:
        """Map each run that is undone, wholly or in part, to the run that did it and still stands."""
        found: dict[str, Run] = {}
        for run in self.all():  # newest first: an undo precedes its run here
            back = found.get(run.name)
            if run.undoes and run.changed and (back is None or back.ended != RunStatus.FINISHED):
                found.setdefault(run.undoes, run)
        return found


def _has_applied(run: Run, digest: str, undoes: str, known_as: Collection[str]) -> bool:
    if run.has_head:
        return run.plan == digest and run.undoes == undoes
    return any(not record.identities.isdisjoint(known_as) for record in run.records.values())


def _describe_damage(path: Path, run: Run) -> Text:
    """Say what is wrong with a journal, and what to do."""
    file, name = os.path.relpath(path), run.name
    if run.is_empty:
        command = f"rm {shlex.quote(file)}"
        return t(
            f"{file} は空です。{name} の控え（*.receipt.toml）がなければ、送り始める前に止まったものなので、"
            f"消してかまいません: {command}",
            f"{file} is empty. Without a receipt of {name} (*.receipt.toml) that run stopped before it sent anything, "
            f"so it may go: {command}",
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


def count_sent_on(runs: Runs, now: datetime, zone: str) -> int:
    """Return how many changes all runs from here sent on the day of `now` in a time zone."""
    return sum(1 for _ in _changed_on(runs, now, zone))


def count_given_on(runs: Runs, now: datetime, zone: str) -> Counter[int]:
    """Return how many tickets that were made on the day of `now` each person got, by id in Redmine."""
    made = (record for record in _changed_on(runs, now, zone) if record.made)
    return Counter(parse_person_id(str((each.intend.get("after") or {}).get("assignee", ""))) for each in made)


def _changed_on(runs: Runs, now: datetime, zone: str) -> Iterator[TargetRecord]:
    day = now.astimezone(ZoneInfo(zone)).date()

    for run in runs.all():
        if not run.is_imported:
            yield from (record for record in run.changed if local_day(record.at, ZoneInfo(zone)) == day)
