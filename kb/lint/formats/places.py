"""Where a document stands, as people and programs name it: a name, a file, an address.

Names are made of titles, and titles hold credentials too: none of these does.
"""

from __future__ import annotations

import os
import re
from pathlib import PurePath
from urllib.parse import quote, unquote

from kb.console import safe
from kb.model import DocId, Entry, Finding, Source
from kb.reading.invisible import visible
from kb.secrets.shown import shown_name

# What a URI may hold besides letters and digits (RFC 3986). Brackets stand in a host only.
_URI = "%-._~:/?#@!$&'()*+,;="
_HOST = re.compile(r"(https?://[^/?#]*)(.*)", re.I | re.S)
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_COVER = re.compile("[*×＊\U0001f7b6]{4,}")  # as kb.secrets.masking covers values
_MIRRORED = "files:"  # a folder's name and a path in it, which is no path from here


def name_of(entry: Entry, part: str = "body") -> str:
    """A document, and the part of it where that is not the body: `esa:7`, `esa:7#comment:9`."""
    doc = id_of(entry.doc)
    return safe(f"{doc}" if part == "body" else f"{doc}#{shown_name(part)}")


def id_of(doc: DocId) -> DocId:
    """A document's id, its JSON type kept."""
    return shown_name(doc) if isinstance(doc, str) else doc


def title_of(entry: Entry) -> str:
    """The title of a document, something of it seen; a value in it is as many stars, whatever its length."""
    return visible(_COVER.sub("********", entry.title))


def file_of(entry: Entry) -> str:
    """The path of a document that is a file, from the current folder where it lies below; "" when it is none."""
    if (
        entry.source is not Source.FILES
        or not isinstance(entry.doc, str)
        or entry.doc.startswith(_MIRRORED)
        or not entry.doc
    ):
        return ""
    path = PurePath(entry.doc)
    if path.is_absolute() and path.is_relative_to(os.getcwd()):
        path = path.relative_to(os.getcwd())
    return shown_name(path.as_posix())


def url_of(entry: Entry, finding: Finding | None = None) -> str:
    """The address of a document as a URI, "" where there is none a browser may safely follow and anybody may see.

    With a finding on what the document said before, the address of that.
    """
    before = (left.url for left in entry.remnants if finding is not None and left.secret == finding.secret)
    found = _HOST.fullmatch(next(before, "") or entry.url)
    if not found or "@" in found[1] or shown_name(path := unquote(found[2])) != path:
        return ""
    address = quote(_bytes(found[1]), safe=_URI + "[]") + quote(_bytes(found[2]), safe=_URI)
    return _NO_ESCAPE.sub("%25", address)


def uri_of(entry: Entry) -> str:
    """A document as a URI reference: a relative path, an address, or else its id; never empty."""
    path = file_of(entry)
    if path.startswith("/"):
        return "file://" + quote(_bytes(path))
    return (quote(_bytes(path)) if path else url_of(entry)) or quote(_bytes(str(id_of(entry.doc)))) or "%20"


def _bytes(text: str) -> bytes:
    """Text as bytes: a file's name as the disk has it, a lone surrogate all the same."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
