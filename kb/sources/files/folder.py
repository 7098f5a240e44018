"""Read a local folder of Markdown: exported notes, minutes kept elsewhere.

A sync reads the whole folder: files cost no requests. Who may read it says kb.toml; a file whose front matter keeps
it for its owner is for its owner alone, whatever the folder is.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kb.errors import ConfigError, os_reason
from kb.files import guess_encoding
from kb.mirror import queries
from kb.mirror.documents import SourceRow
from kb.mirror.sync.job import SyncJob
from kb.model.document import Kind, Source, Visibility
from kb.settings.kb_toml import FilesSettings
from kb.sources.files.front_matter import find_heading, find_heading_tags, split_front_matter
from kb.text.dates import instant_of_seconds
from kb.text.lang import Text, t
from kb.text.tasks import count_tasks

SUFFIXES = frozenset({".md", ".markdown"})
MAX_BYTES = 16 * 1024 * 1024
"""A larger file is not a page a person wrote."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One Markdown file. `path` is relative to the folder; `body` begins on `first_line` (1-based).

    `date`, `edited` and `author` are the front matter's, "" for none; `modified_at` is the file's own, UTC.
    """

    path: str
    title: str
    category: str
    tags: tuple[str, ...]
    body: str
    first_line: int
    date: str
    modified_at: str
    edited: str = ""
    author: str = ""
    visibility: Visibility = Visibility.PRIVATE


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was not read, or not as it is, and why."""

    path: str
    reason: Text
    unread: bool


class MarkdownFolder:
    """One `[[source]]` of kind `files`. Reading fills `warnings`: files left out, and files that are not UTF-8."""

    def __init__(self, name: str, folder: Path, visibility: Visibility = Visibility.PRIVATE) -> None:
        self.name = name
        self.folder = folder
        self.visibility = visibility
        self.warnings: list[SkippedFile] = []

    @classmethod
    def connect(cls, settings: FilesSettings, root: Path) -> MarkdownFolder:
        """Return the folder of `settings`, relative to the workspace's `root`. Raises ConfigError for no folder."""
        folder = (root / Path(settings.path).expanduser()).resolve()
        if not folder.is_dir():
            raise ConfigError(
                t(
                    f"source「{settings.name}」のフォルダー {folder} がありません。",
                    f"the folder {folder} of the source {settings.name!r} does not exist.",
                ),
                t("kb.toml の path を確かめてください。", "check its path in kb.toml."),
            )
        return cls(settings.name, folder, settings.readers)

    def rows(self) -> Iterator[FileRow]:
        """Yield every Markdown file below the folder, except hidden ones and links that lead out."""
        self.warnings.clear()
        for path in self._paths():
            row = self._row(path)
            if row is not None:
                yield row

    def _paths(self) -> Iterator[Path]:
        """Yield the Markdown files folder by folder, each folder's names in order."""
        folders = [self.folder]
        while folders:
            folder = folders.pop()
            below: list[Path] = []
            for entry in self._entries(folder):
                path = Path(entry.path)
                if entry.name.startswith("."):
                    continue
                if entry.is_symlink() and not self._stays_inside(path):
                    self._skip(path, t("フォルダーの外へのリンクです", "is a link that leads out of the folder"))
                elif entry.is_dir(follow_symlinks=False):
                    below.append(path)
                elif path.suffix.lower() in SUFFIXES:
                    yield path
            folders.extend(reversed(below))

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._skip(folder, t(f"開けません（{os_reason(error).ja}）", f"cannot be opened ({os_reason(error).en})"))
            return []

    def _stays_inside(self, path: Path) -> bool:
        """Whether a link leads to a file of this folder; links to folders could go round in circles."""
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):
            return False
        return target.is_file() and target.is_relative_to(self.folder)

    def _row(self, path: Path) -> FileRow | None:
        read = self._read(path)
        if read is None:
            return None
        raw, modified = read
        relative = (
            path.relative_to(self.folder).as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        )
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            text = raw.decode("utf-8-sig", "replace")
            line = raw.count(b"\n", 0, error.start) + 1
            reason = t(f"{line} 行目が UTF-8 ではありません", f"line {line} is not UTF-8")
            # Japanese before that line was UTF-8: a file of two encodings, which no command converts.
            name, shown, how = guess_encoding(relative, raw) if raw[: error.start].isascii() else ("", "", "")
            if name:
                reason = t(
                    f"{line} 行目が UTF-8 ではなく、{shown}のようです。直すには: {how}",
                    f"line {line} is not UTF-8, it seems to be {name}; to convert it: {how}",
                )
            self.warnings.append(SkippedFile(relative, reason, unread=False))
        front, body, first_line = split_front_matter(text)
        category, _, name = relative.rpartition("/")
        return FileRow(
            relative,
            front.title or find_heading(body) or name.rpartition(".")[0],
            category,
            front.tags or find_heading_tags(body),
            body,
            first_line,
            front.date,
            _utc(modified),
            front.updated,
            front.author,
            Visibility.PRIVATE if front.owner_only else self.visibility,
        )

    def _read(self, path: Path) -> tuple[bytes, float] | None:
        """Return a file's bytes and time, never waiting for a pipe or reading a device."""
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            self._skip(path, t(f"読めません（{os_reason(error).ja}）", f"cannot be read ({os_reason(error).en})"))
            return None
        with os.fdopen(handle, "rb") as file:
            info = os.fstat(handle)
            if not stat.S_ISREG(info.st_mode):
                self._skip(path, t("普通のファイルではありません", "is not a regular file"))
                return None
            if info.st_size > MAX_BYTES:
                size, most = info.st_size >> 20, MAX_BYTES >> 20
                self._skip(
                    path, t(f"大きすぎます（{size} MB、上限 {most} MB）", f"is too large ({size} MB of {most} MB)")
                )
                return None
            return file.read(MAX_BYTES + 1), info.st_mtime

    def _skip(self, path: Path, reason: Text) -> None:
        shown = path.relative_to(self.folder).as_posix().encode("utf-8", "replace").decode()
        self.warnings.append(SkippedFile(shown, reason, unread=True))


def _utc(seconds: float) -> str:
    found = instant_of_seconds(seconds)
    return found.strftime("%Y-%m-%dT%H:%M:%SZ") if found else ""


def file_row(source: str, file: FileRow) -> SourceRow:
    """Return a file of the folder `source` as a row; empty lines replace its front matter, to keep line numbers."""
    tasks, done = count_tasks(file.body)
    return SourceRow(
        source=Source.FILES,
        kind=Kind.FILE,
        key=f"{source}/{file.path}",
        doc=f"files:{source}/{file.path}",
        title=file.title,
        body="\n" * (file.first_line - 1) + file.body,
        raw={"path": file.path, "date": file.date, "modified_at": file.modified_at},
        category=file.category,
        tags=file.tags,
        url="",
        created_at=file.date or file.modified_at,
        updated_at=file.modified_at,
        author=_name_author(file.author),
        edited_at=file.edited if "T" in file.edited else f"{file.edited}T00:00:00Z" if file.edited else "",
        visibility=file.visibility,
        open_tasks=tasks - done,
    )


MAX_NAME = 60
"""Characters of a person's name; what is longer is none."""


def _name_author(author: str) -> str:
    """Return an author as a name, "" for what is none: a credential there would be kept where names are."""
    if not author or len(author) > MAX_NAME:
        return ""
    from kb.secrets.mask_document import mask_text  # few files name one

    return author if mask_text(author) == author else ""


BATCH = 100


def sync_folder(files: MarkdownFolder, job: SyncJob) -> None:
    """Sync one folder. Raises HeldError when too many files vanished. An unreadable file keeps its text."""
    db = job.mirror.database
    have = queries.live_keys(db, Source.FILES, Kind.FILE, f"{files.name}/")
    seen: set[str] = set()
    batch = []
    for file in files.rows():
        batch.append(file_row(files.name, file))
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
            writer.mark_gone(here)
