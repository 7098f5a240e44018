"""The week as one HTML file, as it is passed on."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from reports.conftest import hide_style_and_script
from reports.week.made import HOSTILE, first, hostile, huge, quiet, rich

from kb.reports.week import html
from kb.reports.week.model import MAX_LISTED, Week
from kb.text import lang
from kb.text.lang import Lang, t

GOLDEN = Path(__file__).parents[1] / "golden"


def made(week: Week) -> str:
    return "".join(html.render_html(week))


@pytest.mark.parametrize(
    ("name", "week", "language"),
    [("week.html", rich, "ja"), ("week-en.html", rich, "en"), ("week-quiet.html", quiet, "ja")],
)
def test_the_page_as_it_is_passed_on(name: str, week: Callable[[], Week], language: Lang) -> None:
    """The files are made anew with KB_UPDATE_GOLDEN=1, and read in review. Style and script are in templates/."""
    lang.set_language(language)
    text = hide_style_and_script(made(week()))
    if os.environ.get("KB_UPDATE_GOLDEN"):
        (GOLDEN / name).write_text(text, "utf-8")
    assert text == (GOLDEN / name).read_text("utf-8")


def test_a_big_week_is_no_big_file() -> None:
    assert len(made(huge()).encode()) < 3_000_000


def test_a_cut_list_says_how_long_it_is_and_where_the_rest_is() -> None:
    text = made(huge())
    assert text.count('<tr role="row"><td role="cell" class="title">') == 9 * html.MAX_HTML_ROWS
    assert text.count('<td role="cell" class="title">') == 9 * html.MAX_HTML_ROWS + MAX_LISTED
    assert 'ほかに 10,677 件 <code class="command">kb lint --all</code>' in text


def test_nothing_in_it_depends_on_the_minute() -> None:
    week = rich()
    assert made(replace(week, as_of=week.as_of + timedelta(hours=3))) == made(week)


def test_foreign_words_close_no_element_and_command_no_machine() -> None:
    text = made(hostile())
    assert text.encode()
    assert text.count("</script>") == text.count("</style>") == text.count("</title>") == text.count("<h1>") == 1
    assert "##[" not in text
    assert "javascript:" not in "".join(re.findall(r'href="([^"]*)"', text))
    assert not re.search(r'<[^>]* (on\w+|style)="', text)
    assert HOSTILE[0] not in text


def test_who_does_not_see_everything_is_told_how_much_and_nothing_else() -> None:
    assert "読める人が限られた文書 14 件と、その指摘 9 件は、題名も数も載せていません。" in made(rich())
    assert "読める人が限られた" not in made(quiet())


def test_the_first_week_leads_with_what_hurts_and_others_do_not() -> None:
    page = made(first())
    today, begin = page.index('id="today"'), page.index('<code class="command">kb lint --update-baseline</code>')
    assert (
        today
        < page.index("いま困ること")
        < page.index("<li>書かれたままの認証情報 4 件")
        < page.index("先に: ")
        < begin
    )
    assert "いま困ること" not in made(rich())
    unsafe = made(replace(first(), lead=(t(HOSTILE[0], HOSTILE[0]),)))
    assert HOSTILE[0] not in unsafe
