"""What names have in common: the pattern of those that are numbered, and short spellings of long ones."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from kb.text.lazy_pattern import compile_lazy
from kb.text.pattern_cost import MAX_PATTERN_LENGTH, find_pattern_fault

_NUMBER = compile_lazy(r"(?P<stem>[a-z][a-z0-9_.-]*?[a-z_-])(?P<number>[0-9]{1,4})")
_NAMES_NEEDED = 2
"""Of one stem, so many numbers make a series."""
_STEMS_NEEDED = 3
"""Of one beginning, so many stems make a scheme."""
_IN_A_GROUP = 10
_PARTS_MOST = 8
_HOLDING_MOST = 4
"""So many words may stand in the place that holds a scheme together."""
_SPELLED_OUT = 2
"""Up to so many words in one place of a scheme are named; more become a pattern."""


_LETTER = compile_lazy(r"(?P<stem>[a-z0-9]+(?:-[a-z0-9]+)+-)[a-z]")


def stem_of(word: str) -> str:
    """Return a name without the number it ends in, or the single letter of `tyo1-sw-a`; "" for one without."""
    found = _NUMBER.fullmatch(word) or _LETTER.fullmatch(word)
    return found["stem"] if found else ""


def propose_pattern(names: Sequence[str], denied: Collection[str] = ()) -> str:
    """Return a regular expression for names that are numbered alike, "" where none are.

    It matches none of `denied`, words that are known to be other things.
    """
    widths: dict[str, set[int]] = defaultdict(set)
    members: dict[str, int] = defaultdict(int)
    for name in names:
        if found := _NUMBER.fullmatch(name):
            widths[found["stem"]].add(len(found["number"]))
            members[found["stem"]] += 1
    schemes, covered = _schemes(widths)
    series = [stem for stem in sorted(widths) if members[stem] >= _NAMES_NEEDED and stem not in covered]
    alike: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for stem in series:
        alike[tuple(sorted(widths[stem]))].append(stem)
    parts = [
        *schemes,
        *(
            f"{_any(stems[at : at + _IN_A_GROUP])}{_digits(set(width))}"
            for width, stems in sorted(alike.items())
            for at in range(0, len(stems), _IN_A_GROUP)
        ),
    ]
    kept: list[str] = []
    for part in parts:
        if len(part) > MAX_PATTERN_LENGTH:
            continue
        shape = re.compile(part)
        whole = "|".join([*kept, part])
        if len(whole) <= MAX_PATTERN_LENGTH and not any(map(shape.fullmatch, denied)) and not find_pattern_fault(whole):
            kept.append(part)
    return "|".join(kept)


def _schemes(widths: dict[str, set[int]]) -> tuple[list[str], set[str]]:
    """The patterns of names of several parts, `adsv-prd-web-`, and the stems they stand for.

    One place of a scheme has few words, and holds it: `[a-z][a-z0-9]*-(?:prd|stg)-[0-9]{2}`.
    """
    by_length: dict[int, list[str]] = defaultdict(list)
    for stem in sorted(widths):
        parts = stem.split("-")
        if len(parts) > 2 and all(part.isalnum() for part in parts[:-1]):
            by_length[len(parts)].append(stem)
    schemes: list[str] = []
    covered: set[str] = set()
    for length, stems in sorted(by_length.items()):
        groups = {"": stems}
        if min(len({stem.split("-")[place] for stem in stems}) for place in range(length - 1)) > _HOLDING_MOST:
            groups = {stem.split("-")[0]: [] for stem in stems}
            for stem in stems:
                groups[stem.split("-")[0]].append(stem)
        for group in groups.values():
            if len(group) >= _STEMS_NEEDED:
                schemes.append(_scheme(group, length) + _digits({w for stem in group for w in widths[stem]}))
                covered.update(group)
    return schemes, covered


def _scheme(stems: Sequence[str], length: int) -> str:
    places = [{stem.split("-")[place] for stem in stems} for place in range(length)]
    holding = min(range(length - 1), key=lambda place: len(places[place]))
    return "-".join(_any(sorted(words)) if at == holding else _place(words) for at, words in enumerate(places))


def _place(words: set[str]) -> str:
    return _any(sorted(words)) if len(words) <= _SPELLED_OUT else "[a-z][a-z0-9]*" if "" not in words else ""


def _any(words: Sequence[str]) -> str:
    escaped = [re.escape(word).replace(r"\-", "-") for word in words]
    return escaped[0] if len(escaped) == 1 else f"(?:{'|'.join(escaped)})"


def _digits(widths: set[int]) -> str:
    low, high = min(widths), max(widths)
    if low == high > 1:
        return f"[0-9]{{{low}}}"
    return f"[0-9]{{{low},{max(high, 2)}}}"  # after 9 comes 10


_FAMILY_NEEDED = 3
"""Of one beginning, so many machines of at least two kinds make a family."""

_MEMBER = compile_lazy(r"[a-z]+(?:-[a-z]+)*-?[0-9]*")


def find_families(names: Iterable[str]) -> tuple[str, ...]:
    """Return what the names of machines of one place begin with, sorted: `pl-trunk-` of pl-trunk-web1, pl-trunk-db2."""
    rests: dict[str, dict[str, str]] = defaultdict(dict)
    for name in {each.casefold().partition(".")[0] for each in names}:
        parts = name.split("-")
        for count in range(2, min(len(parts), _PARTS_MOST)):
            rest = "-".join(parts[count:])
            if all(part.isalnum() and part.isascii() for part in parts[:count]) and _MEMBER.fullmatch(rest):
                rests["-".join(parts[:count]) + "-"][name] = rest.rstrip("0123456789").rstrip("-")
    found: list[str] = []
    taken: set[str] = set()
    for beginning in sorted(rests, key=lambda each: (-each.count("-"), each)):
        kinds = {name: kind for name, kind in rests[beginning].items() if name not in taken}
        if len(kinds) >= _FAMILY_NEEDED and len(set(kinds.values())) > 1:
            found.append(beginning)
            taken.update(kinds)
    return tuple(sorted(each for each in found if not any(each != other and each.startswith(other) for other in found)))


def family_pattern(beginning: str) -> str:
    """Return a regular expression for the machines of a family."""
    escaped = re.escape(beginning).replace(r"\-", "-")
    return f"{escaped}[a-z-]+[0-9]*"


def add_families(pattern: str, families: Iterable[str]) -> str:
    """Return a pattern that matches the machines of families as well, those left out that it matches already."""
    for each in families:
        known = re.compile(pattern, re.A) if pattern else None
        if known is not None and known.fullmatch(f"{each}qzx7"):
            continue
        whole = "|".join(filter(None, (pattern, family_pattern(each))))
        if not find_pattern_fault(whole):
            pattern = whole
    return pattern


def propose_aliases(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield a spelling and the one host it can only mean.

    `web-03` is `adsv-prd-web-03`, unless there is `adsv-stg-web-03` too; `web01.example.jp` is `web01`.
    """
    longer: dict[str, set[str]] = defaultdict(set)
    known = {name.casefold(): name for name in names}
    for name in names:
        parts = name.casefold().split("-")
        for start in range(1, min(len(parts) - 1, _PARTS_MOST)):
            longer["-".join(parts[start:])].add(name)
    found: dict[str, str] = {}
    for name in names:
        label, dot, _ = name.casefold().partition(".")
        if dot and label in known:
            found[name] = known[label]
        elif not dot and len(hosts := longer.get(name.casefold(), ())) == 1:
            found[name] = next(iter(hosts))
    for alias, host in found.items():
        yield alias, found.get(host, host)
