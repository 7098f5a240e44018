"""Write a file whole or not at all, and never through a link that stands in its place."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from kb.errors import InputError
from kb.lang import t

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """Yield a file to write; once it is on the disk, it takes the place of `path`.

    A file that stands there keeps its mode, a `private` one is for its owner alone. Raises InputError, with
    nothing written, where a link, a folder or a device stands (a link in a folder of a team may lead to any
    file of this person); OSError.
    """
    mode = require_file(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.unlink(missing_ok=True)  # of a run that was killed
        with open(os.open(partial, _NEW, 0o600 if private else 0o666), "wb") as file:
            if mode is not None and not private:
                os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def replace_file(path: Path, data: bytes, *, private: bool = False) -> None:
    """Put bytes in a file's place, as `replacing`."""
    with replacing(path, private=private) as file:
        file.write(data)


def require_file(path: Path) -> int | None:
    """Return the mode of the file that stands there, None where nothing does. Raises InputError for anything else."""
    try:
        found = os.lstat(path).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(found):
        raise InputError(
            t(
                f"{path} はリンクなので、書き込みません（リンクの先は書き換えません）。",
                f"{path} is a link, and is not written (what it leads to is left alone).",
            ),
            t("リンク先の名前を指定するか、リンクを消してください。", "name the file itself, or remove the link."),
        )
    if not stat.S_ISREG(found):
        raise InputError(
            t(f"{path} は普通のファイルではありません。", f"{path} is no regular file."),
            t("別の名前に移すか、ファイルを指定してください。", "move it away, or name a file."),
        )
    return stat.S_IMODE(found)
