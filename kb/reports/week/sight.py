"""What may be said of a finding to a report's readers: its own words may tell of a ticket they cannot open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.lang import Text
from kb.lint.rules import Rule
from kb.lint.surroundings import Surroundings
from kb.lint.unnamed import unnamed
from kb.lint.words import words_of
from kb.mirror.store import Mirror
from kb.model import Entry, Finding, Visibility

_REMEMBERED = 20_000


@dataclass(slots=True)
class Sight:
    """Knows who may read what. `rules` are all there are, by code; `names` finds people's in a text."""

    audience: Visibility
    mirror: Mirror
    around: Surroundings
    rules: Mapping[str, Rule]
    names: re.Pattern[str]
    _open: dict[int, bool] = field(default_factory=dict)

    def of(self, entry: Entry) -> bool:
        """Whether every reader may see a document."""
        return entry.visibility >= self.audience

    def says(self, entry: Entry, finding: Finding) -> Text:
        """The words of a finding; what is passed on names nobody.

        They are the rule's alone where it looked at a ticket that not every reader may see.
        """
        if self.audience <= Visibility.PRIVATE:
            return finding.message
        rule, title = self.rules.get(finding.code), self.title(finding.code)
        looked = rule is None or rule.join is not None
        if looked and not all(self._readable(number) for number in self.around.stood(entry)):
            return title
        return unnamed(finding.code, finding.message, title, self.names)

    def title(self, code: str) -> Text:
        """What a rule finds, in a few words; its code where nobody knows it any more."""
        rule = self.rules.get(code)
        return words_of(rule).title if rule is not None else Text(code, code)

    def _readable(self, number: int) -> bool:
        if number not in self._open:
            if len(self._open) >= _REMEMBERED:
                self._open.clear()
            seen = self.mirror.database.value(
                "SELECT visibility FROM documents WHERE source = 'redmine' AND kind = 'issue' AND number = ? "
                "AND state = 'live'",
                (number,),
            )
            self._open[number] = seen is None or seen >= self.audience
        return self._open[number]
