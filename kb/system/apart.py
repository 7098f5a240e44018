"""A program run apart: in a session of its own, so that its time ends for all it started, and nothing of it stays."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_running: set[subprocess.Popen[bytes]] = set()


def ran(
    command: Sequence[str],
    *,
    folder: Path,
    kept: Sequence[str],
    given: Mapping[str, str],
    timeout_s: float,
    text: bytes = b"",
    heard: bool = True,
) -> tuple[int, str]:
    """The exit code of a program that reads `text`, and what it said on stderr. It and all it started are gone then.

    Of the environment it sees the `kept` names and what is `given`. Not `heard`, it says nothing, and is not waited
    for by what it left running. Raises OSError where it cannot be run, subprocess.TimeoutExpired when its time is over.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if heard else subprocess.DEVNULL,
        cwd=folder,
        env={**{name: os.environ[name] for name in kept if name in os.environ}, **given},
        start_new_session=True,
    )
    _running.add(process)
    try:
        _, said = process.communicate(text, timeout_s)
    except BaseException:
        _end(process)
        process.communicate()
        raise
    finally:
        _running.discard(process)
    _end(process)
    return process.returncode, (said or b"").decode("utf-8", "replace")


def stop() -> None:
    """End every program that runs, whoever waits for it: somebody pressed Ctrl-C, or another one failed."""
    for process in tuple(_running):
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # nothing of it is left; macOS says it the other way
