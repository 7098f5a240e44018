"""A post as proposals see it, and what they return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import TypeAlias

from kb.model.document import Visibility
from kb.model.facts import Confidence
from kb.model.finding import Finding, Severity
from kb.model.plan import KEY_LABELS, Change, ChangeKey, SeenState, Value, Verb
from kb.plan.values import check_value
from kb.secrets.mask_document import mask_text
from kb.text.lang import Text, join_texts, t


@dataclass(frozen=True, slots=True)
class PostHead:
    """A live post without its text. Times are UTC; `human_at` is the last edit not made by kb.

    `covered`: this machine's copy has a masked name, which cannot be sent back.
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
    def values(self) -> dict[ChangeKey, Value]:
        """The values a change can touch."""
        return {
            ChangeKey.TITLE: self.title,
            ChangeKey.CATEGORY: self.category,
            ChangeKey.TAGS: self.tags,
            ChangeKey.WIP: self.wip,
        }

    @property
    def seen(self) -> SeenState:
        """The state a change is decided on."""
        return SeenState(self.updated_at, self.revision)


UNFINISHED_CODES = frozenset({"INC201", "INC401", "INC402"})
"""The rules of cause and prevention whose errors speak against every verb that calls a page or ticket finished."""
UNDECIDED_CODES = frozenset({"INC202"})
"""Rules that say a cause is not known yet: worth a warning before a draft goes to everybody."""
JUDGED_CODES = (*sorted(UNFINISHED_CODES | UNDECIDED_CODES), "SEC")
"""What has to be judged to know of objections; a secret in the text is worth a warning alone."""


@dataclass(frozen=True, slots=True)
class Objections:
    """What lint says of a page or ticket that is to be called finished: whether it speaks against it, and in words."""

    refutes: bool = False
    warning: str = ""

    @classmethod
    def of(cls, findings: Iterable[Finding], *, undecided: bool = False) -> Objections:
        """Return those of some findings, but what people accepted or put off.

        `undecided`: an unknown cause is worth a word.
        """
        refuting, said = False, []
        for each in findings:
            error = each.severity is Severity.ERROR
            if each.waiver is not None:  # no baseline takes an error
                continue
            if (error and each.code in UNFINISHED_CODES) or (undecided and each.code in UNDECIDED_CODES):
                refuting |= each.code in UNFINISHED_CODES
                ja, en = each.message.ja.partition("。")[0], each.message.en.partition(": ")[0].rstrip(".")
                said.append(t(f"{ja}（{each.code}）", f"{en} ({each.code})"))
            elif error and each.code.startswith("SEC"):
                said.append(t("秘密の値が書かれています（SEC）", "a secret stands in it (SEC)"))
        return cls(refuting, str(join_texts(tuple(dict.fromkeys(said)), "。", ". ")))

    def put_to(self, change: Change) -> Change:
        """Return a change that says finished with what lint says against it: undecided, or with a word to read."""
        warning = str(join_texts([t(each, each) for each in (change.warning, self.warning) if each], "。", ". "))
        return replace(change, accept=change.accept and not self.refutes, warning=warning)


NO_OBJECTIONS = Objections()


Proposal: TypeAlias = Change | Text | None
"""A change; why there is none, in a few words that are counted; None where nothing was asked."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """The proposed changes, and the reasons for leaving others out, with counts."""

    changes: tuple[Change, ...]
    left: Mapping[Text, int]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was proposed or left out."""
        return not (self.changes or self.left)


def gather_proposals(answers: Iterable[Proposal]) -> Proposals:
    """Return the changes among some answers, and the reasons counted, most frequent first."""
    found = list(answers)
    left = Counter(each for each in found if isinstance(each, Text))
    return Proposals(tuple(each for each in found if isinstance(each, Change)), dict(left.most_common()))


def propose_change(
    post: PostHead,
    kind: Verb,
    after: Mapping[ChangeKey, Value],
    group: str,
    reason: str,
    confidence: Confidence = Confidence.HIGH,
    *,
    accept: bool = True,
    owner: str = "",
) -> Change:
    """Return a change of a post to these values; `owner` is the member who alone decides on it."""
    now, title = post.values, mask_text(post.title)
    return Change(
        kind=kind,
        target=f"esa:{post.number}",
        before={key: now[key] for key in ChangeKey if key in after},
        after={key: after[key] for key in ChangeKey if key in after},
        seen=post.seen,
        group=group,
        reason=reason,
        confidence=confidence,
        accept=accept,
        title=title,
        owner=owner,
        secret_title=title != post.title,
    )


def group_title(source: str, target: str, because: Text) -> str:
    """Return the group's name: from → to because."""
    return str(t(f"{source} → {target}: {because.ja}", f"{source} → {target}: {because.en}"))


def display_category(category: str) -> str:
    """Return a category as readers see it."""
    return category or str(t("（分類なし）", "(no category)"))


ARCHIVE_CATEGORY = "Archived"
TEMPLATES_CATEGORY = "Templates"
MAX_GLOB_PARTS = 40
"""Folders of a category that are compared; a deeper one was made to be slow."""

SECRET_NAME = t(
    "題名・分類・タグに秘密の値がありそうなもの", "what seems to have a secret in its title, category or tags"
)
PERSONAL = t("個人のフォルダー", "in a person's folder")
ARCHIVED = t("アーカイブ済み", "archived")
TEMPLATE = t("テンプレート", "templates")
README = t("分類の README", "README of a category")
SPLIT = t("題名に「/」があり esa が分類と読んだもの", "titles with a slash that esa took for a category")


def strip_matching_prefix(glob: str, category: str) -> str | None:
    """Return what of a category is below the part a glob matches: "" for nothing; None for no match.

    A glob is as in kb.toml: `*` and `?` stay in one folder, `**` does not; it covers the categories it matches and all
    below. The shortest part that matches counts.
    """
    wanted, parts = glob.strip("/").split("/"), category.split("/")[:MAX_GLOB_PARTS] if category else []
    ends = {0}  # how many folders the glob's parts so far may cover
    for number, piece in enumerate(wanted):
        if piece == "**":
            last = number == len(wanted) - 1
            ends = ends if last else set(range(min(ends, default=0), len(parts) + 1)) if ends else set()
        else:
            name = piece.replace("[", "[[]")
            ends = {end + 1 for end in ends if end < len(parts) and fnmatchcase(parts[end], name)}
    if not ends or not glob.strip("/"):
        return None
    return "/".join(category.split("/")[min(ends) :])


def is_plain_category(glob: str) -> bool:
    """Whether a glob is the name of one category."""
    return not ("*" in glob or "?" in glob)


def fixed_root(glob: str) -> str:
    """Return the literal start of a glob: `Users/*/x` begins in `Users`."""
    return "/".join(takewhile(is_plain_category, glob.strip("/").split("/")))


def is_named_exactly(asked: str, folder: str) -> bool:
    """Whether a place names a folder rather than catch it with a wildcard."""
    root, top = fixed_root(asked), fixed_root(folder)
    return strip_matching_prefix(folder, root) is not None or bool(top and strip_matching_prefix(top, root) is not None)


def is_readme(title: str) -> bool:
    """Whether esa shows a post as the page of its category. Source: esa API v1, special names."""
    return title.strip().casefold().startswith("readme")


def is_split_title(post: PostHead) -> bool:
    """Whether a `/` in a title was read as a category: 【完了】A / B."""
    return post.category.endswith(" ")


def reason_to_skip(post: PostHead, folders: Sequence[str], asked: str = "") -> Text | None:
    """Return why a post in a personal folder, or outside the places of work, is left alone, or None.

    `folders` are globs of personal folders; `asked` names the place somebody asked for.
    """
    if post.covered:
        return SECRET_NAME
    for place, why in ((ARCHIVE_CATEGORY, ARCHIVED), (TEMPLATES_CATEGORY, TEMPLATE)):
        if strip_matching_prefix(place, post.category) is not None and not is_named_exactly(asked, place):
            return why
    for folder in folders:
        if strip_matching_prefix(folder, post.category) is not None and not is_named_exactly(asked, folder):
            return PERSONAL
    return None


def check_sendable(proposed: Proposals) -> Proposals:
    """Return the proposals a plan may hold; the rest are counted with the reasons.

    A plan holds no secret: a target named by one is left out.
    """
    clear: set[str] = set()
    found = [(each, SECRET_NAME if has_secret(each, clear) else _reason_unsendable(each)) for each in proposed.changes]
    left = Counter(proposed.left) + Counter(why for _, why in found if why is not None)
    return Proposals(tuple(each for each, why in found if why is None), dict(left))


def has_secret(change: Change, clear: set[str] | None = None) -> bool:
    """Whether any text of a change seems to hold a secret. `clear` are texts that hold none, and gets more of them."""
    values = [*change.before.values(), *change.after.values()]
    words: Iterable[str] = (
        change.group,
        change.reason,
        change.note,
        change.warning,
        *(text for value in values for text in (value if isinstance(value, tuple) else (str(value),))),
    )
    # One takes it off the page, the other hides it.
    named = change.secret_title and change.kind not in (Verb.REDACT, Verb.RESTRICT)
    fresh = dict.fromkeys(each for each in words if clear is None or each not in clear)
    if named or any(mask_text(each) != each for each in fresh):
        return True
    if clear is not None:
        clear.update(fresh)
    return False


def _reason_unsendable(change: Change) -> Text | None:
    wrong = (key for key, value in change.after.items() if check_value(ChangeKey(key), value) is not None)
    return next((_UNSENDABLE[ChangeKey(key)] for key in wrong), None)


_UNSENDABLE = {
    key: t(
        f"{KEY_LABELS[key].ja}が送れない値になるもの（空、長すぎる、改行、見えない文字など）",
        f"a {KEY_LABELS[key].en} that cannot be sent (empty, too long, line breaks, unseen)",
    )
    for key in ChangeKey
}
