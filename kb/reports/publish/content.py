"""What stands in a section: the piece itself in a post, its short lines and where to read on in a ticket."""

from __future__ import annotations

from kb.config import Workspace
from kb.lang import t
from kb.model import Source
from kb.reports.publish.piece import Form, Piece
from kb.reports.publish.target import Page


def content(workspace: Workspace, page: Page, piece: Piece) -> str:
    """The text of the section, without its marks."""
    if page.source is Source.ESA:
        return piece.write(Form.MARKDOWN)
    lines = [str(piece.label), "", *(f"* {line}" for line in piece.short)]
    settings = workspace.settings
    if settings.esa is not None and settings.report.esa_post:
        url = f"https://{settings.esa.team}.esa.io/posts/{settings.report.esa_post}"
        lines += ["", str(t(f"くわしくは {url} へ", f"To read on: {url}"))]
    return "\n".join(lines)
