"""Read a local folder of Markdown: exported notes, minutes kept elsewhere.

Front matter is read as exporters and note tools really write it, not as YAML: one `key: value` a line, lists in
brackets or as `- item` lines. The rest is left alone. A sync reads the whole folder: files cost no requests.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kb.errors import ConfigError
from kb.mirror import queries
from kb.mirror.documents import SourceRow
from kb.mirror.sync.job import SyncJob
from kb.model.document import Kind, Source
from kb.settings.kb_toml import FilesSettings
from kb.text.lang import Text, t

MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a page says about itself; `date` is UTC ISO with Z, or an ISO date, or ""."""

    title: str = ""
    date: str = ""
    tags: tuple[str, ...] = ()


def split_front_matter(text: str) -> tuple[FrontMatter, str, int]:
    """Return a text's front matter, its body, and the line (1-based) on which the body begins."""
    lines = io.StringIO(text, newline="").readlines()
    if not lines or lines[0].rstrip() != "---":
        return FrontMatter(), text, 1
    for number, line in enumerate(lines[1:MAX_LINES], start=1):
        if line.rstrip() in ("---", "..."):
            return _read(lines[1:number]), "".join(lines[number + 1 :]), number + 2
    return FrontMatter(), text, 1  # a thematic break, then a page


def _read(lines: list[str]) -> FrontMatter:
    values: dict[str, list[str]] = {}
    key = ""
    for line in lines:
        if item := re.match(r"\s*-\s+(.+?)\s*$", line):
            if key:
                values[key].append(_bare(item[1]))
        elif pair := re.match(r"([A-Za-z_][\w-]*)\s*:\s*(.*?)\s*$", line):
            key = pair[1].lower()
            values[key] = _items(pair[2]) if key in ("tags", "tag") else [_bare(pair[2])] if pair[2] else []
    tags = tuple(dict.fromkeys(tag for name in ("tags", "tag") for tag in values.get(name, []) if tag))
    date = next((value for name in ("date", "created", "created_at") for value in values.get(name, [])), "")
    return FrontMatter(next(iter(values.get("title", [])), ""), _moment(date), tags)


def _items(value: str) -> list[str]:
    inner = value[1:-1] if value.startswith("[") and value.endswith("]") else value
    if inner[:1] in "\"'" and inner.count(inner[:1]) == 2:
        inner = _bare(inner)  # 'a, b': one pair of quotes around all of them
    return [_bare(each).lstrip("#") for each in inner.split(",") if each.strip()]


def _bare(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _moment(value: str) -> str:
    """Return a date as ISO, or as UTC with Z where it has a zone; "" for anything else."""
    try:
        moment = datetime.fromisoformat(value.replace("/", "-"))
    except ValueError:
        return ""
    if moment.tzinfo is None:
        return moment.date().isoformat()
    try:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return ""


SUFFIXES = frozenset({".md", ".markdown"})
MAX_BYTES = 16 * 1024 * 1024
"""A larger file is not a page a person wrote."""

_HEADING = re.compile(r"^#[ \t]+(.+?)[ \t#]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileRow:
    """One Markdown file. `path` is relative to the folder; `body` begins on `first_line` (1-based).

    `date` is the front matter's, "" for none; `modified_at` is the file's own, UTC.
    """

    path: str
    title: str
    category: str
    tags: tuple[str, ...]
    body: str
    first_line: int
    date: str
    modified_at: str


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was not read, or not as it is, and why."""

    path: str
    reason: Text
    unread: bool


class MarkdownFolder:
    """One `[[source]]` of kind `files`. Reading fills `warnings`: files left out, and files that are not UTF-8."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
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
        return cls(settings.name, folder)

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
            self._skip(folder, t(f"開けません（{error.strerror}）", f"cannot be opened ({error.strerror})"))
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
            self.warnings.append(SkippedFile(relative, reason, unread=False))
        front, body, first_line = split_front_matter(text)
        heading = _HEADING.search(body)
        category, _, name = relative.rpartition("/")
        return FileRow(
            relative,
            front.title or (heading[1].strip() if heading else "") or name.rpartition(".")[0],
            category,
            front.tags,
            body,
            first_line,
            front.date,
            _utc(modified),
        )

    def _read(self, path: Path) -> tuple[bytes, float] | None:
        """Return a file's bytes and time, never waiting for a pipe or reading a device."""
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            self._skip(path, t(f"読めません（{error.strerror}）", f"cannot be read ({error.strerror})"))
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
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def file_row(source: str, file: FileRow) -> SourceRow:
    """Return a file of the folder `source` as a row; empty lines replace its front matter, to keep line numbers."""
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
    )


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
