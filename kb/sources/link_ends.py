"""Where an address leads within the team's own esa and Redmine: a post, a ticket, a category. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

PATH_PREFIX = "path:"
"""How the name of a category begins, among those of documents: `path:不具合共有/2025`."""

HOLDS, EMPTY = "holds", "empty"
"""How a category stands: whether a post is in it, or below it."""

NOWHERE = frozenset({"gone", EMPTY})
"""How the end of a link stands that leads nowhere. What the mirror never had is no such end."""

_POST = re.compile(r"/posts/([1-9][0-9]{0,17})(?:/(?:edit|revisions?(?:/[0-9]+)?))?/?")
_ISSUE = re.compile(r"/issues/([1-9][0-9]{0,17})(?![\w-])")
_CATEGORY = re.compile(r"(?:\A|&)(?:path|category)=([^&]+)")


@dataclass(frozen=True, slots=True)
class TeamHosts:
    """The team's esa, by its name, and its Redmine, by its address; "" for none."""

    team: str = ""
    redmine: str = ""

    def end(self, address: str) -> str:
        """`esa:12`, `redmine:45` or `path:不具合共有/2025`; "" for all that is elsewhere, or is no such thing."""
        try:
            there = urlsplit(address)
            host = there.hostname
        except ValueError:
            return ""
        if self.team and host == f"{self.team.casefold()}.esa.io":
            return _in_esa(there.path, there.fragment)
        number = self.ticket(address)
        return f"redmine:{number}" if number else ""

    def ticket(self, address: str) -> int:
        """The number of the ticket of this Redmine that an address leads to; 0 for none."""
        if not self.redmine or "://" not in address:
            return 0
        try:
            here, there = urlsplit(self.redmine), urlsplit(address)
            root = here.path.rstrip("/")
            same = here.hostname == there.hostname and there.path.startswith(root + "/issues/")
        except ValueError:
            return 0
        found = _ISSUE.match(there.path, len(root)) if same else None
        return int(found[1]) if found else 0


def _in_esa(path: str, fragment: str) -> str:
    if found := _POST.fullmatch(path):
        return f"esa:{found[1]}"
    if path in ("", "/", "/posts", "/posts/") and (found := _CATEGORY.search(fragment)):
        category = unquote(found[1]).strip("/")
        return PATH_PREFIX + category if category else ""
    return ""
