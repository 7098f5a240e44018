"""esa's rate limit: requests per person and fixed window, all tokens and teams together."""

from __future__ import annotations

from dataclasses import dataclass

UNLIMITED = 1_000_000


@dataclass(slots=True)
class _Window:
    ends: int
    used: int = 0


@dataclass(frozen=True, slots=True)
class QuotaLeft:
    """A person's quota after a request. `reset` is in epoch seconds."""

    limit: int
    remaining: int
    reset: int
    refused: bool


class RequestQuota:
    """Counts requests by person. A window begins with the person's first request."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}

    def count(self, person: str, now: int, *, limit: int, window_s: int, refused_cost: bool) -> QuotaLeft:
        """Count a request; return the quota left. `limit` 0 never refuses."""
        window = self._windows.get(person)
        if window is None or window.ends <= now:
            window = self._windows[person] = _Window(now + window_s)
        allowed = limit or UNLIMITED
        refused = bool(limit) and window.used >= limit
        if not refused or refused_cost:
            window.used += 1
        if refused and refused_cost:
            # Each further request pushes the end away by a second: hammering makes it worse.
            window.ends += 1
        return QuotaLeft(allowed, max(0, allowed - window.used), window.ends, refused)

    def reset(self) -> None:
        """Reset everybody."""
        self._windows.clear()
