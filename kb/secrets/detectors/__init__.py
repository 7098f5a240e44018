"""Detectors: each module knows some layouts, and registers the functions that `kb.secrets.find` calls.

A new one is a file of this folder: a `detection_rule` with the words for it, and a function below `@line_detector` or
`@body_detector`. Where its lines have none of the words of `words/prefilter.toml`, it adds them there.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Set
from functools import cache, lru_cache
from typing import NamedTuple

from kb.secrets.page.candidates import Candidate
from kb.secrets.page.context import LineContext
from kb.secrets.page.marks import NOWHERE, PER_DETECTOR, Mark, Marks
from kb.secrets.page.text_page import TextLine, TextPage

FindOnLine = Callable[[TextLine, LineContext], Iterator[Candidate]]
FindInBody = Callable[[str], Iterator[Candidate]]


class Needs(NamedTuple):
    """What a line must have for a detector to find anything for it: one of these.

    `label`: a label. `patterns`: a match of one of them, without case; they are tried in one pass over the page
    (`kb.secrets.page.marks`), widened, so that look-around says nothing. `text`: a text, in one width, that passes this
    look at it, where `worth` has a match, tried as `patterns` are, or anywhere; `beside`: the same on a page with a
    label. `amid`: of these the page must hold one as well, wherever, or its title.
    """

    label: bool = False
    patterns: tuple[str, ...] = ()
    text: Callable[[str], object] | None = None
    worth: tuple[str, ...] = ()
    beside: Callable[[str], object] | None = None
    amid: tuple[str, ...] = ()


class LineDetector(NamedTuple):
    """A function for lines and cells, and which of them it is called for.

    `signs`: a line has one of them (`kb.secrets.page.prefilter`). `in_cells`: cells of tables are lines, too;
    `in_code`: so is code. `on_line`: the value stands on the line itself, so that one without three ASCII characters
    in a row holds none.
    """

    order: int
    find: FindOnLine
    signs: int
    in_cells: bool
    in_code: bool
    on_line: bool
    needs: Needs
    mark: int = 0
    """The mark of `needs.patterns`; the next numbers are those of `needs.worth` and `needs.amid`."""

    def _lacks(self, page: TextPage, marks: Marks) -> bool:
        """Whether the page holds nothing that it must hold somewhere."""
        amid = self.needs.amid
        return bool(amid) and self.mark + 2 not in marks and not _says(page.title, amid)

    def marked(self, page: TextPage, marks: Marks) -> Set[int]:
        """The lines for which it may find something, by marks: the text is not looked at."""
        needs = self.needs
        if self._lacks(page, marks):
            return NOWHERE
        if (needs.text and not needs.worth) or (needs.beside and page.labelled):
            return frozenset(range(len(page.starts)))
        return marks.on(self.mark) | marks.on(self.mark + 1) | (page.labels if needs.label else NOWHERE)

    def may_find(self, page: TextPage, number: int, text: str) -> bool:
        """Whether it may find something for a line, or a part of one, of a page with marks."""
        needs, marks = self.needs, page.lowered.marks
        if marks is None or (number in marks.on(self.mark) and not self._lacks(page, marks)):
            return True
        if self._lacks(page, marks):
            return False
        if needs.label and number in page.labels:
            return True
        if needs.text and (not needs.worth or number in marks.on(self.mark + 1)) and needs.text(text):
            return True
        return bool(needs.beside and page.labelled and needs.beside(text))


@lru_cache(maxsize=64)  # every line of a page asks
def _says(title: str, patterns: tuple[str, ...]) -> bool:
    return any(re.search(each, title, re.I) for each in patterns)


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
    needs: Needs,
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
    marked = [each._replace(mark=Mark.DETECTOR + PER_DETECTOR * index) for index, each in enumerate(lines)]
    return tuple(marked), tuple(sorted(_body_detectors, key=lambda each: each.find.__module__))


@cache
def select_detectors(signs: int, *, cell: bool, valued: bool) -> tuple[LineDetector, ...]:
    """The detectors for a line with these signs; `valued`: it has three ASCII characters in a row."""
    return tuple(
        each
        for each in load_detectors()[0]
        if signs & each.signs and (each.in_cells or not cell) and (valued or not each.on_line)
    )
