"""Rules about what runs, held against what is written down. Pure.

A rule is one file of `linters/system/`, whose docstring explains it as those of all rules do. `kb diagram check
--drift` runs it over the estate.

    rule = drift_rule("SYS211", __name__, Severity.WARNING, look)

What says that something is gone asks `estate.proves_absence` of every source it rests on first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from kb.estate.drift.kinds import Evidence, SourceKind
from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.rules.registry import Rule
from kb.text.lang import Text

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


@dataclass(frozen=True, slots=True)
class DriftHit:
    """What a rule saw: of which target, on what evidence, and what to do next.

    `target` is a node's id, or what DRIFT calls it where no node claims it; a code tells of a target once. `severity`
    is given where it differs from the rule's. `place` is the target's key in `Model.places`, "" for a node's own.
    `role` tells what is set aside of a target from what is not, where that is not all a rule says of it.
    """

    target: str
    message: Text
    evidence: tuple[Evidence, ...]
    next_step: Text
    severity: Severity | None = None
    confidence: Confidence = Confidence.HIGH
    place: str = ""
    role: str = ""

    def __post_init__(self) -> None:
        if not self.evidence or not self.next_step.ja:
            raise ValueError(f"{self.target}: no evidence, or no next step")


DriftCheck: TypeAlias = Callable[["Estate"], Iterable[DriftHit]]

LOOKS: dict[str, DriftCheck] = {}
"""What each rule does, by its code."""


NEEDS: dict[str, tuple[SourceKind, ...]] = {
    "SYS212": (SourceKind.EC2,),
    "SYS214": (SourceKind.EC2,),
    "SYS221": (SourceKind.ZABBIX, SourceKind.EC2),
    "SYS222": (SourceKind.ZABBIX, SourceKind.EC2),
    "SYS232": (SourceKind.CODEDEPLOY,),
    "SYS233": (SourceKind.CODEDEPLOY, SourceKind.EC2),
    "SYS245": (SourceKind.HOSTS,),
    "SYS251": (SourceKind.EC2, SourceKind.ZABBIX),
}
"""The sources without which a rule says nothing, besides those in its evidence (what says "gone" or "too few")."""


SECTIONS: dict[str, tuple[str, ...]] = {
    "SYS234": ("ps",),
    "SYS235": ("git", "files", "jars"),
    "SYS241": ("nproc", "loadavg", "mem"),
    "SYS242": ("nproc", "ps"),
    "SYS243": ("ps", "jars"),
    "SYS244": ("containers",),
    "SYS245": ("ps",),
    "SYS246": ("redis",),
    "SYS261": ("ps", "units", "cron", "containers", "jars", "services"),
    "SYS262": ("cron",),
    "SYS263": ("disk",),
    "SYS264": ("tls",),
}
"""The sections of hosts that a rule rests on: another one that is denied is nothing to it."""

READS = SECTIONS | {"SYS245": ("ps", "jars")}
"""Those without which a rule may have been silent: a jar that lies somewhere is known once all were listed."""


def drift_rule(code: str, module: str, severity: Severity, look: DriftCheck, *, pressing: bool = False) -> Rule:
    """Create a rule about the estate; it sees no documents. What is `pressing` goes into no baseline."""
    LOOKS[code] = look
    return Rule(code, module, severity, kinds=frozenset(), reads=False, pressing=pressing)


def select_drift_rules(known: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules that look at the estate."""
    return tuple(rule for rule in known if rule.code in LOOKS)
