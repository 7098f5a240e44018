"""The labelled lines about embargoes: what keeps a page from people until a day, and what only looks like it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

LINES = (Path(__file__).parent / "notes" / "embargoes.txt").read_text("utf-8").splitlines()


def test_the_labels_are_days_and_there_are_enough_of_both() -> None:
    label, found = "", {}
    for line in LINES:
        if heading := re.fullmatch(r"=== (\S+)", line):
            label = heading[1]
            assert label in {"undated", "open"} or date.fromisoformat(label) > date(2026, 11, 27)
        elif label:
            found.setdefault(label == "open", []).append(line)
    assert len(found[False]) >= 40
    assert len(found[True]) >= 40
    every = [*found[False], *found[True]]
    assert len(set(every)) == len(every)
