"""What the model knows of a run: what was decided, what was sent, what was told of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from torture_kit.changes_truth import Row, Values, same

FINAL = ("done", "same")
"""What ends a decision: it is not sent any more."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One accepted change: what it sets, and what it was decided on."""

    identity: str
    target: str
    before: Values
    after: Values
    kind: str = "move"
    along: tuple[str, ...] = ()
    revision: int = 0

    @classmethod
    def of(cls, row: Row) -> Decision:
        """A decision as a trace tells it."""
        return cls(
            row["identity"],
            row["target"],
            tupled(row["before"]),
            tupled(row["after"]),
            row["kind"],
            tuple(row["along"]),
            row["revision"],
        )

    @property
    def sets(self) -> Values:
        """What it would change."""
        return {key: value for key, value in self.after.items() if value != self.before[key]}

    def touched(self, now: Values) -> bool:
        """Whether something it sets is not as it was decided on."""
        return any(not same(key, self.before[key], now[key]) for key in self.sets)

    def stands(self, now: Values) -> bool:
        """Whether all that it sets stands already."""
        return all(same(key, value, now[key]) for key, value in self.sets.items())


@dataclass(slots=True)
class Write:
    """One write that a system has taken. `looked` and `stood` are the values when kb looked, and just before it.

    `along` are tickets that Redmine closed with it, and their status before and after. `place` is that of what was told
    of it among all that was. `again`: an earlier write of the run had set its status, along with another
    ticket.
    """

    target: str
    way: str
    identities: tuple[str, ...]
    before: Values
    after: Values
    looked: Values
    stood: Values
    crossed: bool
    answered: bool
    told: str = ""
    place: int = 0
    again: bool = False
    lost: Values = field(default_factory=dict)
    theirs: frozenset[str] = frozenset()
    became: Values = field(default_factory=dict)
    along: list[tuple[str, Any, Any]] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        """Whether anything of it stood when it was told."""
        return any(same(key, value, self.became[key]) for key, value in self.after.items())

    @property
    def took(self) -> Values:
        """What it set that had not stood there just before."""
        return {
            key: value
            for key, value in self.after.items()
            if same(key, value, self.became[key]) and not same(key, value, self.stood[key])
        }

    @property
    def overwritten(self) -> Values:
        """Values of others that it replaced although nobody had decided on them."""
        return {
            key: self.stood[key]
            for key in self.after
            if not same(key, self.stood[key], self.before[key]) and not same(key, self.stood[key], self.after[key])
        }


@dataclass(slots=True)
class Book:
    """One run, over all calls that worked on it.

    `told` is the last word on each decision; `open` are targets with an intent of which nothing was told yet.
    """

    name: str = ""
    undoes: str = ""
    decisions: dict[str, Decision] = field(default_factory=dict, repr=False)
    told: dict[str, str] = field(default_factory=dict, repr=False)
    writes: list[Write] = field(default_factory=list, repr=False)
    open: set[str] = field(default_factory=set, repr=False)
    tells: int = 0

    def tell(self, write: Write, told: str) -> None:
        """Note what was told of a write, and after how many others."""
        self.tells += 1
        write.told, write.place = told, self.tells

    def finished(self, identity: str) -> bool:
        """Whether a decision was sent, or need not be."""
        return self.told.get(identity) in FINAL or any(
            identity in write.identities for write in self.writes if write.told != "failed"
        )

    def cut(self) -> list[Write]:
        """The writes that were taken, and of which nothing was told yet."""
        return [write for write in self.writes if not write.told]

    def dones(self) -> list[Write]:
        """The writes that were told as done, wholly or in part, in the order they were told."""
        found = [write for write in self.writes if write.told == "done" or (write.told == "failed" and write.stands)]
        return sorted(found, key=lambda write: write.place)

    def back(self) -> list[tuple[str, str, Any, Any]]:
        """What taking this run back has to do, in this order: target, key, what stands there, what should."""
        found = []
        for write in reversed(self.dones()):
            if write.told == "done" or same("status", write.after.get("status"), write.became["status"]):
                found += [(target, "status", new, old) for target, old, new in reversed(write.along)]
            for key, value in sorted(write.after.items(), reverse=True):
                if same(key, value, write.became[key]) and key not in write.theirs:
                    found.append((write.target, key, value, write.lost.get(key, write.looked[key])))
        return found


@dataclass(slots=True)
class Counts:
    """What happened in all runs together."""

    steps: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    strikes: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)

    def add(self, other: Counts) -> None:
        """Count what was counted elsewhere."""
        self.steps += other.steps
        self.calls += other.calls
        self.strikes += other.strikes
        self.seen += other.seen

    def shown(self) -> dict[str, object]:
        """The counts as JSON."""
        return {
            "steps": self.steps,
            "calls": dict(sorted(self.calls.items())),
            "struck": dict(sorted(self.strikes.items())),
            "seen": dict(sorted(self.seen.items())),
        }


def strike(fault: Row) -> str:
    """How a fault is counted: its kind, and the form it has."""
    return "/".join(str(fault[key]) for key in ("kind", "retry_after", "form") if key in fault)


def tupled(values: Row) -> Values:
    """Values as they came through JSON: lists are tuples again."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def by_target(decisions: Iterable[Decision]) -> dict[str, list[Decision]]:
    """The decisions of each target, in order."""
    found: dict[str, list[Decision]] = {}
    for each in decisions:
        found.setdefault(each.target, []).append(each)
    return found


def sent(decisions: Iterable[Decision]) -> Values:
    """All that these decisions of one target set."""
    return {key: value for each in decisions for key, value in each.sets.items()}


def rest(decisions: Iterable[Decision], now: Values) -> Iterator[Decision]:
    """Those of one target's decisions that may be sent, as it stands now."""
    return (each for each in decisions if not each.touched(now))
