"""Hold back proposed changes that collide: undecided, in a group of their own, with a suggestion.

Of two posts that would get one name both are held back; where the name belongs to a post that stays, only the other is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from kb.model.document import Source
from kb.model.plan import Change, ChangeKey, group_by_target, merge_values
from kb.plan.collide.board import Collision, CollisionKind, Collisions, PostName, change_ids, normalize_name
from kb.secrets.mask_document import mask_text
from kb.text.display import escape_invisible
from kb.text.lang import Text, t

HELD_GROUP = t("（名前の重なり）", " (name taken)")
"""Suffix of the groups of held changes."""

MAX_NAME_LENGTH = 255
"""Code points of an esa title."""

NAME_FREE_NOW = t("重なっていた名前は、今は空いています。", "the name it collided with is free now.")


@dataclass(frozen=True, slots=True)
class PageNames:
    """Names for warnings. `narrow` posts are not readable by every member: their titles are left out.

    `day_of` returns the day of the incident a page is about, "" for none.
    """

    places: Mapping[int, PostName]
    narrow: Collection[int] = ()
    day_of: Callable[[int], str] = lambda number: ""

    def called(self, number: int) -> Text:
        """Return a post's id, with its title where every member may know it."""
        title = "" if number in self.narrow else escape_invisible(mask_text(self.places.get(number, ("", ""))[1]))[:60]
        return (
            t(f"esa:{number}「{title}」", f'esa:{number} "{title}"') if title else t(f"esa:{number}", f"esa:{number}")
        )


def is_held(change: Change) -> bool:
    """Whether a change is held back and still has the values it collided with."""
    return not change.accept and not change.edited and is_in_held_group(change)


def is_in_held_group(change: Change) -> bool:
    """Whether a change is in a group of held changes."""
    return change.group.endswith((HELD_GROUP.ja, HELD_GROUP.en))


def find_candidates_to_drop(
    changes: Sequence[Change], collide: Callable[[Iterable[Change]], Collisions], candidates: Collection[str]
) -> dict[str, Collision]:
    """Return which candidates must be left out so that no candidate collides."""
    left: dict[str, Collision] = {}
    while candidates:
        found = collide(each for each in changes if each.current_id not in left)
        more = {id: each for each in found.refused for id in each.changes if id in candidates and id not in left}
        if not more:
            break
        left |= more
    return left


def hold_back_colliding(
    changes: Sequence[Change], collide: Callable[[Iterable[Change]], Collisions], pages: Callable[[], PageNames]
) -> tuple[Change, ...]:
    """Return the changes with colliding ones undecided, each with a warning.

    The warning names the other page and a free title; `after` stays. Undecided changes are checked as if all were
    accepted, so that accepting them lets nothing collide.
    """
    accepted = [each for each in changes if each.accept]
    held = find_candidates_to_drop(accepted, collide, change_ids(accepted))
    doubtful = change_ids(each for each in changes if not each.accept)
    held |= find_candidates_to_drop([each for each in changes if each.current_id not in held], collide, doubtful)
    if not held:
        return tuple(changes)
    words = dict(_warnings(changes, held, pages()))
    return tuple(
        replace(
            each,
            accept=False,
            proposed=False,
            group=each.group if is_in_held_group(each) else f"{each.group}{HELD_GROUP}",
            warning=f"{each.warning} {words[each.current_id]}".lstrip(),
        )
        if each.current_id in words
        else each
        for each in changes
    )


def _warnings(changes: Sequence[Change], held: Mapping[str, Collision], pages: PageNames) -> Iterator[tuple[str, Text]]:
    posts = {each[0].number: each for each in group_by_target(changes).values() if each[0].source is Source.ESA}
    names = {number: _new_name(each, pages.places.get(number)) for number, each in posts.items()}
    taken = {normalize_name(*place) for place in pages.places.values()} | {
        normalize_name(*name) for name in names.values()
    }
    free: dict[int, str] = {}
    tries: dict[tuple[PostName, str], Iterator[str]] = {}
    for change in changes:
        if (collision := held.get(change.current_id)) is None:
            continue
        if not collision.posts or change.number not in names:
            yield change.current_id, _short_reason(collision)
            continue
        number = change.number
        if number not in free:
            name, day = names[number], pages.day_of(number)
            some = tries.setdefault((name, day), _free_titles(name[1], day))
            free[number] = next(each for each in some if normalize_name(name[0], each) not in taken)
            taken.add(normalize_name(name[0], free[number]))
        titled = any(ChangeKey.TITLE in each.after for each in posts[number])
        yield change.current_id, _describe_collision(collision, number, pages, free[number], titled=titled)


def _new_name(changes: Sequence[Change], place: PostName | None) -> PostName:
    """Return the name a post would get."""
    before = {key: value for each in changes for key, value in each.before.items()}
    category, title = place or ("", "")
    after = before | merge_values(changes)
    return str(after.get(ChangeKey.CATEGORY, category)), str(after.get(ChangeKey.TITLE, title))


def _free_titles(title: str, day: str) -> Iterator[str]:
    """Yield similar titles: with the day of the incident, then with numbers."""
    dated = bool(day) and day not in title
    if dated:
        yield f"{title[: MAX_NAME_LENGTH - len(day) - 3]} ({day})"
    for number in count(2):
        end = f" ({day}-{number})" if dated else f" ({number})"
        yield f"{title[: MAX_NAME_LENGTH - len(end)]}{end}"


def _short_reason(collision: Collision) -> Text:
    step = collision.next_step
    return t(f"{collision.what.ja}{step.ja}", f"{collision.what.en} {step.en}") if step else collision.what


def _describe_collision(collision: Collision, number: int, pages: PageNames, free: str, *, titled: bool) -> Text:
    who, more = pages.called(_other_post(collision, number)), len(collision.posts) - 2
    more = 0 if collision.kind is CollisionKind.CYCLE else more
    ja, en = (f"{who.ja} ほか {more:,} 件", f"{who.en} and {more} more") if more else (_pad_name(who.ja), who.en)
    why = {
        CollisionKind.SAME_NAME: t(f"{ja}も同じ名前になります。", f"{en} would get the same name."),
        CollisionKind.TAKEN: t(f"同じ名前の記事があります（{ja.strip()}）。", f"{en} has this name."),
        CollisionKind.CYCLE: t(
            f"{ja}の名前が空くのを待ちますが、互いに待っています。",
            f"It waits for the name of {en}, and they wait for each other.",
        ),
        CollisionKind.STUCK: t(
            f"{ja}がこの名前で、その変更を送れません。", f"{en} has this name, and its own change cannot be sent."
        ),
    }[collision.kind]
    shown = escape_invisible(free)
    step = (
        t(f"after の題名を「{shown}」にすれば送れます。", f'With the title "{shown}" in after it can be sent.')
        if titled
        else t(
            f"先に題名を「{shown}」に変えれば移せます（kb plan retitle）。",
            f'Give it the title "{shown}" first (kb plan retitle), and it can move.',
        )
    )
    return t(f"{why.ja}{step.ja}", f"{why.en} {step.en}")


def _pad_name(name: str) -> str:
    """Return a name to stand before a Japanese word: with a space after a digit."""
    return name if name.endswith("」") else f"{name} "


def _other_post(collision: Collision, number: int) -> int:
    """Return another post with that name; in a cycle the one waited for."""
    if collision.kind is CollisionKind.CYCLE:
        at = collision.posts.index(number)
        return collision.posts[(at + 1) % len(collision.posts)]
    return next(each for each in collision.posts if each != number)
