"""What leaves kb: JSON lines, one JSON object, one screen of text."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kb import lang
from kb.errors import Exit
from kb.lang import t
from kb.lint.counts import Counts
from kb.lint.formats import Writer
from kb.lint.formats.json import Json
from kb.lint.formats.jsonl import Jsonl
from kb.lint.formats.text import Screen, Statistics
from kb.lint.judge import Judgement
from kb.model import Confidence, Entry, Facts, Finding, Kind, PageKind, Severity, Source, Span, Visibility

FOUND = Finding(
    doc=7,
    part="body",
    code="INC402",
    rule="prevention-placeholder",
    span=Span(12, 3, 12, 7),
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    message=t("まだ決まっていません。", "not decided yet."),
    fingerprint="f" * 32,
    content="c" * 32,
    quote="TODO",
)
ENTRY = Entry(
    doc=7,
    part="body",
    source=Source.ESA,
    kind=Kind.POST,
    title="注文が二重になる",
    category="不具合共有",
    tags=(),
    wip=False,
    author="",
    url="https://docs.esa.io/posts/7",
    created_at="",
    updated_at="2025-06-01T00:00:00Z",
    human_at="",
    human_by="",
    visibility=Visibility.MEMBERS,
    facts=Facts(PageKind.INCIDENT, "words"),
)
PAGE = Judgement(ENTRY, (FOUND,))


def at(judgement: Judgement, findings: tuple[Finding, ...] | None = None, **place: object) -> Judgement:
    """The judgement on another document, with other findings."""
    found = judgement.findings if findings is None else findings
    return Judgement(replace(judgement.entry, **place), found)


QUIET = Judgement(replace(ENTRY, doc="x", facts=Facts(PageKind.FAQ, "title")))
UNREAD = Judgement(replace(ENTRY, doc="y", facts=None))
COMMENT = Judgement(replace(QUIET.entry, part="comment:1"))


class Out(list[str]):
    """Collects what a writer writes."""

    @property
    def text(self) -> str:
        return "".join(self)


def written(out: Out, writer: Writer, *judgements: Judgement) -> str:
    counts = Counts()
    for judgement in judgements:
        counts.add(judgement, judgement.findings)
        writer.add(judgement, judgement.findings)
    writer.end(counts)
    return out.text


def test_jsonl_has_exactly_the_fields_of_the_contract() -> None:
    out = Out()
    finding, page, other = map(
        json.loads, written(out, Jsonl(out.append, pages=True), PAGE, QUIET, COMMENT).splitlines()
    )
    assert finding == {
        "doc": 7,
        "part": "body",
        "code": "INC402",
        "rule": "prevention-placeholder",
        "line": 12,
        "column": 3,
        "end_line": 12,
        "end_column": 7,
        "severity": "error",
        "confidence": "high",
        "message": "まだ決まっていません。",
        "fingerprint": "f" * 32,
        "content": "c" * 32,
    }
    assert page == {"doc": 7, "kind": "incident", "is_incident": True, "reason": "words"}
    assert other == {"doc": "x", "kind": "faq", "is_incident": False, "reason": "title"}


def test_jsonl_without_pages_and_in_english() -> None:
    lang.use("en")
    out = Out()
    (line,) = written(out, Jsonl(out.append, pages=False), PAGE, QUIET).splitlines()
    assert json.loads(line)["message"] == "not decided yet."


def test_an_id_with_a_lone_surrogate_can_be_written() -> None:
    out = Out()
    line = written(out, Jsonl(out.append, pages=True), at(QUIET, doc="a\ud800"))
    assert json.loads(line.encode())["doc"] == "a\ud800"


@pytest.mark.parametrize("pages", [True, False])
@pytest.mark.parametrize("judgements", [(), (PAGE,), (PAGE, QUIET, PAGE), (UNREAD,)])
def test_json_is_one_object_however_much_is_in_it(judgements: tuple[Judgement, ...], pages: bool) -> None:
    out = Out()
    whole = json.loads(written(out, Json(out.append, pages=pages), *judgements))
    findings = sum(len(judgement.findings) for judgement in judgements)
    assert list(whole) == ["format", "findings", "pages", "counts"]
    assert whole["format"] == 1
    assert len(whole["findings"]) == findings
    assert len(whole["pages"]) == (len([j for j in judgements if j.entry.facts]) if pages else 0)
    assert whole["counts"]["findings"] == whole["counts"]["error"] == findings
    assert whole["counts"]["documents"] == len(judgements)
    assert whole["counts"]["rules"] == ({"INC402": findings} if findings else {})


def screen(*judgements: Judgement, everything: bool = False) -> list[str]:
    out = Out()
    return written(out, Screen(out.append, everything=everything, rest="kb lint --all"), *judgements).splitlines()


def test_a_row_names_place_title_trigger_and_what_to_do() -> None:
    assert screen(PAGE) == ["エラー INC402 まだ決まっていません。", "  7:12  注文が二重になる 「TODO」"]


def test_what_a_rule_says_stands_once_above_its_places() -> None:
    other = replace(FOUND, message=t("節がありません。", "no such section."))
    rows = screen(PAGE, at(PAGE, (FOUND, other), doc=8))
    assert [row for row in rows if not row.startswith("  ")] == [
        "エラー INC402 まだ決まっていません。",
        "エラー INC402 節がありません。",
    ]
    assert len(rows) == 5


def test_errors_come_first_then_the_newest_page() -> None:
    warning = replace(FOUND, severity=Severity.WARNING, code="INC203")
    old = at(PAGE, title="古い", updated_at="2024-01-01T00:00:00Z")
    new = at(PAGE, (warning, FOUND), title="新しい", updated_at="2025-12-01T09:00:00+09:00")
    undated = at(PAGE, title="日付なし", updated_at="いつか")
    rows = [row for row in screen(undated, old, new) if row.startswith("  ")]
    assert [row.split()[1] for row in rows] == ["新しい", "古い", "日付なし", "新しい"]


def test_one_screen_and_how_to_see_the_rest() -> None:
    pages = [at(PAGE, doc=number, updated_at=f"2025-01-01T00:{number % 60:02}:00Z") for number in range(2500)]
    rows = screen(*pages)
    assert len(rows) == 1 + 20 + 1
    assert rows[-1] == "ほか 2480 件 → kb lint --all"
    assert rows[1].split()[0].endswith(":12")
    assert int(rows[1].split()[0].split(":")[0]) % 60 == 59
    assert len(screen(*pages, everything=True)) == 1 + 2500


def test_rows_fit_a_terminal_and_foreign_text_cannot_steer_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from kb.console import width

    monkeypatch.setenv("COLUMNS", "80")
    evil = "\x1b]0;x\x07\x1b[31m題\u202e名\n" + "長" * 3000
    rows = screen(at(PAGE, (replace(FOUND, doc=evil, quote=evil[:40]),), doc=evil, title=evil))
    assert len(rows) == 2
    assert "\x1b" not in rows[1]
    assert "\u202e" not in rows[1]
    assert width(rows[1]) <= 80


def test_a_comment_is_named_by_its_part() -> None:
    comment = replace(FOUND, part="comment:9")
    assert screen(replace(PAGE, findings=(comment,)))[1].split()[0] == "7#comment:9:12"


def test_statistics_count_each_rule() -> None:
    warning = replace(FOUND, severity=Severity.WARNING, code="INC203", rule="cause-shallow")
    out = Out()
    text = written(out, Statistics(out.append), PAGE, replace(PAGE, findings=(warning, FOUND)))
    assert text == "2 エラー INC402 prevention-placeholder\n1 警告   INC203 cause-shallow\n"


@pytest.mark.parametrize(
    ("crashes", "unusable", "fail_on", "zero", "code"),
    [
        (0, 0, Severity.ERROR, False, Exit.FINDINGS),
        (0, 0, Severity.ERROR, True, Exit.OK),
        (0, 1, Severity.ERROR, False, Exit.USAGE),
        (0, 1, Severity.ERROR, True, Exit.USAGE),
        (1, 1, Severity.ERROR, False, Exit.SOURCE),
    ],
)
def test_exit_codes(crashes: int, unusable: int, fail_on: Severity, zero: bool, code: Exit) -> None:
    counts = Counts(crashes=crashes, unusable=unusable)
    counts.add(PAGE, PAGE.findings)
    assert counts.exit_code(fail_on, zero=zero) is code


def test_a_warning_fails_only_when_asked() -> None:
    counts = Counts()
    counts.add(PAGE, [replace(FOUND, severity=Severity.WARNING)])
    assert counts.exit_code(Severity.ERROR) is Exit.OK
    assert counts.exit_code(Severity.WARNING) is Exit.FINDINGS
    assert counts.exit_code(Severity.INFO) is Exit.FINDINGS
