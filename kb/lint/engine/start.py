"""What is open about prevention, as fingerprints: at the start of a workspace, and later to compare with it."""

from __future__ import annotations

from collections.abc import Iterator

from kb.lint.engine.survey import Survey
from kb.lint.engine.world_builder import WorldBuilder
from kb.model.page import Entry
from kb.rules.finding import compute_fingerprint
from kb.rules.world import World
from linters.incident.measures import list_unsettled

_MARK = "START"
"""Stands where a finding's fingerprint has its rule, so that none of theirs is one of these."""
_BATCH = 200


def unsettled_fingerprints(entry: Entry, world: World) -> frozenset[str]:
    """Return the fingerprints of what is open about prevention on an incident page."""
    return frozenset(compute_fingerprint(entry.doc, entry.part, _MARK, role) for role in list_unsettled(entry, world))


class StartCollector:
    """Collects what is open on the incident pages of a survey, a few pages at a time."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._waiting: list[Entry] = []
        self._found: list[tuple[str, str, str]] = []

    def add(self, entry: Entry) -> None:
        if not entry.is_incident or entry.part != "body":
            return
        self._waiting.append(entry)
        if len(self._waiting) >= _BATCH:
            self._found += self._judge()

    def found(self) -> list[tuple[str, str, str]]:
        """Return the fingerprints with their documents and parts."""
        self._found += self._judge()
        return self._found

    def _judge(self) -> Iterator[tuple[str, str, str]]:
        entries, self._waiting = self._waiting, []
        survey = self._survey
        if not entries or survey.workspace is None:
            return
        from kb.mirror.store import Mirror

        with Mirror.open(survey.workspace.mirror, readonly=True) as mirror:
            world = WorldBuilder(survey.settings, survey.now.date(), mirror).world(entries)
        for entry in entries:
            for fingerprint in unsettled_fingerprints(entry, world):
                yield fingerprint, str(entry.doc), entry.part
