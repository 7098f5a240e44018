"""Drift as every format of the weekly report shows it: counts by rule, and the model's own labels. Plain values.

Only what `targets` and `reason` hold (made for the terminal alone) names what the model does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kb.model.masked import EMPTY, Masked
from kb.text.lang import Text


class DriftKind(StrEnum):
    """What became of a finding in the week."""

    NEW = "new"
    MENDED = "mended"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class DriftRow:
    """Findings of one rule on one node, or on nothing the model has.

    `label` is the node's, "" outside the model. `until` is the day (ISO) until which they are set aside ("" for no
    end), `reason` why they are.
    """

    kind: DriftKind
    code: str
    label: str = ""
    count: int = 1
    until: str = ""
    reason: Masked = EMPTY
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DriftTally:
    """A rule's findings: new and mended in the week, open and ignored now."""

    code: str
    label: Text
    new: int = 0
    mended: int = 0
    open: int = 0
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class DriftTrouble:
    """A source that is missing, stale, shrunk or incomplete: its name, the rule that says so, and when it was taken.

    `only_sections`: what is missing are sections of its hosts that their user may not read.
    """

    name: str
    code: str
    taken_on: str = ""
    only_sections: bool = False


@dataclass(frozen=True, slots=True)
class DriftWeek:
    """The week's drift. `sources` snapshots were read, the newest taken on `taken_on` (ISO date).

    `first` came with a source nobody had looked at before, `baselined` are in the baseline. Of a past week `open` is
    None, and only moves are known. In one person's report `own` of the open ones are on their nodes, whose rows come
    first.
    """

    open: int | None = None
    first: int = 0
    sources: int = 0
    taken_on: str = ""
    troubles: tuple[DriftTrouble, ...] = ()
    rows: tuple[DriftRow, ...] = ()
    by_rule: tuple[DriftTally, ...] = ()
    baselined: int = 0
    own: int | None = None

    def count(self, kind: DriftKind) -> int:
        """Return how many findings were new, mended or ignored."""
        return sum(row.count for row in self.rows if row.kind is kind)

    @property
    def is_quiet(self) -> bool:
        """Whether all sources are fresh and whole, and nothing differs, moved or is ignored."""
        return self.open == 0 and not self.rows and not self.troubles
