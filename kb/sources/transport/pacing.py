"""Read how long a server asks to wait, slow down when it slows, and read with a few threads."""

from __future__ import annotations

import contextlib
import math
import queue
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar

from kb.text.lazy_pattern import compile_lazy

DEFAULT_S = 60.0
"""The wait when a server refuses without saying for how long."""

MOST_S = 366 * 86400.0
"""Nobody means more than this: such a value is passed over, and the next form counts."""

_SECONDS = compile_lazy(r"\s*([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*(?:,|$)")
_SENTENCE = compile_lazy(r"[Rr]etry[ -]after:? +([0-9]{1,12})", re.ASCII)


def retry_after_s(headers: Mapping[str, str], message: str, now: float, *, reset_in_s: float | None = None) -> float:
    """Return the seconds to wait after a refusal.

    The header `retry-after` (seconds, or a date read against the server's own `date`) counts first, then esa's sentence
    "Retry after N seconds." in `message`, then the end of the rate limit's window, then a default.
    Source: esa API v1, rate limits; RFC 9110 10.2.3.
    """
    for asked in _asked(headers, message, now):
        if asked <= MOST_S:
            return max(0.0, asked)
    return DEFAULT_S if reset_in_s is None else max(0.0, reset_in_s)


def _asked(headers: Mapping[str, str], message: str, now: float) -> Iterator[float]:
    header = headers.get("retry-after", "")
    if number := _SECONDS.match(header):
        yield float(number[1])
    elif (moment := parse_http_date(header)) is not None:
        served = parse_http_date(headers.get("date", ""))
        yield moment - (now if served is None else served)
    if sentence := _SENTENCE.search(message):
        yield float(sentence[1])


def parse_http_date(text: str) -> float | None:
    """Return an HTTP date in epoch seconds; None for anything else."""
    if not text or len(text) > 64:
        return None
    try:
        moment = parsedate_to_datetime(text)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return seconds if math.isfinite(seconds) else None


MOST_AT_ONCE = 4
"""Requests under way at best; at worst one at a time, with pauses."""

SLOW_FACTOR = 3.0
"""An answer that takes this many times the usual for its kind is slow."""

SLOW_S = 0.5
"""Nothing quicker than this is called slow: it is noise."""

GOOD_IN_A_ROW = 20
"""Answers at the usual speed after which one more request at a time is tried."""

LONGEST_PAUSE_S = 2.0

_NUMBER = compile_lazy(r"\d+")


class Pace:
    """Limits the requests under way and pauses before each, slower when a server slows. Safe between threads.

    What is usual is learnt per path, numbers aside: a list of 100 tickets takes a Redmine ten times as long as one.
    """

    def __init__(self, widest: int = MOST_AT_ONCE) -> None:
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


A = TypeVar("A")
B = TypeVar("B")

_END = object()


def run_parallel(work: Callable[[A], B], items: Iterable[A], *, width: int) -> Iterator[B]:
    """Yield `work(item)` for every item, `width` at a time, in the order they finish.

    Items are taken in the caller's thread, only a few ahead of what it has read. The first exception is raised here,
    and nothing new begins after it, nor when the caller stops early. The threads are daemons: one that still waits for
    a server never holds up the exit.
    """
    tasks: queue.SimpleQueue[A | object] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[B | None, BaseException | None]] = queue.SimpleQueue()
    stop = threading.Event()

    def run() -> None:
        while (item := tasks.get()) is not _END:
            if stop.is_set():
                continue
            try:
                done.put((work(item), None))  # type: ignore[arg-type]
            except BaseException as error:
                done.put((None, error))

    threads = [threading.Thread(target=run, name=f"kb-reader-{at}", daemon=True) for at in range(width)]
    for thread in threads:
        thread.start()
    source, under_way = iter(items), 0
    try:
        while True:
            for item in source:
                tasks.put(item)
                under_way += 1
                if under_way >= 2 * width:
                    break
            if not under_way:
                return
            result, failure = done.get()
            under_way -= 1
            if failure is not None:
                raise failure
            yield result  # type: ignore[misc]
    finally:
        stop.set()
        for _ in threads:
            tasks.put(_END)
