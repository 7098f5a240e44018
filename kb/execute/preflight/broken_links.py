"""Find the links to categories and the saved searches of the mirror that a plan breaks. Reads texts, sends nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Document, RawDocId, Source, Visibility, parse_doc
from kb.model.masked import EMPTY, Masked
from kb.model.plan import Change, ChangeKey, Value, merge_values
from kb.plan.links.change import is_link
from kb.plan.links.find import Scope, find_links
from kb.plan.links.mentions import PathNames, find_mentions, list_mentions
from kb.plan.links.moves import PathMoves, PostMove
from kb.plan.links.rewrite import follow_links
from kb.secrets.mask_document import mask_name, mask_text
from kb.text.lazy_pattern import compile_lazy


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """A line of a document that names a category nothing is in afterwards.

    `category` is what it names, `target` where the posts are then ("" where they part). `public`: every member may read
    the line; only then is there a `title`, that of the page. `prose`: the line only names it, and is no link.
    """

    category: Masked
    target: Masked
    scope: Scope
    doc: RawDocId
    part: str
    line: int
    title: Masked
    public: bool
    prose: bool = False

    @property
    def place(self) -> str:
        """Where it stands: `esa:12:3`, `esa:12#comment:9:3`."""
        return f"{self.doc}:{self.line}" if self.part == "body" else f"{self.doc}#{self.part}:{self.line}"


def find_broken_links(
    mirror: Mirror, team: str, accepted: Iterable[Change], *, prose: bool = False
) -> tuple[BrokenLink, ...]:
    """Return what these changes break, by category and place. Reads no text where no post leaves its place.

    `team` is esa's; with `prose` the lines that only name what moves are among them. Old versions are not looked at.
    """
    accepted = tuple(accepted)
    posts = dict(read_moves(mirror, accepted)) if team else {}
    moves = PathMoves.of(posts.values())
    if moves.is_still:
        return ()
    mended = {(each.target, "body", each.seen.line, each.seen.column) for each in accepted if is_link(each)}
    names = PathNames.of(moves.left_paths if prose else ())
    found = _find(mirror, team, moves, posts, mended, names)
    return tuple(sorted(found, key=lambda each: (each.category, _order(each))))


def read_moves(mirror: Mirror, accepted: Iterable[Change]) -> Iterator[tuple[int, PostMove]]:
    """Yield every live post's category and title, before and after these changes. Nothing where no post moves."""
    after: dict[int, dict[str, Value]] = {}
    for each in accepted:
        values = merge_values([each]) if each.source is Source.ESA else {}
        if values.keys() & {ChangeKey.CATEGORY, ChangeKey.TITLE}:
            after.setdefault(each.number, {}).update(values)
    if not after:
        return
    for number, (category, title) in queries.post_places(mirror.database):
        new = after.get(number, {})
        moved = str(new.get(ChangeKey.CATEGORY, category)), str(new.get(ChangeKey.TITLE, title))
        yield number, PostMove(category, title, *moved)


def _find(
    mirror: Mirror,
    team: str,
    moves: PathMoves,
    posts: Mapping[int, PostMove],
    mended: Collection[tuple[str, str, int, int]],
    names: PathNames,
) -> Iterator[BrokenLink]:
    for stored in mirror.documents():
        page = stored.document
        inside = page.source is Source.ESA
        post = posts.get(parse_doc(page.doc).number) if inside else None
        here, there = (post.category, post.new_category) if post else ("", "")
        found = find_links(page.body, team, inside=inside, markup=page.markup, structure=stored.structure)
        seen = set()
        for each in follow_links(page.body, found, moves, here, there):
            if (
                each.leads
                or (page.doc, page.part, each.line, each.column) in mended
                or (key := (each.line, each.scope, each.path)) in seen
            ):
                continue
            seen.add(key)
            yield _broken(page, each.path, each.place if each.sure else "", each.scope, each.line)
        for line, path in list_mentions(page.body, names, found, page.markup, stored.structure):
            yield _broken(page, path, moves.new_place(path, Scope.BELOW).path, Scope.BELOW, line, prose=True)


def _broken(page: Document, path: str, place: str, scope: Scope, line: int, *, prose: bool = False) -> BrokenLink:
    public = page.visibility >= Visibility.MEMBERS
    return BrokenLink(
        category=mask_text(path),
        target=mask_text(place),
        scope=scope,
        doc=mask_name(page.doc) if isinstance(page.doc, str) else page.doc,
        part=mask_name(page.part),
        line=line,
        title=mask_text(page.title) if public else EMPTY,
        public=public,
        prose=prose,
    )


def find_file_mentions(
    mirror: Mirror, accepted: Iterable[Change], files: Iterable[Path]
) -> Iterator[tuple[str, int, Masked, Masked]]:
    """Yield the lines of the team's own files that name what moves: the file, the line, the path, its new place.

    Names of one folder count where quotes or a blank part them from the rest; files that cannot be read have none.
    """
    moves = PathMoves.of(dict(read_moves(mirror, accepted)).values())
    if moves.is_still:
        return
    names, words = PathNames.of(moves.left_paths), {path for path in moves.left_paths if "/" not in path}
    for file in files:
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            found = {each.path for each in find_mentions(line, names)}
            found |= words & set(_FILE_WORD.findall(line))
            for path in sorted(found):
                yield file.name, number, mask_text(path), mask_text(moves.new_place(path, Scope.BELOW).path)


_FILE_WORD = compile_lazy(r"(?:(?<=[\"'\s])|^)([^\"'\s/*]+)(?=/?\*{0,2}[\"'\s]|/\*|$)")


def _order(link: BrokenLink) -> tuple[str, int, str, int]:
    source, _, key = str(link.doc).partition(":")
    return source, int(key) if key.isdigit() else 0, f"{key}#{link.part}", link.line
