"""How the end of a link within the team's own systems is named, and how it stands. Pure."""

from __future__ import annotations

PATH_PREFIX = "path:"
"""How the name of a category begins, among those of documents: `path:不具合共有/2025`."""

HOLDS, EMPTY = "holds", "empty"
"""How a category stands: whether a post is in it, or below it."""

NOWHERE = frozenset({"gone", EMPTY})
"""How the end of a link stands that leads nowhere. What the mirror never had is no such end."""
