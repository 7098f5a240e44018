"""kb-baseline.toml, kb-decisions.toml and plans on disk: read whole, replaced whole.

They stand in a folder that a team shares, so whatever is found there is hostile: a folder, a link
in a circle, a pipe nobody writes to, another encoding, a file without end. Each is a sentence, and
nothing is waited for.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from kb.atomic_file import replace_file
from kb.errors import InputError
from kb.lang import t
from kb.mirror.database import from_os

LARGEST = 64 * 2**20
"""Bytes of a file that is read: a plan of a hundred thousand changes fits."""


def read(path: Path, *, named: bool = False) -> str | None:
    """The text; None when there is no such file. Raises InputError for what cannot be read as UTF-8.

    A file that somebody `named` may be a pipe (`--baseline <(git show main:kb-baseline.toml)`) or a device.
    """
    data = read_bytes(path, named=named)
    try:
        return None if data is None else data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            t(f"{path} は UTF-8 ではありません。", f"{path} is not UTF-8."),
            t("UTF-8 で保存し直してください。", "save it as UTF-8."),
        ) from None


def read_bytes(path: Path, *, named: bool = False) -> bytes | None:
    """The bytes; None when there is no such file. Raises InputError; `named` as with `read`."""
    flags = os.O_RDONLY | os.O_CLOEXEC | (0 if named else os.O_NONBLOCK)  # to open a pipe waits for its writer
    try:
        if not named and not stat.S_ISREG(os.stat(path).st_mode):
            raise _no_file(path)  # unopened: opening a device may already do something
        with open(os.open(path, flags), "rb") as file:
            found = os.fstat(file.fileno())
            if not named and not stat.S_ISREG(found.st_mode):
                raise _no_file(path)
            if stat.S_ISREG(found.st_mode) and found.st_size > LARGEST:
                raise _too_large(path, found.st_size)
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(
            t(f"{path} を読めません（{error.strerror}）。", f"{path} cannot be read ({error.strerror})."),
            t("置き場所と権限を確かめてください。", "check where it is, and its permissions."),
        ) from None


def replace(path: Path, text: str) -> None:
    """Put `text` in a file's place, whole or not at all; its mode is kept.

    Raises InputError where a link or something that is no file stands, StoreError when it cannot be written.
    """
    replace_bytes(path, text.encode())


def replace_bytes(path: Path, data: bytes) -> None:
    """Put bytes in a file's place, as `replace` does."""
    try:
        replace_file(path, data)
    except OSError as error:
        raise from_os(error, path) from None


def _too_large(path: Path, size: int) -> InputError:
    return InputError(
        t(f"{path} は大きすぎます（{size:,} バイト）。", f"{path} is too large ({size:,} bytes)."),
        t(
            f"別のファイルを指定してください（{LARGEST:,} バイトまで）。",
            f"name another file (at most {LARGEST:,} bytes).",
        ),
    )


def _no_file(path: Path) -> InputError:
    return InputError(
        t(f"{path} は普通のファイルではありません。", f"{path} is no regular file."),
        t("別の名前に移すか、ファイルを指定してください。", "move it away, or name a file."),
    )
