"""A file to be mended with its credentials covered: what a diff shows, what no fix may touch. Pure."""

from __future__ import annotations

import re

from kb.lang import t
from kb.lint.finding import cut
from kb.lint.sight import look
from kb.model import Document, Edit, Field, SecretKind
from kb.secrets.inside import NOBODY

HOLDS_SECRET = t(
    "直す言葉に、パスワードなどの秘密が入っています。手で直してください",
    "its words hold a credential: mend it by hand",
)

_COVER = "\ue000"  # for private use: no file that people write holds it
_COVERS = re.compile(f"{_COVER}+")
_SHOWN = "********"  # whatever the length
_STARS = re.compile("[*×＊\U0001f7b6]{4,}")  # as kb.secrets.masking covers values


class Cover:
    """`body` is the text with each character of a value covered, so that all places in it stay right.

    `personal` are the kinds of personal data that are treated the same.
    """

    __slots__ = ("_read", "_seen", "body")

    def __init__(self, read: Document, structure: bytes, personal: frozenset[SecretKind] = NOBODY) -> None:
        self._read = read
        self._seen = look(read, structure, personal=personal).document
        self.body = self._body()

    def refuses(self, edit: Edit) -> bool:
        """Whether an edit touches a value. What it was decided on is covered: it would write stars into the file."""
        read, seen = self._read, self._seen
        if self.body != read.body and _STARS.search(edit.after):
            return True
        if edit.field is Field.TITLE:
            return read.title != seen.title
        if edit.field is Field.CATEGORY:
            return read.category != seen.category
        return cut(self.body, edit.span) != cut(read.body, edit.span)

    def _body(self) -> str:
        read, seen = self._read, self._seen
        named = ((read.title, seen.title), (read.category, seen.category), *zip(read.tags, seen.tags, strict=True))
        body = seen.body
        for value, covered in named:
            if value != covered:  # it stands in the front matter or a heading, or in the name of the file
                body = body.replace(value, covered)
        if body == read.body:
            return body
        return "".join(a if a == b else _COVER for a, b in zip(read.body, body, strict=True))


def shown(text: str) -> str:
    """A text of covered characters for people: as many stars for every value."""
    return _COVERS.sub(_SHOWN, text)
