"""What the accepted changes of a plan would do to one another, and to posts the plan leaves alone. Pure.

Two posts of esa must never share a full name, not even for the moment between two requests. So a
change waits for the post that holds its name to move away (a chain), and is refused where that never
happens: two that want one name, a name that stays taken, and posts that wait for each other (a cycle).

Texts quote the names the plan wants. Whoever shows them makes them safe for a terminal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from kb.changes.collide import refused, remarks
from kb.changes.collide.board import Board
from kb.changes.collide.clash import Clash, Collision, Collisions, Place
from kb.changes.collide.order import sending_order
from kb.changes.plan import Change, merged, wanted
from kb.model import Source

__all__ = ["Clash", "Collision", "Collisions", "Place", "Places", "collisions", "sending_order"]

Places: TypeAlias = Mapping[int, Place] | Iterable[tuple[int, Place]]
"""Where all live posts are, by number: read once, and only the names that matter are kept."""


def collisions(
    changes: Iterable[Change], places: Places, *, personal: Collection[str] = ("Users/*",), me: str = ""
) -> Collisions:
    """What accepted changes collide with. `personal` are globs of personal folders; `me` is the name of my own."""
    targets = merged(changes)
    posts = {each[0].number: each for each in targets.values() if each[0].source is Source.ESA}
    board = Board(posts, {number: wanted(each) for number, each in posts.items()})
    board.look(places.items() if isinstance(places, Mapping) else places)
    found = [*refused.contradictions(targets), *refused.moved(board)]
    found += refused.names(board, board.numbers(each for one in found for each in one.changes))
    stopped = board.numbers(each for one in found for each in one.changes)
    said = [
        *remarks.chain(board, stopped),
        *remarks.spelling(board),
        *remarks.folders(board, personal, me),
        *remarks.unknown(board),
    ]
    waits = ((f"esa:{number}", f"esa:{one}") for number in sorted(board.waits) for one in board.waits[number])
    return Collisions(tuple(found), tuple(said), tuple(waits))
