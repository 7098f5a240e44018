"""A program run apart: in a session of its own, so that its time ends for all it started, and nothing of it stays."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import IO

_MAX_STDERR = 1 << 16
"""Bytes of what a program says that are kept: a program that floods must not fill the memory."""

_LAST_WORDS_S = 1.0
"""How long what left the program's session may still hold its stderr open."""

_running: set[subprocess.Popen[bytes]] = set()


def run_program(
    command: Sequence[str],
    *,
    folder: Path,
    kept: Sequence[str],
    given: Mapping[str, str],
    timeout_s: float,
    text: bytes = b"",
    heard: bool = True,
) -> tuple[int, str]:
    """The exit code of a program that reads `text`, and how it began on stderr. It and all it started are gone then.

    Of the environment it sees the `kept` names and what is `given`. Not `heard`, it says nothing.
    Raises OSError where it cannot be run, subprocess.TimeoutExpired when its time is over.
    """
    with tempfile.TemporaryFile() as read:
        read.write(text)
        read.seek(0)
        process = subprocess.Popen(
            command,
            stdin=read,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if heard else subprocess.DEVNULL,
            cwd=folder,
            env={**{name: os.environ[name] for name in kept if name in os.environ}, **given},
            start_new_session=True,
        )
    said: list[bytes] = []
    listening = Thread(target=_read_stderr, args=(process.stderr, said), daemon=True) if process.stderr else None
    _running.add(process)
    try:
        if listening:
            listening.start()
        process.wait(timeout_s)
    finally:
        _end(process)
        process.wait()
        _running.discard(process)
    if listening:
        listening.join(_LAST_WORDS_S)
    return process.returncode, b"".join(said).decode("utf-8", "replace")


def read_output(
    command: Sequence[str],
    *,
    timeout_s: float,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str] | None:
    """Return what a program printed, None if it cannot be run or takes too long."""
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def _read_stderr(stderr: IO[bytes], said: list[bytes]) -> None:
    """The beginning of what is said into `said`; the rest is read and forgotten, however much it is."""
    left = _MAX_STDERR
    with stderr:
        while some := os.read(stderr.fileno(), _MAX_STDERR):
            said.append(some[:left])
            left = max(0, left - len(some))


def stop_programs() -> None:
    """End every running program, after Ctrl-C or another's failure."""
    for process in tuple(_running):
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # nothing of it is left; macOS says it the other way
