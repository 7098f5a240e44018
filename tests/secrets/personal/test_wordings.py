"""Wordings of personal data, and near misses: the pages of `wordings/`, one a line, read as those of credentials are.

`⟦…⟧` marks a phone, `⟦kind|…⟧` what is of another kind; all else must stay silent; `!` begins a known fault.
Messages name the file and line, never a value.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from together import together

from kb.model.document import Markup
from kb.model.facts import Confidence
from kb.secrets.masking.mask import cut_span
from kb.secrets.personal.find import find_personal

WORDINGS = Path(__file__).parent / "wordings"
MARK = re.compile(r"⟦(?:(\w+)\|)?(.*?)⟧", re.S)


def cases() -> list[object]:
    known = pytest.mark.xfail(strict=True, reason="a known fault")
    return [
        pytest.param(path.stem, number, id=f"{path.stem}-{number}", marks=[known] if line.startswith("!") else [])
        for path in sorted(WORDINGS.glob("*.txt"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.strip() and not line.startswith("# ")
    ]


@cache
def lines_of(name: str) -> list[str]:
    return (WORDINGS / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def wording(name: str, number: int) -> tuple[str, Markup, list[tuple[str, str]]]:
    """The text a line stands for, its markup, and the kinds and values that must be found in it."""
    line = lines_of(name)[number - 1].removeprefix("!")
    markup = Markup.TEXTILE if line.startswith("T:") else Markup.MARKDOWN
    text = re.sub(r" ?⏎ ?", "\n", line.removeprefix("T:"))
    wanted = sorted((found[1] or "phone", found[2]) for found in MARK.finditer(text))
    return MARK.sub(lambda found: found[2], text), markup, wanted


@together(("name", "number"), cases())
def test_what_is_marked_is_found_and_nothing_else(name: str, number: int) -> None:
    text, markup, wanted = wording(name, number)
    found = sorted(
        (each.kind.value, cut_span(text, each.span))
        for each in find_personal(text, None, markup)
        if each.confidence >= Confidence.MEDIUM
    )
    missed = len([each for each in wanted if each not in found])
    extra = len([each for each in found if each not in wanted])
    del text, wanted, found
    assert (missed, extra) == (0, 0), f"missed {missed}, extra {extra}"
