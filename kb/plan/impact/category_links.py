"""Find links to categories and saved searches in a text, and tell which of them a plan breaks.

A post's address holds its number and survives a move; what names a category does not: `/#path=%2FA%2FB`, a search
`/posts?q=in:A/B`, `/posts/new?category_path=A/B`, a search kept as words (`on:A/B`), and a path as the target of a
link. Source: esa API v1, search options; zenn.dev/bm_sms/articles/607007c44c95bb.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate, islice
from urllib.parse import parse_qsl, unquote, urlsplit

from kb.text.lazy_pattern import compile_lazy
from kb.text.links import MAX_LINKS, trim_address


class Scope(StrEnum):
    """What of a category a reference shows: all below it, what stands in it, or all whose path holds these letters."""

    BELOW = "in"
    EXACT = "on"
    PART = "category"


@dataclass(frozen=True, slots=True)
class CategoryReference:
    """A place in a text that names a category: 1-based line, the path, and the path it has if the page itself moves."""

    line: int
    scope: Scope
    path: str
    moved_path: str


_TOKEN = compile_lazy("[^\\s<>\"'`|\\\\^{}（）「」『』【】、。，．\u3000]+")
_NEEDLES = ("path=", "posts?", "#category=")
_TARGET = compile_lazy(
    r"\](?:\(\s{0,9}<?|:\s{1,9})(?P<target>[^\s)\]>#?\"']{1,400})(?=[)>\s]|\Z)|\bhref=[\"'](?P<page>[^\"'#?\n]{1,400})"
)
_TERM = compile_lazy(
    '(?<![A-Za-z0-9_=+&?%:/.])-?(?P<scope>in|on|category):(?:"(?P<quoted>[^"\n]{1,400})"|(?P<bare>[^\\s"\'`<>|（）「」、。]{1,400}))'
)
_PLACE = compile_lazy(r"(?:\A|&)(?:path|category)=([^&]+)")
_NEW_POST = compile_lazy(r"/posts/new/?")
_LISTS = ("", "/", "/posts", "/posts/")
_SCHEME = compile_lazy(r"[A-Za-z][A-Za-z0-9+.-]*:|//")


def find_references(
    text: str, team: str, category: str = "", moved: str = "", *, inside: bool = True
) -> Iterator[CategoryReference]:
    """Yield the references of a text to categories of `team`, by line, each once a line.

    The text stands in `category`, and in `moved` after the plan. `inside` esa, relative addresses mean the team's.
    """
    line = last = 0
    found = islice((each for each in _scan(text, team, category, moved, inside=inside) if each[2]), MAX_LINKS)
    seen: set[CategoryReference] = set()
    for at, scope, path, later in sorted(found):
        line, last = line + text.count("\n", last, at), at
        reference = CategoryReference(line + 1, scope, path, later)
        if reference not in seen:
            seen.add(reference)
            yield reference


def _scan(text: str, team: str, category: str, moved: str, *, inside: bool) -> Iterator[tuple[int, Scope, str, str]]:
    """Yield offset, scope, and the path before and after the page itself has moved."""
    if any(needle in text for needle in _NEEDLES):
        for token in _TOKEN.finditer(text):
            for scope, path in _read_token(token[0], team, inside=inside):
                yield token.start(), scope, path, path
    for term in _TERM.finditer(text) if any(f"{scope}:" in text for scope in Scope) else ():
        path = _clean(term["quoted"] or term["bare"].rstrip(".,;:!?)]*_~"))
        yield term.start("scope"), Scope(term["scope"]), path, path
    if inside:
        for target in _TARGET.finditer(text):
            written = target["target"] or target["page"]
            if not _SCHEME.match(written):
                rooted = not written.startswith(".")
                before, after = (_clean(written) if rooted else _join(each, written) for each in (category, moved))
                yield target.start(), Scope.BELOW, before, after


def _read_token(token: str, team: str, *, inside: bool) -> Iterator[tuple[Scope, str]]:
    """Yield what the addresses in a run of letters without blanks show; `](` and `"text":` stand before one."""
    for piece in re.split(r"\]\(|\]:|(?=https?://)", token, flags=re.I):
        if any(needle in piece for needle in _NEEDLES):
            yield from _read_address(trim_address(_cut_closed(piece.lstrip("("))), team, inside=inside)


def _cut_closed(piece: str) -> str:
    """Return a piece up to the bracket that closes one before it, as in `[text](address)and more`."""
    depth = 0
    for at, sign in enumerate(piece):
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return piece[:at]
    return piece


def _read_address(address: str, team: str, *, inside: bool) -> Iterator[tuple[Scope, str]]:
    try:
        there = urlsplit(address.replace("&amp;", "&"))
        host = there.hostname
    except ValueError:
        return
    if there.scheme not in ("", "http", "https") or (there.scheme and not host):
        return
    if host != f"{team.casefold()}.esa.io" and (host or not inside):
        return
    path = there.path if host else "/" + there.path.lstrip("./")
    if path in _LISTS and (found := _PLACE.search(there.fragment)):
        yield Scope.BELOW, _clean(unquote(found[1]))
    if not there.query or not (path in _LISTS or _NEW_POST.fullmatch(path)):
        return
    for name, value in parse_qsl(there.query, max_num_fields=None):
        if name == "category_path":
            yield Scope.BELOW, _clean(value)
        elif name == "q":
            for term in _TERM.finditer(value):
                yield Scope(term["scope"]), _clean(term["quoted"] or term["bare"])


def _clean(path: str) -> str:
    """Return a path as the mirror has it."""
    return unicodedata.normalize("NFC", unquote(path) if "%" in path else path).strip().strip("/")


def _join(category: str, written: str) -> str:
    """Return where a relative path leads from a category."""
    parts = category.split("/") if category else []
    for each in unquote(written).split("/"):
        if each == "..":
            parts = parts[:-1]
        elif each not in ("", "."):
            parts.append(each)
    return unicodedata.normalize("NFC", "/".join(parts))


@dataclass(slots=True)
class CategoryMoves:
    """The categories of all posts before and after a plan, with the number of posts that go each way."""

    ways: Counter[tuple[str, str]]
    _kept: dict[Scope, set[str]] = field(default_factory=dict)
    _left: dict[Scope, set[str]] = field(default_factory=dict)
    _after: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, ways: Iterable[tuple[str, str]]) -> CategoryMoves:
        """Gather each post's category before and after; it is the same for those that stay."""
        found = cls(Counter((_normal(before), _normal(after)) for before, after in ways))
        kept, left = {scope: set[str]() for scope in Scope}, {scope: set[str]() for scope in Scope}
        for before, after in found.ways:
            one, other = set(_with_parents(before)), set(_with_parents(after))
            found._after |= other
            kept[Scope.BELOW] |= one & other
            left[Scope.BELOW] |= one - other
            (kept if before == after else left)[Scope.EXACT].add(before)
        found._kept, found._left = kept, left
        return found

    @property
    def is_still(self) -> bool:
        """Whether no post leaves its category."""
        return not self._left[Scope.EXACT]

    def breaks(self, reference: CategoryReference) -> bool:
        """Whether nothing a reference showed is where it leads afterwards."""
        path, scope = reference.path, reference.scope
        if scope is Scope.PART:
            shown = [(path in before, path in after) for before, after in self.ways]
            return any(one and not other for one, other in shown) and not any(one and other for one, other in shown)
        if reference.moved_path != path:
            there = path in self._left[scope] or path in self._kept[scope]
            return there and reference.moved_path not in self._after
        return path in self._left[scope] and path not in self._kept[scope]

    def new_path(self, reference: CategoryReference) -> str:
        """Return where everything a reference showed is afterwards, with what is below it; "" where it parts."""
        path, found = reference.path, set[str]()
        for before, after in self.ways:
            if before == path or (reference.scope is Scope.BELOW and before.startswith(f"{path}/")):
                rest = before[len(path) :]
                found.add(after.removesuffix(rest) if after.endswith(rest) else "")
        return found.pop() if len(found) == 1 else ""


def _normal(category: str) -> str:
    return unicodedata.normalize("NFC", category)


def _with_parents(category: str) -> Iterator[str]:
    """Yield a category's parents and itself; nothing for no category."""
    return accumulate(category.split("/"), "{}/{}".format) if category else iter(())
