"""The receipt of a plan: what was sent of it, without any value, to stand beside it in git."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from kb.changes.remote import Came
from kb.changes.runs import Run
from kb.lang import t
from kb.lint import table_file

TABLE = "sent"

_TOP = t(
    "# kb apply の控えです。何をいつ送ったかだけで、題名や値は入っていません。\n",
    "# A receipt of kb apply: what was sent and when, and no title or value.\n",
)


def receipt_path(plan: Path) -> Path:
    """Where the receipt of a plan stands: beside it, plan.receipt.toml."""
    return plan.with_name(f"{plan.stem}.receipt.toml")


def receipt(run: Run) -> str:
    """A run as a receipt."""
    counts = Counter(told.came.value for told in run.told.values() if told.came is not None)
    head: dict[str, str | int] = {"format": table_file.FORMAT, "run": run.name, "plan": run.plan, "by": run.by}
    head |= {came.value: counts[came.value] for came in Came if counts[came.value]}
    rows = (
        table_file.block(TABLE, {"target": told.target, "came": told.came.value, "at": told.at})
        for told in run.told.values()
        if told.came is not None
    )
    return str(_TOP) + table_file.head(head) + "".join(f"\n{row}" for row in rows)
