"""A post as those who propose changes see it, and what they answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from typing import TypeAlias
from zoneinfo import ZoneInfo

from kb.model.document import Visibility
from kb.model.facts import Confidence
from kb.model.plan import LABELS, Change, Key, Seen, Value, Verb
from kb.plan.values import usable
from kb.secrets.mask_document import shown_text
from kb.text.lang import Text, t


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


# Categories: whether one stands below another, and which posts are left alone unless somebody names their place.
#
# A glob is written as in kb.toml: `*` and `?` stay in one folder, `**` does not. It means the categories it
# matches and all below them.


ARCHIVE = "Archived"
TEMPLATES = "Templates"
LONGEST = 40
"""Folders of a category that are compared; what is deeper was made to be slow."""

SECRET_NAME = t(
    "題名・分類・タグに秘密の値がありそうなもの", "what seems to have a secret in its title, category or tags"
)
PERSONAL = t("個人のフォルダー", "in a person's folder")
ARCHIVED = t("アーカイブ済み", "archived")
TEMPLATE = t("テンプレート", "templates")
README = t("分類の README", "README of a category")
SPLIT = t("題名に「/」があり esa が分類と読んだもの", "titles with a slash that esa took for a category")


def below(glob: str, category: str) -> str | None:
    """What of a category stands below the part of it that a glob matches: "" for nothing; None where none matches.

    The shortest part that matches counts.
    """
    wanted, parts = glob.strip("/").split("/"), category.split("/")[:LONGEST] if category else []
    ends = {0}  # how many folders may be used up by what was looked at of the glob
    for number, piece in enumerate(wanted):
        if piece == "**":
            last = number == len(wanted) - 1
            ends = ends if last else set(range(min(ends, default=0), len(parts) + 1)) if ends else set()
        else:
            ends = {end + 1 for end in ends if end < len(parts) and _like(parts[end], piece)}
    if not ends or not glob.strip("/"):
        return None
    return "/".join(category.split("/")[min(ends) :])


def _like(folder: str, piece: str) -> bool:
    return fnmatchcase(folder, piece.replace("[", "[[]"))


def is_plain(glob: str) -> bool:
    """Whether a glob is the name of one category."""
    return not ("*" in glob or "?" in glob)


def root_of(glob: str) -> str:
    """What of a glob is written out, up to its first wildcard: `Users/*/x` begins in `Users`."""
    kept: list[str] = []
    for piece in glob.strip("/").split("/"):
        if not is_plain(piece):
            break
        kept.append(piece)
    return "/".join(kept)


def names(asked: str, folder: str) -> bool:
    """Whether somebody who asks for a place names a folder, rather than catch it with a wildcard."""
    root, top = root_of(asked), root_of(folder)
    return below(folder, root) is not None or bool(top and below(top, root) is not None)


def is_readme(title: str) -> bool:
    """Whether esa shows a post as the page of its category. Source: esa API v1 documentation, special names."""
    return title.strip().casefold().startswith("readme")


def is_split(post: Post) -> bool:
    """Whether the end of a post's category is the beginning of its title: 【完了】A / B, as esa reads it."""
    return post.category.endswith(" ")


def apart(post: Post, folders: Sequence[str], asked: str = "") -> Text | None:
    """Why a post is left alone: where it stands belongs to a person, or is no place of work. None for most.

    `folders` are globs of personal folders; who `asked` for a place by its name gets it.
    """
    if post.covered:
        return SECRET_NAME
    for place, why in ((ARCHIVE, ARCHIVED), (TEMPLATES, TEMPLATE)):
        if below(place, post.category) is not None and not names(asked, place):
            return why
    for folder in folders:
        if below(folder, post.category) is not None and not names(asked, folder):
            return PERSONAL
    return None


# What of the proposed changes can stand in a plan: nothing that holds a secret, and nothing that cannot be sent.


def sendable(proposed: Proposed) -> Proposed:
    """What of it can stand in a plan; the rest counted with the reasons.

    A plan holds no secret, so what is called by one is left out whole.
    """
    left: Counter[Text] = Counter(proposed.left)
    kept: list[Change] = []
    for each in proposed.changes:
        why = SECRET_NAME if holds_secret(each) else _unusable(each)
        if why is None:
            kept.append(each)
        else:
            left[why] += 1
    return Proposed(tuple(kept), dict(left))


def holds_secret(change: Change) -> bool:
    """Whether anything a plan would say of a change seems to hold a secret."""
    values = [*change.before.values(), *change.after.values()]
    words: Iterable[str] = (
        change.title,
        change.group,
        change.reason,
        change.note,
        change.warning,
        *(text for value in values for text in (value if isinstance(value, tuple) else (str(value),))),
    )
    return any(shown_text(each) != each for each in dict.fromkeys(words))


def _unusable(change: Change) -> Text | None:
    for key, value in change.after.items():
        if usable(Key(key), value) is not None:
            return _UNUSABLE[Key(key)]
    return None


_UNUSABLE = {
    key: t(
        f"{LABELS[key].ja}が送れない値になるもの（空、長すぎる、改行、見えない文字など）",
        f"a {LABELS[key].en} that cannot be sent (empty, too long, line breaks, unseen)",
    )
    for key in Key
}
