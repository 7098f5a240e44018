"""A few figures shared by the processes of one machine: a small file, locked while it is touched."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

MAX_BYTES = 4096
_LOCK_TRIES, _LOCK_PAUSE_S = 40, 0.05


class SharedFile:
    """One JSON object of numbers in a file. Broken, foreign or unwritable, it counts as empty.

    It only ever saves requests; so nothing here raises, and a lock that cannot be had within two
    seconds is done without.
    """

    __slots__ = ("path",)

    def __init__(self, folder: Path, key: str) -> None:
        digest = hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
        self.path = folder / f"limit-{digest}.json"

    @contextlib.contextmanager
    def held(self) -> Iterator[dict[str, float]]:
        """The figures, to be changed in place; written back at the end, under one lock."""
        handle = self._open()
        try:
            figures = self._read(handle)
            yield figures
            self._write(handle, figures)
        finally:
            if handle is not None:
                os.close(handle)  # gives the lock back

    def _open(self) -> int | None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
        except OSError:
            return None
        for _ in range(_LOCK_TRIES):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return handle
            except BlockingIOError:
                time.sleep(_LOCK_PAUSE_S)
            except OSError:
                break
        os.close(handle)
        return None

    def _read(self, handle: int | None) -> dict[str, float]:
        if handle is None:
            return {}
        try:
            raw = json.loads(os.pread(handle, MAX_BYTES, 0))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(raw, dict):
            return {}
        return {key: float(value) for key, value in raw.items() if isinstance(value, int | float) and abs(value) < 1e12}

    def _write(self, handle: int | None, figures: dict[str, float]) -> None:
        if handle is None:
            return
        try:
            text = json.dumps(figures).encode()
            os.pwrite(handle, text, 0)
            os.ftruncate(handle, len(text))
        except OSError:
            return


class NotShared:
    """The same figures for this process alone: before it is known whose they are, or without a folder."""

    __slots__ = ("_figures",)

    def __init__(self) -> None:
        self._figures: dict[str, float] = {}

    @contextlib.contextmanager
    def held(self) -> Iterator[dict[str, float]]:
        """The figures, to be changed in place."""
        yield self._figures
