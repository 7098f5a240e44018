"""Follow the links of pages as a reader would: another parser, another way to read addresses, and the API alone.

Nothing here is shared with kb: markdown-it-py makes the HTML, the standard library reads it, and what a link shows is
asked of a search. A path that is no address is read from the category of its page.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
from markdown_it import MarkdownIt

Search = Callable[[str], frozenset[int]]
"""Returns the numbers of the posts a search finds."""

HOST = "docs.esa.io"


@dataclass
class Page(HTMLParser):
    """The links of a rendered page in their order, and all its code."""

    links: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._inside: list[str] = []

    @classmethod
    def read(cls, body: str) -> Page:
        """Render a body and read it."""
        page = cls()
        page.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(body))
        page.close()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("pre", "code", "a"):
            self._inside.append(tag)
        if tag == "a" and "code" not in self._inside and "pre" not in self._inside:
            self.links += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            del self._inside[len(self._inside) - 1 - self._inside[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if "code" in self._inside or "pre" in self._inside:
            self.code.append(data)
        elif "a" not in self._inside:
            self.links += [
                word for word in words_of(data) if word.startswith(("https://", "in:", "on:", "-in:", "-on:"))
            ]


def words_of(text: str) -> Iterator[str]:
    """Yield the words of a text; quotes keep blanks in one."""
    word, quoted = "", False
    for letter in (*text, " "):
        quoted ^= letter == '"'
        if letter.isspace() and not quoted:
            if word:
                yield word
            word = ""
        else:
            word += letter


@dataclass(frozen=True)
class Reader:
    """Somebody who clicks. `names` are the posts by their full names."""

    search: Search
    names: Mapping[str, int]

    def shows(self, link: str, category: str) -> frozenset[int]:
        """Return the posts a link of a page in `category` leads to."""
        if link.startswith(("in:", "on:", "-in:", "-on:")):
            return self.search(link.lstrip("-"))
        there = urlsplit(link)
        if there.scheme and (there.scheme not in ("http", "https") or there.netloc.lower() != HOST):
            return frozenset()
        if there.path.startswith("/posts/") and there.path[7:].isdigit():
            return self.search(f"number:{there.path[7:]}")
        fields = parse_qs(there.query)
        if "category_path" in fields:
            return self._place(fields["category_path"][0])
        if "q" in fields:
            found = [self.search(word) for word in words_of(fields["q"][0]) if word.startswith(("in:", "on:"))]
            return frozenset.intersection(*found) if found else frozenset()
        if there.fragment.startswith("path="):
            return self._place(unquote(there.fragment[5:]))
        if there.scheme or there.query or there.fragment:
            return frozenset()
        path = unquote(there.path)
        base = f"/{category}" if path.startswith(".") else "/"
        return self._place(posixpath.normpath(posixpath.join(base, path)))

    def _place(self, path: str) -> frozenset[int]:
        path = path.strip("/")
        if found := self.search(f'in:"{path}"'):
            return found
        return frozenset({self.names[path]} if path in self.names else ())


@dataclass(frozen=True)
class Tree:
    """A search over posts held in memory: number → category."""

    places: Mapping[int, str]

    def __call__(self, term: str) -> frozenset[int]:
        scope, _, word = term.partition(":")
        word = word.strip('"').strip("/")
        if scope == "number":
            return frozenset({int(word)} & self.places.keys())
        below = f"{word}/" if scope == "in" else "\0"
        return frozenset(n for n, place in self.places.items() if place == word or place.startswith(below))


@dataclass
class Api:
    """A search asked of an esa, each once."""

    base: str
    token: str
    kept: dict[str, frozenset[int]] = field(default_factory=dict)

    def __call__(self, term: str) -> frozenset[int]:
        if term not in self.kept:
            answer = httpx.get(
                f"{self.base}/v1/teams/docs/posts",
                params={"q": term, "per_page": 100},
                headers={"Authorization": f"Bearer {self.token}"},
                trust_env=False,
            )
            self.kept[term] = frozenset(row["number"] for row in answer.json()["posts"])
        return self.kept[term]


def names_of(rows: Iterable[Mapping[str, object]]) -> dict[str, int]:
    """Return posts by their full names, as a path has them."""
    return {f"{row['category']}/{row['name']}".strip("/"): int(str(row["number"])) for row in rows}
