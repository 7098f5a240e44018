"""Lines that promise something are told from near misses: a list labelled before the reader."""

from __future__ import annotations

from pathlib import Path

LINES = (Path(__file__).parent / "promises.txt").read_text("utf-8").splitlines()
LABELLED = [(line[2:], line[0] == "+") for line in LINES if line[:2] in ("+ ", "- ")]


def test_the_list_has_both_kinds() -> None:
    promises = sum(is_promise for _, is_promise in LABELLED)
    assert promises >= 25
    assert len(LABELLED) - promises >= 25
    assert len({line for line, _ in LABELLED}) == len(LABELLED)
