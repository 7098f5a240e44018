"""Cover values in texts, compare covered texts, and remember where texts were purged.

A cover replaces each character by one of the same UTF-8 length (`kb.secrets.masking.mask.cover_secrets`), so that
everything else agrees with the original.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias
from unicodedata import normalize

import msgspec

from kb.mirror.database import Database
from kb.mirror.documents import OldText, SourceRow, dump_raw
from kb.model.secret import Secret
from kb.secrets.masking.known import read_escaped, unescape_value
from kb.secrets.masking.mask import cover_value
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import decode, encode

Json: TypeAlias = Any
"""What JSON holds: objects, lists, texts, numbers, None."""

_COVERS = frozenset(cover_value("a\u00e9\u6f22\U0001f600"))


def is_masked_copy(kept: str, sent: str) -> bool:
    """Whether `kept` is `sent`, or `sent` with some characters covered."""
    return kept == sent or (
        len(kept) == len(sent)
        and all(mine == theirs or mine in _COVERS for mine, theirs in zip(kept, sent, strict=True))
    )


def merge_masked(kept: Json, sent: Json) -> Json:
    """Return what was sent, with texts covered as they are in `kept`."""
    if isinstance(sent, str):
        return kept if isinstance(kept, str) and is_masked_copy(kept, sent) else sent
    if isinstance(sent, dict) and isinstance(kept, dict):
        return {name: merge_masked(kept[name], value) if name in kept else value for name, value in sent.items()}
    if isinstance(sent, list) and isinstance(kept, list):
        return [merge_masked(kept[at], value) if at < len(kept) else value for at, value in enumerate(sent)]
    return sent


def map_texts(value: Json, change: Callable[[str], str]) -> Json:
    """Return JSON with each of its texts changed; field names stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: map_texts(below, change) for name, below in value.items()}
    if isinstance(value, list):
        return [map_texts(below, change) for below in value]
    return value


SHORTEST = 6
"""Characters a value needs to be searched beyond the page it was found on."""

_LONG = 16
_WORD = compile_lazy(r"[^\W\d_](?:[^\W\dA-Z_]+|[A-Z]+)|[\d.,:/-]+|[a-z][a-z0-9]*(?:[-.][a-z0-9]+)+")


def is_unlike_words(value: str) -> bool:
    """Whether a value is unlike words, host names, dates and numbers: it means this value anywhere."""
    return len(value) >= _LONG or (len(value) >= SHORTEST and not _WORD.fullmatch(normalize("NFKC", value)))


class _FoldTable(dict[int, str]):
    """Caches each character in one width and case."""

    def __missing__(self, code: int) -> str:
        low = self[code] = normalize("NFKC", chr(code)).casefold()
        return low


_LOW = _FoldTable()


def fold_positions(text: str) -> str:
    """Fold width and case character by character, so that positions stay."""
    return text.lower() if text.isascii() else text.translate(_LOW)


class ValueCover:
    """Covers values in texts: `telling` ones anywhere, escaped, in any width or case; `words` where they stand alone.

    A value that may be a word (`deploy`, `2024`, `web-03`) is covered only on the page it was found on: elsewhere it is
    no secret, and pages must stay readable.
    """

    def __init__(self, telling: Iterable[str], words: Iterable[str] = ()) -> None:
        forms = {
            (fold_positions(form), fold_positions(each)) for each in telling for form in (each, unescape_value(each))
        }
        self._telling = tuple(sorted(form for form in forms if all(form)))  # as it is typed, and what it was found as
        self._words = frozenset(value for value in words if value.strip())
        self._alone = tuple(sorted(value for value in self._words if len(value) >= SHORTEST))

    def __call__(self, text: str) -> str:
        """Return the text with its values covered."""
        if text in self._words:
            return cover_value(text)
        spans = list(self._spans(text))
        spans += (span for value in self._alone for span in _find_value(text, value) if _is_alone(text, *span))
        return _cover(text, spans) if spans else text

    def held(self, text: str) -> list[str]:
        """Return the telling values, folded, in a text."""
        low = fold_positions(text)
        for _, plain, _ in read_escaped(text):
            low += f"\n{fold_positions(plain)}"
        return list(dict.fromkeys(value for form, value in self._telling if form in low))

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        yield from self._find(text)
        for begin, plain, places in read_escaped(text):
            yield from ((begin + places[start], begin + places[end]) for start, end in self._find(plain))

    def _find(self, text: str) -> Iterator[tuple[int, int]]:
        low = fold_positions(text)
        spans = [span for form, _ in self._telling for span in _find_value(low, form)]
        if not spans:
            return
        origin: Sequence[int] = range(len(text))
        if not text.isascii():
            origin = [at for at, character in enumerate(text) for _ in _LOW[ord(character)]]
        for start, end in spans:
            yield origin[start], origin[end - 1] + 1


def _find_value(text: str, value: str) -> Iterator[tuple[int, int]]:
    at = text.find(value)
    while at >= 0:
        yield at, at + len(value)
        at = text.find(value, at + 1)


def _is_alone(text: str, start: int, end: int) -> bool:
    return not (_is_letter(text[start - 1 : start]) or _is_letter(text[end : end + 1]))


def _is_letter(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


def _cover(text: str, spans: list[tuple[int, int]]) -> str:
    """Return the text with these stretches, which may overlap, covered."""
    pieces: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if end > done:
            pieces += (text[done:start], cover_value(text[max(start, done) : end]))
            done = end
    return "".join((*pieces, text[done:]))


ITSELF = ""
"""The document itself, where a row may also be about an old version."""

_decode = msgspec.msgpack.Decoder(tuple[Secret, ...]).decode


def purged_secrets(db: Database, here: int, part: str = ITSELF) -> tuple[Secret, ...]:
    """Return what was purged from a document or old version: places, no values."""
    found = db.value("SELECT secrets FROM purged WHERE id = ? AND part = ?", (here, part))
    return () if found is None else _decode(found)


def remember_purged(db: Database, here: int, part: str, secrets: Iterable[Secret]) -> None:
    """Add to what was purged from a text.

    Purged findings do not count as fixed, and a source's text is not stored again while it is still the purged one.
    """
    both = dict.fromkeys((*purged_secrets(db, here, part), *secrets))
    ordered = sorted(both, key=lambda each: (each.part, each.span.line, each.span.column))
    db.execute("INSERT OR REPLACE INTO purged VALUES (?, ?, ?)", (here, part, msgspec.msgpack.encode(ordered)))


def forget_purged(db: Database, here: int, part: str = ITSELF) -> None:
    """Forget a text that the source changed or deleted."""
    db.execute("DELETE FROM purged WHERE id = ? AND part = ?", (here, part))


def has_purged(db: Database) -> bool:
    """Whether anything was ever purged."""
    return db.row("SELECT 1 FROM purged LIMIT 1") is not None


def keep_purged(db: Database, here: int, row: SourceRow) -> SourceRow | None:
    """Return the row with the mirror's texts while the source still has the purged ones.

    None for a document that was not purged, or that changed.
    """
    kept = db.row(
        "SELECT d.title, d.tags, d.meta, d.updated_at, d.revision, b.body, r.raw FROM purged p "
        "JOIN documents d USING (id) JOIN bodies b USING (id) JOIN raws r USING (id) WHERE p.id = ? AND p.part = ?",
        (here, ITSELF),
    )
    if kept is None:
        return None
    title, tags, meta, updated_at, revision, body, raw = kept
    if (updated_at, revision) != (row.updated_at, row.revision):
        return None
    held: list[Json] = [title, decode(body), json.loads(tags), json.loads(meta), json.loads(raw)]
    text = held[1] if row.body_apart else decode(encode(row.body))
    sent: list[Json] = [
        row.title,
        text,
        list(row.tags),
        json.loads(json.dumps(row.meta)),
        json.loads(dump_raw(row.raw)),
    ]
    both = merge_masked(held, sent)
    if both[:4] != held[:4] or (both == sent and not row.body_apart):  # or the source itself masks it now
        return None
    return replace(row, title=title, tags=tuple(json.loads(tags)), meta=both[3], body=decode(body), raw=both[4])


def is_purged_version(db: Database, parent: int, old: OldText) -> bool:
    """Whether the mirror holds this old version purged."""
    kept = db.row(
        "SELECT v.title, v.body FROM purged p JOIN versions v ON v.parent = p.id AND v.part = p.part "
        "WHERE p.id = ? AND p.part = ?",
        (parent, old.part),
    )
    return (
        kept is not None
        and is_masked_copy(kept[0], old.title)
        and is_masked_copy(decode(kept[1]), decode(encode(old.body)))
    )


def is_purged_body(db: Database, here: int, body: str) -> bool:
    """Whether the mirror holds this attachment's text purged."""
    kept = db.value(
        "SELECT b.body FROM purged p JOIN bodies b USING (id) WHERE p.id = ? AND p.part = ?", (here, ITSELF)
    )
    return kept is not None and decode(kept) != body and is_masked_copy(decode(kept), decode(encode(body)))
