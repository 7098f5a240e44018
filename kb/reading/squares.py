"""Squares that are check boxes: ■ done, □ to do, one under the other.

■ opens sections on many pages. Where lines with ■ and with □ follow each other, and the words behind
■ are no name of a section, the two are the states of one list.
"""

from __future__ import annotations

from collections.abc import Sequence

from kb.reading.blocks import Box
from kb.reading.lexicon import lookup
from kb.reading.unit import Form, Unit, ticked

_DONE = "■"


def pair_squares(units: Sequence[Unit]) -> None:
    """Ticks the lines with ■ that stand in one list with lines whose box is open."""
    run: list[Unit] = []
    for unit in units:
        if not (unit.box is Box.OPEN or _square(unit)):
            _tick(run)
            run = []
        elif run and run[0].bullet is not unit.bullet:
            _tick(run)
            run = [unit]
        else:
            run.append(unit)
    _tick(run)


def _tick(run: Sequence[Unit]) -> None:
    if any(unit.box is Box.OPEN for unit in run):
        for unit in run:
            if unit.box is Box.NONE:
                ticked(unit, len(_DONE))


def _square(unit: Unit) -> bool:
    if unit.form not in (Form.LINE, Form.ITEM) or not unit.raw.startswith(_DONE):
        return False
    words = unit.text.removeprefix(_DONE).strip(" ■")
    return bool(words) and lookup(words) is None
