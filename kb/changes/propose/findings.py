"""What findings carry as edits of a title or a place → changes of posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.changes.plan import Change, Key, Verb
from kb.changes.propose.places import ARCHIVE, README, SPLIT, apart, below, is_readme, is_split
from kb.changes.propose.post import Answer, Post, called, change, from_to
from kb.lang import Text, t
from kb.model import Confidence, Edit, Field, Safety

OVERLAPS = t("同じ項目に別の直し方があるもの", "another finding changes the same")
OUTDATED = t("写しが変わり、直し方が合わなくなったもの", "edits that no longer fit the mirror")

_KEYS = {Field.TITLE: Key.TITLE, Field.CATEGORY: Key.CATEGORY}


@dataclass(frozen=True, slots=True)
class Mending:
    """One finding on a post, and its edits: its code, what it says, how sure it is."""

    code: str
    says: Text
    confidence: Confidence
    edits: tuple[Edit, ...]


def mended(post: Post, found: Sequence[Mending], folders: Sequence[str], taken: Sequence[Change] = ()) -> list[Answer]:
    """What the findings on one post would change of its title and category; of two for one field the first.

    `taken` are changes of the post that are proposed already. What is not sure and would not keep every
    meaning is for a person to decide.
    """
    answers: list[Answer] = []
    used = {key for each in taken for key in each.after}
    for finding in found:
        after = {_KEYS[edit.field]: edit.after for edit in finding.edits if edit.field in _KEYS}
        now = post.values
        if any(edit.before != now[_KEYS[edit.field]] for edit in finding.edits if edit.field in _KEYS):
            answers.append(OUTDATED)
            continue
        after = {key: value for key, value in after.items() if value != now[key]}
        if not after:
            continue
        if used & after.keys():
            answers.append(OVERLAPS)
            continue
        used |= after.keys()
        answers.append(_change(post, finding, after, folders))
    return answers


def _change(post: Post, finding: Mending, after: dict[Key, str], folders: Sequence[str]) -> Answer:
    why = apart(post, folders)
    if why is not None:
        return why
    if is_readme(post.title):
        return README
    if is_split(post):
        return SPLIT
    place = after.get(Key.CATEGORY)
    if place is None:
        kind, target = Verb.RETITLE, str(t("題名を直す", "another title"))
    else:
        kind, target = Verb.ARCHIVE if below(ARCHIVE, place) is not None else Verb.MOVE, called(place)
    because = t(f"{finding.code} の指摘のため", f"{finding.code} says so")
    safe = all(edit.safety is Safety.SAFE for edit in finding.edits)
    return change(
        post,
        kind,
        dict(after),
        from_to(called(post.category), target, because),
        str(finding.says),
        finding.confidence,
        accept=safe or finding.confidence is Confidence.HIGH,
    )
