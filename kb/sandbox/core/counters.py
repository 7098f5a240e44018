"""Count requests by system and route, and the people notified by writes.

Tests assert budgets on both.
"""

from __future__ import annotations

from collections import Counter


class Counters:
    """Counts every request that arrived, whatever its answer."""

    def __init__(self, systems: tuple[str, ...]) -> None:
        self._counts: dict[str, Counter[str]] = {system: Counter() for system in systems}

    def count(self, system: str, method: str, route: str) -> None:
        """Count a request of `METHOD route`."""
        self._counts[system]["total"] += 1
        self._counts[system][f"{method} {route}"] += 1

    def as_json(self) -> dict[str, dict[str, int]]:
        """Return `{"esa": {"total": 3, "GET /posts": 2, "GET /user": 1}, …}`."""
        return {system: {"total": counts["total"], **counts} for system, counts in self._counts.items()}

    def reset(self) -> None:
        """Set all to zero."""
        for counts in self._counts.values():
            counts.clear()


class Notices:
    """Counts notifications by the writes of one system, by way of notification."""

    def __init__(self, *ways: str) -> None:
        self._counts = dict.fromkeys(ways, 0)

    def count(self, way: str, number: int = 1) -> None:
        """Count notifications."""
        self._counts[way] += number

    def as_json(self) -> dict[str, int]:
        """Return `{"notices": 3, "webhooks": 1}`."""
        return dict(self._counts)

    def reset(self) -> None:
        """Set all to zero."""
        self._counts = dict.fromkeys(self._counts, 0)
