"""Word tables: the words that verdicts and detectors know, as data that can be edited without programming.

A table of words is a TOML file. Each key is a list, a literal string of one entry a line:

    # 気をつける、意識する
    mind = '''
    気を(?:付|つ)け
    意識(?:し|を)
    '''
    care = '''
    {mind}
    {mind}(?:る|て)
    be (?:more )?careful
    '''

- An entry is a word or a regular expression. The first that matches counts, so their order does, too.
- Blank lines, and lines that begin with `# `, are dropped. An indented line continues the entry before it.
- `{name}` inserts another list of the file, or a pattern that the code gives: alone on its line as entries of this
  list, inside an entry as a group. `{section.name}` is a list below the heading `[section]`.
- The list `ignore_case` names the lists that match regardless of case.

A table of records is a TSV file: the first line names the columns, nothing is quoted, `# ` begins a note.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from kb.text.lang import Text
from kb.text.lazy_pattern import compile_lazy
from kb.text.patterns import compile_search, compile_words

# What a file consists of: the part of TOML that tables need. tomllib takes ten times as long, at each start.
_PART = compile_lazy(
    r"(?:#[^\n]*)?\n|\[(?P<section>[a-z][a-z0-9_]*)\]\n|(?P<name>[a-z][a-z0-9_]*) = '''\n(?P<words>.*?)'''\n", re.S
)
_INSERT = compile_lazy(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)\}")


class WordTableError(Exception):
    """A word table that cannot be used. The message begins with its file and line."""


class WordTable:
    """The lists of one TOML file.

    `table["care"]` is a list as one pattern: its entries joined by `|`, without a group around them.
    """

    def __init__(self, file: str, text: str, given: dict[str, str] | None = None) -> None:
        self.file = file
        self._text = text
        self._given = given or {}
        self._lists: dict[str, tuple[str, ...]] = {}
        self._starts: dict[str, int] = {}
        self._patterns: dict[str, str] = {}
        self._open: list[str] = []
        self._used: set[str] = set()
        section = ""
        at = 0
        while at < len(text):
            part = _PART.match(text, at)
            if part is None:
                raise self._error(at, "neither a list of words between ''' and ''', nor a [section], nor a note")
            if part["section"]:
                section = f"{part['section']}."
            elif part["name"]:
                name = section + part["name"]
                if name in self._lists:
                    raise self._error(at, f"there are two lists {name}")
                self._lists[name] = tuple(entry for _, entry in _entries(part["words"]))
                self._starts[name] = at
                if not self._lists[name]:
                    raise self._error(at, f"{name} has no entries")
            at = part.end()

    def __getitem__(self, name: str) -> str:
        if name not in self._patterns:
            entries = self.entries(name)
            if name in self._open:
                raise self._error(self._starts[name], f"{name} inserts itself: {' → '.join([*self._open, name])}")
            self._open.append(name)
            try:
                self._patterns[name] = "|".join(self._expand(entry, name) for entry in entries)
            finally:
                self._open.pop()
        return self._patterns[name]

    @cached_property
    def compiled(self) -> CompiledLists:
        """The lists as patterns for any use."""
        return CompiledLists(self, compile_words)

    @cached_property
    def for_search(self) -> CompiledLists:
        """The lists as patterns that are only asked whether they occur (`compile_search`)."""
        return CompiledLists(self, compile_search)

    def group(self, name: str) -> str:
        """A list as one pattern with a group around it, to compose it with others."""
        return f"(?:{self[name]})"

    def entries(self, name: str) -> tuple[str, ...]:
        """The entries of a list as they are written."""
        if name not in self._lists:
            raise WordTableError(f"{self.file}: there is no list {name!r}")
        self._used.add(name)
        return self._lists[name]

    def patterns(self, name: str) -> tuple[str, ...]:
        """The entries of a list, each with what it inserts."""
        return tuple(self._expand(entry, name) for entry in self.entries(name))

    def words(self, name: str) -> tuple[str, ...]:
        """The words of a list of plain words: its entries, divided at blanks."""
        return tuple(word for entry in self.entries(name) for word in entry.split())

    def section(self, name: str) -> dict[str, str]:
        """The lists below `[name]`, in their order, each as one pattern."""
        found = {full.partition(".")[2]: self[full] for full in self._lists if full.startswith(f"{name}.")}
        if not found:
            raise WordTableError(f"{self.file}: there is no section {name!r}")
        return found

    def names(self) -> list[str]:
        """The names of all lists, in their order."""
        return list(self._lists)

    def sections(self) -> list[str]:
        """The names of the sections, in their order."""
        return list(dict.fromkeys(full.partition(".")[0] for full in self._lists if "." in full))

    def lines(self, name: str) -> list[int]:
        """The line of the file that each entry of a list begins on."""
        start = self._starts[name]
        part = _PART.match(self._text, start)
        assert part is not None
        first = self._text.count("\n", 0, start) + 2
        return [first + number for number, _ in _entries(part["words"])]

    def unused(self) -> list[str]:
        """The lists that neither the code nor another list has asked for, each with its file and line."""
        return [f"{self._place(self._starts[name])}: {name}" for name in self._lists if name not in self._used]

    def _expand(self, entry: str, inside: str) -> str:
        if whole := _INSERT.fullmatch(entry):
            return self._inserted(whole[1], inside)
        return _INSERT.sub(lambda match: f"(?:{self._inserted(match[1], inside)})", entry)

    def _inserted(self, name: str, inside: str) -> str:
        if name in self._given:
            return self._given[name]
        if name not in self._lists:
            at = self._text.find(f"{{{name}}}", self._starts[inside])
            raise self._error(at, f"{inside} inserts {name!r}, which is no list of this file")
        return self[name]

    def _error(self, at: int, what: str) -> WordTableError:
        return WordTableError(f"{self._place(at)}: {what}")

    def _place(self, at: int) -> str:
        return f"{self.file}:{self._text.count(chr(10), 0, at) + 1}"


class CompiledLists:
    """The lists of a table, each compiled when it is first asked for: `lists.care.search(text)`.

    A start-up pays for no pattern it does not need; all of them take a second.
    """

    def __init__(self, table: WordTable, compile_list: Callable[[str, int], re.Pattern[str]]) -> None:
        self._table = table
        self._compile = compile_list
        self._ignore_case = frozenset(table.words("ignore_case") if "ignore_case" in table.names() else ())

    def __getattr__(self, name: str) -> re.Pattern[str]:
        if name.startswith("_"):
            raise AttributeError(name)
        pattern = self._compile(self._table[name], re.I if name in self._ignore_case else 0)
        setattr(self, name, pattern)  # found from now on without coming here
        return pattern


_TABLES: dict[tuple[str, str], WordTable] = {}


def read_words(package: str, name: str, **given: str) -> WordTable:
    """The word table `name` (`lexicon/care.toml`) below a package. `given` are patterns that its entries may insert.

    Modules that name the same table share it; each of them passes all that the lists it uses insert.
    """
    table = _TABLES.get((package, name))
    if table is None:
        table = _TABLES[package, name] = WordTable(f"{_folder(package)}/{name}", _read(package, name))
    table._given.update(given)
    return table


def read_records(package: str, name: str) -> list[dict[str, str]]:
    """The rows of a TSV table below a package, each by the names of its columns."""
    return list(parse_records(f"{_folder(package)}/{name}", _read(package, name)))


def read_texts(package: str, name: str) -> dict[str, dict[str, Text]]:
    """The texts of a TSV table of the columns list, key, ja and en: for each list, its texts by key."""
    found: dict[str, dict[str, Text]] = {}
    for row in read_records(package, name):
        found.setdefault(row["list"], {})[row["key"]] = Text(row["ja"], row["en"])
    return found


def parse_records(file: str, text: str) -> Iterator[dict[str, str]]:
    """The rows of a TSV table. Trailing columns may be left out when they are empty."""
    columns: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("# "):
            continue
        cells = line.split("\t")
        if not columns:
            columns = cells
            continue
        if len(cells) > len(columns):
            raise WordTableError(f"{file}:{number}: {len(cells)} columns, but the first line names {len(columns)}")
        yield dict(zip(columns, cells + [""] * (len(columns) - len(cells)), strict=True))


def loaded_tables() -> Iterable[WordTable]:
    """The word tables that have been read so far."""
    return _TABLES.values()


def _folder(package: str) -> str:
    return package.replace(".", "/")


def _read(package: str, name: str) -> str:
    data = pkgutil.get_data(package, name)  # importlib.resources costs 10 ms more at start-up
    assert data is not None, f"{package} has no loader that reads {name}"
    return data.decode()


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """Each entry with the number of its line."""
    begun, entry = 0, ""
    for number, line in enumerate(text.splitlines()):
        if not line.strip() or line.startswith("# "):
            continue
        if line[0] in " \t" and entry:
            entry += line.strip()
            continue
        if entry:
            yield begun, entry
        begun, entry = number, line
    if entry:
        yield begun, entry
