"""Categories that only a part of the team may read, as kb.toml names them: esa's API does not tell who may read a post.

What is shared by a link stays what anybody may read, whatever its category.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from kb.config import Workspace
from kb.errors import UsageError
from kb.lang import t
from kb.mirror.database import Database
from kb.mirror.rows import Row
from kb.mirror.schema import APPLICATION_ID, STEPS
from kb.model import Source, Visibility
from kb.reading.globs import matches

if TYPE_CHECKING:
    from kb.mirror.job import Job

MARK = "esa.limited"


def places(db: Database) -> tuple[str, ...]:
    """The globs the mirror goes by."""
    written = db.value("SELECT value FROM marks WHERE name = ?", (MARK,))
    return tuple(json.loads(written)) if written else ()


def seen(row: Row, limited: Sequence[str]) -> Row:
    """A row of esa as those see it who may: every member, or a part of them."""
    if not limited or row.source is not Source.ESA or row.visibility is not Visibility.MEMBERS:
        return row
    narrow = is_in(row.category, limited)
    return replace(row, visibility=Visibility.LIMITED) if narrow else row


def follow(job: Job, limited: Sequence[str]) -> None:
    """Let the mirror go by these globs; where they are others than before, what it holds is seen anew."""
    db = job.mirror.database
    if tuple(limited) == places(db):
        return
    with job.write() as writer:
        writer.mark(MARK, json.dumps(list(limited), ensure_ascii=True) if limited else None)
        for category, visibility in list(
            db.rows(
                "SELECT DISTINCT category, visibility FROM documents WHERE source = 'esa' AND visibility IN (?, ?)",
                (Visibility.LIMITED.value, Visibility.MEMBERS.value),
            )
        ):
            wanted = Visibility.LIMITED if is_in(category, limited) else Visibility.MEMBERS
            if wanted.value != visibility:
                texts = db.rows(
                    "SELECT id, coalesce(parent, id) FROM documents "
                    "WHERE source = 'esa' AND category = ? AND visibility = ?",
                    (category, visibility),
                )
                writer.see_as(list(texts), wanted.value)


def require(workspace: Workspace) -> None:
    """Raise UsageError where kb.toml limits a category the mirror does not know of: what is shared would hold it.

    A mirror that holds nothing of esa has nothing to hide.
    """
    esa = workspace.settings.esa
    with closing(Database(workspace.mirrored(), STEPS, application_id=APPLICATION_ID, readonly=True)) as db:
        known = places(db)
        held = db.row("SELECT 1 FROM documents WHERE source = 'esa' LIMIT 1") is not None
    if esa is not None and held and not set(esa.limited) <= set(known):
        raise UsageError(
            t(
                "kb.toml の esa.limited を変えてから、まだ kb sync をしていません。",
                "esa.limited of kb.toml was changed, and there was no kb sync since.",
            ),
            t(
                "kb sync を実行してから、もう一度どうぞ。それまでは、限られた分類の記事も載ってしまいます。",
                "run kb sync first: until then posts of limited categories would be in it.",
            ),
        )


def is_in(category: str, limited: Sequence[str]) -> bool:
    """Whether a category is limited: by itself, or with all that is in it."""
    return any(matches(each, category) or matches(each, f"{category}/-") for each in limited)
