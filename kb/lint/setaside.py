"""What the team set aside outside of the pages: decisions and the baseline.

Both are files beside kb.toml; where there is none, as when a folder of files is linted by itself,
in the current folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kb.config import Workspace
from kb.lint import team_file
from kb.lint.formats.places import id_of
from kb.lint.judge import Judgement
from kb.model import DocId, Finding

if TYPE_CHECKING:
    from kb.lint.baseline import Baseline
    from kb.lint.decisions import Decisions, What

BASELINE = "kb-baseline.toml"
DECISIONS = "kb-decisions.toml"


def filed(finding: Finding) -> Finding:
    """A finding as the team's files name it: the document's id without a credential that its title holds."""
    doc = id_of(finding.doc)
    return finding if doc == finding.doc else replace(finding, doc=doc)


class SetAside:
    """Marks findings that somebody set aside; a decision comes before the baseline.

    `named` is the baseline of `--baseline`. Raises InputError for a file that cannot be used.
    """

    def __init__(self, workspace: Workspace | None, named: str | None, today: date) -> None:
        folder = workspace.root if workspace else Path()
        self.path = Path(named) if named is not None else folder / BASELINE
        self._today = today
        self.baseline: Baseline | None = None
        self.met: set[DocId] = set()
        self.unsure: set[DocId] = set()
        self._decisions: Decisions | None = None
        known = team_file.read(self.path, named=named is not None)
        if known is not None:
            from kb.lint.baseline import Baseline

            self.baseline = Baseline.parse(known, self.path.name)
        self._documents = self.baseline.documents() if self.baseline is not None else frozenset()
        self.decided_in = folder / DECISIONS
        if os.path.lexists(self.decided_in):  # a link in a circle is told, not taken for nothing
            from kb.lint.decision_file import DecisionFile

            self._decisions = DecisionFile(self.decided_in).decisions()

    def marked(self, judgement: Judgement, findings: Iterable[Finding]) -> Iterator[Finding]:
        """One document's findings, each with by what it was set aside.

        Of the documents in the baseline, `met` gathers those that came by, `unsure` those where a rule crashed.
        """
        doc = id_of(judgement.entry.doc)
        if doc in self._documents:
            (self.unsure if judgement.crashes else self.met).add(doc)
        for each in findings:
            waiver = each.waiver
            if waiver is None and self._decisions is not None:
                waiver = self._decisions.match(each, self._today)
            if waiver is None and self.baseline is not None:
                waiver = self.baseline.match(filed(each))
            if self._decisions is not None and (done := self._decisions.rotation_of(each, self._today)) is not None:
                from kb.lint.decisions import to_clean

                each = to_clean(each, done)
            yield each if waiver is each.waiver else replace(each, waiver=waiver)

    def strange(self, key_id: str) -> Iterator[tuple[Path, str, int]]:
        """Entries on secrets that another key than that of `key_id` made: their file, that key's id, how many."""
        if self.baseline is not None and self.baseline.secrets and self.baseline.key not in ("", key_id):
            yield self.path, self.baseline.key, self.baseline.secrets
        if self._decisions is not None:
            for made_with, count in sorted(self._decisions.keys().items()):
                if made_with != key_id:
                    yield self.decided_in, made_with, count

    @property
    def decided(self) -> int | None:
        """How many findings were decided on; None when there is no file."""
        return len(self._decisions) if self._decisions is not None else None

    def followed(self, finding: Finding) -> What | None:
        """What was decided on a finding that is told all the same: that somebody was asked, or a ticket made."""
        if self._decisions is None or not self._decisions.settles(finding, self._today):
            return None
        decision = self._decisions.on(finding)
        return decision.what if decision is not None and finding.waiver is None else None
