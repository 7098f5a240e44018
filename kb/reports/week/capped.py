"""The first so many of a long list, without holding the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from kb.reports.week.model import SHOWN, Listed, Row

T = TypeVar("T")


class Capped(Generic[T]):
    """Counts all that is added and holds the `most` with the smallest keys, in their order."""

    def __init__(self, most: int = SHOWN) -> None:
        self.total = 0
        self._most = most
        self._held: list[tuple[Any, int, T]] = []
        self._worst: Any = None

    def count(self) -> None:
        """One that is counted, and never held."""
        self.total += 1

    def add(self, key: Any, make: Callable[[], T]) -> None:
        """One more; it is made only where it may be among the first. Of equal keys the earlier ones stay."""
        self.total += 1
        if self._worst is not None and key >= self._worst:
            return
        self._held.append((key, self.total, make()))
        if len(self._held) >= 2 * self._most:
            self._cut()

    def put(self, key: Any, value: T) -> None:
        """One more that is made already."""
        self.add(key, lambda: value)

    def first(self) -> tuple[T, ...]:
        """What is held."""
        self._cut()
        return tuple(each for _, _, each in self._held)

    def _cut(self) -> None:
        self._held.sort(key=lambda each: each[:2])
        del self._held[self._most :]
        if len(self._held) == self._most:
            self._worst = self._held[-1][0]


def listed(rows: Capped[Row], command: str = "") -> Listed:
    """A list of the report."""
    return Listed(rows.total, rows.first(), command)
