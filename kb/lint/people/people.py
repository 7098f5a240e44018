"""Match the names of one person across esa, Redmine and texts. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kb.errors import UsageError
from kb.text.fold import fold_text, normalize_name
from kb.text.lang import t

Names = tuple[str, ...]
_TITLES = ("さん", "氏", "様")


@dataclass(frozen=True, slots=True)
class Person:
    """A person. `name` is shown, `handle` is the esa screen name ("" for none).

    `names` are all their names; `former` members have left.
    """

    name: str
    handle: str = ""
    names: Names = ()
    former: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class People:
    """Everyone the mirror knows, by every name.

    `members` and `former` map esa screen names to full names, `redmine` are names in Redmine, `same` the names
    kb.toml says belong to one person. A full name two members share identifies neither; a surname alone does if
    only one member has it. Which of two parts is the surname depends on a server's settings: either order will do.
    """

    members: Mapping[str, str] = field(default_factory=dict)
    former: Mapping[str, str] = field(default_factory=dict)
    redmine: Iterable[str] = ()
    same: Iterable[Names] = ()
    _by_name: dict[str, tuple[Person, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.same = tuple(self.same)
        groups = self._groups()
        for person in groups:
            for name in person.names:
                self._enter(normalize_name(name), person)
        certain = set(self._by_name)
        for person in groups:
            if not person.former:
                for short in {short for name in person.names for short in _shorts(name)} - certain:
                    self._enter(short, person)
        certain = set(self._by_name)
        for person in groups:
            if not person.former:
                for other in {other for name in person.names for other in _turned(name)} - certain:
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
        surnames = {short for person in former for name in person.names for short in _shorts(name)}
        return frozenset(names | {name for name in surnames if not self.find(name)})

    def find(self, written: str) -> tuple[Person, ...]:
        """Return whom a name may mean: no one, one person, or several."""
        name = normalize_name(written)
        for title in _TITLES:
            if name not in self._by_name:
                name = name.removesuffix(title)
        return self._by_name.get(name, ())

    def person(self, written: str) -> Person:
        """Return the one person a name means, else a person of this name alone."""
        found = self.find(written)
        return found[0] if len(found) == 1 else Person(written.strip().lstrip("@＠"), "", (written.strip(),))

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

    def _groups(self) -> list[Person]:
        """Return a person for each group of names that kb.toml or an equal full name joins."""
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
        for name in self.redmine:
            together.add(normalize_name(name))
        for names in self.same:
            for name in names:
                together.join(normalize_name(names[0]), normalize_name(name))
        return self._people(together, shared)

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
        others = (*self.redmine, *(name for names in self.same for name in names))
        for name in others:
            root = together.root(normalize_name(name))
            called.setdefault(root, name.strip())
            if normalize_name(name) not in shared:
                written.setdefault(root, []).append(name)
        return [
            Person(
                called[root],
                handles.get(root, ""),
                tuple(dict.fromkeys(each.strip() for each in names if each.strip())),
                former=root in gone and root not in present,
            )
            for root, names in written.items()
        ]


def _shorts(name: str) -> Iterable[str]:
    """Yield short forms of a full name: the surname; in Latin letters either part."""
    parts = fold_text(name).split()
    if len(parts) < 2:
        return ()
    return (normalize_name(each) for each in (parts if fold_text(name).isascii() else parts[:1]))


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
