"""Parse esa's search language into a tree. Pure.

Adjacent terms mean AND; `OR` and `|` join alternatives; `-` negates; parentheses group. There is no precedence: a query
is read from left to right (docs.esa.io/posts/104), so `a OR b c` means `(a OR b) AND c`. An unknown key makes the term
an ordinary word. No input is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from kb.text.lazy_pattern import compile_lazy

COMPARABLE = frozenset({"stars", "watches", "comments", "number", "done", "undone", "created", "updated"})
DATES = frozenset({"created", "updated"})
_PLACES = ("category", "in", "on")
_TEXTS = ("name", "title", "full_name", "body", "tag", "comment")
_PEOPLE = ("user", "updated_by", "watched_by")
_STATES = ("wip", "kind", "starred", "watched", "sharing")
PLAIN = frozenset((*_PLACES, *_TEXTS, *_PEOPLE, *_STATES))
SORTS = frozenset(["best_match", "updated", "created", "stars", "watches", "comments", "full_name", "name", "number"])

_KEYED = compile_lazy(r"([a-z_]+):(>=|<=|>|<)?(.*)", re.DOTALL)
_DATE = compile_lazy(r"\d{4}-\d{1,2}(?:-\d{1,2})?")
_NOT = ""  # stands for a minus in front of something; no word is empty
_SPACE = " \t\r\n\u3000"
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. `key` is "" for words; `op` is one of `:`, `>`, `>=`, `<`, `<=`."""

    key: str
    op: str
    value: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """A negated condition."""

    of: Expr


@dataclass(frozen=True, slots=True)
class Chain:
    """Conditions read from left to right; each later one says whether it is an alternative."""

    first: Expr
    rest: tuple[tuple[bool, Expr], ...]


Expr: TypeAlias = Term | Not | Chain


@dataclass(frozen=True, slots=True)
class Query:
    """A search: its conditions (None for all posts), order and case."""

    expr: Expr | None
    sort: tuple[str, str] | None = None
    case_sensitive: bool = False


def parse(text: str, *, numbers: bool = True) -> Query:
    """Parse a query. Never fails: unbalanced quotes and parentheses are closed at the end.

    Without `numbers`, `number:` is an unknown key.
    """
    words = list(_split(text))
    sort, case_sensitive, kept = None, False, []
    for word in words:
        if word.lower() == "case_sensitive:true":
            case_sensitive = True
        elif wanted := _sort(word):
            sort = wanted
        else:
            kept.append(word)
    return Query(_Parser(kept, numbers).expression(), sort, case_sensitive)


def conjuncts(expr: Expr | None) -> tuple[Expr, ...]:
    """Return the conditions that must all hold at the top of a query."""
    if expr is None:
        return ()
    if not isinstance(expr, Chain):
        return (expr,)
    last = max((place for place, (either, _) in enumerate(expr.rest, 1) if either), default=0)
    head = (Chain(expr.first, expr.rest[:last]),) if last else conjuncts(expr.first)
    return (*head, *(found for _, unit in expr.rest[last:] for found in conjuncts(unit)))


def _sort(word: str) -> tuple[str, str] | None:
    if not word.startswith("sort:"):
        return None
    name, _, order = word[5:].rpartition("-")
    return (name, order) if name in SORTS and order in ("asc", "desc") else None


def _split(text: str) -> Iterator[str]:
    """Split into `(`, `)`, `|`, `-` (before something) and terms with their quotes."""
    at, end = 0, len(text)
    while at < end:
        char = text[at]
        if char in _SPACE:
            at += 1
        elif char in "()|":
            yield char
            at += 1
        elif char == "-" and text[at + 1 : at + 2] not in ("", *_SPACE):
            yield _NOT
            at += 1
        else:
            start, quoted, depth = at, False, 0
            while at < end and (quoted or text[at] not in _SPACE + "|"):
                if text[at] == '"':
                    quoted = not quoted
                elif not quoted and text[at] == "(":
                    depth += 1
                elif not quoted and text[at] == ")":
                    if depth == 0:
                        break
                    depth -= 1
                at += 1
            yield text[start:at]


class _Parser:
    """Folds words from left to right."""

    def __init__(self, words: list[str], numbers: bool) -> None:
        self.words = words
        self.numbers = numbers
        self.at = 0
        self.depth = 0

    def expression(self) -> Expr | None:
        units: list[tuple[bool, Expr]] = []
        either = False
        while self.at < len(self.words):
            word = self.words[self.at]
            if word == ")":
                if self.depth:
                    break
                self.at += 1
            elif word in ("|", "OR"):
                either = True
                self.at += 1
            elif (unit := self.unit()) is not None:
                units.append((either, unit))
                either = False
        if len(units) < 2:
            return units[0][1] if units else None
        return Chain(units[0][1], tuple(units[1:]))

    def unit(self) -> Expr | None:
        negated = False
        while self.at < len(self.words) and self.words[self.at] == _NOT:
            negated = not negated
            self.at += 1
        if self.at >= len(self.words) or self.words[self.at] in (")", "|"):
            return None
        word = self.words[self.at]
        self.at += 1
        found: Expr | None
        if word == "(" and self.depth < _DEEPEST:
            self.depth += 1
            found = self.expression()
            self.depth -= 1
            self.at += 1  # its closing parenthesis, or the end
        else:
            found = term(word, numbers=self.numbers)
        return Not(found) if negated and found is not None else found


def term(word: str, *, numbers: bool = True) -> Term:
    """Parse one condition."""
    if word[0] == "#" and len(word) > 1:
        return Term("tag", ":", _bare(word[1:]))
    if word[0] == "@" and len(word) > 1:
        return Term("user", ":", _bare(word[1:]))
    if (keyed := _KEYED.fullmatch(word)) and (numbers or keyed[1] != "number"):
        key, op, value = keyed[1], keyed[2] or ":", _bare(keyed[3])
        if key in DATES and _DATE.fullmatch(value) and _valid(value):
            return Term(key, op, value)
        if key in COMPARABLE - DATES and _is_number(value):
            return Term(key, op, value)
        if key in PLAIN and op == ":" and value:
            return Term("name" if key == "title" else key, op, value, '"' in keyed[3])
    if _is_number(word):
        return Term("number", ":", word)
    return Term("", ":", _bare(word), word.startswith('"'))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


def _bare(text: str) -> str:
    return text.replace('"', "")


def _valid(date: str) -> bool:
    year, month, *day = (int(part) for part in date.split("-"))
    return 1 <= year <= 9998 and 1 <= month <= 12 and (not day or 1 <= day[0] <= 31)
