"""Propose the done mark and place for finished incident pages, and take both back where set too early.

Rules INC501 to INC505 judge. A page gets one change with title and category; removing a mark or moving a page back is
left for a person to decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from kb.model.facts import Confidence
from kb.model.finding import Edit, Field, Safety
from kb.model.plan import Change, ChangeKey, Value, Verb
from kb.plan.propose.post import (
    ARCHIVE_CATEGORY,
    README,
    SPLIT,
    PostHead,
    Proposal,
    display_category,
    group_title,
    is_readme,
    is_split_title,
    propose_change,
    reason_to_skip,
    strip_matching_prefix,
)
from kb.text.lang import Text, join_texts, t


class DoneSign(Enum):
    """What speaks for a change; the first one present is its reason."""

    MARKED_OPEN = auto()  # marked as done, with something open
    MOVED_OPEN = auto()  # in the done place, with something open
    FINISHED = auto()  # every measure is done, and no mark says so
    KEPT_DONE = auto()  # in the done place with nothing open, and no mark says so
    ELSEWHERE = auto()  # marked, and not in the done place
    VARIANT = auto()  # the mark is spelled another way


SIGN_REASONS = {
    DoneSign.MARKED_OPEN: t("完了の印があるのに、残っている対策があるため", "marked as done with something open"),
    DoneSign.MOVED_OPEN: t(
        "対応完了の場所にあるのに、残っている対策があるため", "in the done place with something open"
    ),
    DoneSign.FINISHED: t("対策がすべて済んでいるため", "every measure is done"),
    DoneSign.KEPT_DONE: t("対応完了の場所にあるため", "it is in the done place"),
    DoneSign.ELSEWHERE: t("題名に完了の印があるため", "the title says done"),
    DoneSign.VARIANT: t("完了の印の書き方をそろえるため", "the mark is spelled another way"),
}
REVERSE_SIGNS = frozenset({DoneSign.MARKED_OPEN, DoneSign.MOVED_OPEN})
"""Signs that a page is not finished: its mark comes off, or it goes back."""


@dataclass(frozen=True, slots=True)
class IncidentPost:
    """An incident page with what the judgement needs.

    `marked` is its title with the mark, `bare` without any. `done_place` is where it goes when done ("" for nowhere),
    `open_place` when it is not; `inside`: it is in a done place. `told` are sentences on tickets: who closed which and
    when, what is open. `year` names the day that decided the place's year. `same`: its mark means what the team's does.
    """

    post: PostHead
    signs: Mapping[DoneSign, Confidence]
    marked: str
    bare: str
    done_place: str = ""
    open_place: str = ""
    inside: bool = False
    told: tuple[Text, ...] = ()
    year: Text | None = None
    same: bool = True


def propose_done(page: IncidentPost, folders: Sequence[str] = ()) -> Proposal:
    """Propose a title and place that match the state of the measures."""
    if (first := next((sign for sign in DoneSign if sign in page.signs), None)) is None:
        return None
    after = _reopen_values(page) if first in REVERSE_SIGNS else _done_values(page)
    if not after:
        return None
    if why := reason_to_skip(page.post, folders):
        return why
    if is_split_title(page.post):
        return SPLIT
    place = str(after[ChangeKey.CATEGORY]) if ChangeKey.CATEGORY in after else _title_target(page, after)
    return propose_change(
        page.post,
        Verb.DONE,
        after,
        group_title(display_category(page.post.category), place, SIGN_REASONS[first]),
        _reason(page, first, moved=ChangeKey.CATEGORY in after),
        min(page.signs.values()),
        accept=first not in REVERSE_SIGNS and (page.same or DoneSign.VARIANT not in page.signs),
    )


def _done_values(page: IncidentPost) -> dict[ChangeKey, Value]:
    after: dict[ChangeKey, Value] = {}
    if page.marked and page.signs.keys() & {DoneSign.FINISHED, DoneSign.KEPT_DONE, DoneSign.VARIANT}:
        after[ChangeKey.TITLE] = page.marked
    if page.done_place and not page.inside and page.signs.keys() & {DoneSign.FINISHED, DoneSign.ELSEWHERE}:
        after[ChangeKey.CATEGORY] = page.done_place
    return _changed_values(page.post, after)


def _reopen_values(page: IncidentPost) -> dict[ChangeKey, Value]:
    after: dict[ChangeKey, Value] = {}
    if DoneSign.MARKED_OPEN in page.signs and page.bare:
        after[ChangeKey.TITLE] = page.bare
    if page.inside and page.open_place:
        after[ChangeKey.CATEGORY] = page.open_place
    return _changed_values(page.post, after)


def _changed_values(post: PostHead, after: Mapping[ChangeKey, Value]) -> dict[ChangeKey, Value]:
    """Return the values that differ from the present ones."""
    return {key: value for key, value in after.items() if value != post.values[key]}


def _title_target(page: IncidentPost, after: Mapping[ChangeKey, Value]) -> str:
    """Return where a group of title changes leads."""
    marked = after[ChangeKey.TITLE] == page.marked
    return str(t("題名に完了の印", "marked as done") if marked else t("題名の印を外す", "the mark taken off"))


def _reason(page: IncidentPost, first: DoneSign, *, moved: bool) -> str:
    said = [*page.told, _SAYS[first]]
    if DoneSign.VARIANT in page.signs and not page.same:
        said.append(
            t(
                "「解決」が完了と同じ意味かどうかは、記事を見て決めてください。",
                "Whether solved means done here is for you to decide.",
            )
        )
    if moved and page.year is not None:
        said.append(page.year)
    return str(join_texts(said, "", " "))


_SAYS = {
    DoneSign.MARKED_OPEN: t(
        "済ませるか、やめた理由を書き足すなら、印はそのままでかまいません。",
        "If it gets finished, or the reason why not is written down, the mark can stay.",
    ),
    DoneSign.MOVED_OPEN: t(
        "済ませるか、やめた理由を書き足すなら、場所はそのままでかまいません。",
        "If it gets finished, or the reason why not is written down, the page can stay.",
    ),
    DoneSign.FINISHED: t("対策がすべて済んでいます。", "Every measure is done."),
    DoneSign.KEPT_DONE: t(
        "対応完了の場所にあり、残っている対策はありません。", "It is in the done place, and nothing is open."
    ),
    DoneSign.ELSEWHERE: t(
        "題名に完了の印があり、残っている対策はありません。", "The title says done, and nothing is open."
    ),
    DoneSign.VARIANT: t("完了の印をチームの書き方にそろえます。", "The mark is put as the team writes it."),
}


OVERLAPPING_EDITS = t("同じ項目に別の直し方があるもの", "another finding changes the same")
OUTDATED_EDITS = t("写しが変わり、直し方が合わなくなったもの", "edits that no longer fit the mirror")

_KEYS = {Field.TITLE: ChangeKey.TITLE, Field.CATEGORY: ChangeKey.CATEGORY}


@dataclass(frozen=True, slots=True)
class FindingEdits:
    """A finding on a post with its edits: code, message, confidence."""

    code: str
    says: Text
    confidence: Confidence
    edits: tuple[Edit, ...]


def propose_edits(
    post: PostHead, found: Sequence[FindingEdits], folders: Sequence[str], taken: Sequence[Change] = ()
) -> list[Proposal]:
    """Propose the edits of title and category the findings on a post carry; the first wins a field.

    `taken` are changes of the post proposed already. An unsure edit that may lose meaning is left for a person to
    decide.
    """
    answers: list[Proposal] = []
    used = {key for each in taken for key in each.after}
    for finding in found:
        edits = [(_KEYS[edit.field], edit) for edit in finding.edits if edit.field in _KEYS]
        now = post.values
        if any(edit.before != now[key] for key, edit in edits):
            answers.append(OUTDATED_EDITS)
            continue
        if not (after := {key: edit.after for key, edit in edits if edit.after != now[key]}):
            continue
        if used & after.keys():
            answers.append(OVERLAPPING_EDITS)
            continue
        used |= after.keys()
        answers.append(_change_from_finding(post, finding, after, folders))
    return answers


def _change_from_finding(
    post: PostHead, finding: FindingEdits, after: dict[ChangeKey, str], folders: Sequence[str]
) -> Proposal:
    if why := reason_to_skip(post, folders):
        return why
    if is_readme(post.title):
        return README
    if is_split_title(post):
        return SPLIT
    kind, target = Verb.RETITLE, str(t("題名を直す", "another title"))
    if (place := after.get(ChangeKey.CATEGORY)) is not None:
        archived = strip_matching_prefix(ARCHIVE_CATEGORY, place) is not None
        kind, target = Verb.ARCHIVE if archived else Verb.MOVE, display_category(place)
    because = t(f"{finding.code} の指摘のため", f"{finding.code} says so")
    safe = all(edit.safety is Safety.SAFE for edit in finding.edits)
    return propose_change(
        post,
        kind,
        dict(after),
        group_title(display_category(post.category), target, because),
        str(finding.says),
        finding.confidence,
        accept=safe or finding.confidence is Confidence.HIGH,
    )
