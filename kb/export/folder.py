"""Read and write files below one folder, and nowhere else.

Each folder on a path is opened from its parent, never through a link, so nothing put there can redirect an
export. A file is written beside its place and renamed, so it is whole or absent.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from kb.errors import InputError, UsageError
from kb.export.pages import is_export_path
from kb.files import store_error
from kb.settings.workspace import Workspace
from kb.text.lang import t

PARTIAL_SUFFIX = ".kb-export.partial"
_MODE = 0o644
_OPEN = os.O_NOFOLLOW | os.O_CLOEXEC


class ExportFolder:
    """An existing folder; paths are relative to it, with `/`. A context manager.

    Raises InputError if something else is in the way, StoreError for disk errors.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            self._handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise store_error(error, root) from None

    def __enter__(self) -> ExportFolder:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def read(self, path: str) -> bytes | None:
        """Return a file's content, None if it does not exist. Raises InputError if it is not a plain file."""
        try:
            with self._folder(path) as (folder, name):
                handle = os.open(name, os.O_RDONLY | os.O_NONBLOCK | _OPEN, dir_fd=folder)
                with os.fdopen(handle, "rb") as file:
                    if not stat.S_ISREG(os.fstat(handle).st_mode):
                        raise self._in_the_way(path)
                    return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._explain(error, path) from None

    def write(self, path: str, content: bytes) -> None:
        """Write a file and the folders on its path."""
        try:
            with self._folder(path, make=True) as (folder, name):
                with suppress(FileNotFoundError):  # left by a killed run
                    os.unlink(PARTIAL_SUFFIX, dir_fd=folder)
                try:
                    handle = os.open(PARTIAL_SUFFIX, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN, _MODE, dir_fd=folder)
                    with os.fdopen(handle, "wb") as file:
                        os.fchmod(handle, _MODE)  # whatever the umask says: the folder decides who may read
                        file.write(content)
                    os.replace(PARTIAL_SUFFIX, name, src_dir_fd=folder, dst_dir_fd=folder)
                finally:
                    with suppress(FileNotFoundError):
                        os.unlink(PARTIAL_SUFFIX, dir_fd=folder)
        except OSError as error:
            raise self._explain(error, path) from None

    def remove(self, path: str) -> None:
        """Remove a file and the folders it leaves empty."""
        try:
            with self._folder(path) as (folder, name):
                os.unlink(name, dir_fd=folder)
            above = path.rpartition("/")[0]
            while above:
                with self._folder(above) as (folder, name):
                    os.rmdir(name, dir_fd=folder)
                above = above.rpartition("/")[0]
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST):
                raise self._explain(error, path) from None

    @contextmanager
    def _folder(self, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """Yield the open folder of a path, and the name in it. Raises OSError."""
        *folders, name = path.split("/")
        handle = os.dup(self._handle)
        try:
            for each in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(each, 0o755, dir_fd=handle)
                below = os.open(each, os.O_RDONLY | os.O_DIRECTORY | _OPEN, dir_fd=handle)
                os.close(handle)
                handle = below
            yield handle, name
        finally:
            os.close(handle)

    def _explain(self, error: OSError, path: str) -> Exception:
        if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENOTDIR, errno.EISDIR, errno.ENXIO):
            return self._in_the_way(path)
        return store_error(error, self.root / path)

    def _in_the_way(self, path: str) -> InputError:
        return InputError(
            t(
                f"{self.root / path} の途中か先が、リンクなど普通のファイルやフォルダーでないものです。",
                f"the path {self.root / path} contains a link, or something other than plain files and folders.",
            ),
            t(
                "それを移してから、もう一度実行してください。フォルダーの外には何も書いていません。",
                "move it away and run it again; nothing was written outside the folder.",
            ),
        )


# The manifest `.kb-export.json` marks the folder as kb's and tells kb's files from other people's.


MANIFEST_NAME = ".kb-export.json"
MANIFEST_FORMAT = 1


def hash_content(content: bytes) -> str:
    """Return the digest of a file's content for the manifest."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def load_manifest(tree: ExportFolder) -> dict[str, str] | None:
    """Return path → digest of the last export's files; None without one. Raises InputError."""
    raw = tree.read(MANIFEST_NAME)
    if raw is None:
        return None
    try:
        read = json.loads(raw)
        form, files = read["format"], read["files"]
        if type(form) is not int or not isinstance(files, dict):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _unusable(tree) from None
    if form > MANIFEST_FORMAT:
        raise InputError(
            t(
                f"{tree.root / MANIFEST_NAME} は新しい kb が書いたものです。",
                f"{tree.root / MANIFEST_NAME} was written by a newer kb.",
            ),
            t("kb を更新してください。", "update kb."),
        )
    if not all(isinstance(value, str) and is_export_path(path) for path, value in files.items()):
        raise _unusable(tree)
    return files


def save_manifest(tree: ExportFolder, files: Mapping[str, str]) -> None:
    """Write the manifest if it changed."""
    whole = {"format": MANIFEST_FORMAT, "files": dict(sorted(files.items()))}
    content = f"{json.dumps(whole, ensure_ascii=False, indent=0)}\n".encode("utf-8", "replace")
    if tree.read(MANIFEST_NAME) != content:
        tree.write(MANIFEST_NAME, content)


def _unusable(tree: ExportFolder) -> InputError:
    return InputError(
        t(f"{tree.root / MANIFEST_NAME} を読めません。", f"{tree.root / MANIFEST_NAME} cannot be read."),
        t(
            "git などで元に戻すか、空のフォルダーに書き出し直してください。",
            "bring it back (git checkout), or export into an empty folder.",
        ),
    )


def require_elsewhere(target: Path, workspace: Workspace) -> None:
    """Raise UsageError for a folder kb itself reads: what is written there would be mirrored again."""
    real = target.resolve()
    if real.is_relative_to(workspace.private.resolve()):
        raise UsageError(
            t(f"{target} は kb 自身のフォルダーの中です。", f"{target} is inside kb's own folder."),
            t("別のフォルダーを指定してください。", "give another folder."),
        )
    for source in workspace.settings.source:
        folder = (workspace.root / Path(source.path).expanduser()).resolve()
        if real.is_relative_to(folder):
            raise UsageError(
                t(
                    f"{target} は、kb sync が読むフォルダー（source「{source.name}」）の中です。",
                    f"{target} is inside a folder that kb sync reads (source {source.name!r}).",
                ),
                t("別のフォルダーを指定してください。", "give another folder."),
            )
