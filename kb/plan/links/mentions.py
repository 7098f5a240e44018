"""Find paths that prose only names: no link, so no plan changes them, but a reader would look there in vain."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kb.markup.code_ranges import find_code_ranges
from kb.markup.parse import lies_in
from kb.model.document import Markup
from kb.plan.links.find import FoundLinks
from kb.text.lines import find_line_starts


class Mention(NamedTuple):
    """A path named at an offset of a text."""

    start: int
    path: str


@dataclass(frozen=True, slots=True)
class PathNames:
    """Paths of two folders or more to look for: a single word is no path. By first folder, with their lengths.

    Lengths go from the longest down: a category may hold thousands of others, whose names have few lengths.
    """

    by_folder: dict[str, tuple[frozenset[str], tuple[int, ...]]]
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, paths: Collection[str]) -> PathNames:
        """Arrange some paths."""
        found: dict[str, set[str]] = {}
        for path in paths:
            if "/" in path.strip("/"):
                found.setdefault(path.partition("/")[0], set()).add(path)
        known = {name: (frozenset(some), _lengths_of(some)) for name, some in found.items()}
        return cls(known, _lengths_of(known))


def _lengths_of(words: Iterable[str]) -> tuple[int, ...]:
    return tuple(sorted(set(map(len, words)), reverse=True))


def find_mentions(text: str, names: PathNames, aside: Sequence[tuple[int, int]] = ()) -> Iterator[Mention]:
    """Yield the whole paths a text names, longest first, outside of the ranges `aside` (addresses, searches)."""
    if not names.lengths:
        return
    past = 0
    at = text.find("/")
    while at >= 0:
        found = next((each for each in _begin_at(text, at, names) if each.start >= past), None)
        if found is not None and not lies_in(aside, found.start):
            past = found.start + len(found.path)
            yield found
        at = text.find("/", max(at + 1, past))


def _begin_at(text: str, slash: int, names: PathNames) -> Iterator[Mention]:
    for length in names.lengths:
        start = slash - length
        if start < 0 or (known := names.by_folder.get(text[start:slash])) is None or not _begins(text, start):
            continue
        paths, lengths = known
        for whole in lengths:
            if (path := text[start : start + whole]) in paths and _ends(text, start + len(path)):
                yield Mention(start, path)


def _begins(text: str, start: int) -> bool:
    """Whether a path can begin here: behind nothing, a sign, or hiragana, and not inside another path."""
    if start and text[start - 1] == "/":
        return start < 2 or (not _is_of_name(text[start - 2], text[start]) and text[start - 2] not in "/.~")
    return not start or not _is_of_name(text[start - 1], text[start])


def _ends(text: str, end: int) -> bool:
    return end == len(text) or not _is_of_name(text[end], text[end - 1])


def _is_of_name(letter: str, beside: str) -> bool:
    """Whether a letter belongs to the name it stands beside; hiragana is grammar, unless the name ends in it."""
    if "\u3041" <= letter <= "\u309f":
        return "\u3041" <= beside <= "\u309f"
    return letter.isalnum() or letter in "_-ー々"


def list_mentions(
    text: str, names: PathNames, found: FoundLinks, markup: Markup = Markup.MARKDOWN, structure: bytes | None = None
) -> Iterator[tuple[int, str]]:
    """Yield the 1-based lines of the prose of a page that name a path, with the path. Code is no prose."""
    aside = sorted((*found.addresses, *((each.key, each.end) for each in found.links)))
    mentions = list(find_mentions(text, names, aside))
    if not mentions:
        return
    code, starts = find_code_ranges(text, markup, structure), find_line_starts(text)
    for each in mentions:
        if not lies_in(code, each.start):
            yield bisect_right(starts, each.start), each.path
