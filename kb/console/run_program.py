"""Run other programs: no shell, no input from the terminal, a limit on time and on what is kept of their output."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import time
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
    """Run a program that reads `text`; return its exit code and the beginning of its stderr.

    It has a session of its own, so that it and all it started are gone then. Of the environment it sees the `kept`
    names and what is `given`. Not `heard`, its stderr is dropped.
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


def capture(
    command: Sequence[str],
    *,
    timeout_s: float,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    text: bytes | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program that reads `text` to its end, and return what it printed.

    Raises OSError, subprocess.TimeoutExpired.
    """
    return subprocess.run(
        command, cwd=folder, env=environment, input=text or b"", capture_output=True, timeout=timeout_s
    )


def read_output(
    command: Sequence[str],
    *,
    timeout_s: float,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str] | None:
    """Return what a program printed, None if it cannot be run or takes too long."""
    try:
        done = capture(command, timeout_s=timeout_s, folder=folder, environment=environment)
    except (OSError, subprocess.TimeoutExpired):
        return None
    printed, said = (each.decode("utf-8", "replace") for each in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, printed, said)


def read_some(command: Sequence[str], *, timeout_s: float, most: int) -> tuple[int, bytes]:
    """Return a program's exit code and output; it is ended once it has printed more than `most` bytes.

    It may ask on the terminal, as password managers do. Raises OSError, subprocess.TimeoutExpired.
    """
    end = time.monotonic() + timeout_s
    printed = b""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            while len(printed) <= most:
                if not select.select([process.stdout], [], [], max(0.0, end - time.monotonic()))[0]:
                    raise subprocess.TimeoutExpired(command, timeout_s)
                chunk = os.read(process.stdout.fileno(), most)
                if not chunk:
                    return process.wait(max(0.0, end - time.monotonic())), printed
                printed += chunk
        finally:
            process.kill()
    return 0, printed


def _read_stderr(stderr: IO[bytes], said: list[bytes]) -> None:
    """Read the beginning of stderr into `said`, and drop the rest."""
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
