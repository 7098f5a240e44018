"""What only part of the team may read by kb.toml: categories of esa, whose API does not tell, and local folders.

What is shared by a link stays public, whatever its category.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from kb.errors import UsageError
from kb.mirror import embargo
from kb.mirror.database import Database
from kb.mirror.documents import SourceRow
from kb.mirror.schema import APPLICATION_ID, STEPS
from kb.model.document import Source, Visibility, doc_range
from kb.text.globs import is_limited
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.settings.kb_toml import FilesSettings  # slow to load, and opening the mirror needs no settings
    from kb.settings.workspace import Workspace

LIMITED_MARK = "esa.limited"


def limited_globs(db: Database) -> tuple[str, ...]:
    """Return the globs the mirror applies."""
    written = db.value("SELECT value FROM marks WHERE name = ?", (LIMITED_MARK,))
    return tuple(json.loads(written)) if written else ()


def with_visibility(row: SourceRow, limited: Sequence[str]) -> SourceRow:
    """Return an esa row with who may read it: every member, or some."""
    if not limited or row.source is not Source.ESA or row.visibility is not Visibility.MEMBERS:
        return row
    narrow = is_limited(row.category, limited)
    return replace(row, visibility=Visibility.LIMITED) if narrow else row


def require_synced(workspace: Workspace) -> None:
    """Raise UsageError where kb.toml limits a category or folder that the mirror does not know as limited.

    A mirror without esa has no categories to hide.
    """
    esa = workspace.settings.esa
    with closing(Database(workspace.mirrored(), STEPS, application_id=APPLICATION_ID, readonly=True)) as db:
        known = limited_globs(db)
        held = db.row("SELECT 1 FROM documents WHERE source = 'esa' LIMIT 1") is not None
        _, opened = embargo.open_terms(db)
        wider = next((each.name for each in workspace.settings.source if _is_wider(db, each)), "")
    if esa is not None and held and not set(esa.limited) <= set(known):
        raise UsageError(
            t(
                "kb.toml の esa.limited を変えてから、まだ kb sync をしていません。",
                "esa.limited in kb.toml changed, and kb sync has not run since.",
            ),
            t(
                "kb sync を実行してから、もう一度どうぞ。それまでは、限られた分類の記事も載ってしまいます。",
                "run kb sync first: until then posts of limited categories would be in it.",
            ),
        )
    if not set(opened) <= set(workspace.settings.visibility.open):
        raise UsageError(
            t(
                "kb.toml の [visibility] open から外してから、まだ kb sync をしていません。",
                "something was taken out of [visibility] open in kb.toml, and kb sync has not run since.",
            ),
            t(
                "kb sync を実行してから、もう一度どうぞ。それまでは、まだ知らせない記事も載ってしまいます。",
                "run kb sync first: until then pages that ask for silence would be in it.",
            ),
        )
    if wider:
        raise UsageError(
            t(
                f"kb.toml で source「{wider}」を private にしてから、まだ kb sync をしていません。",
                f"the source {wider!r} became private in kb.toml, and kb sync has not run since.",
            ),
            t(
                "kb sync を実行してから、もう一度どうぞ。それまでは、そのファイルも載ってしまいます。",
                "run kb sync first: until then its files would be in it.",
            ),
        )


def _is_wider(db: Database, source: FilesSettings) -> bool:
    """Whether the mirror shows a file to more people than kb.toml does."""
    sql = "SELECT 1 FROM documents WHERE doc >= ? AND doc < ? AND state = 'live' AND visibility > ? LIMIT 1"
    return db.row(sql, (*doc_range(f"files:{source.name}"), int(source.readers))) is not None
