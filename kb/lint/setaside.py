"""What the team set aside outside of the pages: decisions and the baseline, read from beside kb.toml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kb.config import Workspace
from kb.errors import InputError
from kb.lang import t
from kb.model import Finding

if TYPE_CHECKING:
    from kb.lint.baseline import Baseline
    from kb.lint.decisions import Decisions

BASELINE = "kb-baseline.toml"
DECISIONS = "kb-decisions.toml"


class SetAside:
    """Marks findings that somebody set aside; a decision comes before the baseline.

    `named` is the baseline of `--baseline`. Raises InputError for a file that cannot be used.
    """

    def __init__(self, workspace: Workspace | None, named: str | None, today: date) -> None:
        self.path = Path(named) if named is not None else workspace.root / BASELINE if workspace else None
        self._today = today
        self.baseline: Baseline | None = None
        self._decisions: Decisions | None = None
        if self.path is not None and (named is not None or self.path.exists()):
            self.baseline = _baseline(self.path)
        if workspace is not None and (workspace.root / DECISIONS).exists():
            from kb.lint.decision_file import DecisionFile

            self._decisions = DecisionFile(workspace.root / DECISIONS).decisions()

    def marked(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings, each with by what it was set aside."""
        for each in findings:
            waiver = each.waiver
            if waiver is None and self._decisions is not None:
                waiver = self._decisions.match(each, self._today)
            if waiver is None and self.baseline is not None:
                waiver = self.baseline.match(each)
            yield each if waiver is each.waiver else replace(each, waiver=waiver)


def _baseline(path: Path) -> Baseline | None:
    """The baseline in a file; None when the file is not there yet."""
    from kb.lint.baseline import Baseline

    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            t(f"{path} を読めません（{error}）。", f"{path} cannot be read ({error})."),
            t("UTF-8 で保存されているか、権限を確かめてください。", "check that it is UTF-8 and readable."),
        ) from None
    return Baseline.parse(text, path.name)
