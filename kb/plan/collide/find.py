"""Find collisions, and the order in which changes can be sent.

Two esa posts must never share a full name, not even between two requests. So a change waits for the post that has its
name to move away (a chain). Where posts wait for each other (a cycle) one gets another title for a while. A change is
refused where its name never becomes free: two want one name, a name stays taken, no post of a cycle can make room.

Messages quote the plan's names; the caller makes them safe for a terminal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from kb.model.document import Source
from kb.model.plan import Change, ChangeKey, Verb, group_by_target, merge_values
from kb.plan.collide import conflicts
from kb.plan.collide.board import Collisions, NameBoard, PostName

PostNames: TypeAlias = Mapping[int, PostName] | Iterable[tuple[int, PostName]]
"""The name of every live post by number, read once."""


def find_collisions(
    changes: Iterable[Change], places: PostNames, *, personal: Collection[str] = ("Users/*",), me: str = ""
) -> Collisions:
    """Return the collisions of accepted changes. `personal` are globs of personal folders; `me` is my own name."""
    targets = group_by_target(changes)
    posts = {each[0].number: each for each in targets.values() if each[0].source is Source.ESA}
    board = NameBoard(posts, {number: merge_values(each) for number, each in posts.items()})
    board.look(places.items() if isinstance(places, Mapping) else places)
    found = [*conflicts.find_contradictions(targets)]
    found += conflicts.find_name_clashes(board, board.numbers(each for one in found for each in one.changes))
    stopped = board.numbers(each for one in found for each in one.changes)
    said = [
        *conflicts.remark_on_moves_into_moved(board, stopped),
        *conflicts.remark_on_swaps(board),
        *conflicts.remark_on_chains(board, stopped),
        *conflicts.remark_on_spelling(board),
        *conflicts.remark_on_personal_folders(board, personal, me),
        *conflicts.remark_on_unknown(board),
    ]
    waits = ((f"esa:{number}", f"esa:{one}") for number in sorted(board.waits) for one in board.waits[number])
    return Collisions(tuple(found), tuple(said), tuple(waits), tuple(board.swaps))


def sort_for_sending(changes: Iterable[Change], waits: Iterable[tuple[str, str]] = ()) -> tuple[Change, ...]:
    """Return the changes with each target behind those it waits for, else in the order given.

    `waits` are pairs of targets, the later one first: `Collisions.waits` and `find_ticket_dependencies`. The changes of
    a target stay together; targets in a cycle keep their order.
    """
    targets = group_by_target(changes)
    before: dict[str, list[str]] = defaultdict(list)
    for late, early in waits:
        if late in targets and early in targets:
            before[late].append(early)
    return tuple(each for target in _sort_targets(targets, before) for each in targets[target])


def find_ticket_dependencies(
    changes: Iterable[Change], first: Mapping[int, Collection[int]], closed: Collection[str] = ()
) -> Iterator[tuple[str, str]]:
    """Yield pairs of tickets, the later one first.

    `first` maps a ticket to those Redmine wants closed before it: its children, and what blocks it. Reopening goes the
    other way round: a child of a closed parent stays closed (measured on Redmine 6.0.5). `closed` are the names of
    closing statuses; without them a close closes, and an undo reopens.
    """
    touched = {each[0].number: each for each in group_by_target(changes).values() if each[0].source is Source.REDMINE}
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
        if ChangeKey.STATUS in merge_values([each]):
            was, will = each.before[ChangeKey.STATUS] in closed, each.after[ChangeKey.STATUS] in closed
            if not closed:
                was, will = each.kind is Verb.UNDO, each.kind is not Verb.UNDO
            return will if was is not will else None
    return None


def _sort_targets(targets: Iterable[str], before: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield each target once, behind those it waits for; iterative, since chains may be long."""
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
