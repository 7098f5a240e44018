"""Which spellings are one person's: a labelled table, written before the comparison."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.text.person_names import Likeness, compare_names, list_keys

WANTED = {"same": Likeness.SAME, "ask": Likeness.UNSURE, "no": Likeness.DIFFERENT}
PAIRS = [
    [field.encode("ascii", "backslashreplace").decode("unicode_escape") for field in line.split("\t")]
    for line in Path(__file__).with_name("names.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("wanted", "one", "other", "why"), PAIRS)
def test_two_spellings_are_one_person_two_or_to_be_asked(wanted: str, one: str, other: str, why: str) -> None:
    assert compare_names(one, other) is WANTED[wanted], why
    assert compare_names(other, one) is WANTED[wanted], why
    if WANTED[wanted] is Likeness.SAME:
        assert list_keys(one) & list_keys(other)
