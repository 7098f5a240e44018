"""`kb` for a shell script, run by forks of one process that has imported and compiled what a `kb lint` needs.

That takes most of a short `kb lint`, and a script has dozens of them. A fork is as much alone as a process started
anew: its own memory, folder, environment and streams. What starting Python itself does is shown by other tests.
Run as a script: the first argument is the socket to listen at, the second a page to warm up with.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

_ORDER_BYTES = 1 << 20
_NO_ANSWER = 70

_CLIENT = """
import _socket, array, json, os, sys
here = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
here.connect({address!r})
order = json.dumps([{spoken} + sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
here.sendmsg([order], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
os._exit(int(here.recv(8) or {no_answer}))
"""


@contextlib.contextmanager
def listening(page: Path, env: Mapping[str, str]) -> Iterator[Path]:
    """The process, and where it is asked."""
    with tempfile.TemporaryDirectory(prefix="kb-fork-") as folder:
        address = Path(folder) / "kb"
        command = [sys.executable, __file__, str(address), str(page)]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=env) as process:
            try:
                assert process.stdout
                assert process.stdout.readline() == b"ready\n"
                yield address
            finally:
                process.terminate()


def write(path: Path, address: Path, *spoken: str) -> None:
    """An executable `kb` that asks the process; `spoken` stands before all that is typed."""
    client = path.with_suffix(".py")
    client.write_text(_CLIENT.format(address=str(address), spoken=[*spoken], no_answer=_NO_ANSWER), encoding="utf-8")
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -SE "{client}" "$@"\n', encoding="utf-8")
    path.chmod(0o755)


def _listen(address: str) -> NoReturn:
    """Fork a `kb` for each that asks; it answers with its exit code, and with nothing when it does not come so far."""
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
            os.wait()  # a script runs one command after the other


def _run(caller: socket.socket) -> NoReturn:
    """Be the `kb` that was asked for."""
    order, streams, _, _ = socket.recv_fds(caller, _ORDER_BYTES, 3)
    words, folder, env = json.loads(order)
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
    from kb.cli import main

    code = _NO_ANSWER
    try:
        main(words)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        caller.send(str(code).encode())
        os._exit(code)


def _warm_up(page: Path) -> None:
    """Lint a page in this very process."""
    from kb import cli

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        cli.run(["lint", str(page), "--all"])


if __name__ == "__main__":
    _warm_up(Path(sys.argv[2]))
    _listen(sys.argv[1])
