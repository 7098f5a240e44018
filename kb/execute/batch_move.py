"""Rename a whole category with one request instead of moving its posts one by one.

Only a complete subtree, and only to an empty place: esa checks nothing and merges into what is there, and a merge
cannot be undone. So both places are read just before and just after.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from kb.execute.journal import records
from kb.execute.journal.writer import EntryLog
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Source
from kb.model.plan import Change, ChangeKey, SeenState, Verb, group_by_target, merge_values
from kb.model.request import ChangeRequest, Outcome, RequestPreview, Result, TargetState, build_request
from kb.plan.impact.duration import SURVEY_SIZE
from kb.plan.rebase import rests_on_text
from kb.plan.sections.places import is_place_edit
from kb.plan.values import differing_keys
from kb.secrets.mask_document import mask_text
from kb.sources.registry import writable_kinds
from kb.text.globs import is_below, list_levels
from kb.text.lang import Text, count_noun, t

MIN_POSTS = 3
"""Posts that make one batch request worth the two reads around it."""


@dataclass(frozen=True, slots=True)
class Subtree:
    """A category, its new name, and the numbers of all posts in and below it."""

    source: str
    target: str
    numbers: tuple[int, ...]


def plan_subtrees(mirror: Mirror, changes: Iterable[Change]) -> tuple[Subtree, ...]:
    """Return the complete categories that these changes move, in a source that renames one by a single request."""
    able = {kind.source for kind in writable_kinds() if kind.renames_categories}
    places = ((number, place[0]) for number, place in queries.post_places(mirror.database))
    return find_subtrees(group_by_target(each for each in changes if each.source in able), places)


def find_subtrees(requests: Mapping[str, tuple[Change, ...]], places: Iterable[tuple[int, str]]) -> tuple[Subtree, ...]:
    """Return the complete categories these requests move, in sending order: none goes where anything still is.

    `requests` holds the changes of each target; `places` is the number and category of every post. What one category
    leaves another may enter (`2025` → `2026` after `2026` → `old`); categories that wait for each other are left out.
    """
    moves = dict(_find_moves(requests))
    renames = {pair: numbers for pair, numbers in _find_renames(moves).items() if len(numbers) >= MIN_POSTS}
    ends = {place for pair in renames for place in pair}
    below: dict[str, set[int]] = {place: set() for place in ends}  # the posts in and below each, as moves go on
    stands: dict[int, str] = {}
    for number, place in places:
        if levels := ends.intersection(list_levels(place)):
            stands[number] = place
        for each in levels:
            below[each].add(number)
    found: list[Subtree] = []
    waiting = {
        pair: numbers
        for pair, numbers in sorted(renames.items())
        if below[pair[0]] >= numbers and not is_below(pair[1], pair[0])
    }
    while True:
        free = [pair for pair, numbers in waiting.items() if below[pair[0]] == numbers and not below[pair[1]]]
        sources = {source for source, _ in waiting}
        clear = [pair for pair in free if not sources.intersection(list_levels(pair[1]))]
        for source, target in clear or free[:1]:  # into what is to move itself only where nothing else can go
            numbers = waiting.pop((source, target))
            if below[source] != numbers or below[target]:
                continue  # one before it took its posts along, or its place
            found.append(Subtree(source, target, tuple(sorted(numbers))))
            for number in numbers:
                for level in ends.intersection(list_levels(stands[number])):
                    below[level].discard(number)
                for level in ends.intersection(list_levels(moves[number][1])):
                    below[level].add(number)
        if not free:
            break
    return tuple(found)


def _find_moves(requests: Mapping[str, tuple[Change, ...]]) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield number and (old, new) category of the posts whose only change is the category; links go apart."""
    for changes in requests.values():
        if any(map(rests_on_text, changes)):
            continue  # each of these pages is read again before it is sent
        after = merge_values(each for each in changes if not is_place_edit(each))
        if set(after) == {ChangeKey.CATEGORY}:
            before = next(
                str(change.before[ChangeKey.CATEGORY]) for change in changes if ChangeKey.CATEGORY in change.before
            )
            yield changes[0].number, (before, str(after[ChangeKey.CATEGORY]))


def _find_renames(moves: Mapping[int, tuple[str, str]]) -> dict[tuple[str, str], set[int]]:
    """Map each (old, new) pair of categories to the posts that rename would move, subcategories included."""
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for number, (source, target) in moves.items():
        for pair in _ancestors(source, target):
            found[pair].add(number)
    return found


def _ancestors(source: str, target: str) -> Iterator[tuple[str, str]]:
    """Yield a move and the renames of parent categories with the same effect on the post."""
    old, new = source.split("/"), target.split("/")
    while old and new and source and target:
        yield "/".join(old), "/".join(new)
        if old[-1] != new[-1]:
            return
        old, new = old[:-1], new[:-1]


Conclude = Callable[[ChangeRequest, Result, Mapping[int, TargetState], Mapping[int, TargetState]], None]

MOVED_ELSEWHERE = t(
    "だれかが別の分類へ移していたので、そのままにしました", "somebody had moved it elsewhere, so it was left alone"
)
MOVED_ALONG = t(
    "分類を移すあいだにそこへ入ったので、一緒に移りました", "it entered the category during the move and moved along"
)
POST_GONE = t("分類を移すあいだに見つからなくなりました", "it disappeared while its category was moved")
SEARCH_WAITS_S = (1, 2, 4, 8)
"""Pauses before searching again for posts esa counts but the search does not show yet."""

MOVED_PARTLY = t("分類の移動が途中までしか済んでいません", "the category was only moved in part")


@runtime_checkable
class CanPreviewMove(Protocol):
    """A remote that can say which request renames a category."""

    def composed_move(self, source: str, target: str) -> RequestPreview:
        """Return what is sent to rename a category."""


@runtime_checkable
class CanMoveCategory(Protocol):
    """The part of a remote that a batch move needs."""

    source: Source

    def subtree(self, category: str) -> dict[int, TargetState]:
        """Return the state of all posts in and below a category."""

    def look(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        """Return the state of up to 100 posts."""

    def counts(self) -> Mapping[str, int]:
        """Return the number of posts per category; unlike the search it does not lag."""

    def pause(self, seconds: float) -> None:
        """Wait."""

    def move(self, source: str, target: str) -> Result:
        """Rename a category."""


def move_category(
    remote: CanMoveCategory,
    subtree: Subtree,
    requests: Sequence[ChangeRequest],
    journal: EntryLog,
    conclude: Conclude,
    fresh: Callable[[], bool] = lambda: True,
) -> list[ChangeRequest]:
    """Move a category as a whole if it still is as planned; return the requests to send one by one instead.

    `requests` are those of its posts. Nothing moves as a whole when anything differs from what was seen, or when the
    look is not `fresh` any more.
    """
    journal.write("read", system=remote.source.value, why="whole", category=subtree.source)
    before = remote.subtree(subtree.source)
    journal.write("read", system=remote.source.value, why="whole", category=subtree.target)
    taken = remote.subtree(subtree.target)
    if taken or set(before) != set(subtree.numbers) or any(
        differing_keys(each.before, before[each.number].values) for each in requests
    ):  # fmt: skip
        return list(requests)
    journal.write("read", system=remote.source.value, why="whole", counts=True)
    counts = remote.counts()
    if _count_below(counts, subtree.source) != len(before) or _count_below(counts, subtree.target) or not fresh():
        return list(requests)
    for request in requests:
        journal.write("intend", whole=True, **records.intent_entry(request, before[request.number], before))
    journal.write("move", source=subtree.source, target=subtree.target, posts=len(requests))
    result = remote.move(subtree.source, subtree.target)
    if result.outcome in (Outcome.LIMITED, Outcome.FAILED):
        for request in requests:
            journal.write("limited", target=request.target)
        if result.trouble is not None:
            raise result.trouble
        return list(requests)
    now, unseen = _read_moved(remote, subtree, journal)
    arrived = any(each.number in now and not differing_keys(each.after, now[each.number].values) for each in requests)
    after = {each.number: str(each.after[ChangeKey.CATEGORY]) for each in requests}
    for request, stood in _find_strays(subtree, after, now) if arrived else ():
        journal.write("intend", whole=True, **records.intent_entry(request, stood, {}))
        conclude(request, Result(Outcome.DONE, MOVED_ALONG, now[request.number], crossed=True), {}, now)
    left = []
    steps = {
        each.number: now[each.number].revision - before[each.number].revision for each in requests if each.number in now
    }
    usual = min(steps.values(), default=0)  # whether a move is a revision differs; an edit is one more
    for request in requests:
        state = now.get(request.number)
        if state is not None and not differing_keys(request.after, state.values):
            crossed = unseen > 0 or steps[request.number] > usual
            conclude(request, Result(Outcome.DONE, _describe_unseen(unseen), state, crossed=crossed), before, now)
            unseen = 0  # reported once
        elif state is None:
            conclude(request, Result(Outcome.SKIPPED, POST_GONE), before, now)
        elif result.outcome is Outcome.DONE and differing_keys(request.before, state.values):
            conclude(request, Result(Outcome.STALE, MOVED_ELSEWHERE, state), before, now)
        elif result.outcome is Outcome.DONE:
            conclude(request, Result(Outcome.FAILED, MOVED_PARTLY, state), before, now)
        else:  # no answer, and this one did not move
            journal.write("limited", target=request.target)
            left.append(request)
    return left


def _read_moved(remote: CanMoveCategory, subtree: Subtree, journal: EntryLog) -> tuple[dict[int, TargetState], int]:
    """Return the states in the target and of the plan's posts, and how many posts esa counts there beyond those.

    The search may lag: it is repeated until it shows as many posts as esa counts, or the pauses are used up.
    """
    for pause_s in (*SEARCH_WAITS_S, 0):
        journal.write("read", system=remote.source.value, why="prove", category=subtree.target)
        now = remote.subtree(subtree.target)
        unfound = [number for number in subtree.numbers if number not in now]
        for at in range(0, len(unfound), SURVEY_SIZE):
            journal.write("read", system=remote.source.value, why="prove", numbers=unfound[at : at + SURVEY_SIZE])
            now |= remote.look(unfound[at : at + SURVEY_SIZE])
        journal.write("read", system=remote.source.value, why="prove", counts=True)
        places = Counter(str(state.values.get(ChangeKey.CATEGORY, "")) for state in now.values())
        unseen = _count_below(remote.counts(), subtree.target) - _count_below(places, subtree.target)
        if unseen <= 0:
            break
        if pause_s:
            remote.pause(pause_s)
    return now, max(0, unseen)


def _describe_unseen(count: int) -> Text | None:
    """Return the sentence for posts that moved along unseen by any search; None for none."""
    if not count:
        return None
    return t(
        f"ほかに {count:,} 件の記事が分類と一緒に移りました（検索にまだ出ないので、どれかは分かりません）",
        f"{count_noun(count, 'post')} more went along with the category "
        "(the search does not show them yet, so it is not known which)",
    )


def _count_below(counts: Mapping[str, int], category: str) -> int:
    return sum(count for place, count in counts.items() if is_below(place, category))


def _find_strays(
    subtree: Subtree, after: Mapping[int, str], now: Mapping[int, TargetState]
) -> Iterator[tuple[ChangeRequest, TargetState]]:
    """Yield posts that moved along undecided, each as the request that would have done it and its earlier state.

    A post of the plan counts too when somebody had just put it elsewhere in the category.
    """
    for number, state in now.items():
        place = str(state.values.get(ChangeKey.CATEGORY, ""))
        if is_below(place, subtree.target) and after.get(number) != place and mask_text(place) == place:
            was = f"{subtree.source}{place.removeprefix(subtree.target)}"
            change = Change(
                kind=Verb.MOVE,
                target=f"esa:{number}",
                before={ChangeKey.CATEGORY.value: was},
                after={ChangeKey.CATEGORY.value: place},
                seen=SeenState(state.updated_at, state.revision),
                title=mask_text(str(state.values.get(ChangeKey.TITLE, ""))),
            )
            yield (
                build_request([change]),
                TargetState({**state.values, ChangeKey.CATEGORY.value: was}, state.revision, state.updated_at),
            )
