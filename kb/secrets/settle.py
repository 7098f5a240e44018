"""The proposals of all rules → the credentials of a page: one for each place, by the most particular rule."""

from __future__ import annotations

from collections.abc import Iterable

from kb.model import Secret
from kb.secrets.candidate import Candidate
from kb.secrets.page import Page
from kb.secrets.secret import length_class


def settled(candidates: Iterable[Candidate], page: Page) -> tuple[Secret, ...]:
    """The credentials in the order of the text. Where proposals overlap, rank decides, then certainty, then length."""
    kept: list[Candidate] = []
    ordered = sorted(candidates, key=lambda each: (-each.rank, -each.confidence, each.start - each.end, each.start))
    by_bucket: dict[int, list[tuple[int, int]]] = {}
    for each in ordered:
        if not 0 <= each.start < each.end <= len(page.body):
            continue
        buckets = range(each.start >> 8, ((each.end - 1) >> 8) + 1)
        if any(start < each.end and each.start < end for bucket in buckets for start, end in by_bucket.get(bucket, ())):
            continue
        kept.append(each)
        for bucket in buckets:
            by_bucket.setdefault(bucket, []).append((each.start, each.end))
    kept.sort(key=lambda each: each.start)
    return tuple(_secret(each, page) for each in kept)


def _secret(each: Candidate, page: Page) -> Secret:
    return Secret(
        each.kind,
        page.span(each.start, each.end),
        each.confidence,
        length_class(each.end - each.start),
        each.rule,
        each.context,
        each.doubts,
        page.span(*each.keyword) if each.keyword else None,
    )
