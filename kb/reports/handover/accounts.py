"""Find the accounts of one person in pages and snapshots: ssh keys, IAM, Zabbix, Redmine roles, Slack and others.

A name in a sentence is no account. One is where a line has the form of one (a public key, a line of passwd, an ARN),
where a list or a table about accounts has the name as an entry, and on a page that is called after their account.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from kb.lint.people.people import People, Person
from kb.model.masked import Masked, reshape
from kb.reports.handover.machines import Logins, Machines, name_listing
from kb.reports.handover.nouns import SeenAccount
from kb.secrets.mask_document import mask_text
from kb.text.display import clip, sanitize
from kb.text.fold import fold_text, normalize_name
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_records

SAID_COLUMNS = 70
MAX_PLACES = 5
_HEADING = compile_lazy(r"\s{0,3}(?:#{1,6}\s|h[1-6]\.\s|[■●◆▼◎【])")
_ROW = compile_lazy(r"\s*\|.*\|\s*$")
_LISTED = compile_lazy(r"\s*(?:[-*+・]|[0-9]+[.)])\s")
_CELLS = compile_lazy(r"[|,、，/／\t:：()（）\[\]【】`\"'*・;；]+|\s-\s|\s{2,}|\s(?=@)")
_SENTENCE = compile_lazy(r"(?<=[。.!！])\s*")
_KEPT = compile_lazy(
    r"残(?:し|す|って)|使って(?:い)?(?:る|ます)|消せ(?:ず|ない|ていない)|まだ(?:有効|生き|使)|\bkept\b|\bstill\b",
    re.I,
)
_LONGEST = 2000
"""Characters of a line that are looked at: the longest public keys are of half as many."""
OS = "OS"


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A line of a page: its place, and the page's title."""

    place: str
    title: str
    text: Masked


@cache
def _words() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in read_records("kb.reports.handover", "account_words.tsv"):
        found.setdefault(row["list"], {})[row["key"]] = row["words"]
    return found


@cache
def _systems() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(words, re.I) for name, words in _words()["system"].items()}


@cache
def _about_accounts() -> re.Pattern[str]:
    return re.compile(_words()["account"]["account"], re.I)


def is_kept(said: str) -> bool:
    """Whether a line says that an account was left open, or is in use."""
    return _KEPT.search(said) is not None


def name_systems(text: str) -> list[str]:
    """Return the systems a text names."""
    return [name for name, pattern in _systems().items() if pattern.search(text)]


@dataclass(frozen=True)
class AccountFinder:
    """Finds the accounts of one person; `people` tell whose a family name is."""

    person: Person
    people: People
    logins: Logins

    @cached_property
    def words(self) -> tuple[str, ...]:
        """What they are called in texts: logins, names, and the family name where it is theirs alone."""
        found = [*self.logins.names]
        for name in self.person.names:
            found.append(name)
            if name not in self.person.own_names:
                continue
            family = name.split()[0] if len(name.split()) > 1 else ""
            if family and all(each == self.person for each in self.people.find(family)):
                found.append(family)
        return tuple(dict.fromkeys(word for word in found if len(word) > 1))

    @cached_property
    def _entries(self) -> frozenset[str]:
        return frozenset(map(normalize_name, self.words))

    @cached_property
    def _forms(self) -> dict[str, re.Pattern[str]]:
        if not self.logins.names:
            return {}
        login = "(?:" + "|".join(map(re.escape, self.logins.names)) + ")"
        return {
            name: re.compile(words.replace("{login}", rf"(?<![A-Za-z0-9]){login}(?![A-Za-z])"), re.I)
            for name, words in _words()["form"].items()
        }

    def find(self, lines: Iterable[WrittenLine]) -> Iterator[tuple[str, WrittenLine]]:
        """Yield system and line of each account on a page, whose lines come in order."""
        context, header, before = "", "", ""
        for line in lines:
            text = fold_text(line.text[:_LONGEST])
            if _HEADING.match(text):
                context, header = text, ""
            is_row = _ROW.match(text) is not None
            if is_row and not _ROW.match(before):
                header = text
            elif not is_row:
                header = ""
            before = text
            systems = self._systems_of(text, line.title, context, header, is_row=is_row)
            yield from ((system, line) for system in systems)

    def _systems_of(self, text: str, title: str, context: str, header: str, *, is_row: bool) -> list[str]:
        shaped = [name for name, pattern in self._forms.items() if pattern.search(text)]
        about = _about_accounts()
        if self._is_called_after_them(title):
            return shaped or [name for name in name_systems(text) if not _HEADING.match(text)]
        if not self._has_entry(text):
            return shaped
        own = self._systems_meant(text)
        listed = is_row or _LISTED.match(text) is not None
        if own and (about.search(text) or (is_row and about.search(header)) or (listed and self._names_login(text))):
            return [*shaped, *(name for name in own if name not in shaped)]
        around = f"{context} {header}"
        if listed:
            if (found := name_systems(around) or name_systems(title)) and about.search(f"{around} {title} {text}"):
                return [*shaped, *(name for name in found[:1] if name not in shaped)]
            if is_row and about.search(header) and (name := self._first_cell(text)):
                return [*shaped, name]
        return shaped

    def _systems_meant(self, text: str) -> list[str]:
        """Return the systems a line names: of IAM: sato, jenkins only IAM, where jenkins is an entry beside theirs."""
        cells = {_strip_entry(cell) for cell in _CELLS.split(text)}
        named = name_systems(text)
        entries = [name for name in named if normalize_name(name) in cells]
        return [name for name in named if name not in entries] or entries

    def _is_called_after_them(self, title: str) -> bool:
        """Whether a page is about an account of theirs: 黒川さんのアカウント停止."""
        folded = fold_text(title)
        return _about_accounts().search(folded) is not None and any(fold_text(word) in folded for word in self.words)

    def _has_entry(self, text: str) -> bool:
        """Whether a name of theirs stands as an entry of its own: a cell, a word between commas."""
        return any(_strip_entry(cell) in self._entries for cell in _CELLS.split(text))

    def _names_login(self, text: str) -> bool:
        return self.logins.are_in(text)

    def _first_cell(self, text: str) -> str:
        """Return the first cell of a row that is none of their names."""
        cells = (cell.strip() for cell in text.strip().strip("|").split("|"))
        return next((sanitize(cell)[:30] for cell in cells if cell and _strip_entry(cell) not in self._entries), "")

    def list_accounts(self, pages: Iterable[Iterable[WrittenLine]], machines: Machines) -> list[SeenAccount]:
        """Return the accounts by system, each with the places that tell of it, snapshots first."""
        found: dict[str, list[tuple[str, Masked]]] = {}
        for program in machines.programs:
            if program.user.casefold() in self.logins.names:
                said = mask_text(str(t(f"{program.name} を動かしている", f"runs {program.name}")))
                found.setdefault(OS, []).append((name_listing(program.host), said))
        for lines in pages:
            for system, line in self.find(lines):
                found.setdefault(system, []).append((line.place, _quote(line.text, system)))
        name = self.logins.names[0] if self.logins.names else self.person.name
        made = []
        for system, rows in sorted(found.items()):
            said = next((said for _, said in rows if is_kept(said)), rows[0][1])
            made.append(SeenAccount(system, name, tuple(dict.fromkeys(place for place, _ in rows))[:MAX_PLACES], said))
        return made


def _quote(text: Masked, system: str) -> Masked:
    """Return the sentence of a line that names a system, or the line."""

    def cut(text: str) -> str:
        words = " ".join(text.strip().strip("|").split())
        return next((each for each in _SENTENCE.split(words) if system in name_systems(each)), words)

    return clip(sanitize(reshape(text, cut)), SAID_COLUMNS)


def _strip_entry(cell: str) -> str:
    word = normalize_name(cell.strip().lstrip("-*+・@＠ "))
    for title in ("さん", "氏", "様"):
        word = word.removesuffix(title)
    return word


SYSTEM_NAMES: dict[str, Text] = {
    OS: t("サーバーのアカウント", "accounts on machines"),
    "mail": t("メール", "mail"),
    "DB": t("データベース", "databases"),
}
"""What a system is called where its name is no product's."""
