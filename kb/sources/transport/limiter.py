"""Obey a server's rate limit as its headers tell it, together with other processes of this machine.

esa counts requests per person over a fixed window (300 in 15 minutes; it has been 75, and a team may have more):
whatever the headers say holds, and a few requests are left for the person's other tools. A Redmine says nothing, and
is only waited for when it asks.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kb.errors import BudgetError
from kb.sources.transport import pacing
from kb.text.lang import t

MAX_BYTES = 4096
_LOCK_TRIES, _LOCK_PAUSE_S = 40, 0.05


class SharedFigures:
    """Numbers in a small JSON file, locked while it is touched. Broken, foreign or unwritable, it counts as empty.

    It only saves requests, so nothing here raises, and a lock that takes over two seconds is done without.
    """

    __slots__ = ("path",)

    def __init__(self, folder: Path, key: str) -> None:
        digest = hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
        self.path = folder / f"limit-{digest}.json"

    @contextlib.contextmanager
    def held(self) -> Iterator[dict[str, float]]:
        """Yield the figures to change in place; written back at the end, under one lock."""
        handle = self._open()
        try:
            figures = self._read(handle)
            yield figures
            self._write(handle, figures)
        finally:
            if handle is not None:
                os.close(handle)  # gives the lock back

    def _open(self) -> int | None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
        except OSError:
            return None
        for _ in range(_LOCK_TRIES):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return handle
            except BlockingIOError:
                time.sleep(_LOCK_PAUSE_S)
            except OSError:
                break
        os.close(handle)
        return None

    def _read(self, handle: int | None) -> dict[str, float]:
        if handle is None:
            return {}
        try:
            raw = json.loads(os.pread(handle, MAX_BYTES, 0))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(raw, dict):
            return {}
        return {key: float(value) for key, value in raw.items() if isinstance(value, int | float) and abs(value) < 1e12}

    def _write(self, handle: int | None, figures: dict[str, float]) -> None:
        if handle is None:
            return
        try:
            text = json.dumps(figures).encode()
            os.pwrite(handle, text, 0)
            os.ftruncate(handle, len(text))
        except OSError:
            return


class ProcessLocalFigures:
    """The same for this process alone: before it is known whose they are, or without a folder."""

    __slots__ = ("_figures",)

    def __init__(self) -> None:
        self._figures: dict[str, float] = {}

    @contextlib.contextmanager
    def held(self) -> Iterator[dict[str, float]]:
        yield self._figures


RESERVE = 10
"""Requests of a window that are left to the person's other tools; at most a tenth of the limit."""

LONGEST_WINDOW_S = 7200.0
"""A window that ends later than this is not believed; esa's is 900 s."""

MAX_WAIT_S = 1800.0
"""The longest wait a run accepts where kb.toml names none."""

LARGEST_LIMIT = 1_000_000
LONGEST_HOLD_S = pacing.MOST_S + 1


@dataclass(frozen=True, slots=True)
class RateLimitLeft:
    """Requests left in the window; None where the server does not say."""

    remaining: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class RateLimitWindow:
    """The present window, other processes' requests counted."""

    limit: int
    remaining: int
    reset_in_s: float


class Limiter:
    """Tells how long to wait before the next request; never sleeps. Safe between threads.

    Its figures: `limit`, `remaining`, `reset` (end of the window) and `hold` (no request before), in epoch seconds.
    """

    def __init__(self, system: str, *, folder: Path | None = None, max_wait_s: float = MAX_WAIT_S) -> None:
        self.system = system
        self.max_wait_s = max_wait_s
        self._folder = folder
        self._store: SharedFigures | ProcessLocalFigures = ProcessLocalFigures()
        self._lock = threading.Lock()
        self._standing = RateLimitLeft()

    @property
    def standing(self) -> RateLimitLeft:
        return self._standing

    def share(self, key: str) -> None:
        """Share the figures with every process that names the same `key` (host and user) from now on."""
        if self._folder is None:
            return
        with self._lock:
            with self._store.held() as mine:
                known = dict(mine)
            self._store = SharedFigures(self._folder, f"{self.system}\0{key}")
            with self._store.held() as theirs:
                if theirs.get("reset", 0.0) <= known.get("reset", 0.0):
                    theirs.update(known)

    def reserve(self, now: float) -> float:
        """Return 0.0 and count a request that may leave now, else the seconds to wait. Raises BudgetError."""
        with self._lock, self._store.held() as figures:
            wait = self._wait(figures, now)
            if wait <= 0 and figures.get("remaining", 0) > 0:
                figures["remaining"] -= 1
        self.refuse_beyond(wait)
        return max(0.0, wait)

    def refuse_beyond(self, wait: float) -> None:
        """Raise BudgetError when a wait is longer than `max_wait_s`."""
        if wait > self.max_wait_s:
            raise self._too_long(wait)

    def due_in_s(self, now: float) -> float:
        """Return the seconds until another request may leave. Counts nothing."""
        with self._lock, self._store.held() as figures:
            return max(0.0, self._wait(figures, now))

    def window(self, now: float) -> RateLimitWindow | None:
        """Return the open window; None when none is known. Counts nothing."""
        with self._lock, self._store.held() as figures:
            limit, ends = figures.get("limit", 0.0), figures.get("reset", 0.0) - now
            if limit and 0 < ends <= LONGEST_WINDOW_S:
                return RateLimitWindow(int(limit), int(figures.get("remaining", limit)), ends)
        return None

    def limit(self) -> int | None:
        """Return the requests of a window as the last answer had it, even if that is over; None where untold."""
        with self._lock, self._store.held() as figures:
            return int(figures.get("limit", 0.0)) or None

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        """Take over what an answer says about the window, unless it cannot be true."""
        limit, remaining = _whole(headers, "x-ratelimit-limit"), _whole(headers, "x-ratelimit-remaining")
        if limit is None or remaining is None or not 1 <= limit <= LARGEST_LIMIT:
            return
        remaining = min(remaining, limit)
        self._standing = RateLimitLeft(remaining, limit)
        reset_in = self.reset_in_s(headers, now)
        if reset_in is None:
            return
        with self._lock, self._store.held() as figures:
            same_window = abs(figures.get("reset", 0.0) - (now + reset_in)) < 3.0
            if same_window and figures.get("limit") == limit:
                # Answers overtake each other, and another process has counted too: the fewest holds.
                remaining = int(min(remaining, figures.get("remaining", remaining)))
            figures.update(limit=float(limit), remaining=float(remaining), reset=now + reset_in)

    def hold(self, headers: Mapping[str, str], message: str, now: float) -> float:
        """Note that the server refused; return the seconds it asks to wait."""
        asked = pacing.retry_after_s(headers, message, now, reset_in_s=self.reset_in_s(headers, now))
        # One more second: both sides round, and who comes too early is counted again.
        asked += 1.0
        with self._lock, self._store.held() as figures:
            figures["hold"] = max(figures.get("hold", 0.0), now + asked)
        return asked

    @staticmethod
    def reset_in_s(headers: Mapping[str, str], now: float) -> float | None:
        """Return the seconds to the end of the window by the server's `date`, else our clock; None where unknown."""
        reset = _whole(headers, "x-ratelimit-reset")
        if reset is None:
            return None
        served = pacing.parse_http_date(headers.get("date", ""))
        for clock in (served, now):
            if clock is not None and 0 <= reset - clock <= LONGEST_WINDOW_S:
                return reset - clock
        return None

    @staticmethod
    def _wait(figures: Mapping[str, float], now: float) -> float:
        hold = figures.get("hold", 0.0) - now
        wait = hold if 0 < hold <= LONGEST_HOLD_S else 0.0
        limit = figures.get("limit", 0.0)
        left_alone = min(RESERVE, limit // 10)
        window = figures.get("reset", 0.0) - now
        if limit and figures.get("remaining", limit) <= left_alone and 0 < window <= LONGEST_WINDOW_S:
            wait = max(wait, window + 1.0)
        return wait

    def _too_long(self, wait: float) -> BudgetError:
        minutes = int(wait // 60) + 1
        name = self.system
        return BudgetError(
            t(
                f"{name} の利用制限のため、あと約 {minutes} 分待つ必要があります（上限は {int(self.max_wait_s)} 秒）。",
                f"{name}'s rate limit asks for a wait of about {minutes} min (set: at most {int(self.max_wait_s)} s).",
            ),
            t(
                f"{minutes} 分ほどしてからやり直すと続きから始まります。待てるなら kb.toml の [sync] に"
                f" max_wait_s = {int(wait) + 60} と書いてください。",
                f"run it again in {minutes} min, it goes on from here; or set max_wait_s = {int(wait) + 60}"
                " below [sync] in kb.toml.",
            ),
        )


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None
