"""Render pages, and turn titles and categories into paths any file system accepts. Pure.

Anyone may choose a title, so a name cannot leave the folder, be hidden, or equal another: no slashes, leading
dots, control or invisible characters, no names reserved by Windows or git. Rejected characters become
full-width. The page's number, or a hash of its id, comes last, so that it survives renaming and no two pages
share a name, whatever a file system does with case or composition.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator

from kb.model.document import Kind, Markup, MaskedDocument, Source, Visibility, parse_doc
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import encode

MAX_NAME_BYTES = 150
"""Bytes of a name before its number; with what surrounds it, it fits the 255 of file systems."""

_MOST_OF_KEY = 40
"""Bytes of a number; anything longer is replaced by a hash."""

MAX_PATH_BYTES = 700
"""Of all folders of a page together; those below become one, named by their hash."""

_WIDE = str.maketrans({each: chr(ord(each) + 0xFEE0) for each in '/\\:*?"<>|~'})
_PORTS = (f"{name}{digit}" for name in ("COM", "LPT") for digit in "0123456789¹²³")
_DEVICES = frozenset(("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", *_PORTS))
ENDINGS = {Markup.MARKDOWN: ".md", Markup.TEXTILE: ".textile"}
ATTACHMENTS_SUFFIX = ".files"
"""What the folder with a page's attachments ends with."""


def page_path(document: MaskedDocument, key: str, doc: str) -> str:
    """Return a page's path below the export folder, with `/`.

    `document` is the masked page; `key` its upstream id and `doc` its id in findings.
    """
    named = _truncate(safe_name(document.title), MAX_NAME_BYTES)
    ending = ENDINGS[document.markup]
    if document.kind in (Kind.POST, Kind.TICKET):
        number = safe_name(key)
        file = f"{named}-{number if len(encode(number)) <= _MOST_OF_KEY else _hash(key)}{ending}"
    else:  # its title is its id
        file = f"{named}-{_hash(doc)}{ending}"
    return "/".join((*_folders(document, doc), file))


def attachment_path(page: str, attachment: MaskedDocument, key: str) -> str:
    """Return the path of an attachment of the page at `page`; its extension stays."""
    named = safe_name(attachment.title)
    stem, dot, ending = named.rpartition(".")
    if len(encode(ending)) > 20 or not stem:
        stem, dot, ending = named, "", ""
    folder = f"{page.rpartition('.')[0]}{ATTACHMENTS_SUFFIX}"
    return f"{folder}/{_truncate(safe_name(key), 40)}-{_truncate(stem, MAX_NAME_BYTES)}{dot}{ending}"


def safe_name(text: str) -> str:
    """Return a text as one non-empty path component."""
    text = "".join(each for each in text if each.isspace() or unicodedata.category(each)[0] != "C")
    text = unicodedata.normalize("NFC", " ".join(text.split())).translate(_WIDE)
    text = text.lstrip(".- ").rstrip(". ")
    if text.partition(".")[0].rstrip().upper() in _DEVICES:
        text = f"_{text}"
    return text or "_"


def collision_key(path: str) -> str:
    """Return a key equal for paths some file system treats as the same."""
    return unicodedata.normalize("NFC", path.casefold())


def is_export_path(path: str) -> bool:
    """Return whether a path can be an export's; anyone may have edited the manifest."""
    parts = path.split("/")
    return all(part and part[0] != "." and "\0" not in part for part in parts)


def _folders(document: MaskedDocument, doc: str) -> list[str]:
    folders = [document.source.value]
    if document.source is Source.FILES:
        folders.append(_folder(parse_doc(doc).key.partition("/")[0]))
    folders += [_folder(part) for part in document.category.split("/") if part]
    if document.kind is Kind.WIKI:
        folders.append("wiki")
    kept: list[str] = []
    for number, each in enumerate(folders):
        if sum(len(encode(part)) for part in (*kept, each)) > MAX_PATH_BYTES:
            return [*kept, _hash("/".join(folders[number:]))]
        kept.append(each)
    return kept


def _folder(text: str) -> str:
    """Return a folder's name, never that of a page or of its attachments' folder."""
    named = _truncate(safe_name(text), MAX_NAME_BYTES)
    return f"{named}_" if named.casefold().endswith((*ENDINGS.values(), ATTACHMENTS_SUFFIX)) else named


def _truncate(text: str, most: int) -> str:
    """Return the start of a name in at most so many bytes."""
    return encode(text)[:most].decode("utf-8", "ignore").rstrip(". ") or "_"


def _hash(text: str) -> str:
    return hashlib.blake2b(encode(text), digest_size=5).hexdigest()


# A page's file: front matter with what the source knows, the text in its own markup, then each comment or note below
# a heading with its part, author and time.


# What YAML wants escaped in a string besides what JSON escapes: DEL, C1, and ends of lines of its own.
_ESCAPED = compile_lazy("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def render_page(page: MaskedDocument, parts: Iterable[MaskedDocument]) -> str:
    """Return a page's file; `parts` in order. All are already masked."""
    fields: list[MaskedDocument] = []
    notes: list[MaskedDocument] = []
    for part in parts:
        (fields if part.kind is Kind.FIELD else notes).append(part)
    pieces = ["---\n", *(f"{line}\n" for line in _front(page, fields)), "---\n"]
    body = normalize_body(page)
    if body:
        pieces += ["\n", body]
    for note in notes:
        pieces += ["\n---\n\n", _heading(note, page.markup), "\n\n", normalize_body(note)]
    return "".join(pieces)


def normalize_body(document: MaskedDocument) -> str:
    """Return a body with line feeds, one at the end; "" for an empty one."""
    body = document.body.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").strip("\n")
    return f"{body}\n" if body.strip() else ""


def _front(page: MaskedDocument, fields: Iterable[MaskedDocument]) -> Iterator[str]:
    rows: tuple[tuple[str, object], ...] = (
        ("id", page.doc),
        ("kind", page.kind.value),
        ("title", page.title),
        ("category", page.category),
        ("tags", page.tags),
        ("wip", page.wip),
        *((name, page.meta.get(name)) for name in ("tracker", "status", "assigned_to", "due_date")),
        ("author", page.author),
        ("created_at", page.created_at),
        ("updated_at", page.updated_at),
        ("human_at", page.human_at),
        ("human_by", page.human_by),
        ("url", page.url),
        ("visibility", page.visibility.name.lower()),
    )
    for name, value in rows:
        if value:
            yield f"{name}: {_scalar(value)}"
    filled = [field for field in fields if field.body.strip()]
    if filled:
        yield "fields:"
        for field in filled:
            yield f"  {_scalar(field.part.partition(':')[2])}: {_scalar(field.body)}"


def _scalar(value: object) -> str:
    """Return a value as YAML: JSON, with what only YAML objects to escaped."""
    written = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def _heading(note: MaskedDocument, markup: Markup) -> str:
    """Return a part's heading: author and time, and whether not everyone may read it."""
    facts = [note.part, note.author, note.created_at]
    if note.visibility < Visibility.MEMBERS:
        facts.append(note.visibility.name.lower())
    mark = "h2." if markup is Markup.TEXTILE else "##"
    return f"{mark} {' · '.join(' '.join(each.split()) for each in facts if each)}"
