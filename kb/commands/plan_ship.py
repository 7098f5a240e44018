"""`kb plan ship`: propose to take drafts out of WIP."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from kb.commands.plan_files import PLAN, Below, Force, Now, OlderThan, Output
from kb.config import open_workspace
from kb.errors import UsageError
from kb.lang import t

EXAMPLE = "kb plan ship --author sato --older-than 30\nkb plan ship --in 運用/手順 --not-before 2025-04-01"


def command(
    author: Annotated[
        str,
        typer.Option(
            "--author", metavar="NAME", help=str(t("この人が作った記事", "posts this person made")), show_default=False
        ),
    ] = "",
    place: Below = "",
    older_than: OlderThan = 0,
    not_before: Annotated[
        str,
        typer.Option(
            "--not-before",
            metavar="DATE",
            help=str(t("この日以降に作られた記事だけ", "only posts made on this day or later")),
            show_default=False,
        ),
    ] = "",
    out: Output = PLAN,
    force: Force = False,
    now: Now = "",
) -> None:
    """Read the mirror's drafts, and write which of them would be shipped."""
    from kb.changes.propose.post import gathered
    from kb.changes.propose.ship import Shipping, ship
    from kb.changes.texts import Texts
    from kb.commands.plan_files import deliver, free, with_esa
    from kb.commands.plan_nothing import tell_unknown
    from kb.lint.request import clock, day
    from kb.mirror import heads
    from kb.mirror.store import Mirror

    workspace = open_workspace()
    path = with_esa(workspace)
    settings = workspace.settings
    author = author.strip().removeprefix("@")
    if not (author or place.strip("/ ") or older_than):
        raise UsageError(
            t("どの記事を公開するかが足りません。", "which posts to ship is missing."),
            t("--author、--in、--older-than のどれかを指定してください。", "give --author, --in or --older-than."),
        )
    first = date.fromisoformat(day(not_before, "--not-before")) if not_before else None
    what = Shipping(author, place.strip("/"), older_than, first)
    free(out, force=force)
    moment = clock(now, settings.timezone)
    zone, folders = ZoneInfo(settings.timezone), settings.people.folders
    with Mirror.open(path, readonly=True) as mirror:
        look = Texts(mirror).look
        proposed = gathered(ship(each, what, look, folders, moment.date(), zone) for each in heads.posts(mirror))
        if proposed.is_empty:
            tell_unknown(mirror, (place,), author)
    deliver(proposed, workspace, out, moment)
