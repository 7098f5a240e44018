"""Go through a team's posts once: count the shared pages, and pick out what may not be looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from kb.model.document import Document, Kind, Source, Visibility
from kb.plan.destinations.baselines import Baselines
from kb.plan.destinations.calibrate import Sample
from kb.plan.destinations.families import is_dated
from kb.plan.destinations.signs import read_signs
from kb.plan.destinations.statistics import PlaceStatistics
from kb.plan.propose.post import ARCHIVE_CATEGORY, TEMPLATES_CATEGORY, is_readme
from kb.text.globs import find_personal_folder, is_limited

_SET_ASIDE = (ARCHIVE_CATEGORY, TEMPLATES_CATEGORY)


@dataclass(slots=True)
class TeamSurvey:
    """What shared pages show. `folders` and `limited` are globs of personal folders and of limited categories.

    `baselines` are counted only where an evaluation asks for them: they know each page, not only each place.
    """

    folders: Sequence[str] = ()
    limited: Sequence[str] = ()
    statistics: PlaceStatistics = field(default_factory=PlaceStatistics)
    sample: Sample = field(default_factory=Sample)
    baselines: Baselines | None = None

    def count(self, page: Document, created: date | None, hosts: Iterable[str] = ()) -> None:
        """Count a post, if it is a page of the team's that every member may read."""
        if not self.is_shared(page):
            return
        signs = read_signs(page, created, hosts)
        self.statistics.add(signs, page.category)
        self.sample.add(signs, page.category)
        if self.baselines is not None:
            self.baselines.add(signs, page.category)

    def is_shared(self, page: Document) -> bool:
        """Whether a post is a finished page in a place of the team's, and no page that only stands for its category."""
        if page.source is not Source.ESA or page.kind is not Kind.POST or page.wip or is_readme(page.title):
            return False
        category = page.category
        if not category or category.endswith(" ") or category.partition("/")[0] in _SET_ASIDE:
            return False
        if is_dated(category):  # {year}, as people write it: no year folded, so none is to be filled in
            return False
        return not (find_personal_folder(category, self.folders) or is_hidden(page, self.limited))


def is_hidden(page: Document, limited: Sequence[str]) -> bool:
    """Whether not every member may read a page, by the mirror or by kb.toml."""
    return page.visibility < Visibility.MEMBERS or is_limited(page.category, limited)
