"""Which documents are called by a credential: a wiki page by its title, a file by its path or its name. Pure.

And those whose people are: who writes what is a name in one system, and a free text in another.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from kb.model import Entry
from kb.secrets.shown import shown_name


def called_by_secret(entry: Entry) -> bool:
    """Whether id, part, address or a person of a document holds a credential. Such a name must not be kept."""
    names = (str(entry.doc), entry.part, unquote(urlsplit(entry.url).path), entry.author, entry.human_by)
    return any(shown_name(name) != name for name in names)
