"""Judging one document: what a rule gives, what identifies a finding, what a crash leaves behind."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import ToolError
from kb.model.document import Document, Kind, Markup, Source, cut_span
from kb.model.facts import Confidence, Facts, PageKind
from kb.model.finding import Severity
from kb.model.page import Page, PagePolicy
from kb.rules import registry as rules
from kb.rules.finding import MAX_QUOTE, compute_fingerprint
from kb.rules.gate import Gate, ReEngine, list_patterns
from kb.rules.judge import Judge
from kb.rules.registry import GateGroup, GateHint, Hit, Rule
from kb.text.fold import hash_content
from kb.text.lang import t
from kb.text.lines import Span

DOCUMENT = Document(1, Source.ESA, Kind.POST, "題名", "一行目\n  TODO です  \n三行目", Markup.MARKDOWN)
SPAN = Span(2, 3, 2, 7)
WORDS = t("見つけました。", "found.")


class Odd(BaseException):
    """What no `except Exception` catches."""


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules made here are forgotten again."""
    monkeypatch.setattr(rules, "_rules", dict(rules._rules))
    monkeypatch.setattr(rules, "_gate_groups", dict(rules._gate_groups))


def read(document: Document, policy: PagePolicy, structure: bytes | None) -> Facts:
    return Facts(PageKind.INCIDENT, "test")


def one(page: Page) -> Iterator[Hit]:
    yield Hit(WORDS, SPAN, Confidence.HIGH, role="prevention", section=SPAN)


def crashing(page: Page) -> Iterator[Hit]:
    yield Hit(WORDS, Span(1, 1, 1, 2), Confidence.HIGH)
    raise KeyError("秘密の本文")


def rule(code: str = "TST001", check: rules.Check = one, **changes: object) -> Rule:
    return replace(Rule(code, f"tests.{code.lower()}_rule", Severity.ERROR, check), **changes)


def test_a_finding_carries_what_the_engine_adds() -> None:
    judgement = Judge([rule()], PagePolicy(), read=read)(DOCUMENT)
    (found,) = judgement.findings
    assert (found.doc, found.part, found.code, found.rule) == (1, "body", "TST001", "tst001-rule")
    assert (found.severity, found.confidence, found.span) == (Severity.ERROR, Confidence.HIGH, SPAN)
    assert found.quote == "TODO"
    assert found.content == hash_content("TODO")
    assert judgement.entry.facts == Facts(PageKind.INCIDENT, "test")
    assert judgement.entry.is_incident


def test_findings_stand_in_the_order_of_the_page() -> None:
    def two(page: Page) -> Iterator[Hit]:
        yield Hit(WORDS, Span(3, 1, 3, 2), Confidence.HIGH)
        yield Hit(WORDS, Span(1, 2, 1, 3), Confidence.HIGH)

    judgement = Judge([rule("TST002", two), rule()], PagePolicy(), read=read)(DOCUMENT)
    assert [found.span.line for found in judgement.findings] == [1, 2, 3]


def test_a_crashed_rule_is_named_and_hides_nothing() -> None:
    judgement = Judge([rule("TST002", crashing), rule()], PagePolicy(), read=read)(DOCUMENT)
    assert [found.code for found in judgement.findings] == ["TST002", "TST001"]
    (crash,) = judgement.crashes
    assert isinstance(crash, ToolError)
    assert "TST002 tst002-rule" in str(crash)
    assert "KeyError" in str(crash)
    assert "秘密の本文" not in str(crash)
    assert str(pickle.loads(pickle.dumps(judgement)).crashes[0]) == str(crash)  # noqa: S301 - as workers send it


@pytest.mark.parametrize("error", [SystemExit(0), GeneratorExit(), Odd()])
def test_a_rule_cannot_leave_for_everybody(error: BaseException) -> None:
    def leaving(page: Page) -> Iterator[Hit]:
        raise error

    judgement = Judge([rule("TST002", leaving), rule()], PagePolicy(), read=read)(DOCUMENT)
    assert [found.code for found in judgement.findings] == ["TST001"]
    (crash,) = judgement.crashes
    assert type(error).__name__ in str(crash)


def test_who_stops_a_lint_is_told_what_it_was_at() -> None:
    def endless(page: Page) -> Iterator[Hit]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        Judge([rule("TST002", endless)], PagePolicy(), read=read)(DOCUMENT)
    assert stopped.value.__notes__ == ["1 を TST002 tst002-rule で判定しているところでした。"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"message": "文字列"},
        {"span": None},
        {"span": Span(0, 1, 1, 1)},
        {"span": Span(2, 3, 2, 1)},
        {"confidence": "high"},
        {"role": None},
        {"changes": ("直す",)},
    ],
)
def test_a_hit_that_is_none_is_a_crash_of_its_rule(wrong: dict[str, object]) -> None:
    def odd(page: Page) -> Iterator[Hit]:
        yield replace(Hit(WORDS, SPAN, Confidence.HIGH), **wrong)

    judgement = Judge([rule("TST002", odd), rule()], PagePolicy(), read=read)(DOCUMENT)
    assert [found.code for found in judgement.findings] == ["TST001"]
    assert "TST002 tst002-rule" in str(judgement.crashes[0])


def test_a_reading_that_crashes_is_named_too() -> None:
    def broken(document: Document, policy: PagePolicy, structure: bytes | None) -> Facts:
        raise RecursionError

    judgement = Judge([rule()], PagePolicy(), read=broken)(DOCUMENT)
    assert judgement.findings == ()
    assert "reading" in str(judgement.crashes[0])


def test_a_rule_sees_only_the_kinds_it_asks_for() -> None:
    comment = replace(DOCUMENT, kind=Kind.COMMENT, part="comment:9")
    judge = Judge([rule(), rule("TST002", kinds=frozenset({Kind.COMMENT}))], PagePolicy(), read=read)
    assert [found.code for found in judge(comment).findings] == ["TST002"]
    assert [found.code for found in judge(DOCUMENT).findings] == ["TST001"]


def gated() -> Judge:
    group = GateGroup("test-gate", GateHint(("障害",)))
    gate = Gate((group,), ReEngine(list_patterns((group,))))
    return Judge([rule(gate=("test-gate",))], PagePolicy(), gate, read=read)


@pytest.mark.parametrize("where", [{"body": "障害"}, {"title": "障害"}, {"category": "障害/2025"}, {"tags": ("障害",)}])
def test_a_word_anywhere_opens_the_gate(where: dict[str, object]) -> None:
    assert gated()(replace(DOCUMENT, **where)).findings


def test_what_the_gate_keeps_out_is_read_only_for_its_kind() -> None:
    assert gated()(DOCUMENT).entry.facts is None
    judgement = gated()(DOCUMENT, kinds=True)
    assert (judgement.entry.is_incident, judgement.findings) == (True, ())
    assert gated()(replace(DOCUMENT, kind=Kind.COMMENT), kinds=True).entry.facts is None


def test_a_lone_surrogate_stops_nothing() -> None:
    judgement = gated()(replace(DOCUMENT, body="障害\ud800\nab\udfff cd"))
    assert judgement.findings[0].quote == "\ufffd cd"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (Span(1, 1, 1, 3), "一行"),
        (Span(1, 3, 3, 2), "目\n  TODO です  \n三"),
        (Span(1, 1, 1, 1), ""),
        (Span(3, 1, 4, 1), "三行目"),
        (Span(9, 1, 9, 5), ""),
        (None, DOCUMENT.body),
    ],
)
def test_cut(span: Span | None, text: str) -> None:
    assert cut_span(DOCUMENT.body, span) == text


@given(st.text(), st.integers(1, 9), st.integers(1, 9), st.integers(0, 3), st.integers(1, 9))
def test_cut_gives_a_stretch_of_the_text(body: str, line: int, column: int, more: int, end: int) -> None:
    assert cut_span(body, Span(line, column, line + more, end)) in body


def test_a_fingerprint_keeps_the_type_of_the_id_and_tells_roles_apart() -> None:
    known = {
        compute_fingerprint(1, "body", "INC401", ""),
        compute_fingerprint("1", "body", "INC401", ""),
        compute_fingerprint(1, "comment:1", "INC401", ""),
        compute_fingerprint(1, "body", "INC402", ""),
        compute_fingerprint(1, "body", "INC401", "cause"),
    }
    assert len(known) == 5
    assert compute_fingerprint("esa:1", "body", "INC402", "prevention") == "6c7a92b7b2e56fd975cb5ecbb4c1c8f9"


def test_the_content_hash_looks_through_blanks_and_widths() -> None:
    assert hash_content("再発防止：\r\n  ＴＯＤＯ") == hash_content("再発防止: TODO")
    assert hash_content("再発防止: TODO") != hash_content("再発防止: TBD")


def test_a_long_trigger_is_quoted_in_part() -> None:
    body = "長" * 500
    judgement = Judge(
        [rule(check=lambda page: [Hit(WORDS, Span(1, 1, 1, 501), Confidence.HIGH)])], PagePolicy(), read=read
    )(replace(DOCUMENT, body=body))
    assert judgement.findings[0].quote == "長" * MAX_QUOTE


@pytest.mark.parametrize(
    ("body", "quote"),
    [("： TODO", "TODO"), (": 検討中", "検討中"), ("- 未定", "未定"), ("| → TBD |", "TBD |"), ("-", "-"), ("：", "：")],
)
def test_a_quote_begins_with_words(body: str, quote: str) -> None:
    span = Span(1, 1, 1, len(body) + 1)
    judge = Judge([rule(check=lambda page: [Hit(WORDS, span, Confidence.HIGH)])], PagePolicy(), read=read)
    assert judge(replace(DOCUMENT, body=body)).findings[0].quote == quote


def test_two_files_cannot_share_a_code() -> None:
    rule()
    with pytest.raises(ValueError, match="TST001"):
        Rule("TST001", "tests.another", Severity.INFO, one)
