"""Out of the way: posts nobody has touched for long, or nobody needs, go below Archived."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from kb.changes.plan import Key, Verb
from kb.changes.propose.places import ARCHIVE, README, apart, below, is_plain, is_readme
from kb.changes.propose.post import Answer, Post, called, change, day_in, from_to
from kb.lang import Text, t


@dataclass(frozen=True, slots=True)
class Archiving:
    """Which posts: below `place`, last edited by a person `days` ago or longer (0: whenever), with such a title."""

    place: str = ""
    days: int = 0
    title: re.Pattern[str] | None = None


def archive(post: Post, what: Archiving, folders: Sequence[str], today: date, zone: ZoneInfo) -> Answer:
    """The same category below Archived, `Archived` itself where there is none: as esa's own archiving does."""
    if what.place and below(what.place, post.category) is None:
        return None
    if below(ARCHIVE, post.category) is not None:
        return None
    if what.title is not None and not what.title.search(post.title):
        return None
    last = day_in(post.human_at or post.updated_at, zone)
    if what.days and (last is None or (today - last).days < what.days):
        return None
    if is_readme(post.title):
        return README
    why = apart(post, folders, what.place)
    if why is not None:
        return why
    place = f"{ARCHIVE}/{post.category}" if post.category else ARCHIVE
    top = what.place if what.place and is_plain(what.place) else post.category.partition("/")[0]
    group = from_to(called(top), f"{ARCHIVE}/{top}" if top else ARCHIVE, _because(what))
    reason = t(f"最後の編集は {last} です。", f"last edited on {last}.") if last else _because(what)
    return change(post, Verb.ARCHIVE, {Key.CATEGORY: place}, group, str(reason))


def _because(what: Archiving) -> Text:
    ja, en = [], []
    if what.days:
        ja.append(f"{what.days} 日以上編集がないため")
        en.append(f"no edit for {what.days} days or more")
    if what.title is not None:
        ja.append(f"題名が「{what.title.pattern}」に当たるため")
        en.append(f'the title matches "{what.title.pattern}"')
    if not ja:
        ja.append(f"{what.place} にあるため")
        en.append(f"it is in {what.place}")
    return t("、".join(ja), ", ".join(en))
