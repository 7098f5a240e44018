"""The judgements on a mirror: kept ones where nothing changed, the rest made, in the order of ids."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from kb.errors import StoreError
from kb.lint.judge import Judgement
from kb.lint.kept import KEY, Kept, key_of, open_kept
from kb.lint.work import Orders, judge_range
from kb.mirror.store import Mirror
from kb.model import Kind

RANGE = 2_000
"""Documents judged in one go: 40 ms of work or more, so that handing it over costs little."""

_END = (2**63 - 1, b"")  # past every id SQLite can give

PAYS_FROM = 1_000
"""Documents to judge from which starting a second process pays (joblib's start: about a second)."""


class Share:
    """A range of ids: all live documents in it with their keys, and those that must be judged.

    Packed, because a plan of all shares is made before the first is judged: 24 bytes a document.
    """

    __slots__ = ("_keys", "hi", "ids", "lo", "wanted")

    def __init__(self, lo: int) -> None:
        self.lo = lo
        self.hi = lo
        self.ids = array("q")
        self.wanted = array("q")
        self._keys = bytearray()

    def add(self, here: int, key: bytes, *, wanted: bool) -> None:
        """One more document, the largest id so far."""
        self.ids.append(here)
        self._keys += key
        self.hi = here + 1
        if wanted:
            self.wanted.append(here)

    def keys(self) -> dict[int, bytes]:
        """The key of each document."""
        return {here: bytes(self._keys[KEY * n : KEY * n + KEY]) for n, here in enumerate(self.ids)}


def judgements(
    mirror: Path, kept: Path, orders: Orders, made: bytes, *, kinds: Collection[Kind], pages: bool, jobs: int
) -> Iterator[Judgement]:
    """The judgement on each live document of these kinds.

    With `pages` every page's kind is known. Raises StoreError when the mirror cannot be read;
    where judgements cannot be kept all are made.
    """
    store = open_kept(kept)
    try:
        shares = _shares(mirror, store, made, kinds)
        for share, new in _made(shares, mirror, orders, pages, jobs):
            yield from _merged(share, new, store, mirror, orders, pages)
    finally:
        if store is not None:
            store.close()


def _shares(mirror: Path, kept: Kept | None, made: bytes, kinds: Collection[Kind]) -> list[Share]:
    """The mirror cut into ranges that leave no id between them."""
    names = [kind.value for kind in kinds]
    marks = ", ".join("?" * len(names))
    sql = (
        "SELECT id, doc, part, updated_at, hash FROM documents "  # noqa: S608 - only marks are put in
        f"WHERE state = 'live' AND kind IN ({marks}) ORDER BY id"
    )
    known = kept.keys() if kept is not None else iter(())
    last, last_key = next(known, _END)
    shares = [Share(0)]
    with Mirror.open(mirror, readonly=True) as store:
        for here, doc, part, updated_at, content in store.database.rows(sql, names):
            if len(shares[-1].ids) >= RANGE:
                shares[-1].hi = here
                shares.append(Share(here))
            while last < here:
                last, last_key = next(known, _END)
            key = key_of(made, doc, part, updated_at, content)
            shares[-1].add(here, key, wanted=last != here or last_key != key)
    shares[-1].hi = _END[0]
    return shares


def _made(
    shares: Sequence[Share], mirror: Path, orders: Orders, pages: bool, jobs: int
) -> Iterator[tuple[Share, list[tuple[int, Judgement]]]]:
    """Each range with the judgements that were wanted in it."""
    todo = [share for share in shares if share.wanted]
    work = ((orders, mirror, share.lo, share.hi, frozenset(share.wanted), pages) for share in todo)
    if jobs < 2 or len(todo) < 2 or sum(len(share.wanted) for share in todo) < PAYS_FROM:
        results: Iterable[list[tuple[int, Judgement]]] = (judge_range(*each) for each in work)
    else:
        from joblib import Parallel, delayed

        results = Parallel(n_jobs=jobs, return_as="generator")(delayed(judge_range)(*each) for each in work)
    following = iter(results)
    for share in shares:
        yield share, next(following) if share.wanted else []


def _merged(
    share: Share,
    new: list[tuple[int, Judgement]],
    store: Kept | None,
    mirror: Path,
    orders: Orders,
    pages: bool,
) -> Iterator[Judgement]:
    """New and kept judgements of one range, by id; the new ones are kept."""
    found = dict(new)
    keys = share.keys()
    kept = store.get(share.lo, share.hi) if store is not None else {}
    old = {here: judged for here, (key, judged) in kept.items() if keys.get(here) == key and here not in found}
    # A judgement that was kept without its kind, or is no longer kept: another run was here.
    wanted = set(share.wanted)
    missing = [
        here
        for here in keys
        if here not in wanted
        and (here not in old or (pages and old[here].entry.part == "body" and not old[here].entry.facts))
    ]
    if missing:
        found |= judge_range(orders, mirror, share.lo, share.hi, frozenset(missing), pages)
    if store is not None:
        _keep(store, [(here, keys[here], judged) for here, judged in found.items()], kept.keys() - keys)
    for here in keys:
        judged = found.get(here) or old.get(here)
        if judged is not None:
            yield judged


def _keep(store: Kept, rows: list[tuple[int, bytes, Judgement]], gone: Collection[int]) -> None:
    """Keep what can be kept: a crash is judged again, and a full disk costs time next time, no more."""
    whole = [row for row in rows if not row[2].crashes]
    if whole or gone:
        try:
            store.put(whole, gone)
        except StoreError:
            pass
