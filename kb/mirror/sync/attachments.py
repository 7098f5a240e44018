"""Fetch what is in attached text files, once each, where kb.toml asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Protocol

from kb.errors import AnswerError
from kb.mirror.sync.job import SyncJob
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

SUFFIXES = frozenset(
    f".{each}"
    for each in (
        *("txt", "csv", "tsv", "conf", "cfg", "ini", "env", "pem", "key", "sh", "sql", "yml", "yaml"),
        *("json", "xml", "log", "md", "properties", "toml"),
    )
)
"""Files that are text by their name."""

SMALL = 64 * 1024
"""A file without a suffix (`id_rsa`, `.netrc`) is looked at up to this many bytes."""

PATIENCE = 3
"""After this many failures in a row the trouble is the server's, not a file's."""

_ENCODINGS = ("utf-8-sig", "euc_jp", "cp932")
"""As text files of a Japanese office come; each refuses nearly all bytes of those after it."""

_NO_CHARACTERS = compile_lazy("[\uf8f0-\uf8f3]")
"""What Python makes of the bytes that stand for nothing in cp932."""


class AttachmentSource(Protocol):
    """Where files are fetched from. `ready` prepares up to `batch` addresses; "" for what is not there."""

    @property
    def batch(self) -> int: ...

    def ready(self, keys: Sequence[str]) -> Sequence[str]: ...
    def fetch(self, address: str, most: int) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class PendingFile:
    """A file to be fetched: the id and key of its document, and how many bytes at most."""

    here: int
    key: str
    most: int


def sync_attachments(files: AttachmentSource, job: SyncJob, within: frozenset[str] | None = None) -> None:
    """Fetch the text files not fetched yet; those that are gone, too large or no text are not asked for again.

    `within` are the categories that are synced, None for all.
    """
    if job.full:
        _forget(job)
    pending = [each for category, each in _pending(job) if within is None or category in within]
    failed: list[AnswerError] = []
    for done in range(0, len(pending), files.batch):
        batch = list(islice(pending, done, done + files.batch))
        job.tell(done, len(pending))
        if job.depth.spent:
            left = len(pending) - done
            job.notes.append(
                t(
                    f"{job.source.value} の添付ファイル {left:,} 個の中身は、次の kb sync で読みます。",
                    f"what is in {left:,} more files of {job.source.value} is left to the next kb sync.",
                )
            )
            return
        with job.deepening():
            addresses = files.ready([each.key for each in batch])
        for each, address in zip(batch, addresses, strict=True):
            trouble = _fetch(files, job, each, address)
            failed = [*failed, trouble] if trouble else []
            if len(failed) == PATIENCE:
                raise failed[-1]


def _fetch(files: AttachmentSource, job: SyncJob, wanted: PendingFile, address: str) -> AnswerError | None:
    """Fetch one file; return the error where the server fails: the next run asks again."""
    data = None
    try:
        with job.deepening():
            data = files.fetch(address, wanted.most) if address else None
    except AnswerError as error:
        if not 300 <= error.status < 500:
            return error
    with job.write() as writer:
        writer.content(wanted.here, None if data is None else decode_text(data))
    return None


def _pending(job: SyncJob) -> Iterator[tuple[str, PendingFile]]:
    rows = job.mirror.database.rows(
        "SELECT d.id, d.key, d.title, d.meta, d.category FROM documents d LEFT JOIN readings r USING (id) "
        "WHERE d.source = ? AND d.kind = 'attachment' AND d.state = 'live' AND r.id IS NULL ORDER BY d.id DESC",
        (job.source.value,),
    )
    for here, key, name, meta, category in rows:
        most = max_bytes(name, job.depth.largest)
        if most and json.loads(meta).get("size", 0) <= most:
            yield category, PendingFile(here, key, most)


def _forget(job: SyncJob) -> None:
    """Forget the files that gave no text, so that they are asked for again."""
    with job.mirror.database.transaction():
        job.mirror.database.execute(
            "DELETE FROM readings WHERE id IN (SELECT d.id FROM documents d JOIN bodies b USING (id) "
            "WHERE d.source = ? AND d.kind = 'attachment' AND b.body = x'')",
            (job.source.value,),
        )


def max_bytes(name: str, largest: int) -> int:
    """Return how many bytes of a file are read by its name; 0 for one that is not text."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in SUFFIXES:
        return largest
    return 0 if suffix else min(SMALL, largest)


def decode_text(data: bytes) -> str | None:
    """Return the text of a file; None for another kind of file."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        return None
    seven_bits = ("iso2022_jp",) if b"\x1b$" in data else ()
    for encoding in (*seven_bits, *_ENCODINGS):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _NO_CHARACTERS.search(text) else text
    return None
