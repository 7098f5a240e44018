"""Tables that describe fields, messages or a board's pins, where a word for a password heads no password."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property

from kb.model.secret import SecretKind
from kb.secrets.page.text_page import MAX_CELL_NAME, Grid
from kb.secrets.scoring.filters import SENTENCE_WORDS
from kb.secrets.scoring.labels import read_whole_label
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/code.toml")

_DESCRIBES = compile_lazy(_TABLE["describes"], re.I)
_HOLDS = compile_lazy(_TABLE.group("holds_values") + r"(?:の?値|環境|用)?", re.I)
_LANGUAGE = compile_lazy(_TABLE["languages"], re.I)
_BOARD = compile_lazy(_TABLE["boards"], re.I)
_TEST_HEAD = compile_lazy(_TABLE["test_heads"], re.I)
_EXPECTED = compile_lazy(r"期待|expected", re.I)
_VERDICT = compile_lazy(_TABLE["verdicts"], re.I)
_ANSWERS = frozenset(_TABLE.words("answers"))
_DECORATION = " \t\u3000*_`@:|"
_FEW = 400
"""Cells of a table that are looked at for a board."""


class DescribedFields:
    """What the names of rows and columns say of a table. Read once a table, from what a rule asks."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._answers: dict[int, bool] = {}
        self._numbered: dict[int, bool] = {}

    @cached_property
    def _heads(self) -> dict[int, str]:
        first = self._grid[0] if self._grid else {}
        return {at: cell.line.text[:MAX_CELL_NAME].strip(_DECORATION) for at, cell in first.items()}

    @cached_property
    def columns_hold_none(self) -> bool:
        """Whether the rows are properties of what heads the columns: 型, 部品, 担当 below パスワード."""
        names = [row[min(row)].line.text.strip(_DECORATION) for row in self._grid[1:] if row]
        said = sum(_DESCRIBES.fullmatch(name[:40]) is not None for name in names)
        return said >= 2 and 3 * said >= len(names)

    @cached_property
    def _describing(self) -> int:
        return sum(_DESCRIBES.fullmatch(name) is not None for name in self._heads.values())

    @cached_property
    def lists_tests(self) -> bool:
        """Whether the rows are cases of a test, with what is expected and what came of it: 期待, 結果 below PASS."""
        heads = [at for at, name in self._heads.items() if _TEST_HEAD.search(name[:20])]
        if len(self._heads) < 3 or not heads:
            return False
        if any(_EXPECTED.search(self._heads[at][:20]) for at in heads):
            return True
        for at in heads:
            cells = [row[at].line.text.strip(_DECORATION) for row in self._grid[1:_FEW] if at in row]
            if len(cells) >= 2 and all(_VERDICT.fullmatch(cell[:12]) for cell in cells):
                return True
        return False

    @cached_property
    def _in_languages(self) -> bool:
        return sum(_LANGUAGE.fullmatch(name) is not None for name in self._heads.values()) >= 2

    def is_aside(self, column: int) -> bool:
        """Whether a column says something else of what names its row than its value."""
        name = self._heads.get(column, "")
        if self._in_languages:
            return True
        return self._describing >= 2 and not _HOLDS.fullmatch(name)

    def is_of_board(self, column: int, kind: SecretKind) -> bool:
        """Whether a column of pins is one of a board or a plug: some have one digit, or words of boards are near."""
        if kind is not SecretKind.PIN:
            return False
        if column not in self._numbered:
            cells = [row[column].line.text.strip(_DECORATION) for row in self._grid[1:_FEW] if column in row]
            self._numbered[column] = any(re.fullmatch(r"\d{1,2}", cell) for cell in cells)
        return self._numbered[column] or self._speaks_of_board

    @cached_property
    def _speaks_of_board(self) -> bool:
        cells = [cell.line.text[:60] for row in self._grid[:40] for cell in list(row.values())[:10]]
        return any(_BOARD.search(cell) or cell.strip(_DECORATION) == "ピン" for cell in cells)

    def is_enumerated(self, column: int, text: str) -> bool:
        """Whether a column of plain words holds answers, each of a few: all, self, no, limited."""
        if not (text.strip(_DECORATION).isalpha() and text.strip(_DECORATION).islower()):
            return False
        if column not in self._answers:
            cells = [row[column].line.text.strip(_DECORATION).lower() for row in self._grid[1:_FEW] if column in row]
            self._answers[column] = sum(cell in SENTENCE_WORDS or cell in _ANSWERS for cell in cells) >= 2
        return self._answers[column]

    @cached_property
    def _repeated(self) -> Counter[str]:
        """The words of cells that do not stand beside a label, and how often."""
        found: Counter[str] = Counter()
        for row in self._grid:
            columns = sorted(row)
            for place, at in enumerate(columns):
                text = row[at].line.text.strip(_DECORATION)
                if len(text) <= 24 and not (place and read_whole_label(row[columns[place - 1]].line.text[:60])):
                    found[text] += 1
        return found

    def is_repeated(self, text: str) -> bool:
        """Whether a word also stands where no label is beside it, as words of a list do."""
        text = text.strip(_DECORATION)
        return text.isalpha() and text.isascii() and self._repeated[text] > 0
