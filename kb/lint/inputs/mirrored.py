"""Mirrored documents that a person names where a path could stand: `kb lint esa:1397`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from kb.errors import UsageError
from kb.model.document import Kind
from kb.settings.workspace import Workspace
from kb.text.display import sanitize
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.mirror.store import Mirror


def split_documents(given: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the paths and the ids of documents among what was given; what is on the disk is a path.

    Raises UsageError where there are both: files and mirror are judged apart.
    """
    paths: list[str] = []
    docs: dict[str, None] = {}
    for each in given:
        name = "" if os.path.lexists(each) else _parse_document(each)
        docs.update({name: None} if name else {})
        paths += [] if name else [each]
    if paths and docs:
        raise UsageError(
            t(
                f"ファイル（{sanitize(paths[0])}）と写しの文書（{sanitize(next(iter(docs)))}）は、一度に点検できません。",
                f"files ({sanitize(paths[0])}) and mirrored documents ({sanitize(next(iter(docs)))}) cannot be judged "
                "in one run.",
            ),
            t("別々に実行してください。", "run the command once for each."),
        )
    return tuple(paths), tuple(docs)


def _parse_document(given: str) -> str:
    """Return the id a person means: `esa:7`, `#45`, an address; "" for what can only be a path."""
    from kb.sources.registry import parse_typed, source_kinds

    name = parse_typed(given)
    source, colon, key = given.partition(":")
    is_id = bool(colon and key) and source in {kind.source.value for kind in source_kinds()}
    return name if name != given or is_id else ""


def require_documents(workspace: Workspace, docs: Iterable[str]) -> None:
    """Raise UsageError for a document that the mirror does not hold, StoreError for an unreadable mirror."""
    from kb.mirror.store import Mirror

    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        for doc in docs:
            if next(mirror.documents(doc=doc), None) is None:
                raise missing_document(mirror, doc, doc)


def missing_document(mirror: Mirror, given: str, name: str) -> UsageError:
    """Return the error for a document that is not there: deleted, mistyped or never mirrored."""
    from kb.sources.registry import source_kinds

    system, _, key = name.partition(":")
    kind = next((each for each in source_kinds() if each.source == system), None)
    gone = mirror.find(kind.source, kind.default_kind, key) if kind and kind.default_kind is not Kind.FILE else None
    if gone is not None:
        return UsageError(
            t(f"{sanitize(name)} は手元では「{gone.state}」です（元のシステムで消されたか、見えなくなりました）。",
              f"{sanitize(name)} is {gone.state!r} here (deleted in its system, or no longer visible)."),
            t("元のシステムで確かめてください。", "look at it in its system."),
        )  # fmt: skip
    if kind is None:
        return UsageError(
            t(f"「{sanitize(given)}」は文書の id ではありません。", f"{sanitize(given)!r} is no id of a document."),
            t(
                "例: kb show esa:123、kb show redmine:45。id は kb search で出ます。",
                "for example kb show esa:123 or kb show redmine:45; kb search prints ids.",
            ),
        )
    return UsageError(
        t(f"「{sanitize(given)}」は手元にありません。", f"{sanitize(given)!r} is not mirrored."),
        t("kb search で探すか、kb sync を実行してください。", "look for it with kb search, or run kb sync."),
    )
