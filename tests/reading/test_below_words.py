"""What stands below the words of a section and belongs to nobody's measures hides no verdict; a measure does.

A measure that is still to be found is the first thing kb looks for. What people leave at the end of a page (links,
commands, who wrote it) must not hide it. The cases were labelled before the code read any of them.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Facts, Role, Verdict
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts

TABLE = Path(__file__).with_name("below_words.tsv").read_text(encoding="utf-8").split("\n")
CASES = [
    (row["is"], row["text"])
    for row in csv.DictReader(
        (line for line in TABLE if line and not line.startswith("# ")), delimiter="\t", quoting=csv.QUOTE_NONE
    )
]
PAGE = """\
## 影響

5/10 10:20 から 10:50 まで、注文が 40 件失敗した。

## 原因

{cause}

## 対応

上限を 100 に上げた。

## 再発防止

{prevention}
"""


def read(prevention: str, cause: str = "夜間の集計が接続を返さず、上限に達した。") -> Facts:
    body = PAGE.format(cause=cause, prevention=prevention).replace("⏎", "\n")
    page = Document(
        "x", Source.ESA, Kind.POST, "注文が失敗した", body, Markup.MARKDOWN, category="障害", created_at="2026-05-12"
    )
    return read_facts(page, PagePolicy())


def verdict(facts: Facts, role: Role) -> Verdict:
    return next(fact.verdict for fact in facts.roles if fact.role is role)


@pytest.mark.parametrize("words", ["TODO", "未定", "後日記入します。"])
@pytest.mark.parametrize(("kind", "below"), CASES, ids=[text[:24] for _, text in CASES])
def test_a_measure_to_be_found_stays_so(kind: str, below: str, words: str) -> None:
    found = verdict(read(f"{words}\n\n{below}"), Role.PREVENTION)
    assert (found is Verdict.PLACEHOLDER) is (kind == "aside")


@pytest.mark.parametrize("below", [text for kind, text in CASES if kind == "aside"])
def test_nobody_is_asked_to_own_what_is_no_measure(below: str) -> None:
    items = read(f"- 接続の上限を監視する（大野、6/1）\n\n{below}").items
    assert [(item.owner, item.due) for item in items] == [("大野", "2026-06-01")]


@pytest.mark.parametrize("below", [text for kind, text in CASES if kind == "aside"])
def test_a_shallow_cause_stays_so(below: str) -> None:
    if not below.startswith("!"):  # a picture may say why
        assert verdict(read("TODO", f"プロセスが停止したから。\n\n{below}"), Role.CAUSE) is Verdict.SHALLOW


def test_where_a_measure_is_dealt_with_opens_no_section() -> None:
    body = PAGE.format(cause="夜間の集計が接続を返さなかった。", prevention="TODO\n\n→ #123 で対応")
    for mark in ("【{}】", "■{}", "**{}**"):
        text = re.sub("## (.*)", lambda found, mark=mark: mark.format(found[1]), body)  # type: ignore[misc]
        page = Document("x", Source.ESA, Kind.POST, "注文が失敗した", text, Markup.MARKDOWN, category="障害")
        assert verdict(read_facts(page, PagePolicy()), Role.PREVENTION) is Verdict.CONCRETE
