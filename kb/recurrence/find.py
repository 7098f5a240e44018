"""Find the incidents that are the same trouble again, among all of a team: said, stated, confirmed or likely.

    find_recurrences(records, answers)["esa:12"].earlier

Each incident is compared with the few earlier ones that it names or shares rare words with, so that the cost grows with
the number of incidents and not with its square.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from kb.model.document import Visibility
from kb.model.recurrence import MOST_TOLD, Recurrence, RepeatKind
from kb.model.sketch import Mention
from kb.recurrence.likeness import Leads, Likeness, Measured, Vocabulary
from kb.recurrence.record import NO_ANSWERS, Answers, IncidentRecord, Link, Repeats, list_paths, read_link
from kb.text.dates import parse_day

ONE_EVENT_DAYS = 10
"""Days within which two pages of the same cause, without a word on an earlier trouble, are two reports of one event."""
SAME_PART = 2.2
"""Weight of shared names from which two incidents are on the same part: a few dozen of a thousand name it."""
EVIDENCE = 11.0
LEAST_WORDS = 3.0
"""Weight of the words the causes share: one that is rare."""
SAID_OF_IT = 10.0
"""Weight of the words by which a sentence tells which earlier trouble it means: three that are rare."""

MOST_MEASURED = 1000
"""Incidents held as they are compared at one time: each takes some 10 kB, and is soon made again."""


class _Comparison(NamedTuple):
    """What incidents are compared with: the weights of words, each incident, and the earlier ones by rare words."""

    vocabulary: Vocabulary
    measure: Callable[[int], Measured]
    leads: Leads

    def overlap(self, again: Iterable[Mention], before: int) -> float:
        """Return what the words weigh that sentences about an earlier trouble share with an incident."""
        earlier = self.measure(before)
        words = {word for each in again if each.span is not None for word in each.words}
        return self.vocabulary.weigh(words & (earlier.scene | earlier.cause), self.vocabulary.words)


@dataclass(slots=True)
class _Relations:
    """What was found of two incidents, by their places in time: `apart` wins over everything but an answer.

    Nothing is concluded from two relations: that one page is like a second and that one like a third says little of
    the first and the third, and a wrong relation would spread over all pages that are like it.
    """

    same: dict[tuple[int, int], RepeatKind] = field(default_factory=dict)
    meant: set[tuple[int, int]] = field(default_factory=set)
    """The earlier one that a page most likely means, which says "again" and names none."""
    likely: set[tuple[int, int]] = field(default_factory=set)
    apart: set[tuple[int, int]] = field(default_factory=set)
    counts: dict[int, int] = field(default_factory=dict)


def find_recurrences(records: Iterable[IncidentRecord], answers: Answers = NO_ANSWERS) -> dict[str, Recurrence]:
    """Return what each incident repeats, by its id; those that repeat nothing are left out."""
    every = list(records)
    told = {record.key: record.earlier for record in every}
    return {key: found.tell(told.__getitem__) for key, found in find_repeats(every, answers).items()}


def find_repeats(records: Iterable[IncidentRecord], answers: Answers = NO_ANSWERS) -> dict[str, Repeats]:
    """Return what each incident repeats by the keys of the earlier ones, without reading what came of them.

    What every member may read is compared as if nothing else were there; what not everybody may read, with all.
    """
    every = sorted(records, key=lambda record: record.order)
    shared = [record for record in every if record.visibility >= Visibility.MEMBERS]
    found = _find(shared, answers)
    if len(shared) < len(every):
        limited = {record.key for record in every} - {record.key for record in shared}
        found |= {key: told for key, told in _find(every, answers).items() if key in limited}
    return found


def _find(ordered: Sequence[IncidentRecord], answers: Answers) -> dict[str, Repeats]:
    return dict(_describe(ordered, _relate(ordered, answers)))


def _relate(ordered: Sequence[IncidentRecord], answers: Answers) -> _Relations:
    places = _Places(ordered)
    vocabulary = Vocabulary(ordered)
    measure = lru_cache(MOST_MEASURED)(lambda at: vocabulary.measure(ordered[at].sketch))
    leads = Leads(vocabulary)
    found = _Relations()
    for at, record in enumerate(ordered):
        _relate_one(at, record, places, _Comparison(vocabulary, measure, leads), found)
        leads.add(at, record.sketch)
    numbers = {record.key: at for at, record in enumerate(ordered)}
    for pair, same in answers.items():
        here = sorted(numbers[key] for key in pair if key in numbers)
        if len(here) != 2:
            continue
        edge = here[0], here[1]
        found.likely.discard(edge)
        found.meant.discard(edge)
        found.same.pop(edge, None)
        found.apart.discard(edge)
        if same:
            found.same[edge] = RepeatKind.CONFIRMED
        else:
            found.apart.add(edge)
    return found


def _relate_one(at: int, record: IncidentRecord, places: _Places, compared: _Comparison, found: _Relations) -> None:
    """Relate one incident to the earlier ones."""
    sketch = record.sketch
    again = [each for each in sketch.mentions if not each.apart]
    apart = [each for each in sketch.mentions if each.apart]
    named = {before for each in again for before in places.named(at, record, each)}
    kept_apart = {before for each in apart for before in places.named(at, record, each)}
    linked = places.linked(at, record)
    found.apart.update((before, at) for before in kept_apart)
    found.counts[at] = max((each.count for each in again), default=0)
    if sketch.follows_up:
        # A later report is of the event it names: nothing of its own came again.
        found.apart.update((before, at) for before in named | linked)
    named -= kept_apart
    if again and not named:
        # 【再発】 in the title, and the link to the earlier page elsewhere: of several nobody knows which is meant.
        linking = {before for before in linked - kept_apart if not _is_one_event(record, places.ordered[before])}
        named = linking if len(linking) == 1 else set()
        found.likely.update((before, at) for before in linking - named)
    likenesses = {
        before: compared.vocabulary.compare(compared.measure(at), compared.measure(before))
        for before in {
            *compared.leads.find(sketch, [word for each in again for word in each.words] if again else None),
            *places.titled(at, record),
        }
        if before not in kept_apart and before not in linked - named
    }
    fitting = {
        before: alike
        for before, alike in likenesses.items()
        if not _is_one_event(record, places.ordered[before])
        and before not in named
        and not _is_of_another_team(record, places.ordered[before])
    }
    for before in named:
        found.same[before, at] = RepeatKind.SAID
    if again and not named and not sketch.follows_up:
        said = {before: compared.overlap(again, before) for before in fitting}
        meant = [
            before
            for before, alike in fitting.items()
            if _is_fitting(alike) or (said[before] >= SAID_OF_IT and alike.names + alike.scene >= 0.15)
        ]
        if meant:
            best = max(meant, key=lambda before: (_weigh(fitting[before]) + said[before] / SAID_OF_IT, before))
            found.meant.add((best, at))
    if sketch.follows_up:
        return
    for before, alike in fitting.items():
        earlier = places.ordered[before].sketch
        if _is_near(record, places.ordered[before]) or earlier.follows_up:
            continue
        if (
            sketch.statement
            and sketch.statement == earlier.statement
            and not _names_differ(sketch.names, earlier.names)
        ):
            found.same.setdefault((before, at), RepeatKind.STATED)
        elif not apart and _is_likely(alike):
            found.likely.add((before, at))


def _names_differ(a: Sequence[int], b: Sequence[int]) -> bool:
    """Return whether both name parts of a system, and no part in common."""
    return bool(a) and bool(b) and not {*a}.intersection(b)


def _weigh(alike: Likeness) -> float:
    return min(alike.names, 6.0) / 6 + alike.scene + 2 * alike.cause


def _is_fitting(alike: Likeness) -> bool:
    """Return whether an earlier incident can be the one that a page says came again, though it does not name it."""
    if alike.names < SAME_PART:
        return alike.scene >= 0.5 or (alike.scene >= 0.1 and alike.cause >= 0.15)
    return alike.scene >= 0.15 or alike.cause >= 0.05


def _is_likely(alike: Likeness) -> bool:
    """Return whether two incidents have the same mechanism on the same part."""
    if alike.is_elsewhere or alike.cause == 0.0:
        return False
    if alike.names < SAME_PART:
        return alike.words >= 10 and alike.cause >= 0.5 and alike.scene >= 0.3
    # The scene may tell the mechanism, too (an error text): then the parts have to be the same beyond doubt.
    is_told = alike.words >= LEAST_WORDS or (alike.is_same_mechanism and alike.names >= 2.5 * SAME_PART)
    return is_told and _sum_evidence(alike) >= EVIDENCE


def _sum_evidence(alike: Likeness) -> float:
    return (
        min(alike.words, 14.0)
        + 6.0 * alike.is_same_mechanism
        + 6.0 * min(alike.scene, 0.5)
        + min(alike.names - SAME_PART, 4.0)
    )


def _is_one_event(record: IncidentRecord, before: IncidentRecord) -> bool:
    """Return whether two pages can tell of one event: the same day."""
    if record.told and before.told:
        return record.day == before.day
    return abs(_days_between(record.day, before.day)) <= 1


def _is_of_another_team(record: IncidentRecord, before: IncidentRecord) -> bool:
    """Return whether two pages lie below the folders of two teams."""
    return bool(record.team and before.team) and record.team != before.team


def _is_near(record: IncidentRecord, before: IncidentRecord) -> bool:
    """Return whether two pages that do not say "again" are more likely two reports of one event."""
    return abs(_days_between(record.day, before.day)) <= ONE_EVENT_DAYS


def _days_between(a: str, b: str) -> int:
    one, other = parse_day(a), parse_day(b)
    return (one - other).days if one and other else 0


class _Places:
    """Finds incidents by what names them."""

    def __init__(self, ordered: Sequence[IncidentRecord]) -> None:
        self.ordered = ordered
        self._paths: defaultdict[str, list[int]] = defaultdict(list)
        self._titles: defaultdict[int, list[int]] = defaultdict(list)
        self._days: defaultdict[str, list[int]] = defaultdict(list)
        for at, record in enumerate(ordered):
            for path in list_paths(record):
                self._paths[path].append(at)
            self._titles[record.sketch.title].append(at)
            if record.told:
                self._days[record.day].append(at)

    def follow(self, at: int, link: Link) -> Iterator[int]:
        """Yield the earlier incident a link leads to; a `#12` is a ticket before it is a post."""
        host, path = link
        found = [
            before
            for before in self._paths.get(path, ())
            if before != at and (not host or not self.ordered[before].host or host == self.ordered[before].host)
        ]
        if len(found) > 1:
            found.sort(key=lambda before: self.ordered[before].key.startswith("redmine"), reverse=True)
        for before in found[:1]:
            if before < at:
                yield before

    def linked(self, at: int, record: IncidentRecord) -> set[int]:
        """Return the earlier incidents that a page links to."""
        return {before for link in record.links for before in self.follow(at, link)}

    def titled(self, at: int, record: IncidentRecord) -> Iterator[int]:
        """Yield earlier incidents with the same words in the title."""
        return islice((each for each in self._titles[record.sketch.title] if each < at), 20)

    def named(self, at: int, record: IncidentRecord, mention: Mention) -> set[int]:
        """Return the earlier incidents that a sentence names: by link, by title in brackets, by their day."""
        links = filter(None, map(read_link, mention.links))
        found = {before for link in links for before in self.follow(at, link)}
        if found:
            return found
        for title in mention.titles:
            found.update(each for each in self._titles.get(title, ()) if each < at)
        if not found:
            days = (self._days.get(day, ()) for day in mention.days if day < record.day)
            near = [[each for each in each_day if each < at] for each_day in days]
            found.update(each_day[0] for each_day in near if len(each_day) == 1)
        return found


def _describe(ordered: Sequence[IncidentRecord], found: _Relations) -> Iterator[tuple[str, Repeats]]:
    same: defaultdict[int, set[int]] = defaultdict(set)
    asked: defaultdict[int, set[int]] = defaultdict(set)
    kinds: dict[int, RepeatKind] = {}
    kinds.update((at, RepeatKind.SAID) for _, at in found.meant)
    for (before, at), kind in sorted(found.same.items(), key=lambda item: _SURE.index(item[1]), reverse=True):
        if (before, at) not in found.apart:
            same[at].add(before)
            kinds[at] = kind
    for before, at in (found.likely | found.meant) - found.apart:
        asked[at].add(before)
    for at, record in enumerate(ordered):
        shown = _visible(ordered, sorted(same[at]), record.visibility)
        likely = _visible(ordered, sorted(asked[at] - same[at]), record.visibility)
        if shown or likely:
            yield (
                record.key,
                Repeats(
                    tuple(ordered[each].key for each in shown),
                    tuple(ordered[each].key for each in likely),
                    kinds.get(at, RepeatKind.LIKELY),
                    found.counts.get(at, 0),
                ),
            )


_SURE = (RepeatKind.CONFIRMED, RepeatKind.SAID, RepeatKind.STATED, RepeatKind.LIKELY)


def _visible(ordered: Sequence[IncidentRecord], which: Sequence[int], to: Visibility) -> list[int]:
    """Return those that whoever reads a page of this visibility may read: the first of many, and the last ones."""
    last = list(islice((each for each in reversed(which) if ordered[each].visibility >= to), MOST_TOLD))
    if len(last) == MOST_TOLD:
        last[-1] = next(each for each in which if ordered[each].visibility >= to)
    return last[::-1]
