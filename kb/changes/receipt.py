"""The receipt of a plan: what was sent of it, without any value, to stand beside it in git."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kb.changes.remote import Came
from kb.changes.runs import Run
from kb.errors import InputError
from kb.lang import t
from kb.lint import table_file, team_file

TABLE = "sent"

_ENDING = ".receipt.toml"
_HEADS = ("run", "plan", "by", *Came)
_KEYS = ("target", "came", "at")

_TOP = t(
    "# kb apply の控えです。何をいつ送ったかだけで、題名や値は入っていません。\n",
    "# A receipt of kb apply: what was sent and when, and no title or value.\n",
)


def receipt_path(plan: Path) -> Path:
    """Where the receipt of a plan stands: beside it, plan.receipt.toml."""
    return plan.with_name(f"{plan.stem}{_ENDING}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it stands in a file: the run, the digest of its plan, and what became of each target."""

    run: str
    plan: str
    path: Path
    came: dict[str, str]

    @property
    def plan_path(self) -> Path:
        """Where the plan stands that it is a receipt of."""
        return self.path.with_name(f"{self.path.name.removesuffix(_ENDING)}.toml")


def receipts(folders: Iterable[Path], run: str) -> Iterator[Receipt]:
    """Find the receipts of a run in some folders; what is no receipt is passed over."""
    for path in sorted({path for folder in folders for path in folder.glob(f"*{_ENDING}")}):
        try:
            above, rows = table_file.read(team_file.read(path) or "", path.name, TABLE, _KEYS, _HEADS)
            if above.text("run") == run:
                came = {row.text("target", needed=True): row.text("came", needed=True) for row in rows}
                yield Receipt(run, above.text("plan"), path, came)
        except InputError:
            continue


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
