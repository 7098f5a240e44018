"""Match the names of one person across esa, Redmine and texts. Pure.

An account of Redmine is a member's by its login, then by its mail address, then by its name (`kb.text.person_names`).
Where that says two members, or none, nobody is guessed: `People.unmatched`. kb.toml settles it.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from kb.errors import UsageError
from kb.text.fold import fold_text, normalize_name
from kb.text.lang import t
from kb.text.person_names import Likeness, compare_names, have_nothing_in_common, list_keys

Names = tuple[str, ...]
_TITLES = ("さん", "氏", "様")


@dataclass(frozen=True, slots=True)
class Person:
    """A person. `name` is shown, `handle` is the esa screen name ("" for none).

    `names` are all their names, `accounts` those Redmine shows; `former` members have left.
    """

    name: str
    handle: str = ""
    names: Names = ()
    former: bool = False
    accounts: Names = ()

    def __str__(self) -> str:
        return self.name

    @property
    def own_names(self) -> Names:
        """The names without how Redmine shows a member's: there the order is not their own."""
        if self.handle in ("", self.name):
            return self.names
        return tuple(name for name in self.names if name == self.name or name not in self.accounts)


@dataclass(frozen=True, slots=True)
class Account:
    """An account of Redmine: the name that is shown, and what else this key may read of it.

    `full_name` is the family name, then the given name, however the server shows them; "" where it is not known.
    """

    name: str
    login: str = ""
    mail: str = ""
    full_name: str = ""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A name in Redmine that is not one member's, with the members it may mean.

    With `even` each of them is as likely as the others.
    """

    name: str
    candidates: tuple[Person, ...] = ()
    even: bool = False


@dataclass
class People:
    """Everyone the mirror knows, by every name.

    `members` and `former` map esa screen names to full names, `mails` to addresses; `redmine` are the accounts in
    Redmine, `same` the names kb.toml says belong to one person. A full name two members share identifies neither; a
    surname alone does if only one person has it. Which part of an account's name is the surname depends on a server's
    settings: either will do.
    """

    members: Mapping[str, str] = field(default_factory=dict)
    former: Mapping[str, str] = field(default_factory=dict)
    redmine: Iterable[Account] = ()
    same: Iterable[Names] = ()
    mails: Mapping[str, str] = field(default_factory=dict)
    _open: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _by_name: dict[str, tuple[Person, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.same = tuple(self.same)
        self.redmine = tuple(self.redmine)
        groups = self._groups()
        for person in groups:
            for name in person.names:
                self._enter(normalize_name(name), person)
        for name in filter(self._is_even, self._open):
            for person in groups:
                if person.handle in self._open[name]:
                    self._enter(normalize_name(name), person)
        listed = bool(self.members or self.former)
        certain = {name for name, found in self._by_name.items() if not listed or any(each.handle for each in found)}
        for person in groups:
            if not person.former:
                for short in {short for name in person.own_names for short in _shorts(name, person)} - certain:
                    self._enter(short, person)
        certain = set(self._by_name)
        for person in groups:
            if not person.former:
                for other in {other for name in person.own_names for other in _turned(name)} - certain:
                    self._enter(other, person)

    def __bool__(self) -> bool:
        """Return whether anyone is known."""
        return bool(self._by_name)

    @property
    def every(self) -> tuple[Person, ...]:
        """Each person once."""
        return tuple(dict.fromkeys(person for found in self._by_name.values() for person in found))

    @property
    def names(self) -> frozenset[str]:
        """Every name that means someone, folded."""
        return frozenset(self._by_name)

    @property
    def former_names(self) -> frozenset[str]:
        """Every name and surname, folded, that means nobody but people who left."""
        former = [person for person in self.every if person.former]
        names = {normalize_name(name) for person in former for name in person.names}
        surnames = {short for person in former for name in person.own_names for short in _shorts(name, person)}
        return frozenset(names | {name for name in surnames if not self.find(name)})

    def find(self, written: str) -> tuple[Person, ...]:
        """Return whom a name may mean: no one, one person, or several."""
        name = normalize_name(written)
        for title in _TITLES:
            if name not in self._by_name:
                name = name.removesuffix(title)
        return self._by_name.get(name, ())

    def find_accounts(self, written: str) -> tuple[str, ...]:
        """Return the names in Redmine of whom a name may mean."""
        return tuple(account for person in self.find(written) for account in person.accounts)

    def person(self, written: str) -> Person:
        """Return the one person a name means, else a person of this name alone."""
        found = self.find(written)
        return found[0] if len(found) == 1 else Person(written.strip().lstrip("@＠"), "", (written.strip(),))

    def spell(self, written: str) -> str:
        """Return a name as esa spells it; as it is where it is not one person's."""
        found = self.find(written) if written else ()
        return found[0].name if len(found) == 1 else written

    def resolve(self, written: str, option: str = "--for") -> Person:
        """Return the one person of a typed name. Raises UsageError with the nearest names."""
        found = self.find(written)
        if len(found) == 1:
            return found[0]
        shown = written.strip()[:60]
        if found:
            names = "、".join(each.handle or each.name for each in found[:10])
            raise UsageError(
                t(
                    f"{option}「{shown}」は {len(found):,} 人います。",
                    f"{option} {shown!r} means {len(found):,} people.",
                ),
                t(f"どちらかを書いてください: {names}", f"give one of them: {names.replace('、', ', ')}"),
            )
        known = {
            normalize_name(name): name for people in self._by_name.values() for each in people for name in each.names
        }
        near = difflib.get_close_matches(normalize_name(written), known, n=3, cutoff=0.7)
        names = "、".join(dict.fromkeys(known[name] for name in near))
        raise UsageError(
            t(
                f"{option}「{shown}」という人は、写しにも kb.toml にもいません。",
                f"neither the mirror nor kb.toml knows anybody called {shown!r} ({option}).",
            ),
            t(f"{names} ではありませんか。", f"did you mean {names.replace('、', ', ')}?")
            if names
            else t(
                "esa のスクリーンネームか、esa・Redmine の氏名で書いてください。",
                "give a screen name of esa, or a full name of esa or Redmine.",
            )
            if self.members
            else t("Redmine の氏名で書いてください。", "give a full name as Redmine shows it."),
        )

    def _enter(self, name: str, person: Person) -> None:
        if name and person not in (there := self._by_name.get(name, ())):
            self._by_name[name] = (*there, person)

    @cached_property
    def unmatched(self) -> tuple[Unmatched, ...]:
        """The names in Redmine that are no member's for certain, those that may mean one first. Looks at each pair."""
        people = {person.handle: person for person in self.every if person.handle}
        named = {**self.former, **self.members}
        found = []
        for name, handles in self._open.items():
            full = [name, *(each.full_name for each in self.redmine if each.name == name and each.full_name)]
            near = handles or [
                handle
                for handle, known in named.items()
                if any(compare_names(known, each) is Likeness.UNSURE for each in full)
            ]
            candidates = tuple(dict.fromkeys(people[handle] for handle in near if handle in people))
            found.append(Unmatched(name, candidates, self._is_even(name)))
        return tuple(sorted(found, key=lambda each: (not each.even, not each.candidates, each.name)))

    def _groups(self) -> list[Person]:
        """Return a person for each group of names that kb.toml, an equal full name, or an account's match joins."""
        together = _PersonMerger()
        accounts = {normalize_name(handle) for handle in self.members}
        full: dict[str, list[str]] = {}
        for handle, name in self.members.items():
            together.add(normalize_name(handle))
            full.setdefault(normalize_name(name) or normalize_name(handle), []).append(handle)
        for name, handles in full.items():
            if len(handles) == 1 and name not in accounts:  # nobody is another by calling themselves so
                together.join(normalize_name(handles[0]), name)
        claimed = {normalize_name(name) for names in self.same for name in names}
        shared = {name for name, handles in full.items() if len(handles) > 1} - claimed
        for handle, name in self.former.items():
            here = normalize_name(handle)
            together.add(here)
            if normalize_name(name) and normalize_name(name) not in shared:
                together.join(here, normalize_name(name))
        shown = {normalize_name(each.name) for each in self.redmine}
        for names in self.same:
            own = normalize_name(names[0])
            for name in map(normalize_name, names):
                others = full.get(name, ()) if name in shown else ()
                if len(others) == 1 and together.root(normalize_name(others[0])) != together.root(own):
                    together.join(own, _account_key(name))  # a member is called so, an account of another's as well
                else:
                    together.join(own, name)
        self._join_accounts(together, claimed)
        return self._people(together, shared)

    def _join_accounts(self, together: _PersonMerger, claimed: set[str]) -> None:
        """Join each account with its member; what is nobody's for certain stays apart, and is noted."""
        matcher = _AccountMatcher({**self.former, **self.members}, self.mails)
        by_name: dict[str, list[Account]] = defaultdict(list)
        for account in self.redmine:
            by_name[account.name].append(account)
        for name, accounts in by_name.items():
            here = _account_key(name)
            together.add(here)
            if normalize_name(name) in claimed:
                if together.root(here) == here:
                    together.join(normalize_name(name), here)
                continue
            if not matcher.members:
                continue
            matches = [matcher.find(account) for account in accounts]
            found = {together.root(normalize_name(handle)): handle for match in matches for handle in match.handles}
            if len(found) == 1 and any(match.certain for match in matches):
                together.join(next(iter(found)), here)
            else:
                self._open[name] = tuple(found.values())

    def _is_even(self, account: str) -> bool:
        return len(self._open.get(account, ())) > 1

    def _people(self, together: _PersonMerger, shared: set[str]) -> list[Person]:
        written: dict[str, list[str]] = {}
        handles: dict[str, str] = {}
        called: dict[str, str] = {}
        present: set[str] = set()
        gone: set[str] = set()
        for table, where in ((self.members, present), (self.former, gone)):
            for handle, name in table.items():
                root = together.root(normalize_name(handle))
                where.add(root)
                handles.setdefault(root, handle)
                called.setdefault(root, name.strip() or handle)
                mine = normalize_name(name) in shared or together.root(normalize_name(name)) == root
                written.setdefault(root, []).extend((handle, name) if mine else (handle,))
        shown: dict[str, list[str]] = {}
        rows = [(normalize_name(name), name, False) for names in self.same for name in names]
        rows += [(_account_key(each.name), each.name, True) for each in self.redmine if not self._is_even(each.name)]
        for key, name, is_account in rows:
            root = together.root(key)
            called.setdefault(root, name.strip())
            if is_account:
                shown.setdefault(root, []).append(name)
            if normalize_name(name) not in shared or is_account:
                written.setdefault(root, []).append(name)
        return [
            Person(
                called[root],
                handles.get(root, ""),
                tuple(dict.fromkeys(each.strip() for each in names if each.strip())),
                former=root in gone and root not in present,
                accounts=tuple(dict.fromkeys(shown.get(root, ()))),
            )
            for root, names in written.items()
        ]


class _Match(NamedTuple):
    """The screen names of whom an account may mean; `certain` if it can only be the one there is."""

    handles: tuple[str, ...]
    certain: bool


class _AccountMatcher:
    """Finds the members an account may be."""

    def __init__(self, members: Mapping[str, str], mails: Mapping[str, str]) -> None:
        self.members = members
        self._by_login: dict[str, list[str]] = defaultdict(list)
        self._by_mail: dict[str, list[str]] = defaultdict(list)
        self._by_key: dict[str, list[str]] = defaultdict(list)
        for handle, name in members.items():
            self._by_login[handle.casefold()].append(handle)
            for key in list_keys(name):
                self._by_key[key].append(handle)
        for handle, mail in mails.items():
            if mail and handle in members:
                self._by_mail[mail.casefold()].append(handle)

    def find(self, account: Account) -> _Match:
        """Return whom an account means: by login and address, unless its name says another or has no part of theirs."""
        login = account.login or (account.name if account.name in self.members else "")  # Redmine may show logins
        told = {*self._by_login.get(login.casefold(), ()), *self._by_mail.get(account.mail.casefold(), ())}
        name = account.full_name or account.name
        named = self._named(name)
        if len(told) != 1:
            both = tuple(dict.fromkeys((*sorted(told), *named)))
            return _Match(both, len(both) == 1)
        (handle,) = told
        if handle in named or not named:
            return _Match((handle,), not have_nothing_in_common(self.members[handle], name))
        return _Match((handle, *named), False)

    def _named(self, name: str) -> tuple[str, ...]:
        near = dict.fromkeys(handle for key in list_keys(name) for handle in self._by_key.get(key, ()))
        return tuple(each for each in near if compare_names(self.members[each], name) is Likeness.SAME)


def _account_key(name: str) -> str:
    """Return the key of an account's name, apart from those of members: a normalized name has no blank."""
    return f"redmine {normalize_name(name)}"


def _shorts(name: str, person: Person) -> Iterable[str]:
    """Yield short forms of a full name: the surname; either part in Latin letters, or where Redmine alone shows it."""
    parts = fold_text(name).split()
    if len(parts) < 2:
        return ()
    either = fold_text(name).isascii() or (name in person.accounts and person.handle in ("", person.name))
    return (normalize_name(each) for each in (parts if either else parts[:1]))


def _turned(name: str) -> Iterable[str]:
    """Yield what a name of two parts may be called where it has the given name first, as Redmine has by default."""
    parts = fold_text(name).split()
    return (normalize_name("".join(reversed(parts))), normalize_name(parts[1])) if len(parts) == 2 else ()


class _PersonMerger:
    """Merges names into persons."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def add(self, name: str) -> None:
        """Add a name as a person of its own."""
        self._above.setdefault(name, name)

    def root(self, name: str) -> str:
        """Return the name that represents its group."""
        self.add(name)
        while self._above[name] != name:
            name = self._above[name]
        return name

    def join(self, one: str, other: str) -> None:
        """Merge the groups of two names."""
        self._above[self.root(other)] = self.root(one)
