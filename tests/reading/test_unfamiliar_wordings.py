"""Wordings written before the judges could read them: what generalises, and what does not yet.

One section a line in `wordings/`; ` / ` parts its items. A line that begins with `!` is a known
miss: the test fails when it is read rightly, so that the mark goes away with the miss.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from together import together

from kb.model.facts import ItemState, Role, Verdict
from kb.reading.claims.inline import split_sentences, strip_inline_markup
from kb.reading.claims.items import read_items
from kb.reading.sections.section import Claim
from kb.reading.verdicts.cause import judge_cause
from kb.reading.verdicts.measures import judge_fix, judge_prevention
from kb.text.fold import fold
from kb.text.lines import LineIndex

WORDINGS = Path(__file__).parent / "wordings"
SILENT_CAUSE = {Verdict.CONCRETE, Verdict.ONE_STEP}
WANTED = {
    "shallow": {Verdict.SHALLOW},
    "unknown": {Verdict.UNKNOWN},
    "mechanism": SILENT_CAUSE,
    "placeholder": {Verdict.PLACEHOLDER, Verdict.EMPTY},
    "weak": {Verdict.WEAK},
    "measure": {Verdict.CONCRETE},
    "restart": {Verdict.RESTART},
    "change": {Verdict.CONCRETE},
}
JUDGES = {
    **dict.fromkeys(("shallow", "unknown", "mechanism"), judge_cause),
    **dict.fromkeys(("placeholder", "weak", "measure"), judge_prevention),
    **dict.fromkeys(("restart", "change"), lambda claims: judge_fix(claims, [], False)),
}


def said(wording: str) -> list[Claim]:
    """The claims of a section whose items stand between ` / `."""
    found: list[Claim] = []
    for item, line in enumerate(wording.split(" / ")):
        text = fold(line).text
        found.extend(Claim(strip_inline_markup(text[start:end]), 0, 0, item) for start, end in split_sentences(text))
    return [claim for claim in found if claim.text]


def cases(*names: str) -> list[object]:
    out: list[object] = []
    for name in names:
        for line in (WORDINGS / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            known = [pytest.mark.xfail(strict=True, reason="a known miss")] if line.startswith("!") else []
            wording = line.removeprefix("!").strip()
            out.append(pytest.param(name, wording, marks=known, id=f"{name}: {wording}"))
    return out


@together(("name", "wording"), cases(*WANTED))
def test_a_section_in_unfamiliar_words_is_judged_by_what_it_says(name: str, wording: str) -> None:
    assert JUDGES[name](said(wording)).verdict in WANTED[name]


def standing(wording: str) -> str:
    """Whether the measures of a section are done, or one of them is open; "" when it does not say."""
    states = {item.state for item in read_items(Role.PREVENTION, said(wording), LineIndex(b""), None)}
    if states & {ItemState.OPEN, ItemState.PLACEHOLDER}:
        return "open"
    return "done" if ItemState.DONE in states and states <= {ItemState.DONE, ItemState.SETTLED} else ""


@together(("name", "wording"), cases("done", "open"))
def test_measures_in_unfamiliar_words_stand_where_they_say(name: str, wording: str) -> None:
    assert standing(wording) == name
