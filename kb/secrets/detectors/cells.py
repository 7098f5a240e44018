"""Read the values in one table cell that a label says holds credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors.passphrases import read_passphrase
from kb.secrets.detectors.tokens import SPACED_SEED
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.page.text_page import Cell
from kb.secrets.page.values import TAKES_PHRASE, ValueSpan, read_phrase_at, read_value
from kb.secrets.scoring.filters import (
    ValueStrength,
    find_refusal,
    is_number,
    is_pin,
    is_product,
    is_uuid,
    is_word_with_number,
    looks_like_token,
    looks_secret,
    looks_strong,
    measure_strength,
)
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

TABLE = detection_rule("table", Rank.STRUCTURED, t("表の見出し", "a header of a table"))

_TABLE = read_words("kb.secrets", "words/values.toml")

_TYPES = compile_lazy(_TABLE["types"], re.I)
_PROTOCOL = compile_lazy(_TABLE["protocol"], re.I)
"""Ways to prove who one is, which a column 認証 holds as often as passwords."""
_BREAKS = compile_lazy(r"<br ?/?>|\n|、|→|⇒")
_ENTRIES = compile_lazy(r"(?:[^:=/\s]{1,16}[ \t]?[:=][ \t]?[!-.0-~]{4,40}(?:[ \t]*[/、,][ \t]*|[ \t]+|[ \t]*$)){2,8}")
_ENTRY = compile_lazy(r"[^:=/\s]{1,16}[ \t]?[:=][ \t]?(?P<value>[!-.0-~]{4,40})")
_STRUCK = compile_lazy(r"[ \t]+(?P<value>[!-~]{4,40})[ \t]*$")
_SPLIT = compile_lazy(r"[ \t]*(?://|[/・&:|]|,|、)[ \t]*|[ \t]+")
_INNER_LABEL = compile_lazy(r"(?:ID|user|PW|pass(?:word)?|パスワード)\s*[:=]", re.I)
_IN_KANA = compile_lazy(
    rf"(?=[^ぁ-ん]{{0,12}}[ぁ-ん])(?!.{{0,12}}(?:{_TABLE['not_kept']}))[ぁ-んァ-ヶー一-龠々]{{3,14}}\d{{2,4}}"
)
"""Words of Japanese and a number as people make them up: names of rooms, hosts and forms have no hiragana."""
_NUMBERED = compile_lazy(r"[A-Z]{1,8}\d+")
_PHRASED = (SecretKind.PASSWORD, SecretKind.PIN)


def read_cell(cell: Cell, kind: SecretKind, how: str, basic: bool, name: str) -> Iterator[Candidate]:
    """The values in one cell that is said to hold some; `basic`: what is around the table speaks of basic auth."""
    text = cell.line.text
    at = 0
    for found in (*_BREAKS.finditer(text), None):
        end = found.start() if found else len(text)
        worded = _phrase(text, at, end, kind, name) if how in ("row", "column") else None
        if how in ("row", "column") and (entries := _ENTRIES.fullmatch(text, at, end)):
            yield from _entries(cell, entries, kind)
            at = end
            continue
        if how == "column" and kind is SecretKind.PASSWORD and (said := _IN_KANA.fullmatch(text[at:end].strip())):
            first = text.index(said[0], at)
            yield propose(cell.line, (first, first + len(said[0])), kind, Confidence.MEDIUM, TABLE, how)
        if how in ("row", "column") and kind in _PHRASED and (phrase := read_passphrase(text, at, end)):
            yield propose(cell.line, phrase, SecretKind.PASSWORD, Confidence.HIGH, TABLE, how)
        elif value := worded or _value(text, at, end, how):
            word, after = value.cut(text), text[value.after : end]
            if struck := _STRUCK.match(text, value.after, end) if value.quote in ("~~", "-") else None:
                yield from _cell_value(cell, struck.span("value"), kind)
            if worded or _fits(word, after, kind, how):
                meant = SecretKind.BASIC_AUTH if kind is SecretKind.PASSWORD and basic else kind
                if kind is SecretKind.PIN and not is_pin(word):
                    meant = SecretKind.PASSWORD
                sure = Confidence.HIGH if measure_strength(word) >= ValueStrength.MIXED else Confidence.MEDIUM
                yield propose(cell.line, value.span, meant, sure, TABLE, how)
        if found:
            at = found.end()


def _entries(cell: Cell, entries: re.Match[str], kind: SecretKind) -> Iterator[Candidate]:
    """The values of a cell that names each: 本番：…／検証：…"""
    for found in _ENTRY.finditer(entries.string, *entries.span()):
        word = found["value"]
        if (
            word.isascii()
            and not find_refusal(word)
            and (is_pin(word) if kind is SecretKind.PIN else looks_strong(word))
        ):
            yield propose(cell.line, found.span("value"), kind, Confidence.HIGH, TABLE, "entries")


def _cell_value(cell: Cell, place: tuple[int, int], kind: SecretKind) -> Iterator[Candidate]:
    """What stands behind the value that was struck out."""
    word = cell.line.text[slice(*place)].strip("*+`")
    if looks_strong(word) and not find_refusal(word):
        start = cell.line.text.index(word, place[0])
        yield propose(cell.line, (start, start + len(word)), kind, Confidence.HIGH, TABLE, "struck")


def _phrase(text: str, at: int, end: int, kind: SecretKind, name: str) -> ValueSpan | None:
    """The value of several words that a cell is."""
    if kind is SecretKind.OTP_SECRET:
        found = SPACED_SEED.fullmatch(text[at:end].strip(" \t`*_@"))
        start = text.index(found["value"], at) if found else 0
        return ValueSpan(start, start + len(found["value"]), "", end) if found else None
    if kind not in (SecretKind.PASSWORD, SecretKind.SHARED_KEY):
        return None
    return read_phrase_at(text, at, end, likely=TAKES_PHRASE.search(name) is not None)


def _value(text: str, at: int, end: int, how: str) -> ValueSpan | None:
    part = text[at:end]
    if how.startswith("pair"):
        if _INNER_LABEL.search(part):
            return None  # the rules for lines read this cell
        split = _SPLIT.search(part, len(part) - len(part.lstrip()) + 1)
        if split is None:
            return read_value(text, at) if how == "pair" else _lone(text, at, how)
        user = part[: split.start()].strip(" \t`*@「」\"'")
        if not user or not user.isascii() or (how != "pair" and " " in user):
            return None
        return read_value(text, at + split.end())
    return read_value(text, at)


def _lone(text: str, at: int, how: str) -> ValueSpan | None:
    """The value of a cell without a name before it, in a column for both: 認証情報. An account alone is a name."""
    value = read_value(text, at) if how in ("pair-only", "pair-lone") else None
    word = text[value.start : value.end] if value else ""
    return value if looks_secret(word) or (how == "pair-lone" and _chosen(word)) else None


def _chosen(word: str) -> bool:
    """Whether a word with digits is no name of a host or product, and no number of a customer."""
    named = is_product(word) and not is_word_with_number(word)
    named = named or _NUMBERED.fullmatch(word) is not None or _PROTOCOL.fullmatch(word) is not None
    return len(word) >= 6 and looks_strong(word) and not named


def _fits(word: str, after: str, kind: SecretKind, how: str) -> bool:
    if not word.isascii() or re.search(r"\s", word) or find_refusal(word, after) or _TYPES.fullmatch(word):
        return word.lower() == "password" and how == "column" and not after.strip()
    rest = after.strip(" \t`*_@\"'」.;)")
    if rest and not re.match(r"\(|※|#|<|/|,|です|\[|←", rest) and not looks_strong(word):
        return False
    if rest and re.match(r"[぀-ヿ一-龠]", rest) and not rest.startswith("です"):
        return False
    if kind is SecretKind.PIN:
        return is_pin(word) or looks_secret(word)
    if kind is SecretKind.API_TOKEN:
        return looks_like_token(word) or (looks_secret(word) and len(word) >= 8)
    if kind is SecretKind.OTP_SECRET:
        return len(word) >= 6
    if is_uuid(word):
        return False
    if how in ("pair-account", "owner"):
        return looks_secret(word) and (how != "owner" or "=" not in word)
    if how == "beside":  # what is said of SNMP as often: v3, public
        return len(word) >= 6 and word not in ("public", "private")
    if how == "auth":
        return not _PROTOCOL.fullmatch(word) and measure_strength(word) >= ValueStrength.MIXED and not word.islower()
    if how == "changed" and len(word) < 6 and not looks_secret(word):
        return False  # numbers of things: A-01
    if how == "matrix":
        return looks_strong(word)
    least = ValueStrength.MIXED if how in ("changed", "pair-only", "pair-lone") else ValueStrength.WORD
    return measure_strength(word) >= least and not (is_number(word) and len(word) < 4)
