"""Propose a place of the team's for a page of a personal folder: decided by its owner, or for those who are gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from kb.model.document import Document
from kb.model.facts import Confidence, PageKind
from kb.model.page import PagePolicy
from kb.model.plan import ChangeKey, Verb
from kb.plan.propose.post import (
    README,
    SPLIT,
    PostHead,
    Proposal,
    group_title,
    is_readme,
    is_split_title,
    propose_change,
    reason_to_skip,
)
from kb.plan.propose.ship import find_draft_mark
from kb.reading.facts import read_kind
from kb.reading.pages.declared_kind import find_declared_kind, find_named_kind, score_place
from kb.reading.pages.incident_prefilter import TROUBLE_PLACE_POINTS
from kb.reading.pages.own_notes import OwnNote, find_own_note
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

DRAFT = t("書きかけ（WIP、下書き）", "drafts")
MEMO = t("自分用のメモ", "notes of their own")
DIARY = t("日報や日誌", "diaries and daily reports")
HIDDEN = t("全員には見えないもの", "what not every member may read")
NO_PLACE = t("移す先の手がかりがないもの", "without a sign of where they belong")
OTHER_KIND = t(
    "移す先を決められないもの（近いのは、別の種類の記事の場所）", "that are most like a place of another kind of page"
)

_STEP = compile_lazy(r"(?m)^[ \t　]{0,8}(?:[0-9０-９]{1,2}[.)．）]|[①-⑳]|[$#] [a-z])")
_LEAST_STEPS = 2

_FROM = t("個人のフォルダー", "personal folders")


class Decider(Enum):
    """Who decides on a page: its owner, or, of owners who are not on the list of members, whoever leads.

    NOBODY: it is not known whose it is, or the list of members was not read to its end.
    """

    OWNER = auto()
    LEAD = auto()
    NOBODY = auto()


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a page may belong: the first category, its folded place, what spoke for it, and whether it is sure.

    `decided`: a person chose the place before. `fits`: the page is of the kind the place is for.
    """

    category: str
    place: str
    reason: Text
    sure: bool
    decided: bool = False
    fits: bool = True


def reason_to_stay(post: PostHead, folders: Sequence[str], asked: str, below: str) -> Text | None:
    """Return why a page of a personal folder stays, by all but its text. `below` are its folders in there."""
    if why := reason_to_skip(post, folders, asked):
        return why
    if is_readme(post.title):
        return README
    if is_split_title(post):
        return SPLIT
    if post.wip or find_draft_mark(post.title):
        return DRAFT
    match find_own_note(post.title, below, post.author):
        case OwnNote.MEMO:
            return MEMO
        case OwnNote.DIARY:
            return DIARY
    return None


def is_kind_of_place(page: Document, category: str, policy: PagePolicy, structure: bytes | None = None) -> bool:
    """Whether a page is of the kind its place is for: incidents, or procedures. Other places are for any."""
    bare = Document(page.doc, page.source, page.kind, "", "", page.markup, category=category)
    named, declared = find_named_kind(bare)[0], find_declared_kind(bare, policy)
    of_incidents = declared.kind is PageKind.INCIDENT if declared else score_place(bare) >= TROUBLE_PLACE_POINTS
    if not of_incidents and named is not PageKind.RUNBOOK:
        return True
    kind = read_kind(page, policy, structure)
    if of_incidents:
        return kind is PageKind.INCIDENT
    steps = sum(1 for _ in _STEP.finditer(page.body))
    return kind is PageKind.RUNBOOK or (kind in (PageKind.OTHER, PageKind.FAQ) and steps >= _LEAST_STEPS)


def propose_destination(
    post: PostHead, found: Destination | None, decider: Decider, member: str, folder: str
) -> Proposal:
    """Propose the place. `member` is the owner who is asked, `folder` the personal folder."""
    if found is None or not found.category:
        return NO_PLACE
    if not found.fits:
        return OTHER_KIND
    if found.category == post.category:
        return None
    sure = decider is Decider.LEAD and found.sure
    return propose_change(
        post,
        Verb.MOVE,
        {ChangeKey.CATEGORY: found.category},
        _group(found, decider, folder, sure=sure),
        str(found.reason),
        Confidence.HIGH if found.sure else Confidence.LOW,
        accept=sure,
        owner=member if decider is Decider.OWNER else "",
    )


def _group(found: Destination, decider: Decider, folder: str, *, sure: bool) -> str:
    """Return the group: by place where it is sure, else by who or what decides. No name but that of who is asked."""
    if decider is Decider.OWNER:
        return group_title(folder, str(t("チームの場所", "shared places")), t("本人に聞くため", "their owner is asked"))
    top = str(t(f"{found.place.partition('/')[0]} など", f"{found.place.partition('/')[0]} and others"))
    if decider is Decider.NOBODY:
        return group_title(str(_FROM), top, t("持ち主を確かめるため", "it is not known whose they are"))
    if sure:
        because = (
            t("前に決めた場所のため", "decided before")
            if found.decided
            else t("似た記事がある場所のため", "pages like them are there")
        )
        return group_title(str(_FROM), found.place, because)
    return group_title(str(_FROM), top, t("決め手が足りないため", "not sure enough"))
