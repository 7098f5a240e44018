"""Lines that promise something are told from near misses: a list labelled before the reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.reading.claims.promises import find_promise

LINES = (Path(__file__).parent / "promises.txt").read_text("utf-8").splitlines()
LABELLED = [(line[2:], line[0] == "+") for line in LINES if line[:2] in ("+ ", "- ")]


def test_the_list_has_both_kinds() -> None:
    promises = sum(is_promise for _, is_promise in LABELLED)
    assert promises >= 25
    assert len(LABELLED) - promises >= 25
    assert len({line for line, _ in LABELLED}) == len(LABELLED)


KNOWN = frozenset({"望月", "大庭", "南出", "三浦"})
"""Members whose names do not end as most family names do."""


@pytest.mark.parametrize(("known", "least"), [(frozenset[str](), 0.9), (KNOWN, 1.0)])
def test_promises_are_told_from_near_misses(known: frozenset[str], least: float) -> None:
    said = {line: find_promise(line, known.__contains__) is not None for line, _ in LABELLED}
    assert [line for line, is_promise in LABELLED if said[line] and not is_promise] == []
    promises = [line for line, is_promise in LABELLED if is_promise]
    assert sum(said[line] for line in promises) >= least * len(promises)


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("望月やります", ("望月",)),
        ("望月: 証明書の更新は私がやります", ("望月",)),
        ("私から総務へ連絡を入れます", ()),
        ("三浦さん：金曜の定例で進め方を提案する", ("三浦",)),
        ("@mochizuki バックアップの戻しを試してもらえますか", ("mochizuki",)),
        ("インフラチームに回線の増速をお願いする", ("インフラチーム",)),
    ],
)
def test_a_promise_names_who_is_to_do_it(line: str, who: tuple[str, ...]) -> None:
    assert find_promise(line, KNOWN.__contains__) == who
