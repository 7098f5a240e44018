"""What several findings say of one page is told once, by the most useful of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lint.formats_kit import FOUND

from kb.lint.cache.store import FindingsCache
from kb.model.facts import Confidence
from kb.model.finding import Finding, Severity, Waiver, WaiverKind
from kb.rules.condense import Condenser
from kb.rules.registry import load_rules

Call = Callable[..., Any]

LINT = ("lint", "--format", "jsonl", "--select", "INC4,INC5", "--now", "2025-07-01")
PAGE = """## 影響
注文 6 件

## 経緯
- 20:10 発生
- 20:40 復旧

## 原因
再送の印を読む前に登録していて、遅い回線で 2 回届いた注文を別の注文として扱った。

## 対応
重なった 6 件を取り消し、順序を直した版を出した。

## 再発防止
"""
BARE = "- [ ] 注文番号に一意制約を付ける\n- [ ] 監視を強化する\n"
PLANNED = "- [ ] 注文番号に一意制約を付ける（担当: 大野 / 期限: 2025-07-31）\n"


def found(code: str, severity: Severity, confidence: Confidence = Confidence.HIGH, **fields: Any) -> Finding:
    return replace(FOUND, code=code, severity=severity, confidence=confidence, **fields)


STALE = found("INC506", Severity.WARNING)
ACCEPTED = Waiver(WaiverKind.ACCEPTED)


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        ((), True),
        ((found("INC402", Severity.ERROR),), False),
        ((found("INC203", Severity.WARNING),), False),
        ((found("INC402", Severity.ERROR, waiver=ACCEPTED),), False),
        ((found("TKT103", Severity.WARNING),), False),
        ((found("INC405", Severity.INFO),), True),
        ((found("INC203", Severity.WARNING, Confidence.LOW),), True),
        ((found("SEC101", Severity.ERROR),), True),
        ((found("PST105", Severity.WARNING),), True),
    ],
)
def test_a_page_that_came_to_a_halt_is_told_unless_something_stronger_is(
    beside: tuple[Finding, ...], told: bool
) -> None:
    condensed = Condenser(load_rules(), once=True).condense((*beside, STALE))
    assert condensed == (*beside, *((STALE,) if told else ()))


def test_no_error_is_ever_left_out() -> None:
    for rule in load_rules():
        assert not (rule.yields_to or rule.once) or rule.severity < Severity.ERROR, rule.code


def test_a_rule_that_reports_once_does_so_on_a_page_of_the_mirror_alone() -> None:
    two = [found("INC405", Severity.INFO, fingerprint=str(number)) for number in range(2)]
    assert Condenser(load_rules(), once=True).condense(two) == (two[0],)
    assert Condenser(load_rules(), once=False).condense(two) == tuple(two)


def codes(rows: list[dict[str, Any]], *among: str) -> list[str]:
    return sorted(row["code"] for row in rows if row["code"] in among)


UNPLANNED = ("INC405", "INC406", "INC408")


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize(("planned", "told"), [(1, True), (0, False)])
def test_owners_and_dates_are_asked_for_where_a_fifth_of_the_open_measures_has_them(
    planned: int, told: bool, kb: Call, posts: Any
) -> None:
    posts.put((1, "注文が二重になる", PAGE + BARE), (2, "検索が止まる", PAGE + BARE))
    posts.put((3, "配信が止まる", PAGE + (PLANNED if planned else "- [x] 済んだ\n")))
    rows = kb(*LINT).rows
    assert codes(rows, *UNPLANNED) == (sorted(UNPLANNED * 2) if told else [])
    assert kb(*LINT).rows == rows
    assert {row["severity"] for row in rows if row["code"] in UNPLANNED} <= {"info"}


@pytest.mark.usefixtures("workspace")
def test_one_edit_elsewhere_decides_for_every_page_again(kb: Call, posts: Any) -> None:
    posts.put((1, "注文が二重になる", PAGE + BARE), (2, "検索が止まる", PAGE + BARE))
    assert codes(kb(*LINT).rows, *UNPLANNED) == []
    posts.put((3, "配信が止まる", PAGE + PLANNED))
    first = kb(*LINT).rows
    assert codes(first, *UNPLANNED) == sorted(UNPLANNED * 2)
    posts.bury(3)
    assert codes(kb(*LINT).rows, *UNPLANNED) == []


@pytest.mark.usefixtures("workspace")
def test_what_is_told_once_keeps_the_fingerprint_of_its_first_measure(kb: Call, posts: Any, folder: Path) -> None:
    posts.put((1, "注文が二重になる", PAGE + BARE), (3, "配信が止まる", PAGE + PLANNED))
    (line,) = [row["line"] for row in kb(*LINT).rows if row["code"] == "INC405"]
    assert line == (PAGE + BARE).splitlines().index("- [ ] 注文番号に一意制約を付ける") + 1
    page = folder / "page.jsonl"
    post = {"id": "esa:1", "category": "不具合共有/2025", "title": "注文が二重になる", "body": PAGE + BARE}
    page.write_text(json.dumps(post), encoding="utf-8")
    given = [row for row in kb(*LINT, "--input", str(page)).rows if row["code"] == "INC405"]
    assert len(given) == 2  # no mirror is looked through: each measure, as ever
    assert given[0]["fingerprint"] in {row["fingerprint"] for row in kb(*LINT).rows}


@pytest.mark.usefixtures("workspace")
def test_a_lint_that_was_cut_off_between_judging_and_joining_still_tells_what_is_new(
    kb: Call, posts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts.put((1, "注文が二重になる", PAGE + BARE))
    kb(*LINT)
    posts.put((1, "注文が二重になる", PAGE + "検討中\n"), updated_at="2025-06-02T00:00:00Z")
    with monkeypatch.context() as cut:
        cut.setattr(FindingsCache, "get", _interrupted)
        assert kb(*LINT).code == 130
    assert ("esa:1", "INC402") in kb(*LINT, "--new-only").codes


def _interrupted(*_: object) -> Any:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("workspace")
def test_a_baseline_holds_what_a_page_tells_once(kb: Call, posts: Any) -> None:
    posts.put((1, "注文が二重になる", PAGE + BARE), (3, "配信が止まる", PAGE + PLANNED))
    assert codes(kb(*LINT).rows, *UNPLANNED) == sorted(UNPLANNED)
    kb("lint", "--now", "2025-07-01", "--update-baseline")
    assert kb(*LINT).rows == []
    posts.put((1, "注文が二重になる", PAGE + BARE + "- [ ] 索引を足す\n"), updated_at="2025-06-02T00:00:00Z")
    assert kb(*LINT).rows == []  # of the same page, and the same thing


@pytest.mark.usefixtures("workspace")
def test_the_history_counts_what_is_told(kb: Call, posts: Any) -> None:
    posts.put((1, "注文が二重になる", PAGE + "検討中\n"), updated_at="2025-05-02T00:00:00Z")
    assert codes(kb(*LINT).rows, "INC402", "INC506") == ["INC402"]
    assert codes(kb(*LINT[:3], "--select", "INC506", *LINT[5:]).rows, "INC506") == ["INC506"]  # asked for by itself
