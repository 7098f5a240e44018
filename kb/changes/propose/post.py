"""A post as those who propose changes see it, and what they answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from kb.changes.plan import Change, Key, Seen, Value, Verb
from kb.lang import Text, t
from kb.model import Confidence, Visibility


@dataclass(frozen=True, slots=True)
class Post:
    """A live post without its text. Times are UTC; `human_at` is the last edit that was not kb's own.

    `covered`: this machine's copy holds a name of it without its secret, which cannot be sent back.
    """

    number: int
    title: str
    category: str = ""
    tags: tuple[str, ...] = ()
    wip: bool = False
    author: str = ""
    created_at: str = ""
    human_at: str = ""
    updated_at: str = ""
    revision: int = 0
    url: str = ""
    visibility: Visibility = Visibility.MEMBERS
    covered: bool = False

    @property
    def values(self) -> dict[Key, Value]:
        """What a change can touch of it."""
        return {Key.TITLE: self.title, Key.CATEGORY: self.category, Key.TAGS: self.tags, Key.WIP: self.wip}

    @property
    def seen(self) -> Seen:
        """The state a change is decided on."""
        return Seen(self.updated_at, self.revision)


Answer: TypeAlias = Change | Text | None
"""What is proposed for one target; why nothing is, as a few words that are counted; None where nothing was asked."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is proposed, and how often what was left out, by the reason."""

    changes: tuple[Change, ...]
    left: Mapping[Text, int]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was meant at all: nothing proposed, and nothing left out."""
        return not (self.changes or self.left)


def gathered(answers: Iterable[Answer]) -> Proposed:
    """The changes among some answers, and the reasons counted, the most frequent first."""
    changes: list[Change] = []
    left: Counter[Text] = Counter()
    for each in answers:
        if isinstance(each, Change):
            changes.append(each)
        elif each is not None:
            left[each] += 1
    return Proposed(tuple(changes), dict(left.most_common()))


def change(
    post: Post,
    kind: Verb,
    after: Mapping[Key, Value],
    group: str,
    reason: str,
    confidence: Confidence = Confidence.HIGH,
    *,
    accept: bool = True,
) -> Change:
    """A change of a post to these values."""
    now = post.values
    return Change(
        kind=kind,
        target=f"esa:{post.number}",
        before={key: now[key] for key in Key if key in after},
        after={key: after[key] for key in Key if key in after},
        seen=post.seen,
        group=group,
        reason=reason,
        confidence=confidence,
        accept=accept,
        title=post.title,
    )


def from_to(source: str, target: str, because: Text) -> str:
    """What people decide by: from → to because."""
    return str(t(f"{source} → {target}: {because.ja}", f"{source} → {target}: {because.en}"))


def called(category: str) -> str:
    """A category as a reader is told of it."""
    return category or str(t("（分類なし）", "(no category)"))


def day_in(moment: str, zone: ZoneInfo) -> date | None:
    """The day of a time (ISO, UTC where it says nothing) in a time zone; None for what is no time."""
    try:
        when = datetime.fromisoformat(moment)
        return when.replace(tzinfo=when.tzinfo or UTC).astimezone(zone).date()
    except (ValueError, OverflowError):
        return None
