"""Goes slower when a server goes slower: four at a time at best, one at a time and with pauses at worst."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator

WIDEST = 4
SLOW_FACTOR = 3.0
"""An answer that takes this many times the usual for its kind is slow."""

SLOW_S = 0.5
"""Nothing quicker than this is called slow: it is noise."""

GOOD_IN_A_ROW = 20
"""Answers at the usual speed after which one more request at a time is tried."""

LONGEST_PAUSE_S = 2.0

_NUMBER = re.compile(r"\d+")


class Pace:
    """How many requests may be under way at once, and the pause before each. Safe between threads.

    What is usual is learnt per kind of request (its path, numbers aside), since a list of 100
    tickets takes a Redmine ten times as long as one ticket.
    """

    def __init__(self, widest: int = WIDEST) -> None:
        self.width = self._widest = widest
        self.pause_s = 0.0
        self._usual: dict[str, float] = {}
        self._under_way = self._good = 0
        self._free = threading.Condition()

    @contextlib.contextmanager
    def turn(self, sleep: Callable[[float], object]) -> Iterator[None]:
        """Wait for a turn, pause if the server is slow, and hold the turn."""
        with self._free:
            while self._under_way >= self.width:
                self._free.wait()
            self._under_way += 1
            pause = self.pause_s
        try:
            if pause:
                sleep(pause)
            yield
        finally:
            with self._free:
                self._under_way -= 1
                self._free.notify_all()

    def took(self, path: str, seconds: float, *, failed: bool = False) -> None:
        """Learn from one exchange: how long it took, and whether the server failed (5xx, time-out)."""
        kind = _NUMBER.sub("N", path)
        with self._free:
            usual = self._usual.get(kind, seconds)
            slow = not failed and seconds > SLOW_S and seconds > SLOW_FACTOR * usual
            if not failed:
                # Quick to believe that a server is fast, slow to get used to a slow one.
                self._usual[kind] = usual + (seconds - usual) * (0.5 if seconds < usual else 0.02)
            if failed or slow:
                self._good = 0
                if self.width > 1:
                    self.width -= 1
                elif slow:  # a failure is followed by a pause of its own, before it is tried again
                    self.pause_s = min(LONGEST_PAUSE_S, seconds / 2)
            else:
                self.pause_s = self.pause_s / 2 if self.pause_s > 0.05 else 0.0
                self._good += 1
                if self._good >= GOOD_IN_A_ROW and self.width < self._widest:
                    self._good = 0
                    self.width += 1
            self._free.notify_all()
