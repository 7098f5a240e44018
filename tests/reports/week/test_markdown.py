"""The week as an esa post: stable, inert, short, and every number leads to its list."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from reports.week.made import DRIFT, first, hostile, huge, listed, post, quiet, rich

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import PageKind
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts
from kb.reports.week import markdown
from kb.reports.week.model import MAX_LISTED, FindingMoves, MoveCause, RowList, TallyRow, UnattendedMoves, Week
from kb.reports.week.words import HEADINGS
from kb.text import lang
from kb.text.lang import Lang, t

GOLDEN = Path(__file__).parents[1] / "golden"


def made(week: Week) -> str:
    return "".join(markdown.render_markdown(week))


def tokens(text: str) -> list[Token]:
    """The post as GitHub's and esa's dialect reads it, in one row."""
    flat: list[Token] = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        flat += [token, *(token.children or ())]
    return flat


@pytest.mark.parametrize(
    ("name", "week", "language"),
    [
        ("week.md", rich, "ja"),
        ("week-en.md", rich, "en"),
        ("week-quiet.md", quiet, "ja"),
        ("week-first.md", first, "ja"),
    ],
)
def test_the_post_as_it_is_passed_on(name: str, week: Callable[[], Week], language: Lang) -> None:
    """The files are made anew with KB_UPDATE_GOLDEN=1, and read in review."""
    lang.set_language(language)
    text = made(week()).encode()
    if os.environ.get("KB_UPDATE_GOLDEN"):
        (GOLDEN / name).write_bytes(text)
    assert text == (GOLDEN / name).read_bytes()


def test_the_same_week_gives_the_same_bytes_at_whatever_minute_of_the_day() -> None:
    assert made(replace(rich(), as_of=rich().as_of + timedelta(hours=9, minutes=31))) == made(rich())


def test_the_post_is_no_incident_wherever_it_is_kept() -> None:
    page = Document(
        "esa:9", Source.ESA, Kind.POST, "週報", made(rich()), Markup.MARKDOWN, category="不具合共有/2026"
    )  # fmt: skip
    assert read_facts(page, PagePolicy(incident=("不具合共有/**",))).kind is PageKind.INDEX


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_number_that_is_not_0_leads_to_a_heading_of_the_post_or_to_the_list_elsewhere(language: Lang) -> None:
    lang.set_language(language)
    text = made(rich())
    heads = re.findall(r"^#+ (.*)$", text, re.M)
    assert len(heads) == len(set(heads))
    assert all(re.fullmatch(r"\w+", head) for head in heads), "esa links to a heading by its words as they stand"
    targets = set(re.findall(r"\]\(#(.*?)\)", text))
    assert targets
    assert targets <= set(heads)
    assert text.count("(https://docs.esa.io/posts?q=updated%3A%3E2026-11-15)") == 1
    for line in text.splitlines():
        if line.startswith(("| `INC", "| 不具合共有/2026 |")):
            numbers = [cell.strip() for cell in line.split("|")[2:-1]]
            assert all(number == "0" or number.startswith("[") for number in numbers)


def test_a_repeat_is_not_said_to_be_nobodys() -> None:
    rows = {code: post(1, "予約が止まる", t("x", "x"), code) for code in ("INC601", "INC402")}
    for code, said in (("INC601", "—"), ("INC402", "担当なし")):
        text = made(replace(quiet(), oldest=listed(rows[code])))
        assert f"| {said} |" in text, code
    named = made(replace(quiet(), oldest=listed(replace(rows["INC601"], owner="久我"))))
    assert "| 久我 |" in named


def test_what_comes_first_is_read_first() -> None:
    heads = re.findall(r"^## (.*)$", made(replace(rich(), drift=DRIFT)), re.M)
    assert heads == [str(HEADINGS[key]) for key in HEADINGS if key not in ("tallies", "pages")]


def test_where_something_moved_comes_before_where_nothing_did_and_nobody_is_ranked() -> None:
    def owner(name: str, moved: FindingMoves) -> TallyRow:
        return TallyRow(name, t(name, name), moved, 9)

    still = [owner(f"静 {n}", FindingMoves()) for n in range(9)]
    owners = (*still, owner("桜井", FindingMoves(new=1)), owner("森下", FindingMoves(fixed=8)))
    text = made(replace(rich(), changed=replace(rich().changed, by_owner=owners)))
    names = re.findall(r"^\| (桜井|森下|静 \d) \|", text, re.M)
    assert names == ["桜井", "森下", "静 0", "静 1", "静 2", "静 3", "静 4", "静 5"]


def test_every_row_leads_to_its_page_and_says_what_to_do() -> None:
    rows = [
        line for line in made(rich()).splitlines() if line.startswith("| [") and "](http" in line and "/posts/" in line
    ]
    assert len(rows) == 21
    for line in rows:
        assert len(line.split("|")) == 6
        assert line.split("|")[2].strip()


def test_long_lists_are_cut_to_what_a_person_reads_and_say_where_the_rest_is() -> None:
    text = made(huge())
    assert len(text) < 60_000
    assert "ほかに 12,024 件 → `kb lint --all`" in text
    for table in text.split("\n## "):
        assert (
            sum(line.startswith("| [") and "/posts/1" in line for line in table.splitlines())
            <= markdown.MAX_MARKDOWN_ROWS
        )
    assert MAX_LISTED > markdown.MAX_MARKDOWN_ROWS


def test_a_list_whose_rows_are_not_here_says_how_long_it_is() -> None:
    text = made(replace(quiet(), overdue=RowList(7, (), "kb lint --select INC407")))
    assert "## 期限を過ぎた対策" in text
    assert "ほかに 7 件 → `kb lint --select INC407`" in text


def test_what_is_mended_is_told_by_its_rule_and_asks_nobody_for_anything() -> None:
    mended = made(rich()).split("## 直った指摘")[1].split("\n## ")[0]
    assert "再発防止が検討中のまま" in mended
    assert "書き足してください" not in mended


def test_a_quiet_week_is_short_and_says_that_nothing_happened() -> None:
    text = made(quiet())
    assert "この週は指摘の増減がありませんでした" in text
    assert len(text.splitlines()) < 30


@pytest.mark.parametrize("cause", MoveCause)
def test_each_cause_that_is_nobodys_work_has_its_own_line(cause: MoveCause) -> None:
    text = made(replace(quiet(), otherwise=(UnattendedMoves(cause, 7, 3, ("INC402",)),)))
    assert "7 件増え、3 件減りました（上の数には入っていません）。" in text
    lang.set_language("en")
    assert "7 came, 3 went (not in the figures above)." in made(
        replace(quiet(), otherwise=(UnattendedMoves(cause, 7, 3),))
    )


# -- foreign text ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_hostile_week_adds_no_element_heading_or_cell(language: Lang) -> None:
    lang.set_language(language)
    read_as = tokens(made(hostile()))
    comments = [token.content for token in read_as if token.type.startswith("html")]
    assert len(comments) == 1
    assert comments[0].startswith("<!-- kb:index")
    assert not [token for token in read_as if token.type == "image"]
    headings = [after.content for token, after in pairwise(read_as) if token.type == "heading_open"]
    assert set(headings) <= set(map(str, HEADINGS.values()))
    links = [str(token.attrs["href"]) for token in read_as if token.type == "link_open"]
    assert links
    assert all(link.startswith(("https://docs.esa.io/", "#")) for link in links)
    width = 0
    for token in read_as:
        if token.type == "tr_open":
            width = 0
        width += token.type in ("th_open", "td_open")
        assert width <= 5
    assert not [token for token in read_as if token.type == "list_item_open" and token.level > 1]


def test_nobody_is_mentioned_and_no_number_becomes_a_post() -> None:
    texts = [token.content for token in tokens(made(hostile())) if token.type in ("text", "code_inline", "fence")]
    assert any("here" in text for text in texts)
    assert not [text for text in texts if "@" in text.replace("@\u200b", "")]
    prose = [token.content for token in tokens(made(hostile())) if token.type == "text"]
    assert not [text for text in prose if re.search(r"#\d", text)]


def test_no_comment_is_forged_between_which_a_post_is_kept() -> None:
    assert made(hostile()).count("<!--") == 1


def test_no_line_of_it_is_a_command_to_a_machine_that_prints_it() -> None:
    for line in made(hostile()).splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


def test_no_address_in_a_title_becomes_a_link_by_itself() -> None:
    prose = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)|\]\([^)\n]*\)", "", made(hostile()).partition("\n")[2])
    assert "evil" in prose
    assert not re.search(r"https?:|www\.", prose)


def test_the_number_of_a_rule_on_credentials_leads_to_where_they_are_counted() -> None:
    rule = TallyRow("SEC101", t("パスワードが書かれています", "a password"), FindingMoves(), 3)
    week = replace(rich(), changed=replace(rich().changed, by_rule=(rule,)))
    assert "| `SEC101` パスワードが書かれています | 0 | 0 | 0 | [3](#書かれたままの認証情報) |" in made(week)
    assert "[3](#長く残っている指摘)" in made(replace(week, secrets=()))
