"""Read and write files safely: atomically, never through a link, from folders that may be hostile."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shlex
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from kb.errors import BusyError, InputError, KbError, StoreError, os_reason
from kb.text.lang import Text, t

if TYPE_CHECKING:
    import jinja2

_IGNORE_ALL = "*\n"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def open_replacement(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """Yield a file that replaces `path` once it is on disk.

    An existing file keeps its mode; a `private` one is for its owner only. Raises InputError, with nothing written,
    where a link, folder or device is (a link in a shared folder may lead to any file); OSError.
    """
    mode = require_regular_file(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.unlink(missing_ok=True)  # left by a killed run
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
    """Replace a file's content, like `open_replacement`."""
    with open_replacement(path, private=private) as file:
        file.write(data)


def require_regular_file(path: Path) -> int | None:
    """Return an existing file's mode, None for no file. Raises InputError for anything else."""
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
        raise no_file_error(path)
    return stat.S_IMODE(found)


def no_file_error(path: Path) -> InputError:
    """Return the error for a folder, a pipe, a link to nothing where a file is to be."""
    return InputError(
        t(f"{path} はリンクで、その先にファイルがありません。", f"{path} is a link to nothing.")
        if path.is_symlink()
        else t(f"{path} は普通のファイルではありません。", f"{path} is not a regular file."),
        t("別の名前に移すか、ファイルを指定してください。", "move it away, or name a file."),
    )


_SCRATCH = ".quiet-"


@contextmanager
def make_scratch_folder(parent: Path) -> Iterator[Path]:
    """Yield a new folder that is removed afterwards; one of a killed process goes by `remove_abandoned_folders`."""
    import tempfile  # slow to load, and few need it

    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=parent) as folder:
        held = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield Path(folder)
        finally:
            os.close(held)


def remove_abandoned_folders(parent: Path) -> None:
    """Remove the scratch folders whose process is gone; what cannot be removed stays."""
    with suppress(OSError):
        for name in os.listdir(parent):
            if name.startswith(_SCRATCH):
                _remove_abandoned(parent / name)


def _remove_abandoned(folder: Path) -> None:
    import shutil

    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return  # somebody works in it
    else:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(held)


_HERE = Path(__file__).parent


def asset_path(name: str, *, team: Path | None = None) -> Path:
    """Return the path of `templates/…` or `diagrams/…`; a team's own copy comes first."""
    if team is not None and (team / name).exists():
        return team / name
    packaged = _HERE / "_assets" / name
    return packaged if packaged.exists() else _HERE.parent / name


def load_template(
    name: str, filters: Mapping[str, Callable[[str], str]] | None = None, **options: Any
) -> jinja2.Template:
    """Return a template such as `templates/lint.html.jinja`; `options` are jinja2.Environment's.

    Rendering raises jinja2.UndefinedError for a missing value.
    """
    import jinja2

    path = asset_path(name)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent), undefined=jinja2.StrictUndefined, **options
    )
    environment.filters.update(filters or {})
    return environment.get_template(path.name)


MAX_FILE_BYTES = 64 * 2**20
"""The largest file that is read: more than a plan of a hundred thousand changes."""


def read_text(path: Path, *, named: bool = False) -> str | None:
    """Return a file's text, None for no file. Raises InputError for unreadable ones and invalid UTF-8.

    A `named` file may be a pipe (`--baseline <(git show main:kb-baseline.toml)`) or device; others never block.
    """
    data = read_bytes(path, named=named)
    try:
        return None if data is None else data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(*describe_encoding(path, error.object)) from None


def describe_encoding(path: Path | str, data: bytes) -> tuple[Text, Text]:
    """Return that a file is not UTF-8, what it seems to be, and how to convert it."""
    name, shown, how = guess_encoding(path, data)
    if not name:
        return t(f"{path} は UTF-8 ではありません。", f"{path} is not UTF-8."), t(
            "UTF-8 で保存し直してください。", "save it as UTF-8."
        )
    return (
        t(f"{path} は UTF-8 ではなく、{shown}のようです。", f"{path} is not UTF-8 but seems to be {name}."),
        t(f"UTF-8 に直してください: {how}", f"convert it to UTF-8: {how}"),
    )


def guess_encoding(path: Path | str, data: bytes) -> tuple[str, str, str]:
    """Return what a file that is not UTF-8 seems to be, that in a Japanese sentence, and a command to convert it.

    All are "" where it is like no encoding of Japanese.
    """
    name = "UTF-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ""
    for encoding in ("EUC-JP", "CP932"):  # what is EUC-JP often passes for CP932, not the other way round
        if not name:
            with suppress(UnicodeDecodeError):
                if not any("\uf8f0" <= each <= "\uf8ff" for each in data.decode(encoding)):  # bytes without a meaning
                    name = encoding
    if not name:
        return "", "", ""
    shown = {"CP932": "Shift_JIS（CP932）"}.get(name, f"{name} ")
    return name, shown, f"iconv -f {name} -t UTF-8 {shlex.quote(str(path))} > utf8.tmp"


def read_bytes(path: Path, *, named: bool = False) -> bytes | None:
    """Return a file's bytes, None for no file. Raises InputError; `named` as in `read_text`."""
    flags = os.O_RDONLY | os.O_CLOEXEC | (0 if named else os.O_NONBLOCK)  # opening a pipe waits for its writer
    try:
        if not named and not stat.S_ISREG(os.stat(path).st_mode):
            raise _not_a_file(path)  # unopened: opening a device may have effects
        if named:
            refuse_named_pipe(path)
        with open(os.open(path, flags), "rb") as file:
            found = os.fstat(file.fileno())
            if not named and not stat.S_ISREG(found.st_mode):
                raise _not_a_file(path)
            regular = stat.S_ISREG(found.st_mode)
            if regular and found.st_size > MAX_FILE_BYTES:
                raise _too_large(path, found.st_size)
            data = file.read(-1 if regular else MAX_FILE_BYTES + 1)  # a device has no size, and no end
            if not regular and len(data) > MAX_FILE_BYTES:
                raise _too_large(path, len(data))
            return data
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(
            t(f"{path} を読めません（{os_reason(error).ja}）。", f"{path} cannot be read ({os_reason(error).en})."),
            t("置き場所と権限を確かめてください。", "check where it is, and its permissions."),
        ) from None


def replace_text(path: Path, text: str) -> None:
    """Replace a file's text atomically, keeping its mode.

    Raises InputError where no regular file is, StoreError when it cannot be written.
    """
    replace_bytes(path, text.encode())


def replace_bytes(path: Path, data: bytes) -> None:
    """Replace a file's bytes, like `replace_text`."""
    try:
        replace_file(path, data)
    except OSError as error:
        raise store_error(error, path) from None


def _too_large(path: Path, size: int) -> InputError:
    return InputError(
        t(f"{path} は大きすぎます（{size:,} バイト）。", f"{path} is too large ({size:,} bytes)."),
        t(
            f"別のファイルを指定してください（{MAX_FILE_BYTES:,} バイトまで）。",
            f"name another file (at most {MAX_FILE_BYTES:,} bytes).",
        ),
    )


def refuse_named_pipe(path: Path) -> None:
    """Raise InputError for a pipe with a name in a folder, which a reader waits at for as long as nobody writes.

    What a shell makes of `<(command)` has none, and somebody writes. Raises OSError where nothing can be looked at.
    """
    if stat.S_ISFIFO(os.stat(path).st_mode) and os.path.lexists(os.path.realpath(path)):
        raise InputError(
            t(f"{path} は名前付きパイプです。", f"{path} is a named pipe."),
            t(
                "ファイルに書き出すか、書く側を標準入力につないでください（`-`）。",
                "write to a file, or pipe the writer into standard input (`-`).",
            ),
        )


def _not_a_file(path: Path) -> InputError:
    return InputError(
        t(f"{path} は普通のファイルではありません。", f"{path} is not a regular file."),
        t("別の名前に移すか、ファイルを指定してください。", "move it away, or name a file."),
    )


def _is_ours(folder: Path) -> bool:
    """Whether a folder is empty, or was made or used by kb."""
    names = set(os.listdir(folder))
    ignore = folder / ".gitignore"
    return not names or "mirror.db" in names or (ignore.is_file() and ignore.read_bytes() == _IGNORE_ALL.encode())


def make_private_folder(path: Path) -> None:
    """Create `.kb/`: owner-only, ignored by git. Raises StoreError, InputError.

    It may be a link to an empty folder or one of kb's, on another disk perhaps; a link to anything else is refused,
    since a repository may ship it.
    """
    try:
        if path.is_symlink() and path.is_dir() and not _is_ours(path):
            raise InputError(
                t(
                    f"{path} はリンクで、その先に kb のものでないファイルがあるので、書き込みません。",
                    f"{path} is a link to a folder with files that are not kb's, and is not written to.",
                ),
                t(
                    "リンクを消すか、空のフォルダーへのリンクに替えてください。",
                    "remove the link, or let it lead to an empty folder.",
                ),
            )
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # An existing link is not followed.
        with suppress(FileExistsError), open(path / ".gitignore", "x", encoding="utf-8") as ignore:
            ignore.write(_IGNORE_ALL)
    except OSError as error:
        raise store_error(error, path) from None


def store_error(error: OSError, path: Path) -> StoreError:
    """Return the StoreError for an operating system error."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return disk_full_error(path)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return read_only_error(path)
    return StoreError(
        t(f"{path} を使えません（{os_reason(error).ja}）。", f"{path} cannot be used ({os_reason(error).en})."),
        t("kb doctor で置き場所を確かめてください。", "check the place with kb doctor."),
    )


def disk_full_error(path: Path) -> StoreError:
    return StoreError(
        t(f"ディスクがいっぱいで {path} に書けません。", f"the disk is full: {path} cannot be written."),
        t(
            "空きを作ってからもう一度実行してください。書きかけは残っていません。",
            "make room and run it again; nothing is half-written.",
        ),
    )


def read_only_error(path: Path) -> StoreError:
    return StoreError(
        t(f"{path} は書き込みできません（読み取り専用）。", f"{path} cannot be written (read-only)."),
        t(f"{path.parent} の所有者と権限を確かめてください。", f"check the owner and the mode of {path.parent}."),
    )


_LOCK_WAIT_S, _LOCK_PAUSE_S = 5.0, 0.02


@contextlib.contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Lock a folder against other kbs. Raises BusyError when it stays locked."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        end = time.monotonic() + _LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise _folder_busy(folder) from None
                time.sleep(_LOCK_PAUSE_S)
            except OSError as error:
                if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS):
                    raise
                break  # a network folder without locks: the file is still replaced whole
        yield
    finally:
        os.close(handle)


def _folder_busy(folder: Path) -> KbError:
    return BusyError(
        t(f"{folder} ではほかの kb が書き込み中です。", f"another kb is writing in {folder}."),
        t("少し待ってからもう一度入力してください。", "wait a moment and run it again."),
    )
