"""The forms of the list: stable, inert in whatever opens them, and the same rows in each."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from reports.conftest import POLICY, entry, finding, hide_style_and_script, measure, row, said

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import ItemState, PageKind, Role, TitleMark, Verdict
from kb.model.finding import Waiver, WaiverKind
from kb.plan.sections.block import render_block
from kb.reading.facts import read_facts
from kb.reading.traits.read_traits import read_traits
from kb.reports.incidents import render as forms
from kb.reports.incidents.groups import GroupBy, IncidentGroup, group_incidents, sort_incidents
from kb.reports.incidents.rows import CauseKind, FixKind, Incident, IncidentStatus, PreventionKind
from kb.text import lang
from kb.text.display import display_width
from kb.text.lang import t

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = (
    '=HYPERLINK("http://evil.example/","見る")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "＝1+1",
    "　=1",
    "\t=1",
    '<img src=x onerror="alert(1)">',
    "</title><script>alert(1)</script>",
    "'\"><svg/onload=alert(1)>",
    "[a](javascript:alert(1))",
    "a | b | c |",
    "| ![x](http://evil.example/x.png)",
    "-->\n\n# 見出し\n\n<script>",
    "`code` **b** ~~s~~ @here :smile: $x$ {{7*7}} {% raw %}",
    "http://evil.example/ を開く",
    "\u202e\x1b]8;;http://evil.example\x1b\\赤",
    "\udcff",
    "",
)


def whole(rows: Sequence[Incident]) -> list[IncidentGroup]:
    return [IncidentGroup("", "", tuple(rows))]


@pytest.fixture
def hostile() -> list[Incident]:
    return sort_incidents(
        row(
            f"esa:{number}",
            title=title,
            category=title,
            hosts=(title,),
            tickets=(title,),
            items=(measure(ItemState.OPEN, title),),
        )
        for number, title in enumerate(HOSTILE)
    )


# -- Markdown ------------------------------------------------------------------------------------


def listed() -> list[Incident]:
    """A team's list as people write it: done and open, with and without owners, dates, tickets and nodes."""
    shallow = said(Verdict.SHALLOW, Verdict.RESTART, Verdict.PLACEHOLDER)
    return sort_incidents(
        [
            row(
                "esa:1204",
                title="【完了】注文が二重になる",
                category="不具合共有/対応完了/2025",
                url="https://docs.esa.io/posts/1204",
                title_mark=TitleMark.DONE,
                items=(measure(ItemState.DONE, "大野"), measure(ItemState.SETTLED)),
                tickets=("#5310", "https://redmine.example.jp/issues/5311"),
                hosts=("adsv-prd-db-01", "adsv-prd-web-02"),
                occurred_on="2025-04-02",
            ),
            row(
                "esa:1330",
                title="配信API が止まった | 5/8 夜",
                url="https://docs.esa.io/posts/1330",
                roles=shallow,
                findings=(finding("INC203"), finding("INC302"), finding("INC402")),
                occurred_on="2025-05-08",
            ),
            row(
                "esa:1331",
                title="*.example.jp の証明書が切れた",
                url="https://docs.esa.io/posts/1331",
                roles=said(Verdict.ONE_STEP, Verdict.CONCRETE, Verdict.WEAK),
                items=(measure(ItemState.UNSTATED, "@imai"), measure(ItemState.OPEN, "大野", "2025-07-15")),
                hosts=("adsv-prd-web-02",),
                occurred_on="",
            ),
            row("redmine:71", title="", url="", roles=(), category="infra", occurred_on="", created_at=""),
        ]
    )


@pytest.mark.parametrize(
    ("name", "lines", "by"),
    [
        ("incidents.md", forms.render_markdown, None),
        ("incidents-by-node.md", forms.render_markdown, GroupBy.NODE),
        ("incidents.csv", forms.render_csv, None),
        ("incidents.html", forms.render_html, GroupBy.MONTH),
    ],
)
def test_the_list_as_it_is_passed_on(
    name: str, lines: Callable[[Sequence[IncidentGroup]], Iterator[str]], by: GroupBy | None
) -> None:
    """The files are made anew with KB_UPDATE_GOLDEN=1, and read in review."""
    text = "".join(lines(group_incidents(listed(), by) if by else whole(listed())))
    made = hide_style_and_script(text).encode()
    if os.environ.get("KB_UPDATE_GOLDEN"):
        (GOLDEN / name).write_bytes(made)
    assert made == (GOLDEN / name).read_bytes()


def test_the_index_page_of_the_demo_has_a_row_for_each_incident(demo: list[Incident]) -> None:
    made = "".join(forms.render_markdown(whole(demo)))
    assert len(demo) > 40
    assert [line for line in made.splitlines() if line.startswith("| 20")] != []
    for each in demo:
        assert made.count(f"]({each.url})") == 1


def test_the_same_rows_give_the_same_bytes_in_whatever_order_and_on_whatever_day(demo: list[Incident]) -> None:
    import dataclasses

    shuffled = [dataclasses.replace(each, age_days=1) for each in demo]
    random.Random(7).shuffle(shuffled)  # noqa: S311 - an order, not a secret
    assert "".join(forms.render_markdown(whole(sort_incidents(shuffled)))) == "".join(
        forms.render_markdown(whole(demo))
    )


def test_the_index_page_is_no_incident_wherever_it_is_kept(demo: list[Incident]) -> None:
    body = "".join(forms.render_markdown(group_incidents(demo, GroupBy.CAUSE)))
    for start in ("", "\ufeff", "\r\n"):
        page = Document(
            "esa:9",
            Source.ESA,
            Kind.POST,
            "障害",
            start + body,
            Markup.MARKDOWN,
            category="不具合共有/2025",
            tags=("障害",),
        )
        facts = read_facts(page, POLICY)
        assert (facts.kind, facts.kind_reason) == (PageKind.INDEX, "kb:index")


def test_a_page_that_only_speaks_of_the_mark_is_judged() -> None:
    body = "## 原因\n停止した。\n\n一覧には `<!-- kb:index -->` がある。\n"
    page = Document("esa:9", Source.ESA, Kind.POST, "障害", body, Markup.MARKDOWN, category="不具合共有/2025")
    assert read_facts(page, POLICY).is_incident


@pytest.mark.parametrize(
    "own", ["本文\n\n", "## 原因\nディスクが一杯になった。#12\n\n## 対応\n2026-03-03 10:20 に消した。\n\n"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_kb_publishes_among_the_words_of_a_page_changes_nothing_that_is_read(
    demo: list[Incident], own: str, end: str
) -> None:
    published = render_block("incidents", "".join(forms.render_markdown(group_incidents(demo, GroupBy.CAUSE))))
    told = "\n\n".join(
        ["**3月2日（月）〜8日** の週報", "## 原因", "再発防止: なし 2027-03-03", "| 復旧 |\n|---|\n| 再起動 |"]
    )
    published += f"\n\n{render_block('report', told, {'week': '2026-W49'})}\n"
    words = (own, f"{own}{published}", f"{own}{published}## 再発防止\n監視を足す（担当: 佐藤、2026-04-01）\n")
    pages = [
        Document(
            "esa:9", Source.ESA, Kind.POST, "記事", body.replace("\n", end), Markup.MARKDOWN, category="不具合共有/2025"
        )
        for body in words
    ]
    alone, followed, between = (read_facts(page, POLICY) for page in pages)
    assert followed == alone
    assert read_traits(pages[1]) == read_traits(pages[0])
    lines = pages[2].body.split("\n")
    below = [item for item in (*between.items, *between.actions) if "佐藤" in item.owners]
    assert [lines[item.span.line - 1].rstrip() for item in below] == ["監視を足す（担当: 佐藤、2026-04-01）"]


def test_a_section_without_its_end_hides_nothing() -> None:
    body = "## 概要\n停止した。\n\n<!-- kb:report begin -->\n\n## 原因\n設定の誤り。\n\n<!-- kb:incidents end -->\n"
    page = Document("esa:9", Source.ESA, Kind.POST, "障害", body, Markup.MARKDOWN, category="不具合共有/2025")
    assert Role.CAUSE in {fact.role for fact in read_facts(page, POLICY).roles if fact.verdict is not Verdict.MISSING}


def test_titles_inject_nothing_into_markdown(hostile: list[Incident]) -> None:
    from markdown_it import MarkdownIt

    made = "".join(forms.render_markdown(whole(hostile)))
    rendered = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(made)
    seen = _Tags()
    seen.feed(rendered)
    assert set(seen.tags) == {"p", "table", "thead", "tbody", "tr", "th", "td", "a"}
    assert seen.tags.count("tr") == len(HOSTILE) + 1
    assert seen.tags.count("td") == seen.tags.count("th") * len(HOSTILE)
    assert {href for href in seen.hrefs if "docs.esa.io" not in href} <= {
        "http://evil.example/%20%E3%82%92%E9%96%8B%E3%81%8F"
    }
    assert "".join(seen.text).count("<img src=x onerror=") == 4
    assert "@here" not in made
    assert "\x1b" not in made


def test_no_picture_is_called_by_a_title() -> None:
    made = "".join(forms.render_markdown(whole([row(title="祝 :tada: :thumbs_up: 10:30")])))
    assert "祝 \\:&#8203;tada\\: \\:&#8203;thumbs\\_up\\: 10\\:30" in made


def test_a_ticket_is_a_link_that_shows_its_number() -> None:
    made = "".join(forms.render_markdown(whole([row(tickets=("#12", "https://redmine.example.jp/issues/34"))])))
    assert "| &#35;&#8203;12 [34](https://redmine.example.jp/issues/34) |" in made, "an esa post 12 is another thing"


def test_an_address_cannot_leave_its_brackets() -> None:
    made = "".join(forms.render_markdown(whole([row(url="https://docs.esa.io/posts/1) <b>|x\\")])))
    assert "](https://docs.esa.io/posts/1%29%20%3Cb%3E%7Cx%5C)" in made


def test_an_empty_list_is_a_page_too() -> None:
    made = "".join(forms.render_markdown(whole([])))
    assert made.startswith("<!-- kb:index")
    assert "0 件" in made


# -- CSV -----------------------------------------------------------------------------------------


def test_a_spreadsheet_finds_no_formula(hostile: list[Incident]) -> None:
    made = "".join(forms.render_csv(whole(hostile)))
    assert made.startswith("\ufeff発生日,")
    rows = list(csv.reader(io.StringIO(made.removeprefix("\ufeff"), newline="")))
    assert len(rows) == len(HOSTILE) + 1
    assert {len(each) for each in rows} == {18}
    cells = [cell for each in rows for cell in each if cell]
    assert not [cell for cell in cells if re.match("[\\s\u3000]*[=+@＝＋－＠-]", cell)]
    assert sum(cell.startswith("'=HYPERLINK") for cell in cells) == 5
    assert all(line.endswith("\r\n") for line in made.splitlines(keepends=True))


@pytest.mark.parametrize(
    "cell", ["=1", "+1", "-1", "@x", "\t1", "\r1", "\n1", "＝1", "＋1", "－1", "＠x", " =1", "\u3000＝1"]
)
def test_cells_that_could_be_computed_are_not(cell: str) -> None:
    assert forms.defuse_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "1/3 済", "配信が止まった", "#12", "2025-06-01", "a=b", "'=1"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert forms.defuse_cell(cell) == cell


def test_grouped_rows_begin_with_their_group() -> None:
    groups = group_incidents(sort_incidents([row("esa:1", hosts=("db-01", "web-01")), row("esa:2")]), GroupBy.NODE)
    rows = list(csv.reader("".join(forms.render_csv(groups)).removeprefix("\ufeff").splitlines()))
    assert [(each[0], each[17]) for each in rows[1:]] == [
        ("db-01", "esa:1"),
        ("web-01", "esa:1"),
        ("ノードの記載なし", "esa:2"),
    ]


# -- HTML ----------------------------------------------------------------------------------------


class _Tags(HTMLParser):
    """What a browser would see: tags, addresses, text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.hrefs: list[str] = []
        self.text: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.hrefs += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_html_shows_hostile_titles_as_text(hostile: list[Incident]) -> None:
    made = "".join(forms.render_html(whole(hostile)))
    seen = _Tags()
    seen.feed(made)
    assert not {"img", "svg", "iframe", "link", "base", "form", "object"} & set(seen.tags)
    assert not [name for name in seen.attributes if name.startswith("on")]
    assert seen.tags.count("script") == seen.tags.count("style") == 1
    assert set(seen.hrefs) == {"https://docs.esa.io/posts/1", "#main"}
    assert "default-src 'none'" in made
    assert '<img src=x onerror="alert(1)">' in "".join(seen.text)
    assert "{{7*7}}" in "".join(seen.text)
    assert 'name="viewport"' in made


def test_html_fetches_nothing(demo: list[Incident]) -> None:
    made = "".join(forms.render_html(group_incidents(demo, GroupBy.MONTH)))
    assert not re.findall(r"url\(|@import|<link|src=", made)
    assert made.count("</h2>") == len({each.day[:7] for each in demo})
    assert made.count("</tr>") == len(demo) + made.count("</h2>")


# -- JSON and text -------------------------------------------------------------------------------


def test_json_holds_every_field(hostile: list[Incident]) -> None:
    made = json.loads("".join(forms.render_json(hostile, group_incidents(hostile, GroupBy.CAUSE))))
    assert made["format"] == 1
    assert [each["doc"] for each in made["incidents"]] == [each.doc for each in hostile]
    assert list(made["incidents"][0]) == list(Incident.__dataclass_fields__)
    assert made["incidents"][0]["cause"] == "good"
    assert made["incidents"][0]["visibility"] == "members"
    assert made["groups"] == [
        {"key": "good", "count": len(HOSTILE), "open": len(HOSTILE), "docs": [each.doc for each in hostile]}
    ]
    assert json.loads("".join(forms.render_json([], []))) == {
        "format": 1,
        "left_out": 0,
        "incidents": [],
        "groups": [],
    }


def test_the_manual_names_the_fields_and_words_of_json() -> None:
    text = (Path(__file__).parents[2] / "docs" / "incidents.md").read_text("utf-8").partition("## json の項目")[2]
    table = [line for line in text.splitlines() if line.startswith("| `")]
    stated = [name for line in table for name in re.findall(r"`([\w-]+)`", line.split("|")[1])]
    assert sorted(stated) == sorted(Incident.__dataclass_fields__)
    for kind in (IncidentStatus, CauseKind, FixKind, PreventionKind):
        assert set(kind) in [set(re.findall(r"`([\w-]+)`", line.split("|")[2])) for line in table], kind


def test_text_fits_the_terminal_and_steers_nothing(hostile: list[Incident], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = list(forms.render_text(group_incidents(hostile, GroupBy.CAUSE)))
    assert max(map(display_width, lines)) <= 80
    assert not [line for line in lines if re.search("[\x00-\x1f\u202e]", line)]
    assert lines[0] == f"理由まで  {len(HOSTILE)} 件（対応中 {len(HOSTILE)} 件）"


def test_text_says_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    made = row(
        roles=said(Verdict.SHALLOW, Verdict.RESTART, Verdict.WEAK),
        items=(measure(ItemState.DONE), measure(ItemState.OPEN, "大野", "2025-07-15")),
        tickets=("#12",),
        hosts=("db-01",),
        findings=(finding("INC203"), finding("INC302")),
        occurred_on="",
    )
    assert list(forms.render_text(whole([made]))) == [
        "esa:1  2025-06-10* 対応中    配信が止まった",
        "       場所 不具合共有/2025  原因 現象だけ  復旧 再起動だけ  再発防止 心がけだけ 1/2 済"
        "  次の期限 2025-07-15 大野",
        "       経過日数 21  チケット #12  ノード db-01  指摘 INC203, INC302",
    ]
    lang.set_language("en")
    assert "cause symptom only" in " ".join(forms.render_text(whole([made]))).lower()


def test_every_form_speaks_english(demo: list[Incident]) -> None:
    lang.set_language("en")
    done = [each for each in demo if each.title.isascii()] or [
        row(title="stopped", title_mark=TitleMark.DONE, category="Incidents")
    ]
    for lines in (forms.render_text, forms.render_csv, forms.render_markdown, forms.render_html):
        made = "".join(lines(whole(done)))
        assert not re.search("[ぁ-ん]", made), lines.__module__
    assert str(t("あ", "a")) == "a"
    assert entry().doc == "esa:1"


def test_every_list_says_what_was_set_aside() -> None:
    put_off = replace(finding("INC401"), waiver=Waiver(WaiverKind.BASELINED))
    rows = [row("esa:1", findings=(finding("INC201"), put_off)), row("esa:2", findings=(put_off,)), row("esa:3")]
    assert [(each.codes, each.aside) for each in rows] == [(("INC201",), ("INC401",)), ((), ("INC401",)), ((), ())]
    for form in (forms.render_text, forms.render_markdown):
        text = "".join(form(whole(rows)))
        assert text.count("INC201（脇に置いた INC401）") == 1
        assert text.count("（脇に置いた INC401）") == 2
    for form in (forms.render_markdown, forms.render_html):
        assert "うち 2 件で指摘を脇に置いています。" in "".join(form(whole(rows)))
    assert "1 件（脇に置いた 1 件）" in "".join(forms.render_html(whole(rows)))
    assert "脇に置" not in "".join(forms.render_html(whole(rows[2:]))).partition("<table")[2]
