"""Find the links to categories and the saved searches of the mirror that a plan breaks. Reads texts, sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import RawDocId, Source, Visibility, parse_doc
from kb.model.masked import EMPTY, Masked
from kb.model.plan import Change, ChangeKey, merge_values
from kb.plan.impact.category_links import CategoryMoves, Scope, find_references
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
    """Return what these changes break, by category and place. Reads no text where no post leaves its category.

    `team` is esa's. Old versions are not looked at.
    """
    after = {
        each.number: str(value)
        for each in accepted
        if each.source is Source.ESA and (value := merge_values([each]).get(ChangeKey.CATEGORY)) is not None
    }
    before = {number: place for number, (place, _) in queries.post_places(mirror.database)} if after and team else {}
    moves = CategoryMoves.of((place, after.get(number, place)) for number, place in before.items())
    if moves.is_still:
        return ()
    return tuple(sorted(_find(mirror, team, moves, before, after), key=lambda each: (each.category, _order(each))))


def _find(
    mirror: Mirror, team: str, moves: CategoryMoves, before: dict[int, str], after: dict[int, str]
) -> Iterator[BrokenLink]:
    for stored in mirror.documents():
        page = stored.document
        inside = page.source is Source.ESA
        number = parse_doc(page.doc).number if inside else 0
        place = before.get(number, "")
        for each in find_references(page.body, team, place, after.get(number, place), inside=inside):
            if moves.breaks(each):
                public = page.visibility >= Visibility.MEMBERS
                yield BrokenLink(
                    category=mask_text(each.path),
                    target=mask_text(moves.new_path(each)),
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
