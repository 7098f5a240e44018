"""Pages of hypothesis: any text at all, and any mixture of the pieces that mean something to kb."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from torture_kit.hostile_pages import LINES, SIGNS, WORDS, Hostile, page

from kb.model.document import Markup

_ANY = st.text(st.characters(exclude_categories=()), max_size=30)
_PIECES = st.one_of(st.sampled_from(LINES), st.sampled_from(WORDS), st.sampled_from(SIGNS), _ANY)
_BODIES = st.lists(st.tuples(_PIECES, st.integers(1, 40)), max_size=40).map(
    lambda pairs: "".join(piece * times if times > 35 else piece for piece, times in pairs)
)
_NAMES = st.lists(_PIECES, max_size=4).map("".join)


def generated(seed: int, number: int) -> Iterator[Hostile]:
    """So many pages, the same ones for the same seed."""
    found: list[Hostile] = []

    @seeded(seed)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_BODIES, _NAMES, _NAMES, st.lists(_NAMES, max_size=3), st.sampled_from(Markup))
    def collect(body: str, title: str, category: str, tags: list[str], markup: Markup) -> None:
        document = page(body, title=title, category=category, tags=tuple(tags), markup=markup)
        found.append(Hostile("hypothesis", str(markup), document))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        collect()
    yield from found[:number]
