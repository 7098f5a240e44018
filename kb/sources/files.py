"""A local folder of Markdown as a source: exported notes, minutes kept elsewhere."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kb.errors import ConfigError
from kb.lang import Text, t
from kb.settings import FilesSettings
from kb.sources.front_matter import split

SUFFIXES = frozenset({".md", ".markdown"})
MAX_BYTES = 16 * 1024 * 1024
"""A larger file is no page that somebody wrote."""

_HEADING = re.compile(r"^#[ \t]+(.+?)[ \t#]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileRow:
    """One Markdown file. `path` is relative to the folder, with `/`; `body` begins after the front matter.

    `first_line` is the body's first line in the file, 1-based. Times are UTC ISO with Z: `date` is
    what the front matter says ("" if nothing), `modified_at` the file's own.
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
class Skipped:
    """A file that was not read, or not as it is, and why."""

    path: str
    reason: Text
    unread: bool


class Files:
    """One `[[source]]` of kind `files`.

    `warnings` grows while rows are read: files left out, and files that were no UTF-8.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.warnings: list[Skipped] = []

    @classmethod
    def connect(cls, settings: FilesSettings, root: Path) -> Files:
        """The folder of `settings`, relative to the workspace's `root`. Raises ConfigError if it is none."""
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
        """Every Markdown file below the folder. Hidden ones and links that lead out are left out."""
        self.warnings.clear()
        for path in self._paths():
            row = self._row(path)
            if row is not None:
                yield row

    def _paths(self) -> Iterator[Path]:
        """The Markdown files, folder by folder, each folder's names in order."""
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
            self.warnings.append(Skipped(relative, reason, unread=False))
        front, body, first_line = split(text)
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
        """The file's bytes and time, never waiting for a pipe or reading a device."""
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            self._skip(path, t(f"読めません（{error.strerror}）", f"cannot be read ({error.strerror})"))
            return None
        with os.fdopen(handle, "rb") as file:
            info = os.fstat(handle)
            if not stat.S_ISREG(info.st_mode):
                self._skip(path, t("普通のファイルではありません", "is no regular file"))
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
        self.warnings.append(Skipped(shown, reason, unread=True))


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
