"""What keeps a page from people until a day, and what only looks like it: lines labelled before they were read."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from kb.reading.phrases.embargo import Embargo, find_embargoes

LINES = (Path(__file__).parent / "notes" / "embargoes.txt").read_text("utf-8").splitlines()
WRITTEN = date(2026, 11, 27)


def labelled() -> dict[str, list[str]]:
    """The pages by their label: a day, `undated`, `open`."""
    found: dict[str, list[str]] = {}
    for line in LINES:
        if heading := re.fullmatch(r"=== (\S+)", line):
            pages = found.setdefault(heading[1], [])
        elif found:
            pages.append(line.replace("⏎", "\n"))
    return found


def read(page: str) -> list[Embargo]:
    return list(find_embargoes(page, WRITTEN))


def test_every_embargo_is_seen_and_one_page_in_fifty_at_most_is_none() -> None:
    pages = labelled()
    held = [page for label, some in pages.items() if label != "open" for page in some]
    assert len(held) >= 40
    assert len(pages["open"]) >= 40
    assert [page for page in held if not read(page)] == []
    assert len([page for page in pages["open"] if read(page)]) <= 1


def test_the_day_is_never_read_as_an_earlier_one() -> None:
    """A later day keeps a page longer than need be; an earlier one would tell."""
    for label, some in labelled().items():
        if label not in ("open", "undated"):
            for page in some:
                days = [each.until for each in read(page) if each.until]
                assert all(day >= date.fromisoformat(label) for day in days), page


def test_the_line_is_told_and_code_and_quotes_are_not_read() -> None:
    assert read("# 定例\n\n- 12/25 まで口外しないこと") == [Embargo(3, date(2026, 12, 25))]
    assert read("```\n12/25 まで口外しないこと\n```\n> 口外しないこと\n文言「口外しないこと」") == []


def test_days_without_a_day_of_writing_and_at_the_ends_of_time_are_survived() -> None:
    for written in (None, date.min, date.max):
        assert list(find_embargoes("月曜まで口外しない。12/25 の公表まで言わない", written))


def test_an_embargo_at_the_end_of_a_long_line_is_seen() -> None:
    for filling in ("在庫を数えた、", "在庫を数えた。", "まだ数えていない、", "鍵は棚に戻す、"):
        assert read(filling * 2000 + "12/25 まで口外しないでください") == [Embargo(1, date(2026, 12, 25))]


def test_a_day_of_something_else_is_no_end() -> None:
    """Nothing says when silence ends, so a person has to."""
    for page in (
        "12/1 に開く店の話は、本人が言うまで伏せておく。",
        "12/1 の面談で聞いた。まだ誰にも言わないでください。",
        "納期は 12/1、名前は内緒です。",
    ):
        assert [each.until for each in read(page)] == [None], page


def test_a_day_of_announcing_that_has_just_been_is_no_embargo() -> None:
    assert read("公表は 11/20。") == []
    assert read("公表は 12/20。") == [Embargo(1, date(2026, 12, 20))]


def test_a_fence_ends_with_its_own_mark() -> None:
    said = "12/25 まで口外しないこと"
    assert read(f"```\n~~~\n{said}\n```") == []
    assert read(f"```\n```python\n{said}\n```") == []
    assert read(f"~~~\n```\n~~~\n{said}") == [Embargo(4, date(2026, 12, 25))]
    assert read(f"<pre>\n{said}\n</pre>\n\n{said}") == [Embargo(5, date(2026, 12, 25))]
