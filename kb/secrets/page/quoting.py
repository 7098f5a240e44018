"""Literals of programming languages: prefixes, three quotes, quotes as entities, wrappers and second choices."""

from __future__ import annotations

from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/code.toml")

MAX_LITERAL = 400
"""Characters between the quotes."""

_ENTITY = compile_lazy(r"&(?:quot|apos|#0?3[49]);|%22|%27|\\u0022|\\x22")
_PREFIX = compile_lazy(r"(?:[rRbBuU]{1,2}|@|[fF][rR]?|\$@?)(?=[\"'])")
_TEMPLATES = ("f", "F", "$")
_WRAPPER = compile_lazy(r"(?:new[ \t]{1,3})?" + _TABLE.group("wrappers") + r"\([ \t]{0,3}(?=[bru@]?[\"'])")
_ANNOTATED = compile_lazy(r"[&*]{0,2}(?:'static )?[A-Za-z_][\w.<>\[\]|?& ]{0,40}?[ \t]{0,3}=[ \t]{0,3}(?=[bru@]?[\"'])")
"""The type of a name before its value: `password: str = "…"`."""
_CHOICE = compile_lazy(
    r"[A-Za-z_$][\w.$()=!<>\[\]& \t-]{0,80}?(?:\?\?|\|\||\bor\b|\?)[ \t]{0,3}"
    r"(?:[\w.()]{1,40}[ \t]{0,3}:[ \t]{0,3})?(?=[\"'])"
)
"""What stands before a literal that is taken when something else is not there, or holds: `isProd ? load() : "…"`."""

_TRIPLES = ('"""', "'''")


def skip_to_literal(text: str, at: int) -> int:
    """Where the quote of the literal opens that stands at a place, behind a prefix, a wrapper or a first choice."""
    if text[at : at + 1] in ('"', "'"):
        return at
    for pattern in (_WRAPPER, _ANNOTATED, _CHOICE):
        if pattern is _ANNOTATED and ":" not in text[max(0, at - 2) : at]:
            continue
        if found := pattern.match(text, at):
            at = found.end()
            break
    if found := _PREFIX.match(text, at):
        end = text.find(text[found.end()], found.end() + 1, found.end() + MAX_LITERAL)
        if not (found[0].startswith(_TEMPLATES) and "{" in text[found.end() : end]):
            at = found.end()
    return at


def read_entity_quoted(text: str, at: int) -> tuple[int, int, int] | None:
    """The start and end of a value between entities or escapes for quotes, or three quotes, and where they end."""
    if text.startswith(_TRIPLES, at):
        opening = text[at : at + 3]
    elif found := _ENTITY.match(text, at):
        opening = found[0]
    else:
        return None
    start = at + len(opening)
    end = text.find(opening, start, start + MAX_LITERAL)
    return (start, end, end + len(opening)) if end > start and "\n" not in text[start:end] else None
