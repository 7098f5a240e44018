"""Propose the changes of links that go with a plan. Reads the mirror once, page after page; sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from kb.execute.journal.runs import Runs
from kb.execute.preflight.broken_links import read_moves
from kb.markup.parse import lies_in
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Document, Kind, Source, Visibility, parse_doc
from kb.model.masked import Masked
from kb.model.plan import Change, ChangeKey, Verb
from kb.plan.links.change import propose_links
from kb.plan.links.find import FoundLinks, Scope, find_links
from kb.plan.links.moves import PathMoves, PostMove
from kb.plan.links.rewrite import LinkEdit, follow_links, mend_links
from kb.plan.propose.post import PostHead
from kb.plan.sections.block import find_section_ranges
from kb.secrets.mask_document import mask_text


@dataclass(slots=True)
class LinkProposals:
    """The changes of links, and how many stand in code, which is left as it is."""

    changes: tuple[Change, ...] = ()
    in_code: int = 0


def propose_link_changes(
    mirror: Mirror, team: str, changes: Sequence[Change], *, in_code: bool = False
) -> LinkProposals:
    """Return what the accepted ones of these changes make of all posts' links. No text is read where nothing moves."""
    posts = dict(read_moves(mirror, (each for each in changes if each.accept))) if team else {}
    moves = PathMoves.of(posts.values())
    if moves.is_still:
        return LinkProposals()
    found = LinkProposals()
    ends = any(each.accept and each.kind is Verb.DONE for each in changes)

    def propose() -> Iterator[Change]:
        for head, page, links in _read_links(mirror, team):
            if (post := posts.get(head.number)) is None:  # mirrored since
                continue
            edits = follow_links(page.body, links, moves, post.category, post.new_category)
            if ends:  # a search for what is open is right when nothing is
                edits = [replace(each, sure=each.sure and each.scope is not Scope.EXACT) for each in edits]
            found.in_code += sum(each.code for each in edits)
            yield from propose_links(head, page.body, _choose(page.body, edits, in_code=in_code))

    found.changes = tuple(propose())
    return found


def _read_links(mirror: Mirror, team: str) -> Iterator[tuple[PostHead, Document, FoundLinks]]:
    """Yield every live post of esa with the links in its text."""
    heads = {post.number: post for post in queries.post_heads(mirror)}
    for stored in mirror.documents(kinds=[Kind.POST]):
        page = stored.document
        if page.source is Source.ESA and (head := heads.get(parse_doc(page.doc).number)) is not None:
            yield head, page, find_links(page.body, team, markup=page.markup, structure=stored.structure)


def _choose(text: str, edits: Sequence[LinkEdit], *, in_code: bool) -> Iterator[LinkEdit]:
    """Yield the edits outside of code, and of the sections that kb writes anew itself."""
    kept = find_section_ranges(text) if edits else ()
    for each in edits:
        if (in_code or not each.code) and not lies_in(kept, each.start):
            yield each


@dataclass(slots=True)
class LinkMends:
    """The changes that mend links which lead nowhere, and those whose new place nobody knows (place, path)."""

    changes: tuple[Change, ...] = ()
    in_code: int = 0
    unknown: list[tuple[Masked, Masked]] = field(default_factory=list)


def propose_link_mends(mirror: Mirror, team: str, earlier: Iterable[PostMove], *, in_code: bool = False) -> LinkMends:
    """Return what mends the links that lead nowhere as it is. `earlier` are the moves of posts before."""
    present = PathMoves.of(PostMove(*name, *name) for _, name in queries.post_places(mirror.database))
    past = PathMoves.of(each for each in earlier if each[:2] != each[2:])
    found = LinkMends()

    def propose() -> Iterator[Change]:
        for head, page, links in _read_links(mirror, team):
            edits, lost = mend_links(page.body, links, present, past, head.category)
            found.in_code += sum(each.code for each in edits)
            if page.visibility >= Visibility.MEMBERS:
                places = ((f"{page.doc}:{each.line}", each.path) for each in lost if not each.code)
                found.unknown += ((mask_text(place), mask_text(path)) for place, path in places)
            yield from propose_links(head, page.body, _choose(page.body, edits, in_code=in_code), broken=True)

    found.changes = tuple(propose())
    return found


def read_past_moves(mirror: Mirror, runs: Runs) -> Iterator[PostMove]:
    """Yield for each place a run of kb moved a post from, or to, where that post is now."""
    names = dict(queries.post_places(mirror.database))
    for run in runs.all():
        for sent in run.sent():
            if (name := names.get(parse_doc(sent.target).number)) is None or not sent.target.startswith("esa:"):
                continue
            for values in (sent.before, sent.after):
                category = str(values.get(ChangeKey.CATEGORY, name[0]))
                title = str(values.get(ChangeKey.TITLE, name[1]))
                yield PostMove(category, title, *name)
