"""Where the measures of a whole page stand, in layouts and words the reader had not met when they were written.

One prevention section a case in `standings/`, under `=== name`: in `done.txt` all of it is done, in `open.txt`
something is left, in `silent.txt` it says neither. A name that begins with `!` is a known miss: its
test fails once it is read rightly, so that the mark goes away with the miss.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from together import together

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Facts
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts
from kb.rules.world import World
from linters.incident.measures import measure_states
from linters.incident.status.done_not_marked import is_done
from linters.incident.status.marked_but_open import first_open

STANDINGS = Path(__file__).parent / "standings"
PAGE = """\
## 概要
6/1 の朝、案内の便りが同じ人に二度届いた。

## 原因
宛先の表に同じ人が二度あり、まとめる処理は大文字と小文字を別の人と見ていた。

## 対応
二度目の便りを止め、宛先を 1 件にまとめた。

## 再発防止

{}
"""
WORLD = World(today=date(2025, 7, 1))


def cases() -> list[object]:
    out: list[object] = []
    for name in ("done", "open", "silent"):
        for case in (STANDINGS / f"{name}.txt").read_text(encoding="utf-8").split("=== ")[1:]:
            title, body = case.split("\n", 1)
            known = [pytest.mark.xfail(strict=True, reason="a known miss")] if title.startswith("!") else []
            out.append(pytest.param(name, body, marks=known, id=f"{name}: {title.removeprefix('!').strip()}"))
    return out


def told(body: str) -> Facts:
    markup = Markup.TEXTILE if body.startswith("|_.") else Markup.MARKDOWN
    page = PAGE.format(body)
    page = page.replace("## ", "h2. ") if markup is Markup.TEXTILE else page
    found = read_facts(
        Document("x", Source.ESA, Kind.POST, "案内の便りが二度届く", page, markup, category="障害/2025"), PagePolicy()
    )
    assert found.is_incident
    return found


def standing(body: str) -> str:
    """Whether all measures of a page are done, or something is left; "silent" when it does not say."""
    found = told(body)
    if first_open(found, WORLD) is not None:
        return "open"
    return "done" if is_done(found, measure_states(found, WORLD)) else "silent"


@together(("wanted", "body"), cases())
def test_measures_stand_where_their_page_says(wanted: str, body: str) -> None:
    assert standing(body) == wanted
