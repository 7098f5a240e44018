"""Show the progress of a long run: one moving line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from typing import TextIO

from kb.console.terminal import say, terminal_width
from kb.text.display import clip
from kb.text.lang import Text, t

EVERY_S = 30.0
"""Between two plain lines, where standard error is no terminal."""

TERMINAL_EVERY_S = 0.1


class Meter:
    """Draws one source's progress on standard error.

    `step` says how many of how many pages are done, `request` what the server still grants. The
    remaining requests are an estimate from those made so far. Safe to be told from other threads.

    `rest` tells how many requests and seconds the rest takes, from what is done, the total and the seconds since the
    beginning; without it what is left takes as much as what was done, in proportion.
    """

    def __init__(
        self,
        name: str,
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        rest: Callable[[int, int, float], tuple[int, float]] | None = None,
    ) -> None:
        self.name = name
        self._rest = rest
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._clock = clock
        self._began = clock()
        self._drawn = self._began if not self._terminal else 0.0
        self._done = self._total = self._requests = 0
        self._granted: int | None = None
        self._waiting = ""
        self._shown = False

    def step(self, done: int, total: int) -> None:
        """Record how many pages are stored."""
        self._done, self._total, self._waiting = done, total, ""
        self._draw()

    def request(self, made: int, granted: int | None, waiting_s: float = 0.0) -> None:
        """Record the requests made, those left until the limit, and the wait before the next."""
        self._requests, self._granted = made, granted
        if waiting_s >= 1:
            until = time.strftime("%H:%M:%S", time.localtime(time.time() + waiting_s))
            self._waiting = str(
                t(
                    f"制限の回復待ち {math.ceil(waiting_s)} 秒（{until} まで）",
                    f"waiting {math.ceil(waiting_s)} s (until {until})",
                )
            )
            self._draw(now=waiting_s >= EVERY_S)
        else:
            self._draw()

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Clear the moving line."""
        if self._shown and self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False

    def line(self) -> str:
        """Return what is shown now."""
        parts = [self.name]
        if self._total:
            parts.append(str(t(f"{self._done:,}/{self._total:,} 件", f"{self._done:,}/{self._total:,}")))
        left = self._left()
        if left:
            parts.append(str(t(f"残り約 {left:,} リクエスト", f"about {left:,} request{_s(left)} left")))
        elif self._requests:
            parts.append(str(t(f"{self._requests:,} リクエスト", f"{self._requests:,} request{_s(self._requests)}")))
        if self._granted is not None:
            parts.append(str(t(f"制限まで {self._granted:,}", f"{self._granted:,} until the limit")))
        seconds = self._eta()
        if self._waiting:
            parts.append(self._waiting)
        elif seconds:
            parts.append(str(t(f"あと約 {_span(seconds).ja}", f"about {_span(seconds).en} to go")))
        return " · ".join(parts)

    def _left(self) -> int:
        if not self._done or self._total <= self._done:
            return 0
        if self._rest is not None:
            return self._rest(self._done, self._total, self._clock() - self._began)[0]
        return math.ceil(self._requests * (self._total - self._done) / self._done)

    def _eta(self) -> float:
        if not self._done or self._total <= self._done:
            return 0.0
        elapsed_s = self._clock() - self._began
        if self._rest is not None:
            return self._rest(self._done, self._total, elapsed_s)[1]
        return elapsed_s * (self._total - self._done) / self._done

    def _draw(self, *, now: bool = False) -> None:
        moment = self._clock()
        if not now and moment - self._drawn < (TERMINAL_EVERY_S if self._terminal else EVERY_S):
            return
        self._drawn = moment
        if self._terminal:
            self._stream.write("\r" + clip(self.line(), terminal_width() - 1) + "\x1b[K")
            self._stream.flush()
            self._shown = True
        else:
            say(self.line())


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _span(seconds: float) -> Text:
    minutes = math.ceil(seconds / 60)
    if seconds < 90:
        return t(f"{math.ceil(seconds)} 秒", f"{math.ceil(seconds)} s")
    return t(f"{minutes} 分", f"{minutes} min")
