"""Why findings come and go. Pure.

Not every change is news: a finding that a new rule makes is not new trouble, one that a better reader no
longer makes was not mended, and a secret that another key names is the same secret.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from kb.lint.secret_codes import HISTORY, is_secret

PAST, FILES = "past", "files"
"""What a source brings where it is asked for more: what its documents said before, and what attached files hold.

Each is a source of its own, `esa+past`: what it brings when it is first read is no news.
"""


class Why(StrEnum):
    """Why a finding came, or went. Only PAGE and WORLD are anybody's doing."""

    FIRST = "first"  # history begins here, or with this source: nobody knows since when it stands
    PAGE = "page"  # the page was edited
    WORLD = "world"  # a ticket, a member or the day changed
    RULE_NEW = "rule-new"
    RULE_CHANGED = "rule-changed"
    RULE_GONE = "rule-gone"
    READER = "reader"  # kb reads pages otherwise than before
    KEY = "key"  # secrets are named with another key: none is known by the name it had
    SETTINGS = "settings"  # kb.toml says otherwise what pages are
    DOCUMENT_GONE = "document-gone"
    DOCUMENT_HIDDEN = "document-hidden"
    ASIDE = "aside"  # somebody set it aside, or no longer does; or it is no longer, or now, sure and wanted


NEWS = (Why.PAGE, Why.WORLD)


@dataclass(frozen=True, slots=True)
class Judges:
    """What decides findings besides pages and the world.

    `rules` are the versions of the rules that ran, by code; `known` the codes of all there are. `key` is the id of
    the key that names secrets, "" for none. `depths` are those that are read of the sources.
    """

    rules: Mapping[str, str]
    known: Collection[str]
    reader: str
    settings: str
    key: str = ""
    depths: Collection[str] = ()

    def versions(self, sources: Collection[str]) -> dict[str, str]:
        """All that is remembered of a run by these judges over these sources, by name."""
        return {
            **{f"rule:{code}": version for code, version in self.rules.items()},
            **{f"source:{name}": "" for name in sources},
            "reader": self.reader,
            "settings": self.settings,
            "key": self.key,
        }


@dataclass(frozen=True, slots=True)
class Observed:
    """One document whose findings may have changed: by its text (else by the world), and what they are now.

    `found` maps each fingerprint to code and content; `aside` are those of them that do not count. `updated_at` is
    when the document was last edited, "" where nobody knows. Of the codes `unsaid` nobody can tell what is mended.
    """

    doc: str
    part: str
    source: str
    text: bool
    found: Mapping[str, tuple[str, str]]
    updated_at: str = ""
    aside: Collection[str] = ()
    unsaid: Collection[str] = ()


class Reasons:
    """Which changes are nobody's doing: what decides findings is compared with what decided them last time."""

    def __init__(self, before: Mapping[str, str], judges: Judges) -> None:
        self.ran = frozenset(judges.rules)
        self._first = not before
        self._reader = not self._first and before.get("reader") != judges.reader
        self._key = before.get("key", judges.key) != judges.key
        self._settings = not self._first and before.get("settings") != judges.settings
        self._sources = {name.removeprefix("source:") for name in before if name.startswith("source:")}
        self._unknown = frozenset(judges.depths) - self._sources
        self._new = {code for code in judges.rules if f"rule:{code}" not in before}
        self._changed = {
            code for code, version in judges.rules.items() if before.get(f"rule:{code}", version) != version
        }

    def why(self, code: str, each: Observed) -> Why:
        """Why a finding of one rule on one document came or went."""
        if self._first or each.source not in self._sources or _depth(code, each) in self._unknown:
            return Why.FIRST
        if code in self._new:
            return Why.RULE_NEW
        if code in self._changed:
            return Why.RULE_CHANGED
        if self._reader:
            return Why.READER
        if self._key and is_secret(code):
            return Why.KEY
        if self._settings:
            return Why.SETTINGS
        return Why.PAGE if each.text else Why.WORLD


def _depth(code: str, each: Observed) -> str:
    """The depth that brought a finding, "" for none."""
    if code == HISTORY:
        return f"{each.source}+{PAST}"
    return f"{each.source}+{FILES}" if each.part.startswith("attachment:") else ""
