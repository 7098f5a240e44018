"""A local folder of Markdown → mirror. Read whole each time: opening files costs no requests."""

from __future__ import annotations

from kb.lang import t
from kb.mirror import file_rows, known
from kb.mirror.job import Job
from kb.model import Kind, Source
from kb.sources.files import Files

BATCH = 100


def sync(files: Files, job: Job) -> None:
    """Bring the mirror up to date with one folder. Raises HeldError when too many files vanished.

    A file that is there and cannot be read keeps the text it had.
    """
    db = job.mirror.database
    have = known.keys(db, Source.FILES, Kind.FILE, f"{files.name}/")
    seen: set[str] = set()
    batch = []
    for file in files.rows():
        batch.append(file_rows.row(files.name, file))
        seen.add(batch[-1].key)
        if len(batch) == BATCH:
            with job.write() as writer:
                writer.put(batch)
            batch = []
        if job.limit and len(seen) >= job.limit:
            break
    with job.write() as writer:
        writer.put(batch)
    if job.limit and len(seen) >= job.limit:
        job.notes.append(
            t(
                f"{files.name}: --limit で止めました。次の kb sync は全部を読みます。",
                f"{files.name}: stopped by --limit; the next kb sync reads everything.",
            )
        )
        return
    unread = [f"{files.name}/{warning.path}" for warning in files.warnings if warning.unread]
    for warning in files.warnings:
        job.notes.append(
            t(
                f"{files.name}/{warning.path}: {warning.reason.ja}。",
                f"{files.name}/{warning.path}: {warning.reason.en}.",
            )
        )
    missing = [
        here
        for key, (here, _, _) in have.items()
        if key not in seen and not any(path == f"{files.name}/." or f"{key}/".startswith(f"{path}/") for path in unread)
    ]
    job.hold(len(missing), len(have))
    with job.write() as writer:
        for here in missing:
            writer.bury(here)
