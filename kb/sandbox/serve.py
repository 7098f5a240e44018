"""Serve the sandbox on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections.abc import Iterator

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from kb.errors import UsageError, os_reason
from kb.sandbox.app import REDMINE, Sandbox
from kb.sandbox.core.edge import TRANSPORT
from kb.text.lang import t

HOST = "127.0.0.1"
# Longer than any test waits: an idle connection that ends by itself would look like a fault.
KEEP_ALIVE_S = 300
STOP_WITHIN_S = 1


class _Protocol(H11Protocol):
    """uvicorn's protocol, which also gives the app its connection, for faults to cut."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


class _Server(uvicorn.Server):
    """A server that reports when it is ready and exits with 0."""

    def __init__(self, config: uvicorn.Config, ready: str) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(self._ready + "\n")
        sys.stdout.flush()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGTERM and SIGINT; unlike uvicorn's, do not raise the signal again at the end."""
        before = {name: signal.signal(name, self.handle_exit) for name in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)


def serve(sandbox: Sandbox, port: int = 0) -> None:
    """Serve until SIGTERM or SIGINT. Prints one line of JSON when ready; port 0 takes any free one.

    Raises UsageError when the port is not available.
    """
    # With the protocol named asyncio switches Nagle's delay off; without, each answer takes 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listening.close()
        why = os_reason(error) if isinstance(error, OSError) else t("65535 まで", "up to 65535")
        raise UsageError(
            t(f"ポート {port} では待ち受けられません（{why.ja}）。", f"cannot listen on port {port} ({why.en})."),
            t(
                "別の --port を指定するか、--port 0 にしてください。",
                "give another --port, or --port 0 for any free one.",
            ),
        ) from None
    config = uvicorn.Config(
        sandbox.app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
    with listening:
        _Server(config, ready_line(sandbox, listening.getsockname()[1])).run(sockets=[listening])


def ready_line(sandbox: Sandbox, port: int) -> str:
    """Return addresses and credentials as one line of JSON."""
    base = f"http://{HOST}:{port}"
    ready = {"esa": base, "redmine": base + REDMINE, "token": sandbox.esa.token, "api_key": sandbox.api_key}
    return json.dumps(ready)
