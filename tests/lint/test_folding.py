"""Rows that stand for several findings: of one page, of a project, of all finished pages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lint.formats_kit import ENTRY, FOUND, PAGE, Out, at, written

from kb.lint.formats.folding import choose_folded
from kb.lint.formats.html import HtmlWriter
from kb.lint.formats.markdown import MarkdownWriter
from kb.lint.formats.text import TextWriter
from kb.model.document import Kind, Source
from kb.model.finding import Finding, Severity
from kb.rules.judge import Judgement
from kb.rules.registry import load_rules
from kb.text.lang import t
from kb.text.lines import Span

RULES = load_rules()
FOLDED = choose_folded(RULES)


def finding(code: str, severity: Severity = Severity.INFO, **fields: object) -> Finding:
    return replace(FOUND, code=code, severity=severity, message=t(f"{code} です。", f"{code}."), **fields)  # type: ignore[arg-type]


def ticket(number: int, project: str, *codes: str) -> Judgement:
    entry = replace(ENTRY, doc=f"redmine:{number}", source=Source.REDMINE, kind=Kind.TICKET, category=project)
    levels = {"TKT101": Severity.WARNING}
    return Judgement(entry, tuple(finding(code, levels.get(code, Severity.INFO), part="title") for code in codes))


TICKETS = (
    ticket(1, "web", "TKT101"),
    ticket(2, "web", "TKT101"),
    ticket(3, "web", "TKT102", "TKT104"),
    ticket(4, "infra", "TKT102"),
)


def screen(*judgements: Judgement, folded: object = FOLDED, **options: object) -> list[str]:
    out = Out()
    writer = TextWriter(out.append, **{"everything": True, "rest": "kb lint --all", "folded": folded} | options)  # type: ignore[arg-type]
    return written(out, writer, *judgements).splitlines()


def test_tickets_are_one_line_a_project_with_its_plan() -> None:
    head, *rows = screen(*TICKETS)
    assert head.startswith("警告   TKT101・102・103・104 ")
    assert sorted(rows) == [
        "  infra: 動きがない 1 → kb lint --all --select TKT102",
        "  web: 終わったように見える 2、動きがない 1、担当者がいない 1 → kb plan close --project web",
    ]


@pytest.mark.parametrize("project", ["::stop-commands::x", "##vso[task.setvariable variable=x]y"])
def test_the_name_of_a_project_is_no_command_to_who_runs_ci(project: str) -> None:
    for row in screen(ticket(1, project, "TKT101"), ticket(2, project, "TKT101"))[1:]:
        assert not row.lstrip().startswith(("::", "##"))
        assert "##vso" not in row


def test_finished_pages_are_one_line_with_their_plan() -> None:
    pages = at(PAGE, (finding("INC501"),)), at(PAGE, (finding("INC503"), finding("INC505")), doc=8)
    assert screen(*pages)[1:] == ["  2 ページ: 印を付ける 1、移す 1、印をそろえる 1 → kb plan done"]


def test_the_pages_of_one_leaver_are_one_line_that_names_nobody_where_it_travels() -> None:
    pages = [at(PAGE, (finding("PST103", evidence=t("miuraさん", "miura")),), doc=number) for number in (7, 8)]
    assert screen(*pages)[1:] == ["  miuraさん: 引き継ぐ記事 2 → kb lint --all --select PST103"]
    out = Out()
    assert "miura" not in written(out, MarkdownWriter(out.append, folded=FOLDED), *pages)
    assert "2 ページ" in out.text


def test_a_single_one_stays_what_it_is() -> None:
    assert screen(TICKETS[0])[1].startswith("  redmine:1#title:12 ")


def test_one_row_says_what_a_page_lacks() -> None:
    lacks = finding("INC102"), finding("INC101"), finding("INC406", evidence=t("x", "x"))
    rows = screen(at(PAGE, lacks))
    assert [row for row in rows if row.startswith("  ")] == [
        "  7:12  注文が二重になる ［影響、経緯］ 「TODO」",
        "  7:12  注文が二重になる ［期限（x）］ 「TODO」",
    ]


def test_findings_of_one_kind_on_one_page_are_one_row_with_their_evidence() -> None:
    late = [
        finding("INC407", span=Span(line, 1, line, 5), evidence=t(f"期限 {day}", f"due {day}"))
        for line, day in ((12, "5/1"), (14, "6/1"))
    ]
    assert screen(at(PAGE, tuple(late)))[1:] == [
        "  7:12,14  注文が二重になる ［過ぎた期限（期限 5/1、期限 6/1）］ 「TODO」"
    ]


@pytest.mark.parametrize("writer", [TextWriter, MarkdownWriter, HtmlWriter])
def test_what_a_page_leaves_open_about_its_measures_is_one_row(writer: type[TextWriter]) -> None:
    """As urgent as the worst of it, with what each rule misses."""
    left = [
        finding("INC406", span=Span(12, 1, 12, 5), severity=Severity.INFO),
        finding("INC407", span=Span(14, 1, 14, 5), severity=Severity.WARNING, evidence=t("期限 6/1", "due 6/1")),
        finding("INC408", span=Span(12, 1, 12, 5), severity=Severity.INFO),
    ]
    out = Out()
    options = {"everything": True, "rest": ""} if writer is TextWriter else {}
    text = written(out, writer(out.append, folded=FOLDED, **options), at(PAGE, tuple(left)))
    text = text.replace("\\", "")
    assert text.count("7:12,14") == 1
    assert "期限、過ぎた期限（期限 6/1）、済んだと分かる状態" in text
    assert ("警告   INC405・406・407・408" if writer is TextWriter else "警告") in text
    assert "情報   INC" not in text


def test_what_is_asked_for_by_itself_is_not_folded() -> None:
    by_code, by_family = (choose_folded(RULES, (word,)) for word in ("TKT101", "TKT"))
    assert [row for row in screen(*TICKETS, folded=by_code) if "redmine:1#title" in row]
    assert sum("#title" in row for row in screen(*TICKETS, folded=by_family)) == 5
    assert choose_folded(RULES, ("INC",)) == FOLDED
    assert {rule.fold.name for rule in choose_folded(RULES, by_place=False).values() if rule.fold} == {
        "record",
        "unplanned",
    }


@pytest.mark.parametrize("options", [{"group_by": "page"}, {"group_by": "category"}, {"explain": True}])
def test_other_groupings_and_explanations_show_each(options: dict[str, object]) -> None:
    assert "kb plan close" not in "\n".join(screen(*TICKETS, **options))


def test_what_one_screen_leaves_out_is_counted_in_findings() -> None:
    pages = [at(PAGE, (FOUND,), doc=number) for number in range(10, 30)]
    assert screen(*pages, *TICKETS, everything=False)[-1] == "ほか 5 件 → kb lint --all"


@pytest.mark.parametrize("writer", [MarkdownWriter, HtmlWriter])
def test_what_people_read_elsewhere_is_folded_too(writer: type[MarkdownWriter] | type[HtmlWriter]) -> None:
    out = Out()
    text = written(out, writer(out.append, folded=FOLDED), *TICKETS)
    assert "kb plan close --project web" in text
    assert "redmine:1" not in text


def test_a_heading_of_folded_rows_stands_once_in_html() -> None:
    out = Out()
    heading = "開いたままのチケットです。"
    assert written(out, HtmlWriter(out.append, folded=FOLDED), *TICKETS).count(heading) == 2  # and for screen readers


def test_a_project_from_elsewhere_is_quoted_for_the_shell() -> None:
    rows = screen(*(ticket(number, "a;rm -rf /", "TKT101") for number in (1, 2)))
    assert rows[1].endswith("kb plan close --project 'a;rm -rf /'")
