"""What cannot be decided while a source has not been read to its end.

A mirror that persists keeps what it has while a source cannot be read. One that starts empty each time, as in
CI, lacks that source's documents, and with them tickets and posts other documents' joins depend on. What
cannot be decided stays as it was: neither found nor fixed.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from kb.errors import StoreError
from kb.ingest.document import MAX_TAGS, mask_known
from kb.lint.engine.world_builder import WorldBuilder
from kb.model.document import Document, parse_doc
from kb.model.page import Entry
from kb.model.secret import Secret
from kb.rules.judge import Judgement
from kb.rules.suppressions import HYGIENE
from kb.secrets.mask_document import mask_name
from kb.secrets.masking.mask import get_part
from kb.secrets.quick_scan import scan_name
from kb.settings.workspace import Workspace
from kb.sources.registry import member_sources
from kb.text.lang import Text, t
from kb.text.lines import Span

NAMES_RULE = "KB905"
"""The rule that asks who there is, in any source."""


def missing_sources(workspace: Workspace | None) -> frozenset[str]:
    """Return the sources this workspace lacks (`State.lacking`); none without a history."""
    if workspace is None or not workspace.state.exists():
        return frozenset()
    try:
        from kb.mirror.history.state import StateDb

        with StateDb(workspace.state, readonly=True) as state:
            return state.lacking()
    except StoreError:
        return frozenset()


def describe_missing(sources: frozenset[str]) -> Text:
    """Return the message about missing sources."""
    names = sorted(sources)
    return t(
        f"{'、'.join(names)} を最後まで写せていないので、そこの指摘と、そのチケットなどで決まる指摘は出していません"
        "（履歴には前のまま残しています）。",
        f"{', '.join(names)} was not read to its end: its findings, and those that hang on it, are not told "
        "(history keeps them as they were).",
    )


def is_from_source(doc: str, sources: frozenset[str]) -> bool:
    """Return whether a document is from one of these sources, by its name here or in a state file."""
    sealed = doc.startswith("files~") and any(each.startswith("files:") for each in sources)
    return sealed or parse_doc(doc).collection in sources


def silent_joins(entry: Entry, around: WorldBuilder, joins: frozenset[str]) -> frozenset[str]:
    """Return the codes of joins that cannot decide about a document.

    Without esa the members are unknown, so no join decides; without Redmine none does for a document that names
    or links to a ticket that is not here.
    """
    if not around.lacking:
        return frozenset()
    if not around.lacking.isdisjoint(member_sources()) or None in around.ticket_stamps(entry).values():
        return joins
    if any(
        not stands for end, stands in around.link_ends(entry).items() if parse_doc(end).collection in around.lacking
    ):
        return joins
    return joins & {NAMES_RULE} if entry.verified is not None else frozenset()


def undecidable_codes(codes: frozenset[str]) -> frozenset[str]:
    """Return the codes that cannot be called fixed while some joins are silent.

    That includes suppressions of what those would have found.
    """
    return codes.union(HYGIENE) if codes else codes


def has_secret_name(entry: Entry) -> bool:
    """Return whether a document's id, part, address or people hold a credential. Such a name must not be kept."""
    names = (str(entry.doc), entry.part, unquote(urlsplit(entry.url).path), entry.author, entry.human_by)
    return any(mask_name(name) != name for name in names)


# Given files and lines are read once, in order, so a value may stand in one before another reveals it.


_PLACES = frozenset({"doc", "part", "url", "fingerprint", "content"})
"""What something is called is masked where it is shown, and a hash holds no words."""


def list_values(document: Document, secrets: tuple[Secret, ...]) -> Iterator[tuple[str, Secret]]:
    """Yield the credentials found in a document, each with its text."""
    for each in secrets:
        yield get_part(document, each.part), each
    for word in (document.category, *document.tags[:MAX_TAGS]):
        for each in scan_name(word):
            yield word, each


def mask_again(judgement: Judgement) -> Judgement:
    """Return the judgement with the values known by now masked."""
    masked: Judgement = _mask_value(judgement)
    return masked


def _mask_value(value: Any) -> Any:
    if isinstance(value, str):
        return value if isinstance(value, Enum) else mask_known(value)
    if isinstance(value, tuple):
        if value and type(value[0]) is int:
            return value  # hashes, many of them
        new = tuple(map(_mask_value, value))
        return value if all(map(operator.is_, value, new)) else new
    changed = {}
    kind: type = type(value)
    for name in _text_fields(kind):
        old = getattr(value, name)
        if (masked := _mask_value(old)) is not old:
            changed[name] = masked
    return replace(value, **changed) if changed else value


@cache
def _text_fields(kind: type) -> tuple[str, ...]:
    """Return the fields of a dataclass that may hold text."""
    named = fields(kind) if is_dataclass(kind) and kind is not Span else ()
    return tuple(each.name for each in named if each.name not in _PLACES)
