"""What the machines that run CI jobs read as commands in whatever a job prints.

GitHub's runner looks for `::` where a line begins, blanks left out, and for the older `##[` anywhere
in a line (actions/runner, src/Runner.Common/ActionCommand.cs); Azure's agents look for `##vso[`. A
page's title that is printed must not become an annotation, or worse. They compare as their
language compares, so invisible characters between the signs do not count.
"""

from __future__ import annotations

import os
import re
from pathlib import PurePath
from urllib.parse import quote, unquote

from kb.model.document import DocId, Source
from kb.model.finding import Finding
from kb.model.page import Entry
from kb.secrets.mask_document import mask_name
from kb.text.display import sanitize
from kb.text.invisible import show_invisible

_UNSEEN = "[\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]*"
_ANYWHERE = re.compile(f"#(?={_UNSEEN}#(?:{_UNSEEN}\\w)*{_UNSEEN}\\[)")
_IN_FRONT = re.compile(f"^(?:\\s|{_UNSEEN[:-1]})*:{_UNSEEN}:")


def defuse_commands(text: str) -> str:
    """Foreign text on one line, in which no runner finds a command."""
    return _IN_FRONT.sub("：：", escape_commands(sanitize(text), "＃"))


def escape_commands(text: str, mark: str) -> str:
    """Text with `mark` for each `#` that could begin a command: an escape, where its notation has one."""
    return _ANYWHERE.sub(lambda _: mark, text)


# Where a document stands, as people and programs name it: a name, a file, an address.
#
# Names are made of titles, and titles hold credentials too: none of these does.


# What a URI may hold besides letters and digits (RFC 3986). Brackets stand in a host only.
_URI = "%-._~:/?#@!$&'()*+,;="
_HOST = re.compile(r"(https?://[^/?#]*)(.*)", re.I | re.S)
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_COVER = re.compile("[*×＊\U0001f7b6]{4,}")  # as kb.secrets.masking.mask covers values
_MIRRORED = "files:"  # a folder's name and a path in it, which is no path from here


def document_label(entry: Entry, part: str = "body") -> str:
    """A document, and the part of it where that is not the body: `esa:7`, `esa:7#comment:9`."""
    doc = document_id(entry.doc)
    return sanitize(f"{doc}" if part == "body" else f"{doc}#{mask_name(part)}")


def document_id(doc: DocId) -> DocId:
    """A document's id, its JSON type kept."""
    return mask_name(doc) if isinstance(doc, str) else doc


def shown_title(entry: Entry) -> str:
    """The title of a document, something of it seen; a value in it is as many stars, whatever its length."""
    return show_invisible(_COVER.sub("********", entry.title))


def relative_path(entry: Entry) -> str:
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
    return mask_name(path.as_posix())


def safe_url(entry: Entry, finding: Finding | None = None) -> str:
    """The address of a document as a URI, "" where there is none a browser may safely follow and anybody may see.

    With a finding on what the document said before, the address of that.
    """
    before = (left.url for left in entry.remnants if finding is not None and left.secret == finding.secret)
    found = _HOST.fullmatch(next(before, "") or entry.url)
    if not found or "@" in found[1] or mask_name(path := unquote(found[2])) != path:
        return ""
    address = quote(_bytes(found[1]), safe=_URI + "[]") + quote(_bytes(found[2]), safe=_URI)
    return _NO_ESCAPE.sub("%25", address)


def document_uri(entry: Entry) -> str:
    """A document as a URI reference: a relative path, an address, or else its id; never empty."""
    path = relative_path(entry)
    if path.startswith("/"):
        return "file://" + quote(_bytes(path))
    return (quote(_bytes(path)) if path else safe_url(entry)) or quote(_bytes(str(document_id(entry.doc)))) or "%20"


def _bytes(text: str) -> bytes:
    """Text as bytes: a file's name as the disk has it, a lone surrogate all the same."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


_MARKS = re.compile(r"[\\`*_{}\[\]|~$:]|(?<=www)\.", re.I)  # what only counts at a line's beginning is left alone
# Mentions and numbers of posts are looked for in what is left when Markdown is done, where a backslash is gone.
_EMOJI = re.compile(r"\\:(?=(?:[A-Za-z0-9+-]|\\_){1,60}\\:)")  # as are the names of pictures
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "@": "&#64;&#8203;", "#": "&#35;&#8203;"}


def escape_wiki(text: str) -> str:
    """Foreign text that stays text: no link, tag, cell or emphasis begins in it; no person, post or emoji is called."""
    marked = _MARKS.sub(lambda match: "\\" + match[0], text)
    return _EMOJI.sub("\\:&#8203;", "".join(_ENTITIES.get(character, character) for character in marked))
