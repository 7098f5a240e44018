"""Which of cause and prevention a page has, in layouts the reader had not met: what is there is not called missing.

`present.txt` holds pages under `=== cause prevention | PLACE/TITLE`, with `-` for the one that is not there. A case
that begins with `!` is a known miss: its test fails once it is read rightly, so that the mark goes away with the miss.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Confidence, Role, Verdict
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts

GONE = {Verdict.MISSING, Verdict.EMPTY}


def cases() -> list[object]:
    out: list[object] = []
    text = (Path(__file__).with_name("present.txt")).read_text(encoding="utf-8")
    for number, case in enumerate(text.split("=== ")[1:], 1):
        head, body = case.split("\n", 1)
        wanted, place = head.removeprefix("!").split("|")
        known = [pytest.mark.xfail(strict=True, reason="a known miss")] if head.startswith("!") else []
        out.append(pytest.param(wanted.split(), place.strip(), body, marks=known, id=f"{number}: {wanted.strip()}"))
    return out


def present(place: str, body: str) -> list[str]:
    """What a page has of cause and prevention, `-` for what would be reported as missing."""
    category, _, title = place.rpartition("/")
    found = read_facts(
        Document("x", Source.ESA, Kind.POST, title, body, Markup.MARKDOWN, category=category), PagePolicy()
    )
    assert found.is_incident, found.kind_reason
    gone = {fact.role for fact in found.roles if fact.verdict in GONE and fact.confidence >= Confidence.MEDIUM}
    return ["-" if role in gone else role.value for role in (Role.CAUSE, Role.PREVENTION)]


@pytest.mark.parametrize(("wanted", "place", "body"), cases())
def test_what_a_page_has_is_found(wanted: list[str], place: str, body: str) -> None:
    assert present(place, body) == wanted
