"""What stands in a section: the piece itself in a post, its short lines and where to read on in a ticket."""

from __future__ import annotations

from kb.config import Workspace
from kb.lang import t
from kb.mirror.store import Mirror
from kb.model import Kind, Source
from kb.reports.publish.piece import Form, Piece
from kb.reports.publish.target import Page


def content(workspace: Workspace, page: Page, piece: Piece) -> str:
    """The text of the section, without its marks."""
    if page.source is Source.ESA:
        return piece.write(Form.MARKDOWN)
    lines = [str(piece.label), "", *(f"* {line}" for line in piece.short)]
    if url := standing_at(workspace):
        lines += ["", str(t(f"くわしくは {url} へ", f"To read on: {url}"))]
    return "\n".join(lines)


def standing_at(workspace: Workspace) -> str:
    """Where the report of the team stands, as far as the mirror knows; "" where it was never published."""
    esa, post = workspace.settings.esa, workspace.settings.report.esa_post
    if not esa or not post:
        return ""
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        page = mirror.find(Source.ESA, Kind.POST, str(post))
    there = page is not None and "<!-- kb:report begin " in page.document.body
    return f"https://{esa.team}.esa.io/posts/{post}" if there else ""
