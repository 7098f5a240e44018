"""Apply edits to a body. Pure.

    text, applied, skipped = apply(document.body, edits)

An edit is made only where the words it was decided on still stand. Two that touch the same words
are not both made: the first on the page wins, the other has its turn on the text as it is then.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kb.ingest.document import ingest
from kb.lint.inputs.paths import FRONT_MATTER_FIELD, HEADING_MARK, first_heading, read_file, strip_quotes
from kb.model.document import Document, cut_span
from kb.model.finding import Edit, Field
from kb.model.masked import reshape
from kb.model.secret import SecretKind
from kb.secrets.masking.mask import MASK_PATTERN
from kb.secrets.quick_scan import NO_PERSONAL_KINDS
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import Span, decode, find_index, find_line_starts

NOT_IN_BODY = t("本文の修正ではありません", "it does not edit the body")
OUTSIDE_BODY = t("位置が本文の外です", "its place lies outside the body")
TEXT_CHANGED = t("その場所の言葉が変わっています", "the words at its place have changed")
ALREADY_THERE = t("もう入っています", "it is there already")
OVERLAPPING = t(
    "ほかの修正と重なるため、次の実行で直します",
    "it overlaps another fix: the next run makes it",
)


@dataclass(frozen=True, slots=True)
class SkippedEdit:
    """An edit that was not made, and why: a clause without a full stop."""

    edit: Edit
    why: Text


class AppliedEdits(NamedTuple):
    """A text with edits made. One fix's edits are all in `applied` or all in `skipped`."""

    text: str
    applied: tuple[Edit, ...]
    skipped: tuple[SkippedEdit, ...]


class _Cut(NamedTuple):
    """An edit by character offsets, `start` ≤ `end`."""

    start: int
    end: int
    after: str


def apply_edits(text: str, edits: Iterable[Edit | Sequence[Edit]]) -> AppliedEdits:
    """Return `text` with body edits made, in one pass.

    A sequence among `edits` is one fix, made whole or not at all. Positions are code points of `text`; line ends
    in an edit become those of the text.
    """
    starts = find_line_starts(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    made: list[_Cut] = []
    applied: list[Edit] = []
    skipped: list[SkippedEdit] = []
    fixes = [(edit,) if isinstance(edit, Edit) else tuple(edit) for edit in edits]
    for fix, cuts in sorted(
        ((fix, [_locate(text, starts, newline, edit) for edit in fix]) for fix in fixes), key=_order
    ):
        why = next((each for each in cuts if isinstance(each, Text)), None) or _clash(cuts, made)
        if why is not None:
            skipped += (SkippedEdit(edit, why) for edit in fix)
            continue
        for each in cuts:
            if isinstance(each, _Cut) and each not in _neighbours(made, each):
                insort(made, each)
        applied += fix
    return AppliedEdits(_made(text, made), tuple(applied), tuple(skipped))


def _locate(text: str, starts: list[int], newline: str, edit: Edit) -> _Cut | Text:
    """Return an edit as a replacement in `text`, or why it cannot be made."""
    if edit.field is not Field.BODY or edit.span is None:
        return NOT_IN_BODY
    start, end = _range(text, starts, edit.span)
    if start < 0 or end < start:
        return OUTSIDE_BODY
    if _unix(text[start:end]) != _unix(edit.before):
        return TEXT_CHANGED
    after = _unix(edit.after).replace("\n", newline)
    if start == end and after.strip() and text.startswith(after, start):
        return ALREADY_THERE
    return _Cut(start, end, after)


def _range(text: str, starts: list[int], span: Span) -> tuple[int, int]:
    """Return a span's offsets in `text`; (-1, -1) if it is not wholly inside."""
    start = _index(text, starts, span.line, span.column)
    end = _index(text, starts, span.end_line, span.end_column)
    return (start, end) if start >= 0 and end >= 0 else (-1, -1)


def _index(text: str, starts: list[int], line: int, column: int) -> int:
    if (index := find_index(starts, line, column)) < 0:
        return -1
    last = starts[line] - 1 if line < len(starts) else len(text)
    return index if index <= last else -1


def _unix(words: str) -> str:
    return words.replace("\r\n", "\n")


def _order(fix: tuple[tuple[Edit, ...], list[_Cut | Text]]) -> tuple[int, int]:
    """Return the sort key of a fix: its first edit's place; impossible ones come last."""
    places = [(each.start, each.end) for each in fix[1] if isinstance(each, _Cut)]
    return min(places, default=(1 << 62, 0))


def _clash(edits: Iterable[_Cut | Text], made: Sequence[_Cut]) -> Text | None:
    """Return whether two fixes touch; the very same edit does not count."""
    mine: list[_Cut] = []
    for edit in edits:
        if isinstance(edit, _Cut):
            if any(edit != other and _overlap(edit, other) for other in (*_neighbours(made, edit), *mine)):
                return OVERLAPPING
            mine.append(edit)
    return None


def _neighbours(made: Sequence[_Cut], edit: _Cut) -> Sequence[_Cut]:
    """Return the edits of an ordered, disjoint series that could touch one."""
    return made[max(0, bisect_left(made, edit) - 2) : bisect_left(made, _Cut(edit.end, edit.end + 1, "")) + 1]


def _overlap(one: _Cut, other: _Cut) -> bool:
    """Return whether two edits overlap or insert at the same place."""
    if one.start == other.start:
        return True
    return one.start < other.end and other.start < one.end


def _made(text: str, edits: Sequence[_Cut]) -> str:
    pieces: list[str] = []
    at = 0
    for edit in edits:
        pieces += (text[at : edit.start], edit.after)
        at = edit.end
    return "".join((*pieces, text[at:]))


NAMED_BY_FILE = t(
    "題名はファイルの名前です。front matter に title: を書くか、ファイルの名前を変えてください",
    "the title is the file's name: write title: into front matter, or rename the file",
)
PLACED_BY_FOLDER = t(
    "分類はファイルのあるフォルダーです。front matter に category: を書くか、ファイルを移してください",
    "the category is the file's folder: write category: into front matter, or move the file",
)
NOT_WRITABLE = t(
    "この値は front matter や見出しの 1 行に書けません。手で直してください",
    "this value does not fit on a line of front matter or a heading: mend it by hand",
)

_NEEDS_QUOTES = compile_lazy(r"[-?:,\[\]{}#&*!|>'\"%@`\s]|.*(?::\s|\s#|[:\s]\Z)", re.S)


def place_edit(read: Document, structure: bytes, edit: Edit) -> Edit | Text:
    """Return a local file's edit as an edit of its body, or why it has no place there.

    A title or category is in the front matter, else a title in the first heading; one that comes from the file's
    or folder's name is not changed. The new value is read back and must be the one intended.
    """
    if edit.field is Field.BODY:
        return edit
    value = read.title if edit.field is Field.TITLE else read.category
    if value != edit.before:
        return TEXT_CHANGED
    found = _of_front_matter(read, edit)
    if found is None and edit.field is Field.TITLE:
        found = _of_heading(read, structure, edit)
    if found is None:
        return NAMED_BY_FILE if edit.field is Field.TITLE else PLACED_BY_FOLDER
    if isinstance(found, Text):
        return found
    again, _ = read_file(Path(str(read.doc)), apply_edits(read.body, [found]).text, changed="")
    got = again.title if edit.field is Field.TITLE else again.category
    return found if got == edit.after else NOT_WRITABLE


def _of_front_matter(read: Document, edit: Edit) -> Edit | Text | None:
    """Return the edit of the front matter's value; None when it does not hold it."""
    from kb.markup.markdown import measure_front_matter  # loads the parser

    front = decode(read.body.encode()[: measure_front_matter(read.body.encode())])
    value = None
    for match in FRONT_MATTER_FIELD.finditer(front):  # the last one counts, as for the reader
        if match[1] == edit.field.value:
            value = match
    if value is None or not strip_quotes(value[2]):
        return None
    written = _quote_like(edit.after, like=value[2])
    return NOT_WRITABLE if written is None else _at(read.body, value.start(2), value[2], written, edit)


def _of_heading(read: Document, structure: bytes, edit: Edit) -> Edit | None:
    """Return the edit of the first heading's words; None when the title does not come from it."""
    first = first_heading(structure)
    if first is None:
        return None
    raw = read.body.encode()
    text = decode(raw[first.start : first.end])
    lead = len(text) - len(text.lstrip())
    opening = HEADING_MARK.match(text[lead:])
    index = text.find(read.title, lead + (opening.end() if opening else 0))
    if index < 0 or text[:index].count("\n") > text[:lead].count("\n"):
        return None
    return _at(read.body, len(decode(raw[: first.start])) + index, read.title, edit.after, edit)


def _at(body: str, index: int, before: str, after: str, edit: Edit) -> Edit:
    """Return an edit of the words at an index of the body, on one line."""
    line, column = body.count("\n", 0, index) + 1, index - (body.rfind("\n", 0, index) + 1) + 1
    span = Span(line, column, line, column + len(before))
    return Edit(Field.BODY, before, after, edit.safety, edit.reason, span)


def _quote_like(value: str, *, like: str) -> str | None:
    """Return a value for front matter, in its former quotes or in those YAML needs."""
    quote = like[0] if len(like) > 1 and like[0] == like[-1] and like[0] in "\"'" else ""
    if not quote and not _NEEDS_QUOTES.match(value):
        return value
    for mark in dict.fromkeys((quote or '"', '"', "'")):
        if mark not in value and not (mark == '"' and "\\" in value):
            return f"{mark}{value}{mark}"
    return None


HOLDS_SECRET = t(
    "直す言葉に、パスワードなどの秘密が入っています。手で直してください",
    "its words hold a credential: mend it by hand",
)

_COVER = "\ue000"  # for private use: no file that people write holds it
_COVERS = compile_lazy(f"{_COVER}+")
_SHOWN = "********"  # whatever the length


class MaskedFile:
    """A file's text with every character of a value masked, so that offsets stay right.

    `personal` are the kinds of personal data masked too.
    """

    __slots__ = ("_read", "_seen", "body")

    def __init__(self, read: Document, structure: bytes, personal: frozenset[SecretKind] = NO_PERSONAL_KINDS) -> None:
        self._read = read
        self._seen = ingest(read, structure, personal=personal).document
        self.body = reshape(self._seen.body, self._cover)

    def refuses(self, edit: Edit) -> bool:
        """Return whether an edit touches a value: made from masked text, it would write stars into the file."""
        read, seen = self._read, self._seen
        if self.body != read.body and MASK_PATTERN.search(edit.after):
            return True
        if edit.field is Field.TITLE:
            return read.title != seen.title
        if edit.field is Field.CATEGORY:
            return read.category != seen.category
        return cut_span(self.body, edit.span) != cut_span(read.body, edit.span)

    def _cover(self, body: str) -> str:
        """Return the body with a title's or tag's values covered too, all by `_COVER`."""
        read, seen = self._read, self._seen
        tags = zip(read.tags, seen.tags, strict=False)  # ingest reads no more than MAX_TAGS
        named = ((read.title, seen.title), (read.category, seen.category), *tags)
        for value, covered in named:
            if value != covered:  # from the front matter, a heading, or the file's name
                body = body.replace(value, covered)
        if body == read.body:
            return body
        return "".join(a if a == b else _COVER for a, b in zip(read.body, body, strict=True))


def show_masked(text: str) -> str:
    """Return masked text for people, with the same number of stars for every value."""
    return _COVERS.sub(_SHOWN, text)
