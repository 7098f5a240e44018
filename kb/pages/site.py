"""The pages as a folder, for a web server or for the file system: what the app answers, and an index to search in."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from kb.errors import InputError, UsageError
from kb.files import store_error
from kb.mirror.history.state import StateDb
from kb.model.document import MaskedDocument, Visibility
from kb.pages.app import ASSETS, PageRenderer, build_app
from kb.pages.library import Library, last_read
from kb.reports.week.gather import ReportRequest, gather_week
from kb.settings.workspace import Workspace
from kb.text.grams import fold_for_search
from kb.text.lang import t

MARKER = ".kb-site"
"""Stands in a folder that `kb site` wrote, and names its files, one a line."""
SHARD = 1000
"""Documents of one script of the index: a page from the file system can load scripts and nothing else."""


def require_own_folder(out: Path) -> None:
    """Raise UsageError for a folder that is neither empty nor an earlier site, or has got files of others since."""
    if not out.exists() and not out.is_symlink():
        return
    if out.is_symlink() or not out.is_dir():
        raise _foreign(out, "")
    there = {each.relative_to(out).as_posix() for each in out.rglob("*") if not each.is_dir() or each.is_symlink()}
    if not there:
        return
    try:
        known = set((out / MARKER).read_text("utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        known = set()
    if others := there - known - ({MARKER} if known else set()):
        raise _foreign(out, min(others))


def _foreign(out: Path, name: str) -> UsageError:
    held = t(f"（{name}）", f" ({name})") if name else t("", "")
    return UsageError(
        t(f"{out} には、kb site が書いたもののほかにもファイルがあります{held.ja}。",
          f"{out} holds what kb site did not write{held.en}."),
        t("空のフォルダーか、前に kb site が書いたフォルダーを指定してください。",
          "name an empty folder, or one that kb site wrote."),
    )  # fmt: skip


def write_site(workspace: Workspace, out: Path, *, with_text: bool = False) -> int:
    """Write the pages for every member into `out`, whole or not at all; return how many files.

    The day they show is that of the last sync, so that the same mirror gives the same bytes. Raises UsageError for a
    folder of others, and where nothing was synced to its end; StoreError where it cannot be written.
    """
    require_own_folder(out)
    if not (read := last_read(workspace)):
        raise InputError(
            t("最後まで終わった sync がまだありません。", "no sync has ended yet."), t("kb sync", "kb sync")
        )
    with StateDb(workspace.state, readonly=True) as state:
        is_first = state.history.previous(datetime.now(UTC)) < read
    if is_first:  # the first look after a sync is recorded, and the next one tells what it recorded
        gather_week(workspace, ReportRequest(read, audience=Visibility.MEMBERS))
    library = Library(workspace, Visibility.MEMBERS, now=read, with_text=with_text)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as made:
            folder = Path(made) / "site"
            folder.mkdir()
            names = sorted(_write_files(library, folder))
            (folder / MARKER).write_text("".join(f"{name}\n" for name in names), "utf-8")
            require_own_folder(out)  # it took a while
            with suppress(FileNotFoundError):
                out.rename(Path(made) / "before")
            folder.rename(out)
    except OSError as error:
        raise store_error(error, out) from None
    return len(names)


def _write_files(library: Library, folder: Path) -> Iterator[str]:
    """Write all files below `folder`, and yield their names."""
    shards = list(_write_index(library, folder))
    yield from shards
    for name in ASSETS:
        shutil.copyfile(_asset(name), folder / name)
        yield name
    yield from asyncio.run(_crawl(PageRenderer(lambda: library, shards=len(shards)), folder))


def _asset(name: str) -> Path:
    from kb.files import asset_path

    return asset_path(f"templates/pages/{name}")


async def _crawl(pages: PageRenderer, folder: Path) -> list[str]:
    """Ask the app for every page there is, in this process, and write what it answers."""
    import httpx

    names = []
    transport = httpx.ASGITransport(build_app(pages))
    async with httpx.AsyncClient(transport=transport, base_url="http://site.invalid") as client:
        for path in pages.paths():
            answer = await client.get(f"/{path}")
            answer.raise_for_status()
            target = folder / path
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(answer.content)
            names.append(path)
    return names


def _write_index(library: Library, folder: Path) -> Iterator[str]:
    """Write the scripts that the search loads: of each page its name, title, place, folded words and last change."""
    rows: list[tuple[str, ...]] = []
    number = 0
    for number, row in enumerate(_list_rows(library)):
        rows.append(row)
        if len(rows) == SHARD:
            yield _write_shard(folder, number // SHARD, rows)
            rows = []
    if rows or not number:
        yield _write_shard(folder, number // SHARD, rows)


def _write_shard(folder: Path, number: int, rows: list[tuple[str, ...]]) -> str:
    name = f"search-{number}.js"
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    (folder / name).write_text(f"kbIndex.push(...{text});\n", "utf-8")
    return name


def _list_rows(library: Library) -> Iterator[tuple[str, ...]]:
    for name, page in library.documents():
        parts = library.read_document(str(page.doc)) if library.with_text else []
        yield (
            name,
            str(page.title or page.doc),
            str(library.place(page.category)),
            _fold(library, page, parts),
            page.updated_at,
        )


def _fold(library: Library, page: MaskedDocument, parts: list[MaskedDocument]) -> str:
    """Return what a search looks at: as `kb search` where texts are in the site, else what stands over a text."""
    if library.with_text:
        texts = [page.title, "\n".join(each.body for each in parts)]
    else:
        texts = [
            page.title,
            library.place(page.category),
            *page.tags,
            str(page.doc),
            *library.nodes_of.get(str(page.doc), ()),
        ]
    return "\n".join(map(fold_for_search, filter(None, texts)))
