"""Lock a workspace: one sync, one apply at a time.

The kernel holds the lock (`flock`) and releases it when the process dies, `kill -9` included; the text in the file only
tells who holds it. So a file left behind is never in the way.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from kb.errors import BusyError
from kb.files import make_private_folder, store_error
from kb.text.display import format_local_time
from kb.text.lang import t


@contextmanager
def run_lock(folder: Path, work: str, zone: str = "UTC") -> Iterator[None]:
    """Hold the lock of `work` in the workspace whose `.kb/` is `folder`. Raises BusyError, StoreError.

    `zone` is for the time in the error.
    """
    make_private_folder(folder)
    path = folder / f"{work}.lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise store_error(error, path) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(path, work, zone) from None
        except OSError as error:  # a network folder without locks
            raise store_error(error, path) from None
        _sign(handle, path)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _sign(handle: int, path: Path) -> None:
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    who = {"host": socket.gethostname(), "pid": os.getpid(), "since": since}
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(who).encode(), 0)
    except OSError as error:
        raise store_error(error, path) from None


def _busy(path: Path, work: str, zone: str) -> BusyError:
    try:
        who = json.loads(path.read_bytes())
        host, pid = str(who["host"])[:80], int(who["pid"])
        since = format_local_time(str(who["since"]), zone, "%Y-%m-%d %H:%M")
    except (OSError, ValueError, KeyError, TypeError):
        host, pid, since = "?", 0, "?"
    return BusyError(
        t(
            f"この作業フォルダーでは kb {work} が実行中です（{host}、pid {pid}、{since} から）。",
            f"kb {work} is running in this workspace ({host}, pid {pid}, since {since}).",
        ),
        t("終わるのを待ってからもう一度実行してください。", "wait until it ends, then run it again."),
    )
