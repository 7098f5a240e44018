"""Suppressions: what they cover, until when, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pace import peers
from properties import examples

from kb.lint.fixing.edits import apply_edits as fixed
from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Confidence
from kb.model.finding import Finding, Severity, WaiverKind
from kb.rules import registry
from kb.rules.directives import Directive, SuppressionScope, _Page, parse_directives
from kb.rules.judge import build_entry
from kb.rules.registry import Rule
from kb.rules.suppress import apply_suppressions
from kb.rules.suppressions import HYGIENE
from kb.text.lang import t
from kb.text.lines import Span

TODAY = date(2026, 11, 25)
RULES = registry.load_rules()
RAN = frozenset(rule.code for rule in RULES)


def page(body: str, *, markup: Markup = Markup.MARKDOWN, kind: Kind = Kind.POST, part: str = "body") -> Document:
    source = Source.ESA if markup is Markup.MARKDOWN else Source.REDMINE
    return Document("esa:1", source, kind, "障害", body, markup, part=part)


def at(line: int, code: str = "INC402", *, part: str = "body", to: int | None = None) -> Finding:
    """A finding on a line, or on several."""
    place = Span(line, 1, line if to is None else to, 5)
    return finding(code, place, part=part)


def finding(code: str, place: Span, *, part: str = "body") -> Finding:
    return Finding(
        "esa:1", part, code, "a-rule", place, Severity.ERROR, Confidence.HIGH, t("あ", "a"), f"{code}{place}", "c"
    )


NOWHERE = finding("INC401", Span(1, 1, 1, 1))


def judged(
    body: str | Document, found: Iterable[Finding] = (), *, ran: frozenset[str] = RAN, today: date = TODAY
) -> list[Finding]:
    document = page(body) if isinstance(body, str) else body
    return apply_suppressions(
        build_entry(document), found, parse_directives(document), rules=RULES, ran=ran, today=today
    )


def waived(body: str | Document, found: Iterable[Finding], **given: object) -> list[Finding]:
    return [each for each in judged(body, found, **given) if each.waiver]  # type: ignore[arg-type]


def said(body: str | Document, found: Iterable[Finding] = (), **given: object) -> list[str]:
    """The codes of hygiene that are told, and not set aside."""
    told = judged(body, found, **given)  # type: ignore[arg-type]
    return [each.code for each in told if each.code in HYGIENE and not each.waiver]


def lines(body: str, document: Document | None = None) -> tuple[int, int]:
    """The lines the only suppression of a body covers."""
    (only,) = parse_directives(document or page(body))
    return only.covers


# ---- which lines


@pytest.mark.parametrize(
    ("body", "covers"),
    [
        ("a\nTODO <!-- kb:ignore INC402 x -->\nb", (2, 2)),
        ("<!-- kb:ignore INC402 x -->\na", (2, 2)),
        ("<!-- kb:ignore INC402 x -->\n\n\u3000\n\na", (5, 5)),
        ("<!-- kb:ignore INC402 a reason\nthat wraps\ntwice -->\nTODO", (4, 4)),
        ("<!-- kb:ignore INC402 x -->\n<!-- a note -->\n\n<!-- another\nnote -->\nTODO", (6, 6)),
        ("TODO <!-- kb:ignore INC402 a reason\nthat wraps -->\nb", (1, 1)),
        ("TODO <!-- kb:ignore INC402 x --> TODO\nb", (1, 1)),
        ("- a\n  <!-- kb:ignore INC402 x -->\n- b", (3, 3)),
        ("| a |\n|---|\n| TODO <!-- kb:ignore INC402 x --> |\n| b |", (3, 3)),
        ("a\n\n<!-- kb:ignore INC402 x -->\n", (0, 0)),
        ("a\r\n<!-- kb:ignore INC402 x -->\r\n\r\nb\r\n", (4, 4)),
        ("<!-- kb:ignore INC402 x --><!-- kb -->\nb", (2, 2)),
    ],
)
def test_a_comment_speaks_of_its_line_or_else_of_the_next_with_text(body: str, covers: tuple[int, int]) -> None:
    assert lines(body) == covers


@pytest.mark.parametrize(
    ("body", "covers"),
    [
        ("# a\n\n## b\n<!-- kb:ignore-section INC402 x -->\nc\n### d\ne\n## f\ng", (3, 7)),
        ("# a\n<!-- kb:ignore-section INC402 x -->\n## b\nc", (1, 4)),
        ("a\n\n<!-- kb:ignore-section INC402 x -->\nb\n# c\nd", (1, 4)),
        ("<!-- kb:ignore-section INC402 x -->\nb", (1, 2)),
        ("## a <!-- kb:ignore-section INC402 x -->\nb\n## c", (1, 2)),
        ("■概要\n5/8 14:20 停止\n\n■原因\nx <!-- kb:ignore-section INC203 x -->\n\n■再発防止\nTODO", (4, 6)),
        ("**原因**\n\nx\n\n<!-- kb:ignore-section INC203 x -->\n\n**対応**\n\n再起動\n\n**再発防止**\n\nTODO", (1, 6)),
        (
            "|項目|内容|\n|---|---|\n|原因|停止 <!-- kb:ignore-section INC203 x -->|\n|対応|再起動|\n|再発防止|TODO|",
            (3, 3),
        ),
        ("# a\n\n|原因|対応|\n|---|---|\n|停止 <!-- kb:ignore-section INC203 x -->|再起動|\n\n# b\nc", (1, 6)),
        ("<h2>a</h2>\n<!-- kb:ignore-section INC203 x -->\n\nb\n\n<h2>c</h2>", (1, 5)),
    ],
)
def test_a_section_reaches_from_its_heading_to_the_next_of_its_rank(body: str, covers: tuple[int, int]) -> None:
    assert lines(body) == covers


def test_textile_has_the_same_comments() -> None:
    body = "h2. 原因\n\nx\n\nh2. 対応\n\n<!-- kb:ignore-section INC302\n  理由 -->\n再起動\n\nh3. 後\n\nh2. 予防\n"
    assert lines("", page(body, markup=Markup.TEXTILE)) == (5, 12)


@pytest.mark.parametrize(
    ("body", "markup"),
    [
        ("```\n<!-- kb:ignore INC402 x -->\n```\nTODO", Markup.MARKDOWN),
        ("    <!-- kb:ignore INC402 x -->\n\nTODO", Markup.MARKDOWN),
        ("`<!-- kb:ignore INC402 x -->` TODO", Markup.MARKDOWN),
        ("> <!-- kb:ignore INC402 x -->\n> TODO", Markup.MARKDOWN),
        ("> a <!-- kb:ignore INC402 x -->", Markup.MARKDOWN),
        ("<pre>\n<!-- kb:ignore INC402 x -->\n</pre>\nTODO", Markup.MARKDOWN),
        ("<blockquote>\n<!-- kb:ignore INC402 x -->\n</blockquote>\nTODO", Markup.MARKDOWN),
        ("<pre>\n<!-- kb:ignore INC402 x -->\n</pre>\nTODO", Markup.TEXTILE),
        ("bq. <!-- kb:ignore INC402 x -->\n\nTODO", Markup.TEXTILE),
        ("> <!-- kb:ignore INC402 x -->\n\nTODO", Markup.TEXTILE),
        ("@<!-- kb:ignore INC402 x -->@ TODO", Markup.TEXTILE),
        ("kb:ignore INC402 x\nTODO", Markup.MARKDOWN),
        ("<!-- kb:ignoreの書き方 -->\nTODO", Markup.MARKDOWN),
        ("<!-- see kb:ignore INC402 -->\nTODO", Markup.MARKDOWN),
    ],
)
def test_code_quotes_and_prose_are_no_suppressions(body: str, markup: Markup) -> None:
    assert parse_directives(page(body, markup=markup)) == ()


# ---- what they say


@pytest.mark.parametrize(
    ("comment", "codes", "reason", "until"),
    [
        ("kb:ignore INC402 理由", ("INC402",), "理由", ""),
        ("kb:ignore INC402,INC203 理由", ("INC402", "INC203"), "理由", ""),
        ("kb:ignore INC402、 INC203、理由", ("INC402", "INC203"), "理由", ""),
        ("kb:ignore\u3000ＩＮＣ４０２，ＩＮＣ２０３\u3000理由（全角）", ("INC402", "INC203"), "理由（全角）", ""),
        ("kb:ignore INC402 until=2026-12-31 理由", ("INC402",), "理由", "2026-12-31"),
        ("kb:ignore INC402 理由 until=2026-12-31", ("INC402",), "理由", "2026-12-31"),
        ("kb:ignore until=2026-12-31 INC402 理由", ("INC402",), "理由", "2026-12-31"),
        ("kb:ignore INC402 until=2026-12-31まで 理由", ("INC402",), "まで 理由", "2026-12-31"),
        ("kb:ignore INC402 until=来月 理由", ("INC402",), "理由", "来月"),
        ("kb:ignore INC402 until=", ("INC402",), "", "?"),
        ("kb:ignore INC402 -- 理由", ("INC402",), "理由", ""),
        ("kb:ignore INC402: a reason, with commas", ("INC402",), "a reason, with commas", ""),
        ("kb:ignore INC402 理由が\n  続く", ("INC402",), "理由が 続く", ""),
        ("kb:ignore prevention-weak 理由", ("prevention-weak",), "理由", ""),
        ("kb:ignore 理由だけ", (), "理由だけ", ""),
        ("kb:ignore", (), "", ""),
    ],
)
def test_codes_reason_and_date(comment: str, codes: tuple[str, ...], reason: str, until: str) -> None:
    (read,) = parse_directives(page(f"<!-- {comment} -->\na"))
    assert (read.codes, read.reason, read.until, read.scope) == (codes, reason, until, SuppressionScope.LINE)


def test_words_after_a_blank_are_codes_only_where_a_rule_bears_them() -> None:
    body = "TODO <!-- kb:ignore INC402 INC2 EC2 を廃止するため -->"
    both = [at(1), at(1, "INC203")]
    assert [each.waiver.reason for each in waived(body, both) if each.waiver] == ["EC2 を廃止するため"] * 2
    assert said(body, both) == []
    assert said("TODO <!-- kb:ignore INC402 INC999 理由 -->", [at(1)]) == ["KB903"]


@pytest.mark.parametrize("word", ["INC402", "inc402", "INC4", "INC", "prevention-placeholder"])
def test_a_code_is_what_select_takes(word: str) -> None:
    assert len(waived(f"TODO <!-- kb:ignore {word} x -->", [at(1)])) == 1
    assert waived(f"TODO <!-- kb:ignore {word} x -->", [at(1, "SEC101")]) == []


# ---- what they cover


def test_a_line_covers_findings_that_touch_it() -> None:
    body = "a\nb <!-- kb:ignore INC402 x -->\nc\nd"
    found = [at(1), at(2), at(3), at(1, to=3), finding("INC402", Span(1, 1, 2, 1)), at(2, part="title")]
    assert waived(body, found) == [each for each in judged(body, found) if each.span in (at(2).span, at(1, to=3).span)
                                   and each.part == "body" and each.code == "INC402"]  # fmt: skip
    assert len(waived(body, found)) == 2


def test_a_section_covers_what_begins_in_it() -> None:
    body = "# a\n\n## b\n<!-- kb:ignore-section INC4 x -->\nc\n\n## d\ne"
    assert [each.span.line for each in waived(body, [at(1), at(3), at(5), at(3, to=6), at(8)])] == [3, 3, 5]


def test_sections_in_sections_each_count() -> None:
    body = "# a\n<!-- kb:ignore-section INC402 outer -->\n## b\n<!-- kb:ignore-section INC402 inner -->\nc\n## d\ne"
    reasons = [each.waiver.reason for each in waived(body, [at(5), at(7)]) if each.waiver]
    assert reasons == ["inner", "outer"]
    assert said(body, [at(5), at(7)]) == []


def test_only_the_page_covers_titles_and_what_has_no_place() -> None:
    elsewhere = [NOWHERE, at(1, "INC501", part="title")]
    assert len(waived("<!-- kb:ignore-page INC401, INC501 x -->\na", elsewhere)) == 2
    assert waived("a <!-- kb:ignore INC401, INC501 x -->", elsewhere) == []
    assert waived("<!-- kb:ignore-section INC401, INC501 x -->\na", elsewhere) == []
    (told,) = [each for each in judged("a <!-- kb:ignore INC401, INC501 x -->", elsewhere) if each.code in HYGIENE]
    assert told.code == "KB903"
    assert "kb:ignore-page" in told.message.ja


def test_a_comment_of_a_post_is_a_document_of_its_own() -> None:
    note = page("TODO <!-- kb:ignore INC402 x -->", kind=Kind.COMMENT, part="comment:7")
    assert len(waived(note, [at(1, part="comment:7")])) == 1


def test_the_narrowest_gives_the_reason() -> None:
    wide = "# a\n<!-- kb:ignore-page INC402 page -->\n<!-- kb:ignore-section INC402 section -->\n"
    body = f"{wide}TODO <!-- kb:ignore INC402 line -->"
    (only,) = waived(body, [at(4)])
    assert only.waiver is not None
    assert (only.waiver.kind, only.waiver.reason) == (WaiverKind.SUPPRESSED, "line")
    assert said(body, [at(4)]) == []


def test_an_end_date_is_the_last_day() -> None:
    body = "TODO <!-- kb:ignore INC402 until=2026-11-25 x -->"
    (only,) = waived(body, [at(1)])
    assert only.waiver is not None
    assert only.waiver.until == "2026-11-25"
    assert said(body, [at(1)]) == []
    late = {"today": date(2026, 11, 26)}
    assert waived(body, [at(1)], **late) == []
    assert said(body, [at(1)], **late) == ["KB904"]


# ---- what is said of them


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("a <!-- kb:ignore INC402 x -->", ["KB901"]),
        ("a <!-- kb:ignore INC402 -->", ["KB901", "KB902"]),
        ("TODO <!-- kb:ignore INC402 -->", ["KB902"]),
        ("TODO <!-- kb:ignore INC402, NOPE x -->", ["KB903"]),
        ("TODO <!-- kb:ignore 理由 -->", ["KB903"]),
        ("TODO <!-- kb:ignore INC402 until=2026-13-01 x -->", ["KB903"]),
        ("TODO <!-- kb:ignore INC402 until=2026/12/31 x -->", ["KB903"]),
        ("TODO <!-- kb:ignore INC402 x until= -->", ["KB903"]),
        ("TODO <!-- kb:ignore-pages INC402 x -->", ["KB903"]),
        ("TODO\n<!-- kb:ignore INC402 x", ["KB903"]),
        ("a <!-- kb:ignore INC402 until=2020-01-01 x -->", ["KB904"]),
        ("a\n<!-- kb:ignore-page INC402, KB901 x -->", []),
        ("a\n<!-- kb:ignore-page KB901, KB902 x -->\n<!-- kb:ignore INC402 -->\nb", []),
        ("a\n<!-- kb:ignore-page KB902 -->", []),
        ("a <!-- kb:ignore KB901 x -->", ["KB903"]),
        ("a\n<!-- kb:ignore-page KB901 x -->", []),
    ],
)
def test_hygiene(body: str, codes: list[str]) -> None:
    assert said(body, [at(1)] if body.startswith("TODO") else []) == codes


def test_a_rule_that_did_not_run_is_not_unused() -> None:
    body = "a <!-- kb:ignore INC402 x -->\nb <!-- kb:ignore INC4 x -->"
    assert said(body, ran=frozenset(HYGIENE)) == []
    assert said(body, ran=frozenset({*HYGIENE, "INC402"})) == ["KB901"]
    assert said(body) == ["KB901", "KB901"]


def test_hygiene_rules_that_did_not_run_say_nothing() -> None:
    body = "a <!-- kb:ignore INC402, NOPE until=2020-01-01 -->\nb <!-- kb:ignore INC402 -->"
    assert judged(body, ran=RAN - set(HYGIENE)) == []


def test_a_bad_date_or_an_open_comment_suppresses_nothing() -> None:
    assert waived("TODO <!-- kb:ignore INC402 until=来月 x -->", [at(1)]) == []
    assert waived("TODO\n<!-- kb:ignore-page INC402 x", [at(1)]) == []


def test_one_unused_word_of_several_is_named() -> None:
    told = judged("TODO <!-- kb:ignore INC402, INC203 x -->", [at(1)])
    (only,) = [each for each in told if each.code == "KB901"]
    assert "INC203" in only.message.ja
    assert "INC402" not in only.message.ja
    assert only.edits == ()


def test_findings_on_equal_suppressions_have_fingerprints_of_their_own() -> None:
    told = judged("a <!-- kb:ignore INC402 x -->\nb <!-- kb:ignore INC402 x -->")
    assert len({each.fingerprint for each in told}) == len(told) == 2


# ---- fixes


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("a\n<!-- kb:ignore INC402 x -->\nb\n", "a\nb\n"),
        ("a <!-- kb:ignore INC402 x -->\nb\n", "a\nb\n"),
        ("a\u3000<!-- kb:ignore INC402 x --> c\nb\n", "a c\nb\n"),
        ("a\n\n<!-- kb:ignore INC402 x\ny -->", "a\n"),
        ("<!-- kb:ignore INC402 x -->", ""),
        ("a\r\n<!-- kb:ignore INC402 x -->\r\nb\r\n", "a\r\nb\r\n"),
        ("| a <!-- kb:ignore INC402 x --> |\n|---|\n| b |", "| a |\n|---|\n| b |"),
        ("a\n<!-- kb:ignore INC402 x --> <!-- n -->\nb", "a\n <!-- n -->\nb"),
    ],
)
def test_the_fix_takes_the_comment_and_no_other_word(body: str, after: str) -> None:
    told = [each for each in judged(body) if each.code == "KB901"]
    assert fixed(body, [change for each in told for change in each.edits]).text == after


@pytest.mark.parametrize("body", ["a\n<!-- kb:ignore INC402 x -->\n---\nb", "a\n\n<!-- kb:ignore INC402 x --> **b**\n"])
def test_there_is_no_fix_where_other_words_would_become_something_else(body: str) -> None:
    (told,) = judged(body)
    assert (told.code, told.edits) == ("KB901", ())


# ---- whatever is written

_PIECES = st.sampled_from(
    ["TODO", "\n", "\n\n", "## a\n", "# b\n", "> ", "`", "```\n", "<!--", "-->", " x ", "\u3000", "\r\n", "<pre>", "|",
     "\ud800", "é", "<!-- kb:ignore INC402 x -->", "<!-- kb:ignore-section INC4, NOPE -->",
     "<!-- kb:ignore-page INC KB9 y -->",
     "<!-- kb:ignore INC402 until=2026-01-01", "kb:ignore", "until=", "■原因\n", "- "]
)  # fmt: skip
_BODIES = st.lists(_PIECES, max_size=30).map("".join)
_PLACES = st.lists(st.tuples(st.integers(1, 20), st.sampled_from(["INC402", "INC203", "XYZ1"])), max_size=6)


@settings(max_examples=examples(150), deadline=None)
@given(_BODIES, _PLACES, st.sampled_from(Markup))
def test_any_text_is_taken(body: str, places: list[tuple[int, str]], markup: Markup) -> None:
    document = page(body, markup=markup)
    found = [at(line, code) for line, code in places]
    once = judged(document, found)
    assert judged(document, once) == once
    others = [each for each in once if each.code not in HYGIENE]
    assert sorted(map(_bare, others)) == sorted(map(_bare, found))
    count = body.count("\n") + 1
    split = body.split("\n")
    for each in parse_directives(document):
        assert 1 <= each.span.line <= each.span.end_line <= count
        assert 1 <= each.span.column <= len(split[each.span.line - 1]) + 1
        assert 0 <= each.covers[0] <= each.covers[1] <= count
        if each.removal:
            assert each.removal.after == ""
            assert "kb:ignore" in each.removal.before
            assert each.removal.before.replace("\ufffd", "") in body.replace("\ud800", "")


def _bare(each: Finding) -> tuple[str, int, str]:
    return each.code, each.span.line, each.fingerprint


def _heavy() -> list[tuple[str, str]]:
    one = "TODO <!-- kb:ignore INC402 x -->"
    return [
        ("one a line", "\n".join(["## a", *[one] * 10_000])),
        ("all in one line", " ".join([one] * 10_000)),
        ("sections", "\n".join(["## a\n<!-- kb:ignore-section INC4 x -->"] * 10_000)),
        ("unknown codes", "\n".join(f"a <!-- kb:ignore NO{n}, WORD-{n} x -->" for n in range(10_000))),
        ("unclosed", "<!-- kb:ignore INC402 x\n" * 100_000),
        ("a long line", "a" * 5_000_000 + one),
        ("a long reason", f"<!-- kb:ignore INC402 {'理由 ' * 1_000_000}-->\na"),
        ("blanks", "a" + " " * 2_000_000 + one + " " * 2_000_000 + "\n" * 500_000 + one),
        ("a long code", f"a <!-- kb:ignore {'N' * 3_000_000}, {'A1 ' * 500_000} x -->"),
        ("many codes", f"a <!-- kb:ignore {','.join(f'NO-{n}' for n in range(200_000))} x -->"),
        ("until", f"a <!-- kb:ignore INC402 {'until' * 200_000}={' until' * 200_000} -->"),
    ]


@pytest.mark.parametrize("body", [body for _, body in _heavy()], ids=[name for name, _ in _heavy()])
@pytest.mark.parametrize("markup", Markup)
def test_ten_thousand_suppressions_take_seconds_at_most(body: str, markup: Markup) -> None:
    document = page(body, markup=markup)
    found = [at(line) for line in range(1, 20_000, 7)] + [at(1, to=20_000)]

    def suppressed() -> None:
        apply_suppressions(build_entry(document), found, parse_directives(document), rules=RULES, ran=RAN, today=TODAY)

    assert peers(suppressed, below=100) < 100  # 4.5 s, where an ordinary page takes 0.045 s


@pytest.mark.parametrize(("end", "asked"), [("", 5), ("障害", 4)])
def test_lines_far_below_the_last_suppression_are_not_looked_for(
    end: str, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[_Page] = []
    monkeypatch.setattr("kb.rules.directives._Page", lambda *given: made.append(_Page(*given)) or made[-1])
    (first,) = parse_directives(page(f"停止 <!-- kb:ignore INC402 x -->{end}\n" + "再起動\n" * 1_000))
    assert first.covers == (1, 1)
    (page_,) = made
    assert (page_.lines, len(page_.starts)) == (1_002, asked)


def test_a_page_without_the_word_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(*_: object) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr("kb.rules.directives.iter_blocks", parsed)
    assert parse_directives(page("# a\nTODO")) == ()


def test_hygiene_looks_wherever_a_rule_looks() -> None:
    spoken = [rule.kinds for rule in RULES if rule.code in HYGIENE]
    others = frozenset().union(*(rule.kinds for rule in RULES if rule.code not in HYGIENE))
    assert all(others <= kinds for kinds in spoken)


def test_directives_can_be_kept() -> None:
    body = "a <!-- kb:ignore INC402 EC2 until=2026-12-31 x -->\n<!-- kb:ignore-page INC4\n<!-- x"
    found = parse_directives(page(body))
    packed = msgspec.msgpack.encode(found)
    assert msgspec.msgpack.decode(packed, type=tuple[Directive, ...]) == found


def test_words_of_hygiene_hold_a_place_for_what_was_seen() -> None:
    spoken: list[Rule] = [rule for rule in RULES if rule.code in HYGIENE]
    assert len(spoken) == 4
    assert all(rule.says and ("{why}" in rule.says.ja) == (rule.code != "KB902") for rule in spoken)
