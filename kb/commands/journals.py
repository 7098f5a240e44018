"""What commands say of journals that are empty, cut or damaged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kb.console import talk
from kb.errors import Exit
from kb.lang import t

if TYPE_CHECKING:
    from kb.changes.restore import Restored
    from kb.changes.runs import Run, Runs
    from kb.config import Workspace

SHOWN = 10
"""Targets that are named."""


def tell_faults(runs: Runs, *, used: Run | None = None) -> None:
    """Say what is wrong with any journal of a workspace, a line each.

    Nothing is said of one that a crash cut and that is `used` now: it is gone on with.
    """
    but = used.name if used is not None and not used.damaged else ""
    for what in runs.all_faults(but):
        talk(str(what))


def restore(workspace: Workspace, run: Run) -> Restored:
    """Fill in what a damaged journal has lost, from receipts and plans beside kb.toml and here."""
    from kb.changes.restore import restored

    return restored(run, (workspace.root, Path.cwd()))


def tell_restored(found: Restored | None, *, finished: bool) -> Exit:
    """Say whether all that a damaged journal had lost is taken back; the exit code that this makes.

    `finished` says that everything that is known was taken back.
    """
    if found is None:
        return Exit.OK
    name = found.run.name
    if found.lost:
        targets = [*found.lost[:SHOWN], *(["…"] if len(found.lost) > SHOWN else [])]
        what = t(
            f"{'、'.join(targets)} の元の値は、{name} の壊れた行とともに失われています。"
            "esa や Redmine の履歴を見て、手で戻してください。",
            f"what stood in {', '.join(targets)} before is lost with the damaged lines of {name}: "
            "take it back by hand, from the history that esa and Redmine keep.",
        )
    elif not found.is_whole:
        what = t(
            f"{name} の壊れた行で、ほかにも送ったかどうかが分かりません。"
            f"変更案とその控え（*.receipt.toml）を kb.toml の横に戻して、もう一度: kb undo {name}",
            f"nobody knows whether the damaged lines of {name} told of more. "
            f"Put the plan and its receipt (*.receipt.toml) back beside kb.toml, and again: kb undo {name}",
        )
    elif finished:
        talk(
            str(
                t(
                    f"控えにある {name} の変更は、壊れた行の分も含めてすべて元に戻っています。",
                    f"all that the receipt of {name} names is taken back, the damaged lines included.",
                )
            )
        )
        return Exit.OK
    else:
        return Exit.OK
    talk(str(what))
    return Exit.CHANGE
