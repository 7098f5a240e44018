"""Categories that change places are sent, crawled and taken back: labelled cases, then drawn ones."""

from __future__ import annotations

from collections.abc import Mapping

from changes.reorganised import Place, Send, renamed, spellings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties import SHARE, examples

SWAPS: dict[str, dict[str, str]] = {
    "swapped": {"A": "B", "B": "A"},
    "a ring of three": {"A": "B", "B": "C", "C": "A"},
    "chained": {"A": "B", "B": "C"},
    "chained, against the alphabet": {"C": "B", "B": "A"},
    "a chain of four": {"2023": "2024", "2024": "2025", "2025": "2026", "2026": "過去/2026"},
    "years below one parent": {"運用/2024": "運用/2025", "運用/2025": "運用/2026"},
    "swapped with a category below": {"A": "B", "B": "A", "A/夜間": "B/夜間", "B/昼": "A/昼"},
    "into what moves away": {"メモ": "運用/手順", "運用/手順": "基盤/手順"},
    "one level deeper": {"A": "A/旧", "B": "A"},
    "up, where its parent leaves": {"A/手順": "A", "A": "B"},
    "parent and child change places": {"A": "A/B", "A/B": "A"},
    "below each other": {"A": "B/x", "B": "A/y"},
    "two into one": {"A": "C", "B": "C", "C": "D"},
    "below one that moves away": {"Z": "B/x", "B": "C"},
    "full width and signs": {"ＡＢＣ／全角": "C#", "C#": "R&D (案)", "R&D (案)": "100%"},
}


def trees(table: Mapping[str, str], titled: str = "{title} {category}") -> tuple[list[Place], list[Place]]:
    """Return three posts in each category, and where they are afterwards."""
    before = [
        (category, titled.format(title=title, category=category.replace("/", "-")))
        for category in dict.fromkeys((*table, "案内"))
        for title in ("概要", "手順/詳細 #1", "記録")
    ]
    return before, [(renamed(table, category), title) for category, title in before]


def test_all_labelled_in_one_plan(tried: Send) -> None:
    """Each case below a place of its own, so that one run sends them all."""
    table = {f"{at}/{old}": f"{at}/{new}" for at, case in enumerate(SWAPS.values(), 1) for old, new in case.items()}
    before, after = trees(table)
    lines = [line for place, title in before[::3] for line in spellings(f"{place}/{title}", place)[:2]]
    lines += [line for at, (place, _) in enumerate(before[::3]) for line in spellings(place, place)[at % 2 :: 2]]
    bodies = ["\n\n".join(lines[n :: len(before)]) for n in range(len(before))]
    assert tried(before, after, bodies)


@settings(
    max_examples=examples(6) if SHARE < 1 else 100, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.data())
def test_drawn(tried: Send, data: st.DataObject) -> None:
    names = st.lists(st.sampled_from(("A", "B", "C#", "運用", "ＡＢ／", "2025")), min_size=1, max_size=3).map("/".join)
    some = data.draw(st.lists(names, min_size=2, max_size=5, unique=True))
    ring = data.draw(st.booleans())
    table = dict(zip(some, [*some[1:], some[0] if ring else data.draw(names)], strict=True))
    before, after = trees(table, "{title} {category}")
    lines = [
        line
        for place, title in before
        for line in (*spellings(place, place), *spellings(f"{place}/{title}", place)[:3])
    ]
    bodies = ["\n\n".join(data.draw(st.lists(st.sampled_from(lines), max_size=6))) for _ in before]
    assert tried(before, after, bodies)
