"""Who reads a post something is published to: every member, and nobody else."""

from __future__ import annotations

from kb.config import Workspace
from kb.errors import RefusedError
from kb.lang import Text, t
from kb.model import Source
from kb.reading.globs import matches
from kb.reports.publish.page import Standing


def readers(workspace: Workspace, standing: Standing) -> Text | None:
    """A sentence where fewer than all members read it, else None. Raises RefusedError where the internet does."""
    if standing.shared:
        raise RefusedError(
            t(
                f"{standing.name}は外部に共有されていて、リンクを知る誰でも読めます。"
                "メンバー向けの内容は公開しません。",
                f"{standing.name} is shared: anybody with the link reads it, and this is for members.",
            ),
            t(
                "esa で外部共有をやめるか、kb.toml で別の記事を指定してください。",
                "stop sharing it in esa, or name another post in kb.toml.",
            ),
        )
    esa = workspace.settings.esa
    limited = esa.limited if esa and standing.page.source is Source.ESA else ()
    if any(matches(each, standing.category) or matches(each, f"{standing.category}/-") for each in limited):
        return t(
            f"{standing.name}は、メンバーの一部だけが読める分類にあります。ほかのメンバーには見えません。",
            f"{standing.name} is in a category that only a part of the members reads.",
        )
    return None
