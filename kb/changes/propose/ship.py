"""Out of WIP: drafts that have become pages. Never those that say nothing yet, and none that holds a secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from zoneinfo import ZoneInfo

from kb.changes.plan import Key, Verb
from kb.changes.propose.places import PERSONAL, apart, below
from kb.changes.propose.post import Answer, Post, called, change, day_in, from_to
from kb.lang import Text, t

HOLLOW = t("本文がまだない、またはひな形のままのもの", "nothing written yet, or a template as it was")
SECRET = t("秘密の値があるもの", "with a secret in them")
EARLIER = t("--not-before より前に作られたもの", "made before --not-before")

_DRAFT = re.compile(
    r"[\[【(（〔<]\s*(?:wip|draft|下書き|書きかけ|作成中|執筆中|準備中|未完成|仮)\s*[\])）】〕>]"
    r"|\A(?:wip|draft|下書き)(?=[ :：_-]|\Z)",
    re.I,
)


class Inside(Enum):
    """What stands in a post's text, as far as shipping it asks."""

    TEXT = auto()
    HOLLOW = auto()
    SECRET = auto()


@dataclass(frozen=True, slots=True)
class Shipping:
    """Which drafts: by `author`, below `place`, last edited by a person `days` ago or longer, made since a day."""

    author: str = ""
    place: str = ""
    days: int = 0
    not_before: date | None = None


def ship(
    post: Post, what: Shipping, look: Callable[[Post], Inside], folders: Sequence[str], today: date, zone: ZoneInfo
) -> Answer:
    """A draft out of WIP. `look` reads its text, which is done only where nothing else speaks against it.

    In personal folders drafts stay what they are, unless they are asked for by their author.
    """
    if not post.wip or (what.place and below(what.place, post.category) is None):
        return None
    if what.author and post.author.casefold() != what.author.removeprefix("@").casefold():
        return None
    last = day_in(post.human_at or post.updated_at, zone)
    if what.days and (last is None or (today - last).days < what.days):
        return None
    made = day_in(post.created_at, zone)
    if what.not_before is not None and (made is None or made < what.not_before):
        return EARLIER
    why = apart(post, folders, what.place)
    if why is not None and not (why == PERSONAL and what.author):
        return why
    if why is None and not what.author and any(below(folder, post.category) is not None for folder in folders):
        return PERSONAL
    match look(post):
        case Inside.HOLLOW:
            return HOLLOW
        case Inside.SECRET:
            return SECRET
        case Inside.TEXT:
            return _shipped(post, what, last)


def says_draft(title: str) -> str:
    """The words by which a title calls its post a draft; "" for none."""
    found = _DRAFT.search(title)
    return found[0] if found else ""


def _shipped(post: Post, what: Shipping, last: date | None) -> Answer:
    draft = says_draft(post.title)
    because = _because(what)
    group = from_to("WIP", str(t(f"公開 {called(post.category)}", f"shipped {called(post.category)}")), because)
    reason = t(f"最後の編集は {last} です。", f"last edited on {last}.") if last else because
    if draft:
        reason = t(
            f"{reason.ja}題名に「{draft}」とあるので、外すかどうか決めてください。",
            f'{reason.en} The title says "{draft}": decide whether it is one.',
        )
    return change(post, Verb.SHIP, {Key.WIP: False}, group, str(reason), accept=not draft)


def _because(what: Shipping) -> Text:
    ja, en = [], []
    if what.author:
        ja.append(f"{what.author} の書きかけ")
        en.append(f"drafts of {what.author}")
    if what.days:
        ja.append(f"{what.days} 日以上編集がない")
        en.append(f"no edit for {what.days} days or more")
    if what.not_before is not None:
        ja.append(f"{what.not_before} 以降に作成")
        en.append(f"made since {what.not_before}")
    if not ja:
        ja.append(f"{what.place} の書きかけ")
        en.append(f"drafts in {what.place}")
    return t("、".join(ja), ", ".join(en))
