"""Find the links to categories and the saved searches of the mirror that a plan breaks. Reads texts, sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import RawDocId, Source, Visibility, parse_doc
from kb.model.masked import EMPTY, Masked
from kb.model.plan import Change, ChangeKey, merge_values
from kb.plan.links.find import Scope, find_links
from kb.plan.links.moves import PathMoves, PostMove
from kb.plan.links.rewrite import follow_links
from kb.secrets.mask_document import mask_name, mask_text


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """A line of a document that names a category nothing is in afterwards.

    `category` is what it names, `target` where the posts are then ("" where they part). `public`: every member may read
    the line; only then is there a `title`, that of the page.
    """

    category: Masked
    target: Masked
    scope: Scope
    doc: RawDocId
    part: str
    line: int
    title: Masked
    public: bool

    @property
    def place(self) -> str:
        """Where it stands: `esa:12:3`, `esa:12#comment:9:3`."""
        return f"{self.doc}:{self.line}" if self.part == "body" else f"{self.doc}#{self.part}:{self.line}"


def find_broken_links(mirror: Mirror, team: str, accepted: Iterable[Change]) -> tuple[BrokenLink, ...]:
    """Return what these changes break, by category and place. Reads no text where no post leaves its place.

    `team` is esa's. Old versions are not looked at.
    """
    posts = dict(read_moves(mirror, accepted)) if team else {}
    moves = PathMoves.of(posts.values())
    if moves.is_still:
        return ()
    return tuple(sorted(_find(mirror, team, moves, posts), key=lambda each: (each.category, _order(each))))


def read_moves(mirror: Mirror, accepted: Iterable[Change]) -> Iterator[tuple[int, PostMove]]:
    """Yield every live post's category and title, before and after these changes. Nothing where no post moves."""
    after = {
        each.number: values
        for each in accepted
        if each.source is Source.ESA and (values := merge_values([each])).keys() & {ChangeKey.CATEGORY, ChangeKey.TITLE}
    }
    if not after:
        return
    for number, (category, title) in queries.post_places(mirror.database):
        new = after.get(number, {})
        moved = str(new.get(ChangeKey.CATEGORY, category)), str(new.get(ChangeKey.TITLE, title))
        yield number, PostMove(category, title, *moved)


def _find(mirror: Mirror, team: str, moves: PathMoves, posts: Mapping[int, PostMove]) -> Iterator[BrokenLink]:
    for stored in mirror.documents():
        page = stored.document
        inside = page.source is Source.ESA
        post = posts.get(parse_doc(page.doc).number) if inside else None
        here, there = (post.category, post.new_category) if post else ("", "")
        found = find_links(page.body, team, inside=inside, markup=page.markup, structure=stored.structure)
        seen = set()
        for each in follow_links(page.body, found, moves, here, there):
            if each.leads or (key := (each.line, each.scope, each.path)) in seen:
                continue
            seen.add(key)
            public = page.visibility >= Visibility.MEMBERS
            yield BrokenLink(
                category=mask_text(each.path),
                target=mask_text(each.place if each.sure else ""),
                scope=each.scope,
                doc=mask_name(page.doc) if isinstance(page.doc, str) else page.doc,
                part=mask_name(page.part),
                line=each.line,
                title=mask_text(page.title) if public else EMPTY,
                public=public,
            )


def _order(link: BrokenLink) -> tuple[str, int, str, int]:
    source, _, key = str(link.doc).partition(":")
    return source, int(key) if key.isdigit() else 0, f"{key}#{link.part}", link.line
