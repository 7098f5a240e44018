"""Decide for each link of a page what a plan makes of it: followed, kept, or broken beyond knowing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kb.plan.links.find import FoundLinks, Link, Scope
from kb.plan.links.moves import NewPlace, PathMoves
from kb.plan.links.spelling import Form
from kb.text.lines import find_line_starts, find_place


@dataclass(frozen=True, slots=True)
class LinkEdit:
    """A link that leads elsewhere after a plan: `before` at `start`, and `after` in its place.

    `line` and `column` are 1-based code points. `path` is where it led, `place` where that is afterwards. `after` is ""
    where it cannot be written. Not `sure`: nobody can say where all it showed is; `code`: it stands in code. `leads`:
    unchanged it would lead to some other place, not nowhere, as its page moves away from what it names. `guessed`: its
    place is only the one with a like name.
    """

    start: int
    line: int
    column: int
    before: str
    after: str
    scope: Scope
    path: str
    place: str
    sure: bool = True
    code: bool = False
    leads: bool = False
    guessed: bool = False


def follow_links(text: str, found: FoundLinks, moves: PathMoves, category: str = "", moved: str = "") -> list[LinkEdit]:
    """Return the links of a page that a plan breaks or turns, in the text's order.

    The page stands in `category`, and in `moved` after the plan. A link that need not change is not among them.
    """
    edits = [each for link in found.links if (each := _follow_either(text, link, moves, category, moved)) is not None]
    return list(_number_lines(text, edits)) if edits else []


def _follow_either(text: str, link: Link, moves: PathMoves, category: str, moved: str) -> LinkEdit | None:
    """Return the edit of the reading of a link that is known; unsure where several are."""
    readings = _choose_readings(link, moves, category)
    edits = [edit for each in readings if (edit := _follow(text, each, moves, category, moved)) is not None]
    if not edits:
        return None
    return edits[-1] if len(readings) == 1 else replace(edits[-1], sure=False)


def _choose_readings(link: Link, moves: PathMoves, category: str) -> Sequence[Link]:
    """Return the readings of a link that lead somewhere, the whole of a path before a part of one; else the link.

    Between two `_`, which are emphasis, it is the shortest.
    """
    if not link.longer:
        return (link,)
    whole = [each for each in link.readings if moves.is_known(each.written.resolve(category), each.scope)]
    known = whole or [each for each in link.readings if _leads(each, moves, category)]
    return (known[:1] if link.after_underscore else known) or (link,)


def _leads(link: Link, moves: PathMoves, category: str) -> bool:
    path = link.written.resolve(category)
    return moves.is_known(moves.split_known(path)[0] if link.makes_post else path, link.scope)


def _follow(text: str, link: Link, moves: PathMoves, category: str, moved: str) -> LinkEdit | None:
    written = link.written
    path, later = written.resolve(category), written.resolve(moved)
    rest = ""
    if link.makes_post:
        path, rest = moves.split_known(path)
        later = later.removesuffix(rest)
    if not moves.is_known(path, link.scope):
        return None
    place = moves.new_place(path, link.scope)
    if place.path == later and place.sure:
        return None
    edit = respell_link(text, link, f"{path}{rest}", f"{place.path}{rest}", moved, sure=place.sure)
    return replace(edit, leads=later != path and moves.leads_after(later, link.scope))


def mend_links(
    text: str, found: FoundLinks, present: PathMoves, past: PathMoves, category: str = ""
) -> tuple[list[LinkEdit], list[LinkEdit]]:
    """Return the links of a page that lead nowhere: those whose place is known from the `past`, and the others.

    `present` are the posts as they are, `past` the moves of posts before. Of paths and words that look like a
    search only the known ones count: anything may be written so.
    """
    known, lost = [], []
    for link in found.links:
        if any(_leads(each, present, category) for each in link.readings):
            continue
        link = _choose_readings(link, past, category)[-1]
        path = link.written.resolve(category)
        old, rest = (path, "") if past.is_known(path, link.scope) else past.split_known(path)
        place = past.new_place(old, link.scope if not rest else Scope.BELOW) if old else NewPlace("")
        new = f"{place.path}{rest}"
        if place.path not in ("", old) and (link.makes_post or present.is_known(new, link.scope)):
            known.append(respell_link(text, link, path, new, category, sure=place.sure))
        elif guess := present.find_alike(path) if link.scope is not Scope.PART and _is_address(link) else "":
            edit = respell_link(text, link, path, guess, category, sure=False)
            known.append(replace(edit, guessed=True))
        elif path and _is_address(link) and link.scope is not Scope.PART:
            lost.append(LinkEdit(link.key, 0, 0, text[link.key : link.end], "", link.scope, path, "", False, link.code))
    return list(_number_lines(text, known)), list(_number_lines(text, lost))


def _is_address(link: Link) -> bool:
    return link.written.form in (Form.ADDRESS, Form.QUERY)


def respell_link(text: str, link: Link, path: str, place: str, category: str, *, sure: bool = True) -> LinkEdit:
    """Return the edit that makes a link lead to another place."""
    after = link.written.respell(place, category) if place else None
    before = text[link.key : link.end]
    key = text[link.key : link.start]
    if after is None:
        return LinkEdit(link.key, 0, 0, before, "", link.scope, path, place, False, link.code)
    return LinkEdit(link.key, 0, 0, before, key + after, link.scope, path, place, sure, link.code)


def _number_lines(text: str, edits: Sequence[LinkEdit]) -> Iterator[LinkEdit]:
    starts = find_line_starts(text)
    for each in edits:
        line, column = find_place(starts, each.start)
        yield replace(each, line=line, column=column)
