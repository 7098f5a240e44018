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
