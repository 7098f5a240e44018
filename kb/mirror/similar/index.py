"""Ask the index of similar incidents: an index as `kb.reading.traits.rank` asks one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from kb.mirror.database import Database
from kb.mirror.similar.tables import unpack_terms
from kb.model.facts import PageKind

HUNDREDTH = 100
_AT_ONCE = 500
"""Values of one statement; SQLite takes more."""


class MirrorIndex:
    """The terms of the mirror's pages. Raises StoreError."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._ids: dict[str, int] = {}

    def count_pages(self) -> int:
        return int(self._db.value("SELECT count(*) FROM similar_pages"))

    def count_terms(self, terms: Collection[str]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for some in _split(list(terms)):
            marks = ", ".join("?" * len(some))
            for here, word, pages in self._db.rows(
                f"SELECT id, word, pages FROM similar_words WHERE word IN ({marks}) AND pages > 0",  # noqa: S608
                some,
            ):
                self._ids[word], found[word] = here, pages
        return found

    def find_pages(self, term: str, among: Collection[int] | None = None) -> Iterator[tuple[int, float]]:
        word = self._ids.get(term)
        if word is None:
            return
        sql, values = "SELECT page, weight FROM similar_terms WHERE word = ?", [word]
        for some in [[]] if among is None else _split(sorted(among)):
            more = f" AND page IN ({', '.join('?' * len(some))})" if some else ""
            for page, weight in self._db.rows(sql + more, [*values, *some]):
                yield page, weight / HUNDREDTH

    def find_best(self, term: str, most: int) -> Iterator[tuple[int, float]]:
        sql = "SELECT page, weight FROM similar_terms WHERE word = ? ORDER BY weight DESC, page DESC LIMIT ?"
        for page, weight in self._db.rows(sql, (self._ids.get(term), most)):
            yield page, weight / HUNDREDTH

    def find_weights(
        self, pages: Collection[int], terms: Collection[str]
    ) -> Iterator[tuple[int, Iterator[tuple[str, float]]]]:
        words = {self._ids[term]: term for term in terms if term in self._ids}
        for some in _split(sorted(pages)):
            marks = ", ".join("?" * len(some))
            for page, packed in self._db.rows(f"SELECT id, terms FROM similar_pages WHERE id IN ({marks})", some):  # noqa: S608
                weights = unpack_terms(packed)
                yield page, ((words[here], weight / HUNDREDTH) for here, weight in weights if here in words)

    def find_words(self, start: str, shortest: int, longest: int) -> Iterator[str]:
        rows = self._db.rows(
            "SELECT word FROM similar_words WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ? "
            "AND pages > 0",
            (start, f"{start[:-1]}{chr(ord(start[-1]) + 1)}", shortest, longest),
        )
        return (word for (word,) in rows)

    def find_kinds(self, pages: Collection[int]) -> dict[int, PageKind]:
        """Return the kinds of pages of the index."""
        found: dict[int, PageKind] = {}
        for some in _split(sorted(pages)):
            marks = ", ".join("?" * len(some))
            rows = self._db.rows(f"SELECT id, kind FROM similar_pages WHERE id IN ({marks})", some)  # noqa: S608
            found |= {page: PageKind(kind) for page, kind in rows}
        return found

    def find_terms(self, page: int) -> dict[str, float]:
        """Return the terms of a page of the index, empty for another."""
        packed = self._db.value("SELECT terms FROM similar_pages WHERE id = ?", (page,))
        weights = dict(unpack_terms(packed)) if packed else {}
        found: dict[str, float] = {}
        for some in _split(sorted(weights)):
            marks = ", ".join("?" * len(some))
            rows = self._db.rows(f"SELECT id, word FROM similar_words WHERE id IN ({marks})", some)  # noqa: S608
            found |= {word: weights[here] / HUNDREDTH for here, word in rows}
        return found


def _split(values: Sequence[str] | Sequence[int]) -> Iterator[list[str | int]]:
    for start in range(0, len(values), _AT_ONCE):
        yield list(values[start : start + _AT_ONCE])
