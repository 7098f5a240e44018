"""Drafts: the source format of the invented team's pages, and its parser.

A file of `pages/` holds many drafts. Each starts with `@@ KIND KEY`, then lines `: name value`, then the text.
`@@ + WHO +DAYS HH:MM` continues the draft above: a comment of a post, a journal of a ticket, a later version of a wiki
page.

    @@ post lb-504
    : at 410 14:20          410 days ago
    : by takase
    : in 不具合共有/{{y}}
    : title 配信APIが504を返す
    ## 概要
    …
    @@ + manabe +1 10:05
    ログを見ました。

`kb.sandbox.team.words` fills in words in `{{…}}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from csv import QUOTE_NONE, DictReader
from dataclasses import dataclass, field, replace
from pathlib import Path

PAGES = Path(__file__).parent / "pages"

HEADS: Mapping[str, frozenset[str]] = {
    "post": frozenset({"at", "by", "in", "title", "tags", "wip", "edited", "shared", "hostile"}),
    "ticket": frozenset(
        {"at", "by", "project", "tracker", "status", "priority", "to", "title", "due", "done", "parent"}
        | {"relates", "duplicates", "attached", "private", "impact", "closed"}
    ),
    "wiki": frozenset({"at", "by", "project", "title", "parent"}),
    "+": frozenset({"set", "private", "note"}),
}
"""Which lines a draft of each kind may have; a misspelt one is an error, not a lost fact."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An addition to a draft, `days` after it was made, at `time` of the day."""

    who: str
    days: int
    time: str
    body: str = ""
    heads: tuple[tuple[str, str], ...] = ()

    def all(self, name: str) -> tuple[str, ...]:
        """Return all values of a name, in order."""
        return tuple(value for key, value in self.heads if key == name)


@dataclass(frozen=True, slots=True)
class PageDraft:
    """A draft of a post, ticket or wiki page, made `days` before now at `time` of the day."""

    kind: str
    key: str
    days: int
    time: str
    by: str
    title: str
    body: str = ""
    heads: Mapping[str, str] = field(default_factory=dict)
    replies: tuple[Reply, ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """Return the value of a line, or `default`."""
        return self.heads.get(name, default)

    def list(self, name: str) -> tuple[str, ...]:
        """Return the value of a line, split at commas."""
        return tuple(part.strip() for part in self.get(name).split(",") if part.strip())


def read_folder(folder: Path = PAGES) -> tuple[PageDraft, ...]:
    """Return all drafts of a folder, in the order of file names."""
    return tuple(
        draft for path in sorted(folder.rglob("*.txt")) for draft in parse_drafts(path.read_text(encoding="utf-8"))
    )


def parse_drafts(text: str) -> tuple[PageDraft, ...]:
    """Parse the drafts of a file. Raises ValueError naming an unusable draft."""
    drafts: list[PageDraft] = []
    for block in ("\n" + text).split("\n@@ ")[1:]:
        first, _, rest = block.partition("\n")
        kind, _, name = first.partition(" ")
        heads, body = _heads(kind, name, rest)
        if kind == "+":
            drafts[-1] = replace(drafts[-1], replies=(*drafts[-1].replies, _reply(name, heads, body)))
        else:
            drafts.append(parse_draft(kind, name, heads, body))
    return tuple(drafts)


def table_rows(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a table of `pages/`: columns separated by bars, names in the first line."""
    text = (PAGES / f"{name}.psv").read_text(encoding="utf-8")
    yield from DictReader(text.splitlines(), delimiter="|", quoting=QUOTE_NONE, strict=True)


def parse_draft(kind: str, key: str, heads: tuple[tuple[str, str], ...], body: str) -> PageDraft:
    """Build a draft from its lines; `at` is "DAYS HH:MM". Raises ValueError for a missing one."""
    known = dict(heads)
    try:
        days, time = known.pop("at").split()
        return PageDraft(kind, key, int(days), time, known.pop("by"), known.pop("title"), body, known)
    except (KeyError, ValueError) as trouble:
        raise ValueError(f"{kind} {key}: {trouble!r}") from None


def _reply(name: str, heads: tuple[tuple[str, str], ...], body: str) -> Reply:
    who, days, time = name.split()
    return Reply(who, int(days), time, body, heads)


def _heads(kind: str, name: str, rest: str) -> tuple[tuple[tuple[str, str], ...], str]:
    lines = rest.split("\n")
    count = next((n for n, line in enumerate(lines) if not line.startswith(": ")), len(lines))
    pairs = tuple((line[2:].partition(" ")[0], line[2:].partition(" ")[2]) for line in lines[:count])
    for key, _ in pairs:
        if key not in HEADS[kind]:
            raise ValueError(f"{kind} {name}: no line is called {key!r}")
    return pairs, "\n".join(lines[count:]).strip("\n")
