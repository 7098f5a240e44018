"""`kb diagram publish`: the system's pictures into a section of an esa post (構成図を esa に載せる)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kb.commands.publishing import DryRun, Insert, Options, Silent, Yes
from kb.config import open_workspace
from kb.errors import UsageError
from kb.lang import t
from kb.model import Source
from kb.settings import Settings

if TYPE_CHECKING:
    from kb.reports.publish.target import Page
    from kb.system.model import Model

EXAMPLE = "kb diagram publish --insert top\nkb diagram publish --dry-run\nkb diagram publish --yes"


def command(insert: Insert = "", silent: Silent = False, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Draw what is out of date, send the files esa does not have yet, and write the section."""
    from kb.changes.places import place_in
    from kb.commands.diagram_build import post_url
    from kb.commands.diagram_sending import Sending
    from kb.commands.publishing_page import to_page
    from kb.system.draw.views import pictures
    from kb.system.icons import find
    from kb.system.read import find_folder, load
    from kb.system.wanted import wishes

    place = place_in(insert) if insert else None
    workspace = open_workspace()
    folder = find_folder(Path.cwd())
    model = load(folder)
    page = aim(model, workspace.settings)
    found = pictures(model, post_url=post_url(folder))
    icons = find(card.kind for picture in found for scene in picture.scenes for card in scene.cards if card.kind)
    sending = Sending(workspace, page, folder, model, wishes(found, icons), dry=dry_run)
    options = Options("", insert, silent, dry_run, yes, again="kb diagram publish")
    published = to_page(workspace, page, sending.against, options, place)
    if published.code:
        raise typer.Exit(published.code)


def aim(model: Model, settings: Settings) -> Page:
    """The post the model names. Raises UsageError with the line that is missing."""
    from kb.reports.publish.target import Page

    if settings.esa is None:
        raise UsageError(
            t("kb.toml に [esa] がありません。", "there is no [esa] in kb.toml."),
            t("docs/settings.md を見て書き足してください。", "add it (docs/settings.md)."),
        )
    if model.system.esa_post > 0:
        return Page(Source.ESA, model.system.esa_post, "diagrams/system.toml")
    raise UsageError(
        t(
            "構成図を載せる記事が決まっていません（diagrams/system.toml の [system] esa_post）。",
            "the model does not say which post the diagram goes to ([system] esa_post in diagrams/system.toml).",
        ),
        t(
            "esa に記事を用意し、その番号を書いてください。例: [system] の下に esa_post = 123"
            "（kb は何も消さないので、新しく作ることもしません）",
            "make one in esa and add its number: esa_post = 123 below [system] "
            "(kb deletes nothing, and so makes nothing either).",
        ),
    )
