"""How findings leave kb: one module a format, each a `Writer` that is fed document by document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kb.lint.counts import Counts
from kb.lint.judge import Judgement
from kb.model import Finding


class Writer(Protocol):
    """Writes as it goes: nothing grows with the number of documents but what a format must sort."""

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        """One document, those of its findings that are shown, and those that were set aside."""

    def end(self, counts: Counts) -> None:
        """The last document has been added."""
