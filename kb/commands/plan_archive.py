"""`kb plan archive`: propose posts that are no longer needed for Archived."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from kb.commands.plan_files import PLAN, Below, Force, Now, OlderThan, Output, TitleLike
from kb.config import open_workspace
from kb.errors import UsageError
from kb.lang import t

EXAMPLE = "kb plan archive --in 日報 --older-than 730"


def command(
    place: Below = "",
    older_than: OlderThan = 0,
    title: TitleLike = "",
    out: Output = PLAN,
    force: Force = False,
    now: Now = "",
) -> None:
    """Read the mirror's posts, and write which of them would go below Archived."""
    from kb.changes.patterns import Patience, pattern
    from kb.changes.propose.archive import Archiving, archive
    from kb.changes.propose.post import Answer, Post, gathered
    from kb.commands.plan_files import deliver, free, with_esa
    from kb.commands.plan_nothing import tell_unknown
    from kb.lint.request import clock
    from kb.mirror import heads
    from kb.mirror.store import Mirror

    workspace = open_workspace()
    path = with_esa(workspace)
    settings = workspace.settings
    if not (place.strip("/ ") or older_than or title):
        raise UsageError(
            t("どの記事をアーカイブするかが足りません。", "which posts to archive is missing."),
            t("--in、--older-than、--title のどれかを指定してください。", "give --in, --older-than or --title."),
        )
    what = Archiving(place.strip("/"), older_than, pattern(title, "--title") if title else None)
    free(out, force=force)
    moment = clock(now, settings.timezone)
    zone, patience, folders = ZoneInfo(settings.timezone), Patience(), settings.people.folders

    def answer(post: Post) -> Answer:
        with patience.of(post):
            return archive(post, what, folders, moment.date(), zone)

    with Mirror.open(path, readonly=True) as mirror:
        proposed = gathered(map(answer, heads.posts(mirror)))
        if proposed.is_empty:
            tell_unknown(mirror, (place,))
    deliver(proposed, workspace, out, moment)
