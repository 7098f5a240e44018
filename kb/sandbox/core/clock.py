"""The sandbox's time: real time, shifted by tests."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """A callable clock (UTC) that keeps running after being set, unless frozen."""

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self._shift_s = 0.0
        self._frozen: datetime | None = None

    def __call__(self) -> datetime:
        if self._frozen is not None:
            return self._frozen
        return datetime.fromtimestamp(self._real() + self._shift_s, UTC)

    def set(self, now: datetime, *, frozen: bool = False) -> None:
        """Set the time to `now` (aware); `frozen` stops it there."""
        self._shift_s = now.timestamp() - self._real()
        self._frozen = now.astimezone(UTC) if frozen else None

    def advance(self, seconds: float) -> None:
        """Advance by `seconds`."""
        self._shift_s += seconds
        if self._frozen is not None:
            self._frozen += timedelta(seconds=seconds)

    def reset(self) -> None:
        """Return to real time."""
        self._shift_s, self._frozen = 0.0, None
