"""What every source's sync shares: figures, the hold on mass disappearances, suspects, backfill."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeAlias

from kb.errors import ConfigError, CredentialError, HeldError
from kb.mirror.documents import SourceRow, StoredDocument
from kb.mirror.store import Mirror
from kb.mirror.writer import MirrorWriter, SyncStats
from kb.model.document import Kind, Source
from kb.text.json_fields import utc_field
from kb.text.lang import Text, t

HELD_SHARE, HELD_LEAST = 10, 20
"""More than one in ten, and at least twenty, do not vanish in a day of honest work."""

DAY = timedelta(days=1)

OVERLAP = timedelta(minutes=2)
"""How far before the last watermark a run reads again: an index may lag behind the lists."""


class RequestCounter(Protocol):
    """What an access object counts."""

    requests: int
    waited_s: float


@dataclass(slots=True)
class ReadDepth:
    """What is read beside the present texts: old versions, and text files of at most `largest` bytes.

    In one run that may cost `requests`, of which `used` are spent.
    """

    history: bool = False
    attachments: bool = False
    largest: int = 1024 * 1024
    requests: int = 1000
    used: int = 0

    @property
    def asked(self) -> bool:
        """Whether anything is read besides."""
        return self.history or self.attachments

    @property
    def spent(self) -> bool:
        """Whether the rest is for the next run."""
        return self.used >= self.requests


def overlap_start(moment: str) -> str:
    """Return the moment from which to read again, a while before a watermark; "" for no time."""
    try:
        return utc_field((datetime.fromisoformat(moment) - OVERLAP).isoformat())
    except (ValueError, OverflowError):
        return ""


def future_limit(server_time: str) -> str:
    """Return from when on a time is in the future, a day after the server's clock; "" where that is unknown.

    A clock more than a day behind ours would make what just happened look so.
    """
    clock = datetime.fromisoformat(server_time) if server_time else None
    return "" if clock is None or clock < datetime.now(UTC) - DAY else utc_field((clock + DAY).isoformat())


@dataclass(slots=True)
class SyncJob:
    """One run of one source.

    `audit` is how many pages are read again beyond what changed; `depth` what is read besides; `accept_missing` how
    many may vanish at once; `limit` ends the run after so many (0: none). `notes` are for the person who runs it.
    """

    mirror: Mirror
    access: RequestCounter
    source: Source
    audit: int = 0
    depth: ReadDepth = field(default_factory=ReadDepth)
    accept_missing: int = 0
    full: bool = False
    limit: int = 0
    tell: Callable[[int, int], None] = lambda done, total: None
    stats: SyncStats = field(default_factory=SyncStats)
    audit_requests: int = 0
    notes: list[Text] = field(default_factory=list)

    @property
    def figures(self) -> dict[str, int]:
        """What `kb sync --json` says. `requests` leaves out those of the audit, of history and of files."""
        return {
            "requests": self.access.requests - self.audit_requests - self.depth.used,
            **self.stats.figures,
            "waited_s": round(self.access.waited_s),
            "audit_requests": self.audit_requests,
            **({"history_requests": self.depth.used} if self.depth.asked else {}),
        }

    @contextmanager
    def auditing(self) -> Iterator[None]:
        """Count the requests made meanwhile as the audit's."""
        before = self.access.requests
        try:
            yield
        finally:
            self.audit_requests += self.access.requests - before

    @contextmanager
    def deepening(self) -> Iterator[None]:
        """Count the requests made meanwhile as those of history and files."""
        before = self.access.requests
        try:
            yield
        finally:
            self.depth.used += self.access.requests - before

    @contextmanager
    def write(self) -> Iterator[MirrorWriter]:
        """Open a transaction that counts in the figures."""
        with self.mirror.write(self.stats) as writer:
            yield writer

    def mark(self, name: str) -> Any:
        """Return a mark of this source, parsed; None where there is none."""
        value = self.mirror.mark(f"{self.source.value}.{name}")
        return None if value is None else json.loads(value)

    def time_mark(self, name: str) -> str | None:
        """Return a mark that is a time; None where there is none, or something else: then all is read anew."""
        return utc_field(self.mark(name)) or None

    def set_mark(self, writer: MirrorWriter, name: str, value: object) -> None:
        """Set a mark of this source in a transaction; None deletes it."""
        text = None if value is None else json.dumps(value, ensure_ascii=True)
        writer.mark(f"{self.source.value}.{name}", text)

    def same_reader(self, user_id: int, name: str) -> None:
        """Raise CredentialError when another user's key read the mirror: it may see less.

        A full sync compares everything and accepts a new reader.
        """
        known = self.mark("reader")
        if known is not None and known["id"] != user_id and not self.full:
            raise CredentialError(
                t(
                    f"{self.source.value} の鍵の利用者が変わりました（前回 {known['name']}、今回 {name}）。"
                    "見える範囲が違うおそれがあるので、何も変えていません。",
                    f"the key for {self.source.value} is another user's (before {known['name']}, now {name}), "
                    "who may see less; nothing was changed.",
                ),
                t(
                    "この利用者で続けるなら kb sync --full で全部を照らし合わせてください。",
                    "to go on as this user, compare everything with kb sync --full.",
                ),
            )
        if known != {"id": user_id, "name": name}:
            with self.write() as writer:
                self.set_mark(writer, "reader", {"id": user_id, "name": name})

    def same_place(self, place: str, *, movable: bool = False) -> None:
        """Raise ConfigError when the mirror holds another team's pages: ids would collide.

        A full sync accepts a new name of a `movable` place.
        """
        known = self.mark("place")
        if known is not None and known != place and not (movable and self.full):
            renamed = t(
                "同じものの引っ越しなら kb sync --full。そうでなければ", "if it only moved: kb sync --full. else "
            )
            first = renamed if movable else t("", "")
            raise ConfigError(
                t(
                    f"手元の写しは {self.source.value} の「{known}」のものです（kb.toml は「{place}」）。",
                    f"the mirror holds {known!r} of {self.source.value}, kb.toml says {place!r}.",
                ),
                t(
                    f"{first.ja}別の作業フォルダーで kb init するか、{self.mirror.database.path} を移してください。",
                    f"{first.en}run kb init in another folder, or move {self.mirror.database.path} away.",
                ),
            )
        if known != place:
            with self.write() as writer:
                self.set_mark(writer, "place", place)

    def hold(self, missing: int, known: int) -> None:
        """Raise HeldError when so many cannot have vanished; nothing is deleted then."""
        everything = missing >= known > 1
        much = missing >= HELD_LEAST and missing * HELD_SHARE > known
        if not (everything or much) or missing <= self.accept_missing:
            return
        with self.write() as writer:
            writer.clear_suspects(self.suspects())
        raise HeldError(
            t(
                f"{self.source.value} の {known:,} 件のうち {missing:,} 件が一度に見えなくなりました。"
                "鍵の権限が狭くなったのかもしれないので、何も消していません。",
                f"{missing:,} of {known:,} pages of {self.source.value} have vanished at once; "
                "the key may see less than before, so nothing was deleted.",
            ),
            t(
                f"本当に消えたのなら kb.toml に [sync] accept_missing = {missing} と書いて、もう一度 kb sync を。",
                f"if they are really gone, write [sync] accept_missing = {missing} into kb.toml and run kb sync again.",
            ),
        )

    def suspects(self) -> list[int]:
        """Return the ids of this source's pages that are missing where they should be."""
        rows = self.mirror.database.rows(
            "SELECT id FROM suspects s JOIN documents d USING (id) WHERE d.source = ? ORDER BY id",
            (self.source.value,),
        )
        return [here for (here,) in rows]


PARTS_VERSION = 1
"""Raised when more is made of what sources send."""

BACKFILL_BATCH = 200
_MARK = "parts"

RowReader: TypeAlias = Callable[[Mirror, StoredDocument], Iterable[SourceRow]]
"""Turns a page of the mirror into the rows it was made of: the page, and its parts."""


def raw_parts(mirror: Mirror, stored: StoredDocument, kind: Kind, name: str) -> list[dict[str, Any]]:
    parts = mirror.documents(kinds=[kind], doc=str(stored.document.doc))
    return [{**mirror.raw(each.id), name: each.document.body} for each in parts]


def backfill(job: SyncJob, pages: Iterable[int], read: RowReader) -> None:
    """Store the parts of these pages that an older kb left out, without a request; nothing counts as a change.

    Custom fields, names of files and old values came with tickets before kb kept them as texts.
    """
    if job.mark(_MARK) == PARTS_VERSION:
        return
    wanted = list(pages)
    for at in range(0, len(wanted), BACKFILL_BATCH):
        with job.mirror.write() as writer:
            for here in wanted[at : at + BACKFILL_BATCH]:
                for stored in job.mirror.page(here, here + 1):
                    rows = list(read(job.mirror, stored))
                    writer.put(row for row in rows if row.kind in (Kind.FIELD, Kind.ATTACHMENT))
                    for main in rows[:1]:
                        writer.replaced(here, main.versions or ())
        job.tell(min(at + BACKFILL_BATCH, len(wanted)), len(wanted))
    with job.write() as writer:
        job.set_mark(writer, _MARK, PARTS_VERSION)
