"""The key that names secrets without giving them away: `KB_KEY`, else `.kb/key` beside the mirror.

Its holder can try guesses against every `value_id`, so it stays out of git, logs and messages. The same key gives the
same ids on every machine: a team's CI and its members share one.
"""

from __future__ import annotations

import base64
import binascii
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from kb.errors import UsageError
from kb.files import make_private_folder, store_error
from kb.secrets.masking.mask import KEY_BYTES, MIN_KEY_BYTES, make_key_id
from kb.settings.workspace import Workspace
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

KEY_VARIABLE = "KB_KEY"

_LONGEST = 1024
"""Bytes of a key file that are read; no key is that long."""

_HEX = compile_lazy(r"(?:[0-9a-fA-F]{2})+")
_BASE64 = compile_lazy(r"[A-Za-z0-9_-]+={0,2}")


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A key, and the name that stands for it in baselines. Its repr does not show the bytes."""

    bytes_: bytes = field(repr=False)
    id: str

    @property
    def text(self) -> str:
        """The key as written down, for the key file and `kb key export` only."""
        return self.bytes_.hex()


def load_key(workspace: Workspace | None, *, make: bool) -> SecretKey | None:
    """Return the key of `KB_KEY`, else of `.kb/key`, which is made when missing and `make`; None for neither.

    Raises UsageError for a key that cannot be used as it is, StoreError when its file cannot be read or made.
    """
    given = os.environ.get(KEY_VARIABLE, "").strip()
    if given:  # an empty one is what CI gives to runs that may not see its secrets
        return parse_key(given, t(f"環境変数 {KEY_VARIABLE} ", KEY_VARIABLE))
    if workspace is None:
        return None
    return read_key(workspace.key) or (_made(workspace.key) if make else None)


def parse_key(text: str, name: Text, mend: Text | None = None) -> SecretKey:
    """Parse a key: hexadecimal or base64url, 16 bytes or more. `name` says where it stands.

    Raises UsageError, without the text.
    """
    text = text.strip()
    try:
        if _HEX.fullmatch(text):
            key = bytes.fromhex(text)
        elif _BASE64.fullmatch(text):
            bare = text.rstrip("=")
            key = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
        else:
            key = b""
    except binascii.Error:
        key = b""
    if len(key) < MIN_KEY_BYTES:
        raise UsageError(
            t(f"{name.ja}の鍵を読めません。", f"the key in {name.en} cannot be read."),
            mend
            or t(
                f"{MIN_KEY_BYTES} バイト以上を 16 進か base64url で書きます。作る例: openssl rand -hex {KEY_BYTES}",
                f"write {MIN_KEY_BYTES} bytes or more in hex or base64url; openssl rand -hex {KEY_BYTES} makes one.",
            ),
        )
    return SecretKey(key, make_key_id(key))


def read_key(path: Path) -> SecretKey | None:
    """Read the key in a file; None when there is no file.

    Raises UsageError where others may read it, or where it is not a regular file, StoreError.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENXIO):  # a link; a socket
            raise _no_file(path) from None
        raise store_error(error, path) from None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise _no_file(path)
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise UsageError(
                t(f"鍵 {path} が、ほかの人にも読める権限になっています。", f"others may read the key {path}."),
                t(mend := f"chmod 600 {quote(str(path))}", mend),
            )
        text = os.read(handle, _LONGEST).decode("ascii", "replace")
    except OSError as error:
        raise store_error(error, path) from None
    finally:
        os.close(handle)
    return parse_key(
        text,
        t(f"{path} ", str(path)),
        t(
            f"{_away(path)} のあと、kb key import でチームの鍵を入れてください。",
            f"{_away(path)}, then bring in your team's key with kb key import.",
        ),
    )


def create_key(path: Path, key: SecretKey) -> bool:
    """Write a key where there is none, whole or not at all; return False where one exists. Raises StoreError."""
    with _partial(path, key) as partial:
        try:
            _link(partial, path)
        except FileExistsError:
            return False
        _settle(path.parent)
    return True


def replace_key(path: Path, key: SecretKey, old: SecretKey) -> Path:
    """Replace a key, and return the path at which the old one is kept. Raises StoreError."""
    beside = path.with_name(f"{path.name}.{old.id}")
    with _partial(path, key) as partial:
        beside.unlink(missing_ok=True)  # the same key: it was replaced before
        _link(path, beside)
        os.replace(partial, path)
        _settle(path.parent)
    return beside


@contextmanager
def _partial(path: Path, key: SecretKey) -> Iterator[Path]:
    """Hold a file with the key beside its future place. An OSError, also of the body, becomes a StoreError."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        make_private_folder(path.parent)
        try:
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with open(handle, "w", encoding="ascii") as file:
                os.fchmod(handle, 0o600)  # whatever the umask says
                file.write(f"{key.text}\n")
                file.flush()
                os.fsync(handle)
            yield partial
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise store_error(error, path) from None


def _link(old: Path, new: Path) -> None:
    """Give a file a second name without replacing what exists. Raises FileExistsError, OSError."""
    try:
        os.link(old, new)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        if os.path.lexists(new):  # a file system that knows no second names
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new)) from None
        os.rename(old, new)


def _settle(folder: Path) -> None:
    """Make new names in a folder survive a loss of power. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _made(path: Path) -> SecretKey | None:
    new = secrets.token_bytes(KEY_BYTES)
    key = SecretKey(new, make_key_id(new))
    return key if create_key(path, key) else read_key(path)


def _no_file(path: Path) -> UsageError:
    return UsageError(
        t(f"鍵 {path} は普通のファイルではありません。", f"the key {path} is not a regular file."),
        t(
            f"{_away(path)} のあと、kb key import で鍵を入れてください（なければ作り直します）。",
            f"{_away(path)}, then bring in the key with kb key import (or a new one is made).",
        ),
    )


def _away(path: Path) -> str:
    return f"mv {quote(str(path))} {quote(f'{path}.old')}"
