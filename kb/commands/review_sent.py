"""What became of a plan that was applied before, and whether it can be applied here: what `kb review` says of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kb.changes.checked import same_team
from kb.changes.plan import Change, Plan
from kb.changes.remote import Came
from kb.changes.runs import Run, Runs
from kb.commands.review_file import open_groups
from kb.config import Workspace
from kb.errors import RefusedError
from kb.lang import Text, many, t


@dataclass(frozen=True, slots=True)
class Sent:
    """The run that applied a plan, and the name of the one that took it back ("" for none)."""

    run: Run
    undone: str

    def left(self, plan: Plan) -> tuple[Change, ...]:
        """What is accepted and was not sent."""
        return tuple(each for each in plan.accepted if each.identity not in self.run.finished)


def sent(workspace: Workspace, plan: Plan) -> Sent | None:
    """What is known here of a plan's having been sent; None where it was not."""
    runs = Runs(workspace.private / "runs")
    run = runs.of_plan(plan.digest, "", plan.created)
    undone = runs.undoing(run.name) if run is not None else None
    return None if run is None else Sent(run, undone.name if undone else "")


def elsewhere(workspace: Workspace, plan: Plan) -> RefusedError | None:
    """Why a plan cannot be applied in this workspace, whatever is decided; None when it can."""
    try:
        same_team(workspace, plan)
    except RefusedError as error:
        return error
    return None


def told(before: Sent, plan: Plan, path: Path) -> Iterator[Text]:
    """What was sent of a plan, and what can be done about it: a sentence or two."""
    file, run = shlex.quote(str(path)), before.run
    done, left = run.count(Came.DONE), before.left(plan)
    if before.undone:
        yield t(
            f"この変更案は {run.name} で送り、{before.undone} で元に戻しています。",
            f"this plan was sent in {run.name} and taken back in {before.undone}.",
        )
        yield t(f"もう一度送るには: kb plan refresh {file}", f"to send it again: kb plan refresh {file}")
        return
    if left:
        yield t(
            f"この変更案は {run.name} で途中まで送りました（済み {done} 件、残り {len(left)} 件）。",
            f"this plan was sent in part, in {run.name} ({done} done, {many(len(left), 'change')} left).",
        )
        return
    yield t(
        f"この変更案は {run.name} で送りました（済み {done} 件）。", f"this plan was sent in {run.name} ({done} done)."
    )
    undecided = sum(not any(each.accept for each in rows) for _, rows in open_groups(plan))
    if undecided:
        yield t(
            f"送らなかった {undecided} グループを決めるには: kb review {file}",
            f"{many(undecided, 'group')} stayed behind. To decide: kb review {file}",
        )
    yield t(f"元に戻すには: kb undo {run.name}", f"to take it back: kb undo {run.name}")
