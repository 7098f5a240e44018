"""Report on plain `kb` which plans wait, and what was sent last."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kb.errors import KbError
from kb.execute.journal.run import Run
from kb.execute.journal.runs import Runs
from kb.model.document import parse_doc
from kb.model.plan import Verb, digest_group
from kb.model.request import Outcome
from kb.settings.workspace import FILE_NAME, Workspace
from kb.text.display import sanitize
from kb.text.lang import Text, count_noun, t

MAX_PLANS = 3
"""Plans reported, newest first."""

MAX_PLAN_BYTES = 8_000_000
"""The largest file to look into: about twice a plan of 10,000 changes."""

_PUBLISHING = {
    "report": "kb report --publish {}",
    "incidents": "kb incidents --publish {}",
    "diagram": "kb diagram publish",
}
"""How the `file` of publishing runs begins, and the command that resolves an interrupted one."""

_HEAD = 2_000  # bytes within which every plan has its digest
_RECEIPT = ".receipt.toml"


@dataclass(frozen=True, slots=True)
class WaitingPlan:
    """A plan that waits: its state, and the command to continue with."""

    line: Text
    command: str


@dataclass(frozen=True, slots=True)
class _ChangeCounts:
    """What matters here of one change."""

    identity: str
    kind: str
    target: str
    group: str
    accept: bool


@dataclass(frozen=True, slots=True)
class _PlanHead:
    """What matters here of a plan."""

    team: str
    created: str
    digest: str
    changes: tuple[_ChangeCounts, ...]
    reviewed: frozenset[str]

    def undecided(self) -> list[list[_ChangeCounts]]:
        """Return the open groups."""
        groups: dict[str, list[_ChangeCounts]] = {}
        for each in self.changes:
            groups.setdefault(each.group, []).append(each)
        return [rows for group, rows in groups.items() if digest_group(group, rows) not in self.reviewed]


class _RunIndex(Runs):
    """All runs, each read once."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._read: dict[str, Run] = {}

    def run(self, name: str) -> Run:
        if name not in self._read:
            self._read[name] = super().run(name)
        return self._read[name]


def find_waiting_plans(workspace: Workspace) -> list[WaitingPlan]:
    """Return the plans beside kb.toml (and here) with something left to decide or send, newest first."""
    runs = _RunIndex(workspace.private / "runs")
    team = workspace.settings.team
    began = _applied_digests(runs)
    found = [*_half_undone_run(runs), *_interrupted_publish(runs)]
    for path in list_plan_files(workspace):
        plan = _read_plan(path)
        if plan is None or plan.team not in ("", team):
            continue
        run = runs.of_plan(plan.digest, "", plan.created) if plan.digest in began else None
        taken_back = run is not None and runs.undoing(run.name) is not None
        if not taken_back and (one := _describe_plan(plan, path, run)) is not None:
            found.append(one)
    return found


def _half_undone_run(runs: Runs) -> Iterator[WaitingPlan]:
    """Yield the newest run where it is an unfinished undo."""
    run = next(runs.all(), None)
    if run is not None and run.undoes and run.ended != "finished":
        done = run.count(Outcome.DONE)
        yield WaitingPlan(
            t(
                f"{run.undoes} を元に戻す途中（済み {done:,} 件）",
                f"{run.undoes} is taken back in part ({done:,} done)",
            ),
            f"kb undo {run.undoes}{run.flags}",
        )


def _interrupted_publish(runs: Runs) -> Iterator[WaitingPlan]:
    """Yield the newest run where it published and was interrupted before the answer."""
    run = next(runs.all(), None)
    if run is None or run.is_imported or run.undoes:
        return
    again = _PUBLISHING.get(run.file.partition(" ")[0], "")
    for target, intend in run.interrupted.items() if again else ():
        if Verb.PUBLISH in (intend.get("kinds") or ()):
            yield WaitingPlan(
                t(
                    f"{run.name} {sanitize(run.file)}: 途中で止まり、書けたかどうかがまだ分かりません",
                    f"{run.name} {sanitize(run.file)}: interrupted; whether it was written is not known yet",
                ),
                again.format(parse_doc(target).source),
            )


def describe_last_run(workspace: Workspace) -> Text | None:
    """Describe what was sent last; None when nothing was yet."""
    if (run := next(Runs(workspace.private / "runs").all(), None)) is None:
        return None
    done = sum(map(bool, run.files.values())) if run.is_upload else run.count(Outcome.DONE)
    what = t(f"{run.undoes} を元に戻す", f"undo {run.undoes}") if run.undoes else t(run.file, run.file)
    return t(
        f"最後に送ったもの: {run.name} {sanitize(what.ja)}、済み {done:,} 件 → kb history last",
        f"last sent: {run.name} {sanitize(what.en)}, {done:,} done → kb history last",
    )


def newest_journal_faults(workspace: Workspace) -> list[Text]:
    """Return the damage of the newest journals; `kb history` reads them all."""
    runs, room = Runs(workspace.private / "runs"), MAX_PLAN_BYTES
    for name in runs.names():
        with suppress(KbError, OSError):
            room -= runs.path(name).stat().st_size
            if room < 0:
                break
            runs.run(name)
    return list(runs.faults.values())


def list_plan_files(workspace: Workspace) -> Iterator[Path]:
    """Yield the files that may be plans, newest first."""
    found: dict[Path, float] = {}
    for folder in {workspace.root, Path.cwd()}:
        for path in folder.glob("*.toml"):
            try:
                stat = path.stat()
                if path.name == FILE_NAME or path.name.endswith(_RECEIPT) or stat.st_size > MAX_PLAN_BYTES:
                    continue
                if path.is_file():
                    found[path] = stat.st_mtime
            except OSError:
                continue
    yield from sorted(found, key=lambda path: (-found[path], path))


def _read_plan(path: Path) -> _PlanHead | None:
    """Read a plan's file without validating it; None for another file, or a cut one.

    Scanning it for secrets, as review and apply do, would cost more than all the rest of plain `kb`.
    """
    from kb import files
    from kb.settings.toml import load_toml

    try:
        data = files.read_bytes(path) or b""
        if b"\ndigest = " not in data[:_HEAD]:
            return None
        text = data.decode("utf-8-sig")
        table = load_toml(text)
        rows = [_read_change(each) for each in table["change"]]
        if table["changes"] != len(rows):
            return None
        reviewed = frozenset(map(str, table.get("reviewed", ())))
        return _PlanHead(str(table["team"]), str(table["created"]), str(table["digest"]), tuple(rows), reviewed)
    except (KbError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _read_change(table: dict[str, object]) -> _ChangeCounts:
    id, kind, target, group = (table[key] for key in ("id", "kind", "target", "group"))
    if not (isinstance(id, str) and isinstance(kind, str) and isinstance(target, str) and isinstance(group, str)):
        raise TypeError(target)
    return _ChangeCounts(id.partition("-")[0], kind, target, group, table["accept"] is True)


def _applied_digests(runs: Runs) -> set[str]:
    """Return the digests of the plans that were applied, from the first line of each journal."""
    found: set[str] = set()
    for name in runs.names():
        try:
            with (runs.folder / f"{name}.jsonl").open(encoding="utf-8") as file:
                entry = json.loads(file.readline())
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            found.add(str(entry.get("plan", "")))
    return found


def _describe_plan(plan: _PlanHead, path: Path, run: Run | None) -> WaitingPlan | None:
    """Return the state of a plan; None when nothing is left to decide or send."""
    name = sanitize(os.path.relpath(path))
    file = sanitize(shlex.quote(os.path.relpath(path)))
    left = [each for each in plan.changes if each.accept and (run is None or each.identity not in run.finished)]
    if run is not None:
        if not left:
            return None
        done = run.count(Outcome.DONE)
        if run.ended == "finished":  # the rest was refused or stale: sending it again helps little
            return WaitingPlan(
                t(
                    f"変更案 {name}: 済み {done:,} 件、残り {len(left):,} 件は送れませんでした",
                    f"plan {name}: {done:,} done, {count_noun(len(left), 'change')} could not be sent",
                ),
                f"kb plan refresh {file}",
            )
        return WaitingPlan(
            t(
                f"変更案 {name}: 途中まで送りました（済み {done:,} 件、残り {len(left):,} 件）",
                f"plan {name}: sent in part ({done:,} done, {count_noun(len(left), 'change')} left)",
            ),
            f"kb apply {file}{run.flags}",
        )
    undecided = plan.undecided()
    if undecided and not (left and not any(each.accept for changes in undecided for each in changes)):
        count = len(undecided)
        return WaitingPlan(
            t(f"変更案 {name}: 未定 {count:,} グループ", f"plan {name}: {count_noun(count, 'group')} to decide on"),
            f"kb review {file}",
        )
    if not left:
        return None
    return WaitingPlan(
        t(f"変更案 {name}: 送る変更 {len(left):,} 件", f"plan {name}: {count_noun(len(left), 'change')} to send"),
        f"kb apply {file}",
    )
