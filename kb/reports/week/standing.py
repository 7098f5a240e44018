"""How the sources stand: what the mirror holds of them for these readers, when they were last read, what failed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from kb.console import safe
from kb.lint.lacking import source_of
from kb.mirror.state import State
from kb.mirror.store import Mirror
from kb.model import Visibility
from kb.reports.week.model import SourceState
from kb.settings import Settings


def sources(settings: Settings, mirror: Mirror, state: State, audience: Visibility) -> tuple[SourceState, ...]:
    """One for each source of kb.toml, in its order.

    Why one failed is for whoever runs kb: the sentence may name a ticket or a project that not every reader may see.
    """
    ended, lacking = {each.name: each for each in state.sources()}, state.lacking()
    last = state.last("sync", good=True)
    found: list[SourceState] = []
    for name, label in _configured(settings):
        told = ended.get(name)
        read_at = told.good_at if told is not None else (last.ended_at if last is not None else "")
        failed = told is not None and told.failed
        why = str(told.why) if told is not None and audience <= Visibility.PRIVATE else ""
        lacks = name in lacking
        count = 0 if lacks else _count(mirror, name, audience)
        found.append(SourceState(name, safe(label), count, read_at, failed, why, lacks))
    return tuple(found)


def left_out(mirror: Mirror, audience: Visibility, lacking: Collection[str] = ()) -> int:
    """How many documents are not every reader's: pages, and notes and comments that are narrower than their page.

    Those of sources that are `lacking` are not counted, as they are nowhere.
    """
    rows = mirror.database.rows(
        "SELECT d.doc FROM documents d WHERE d.state = 'live' AND d.visibility < ? AND (d.parent IS NULL OR "
        "(SELECT p.visibility FROM documents p WHERE p.id = d.parent) >= ?)",
        (int(audience), int(audience)),
    )
    return sum(source_of(doc) not in lacking for (doc,) in rows)


def _configured(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.esa is not None:
        yield "esa", f"esa（{settings.esa.team}）"
    if settings.redmine is not None:
        yield "redmine", f"Redmine（{urlsplit(settings.redmine.url).hostname or ''}）"
    for each in settings.source:
        yield f"files:{each.name}", each.name


def _count(mirror: Mirror, name: str, audience: Visibility) -> int:
    """The live pages of a source, as documents are called."""
    first, end = (f"{name}/", f"{name}0") if name.startswith("files:") else (f"{name}:", f"{name};")
    return int(
        mirror.database.value(
            "SELECT count(*) FROM documents WHERE doc >= ? AND doc < ? AND state = 'live' AND parent IS NULL "
            "AND visibility >= ?",
            (first, end, int(audience)),
        )
    )
