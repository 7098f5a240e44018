"""Changes of posts in limited categories: left out of plans that may go into git, with their number said."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from kb.changes.plan import Change
from kb.config import Workspace
from kb.errors import UsageError
from kb.lang import Text, many, t
from kb.mirror import heads
from kb.mirror.limited import is_in
from kb.mirror.store import Mirror
from kb.model import Source, Visibility


def is_private(path: Path, workspace: Workspace) -> bool:
    """Whether a file stands below `.kb/`, which never leaves this machine."""
    return path.resolve().is_relative_to(workspace.private.resolve())


def limited_in(changes: Sequence[Change], workspace: Workspace) -> frozenset[str]:
    """The targets of those changes whose post only a part of the team may read, as kb.toml or the mirror has it."""
    esa = workspace.settings.esa
    globs = esa.limited if esa is not None else ()
    if not globs or not workspace.mirror.exists():
        return frozenset()
    found = set()
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        for each in changes:
            post = heads.post(mirror, each.number) if each.source is Source.ESA else None
            if post is None or post.visibility is Visibility.INTERNET:  # shared by a link: anybody may read it
                continue
            if post.visibility is Visibility.LIMITED or is_in(post.category, globs):
                found.add(each.target)
    return frozenset(found)


def shareable(changes: Sequence[Change], workspace: Workspace, out: Path) -> tuple[Change, ...]:
    """Those of the changes that may stand in this file: all of them where it is private."""
    hidden = frozenset() if is_private(out, workspace) else limited_in(changes, workspace)
    return tuple(each for each in changes if each.target not in hidden)


def left_out(count: int, workspace: Workspace) -> Text:
    """How many changes were left out, and how to have them."""
    where = shlex.quote(str(workspace.private / "plan.toml"))
    return t(
        f"{count} 件は限定公開の分類にあるので、この変更案には入れていません"
        f"（入れるなら、git に入らない場所に: -o {where}）。",
        f"{many(count, 'change')} of posts in limited categories left out of this plan "
        f"(to have them, write it where git does not look: -o {where}).",
    )


def require_private(table: Path, changes: Sequence[Change], workspace: Workspace) -> None:
    """Raise UsageError where a file that may be passed on would hold changes of posts in limited categories."""
    if not is_private(table, workspace) and (count := len(limited_in(changes, workspace))):
        raise UsageError(
            t(
                f"限定公開の分類の記事の変更が {count} 件あるので、{table} には書きません。",
                f"{table} is not written: {many(count, 'change')} of posts in limited categories.",
            ),
            t(
                f"{workspace.private} の中に書いてください。例: {workspace.private / 'plan.csv'}",
                f"write it below {workspace.private}, such as {workspace.private / 'plan.csv'}.",
            ),
        )
