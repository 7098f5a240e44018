"""Keep links as they are where what they lead to stays: its move was taken out of the plan, or did not come about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kb.execute.preflight.broken_links import read_moves
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.plan import Change, ChangeKey
from kb.plan.links.change import find_idle_changes, is_link
from kb.plan.links.moves import PathMoves, PostMove


class LinkGuard:
    """What the accepted moves of a plan make of all posts; links are judged by those that came about."""

    def __init__(self, posts: dict[int, PostMove]) -> None:
        self._posts = posts
        self._places = {number: (post.category, post.new_category) for number, post in posts.items()}
        self._moves: PathMoves | None = None

    @classmethod
    def of(cls, mirror: Mirror, accepted: Sequence[Change]) -> LinkGuard | None:
        """Return the guard of these changes; None where no link is among them."""
        if not any(map(is_link, accepted)):
            return None
        moves = dict(read_moves(mirror, accepted))
        return cls(moves or {n: PostMove(*name, *name) for n, name in queries.post_places(mirror.database)})

    def find_idle(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        """Return the links among some changes that are right as they stand."""
        if not any(map(is_link, changes)):
            return ()
        if self._moves is None:
            self._moves = PathMoves.of(self._posts.values())
        return tuple(find_idle_changes(changes, self._moves, self._places))

    def note_unmoved(self, number: int, changes: Iterable[Change]) -> None:
        """Note that these changes of a post did not come about."""
        post = self._posts.get(number)
        if post is not None and any({ChangeKey.CATEGORY, ChangeKey.TITLE} & each.after.keys() for each in changes):
            self._posts[number] = PostMove(*post[:2], *post[:2])
            self._places[number] = post.category, post.category
            self._moves = None


def find_idle_links(mirror: Mirror, accepted: Sequence[Change]) -> tuple[Change, ...]:
    """Return the accepted changes of links whose targets stay where they are, as moves were taken out of the plan."""
    guard = LinkGuard.of(mirror, accepted)
    return guard.find_idle(accepted) if guard is not None else ()
