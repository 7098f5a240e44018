"""What a person decides at once: the groups of a plan, and where these are many, several that go one way together.

A thousand pages out of forty people's folders are forty groups, and one question.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from kb.changes.plan import Change, Plan, group_mark
from kb.lang import Text, t

MOST = 30
"""Decisions beyond which groups are put together."""

_TO, _WHY = " → ", ": "

Group = tuple[str, tuple[Change, ...]]
Key = Callable[[Sequence[Group]], tuple[Hashable, ...]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Groups that are decided on at once, each with its changes. `decided`: somebody did, on all of them."""

    groups: tuple[Group, ...]
    decided: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """What the groups are called in the plan."""
        return tuple(name for name, _ in self.groups)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes of its groups."""
        return tuple(each for _, changes in self.groups for each in changes)

    @property
    def label(self) -> str:
        """What it is called: as its group, or what its groups have in common."""
        if len(self.groups) == 1:
            return self.names[0]
        return str(_called(self.names))


def bundles(plan: Plan, most: int = MOST) -> list[Bundle]:
    """The groups of a plan, each alone; where they are more than `most`, those with one end, one reason or one verb.

    What was decided on, and what kb was not sure of (nothing of it is accepted), is never put to the rest.
    """
    found: list[Sequence[Group]] = [[group] for group in plan.groups()]
    for key in (_same_end, _same_reason, _same_verb):
        found = _together(found, key, most)
    return [bundle for groups in found for bundle in _apart(groups, plan)]


def _together(found: list[Sequence[Group]], key: Key, most: int) -> list[Sequence[Group]]:
    """Join what has the same key, the largest family first, until there are no more than `most`."""
    families: dict[tuple[Hashable, ...], list[Sequence[Group]]] = {}
    for each in found:
        families.setdefault(key(each), []).append(each)
    joined: set[tuple[Hashable, ...]] = set()
    count = len(found)
    for name, family in sorted(families.items(), key=lambda one: -len(one[1])):
        if count > most and len(family) > 1:
            joined.add(name)
            count -= len(family) - 1
    made: list[Sequence[Group]] = []
    for each in found:
        name = key(each)
        if name not in joined:
            made.append(each)
        elif family := families.pop(name, []):
            made.append([group for one in family for group in one])
    return made


def _apart(groups: Sequence[Group], plan: Plan) -> Iterator[Bundle]:
    """What stays of a family when what is decided on, and what is doubtful, goes its own way."""
    sorts: dict[tuple[bool, bool], list[Group]] = {}
    for name, changes in groups:
        decided = group_mark(name, changes) in plan.reviewed
        sorts.setdefault((decided, decided or any(each.accept for each in changes)), []).append((name, changes))
    yield from (Bundle(tuple(some), decided) for (decided, _), some in sorts.items())


def _same_end(groups: Sequence[Group]) -> tuple[Hashable, ...]:
    """All behind the first arrow; a group without one stays alone."""
    name = groups[0][0]
    return *_sort(groups), name.partition(_TO)[2] or name


def _same_reason(groups: Sequence[Group]) -> tuple[Hashable, ...]:
    return *_sort(groups), _reason(groups[0][0])


def _same_verb(groups: Sequence[Group]) -> tuple[Hashable, ...]:
    return _sort(groups)


def _sort(groups: Sequence[Group]) -> tuple[Hashable, ...]:
    """What is never mixed: another system, another verb."""
    first = groups[0][1][0]
    return first.source, first.kind


def _reason(name: str) -> str:
    tail = name.partition(_TO)[2]
    return tail.rpartition(_WHY)[2] or tail


def _called(names: Sequence[str]) -> Text:
    more = len(names) - 1
    source, _, tail = names[0].partition(_TO)
    if tail and all(each.partition(_TO)[2] == tail for each in names):
        return t(f"{source} ほか {more} か所 → {tail}", f"{source} and {more} more → {tail}")
    reason = _reason(names[0])
    if reason and all(_reason(each) == reason for each in names):
        return t(f"{len(names)} グループ: {reason}", f"{len(names)} groups: {reason}")
    return t(f"{names[0]} ほか {more} グループ", f"{names[0]}, and {more} more groups")
