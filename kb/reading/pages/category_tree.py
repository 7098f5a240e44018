"""What a team's category tree says about itself: the proposals of `kb init`.

Names of categories are read by their parts (a word for trouble, a word for done), never by a
list of whole names; what is proposed is shown to a person before it is written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unicodedata import normalize

from kb.model.host_names import NOTHING_LEARNT, LearntHosts
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

if TYPE_CHECKING:
    from kb.reading.tickets.places import TicketPlaces

DEFAULT_INCIDENTS = "不具合共有"
DONE_CHILD = "対応完了"

_RE = read_words("kb.reading", "lexicon/pages/category_tree.toml").compiled
_NOT_SHARED = compile_lazy(r"^(templates?|archived?|users?)$", re.I)
_YEAR = compile_lazy(r"^(?:19|20)\d{2}年?度?$")
_PERSONAL = compile_lazy(r"^(users?|個人|個人メモ|members?|personal)$", re.I)
_PARENTS_MERGED = 3


@dataclass(frozen=True, slots=True)
class SettingsProposal:
    """What kb.toml could say. Globs are on `category/title`; `top` is what was looked at.

    `unlisted` are who wrote and is not on the list of members: screen name, full name, posts.
    `limited` are categories that concern single people, as far as their names say so.
    `tickets` is given where a team works in Redmine alone: then there are no categories to propose.
    """

    top: tuple[tuple[str, int], ...]
    incidents: tuple[str, ...]
    done_place: str
    personal: tuple[str, ...]
    hosts: LearntHosts = NOTHING_LEARNT
    unlisted: tuple[tuple[str, str, int], ...] = ()
    bots: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    tickets: TicketPlaces | None = None
    limited: tuple[str, ...] = ()


def propose_settings(counts: Mapping[str | None, int], members: Collection[str] = ()) -> SettingsProposal:
    """Read a team's categories (path → posts directly in it) and its screen names."""
    paths = {path: count for path, count in counts.items() if path}
    incidents = tuple(_incident_places(paths))
    return SettingsProposal(
        top=tuple(rank_top_categories(paths)),
        incidents=tuple(f"{place}/**" for place in incidents),
        done_place=_done_place(paths, incidents),
        personal=tuple(f"{place}/*" for place in _personal_places(paths, members)),
        limited=tuple(f"{place}/**" for place in _personnel_places(paths)),
    )


def rank_top_categories(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The first segments with all posts below them, most first."""
    totals: Counter[str] = Counter()
    for path, count in counts.items():
        totals[path.split("/")[0]] += count
    return sorted(totals.items(), key=lambda row: (-row[1], row[0]))


def _incident_places(counts: Mapping[str, int]) -> Iterator[str]:
    """The shallowest categories that are named for trouble, most posts first."""
    return _merge_places(counts, _trouble_part)


def _personnel_places(counts: Mapping[str, int]) -> Iterator[str]:
    """The shallowest categories whose whole name says that they concern single people, most posts first.

    A part of a name says less: 性能評価, 採用技術, 契約管理システム.
    """
    return _merge_places(counts, _personnel_part)


def _merge_places(counts: Mapping[str, int], find_part: Callable[[list[str]], str]) -> Iterator[str]:
    """Yield what `find_part` finds in the categories' segments, most posts first.

    A name that stands below many parents (認証/障害報告, 決済/障害報告, …) is one place, `**/障害報告`.
    """
    totals: Counter[str] = Counter()
    for path, count in counts.items():
        place = find_part(path.split("/"))
        if place:
            totals[place] += count
    parents = Counter(place.rpartition("/")[2] for place in totals if "/" in place)
    merged: Counter[str] = Counter()
    for place, count in totals.items():
        name = place.rpartition("/")[2]
        merged[f"**/{name}" if "/" in place and parents[name] >= _PARENTS_MERGED else place] += count
    yield from sorted(merged, key=lambda place: (-merged[place], place))


def _personnel_part(segments: list[str]) -> str:
    for depth, segment in enumerate(segments, 1):
        if _RE.personnel.fullmatch(normalize("NFKC", segment).strip()):
            return "/".join(segments[:depth])
    return ""


def _trouble_part(segments: list[str]) -> str:
    if _NOT_SHARED.match(segments[0]):
        return ""
    for depth, segment in enumerate(segments, 1):
        if _RE.about.search(segment):
            return ""
        if _RE.trouble.search(segment):
            return "/".join(segments[:depth])
    return ""


def _done_place(counts: Mapping[str, int], incidents: tuple[str, ...]) -> str:
    """Where done pages go: the fullest category named for it below an incident place, by year if it is."""
    totals: Counter[str] = Counter()
    yearly: set[str] = set()
    for path, count in counts.items():
        segments = path.split("/")
        if not _trouble_part(segments):
            continue
        for depth, segment in enumerate(segments, 1):
            if _RE.done.search(segment):
                place = "/".join(segments[:depth])
                totals[place] += count
                if depth < len(segments) and _YEAR.match(segments[depth]):
                    yearly.add(place)
                break
    if totals:
        place = max(sorted(totals), key=lambda each: totals[each])
        return f"{place}/{{year}}" if place in yearly else place
    named = next((place for place in incidents if "*" not in place), DEFAULT_INCIDENTS)
    return f"{named}/{DONE_CHILD}/{{year}}"


def _personal_places(counts: Mapping[str, int], members: Collection[str]) -> Iterator[str]:
    """Top categories named for persons, or whose children are mostly screen names of members."""
    children: dict[str, set[str]] = {}
    for path in counts:
        first, _, rest = path.partition("/")
        children.setdefault(first, set())
        if rest:
            children[first].add(rest.split("/")[0])
    names = {name.casefold() for name in members}
    for first, below in sorted(children.items()):
        people = sum(child.casefold() in names for child in below)
        if _PERSONAL.match(first) or (people >= 2 and people * 2 > len(below)):
            yield first
