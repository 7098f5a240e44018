"""Propose to ship drafts that have become pages; never empty ones, and none with a secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from itertools import islice
from zoneinfo import ZoneInfo

from kb.markup.outline import iter_units
from kb.markup.parse import iter_blocks
from kb.markup.units import MAX_UNITS, Unit, UnitForm
from kb.model.document import Markup
from kb.model.plan import ChangeKey, Verb
from kb.plan.propose.post import (
    PERSONAL,
    PostHead,
    Proposal,
    display_category,
    group_title,
    propose_change,
    reason_to_skip,
    strip_matching_prefix,
)
from kb.reading.phrases.placeholder import find_placeholder, is_guidance
from kb.text.dates import local_day
from kb.text.fold import fold_text
from kb.text.lang import Text, join_texts, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import encode

EMPTY_POSTS = t("本文がまだない、またはひな形のままのもの", "nothing written yet, or a template as it was")
POSTS_WITH_SECRETS = t("秘密の値があるもの", "with a secret in them")
CREATED_TOO_EARLY = t("--not-before より前に作られたもの", "made before --not-before")

_DRAFT = compile_lazy(
    r"[\[【(（〔<]\s*(?:wip|draft|下書き|書きかけ|作成中|執筆中|準備中|未完成|仮)\s*[\])）】〕>]"
    r"|\A(?:wip|draft|下書き)(?=[ :：_-]|\Z)",
    re.I,
)


class PostContent(Enum):
    """What a post's text is, as far as shipping matters."""

    TEXT = auto()
    HOLLOW = auto()
    SECRET = auto()


@dataclass(frozen=True, slots=True)
class ShipRule:
    """Drafts by `author`, below `place`, last edited by a person `days` ago or longer, created since a day."""

    author: str = ""
    place: str = ""
    days: int = 0
    not_before: date | None = None


def propose_ship(
    post: PostHead,
    what: ShipRule,
    look: Callable[[PostHead], PostContent],
    folders: Sequence[str],
    today: date,
    zone: ZoneInfo,
) -> Proposal:
    """Propose to ship a draft. `look` reads its text, only where nothing else speaks against it.

    In personal folders drafts stay, unless their author is asked for.
    """
    if not post.wip or (what.place and strip_matching_prefix(what.place, post.category) is None):
        return None
    if what.author and post.author.casefold() != what.author.removeprefix("@").casefold():
        return None
    last = local_day(post.human_at or post.updated_at, zone)
    if what.days and (last is None or (today - last).days < what.days):
        return None
    made = local_day(post.created_at, zone)
    if what.not_before is not None and (made is None or made < what.not_before):
        return CREATED_TOO_EARLY
    why = reason_to_skip(post, folders, what.place)
    if why is not None and not (why == PERSONAL and what.author):
        return why
    inside = any(strip_matching_prefix(folder, post.category) is not None for folder in folders)
    if why is None and not what.author and inside:
        return PERSONAL
    match look(post):
        case PostContent.HOLLOW:
            return EMPTY_POSTS
        case PostContent.SECRET:
            return POSTS_WITH_SECRETS
        case PostContent.TEXT:
            return _refuse_draft(post, what, last)


def find_draft_mark(title: str) -> str:
    """Return the words by which a title calls its post a draft; "" for none."""
    found = _DRAFT.search(title)
    return found[0] if found else ""


def _refuse_draft(post: PostHead, what: ShipRule, last: date | None) -> Proposal:
    draft = find_draft_mark(post.title)
    because = _ship_reason(what)
    group = group_title(
        "WIP", str(t(f"公開 {display_category(post.category)}", f"shipped {display_category(post.category)}")), because
    )
    reason = t(f"最後の編集は {last} です。", f"last edited on {last}.") if last else because
    if draft:
        reason = t(
            f"{reason.ja}題名に「{draft}」とあるので、外すかどうか決めてください。",
            f'{reason.en} The title says "{draft}": decide whether it is one.',
        )
    return propose_change(post, Verb.SHIP, {ChangeKey.WIP: False}, group, str(reason), accept=not draft)


def _ship_reason(what: ShipRule) -> Text:
    found = [t(f"{what.author} の書きかけ", f"drafts of {what.author}")] if what.author else []
    if what.days:
        found.append(t(f"{what.days} 日以上編集がない", f"no edit for {what.days} days or more"))
    if what.not_before is not None:
        found.append(t(f"{what.not_before} 以降に作成", f"made since {what.not_before}"))
    return join_texts(found or [t(f"{what.place} の書きかけ", f"drafts in {what.place}")])


_VARIABLE = compile_lazy(r"%\{[^{}\n]{0,40}\}")
_MARKS = "*_~#>|:：・-–—/「」【】[]()（） \t"
_LABEL = compile_lazy(r"[^:：。]{1,20}[:：]\s*")
_LATER = compile_lazy(
    r"(?:todo|tbd|fixme|wip|draft|作成中|書きかけ|書き途中|執筆中|下書き|準備中|工事中|未記入|記入中|(?:あと|後)で(?:書|追記|記入))",
    re.I,
)
_JUST_LATER = 40
"""Characters of a line that only announces something to be written."""


@dataclass(frozen=True, slots=True)
class TemplateWords:
    """The lines of a team's templates, and the literal ends of those with a variable."""

    lines: frozenset[str] = frozenset()
    around: tuple[tuple[str, str], ...] = ()

    def say(self, line: str) -> bool:
        """Whether a folded line is the template's."""
        return line in self.lines or any(
            len(line) >= len(start) + len(end) and line.startswith(start) and line.endswith(end)
            for start, end in self.around
        )


def collect_template_words(templates: Iterable[str]) -> TemplateWords:
    """Collect the words of some templates."""
    lines: set[str] = set()
    around: set[tuple[str, str]] = set()
    for body in templates:
        for unit in _units(body, None):
            first, _, rest = unit.text.partition("%{")
            if rest and _VARIABLE.search(unit.text):
                last = _VARIABLE.split(unit.text)[-1]
                if len(first) + len(last) > 1:  # a line of only a variable would match anything
                    around.add((first, last))
            else:
                lines.add(unit.text)
    return TemplateWords(frozenset(lines - {""}), tuple(sorted(around)))


def is_hollow(
    body: str, title: str = "", structure: bytes | None = None, words: TemplateWords = TemplateWords()
) -> bool:
    """Whether a body has only headings, placeholders, blank items and template words."""
    named = fold_text(title).strip()
    return not any(_is_own_content(unit, named, words) for unit in _units(body, structure))


def _units(body: str, structure: bytes | None) -> Iterator[Unit]:
    raw = encode(body)
    return islice(iter_units(raw, iter_blocks(raw, Markup.MARKDOWN, structure)), MAX_UNITS)


def _is_own_content(unit: Unit, title: str, words: TemplateWords) -> bool:
    """Whether a line says something of its own."""
    if unit.form in (UnitForm.HEADING, UnitForm.RULE) or (unit.form is UnitForm.CELL and unit.row == 0):
        return False
    text = unit.text.strip()
    if text == title or words.say(text):
        return False
    bare = _VARIABLE.sub("", text).strip(_MARKS)
    if unit.form is UnitForm.CODE:
        return bool(bare)
    if len(bare) <= _JUST_LATER and _LATER.match(bare):
        return False
    label = _LABEL.match(bare)
    if label and "//" not in bare[: label.end() + 2]:
        bare = bare[label.end() :].strip(_MARKS)
    # A promise is empty as a measure, and a sentence like others on a page about something else.
    return bool(bare) and find_placeholder(bare) in ("", "placeholder:promise") and not is_guidance(unit, measure=False)
