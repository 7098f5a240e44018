"""What kb.toml, or kb's own mark, says of a page's kind. Light: the report and the gate ask without reading a page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.model import Document, PageKind, PagePolicy
from kb.reading.globs import matches
from kb.reading.naming import named_kind

INDEX_MARK = "<!-- kb:index"
"""How a page begins that kb made as a list of others: it is no incident, wherever it is kept."""

_OWN = re.compile(rf"[\ufeff \t\r\n]*<!-- kb:(?:{INDEX_MARK.partition(':')[2]}|(?:report|incidents|diagram) begin )")
"""That, or a section that `--publish` keeps on top of a page."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A kind of page and the reason for it, for `--pages` and `explain`."""

    kind: PageKind
    reason: str


def by_policy(document: Document, policy: PagePolicy) -> Guess | None:
    """What kb.toml, or kb's own mark, says about a page; None where both are silent. `other` wins over `incident`."""
    if _OWN.match(document.body[:200]):
        return Guess(PageKind.INDEX, "kb:index")
    place = f"{document.category}/{document.title}".lstrip("/")
    for glob in policy.other:
        if matches(glob, place):
            return Guess(named_kind(document)[0] or PageKind.OTHER, f"kb.toml:{glob}")
    for glob in policy.incident:
        if matches(glob, place):
            return Guess(PageKind.INCIDENT, f"kb.toml:{glob}")
    wanted = {tag.casefold() for tag in policy.incident_tags}
    for tag in document.tags:
        if tag.casefold() in wanted:
            return Guess(PageKind.INCIDENT, f"kb.toml:#{tag}")
    return None
