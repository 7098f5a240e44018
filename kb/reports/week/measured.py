"""Which measure of a page a finding was about, when the finding itself is gone. Pure.

Its fingerprint is made of the document, the rule and the measure's place among the others: whoever has the page has
them all. Of a measure that was taken out of its page nobody can tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.lint.finding import fingerprint
from kb.model import Entry, Item
from linters.incident.measures import OF_ONE, measures, role_of


def measured(entry: Entry) -> Iterator[tuple[Item, frozenset[str]]]:
    """The measures of a page, each with the fingerprints of all that can be found about it alone."""
    if entry.facts is None or not entry.is_incident:
        return
    for number, item in enumerate(measures(entry.facts)):
        role = role_of(item, number)
        yield item, frozenset(fingerprint(entry.doc, entry.part, code, role) for code in OF_ONE)


def measure_of(entry: Entry, sign: str) -> Item | None:
    """The measure a fingerprint is about; None when it is about none, or about no measure that is still there."""
    return next((item for item, signs in measured(entry) if sign in signs), None)
