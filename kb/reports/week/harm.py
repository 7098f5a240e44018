"""What of all documents does the most harm, gathered for the three things of today."""

from __future__ import annotations

from dataclasses import dataclass

from kb.lint.secret_codes import CREDENTIALS, is_secret
from kb.model import Severity
from kb.reports.incidents.rows import Standing
from kb.reports.week.model import Row
from kb.reports.week.scene import Scene, Seen
from kb.secrets.exposure import Exposure, exposure


@dataclass(slots=True)
class Worst:
    """Credentials by who can read them, changed ones apart, and the open incident page that lacks most, or longest."""

    scene: Scene
    exposed: int = 0
    written: int = 0
    rotated: int = 0
    incident: Row | None = None
    missing: int = 0
    _key: tuple[int, int] = (0, -1)

    def see(self, seen: Seen) -> None:
        """One document."""
        for found in seen.open:
            if found.code.startswith(CREDENTIALS) and found.secret is not None:
                if found.rotated_on:
                    self.rotated += 1
                elif exposure(seen.entry, found) >= Exposure.ANONYMOUS:
                    self.exposed += 1
                else:
                    self.written += 1
        row = seen.incident
        if row is None or row.standing is not Standing.OPEN:
            return
        heard = [each for each in seen.open if not is_secret(each.code) and each.severity > Severity.INFO]
        key = sum(each.severity is Severity.ERROR for each in heard), row.age_days or 0
        if heard and key > self._key:
            self._key, self.missing = key, len(heard)
            worst = min(heard, key=lambda each: -int(each.severity))
            self.incident = self.scene.finding(seen.entry, worst, since=row.day)
