"""Find what in a text leads to a place in esa: addresses, saved searches, and paths as the targets of links.

A post's address holds its number and survives a move; what names a category does not: `/#path=%2FA%2FB`, a search
`/posts?q=in:A/B`, `/posts/new?category_path=A/B`, a search kept as words (`on:A/B`), and a path as the target of a
link. Source: esa API v1, search options; zenn.dev/bm_sms/articles/607007c44c95bb.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from kb.markup.code_ranges import find_code_ranges
from kb.markup.parse import lies_in
from kb.model.document import Markup
from kb.plan.links.spelling import Form, WrittenPath, decode_letters, join_letters
from kb.text.lazy_pattern import compile_lazy
from kb.text.links import URL, trim_address


class Scope(StrEnum):
    """What of a category a link shows: all below it, what stands in it, or all whose path holds these letters."""

    BELOW = "in"
    EXACT = "on"
    PART = "category"


@dataclass(frozen=True, slots=True)
class Link:
    """A place in a text that names a path: `written` from `start` to `end`, beginning at `key` (`path=`, `in:`).

    `code`: it stands in code or in a comment, where nothing is a link. `makes_post`: it leads to a form for a new post,
    whose category need not be there yet. `longer` is the same link with one `_` more each of those that stand behind
    it: they end some emphasis, or the name of a category. `after_underscore`: one stands before it, too.
    """

    key: int
    start: int
    end: int
    scope: Scope
    written: WrittenPath
    code: bool = False
    makes_post: bool = False
    longer: tuple[Link, ...] = ()
    after_underscore: bool = False

    @property
    def readings(self) -> tuple[Link, ...]:
        """It, and what it may be instead."""
        return (self, *self.longer)


@dataclass(frozen=True, slots=True)
class FoundLinks:
    """The links of a text in its order, and where all its addresses stand, whatever they lead to."""

    links: tuple[Link, ...]
    addresses: tuple[tuple[int, int], ...]


MAX_ADDRESS, MAX_NESTING, MAX_UNDERSCORES = 2000, 32, 3
"""Code points of an address, brackets in brackets, and `_` behind a name, that are followed."""

_TARGET_SIGN = compile_lazy(r"\\.|[()\s]")
_BRACKET = compile_lazy(r"[()]")
_NEXT = r"[ \t]{0,99}(?:\r?\n[ \t]{0,99})?"
_CONTEXT = compile_lazy(
    rf"""\]\({_NEXT}(?:<(?P<angle>[^<>\n]{{0,2000}})>|(?P<target>[^\s<)]))
       | ^[ \t>]{{0,99}}(?:(?:[-*+]|\d{{1,9}}[.)])[ \t]+){{0,9}}\[[^\]\n]{{1,400}}\]:{_NEXT}
         (?:<(?P<angled>[^<>\n]{{0,2000}})>|(?P<definition>[^\s<]\S{{0,2000}}))
       | \bhref\s{{0,9}}=\s{{0,9}}(?:"(?P<double>[^"\n]{{0,2000}})"|'(?P<single>[^'\n]{{0,2000}})'
         |(?P<plain>[^\s"'=<>`][^\s"'<>`]{{0,2000}}))
       | (?P<bare>{URL.pattern})
    """,
    re.I | re.M | re.X,
)
_CONTEXTS = ("angle", "target", "angled", "definition", "double", "single", "plain", "bare")
_TITLE_FOLLOWS = compile_lazy(r"\s{1,99}(?:\)|[\"'(])")
_ENDS_LINE = compile_lazy(r"[ \t]*(?:\"[^\"\n]*\"|'[^'\n]*'|\([^)\n]*\))?[ \t]*\r?(?:\n|\Z)")
_TERM = compile_lazy(
    '(?<![A-Za-z0-9_=+&?%:/.])-?(?P<scope>in|on|category):(?:"(?P<quoted>[^"\n]{1,400})"|(?P<bare>[^\\s"\'`<>|（）「」、。]{1,400}))'
)
_PLACE = compile_lazy(r"(?:\A|&(?:amp;)?)(?:path|category)=(?P<value>(?:(?!&(?:amp;)?[a-z_]{1,20}=).)+)", re.S)
_FIELD = compile_lazy(
    r"(?:\A|(?<=&)|(?<=&amp;))(?P<name>[a-z_]{1,20})=(?P<value>(?:(?!&).|&(?=amp;[^=&]*(?:&|\Z)))*)", re.S
)
_NEW_POST = compile_lazy(r"/posts/new/?")
_LISTS = ("", "/", "/posts", "/posts/")
_SCHEME = compile_lazy(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_WORD_SIGNS = tuple(f"{scope}:" for scope in Scope)


def find_links(
    text: str,
    team: str,
    *,
    inside: bool = True,
    markup: Markup = Markup.MARKDOWN,
    structure: bytes | None = None,
) -> FoundLinks:
    """Return the links of a text to places of `team`. `inside` esa, relative addresses mean the team's.

    `structure` is the stored one of the text, which spares parsing it.
    """
    addresses: list[tuple[int, int]] = []
    links: list[Link] = []
    for start, end, is_bare in _find_addresses(text):
        addresses.append((start, end))
        stops = [end, *(_ends_with_underscores(text, end) if is_bare else ())]
        here = [_read_address(text[start:stop], start, team, inside=inside, target=not is_bare) for stop in stops]
        links += (_offer_longer(text, start, each) for each in zip(*here, strict=True))
    links += _read_words(text, addresses)
    links.sort(key=lambda each: each.start)
    if links:
        code = find_code_ranges(text, markup, structure)
        links = [_put_in_code(each) if lies_in(code, each.start) else each for each in links]
    return FoundLinks(tuple(links), tuple(addresses))


def _ends_with_underscores(text: str, end: int) -> Iterator[int]:
    """Yield where a bare name may end, which seems to end at `end`, with one `_` more each behind it."""
    for stop in range(end + 1, end + 1 + MAX_UNDERSCORES):
        if text[stop - 1 : stop] != "_":
            return
        yield stop


def _offer_longer(text: str, start: int, readings: Sequence[Link]) -> Link:
    link = readings[0]
    longer = tuple(each for each in readings[1:] if each.end > link.end)
    return replace(link, longer=longer, after_underscore=text[start - 1 : start] == "_") if longer else link


def _put_in_code(link: Link) -> Link:
    return replace(link, code=True, longer=tuple(replace(each, code=True) for each in link.longer))


def _find_addresses(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield where addresses stand, apart and in order, and whether each stands bare."""
    if not any(sign in text for sign in ("](", "]:", "://", "ref", "REF")):
        return
    at = 0
    while (context := _CONTEXT.search(text, at)) is not None:
        name = next(each for each in _CONTEXTS if context[each] is not None)
        start, end = context.span(name)
        at = end if name == "bare" else start
        if _is_written_out(text, context, name) and (end := _end_of(text, name, start, end)) > start:
            yield start, end, name == "bare"
            at = end


def _is_written_out(text: str, context: re.Match[str], name: str) -> bool:
    """Whether a bracket is no escaped one, and an attribute stands in a tag."""
    if name in ("angle", "target"):
        before = text[max(0, context.start() - 99) : context.start()]
        return (len(before) - len(before.rstrip("\\"))) % 2 == 0
    if name in ("double", "single", "plain"):
        before = text[max(0, context.start() - 400) : context.start()]
        return before.rfind("<") > before.rfind(">")
    return True


def _end_of(text: str, name: str, start: int, end: int) -> int:
    """Return where an address ends; its start where this is none."""
    if name == "bare":
        if text[start - 1 : start] == "<" and text[end : end + 1] == ">":
            return end
        return start + len(trim_address(_cut_closed(text[start:end])))
    if name == "definition":
        return end if _ENDS_LINE.match(text, end) else start
    if name != "target":
        return end
    return _end_of_target(text, start)


def _end_of_target(text: str, start: int) -> int:
    """Return where the target of an inline link ends; its start where no bracket closes it.

    Brackets inside are in pairs, nested as deep as CommonMark's parsers follow them.
    """
    depth = 0
    for sign in _TARGET_SIGN.finditer(text, start, start + MAX_ADDRESS):
        if sign[0] == "(":
            depth += 1
        elif sign[0] == ")":
            depth -= 1
        elif sign[0].isspace():
            return sign.start() if not depth and _TITLE_FOLLOWS.match(text, sign.start()) else start
        if depth < 0:
            return sign.start()
        if depth > MAX_NESTING:
            break
    return start


def _cut_closed(piece: str) -> str:
    """Return a piece up to the bracket that closes one before it."""
    depth = 0
    for sign in _BRACKET.finditer(piece):
        depth += 1 if sign[0] == "(" else -1
        if depth < 0:
            return piece[: sign.start()]
    return piece


def _read_address(address: str, base: int, team: str, *, inside: bool, target: bool) -> Iterator[Link]:
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
    hash_at = address.find("#") if "#" in address else len(address)
    query_at = address.find("?", 0, hash_at)
    if path in _LISTS and (found := _PLACE.search(address[hash_at + 1 :])):
        start = base + hash_at + 1
        yield _link(
            address, base, start + found.start(), start + found.start("value"), start + found.end(), Form.ADDRESS
        )
    if query_at >= 0 and (path in _LISTS or _NEW_POST.fullmatch(path)):
        for each in _FIELD.finditer(address[query_at + 1 : hash_at]):
            start = base + query_at + 1 + each.start("value")
            if each["name"] == "category_path":
                key = base + query_at + 1 + each.start()
                made = _link(address, base, key, start, start + len(each["value"]), Form.ADDRESS)
                yield replace(made, makes_post=True)
            elif each["name"] == "q":
                yield from _read_terms(each["value"], start, Form.QUERY)
    elif target and not host and query_at < 0 and hash_at == len(address) and not _SCHEME.match(address):
        yield _link(address, base, base, base, base + len(address), Form.TARGET)


def _link(address: str, base: int, key: int, start: int, end: int, form: Form) -> Link:
    return Link(key, start, end, Scope.BELOW, WrittenPath(address[start - base : end - base], form))


def _read_terms(written: str, base: int, form: Form) -> Iterator[Link]:
    """Yield the terms of a search that name a category."""
    if not written:
        return
    letters = decode_letters(written, form) if form is Form.QUERY else ()
    for term in _TERM.finditer(join_letters(letters) if letters else written):
        group = "quoted" if term["quoted"] else "bare"
        first, last = term.span(group)
        if form is Form.WORDS and group == "bare":
            last = first + len(term["bare"].rstrip(".,;:!?)]*_~"))
        if last <= first:
            continue
        key, start, end = term.start("scope"), first, last
        if letters:
            key, start, end = letters[key].start, letters[first].start, letters[last - 1].end
        stops = [end, *(_ends_with_underscores(written, end) if form is Form.WORDS and group == "bare" else ())]
        quoted, scope = group == "quoted", Scope(term["scope"])
        link, *longer = (
            Link(base + key, base + start, base + stop, scope, WrittenPath(written[start:stop], form, quoted=quoted))
            for stop in stops
        )
        yield replace(link, longer=tuple(longer)) if longer else link


def _read_words(text: str, addresses: Sequence[tuple[int, int]]) -> Iterator[Link]:
    """Yield the searches kept as words, outside of addresses."""
    if not any(sign in text for sign in _WORD_SIGNS):
        return
    for each in _read_terms(text, 0, Form.WORDS):
        if not lies_in(addresses, each.start):
            yield each
