"""What fixing came to, in a few lines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from kb.console import safe
from kb.lang import Text, t
from kb.lint.formats.places import id_of
from kb.model import DocId, Finding

SHOWN = 10
"""Fixes that were not made and are told one by one."""


@dataclass(frozen=True, slots=True)
class Left:
    """A finding whose fix was not made, and why: a clause without a full stop."""

    doc: DocId
    finding: Finding
    why: Text


@dataclass(slots=True)
class Report:
    """Figures of one run.

    `unsafe` findings have a fix that only `--unsafe-fixes` makes, `known` ones stand in the baseline.

    `pending` are fixes of the file at hand, which count once it is written. With `shown` the fixes
    stand in a diff and nothing was written.
    """

    shown: bool = False
    fixed: int = 0
    files: int = 0
    unsafe: int = 0
    known: int = 0
    failed: int = 0
    pending: int = 0
    left: list[Left] = field(default_factory=list)

    def count(self) -> None:
        """The file at hand is done."""
        self.files += 1
        self.fixed += self.pending
        self.pending = 0

    def lines(self) -> Iterator[Text]:
        """What a person should know, one sentence a line; what came from outside is made safe."""
        if self.shown:
            yield t(
                f"直せるもの {self.fixed} 件（{self.files} ファイル）。まだ何も書いていません。",
                f"{self.fixed} to fix in {_files(self.files)}; nothing was written.",
            )
        else:
            yield t(
                f"{self.files} ファイルで {self.fixed} 件を直しました。",
                f"fixed {self.fixed} in {_files(self.files)}.",
            )
        for each in self.left[:SHOWN]:
            place = safe(f"{id_of(each.doc)}:{each.finding.span.line} {each.finding.code}")
            yield t(f"- {place}: {each.why.ja}。", f"- {place}: {each.why.en}.")
        if len(self.left) > SHOWN:
            more = len(self.left) - SHOWN
            yield t(f"- このような行がほかに {more} 件あります。", f"- and {more} more like these.")
        if self.unsafe:
            yield t(
                f"意味が変わるかもしれない修正が {self.unsafe} 件あります。 → --unsafe-fixes --diff で見られます。",
                f"{self.unsafe} more could change a meaning: see them with --unsafe-fixes --diff.",
            )
        if self.known:
            yield t(
                f"ベースラインにある指摘も {self.known} 件直せます。 → --baseline {os.devnull} を付けると直します。",
                f"{self.known} more in the baseline could be fixed: --baseline {os.devnull} fixes them too.",
            )


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"
