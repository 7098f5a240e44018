"""In which order changes are sent: what another one waits for goes first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from kb.changes.plan import Change, Key, Verb, merged, wanted
from kb.model import Source


def sending_order(changes: Iterable[Change], waits: Iterable[tuple[str, str]] = ()) -> tuple[Change, ...]:
    """The changes so that no target comes before one it waits for; else in the order given.

    `waits` are pairs of targets, the later one first: `Collisions.waits`, and those of `ticket_waits`.
    The changes of one target stay together. Targets that wait for each other keep their order.
    """
    targets = merged(changes)
    before: dict[str, list[str]] = defaultdict(list)
    for late, early in waits:
        if late in targets and early in targets:
            before[late].append(early)
    return tuple(each for target in _settled(targets, before) for each in targets[target])


def ticket_waits(
    changes: Iterable[Change], first: Mapping[int, Collection[int]], closed: Collection[str] = ()
) -> Iterator[tuple[str, str]]:
    """Pairs of tickets of the plan, the later one first.

    `first` gives for a ticket those Redmine wants closed before it: its children, and what blocks it.
    Reopening goes the other way round: a child of a closed parent stays closed (measured on Redmine
    6.0.5). `closed` are the names of statuses that close; without them a close closes, and undoing reopens.
    """
    touched = {each[0].number: each for each in merged(changes).values() if each[0].source is Source.REDMINE}
    for number, each in touched.items():
        for early in first.get(number, ()):
            if early not in touched:
                continue
            if _closes(each, closed) is True and _closes(touched[early], closed) is True:
                yield f"redmine:{number}", f"redmine:{early}"
            elif _closes(each, closed) is False and _closes(touched[early], closed) is False:
                yield f"redmine:{early}", f"redmine:{number}"


def _closes(changes: Iterable[Change], closed: Collection[str]) -> bool | None:
    """Whether changes close their ticket (True), reopen it (False), or neither."""
    for each in changes:
        if Key.STATUS in wanted([each]):
            was, will = each.before[Key.STATUS] in closed, each.after[Key.STATUS] in closed
            if not closed:
                was, will = each.kind is Verb.UNDO, each.kind is not Verb.UNDO
            return will if was is not will else None
    return None


def _settled(targets: Iterable[str], before: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Each target once, behind those it waits for: without recursion, chains may be long."""
    begun: set[str] = set()
    done: set[str] = set()
    for start in targets:
        waiting = [start]
        while waiting:
            target = waiting[-1]
            ahead: Sequence[str] = () if target in begun else before.get(target, ())
            begun.add(target)
            fresh = [each for each in reversed(ahead) if each not in begun]
            if fresh and target not in done:
                waiting += fresh
                continue
            waiting.pop()
            if target not in done:
                done.add(target)
                yield target
