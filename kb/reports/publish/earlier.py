"""What was published before: what a crash left open is settled, and members are told of a week once."""

from __future__ import annotations

from kb.changes.runs import Runs
from kb.config import Workspace
from kb.reports.publish.decide import Decision


def settle(workspace: Workspace, target: str) -> None:
    """Find out what became of a request to this target that a crash cut off (kb.changes.apply.settled)."""
    from kb.changes.apply import settled

    runs = Runs(workspace.private / "runs")
    for run in runs.all():
        if target in run.told:
            if target in run.cut and not run.taken:
                settled(workspace, run.name)
            return


def tells(workspace: Workspace, week: str, decision: Decision, file: str) -> bool:
    """Whether members are told: of the first publishing of a week. `file` is what its runs are called.

    The section says which week stands there, also where another machine wrote it; the runs say what stood there since.
    """
    if not week or decision.week >= week:
        return False
    return not any(run.file == file and run.dones for run in Runs(workspace.private / "runs").all())
