"""Detectors: each module knows some layouts, and registers the functions that `kb.secrets.find` calls.

A new one is a file of this folder: a `detection_rule` with the words for it, and a function below `@line_detector` or
`@body_detector`. Where its lines have none of the words of `words/prefilter.toml`, it adds them there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Set
from functools import cache
from typing import NamedTuple

from kb.secrets.page.candidates import Candidate
from kb.secrets.page.context import LineContext
from kb.secrets.page.marks import NOWHERE, Mark, Marks
from kb.secrets.page.text_page import TextLine, TextPage

FindOnLine = Callable[[TextLine, LineContext], Iterator[Candidate]]
FindInBody = Callable[[str], Iterator[Candidate]]


class Needs(NamedTuple):
    """What a line must have for a detector to find anything for it: one of these.

    `label`: a label. `patterns`: a match of one of them, without case; they are tried in one pass over the page
    (`kb.secrets.page.marks`), widened, so that look-around says nothing. `text`: a text, in one width, that passes this
    look at it, for what is `joined` on a line with a join; `beside`: the same on a page with a label.
    """

    label: bool = False
    patterns: tuple[str, ...] = ()
    text: Callable[[str], object] | None = None
    joined: bool = False
    beside: Callable[[str], object] | None = None


class LineDetector(NamedTuple):
    """A function for lines and cells, and which of them it is called for.

    `signs`: a line has one of them (`kb.secrets.page.prefilter`). `in_cells`: cells of tables are lines, too;
    `in_code`: so is code. `on_line`: the value stands on the line itself, so that one without three ASCII characters
    in a row holds none. Without `needs` any line with the signs may do.
    """

    order: int
    find: FindOnLine
    signs: int
    in_cells: bool
    in_code: bool
    on_line: bool
    needs: Needs | None
    mark: int = 0
    """The mark of `needs.patterns`."""

    def marked(self, page: TextPage, marks: Marks) -> Set[int]:
        """The lines for which it may find something, by marks: the text is not looked at."""
        needs = self.needs
        if needs is None or (needs.text and not needs.joined) or (needs.beside and page.labelled):
            return frozenset(range(len(page.starts)))
        return (
            marks.on(self.mark)
            | (page.labels if needs.label else NOWHERE)
            | (marks.on(Mark.JOIN) if needs.joined else NOWHERE)
        )

    def may_find(self, page: TextPage, number: int, text: str) -> bool:
        """Whether it may find something for a line, or a part of one, of a page with marks."""
        needs, marks = self.needs, page.lowered.marks
        if needs is None or marks is None or number in marks.on(self.mark):
            return True
        if needs.label and number in page.labels:
            return True
        if needs.text and (not needs.joined or number in marks.on(Mark.JOIN)) and needs.text(text):
            return True
        return bool(needs.beside and page.labelled and needs.beside(text))


class BodyDetector(NamedTuple):
    """A function for whole bodies. `needs`: patterns without look-around, of one of which a body in lower case has a

    match wherever the function finds anything. They are tried by Hyperscan, in one pass.
    """

    find: FindInBody
    needs: tuple[str, ...]


_line_detectors: list[LineDetector] = []
_body_detectors: list[BodyDetector] = []


def line_detector(
    signs: int,
    *,
    order: int = 1000,
    in_cells: bool = True,
    in_code: bool = True,
    on_line: bool = False,
    needs: Needs | None = None,
) -> Callable[[FindOnLine], FindOnLine]:
    """Register a function for lines. Of equal proposals, that of the lower order stays."""

    def register(find: FindOnLine) -> FindOnLine:
        _line_detectors.append(LineDetector(order, find, signs, in_cells, in_code, on_line, needs))
        return find

    return register


def body_detector(*needs: str) -> Callable[[FindInBody], FindInBody]:
    """Register a function for whole bodies, those without a word of `words/prefilter.toml` among them."""

    def register(find: FindInBody) -> FindInBody:
        _body_detectors.append(BodyDetector(find, needs))
        return find

    return register


@cache
def load_detectors() -> tuple[tuple[LineDetector, ...], tuple[BodyDetector, ...]]:
    """Import all modules of this folder; return the detectors for lines, in their order, and those for bodies."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    lines = sorted(_line_detectors, key=lambda each: (each.order, each.find.__module__))
    marked = [each._replace(mark=Mark.DETECTOR + index) for index, each in enumerate(lines)]
    return tuple(marked), tuple(sorted(_body_detectors, key=lambda each: each.find.__module__))


@cache
def select_detectors(signs: int, *, cell: bool, valued: bool) -> tuple[LineDetector, ...]:
    """The detectors for a line with these signs; `valued`: it has three ASCII characters in a row."""
    return tuple(
        each
        for each in load_detectors()[0]
        if signs & each.signs and (each.in_cells or not cell) and (valued or not each.on_line)
    )
