"""Make text safe to print: commands to CI runners, addresses, wiki markup.

GitHub's runner obeys `::` at the start of a line, blanks skipped, and the older `##[` anywhere
(actions/runner, src/Runner.Common/ActionCommand.cs); Azure's agents obey `##vso[`. Both skip invisible
characters, so these are ignored here too.
"""

from __future__ import annotations

import os
import re
from pathlib import PurePath
from urllib.parse import quote, unquote

from kb.model.document import RawDocId, Source
from kb.model.finding import Finding
from kb.model.masked import Masked, SameText, reshape
from kb.model.page import Entry
from kb.secrets.mask_document import mask_name
from kb.secrets.masking.mask import level_masks
from kb.text.display import sanitize, show_invisible
from kb.text.lazy_pattern import compile_lazy

_UNSEEN = "[\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]*"
_ANYWHERE = compile_lazy(f"#(?={_UNSEEN}#(?:{_UNSEEN}\\w)*{_UNSEEN}\\[)")
_IN_FRONT = compile_lazy(f"^(?:\\s|{_UNSEEN[:-1]})*:{_UNSEEN}:")


def defuse_commands(text: SameText) -> SameText:
    """Return foreign text on one line, with no runner command in it."""
    return reshape(text, lambda text: _IN_FRONT.sub("：：", escape_commands(sanitize(text), "＃")))


def escape_commands(text: str, mark: str) -> str:
    """Return text with `mark` for each `#` that could begin a command."""
    return _ANYWHERE.sub(lambda _: mark, text)


# Names come from titles, which can hold credentials; none of these functions returns one.


# What a URI may hold besides letters and digits (RFC 3986). Brackets stand in a host only.
_URI = "%-._~:/?#@!$&'()*+,;="
_HOST = compile_lazy(r"(https?://[^/?#]*)(.*)", re.I | re.S)
_NO_ESCAPE = compile_lazy(r"%(?![0-9A-Fa-f]{2})")
_MIRRORED = "files:"  # a folder's name and a path in it, which is no path from here


def document_label(entry: Entry, part: str = "body") -> str:
    """Return a document, and its part if not the body: `esa:7`, `esa:7#comment:9`."""
    doc = document_id(entry.doc)
    return sanitize(f"{doc}" if part == "body" else f"{doc}#{mask_name(part)}")


def document_id(doc: RawDocId) -> RawDocId:
    """Return a document's id with its JSON type."""
    return mask_name(doc) if isinstance(doc, str) else doc


def shown_title(entry: Entry) -> Masked:
    """Return a printable, never empty title; a value in it is masked at fixed length."""
    return reshape(entry.title, lambda title: show_invisible(level_masks(title)))


def relative_path(entry: Entry) -> str:
    """Return a file's path, relative if below the current folder; "" for no file."""
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
    """Return a document's address as a safe URI, "" if there is none or not everyone may see it.

    For a finding in an old version, that version's address.
    """
    before = (left.url for left in entry.remnants if finding is not None and left.secret == finding.secret)
    return safe_address(next(before, "") or entry.url)


def safe_address(url: str) -> str:
    """Return an address as a safe URI; "" for what is none, or holds a name or a value."""
    found = _HOST.fullmatch(url)
    if not found or "@" in found[1] or mask_name(path := unquote(found[2])) != path:
        return ""
    address = quote(_bytes(found[1]), safe=_URI + "[]") + quote(_bytes(found[2]), safe=_URI)
    return _NO_ESCAPE.sub("%25", address)


def document_uri(entry: Entry) -> str:
    """Return a document as a URI reference, never empty: a path, an address, or its id."""
    path = relative_path(entry)
    if path.startswith("/"):
        return "file://" + quote(_bytes(path))
    return (quote(_bytes(path)) if path else safe_url(entry)) or quote(_bytes(str(document_id(entry.doc)))) or "%20"


def _bytes(text: str) -> bytes:
    """Return text as bytes: a file's name as on disk, a lone surrogate all the same."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


_TAG = compile_lazy(r"(?<!`)`[^`]+`(?!`)|<(?=[a-z/!?])(?!https?://)", re.I)  # code stays as it is


def defuse_html(text: str) -> str:
    """Return foreign Markdown without HTML: a tag that is left open would take in the rest of the page."""
    return _TAG.sub(lambda found: found[0] if len(found[0]) > 1 else "&lt;", text)


_MARKS = compile_lazy(r"[\\`*_{}\[\]|~$:]|(?<=www)\.", re.I)  # what only counts at a line's beginning is left alone
# Mentions and numbers of posts are looked for in what is left when Markdown is done, where a backslash is gone.
_EMOJI = compile_lazy(r"\\:(?=(?:[A-Za-z0-9+-]|\\_){1,60}\\:)")  # as are the names of pictures
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "@": "&#64;&#8203;", "#": "&#35;&#8203;"}


def escape_wiki(text: str) -> str:
    """Escape foreign text in wiki pages: no markup, mentions, references or emoji."""
    marked = _MARKS.sub(lambda match: "\\" + match[0], text)
    return _EMOJI.sub("\\:&#8203;", "".join(_ENTITIES.get(character, character) for character in marked))
