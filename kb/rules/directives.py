"""Parse suppression comments: `<!-- kb:ignore INC402 until=2026-12-31 理由 -->`.

The grammar, in which full-width letters, blanks and commas count as half-width ones:

    kb:ignore          the line the comment stands on; alone on its line, the next line with text
    kb:ignore-section  the section around it
    kb:ignore-page     the whole page

Then the codes, in the spellings `--select` takes: the first word, words after a comma, and words
that look like a code (`INC402 INC203`). `until=` may stand anywhere; the rest is the reason.
Comments in code and in quotes are texts about suppression, not suppressions. What was read is kept
with the judgements: raise the version of the rule unknown-code when this file reads differently.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, islice

from kb.markup.blocks import Block
from kb.markup.parse import find_comments, iter_blocks
from kb.model.document import Document
from kb.model.finding import Edit, Field, Safety
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import Span, decode, encode, replace_surrogates

DIRECTIVE_WORD = "kb:ignore"

MAX_COMMENT = 500
"""Characters of a reason that are kept; a comment of more than four times as many has no fix."""
MAX_CODE = 40
MAX_DIRECTIVES = 500
"""Suppressions of a page that are heard."""

REMOVAL_MESSAGE = t("効いていない抑制のコメントを消します。", "Removes a suppression that has no effect.")


class SuppressionScope(StrEnum):
    """How far a suppression reaches. UNKNOWN is a misspelled one; it reaches nothing."""

    LINE = "line"
    SECTION = "section"
    PAGE = "page"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Directive:
    """A suppression as written, before its codes and date are checked.

    `codes` stand where codes belong; `perhaps` are the words after them, which are codes if a rule has them and
    otherwise begin the reason (`EC2 を廃止`). `until` is as written, `?` when nothing follows it. `covers` is the
    first and last line covered, (0, 0) for none. `removal` deletes the comment, with its line when nothing else
    is on it; None where that would change more.
    """

    scope: SuppressionScope
    codes: tuple[str, ...]
    reason: str
    until: str
    span: Span
    covers: tuple[int, int]
    perhaps: tuple[str, ...] = ()
    closed: bool = True
    removal: Edit | None = None


def parse_directives(document: Document, structure: bytes | None = None) -> tuple[Directive, ...]:
    """Return the suppressions of a document in order, in linear time.

    `structure` is the result of `kb.markup.parse.parse_structure`; without it the body is parsed.
    """
    if DIRECTIVE_WORD not in document.body:
        return ()
    body = encode(document.body)
    found = list(iter_blocks(body, document.markup, structure))
    comments = list(find_comments(body, found))
    text = replace_surrogates(document.body)
    at = _characters(body, [edge for comment in comments for edge in comment[:2]])
    edges = [(at[start], at[end], closed) for start, end, closed in comments]
    if not any(_parts(text[start:end]) for start, end, _ in edges):
        return ()
    placed = _find_neighbours(text, edges)
    page = _Page(text, max(max(each.end, each.after) for each in placed), lambda: _sections(body, found))
    parsed = (
        _directive(page, parts, comment)
        for comment in placed
        if (parts := _parts(text[comment.start : comment.end])) is not None
    )
    return tuple(islice(parsed, MAX_DIRECTIVES))


def _characters(body: bytes, offsets: list[int]) -> dict[int, int]:
    """Map byte offsets to indices into the text in one pass."""
    wanted = sorted(set(offsets))
    lengths = (len(decode(body[a:b])) for a, b in zip([0, *wanted], wanted, strict=False))
    return dict(zip(wanted, accumulate(lengths), strict=True))


def _sections(body: bytes, found: list[Block]) -> list[tuple[int, int]]:
    """Return the first and last line of each section."""
    from kb.reading.sections.extents import find_extents  # the reader takes 0.1 s to load; few pages ask for a section

    reached = find_extents(body, found)
    ends, lines, at, line = sorted({edge for extent in reached for edge in extent}), {}, 0, 1
    for edge in ends:
        line += body.count(b"\n", at, edge)
        at = edge
        lines[edge] = line
    last = body.count(b"\n") + 1
    return [(lines[start], last if end == len(body) else max(lines[start], lines[end] - 1)) for start, end in reached]


@dataclass(frozen=True, slots=True)
class _Comment:
    """A comment with the nearest non-blank characters outside comments, before and after it; -1 for none."""

    start: int
    end: int
    closed: bool
    before: int
    after: int


def _find_neighbours(text: str, edges: list[tuple[int, int, bool]]) -> list[_Comment]:
    """Return the comments with their neighbours; each stretch between two is read once."""
    ends = [0, *(end for _, end, _ in edges)]
    starts = [*(start for start, _, _ in edges), len(text)]
    firsts, lasts = [], []
    for at, stop in zip(ends, starts, strict=True):
        between = text[at:stop]
        written = between.strip()
        first = at + len(between) - len(between.lstrip()) if written else -1
        firsts.append(first)
        lasts.append(first + len(written) - 1 if written else -1)
    before = list(accumulate(lasts, _known_or))
    after = list(accumulate(reversed(firsts), _known_or))[::-1]
    return [_Comment(*edge, before[n], after[n + 1]) for n, edge in enumerate(edges)]


def _known_or(last: int, here: int) -> int:
    return here if here >= 0 else last


_BELOW = 3
"""Line ends below a comment that are asked for: its own, and that of a line that would come to underline another."""


class _Page:
    """The lines of a text, as far as its suppressions need them."""

    def __init__(self, text: str, place: int, sections: Callable[[], list[tuple[int, int]]]) -> None:
        self.text = text
        self.lines = text.count("\n") + 1
        self.starts = array("q", [0])
        at, below = text.find("\n"), 0
        while at >= 0 and below < _BELOW:
            self.starts.append(at + 1)
            below += at > place
            at = text.find("\n", at + 1)
        self._sections = sections
        self._known: list[tuple[int, int]] | None = None

    def line(self, index: int) -> int:
        """Return the line number of a character, from 1; 0 for no character."""
        return bisect_right(self.starts, index)

    def line_at(self, index: int) -> tuple[int, int]:
        """Return the start and end of a character's line, without the line feed."""
        line = self.line(index)
        return self.starts[line - 1], self.starts[line] - 1 if line < len(self.starts) else len(self.text)

    def span(self, start: int, end: int) -> Span:
        first, last = self.line(start), self.line(end)
        return Span(first, start - self.starts[first - 1] + 1, last, end - self.starts[last - 1] + 1)

    def covers(self, scope: SuppressionScope, comment: _Comment) -> tuple[int, int]:
        """Return the first and last line a comment covers."""
        if scope is SuppressionScope.PAGE:
            return 1, self.lines
        if scope is SuppressionScope.SECTION:
            return self._section(self.line(comment.start))
        if scope is SuppressionScope.UNKNOWN:
            return 0, 0
        first, last, following = self.line(comment.start), self.line(comment.end), self.line(comment.after)
        before, after = self.line(comment.before) == first, following == last
        if before or after:
            return first if before else last, last if after else first
        return following, following

    def _section(self, line: int) -> tuple[int, int]:
        if self._known is None:
            self._known = self._sections()
        around = bisect_right(self._known, (line, self.lines)) - 1
        if around >= 0:
            return self._known[around]
        return 1, self._known[0][0] - 1 if self._known else self.lines


_NARROW = {0x3000: 0x20, **{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}}
"""Full-width forms of ASCII, one for one: places stay what they are."""

_OPENING = compile_lazy(r"<!--\s*kb:ignore(?P<scope>[A-Za-z0-9_-]*)(?=[\s,、:]|\Z)")
_UNTIL = compile_lazy(r"(?<![^\s,、])until\s*=\s*(?P<day>[0-9/.\-年月日]+|[^\s,、]*)")
_FIRST = compile_lazy(r"[\s:]*(?P<word>[A-Za-z][A-Za-z0-9_-]*)")
_LISTED = compile_lazy(r"\s*[,、]\s*(?P<word>[A-Za-z][A-Za-z0-9_-]*)")
_LIKE_A_CODE = compile_lazy(r"[\s,、]+(?P<word>[A-Za-z]+[0-9]+)(?=[\s,、]|\Z)")
_LED = " \t\r\n\u3000:：,，、-–—"
_SCOPES = {"": SuppressionScope.LINE, "-section": SuppressionScope.SECTION, "-page": SuppressionScope.PAGE}

_Parts = tuple[SuppressionScope, tuple[str, ...], tuple[str, ...], str, str]


def _parts(comment: str) -> _Parts | None:
    """Return scope, codes, possible codes, date and reason; None for a comment that suppresses nothing."""
    if DIRECTIVE_WORD not in comment[:200]:
        return None
    narrow = comment.translate(_NARROW)
    end = len(comment) - 3 if comment.endswith("-->") else len(comment)
    opening = _OPENING.match(narrow, 0, end)
    if opening is None:
        return None
    scope = _SCOPES.get(opening["scope"], SuppressionScope.UNKNOWN)
    if scope is SuppressionScope.UNKNOWN:
        return scope, ((DIRECTIVE_WORD + opening["scope"])[:MAX_CODE],), (), "", ""
    at, stop = opening.end(), end
    until = _UNTIL.search(narrow, at, end)
    rest = ""
    if until and not narrow[at : until.start()].strip():
        at = until.end()
    elif until:
        stop, rest = until.start(), comment[until.end() : end]
    codes: list[str] = []
    perhaps: list[str] = []
    pattern = _FIRST
    while found := pattern.match(narrow, at, stop):
        codes.append(found["word"][:MAX_CODE])
        at, pattern = found.end(), _LISTED
    while codes and (found := _LIKE_A_CODE.match(narrow, at, stop)):
        perhaps.append(found["word"])
        at = found.end()
    reason = " ".join(f"{comment[at:stop]} {rest}".strip(_LED).split())
    return scope, tuple(codes), tuple(perhaps), (until["day"] or "?") if until else "", reason[:MAX_COMMENT]


def _directive(page: _Page, parts: _Parts, comment: _Comment) -> Directive:
    scope, codes, perhaps, until, reason = parts
    short = comment.end - comment.start <= 4 * MAX_COMMENT
    return Directive(
        scope,
        codes,
        reason,
        until,
        page.span(comment.start, comment.end),
        page.covers(scope, comment) if comment.closed else (0, 0),
        perhaps,
        comment.closed,
        _removal(page, comment) if comment.closed and short else None,
    )


def _removal(page: _Page, comment: _Comment) -> Edit | None:
    """Return the edit that removes a comment and changes nothing else."""
    text, start, end = page.text, comment.start, comment.end
    head, tail = page.line_at(start)[0], page.line_at(end)[1]
    before, after = comment.before >= head, 0 <= comment.after < tail
    if before and not text[end : end + 1].strip():
        start -= _blanks_before(text, start)
    elif not before and after:
        return None  # what follows a comment that begins a line is HTML, and would become a paragraph
    elif (
        not before and max(start - head, tail - end) <= MAX_COMMENT and not (text[head:start] + text[end:tail]).strip()
    ):
        if _would_be_heading(page, head, tail):
            return None
        # The last line goes with the line feed in front of it, any other with its own.
        start, end = (head, tail + 1) if tail < len(text) else (max(0, head - 1), tail)
    return Edit(Field.BODY, text[start:end], "", Safety.SAFE, REMOVAL_MESSAGE, page.span(start, end))


def _blanks_before(text: str, index: int) -> int:
    """Count the blanks right before a character, up to a limit."""
    before = text[max(0, index - MAX_COMMENT) : index]
    return len(before) - len(before.rstrip(" \t\u3000"))


def _would_be_heading(page: _Page, head: int, tail: int) -> bool:
    """Return whether the line below would underline the line above once the comment is gone."""
    if head == 0 or tail >= len(page.text):
        return False
    above, below = page.line_at(head - 1), page.line_at(tail + 1)
    if below[1] - below[0] > MAX_COMMENT or not page.text[slice(*below)].strip():
        return False
    return above[1] > above[0] and not page.text[slice(*below)].strip(" \t\r-=|:")
