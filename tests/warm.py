"""A process that has imported kb and compiled its patterns; it forks a `kb` for each order.

That takes most of a short command, and the tests start thousands. A fork is as much alone as a process started anew:
its own memory, folder, environment and streams. What starting Python itself does is shown by other tests.
Run as a script: the argument is the socket to listen at.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import importlib
import io
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NoReturn

_ORDER_BYTES = 1 << 20
_NO_ANSWER = 70

_CLIENT = """
import _signal, _socket, array, json, os, sys
here = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
here.connect({address!r})
order = json.dumps([{spoken} + sys.argv[1:], os.getcwd(), dict(os.environ), False]).encode()
here.sendmsg([order], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
kb = int(here.recv(32))
for number in (_signal.SIGINT, _signal.SIGTERM):
    _signal.signal(number, lambda number, _: os.kill(kb, number))
os._exit(int(here.recv(8) or {no_answer}))
"""


class Warm:
    """The process, for whoever starts it. It ends with the one who started it, and the sandboxes it forked with it."""

    def __init__(self, python: str | Path = sys.executable, env: Mapping[str, str] | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kb-warm-")
        self._address = Path(self._folder.name) / "kb"
        command = [str(python), __file__, str(self._address)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=env)
        assert self._process.stdout
        ready = self._process.stdout.readline()
        assert ready == b"ready\n", "the process that forks did not start"

    def start(self, words: list[str], folder: Path, env: dict[str, str], output: int, errors: IO[str]) -> int:
        """Run `kb` with these words, which ends with this process; gives its id. `output`, `errors`: its streams."""
        order = json.dumps([words, str(folder), env, True]).encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as here, open(os.devnull, "rb") as nothing:
            here.connect(str(self._address))
            socket.send_fds(here, [order], [nothing.fileno(), output, errors.fileno()])
            return int(here.recv(32))

    def write(self, path: Path, *spoken: str) -> None:
        """Make `path` an executable `kb`; `spoken` stands before all that is typed."""
        client = path.with_suffix(".py")
        code = _CLIENT.format(address=str(self._address), spoken=[*spoken], no_answer=_NO_ANSWER)
        client.write_text(code, encoding="utf-8")
        path.unlink(missing_ok=True)
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -SE "{client}" "$@"\n', encoding="utf-8")
        path.chmod(0o755)

    @functools.cached_property
    def program(self) -> Path:
        """An executable `kb`, for a test in which nothing but its start would tell it from `python -m kb`."""
        path = Path(self._folder.name) / "program"
        self.write(path)
        return path

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()
        self._folder.cleanup()


def _listen(address: str) -> NoReturn:
    """Fork a `kb` for each that asks. It answers with its id, and at its end with its exit code, if it comes so far."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for what was forked
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(address)
        door.listen()
        print("ready", flush=True)
        while True:
            caller, _ = door.accept()
            if not os.fork():
                door.close()
                _run(caller)
            caller.close()


def _run(caller: socket.socket) -> NoReturn:
    """Be the `kb` that was asked for."""
    order, streams, _, _ = socket.recv_fds(caller, _ORDER_BYTES, 3)
    words, folder, env, is_child = json.loads(order)
    if is_child:
        _end_with_parent(signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    sys.argv[1:] = words  # what was typed is told by it
    caller.send(str(os.getpid()).encode())
    from kb.cli.app import main

    code = _NO_ANSWER
    try:
        main(words)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        with contextlib.suppress(OSError):  # who reads the output has gone, or who asked
            sys.stdout.flush()
            sys.stderr.flush()
        with contextlib.suppress(OSError):
            caller.send(str(code).encode())
        os._exit(code)


def _end_with_parent(number: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, number)


def _warm_up() -> None:
    """Import kb and what it imports late, compile all its patterns, and lint a page in this very process."""
    import httpx

    import kb
    import linters

    for package in (kb, linters):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name != "kb.__main__":
                importlib.import_module(module.name)
    for name in ("jinja2", "uvicorn.lifespan.off", "uvicorn.loops.auto"):
        importlib.import_module(name)
    httpx.Client().close()  # imports more than httpx does
    from kb.cli import app as cli
    from kb.sandbox import app
    from kb.text.lazy_pattern import LazyPattern

    app.build("default")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.md"
        page.write_text("# 障害\n\n## 概要\n止まった。\n\n## 原因\n不明\n", encoding="utf-8")
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            cli.run(["lint", str(page), "--all"])
    gc.collect()
    for each in gc.get_objects():
        if type(each) is LazyPattern:
            each.compile()
    gc.freeze()


if __name__ == "__main__":
    _end_with_parent(signal.SIGTERM)
    _warm_up()
    _listen(sys.argv[1])
