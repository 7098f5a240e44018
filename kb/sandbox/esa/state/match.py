"""Compile a search query into a predicate over posts. Pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from kb.sandbox.esa.state import derive
from kb.sandbox.esa.state.query import COMPARABLE, DATES, Chain, Expr, Not, Query, Term, conjuncts
from kb.sandbox.esa.state.records import EsaComment, EsaPost

Predicate: TypeAlias = Callable[[EsaPost], bool]

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    ":": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_COUNT: dict[str, Callable[[EsaPost], int]] = {
    "stars": lambda post: post.stars,
    "watches": lambda post: post.watches,
    "comments": lambda post: len(post.comments),
    "number": lambda post: post.number,
    "done": lambda post: post.done_tasks,
    "undone": lambda post: post.tasks - post.done_tasks,
}
_HIGHEST = 10**12


@dataclass(frozen=True, slots=True)
class Searcher:
    """What a search depends on besides posts: the reader, the comments, esa's open questions.

    `by_segment` decides whether `in:foo` stops at a path segment or also matches `foobar/`.
    """

    me: str
    comments: Mapping[int, EsaComment]
    by_segment: bool = False
    case_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A query without what an index answers: numbers from `low` to `high`, one category."""

    low: int = 0
    high: int = _HIGHEST
    category: str | None = None
    rest: tuple[Expr, ...] = ()

    @property
    def by_number(self) -> bool:
        """Whether the numbers are bounded."""
        return self.low > 0 or self.high < _HIGHEST


def narrow(query: Query) -> Narrowed:
    """Split off number bounds and one `on:` from the top-level conditions."""
    low, high, category = 0, _HIGHEST, None
    rest: list[Expr] = []
    for expr in conjuncts(query.expr):
        if isinstance(expr, Term) and expr.key == "number":
            value = int(expr.value)
            if expr.op in (":", ">=", ">"):
                low = max(low, value + (expr.op == ">"))
            if expr.op in (":", "<=", "<"):
                high = min(high, value - (expr.op == "<"))
        elif isinstance(expr, Term) and expr.key == "on" and category is None:
            category = expr.value.strip("/")
        else:
            rest.append(expr)
    return Narrowed(low, high, category, tuple(rest))


def predicate(exprs: tuple[Expr, ...], searcher: Searcher) -> Predicate | None:
    """Return whether a post fulfils all of `exprs`; None for no condition."""
    tests = [_compile(expr, searcher) for expr in exprs]
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda post: all(test(post) for test in tests)


def _compile(expr: Expr, searcher: Searcher) -> Predicate:
    if isinstance(expr, Not):
        unwanted = _compile(expr.of, searcher)
        return lambda post: not unwanted(post)
    if isinstance(expr, Chain):
        first = _compile(expr.first, searcher)
        rest = [(either, _compile(unit, searcher)) for either, unit in expr.rest]

        def chain(post: EsaPost) -> bool:
            holds = first(post)
            for either, test in rest:
                holds = (holds or test(post)) if either else (holds and test(post))
            return holds

        return chain
    return _term(expr, searcher)


def _term(term: Term, searcher: Searcher) -> Predicate:
    if term.key in DATES:
        return _date(term)
    if term.key in COMPARABLE:
        return _count(term)
    if term.key:
        return _keyed(term, searcher)
    if term.quoted:
        exact = term.value
        return lambda post: exact in post.path or exact in post.body_md
    word = derive.fold(term.value)
    return lambda post: word in post.folded


def _count(term: Term) -> Predicate:
    count, compare, wanted = _COUNT[term.key], _COMPARE[term.op], int(term.value)
    return lambda post: compare(count(post), wanted)


def _date(term: Term) -> Predicate:
    """Compile a day or month of the team's zone; `>` begins after it, `<` ends before it."""
    start, end = _period(term.value)
    time_of: Callable[[EsaPost], int] = operator.attrgetter(term.key)
    if term.op == ">":
        return lambda post: time_of(post) >= end
    if term.op == ">=":
        return lambda post: time_of(post) >= start
    if term.op == "<":
        return lambda post: time_of(post) < start
    if term.op == "<=":
        return lambda post: time_of(post) < end
    return lambda post: start <= time_of(post) < end


def _period(date: str) -> tuple[int, int]:
    year, month, *day = (int(part) for part in date.split("-"))
    first = datetime(year, month, 1, tzinfo=derive.JST)
    if day:
        first += timedelta(days=day[0] - 1)  # 02-31 runs on into March, as dates in SQL do
        after = first + timedelta(days=1)
    else:
        after = (first + timedelta(days=32)).replace(day=1)
    return int(first.timestamp()), int(after.timestamp())


def _keyed(term: Term, searcher: Searcher) -> Predicate:
    exact = term.value
    folded = derive.fold(exact)
    place = exact.strip("/")
    me = searcher.me
    wanted = exact == "true"
    comments = searcher.comments
    match term.key:
        case "name" | "full_name" | "body" | "category":
            text_of: Callable[[EsaPost], str] = operator.attrgetter("body_md" if term.key == "body" else term.key)
            return lambda post: folded in derive.fold(text_of(post))
        case "on":
            return lambda post: post.category == place
        case "in" if not place:
            return lambda post: True
        case "in" if searcher.by_segment or exact.endswith("/"):
            return lambda post: derive.is_under(post.category, place)
        case "in":
            return lambda post: post.category.startswith(place)
        case "tag" if searcher.case_sensitive:
            return lambda post: exact in post.tags
        case "tag":
            return lambda post: any(derive.fold(tag) == folded for tag in post.tags)
        case "user":
            return lambda post: post.created_by == exact
        case "updated_by":
            return lambda post: post.updated_by == exact
        case "wip":
            return lambda post: post.wip == wanted
        case "kind":
            return lambda post: post.kind == exact
        case "comment":
            return lambda post: any(
                id in comments and folded in derive.fold(comments[id].body_md) for id in post.comments
            )
        case "starred":
            return lambda post: (me in post.stargazers) == wanted
        case "watched":
            return lambda post: (me in post.watchers) == wanted
        case "watched_by":
            return lambda post: exact in post.watchers
        case _:  # sharing
            return lambda post: post.shared == wanted
