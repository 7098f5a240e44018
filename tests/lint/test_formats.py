"""What leaves kb: JSON lines, one JSON object, one screen of text."""

from __future__ import annotations

import ast
import inspect
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from lint.formats_kit import (
    ACCEPTED,
    BASELINED,
    ENTRY,
    FILE,
    FOUND,
    NOTED,
    PAGE,
    SECRET,
    WAIVED,
    WARNED,
    Out,
    at,
    pages,
    written,
)
from properties import examples

from kb.errors import Exit
from kb.lint.engine.request import LintCounts
from kb.lint.formats.json import JsonlWriter, JsonWriter
from kb.lint.formats.source_lines import SourceLines
from kb.lint.formats.text import StatisticsWriter, TextWriter
from kb.lint.formats.wording import PAGE_KIND_WORDS, ROLES, WAIVERS, describe_reason
from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.model.facts import Confidence, Facts, PageKind, Role, RoleFact, Verdict
from kb.model.finding import Edit, Field, Finding, Safety, Severity, WaiverKind
from kb.reading.pages import declared_kind, kind
from kb.rules.judge import Judgement
from kb.text import lang
from kb.text.display import display_width
from kb.text.lang import t
from kb.text.lines import Span

QUIET = Judgement(replace(ENTRY, doc="x", facts=Facts(PageKind.FAQ, "points:1.5")))
UNREAD = Judgement(replace(ENTRY, doc="y", facts=None))
COMMENT = Judgement(replace(QUIET.entry, part="comment:1"))


def test_jsonl_has_exactly_the_fields_of_the_contract() -> None:
    out = Out()
    finding, page, other = map(
        json.loads, written(out, JsonlWriter(out.append, pages=True), PAGE, QUIET, COMMENT).splitlines()
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
    assert page == {"doc": 7, "kind": "incident", "is_incident": True, "reason": "place"}
    assert other == {"doc": "x", "kind": "faq", "is_incident": False, "reason": "points:1.5"}


def test_jsonl_without_pages_and_in_english() -> None:
    lang.set_language("en")
    out = Out()
    (line,) = written(out, JsonlWriter(out.append, pages=False), PAGE, QUIET).splitlines()
    assert json.loads(line)["message"] == "not decided yet."


def test_an_id_with_a_lone_surrogate_can_be_written() -> None:
    out = Out()
    line = written(out, JsonlWriter(out.append, pages=True), at(QUIET, doc="a\ud800"))
    assert json.loads(line.encode())["doc"] == "a\ud800"


@pytest.mark.parametrize("pages", [True, False])
@pytest.mark.parametrize("judgements", [(), (PAGE,), (PAGE, QUIET, PAGE), (UNREAD,)])
def test_json_is_one_object_however_much_is_in_it(judgements: tuple[Judgement, ...], pages: bool) -> None:
    out = Out()
    whole = json.loads(written(out, JsonWriter(out.append, pages=pages), *judgements))
    findings = sum(len(judgement.findings) for judgement in judgements)
    assert list(whole) == ["format", "findings", "pages", "counts"]
    assert whole["format"] == 1
    assert len(whole["findings"]) == findings
    assert len(whole["pages"]) == (len([j for j in judgements if j.entry.facts]) if pages else 0)
    assert whole["counts"]["findings"] == whole["counts"]["error"] == findings
    assert whole["counts"]["documents"] == len(judgements)
    assert whole["counts"]["rules"] == ({"INC402": findings} if findings else {})


def test_json_counts_what_was_set_aside() -> None:
    out = Out()
    whole = json.loads(written(out, JsonWriter(out.append, pages=False), PAGE, waived=(WAIVED, WAIVED, ACCEPTED)))
    assert whole["counts"]["waived"] == {"suppressed": 2, "baselined": 0, "accepted": 1, "snoozed": 0, "rotated": 0}
    assert len(whole["findings"]) == 1


def test_json_and_jsonl_carry_the_places_of_secrets() -> None:
    secret = at(PAGE, (SECRET,))
    for make in (JsonWriter, JsonlWriter):
        out = Out()
        assert '"line": 3' in written(out, make(out.append, pages=False), secret)


@settings(max_examples=examples(60), deadline=None)
@given(pages())
def test_jsonl_of_hostile_pages_can_be_read_again(page: tuple[Judgement, list[Finding]]) -> None:
    judgement, _ = page
    out = Out()
    rows = [
        json.loads(line)
        for line in written(out, JsonlWriter(out.append, pages=True), judgement).encode().split(b"\n")[:-1]
    ]
    assert [row["doc"] for row in rows] == [judgement.entry.doc] * 3
    assert rows[0]["message"] == str(judgement.findings[0].message)


def screen(
    *judgements: Judgement, everything: bool = False, waived: tuple[Finding, ...] = (), **options: object
) -> list[str]:
    out = Out()
    writer = TextWriter(out.append, everything=everything, rest="kb lint --all", **options)  # type: ignore[arg-type]
    return written(out, writer, *judgements, waived=waived).splitlines()


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
    assert rows[-1] == "ほか 2,480 件 → kb lint --all"
    assert rows[1].split()[0].endswith(":12")
    assert int(rows[1].split()[0].split(":")[0]) % 60 == 59
    assert len(screen(*pages, everything=True)) == 1 + 2500


def test_rows_fit_a_terminal_and_foreign_text_cannot_steer_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    evil = "\x1b]0;x\x07\x1b[31m題\u202e名\n" + "長" * 3000
    rows = screen(at(PAGE, (replace(FOUND, doc=evil, quote=evil[:40]),), doc=evil, title=evil))
    assert len(rows) == 2
    assert "\x1b" not in rows[1]
    assert "\u202e" not in rows[1]
    assert display_width(rows[1]) <= 80


def test_a_comment_is_named_by_its_part() -> None:
    comment = replace(FOUND, part="comment:9")
    assert screen(replace(PAGE, findings=(comment,)))[1].split()[0] == "7#comment:9:12"


def test_secrets_come_before_all_else() -> None:
    quiet = replace(SECRET, severity=Severity.INFO)
    rows = screen(at(PAGE, (FOUND,), updated_at="2026-01-01T00:00:00Z"), at(PAGE, (quiet,), doc=8))
    assert rows[0].startswith("情報   SEC101")


def test_rows_can_stand_by_page() -> None:
    rows = screen(at(PAGE, (WARNED, FOUND)), at(FILE, (NOTED,)), group_by="page")
    assert rows == [
        "7  注文が二重になる",
        "  12 エラー INC402 まだ決まっていません。 「TODO」",
        "  12 警告   INC203 まだ決まっていません。 「TODO」",
        "notes/五月 8日.md  注文が二重になる",
        "  12 情報   INC506 まだ決まっていません。 「TODO」",
    ]


def test_rows_can_stand_by_category() -> None:
    rows = screen(PAGE, at(PAGE, doc=9), at(PAGE, (WARNED,), doc=8, category=""), group_by="category")
    assert rows == [
        "不具合共有 (2)",
        "  エラー INC402 7:12  注文が二重になる 「TODO」",
        "  エラー INC402 9:12  注文が二重になる 「TODO」",
        "（カテゴリーなし） (1)",
        "  警告   INC203 8:12  注文が二重になる 「TODO」",
    ]


def test_a_grouping_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="folder"):
        TextWriter(print, everything=True, rest="", group_by="folder")


def test_a_line_says_what_was_set_aside() -> None:
    assert screen(PAGE, waived=(WAIVED, BASELINED, BASELINED))[-1] == (
        "出していないもの 3 件（コメントで抑制 1、ベースライン 2）"
    )
    lang.set_language("en")
    assert screen(at(PAGE, ()), waived=(ACCEPTED,)) == ["1 set aside (1 accepted)"]


def line_of(line: str) -> object:
    return lambda entry, finding: line


def test_the_words_are_marked_within_their_line() -> None:
    row = screen(PAGE, line_of=line_of("- 対策: TODO（来週決めます）"))[1]
    assert row.endswith(" - 対策:「TODO」（来週決めます）")


def test_marks_alone_are_no_context() -> None:
    assert screen(PAGE, line_of=line_of("| - TODO |"))[1].endswith("注文が二重になる 「TODO」")


def test_a_finding_without_a_quote_marks_its_span() -> None:
    joined = replace(FOUND, quote="", span=Span(4, 3, 4, 6))
    assert screen(at(PAGE, (joined,)), line_of=line_of("  #45 で対応します"))[1].endswith("「#45」で対応します")
    beyond = replace(joined, span=Span(4, 90, 4, 99))
    assert screen(at(PAGE, (beyond,)), line_of=line_of("短い行"))[1] == "  7:4  注文が二重になる"


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_long_line_is_cut_around_the_words(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    line = "前" * 100 + "TODO" + "後" * 100
    found = replace(FOUND, span=Span(12, 101, 12, 105))
    for group_by in ("rule", "page", "category"):
        row = next(row for row in screen(at(PAGE, (found,)), line_of=line_of(line), group_by=group_by) if "「" in row)
        assert "「TODO」" in row
        assert "…" in row
        assert display_width(row) <= columns


def test_a_line_that_holds_a_secret_is_never_shown() -> None:
    both = (FOUND, replace(SECRET, span=Span(12, 20, 12, 30)))
    rows = screen(at(PAGE, both), line_of=line_of("対策: TODO password=hunter2"))
    assert rows[-1] == "  7:12  注文が二重になる"
    assert "「" not in "".join(rows), "nor the words of the secret itself"


def test_the_line_is_asked_for_only_where_it_is_printed() -> None:
    asked = []
    screen(*(at(PAGE, doc=n) for n in range(60)), line_of=lambda entry, finding: asked.append(entry.doc) or "")
    assert len(asked) == 20


def test_an_explanation_fits_the_terminal_but_for_the_comment_to_paste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = screen(replace(PAGE, findings=(replace(FOUND, reason="placeholder:words"),)), explain=True)
    *reasons, comment = lines[lines.index(next(line for line in lines if line.startswith("      "))) :]
    assert "".join(line.strip() for line in reasons).startswith("規則 prevention-placeholder・")
    assert len(reasons) > 1
    assert max(map(display_width, reasons)) <= 60
    assert comment == "      このままでよければ: <!-- kb:ignore-page INC402 ここに理由 -->"


def test_a_finding_explains_itself() -> None:
    fact = RoleFact(Role.PREVENTION, Verdict.PLACEHOLDER, Confidence.HIGH, FOUND.span, None, "placeholder:words")
    change = Edit(Field.BODY, "TODO", "", Safety.SAFE, t("", ""), FOUND.span)
    found = replace(FOUND, reason="placeholder:words", edits=(change,))
    page = Judgement(replace(ENTRY, facts=Facts(PageKind.INCIDENT, "place", (fact,))), (found,))
    told = "規則 prevention-placeholder・節 再発防止・きっかけ placeholder:words・確からしさ 高い"
    assert screen(page, explain=True)[2:] == [
        f"      {told}・直し 安全（--fix）",
        "      このままでよければ: <!-- kb:ignore INC402 ここに理由 -->",
    ]
    lang.set_language("en")
    assert screen(PAGE, explain=True)[2:] == [
        "      rule prevention-placeholder, confidence high",
        "      to leave it as it is: <!-- kb:ignore-page INC402 your reason -->",
    ]


def test_the_comment_to_paste_is_one_kb_understands() -> None:
    from kb.model.document import Document, Markup
    from kb.rules.directives import parse_directives

    for line in screen(PAGE, explain=True):
        if "<!--" in line:
            body = f"TODO\n{line[line.index('<!--') :]}\n"
            (found,) = parse_directives(Document(7, Source.ESA, Kind.POST, "", body, Markup.MARKDOWN))
            assert found.codes == ("INC402",)
            assert found.reason


def test_pages_tell_in_words_what_they_were_taken_for() -> None:
    rows = screen(at(PAGE, ()), QUIET, COMMENT, UNREAD, pages=True)
    assert rows == [
        "障害の記事   7  注文が二重になる",
        "             ← 障害の置き場所にあります",
        "FAQ          x  注文が二重になる",
        "             ← 障害の記事らしさは 1.5 点です（3.75 点から）",
        "ページの種類: 障害の記事 1、FAQ 1",
        "",
    ]


def test_pages_too_keep_to_a_screen() -> None:
    many = [at(PAGE, (), doc=n) for n in range(50)]
    assert screen(*many, pages=True)[40:] == ["ほか 30 ページ → kb lint --all", "ページの種類: 障害の記事 50", ""]
    assert len(screen(*many, pages=True, everything=True)) == 102


def test_every_reason_that_reading_gives_has_words() -> None:
    calls = [
        node.args[1]
        for module in (kind, declared_kind)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "KindGuess"
    ]
    reasons = {"".join(_examples(each)) for each in calls}
    assert len(reasons) >= 8
    for reason in reasons | {f"place+{each}" for each in reasons if each.startswith("sections")}:
        words = describe_reason(reason)
        assert reason not in (words.ja, words.en), reason
        assert words.ja != words.en


def _examples(node: ast.expr) -> list[str]:
    """A token as the code makes it; what is put in is a 7, but for what stands in front of `sections`."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.Name):
        return [str(getattr(kind, node.id))]
    assert isinstance(node, ast.JoinedStr), ast.dump(node)
    return [
        ""
        if isinstance(each, ast.FormattedValue) and isinstance(each.value, ast.IfExp)
        else "7"
        if isinstance(each, ast.FormattedValue)
        else str(each.value)
        for each in node.values
    ]  # type: ignore[attr-defined]


def test_a_reason_without_words_stands_for_itself() -> None:
    assert str(describe_reason("tomorrow:1")) == "tomorrow:1"


def test_closed_sets_have_words() -> None:
    assert set(PAGE_KIND_WORDS) == set(PageKind)
    assert set(ROLES) == set(Role)
    assert set(WAIVERS) == set(WaiverKind)


@settings(max_examples=examples(60), deadline=None)
@given(pages())
def test_the_screen_holds_no_sign_that_steers(page: tuple[Judgement, list[Finding]]) -> None:
    judgement, waived = page
    for group_by in ("rule", "page", "category"):
        rows = screen(judgement, waived=tuple(waived), group_by=group_by, explain=True, pages=True, everything=True)
        text = "\n".join(rows)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]", text)


# -- the lines behind the findings ----------------------------------------------------------------


def test_a_line_is_read_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.md").write_text("x\r\n" * 11 + "対策: TODO\n", encoding="utf-8")
    entry = replace(FILE.entry, doc="a.md")
    with SourceLines() as lines:
        assert lines(entry, FOUND) == "対策: TODO\n"
        assert lines(entry, replace(FOUND, quote="未定")) == "", "the file has changed since"
        assert lines(entry, replace(FOUND, span=Span(99, 1, 99, 2))) == ""
        assert lines(entry, replace(FOUND, part="title")) == ""
        assert lines(replace(entry, doc="gone.md"), FOUND) == ""
        assert lines(ENTRY, FOUND) == "", "no mirror"


def test_a_line_is_read_from_the_mirror(tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    with Mirror.open(path) as mirror, mirror.write() as write:
        write.put([SourceRow(Source.ESA, Kind.POST, "7", "esa:7", "題", "\n" * 11 + "対策: TODO", {})])
        write.put(
            [
                SourceRow(
                    Source.ESA, Kind.COMMENT, "9", "esa:7", "", "TODO", {}, part="comment:9", parent=(Kind.POST, "7")
                )
            ]
        )
    entry = replace(ENTRY, doc="esa:7")
    with SourceLines(path) as lines:
        assert lines(entry, FOUND) == "対策: TODO"
        comment = replace(FOUND, part="comment:9", span=Span(1, 1, 1, 5))
        assert lines(replace(entry, part="comment:9"), comment) == "TODO"
        assert lines(replace(entry, doc="esa:8"), FOUND) == ""
    with SourceLines(tmp_path / "none.db") as lines:
        assert lines(entry, FOUND) == ""


def test_statistics_count_each_rule() -> None:
    warning = replace(FOUND, severity=Severity.WARNING, code="INC203", rule="cause-shallow")
    out = Out()
    text = written(out, StatisticsWriter(out.append), PAGE, replace(PAGE, findings=(warning, FOUND)))
    assert text == "2 エラー INC402 prevention-placeholder\n1 警告   INC203 cause-shallow\n"
    text = written(out := Out(), StatisticsWriter(out.append), PAGE, waived=(ACCEPTED,))
    assert text.splitlines()[-1] == "出していないもの 1 件（受け入れ 1）"


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
    counts = LintCounts(crashes=crashes, unusable=unusable)
    counts.add(PAGE, PAGE.findings)
    assert counts.exit_code(fail_on, zero=zero) is code


def test_a_warning_fails_only_when_asked() -> None:
    counts = LintCounts()
    counts.add(PAGE, [replace(FOUND, severity=Severity.WARNING)])
    assert counts.exit_code(Severity.ERROR) is Exit.OK
    assert counts.exit_code(Severity.WARNING) is Exit.FINDINGS
    assert counts.exit_code(Severity.INFO) is Exit.FINDINGS
