"""A process that has imported what `kb sandbox` needs, and forks a sandbox for each order.

A start of Python and these imports take a third of a second of a processor, and the tests start some hundred
sandboxes. A fork is as much alone as a process started anew: its own memory, folder, environment and streams.
Run as a script: the first argument is the descriptor of the socket the orders come by.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, NoReturn

_ORDER_BYTES = 1 << 20


class Warm:
    """The process, for whoever starts it. It ends with the one who started it, and its sandboxes with it."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())], stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]
            )

    def start(self, words: list[str], folder: Path, env: dict[str, str], output: int, errors: IO[str]) -> int:
        """Run `kb` with these words in a process of its own; gives its id. `output` and `errors` are its streams."""
        order = json.dumps({"words": words, "folder": str(folder), "env": env}).encode()
        socket.send_fds(self._orders, [order], [output, errors.fileno()])
        return int(self._orders.recv(32))

    def close(self) -> None:
        """End it."""
        self._orders.close()
        self._process.wait()


def _wait_for_orders(orders: socket.socket) -> None:
    """Fork a process for each order, until nobody is left who gives any."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for what was forked
    while True:
        order, streams, _, _ = socket.recv_fds(orders, _ORDER_BYTES, 2)
        if not order:
            return
        process = os.fork()
        if not process:
            orders.close()
            _run(json.loads(order), *streams)
        for each in streams:
            os.close(each)
        orders.send(str(process).encode())


def _run(order: dict[str, Any], output: int, errors: int) -> NoReturn:
    """Be the process that was ordered."""
    _end_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate((output, errors), start=1):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["env"])
    from kb.cli import main

    try:
        main(order["words"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _warm_up() -> None:
    """Import all that a sandbox comes to import."""
    for name in ("kb.cli", "kb.commands.sandbox", "kb.sandbox.serve", "uvicorn.lifespan.off", "uvicorn.loops.auto"):
        importlib.import_module(name)
    from kb.sandbox import app

    app.build("default")
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    _end_with_parent()
    socket_ = socket.socket(fileno=int(sys.argv[1]))
    _warm_up()
    _wait_for_orders(socket_)
