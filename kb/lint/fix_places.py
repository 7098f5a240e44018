"""Where in a local file an edit goes: its title and category are words of the file too, or its name."""

from __future__ import annotations

import re
from pathlib import Path

from kb.lang import Text, t
from kb.lint.fixes import OTHER_WORDS, apply
from kb.lint.paths import FIELD, OPENING, document, first_heading, plain
from kb.model import Document, Edit, Field, Span
from kb.reading.lines import decode

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

_NEEDS_QUOTES = re.compile(r"[-?:,\[\]{}#&*!|>'\"%@`\s]|.*(?::\s|\s#|[:\s]\Z)", re.S)


def placed(read: Document, structure: bytes, edit: Edit) -> Edit | Text:
    """An edit of a local file as an edit of its body, or why it has no place there.

    A title or category stands in the front matter, else a title in the first heading; what comes from
    the file's name or folder is not changed. The new value is read back: it must be what was meant.
    """
    if edit.field is Field.BODY:
        return edit
    value = read.title if edit.field is Field.TITLE else read.category
    if value != edit.before:
        return OTHER_WORDS
    found = _of_front_matter(read, edit)
    if found is None and edit.field is Field.TITLE:
        found = _of_heading(read, structure, edit)
    if found is None:
        return NAMED_BY_FILE if edit.field is Field.TITLE else PLACED_BY_FOLDER
    if isinstance(found, Text):
        return found
    again, _ = document(Path(str(read.doc)), apply(read.body, [found]).text, changed="")
    got = again.title if edit.field is Field.TITLE else again.category
    return found if got == edit.after else NOT_WRITABLE


def _of_front_matter(read: Document, edit: Edit) -> Edit | Text | None:
    """The edit at the front matter's value; None when the front matter does not give it."""
    from kb.reading.markdown import front_matter  # loads the parser

    front = decode(read.body.encode()[: front_matter(read.body.encode())])
    value = None
    for match in FIELD.finditer(front):  # the last one counts, as for the reader
        if match[1] == edit.field.value:
            value = match
    if value is None or not plain(value[2]):
        return None
    written = _written(edit.after, like=value[2])
    return NOT_WRITABLE if written is None else _at(read.body, value.start(2), value[2], written, edit)


def _of_heading(read: Document, structure: bytes, edit: Edit) -> Edit | None:
    """The edit at the words of the first heading; None when the title does not come from it."""
    first = first_heading(structure)
    if first is None:
        return None
    raw = read.body.encode()
    text = decode(raw[first.start : first.end])
    lead = len(text) - len(text.lstrip())
    opening = OPENING.match(text[lead:])
    index = text.find(read.title, lead + (opening.end() if opening else 0))
    if index < 0 or text[:index].count("\n") > text[:lead].count("\n"):
        return None
    return _at(read.body, len(decode(raw[: first.start])) + index, read.title, edit.after, edit)


def _at(body: str, index: int, before: str, after: str, edit: Edit) -> Edit:
    """An edit of the words at an index of the body, on one line."""
    line, column = body.count("\n", 0, index) + 1, index - (body.rfind("\n", 0, index) + 1) + 1
    span = Span(line, column, line, column + len(before))
    return Edit(Field.BODY, before, after, edit.safety, edit.reason, span)


def _written(value: str, *, like: str) -> str | None:
    """A value as front matter has it: in the quotes that stood there, or in some where YAML needs them."""
    quote = like[0] if len(like) > 1 and like[0] == like[-1] and like[0] in "\"'" else ""
    if not quote and not _NEEDS_QUOTES.match(value):
        return value
    for mark in dict.fromkeys((quote or '"', '"', "'")):
        if mark not in value and not (mark == '"' and "\\" in value):
            return f"{mark}{value}{mark}"
    return None
