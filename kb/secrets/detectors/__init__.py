"""Detectors: each module knows some layouts, and registers the functions that `kb.secrets.find` calls.

A new one is a file of this folder: a `detection_rule` with the words for it, and a function below `@line_detector` or
`@body_detector`. Where its lines have none of the words of `words/prefilter.toml`, it adds them there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from kb.secrets.page.candidates import Candidate
from kb.secrets.page.context import LineContext
from kb.secrets.page.text_page import TextLine

FindOnLine = Callable[[TextLine, LineContext], Iterator[Candidate]]
FindInBody = Callable[[str], Iterator[Candidate]]


class LineDetector(NamedTuple):
    """A function for lines and cells, and which of them it is called for.

    `signs`: a line has one of them (`kb.secrets.page.prefilter`). `in_cells`: cells of tables are lines, too.
    `on_line`: the value stands on the line itself, so that one without three ASCII characters in a row holds none.
    """

    order: int
    find: FindOnLine
    signs: int
    in_cells: bool
    on_line: bool


_line_detectors: list[LineDetector] = []
_body_detectors: list[FindInBody] = []


def line_detector(
    signs: int, *, order: int = 1000, in_cells: bool = True, on_line: bool = False
) -> Callable[[FindOnLine], FindOnLine]:
    """Register a function for lines. Of equal proposals, that of the lower order stays."""

    def register(find: FindOnLine) -> FindOnLine:
        _line_detectors.append(LineDetector(order, find, signs, in_cells, on_line))
        return find

    return register


def body_detector(find: FindInBody) -> FindInBody:
    """Register a function for whole bodies, those without a word of `words/prefilter.toml` among them."""
    _body_detectors.append(find)
    return find


@cache
def load_detectors() -> tuple[tuple[LineDetector, ...], tuple[FindInBody, ...]]:
    """Import all modules of this folder; return the detectors for lines, in their order, and those for bodies."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    lines = sorted(_line_detectors, key=lambda each: (each.order, each.find.__module__))
    return tuple(lines), tuple(sorted(_body_detectors, key=lambda find: find.__module__))


@cache
def select_detectors(signs: int, *, cell: bool, valued: bool) -> tuple[FindOnLine, ...]:
    """The functions for a line with these signs; `valued`: it has three ASCII characters in a row."""
    return tuple(
        each.find
        for each in load_detectors()[0]
        if signs & each.signs and (each.in_cells or not cell) and (valued or not each.on_line)
    )
