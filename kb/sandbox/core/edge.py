"""The edge of the sandbox: counting, faults, Date header, gzip.

Every answer is complete before it is sent, so that a fault can cut it anywhere.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from collections.abc import Callable
from dataclasses import replace
from email.utils import format_datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.sandbox.core import damage
from kb.sandbox.core.counters import Counters
from kb.sandbox.core.damage import Headers, WholeAnswer
from kb.sandbox.core.faults import Fault, Faults
from kb.sandbox.core.system import Clock

TRANSPORT = "kb.transport"
"""Key in `scope["state"]` under which the server leaves the connection (kb.sandbox.serve)."""

GZIP_FROM = 500
# Level 1: a page of 100 posts costs 10 ms instead of 30, and loopback does not mind the size.
GZIP_LEVEL = 1
DRIPS = 10


class RequestEdge:
    """The outermost ASGI app. `label` names system and route of a path; None is not counted."""

    def __init__(
        self,
        app: ASGIApp,
        clock: Clock,
        counters: Counters,
        faults: Faults,
        label: Callable[[str], tuple[str, str] | None],
    ) -> None:
        self.app, self.clock, self.counters, self.faults, self.label = app, clock, counters, faults, label

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        labelled = self.label(scope["path"])
        fault = None
        if labelled is not None:
            self.counters.count(labelled[0], scope["method"], labelled[1])
            fault = self.faults.hit(labelled[0], scope["method"], scope["path"])
        if fault is None:
            await _send(self._finish(await _collect_answer(self.app, scope, receive), scope), send)
        else:
            await self._answer_with_fault(fault, labelled[0] if labelled else "esa", scope, receive, send)

    async def _answer_with_fault(self, fault: Fault, system: str, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "reset":
            await _drop(scope, hard=True)
            return
        if fault.kind.isdigit():
            await _send(self._finish(damage.refuse(fault, system, self.clock()), scope), send)
            return
        answer = await _collect_answer(self.app, scope, receive)
        if fault.kind == "reset-after":
            await _drop(scope, hard=True)
            return
        answer = self._finish(damage.alter(answer, fault, self.clock()), scope)
        cut = fault.kind == "reset-body" or (fault.kind == "truncate" and fault.form == "short")
        if cut:
            await _send(answer, send, upto=len(answer.body) // 2)
            await _drop(scope, hard=fault.kind == "reset-body")
        elif fault.kind == "slow":
            await _send(answer, send, pause_s=fault.seconds / DRIPS)
        else:
            await _send(answer, send, chunked=fault.form == "chunked")

    def _finish(self, answer: WholeAnswer, scope: Scope) -> WholeAnswer:
        """Add Date, unless a fault set it, and gzip on request."""
        if answer.header("date") is None:
            answer = answer.with_header("date", format_datetime(self.clock(), usegmt=True))
        accepted = next((value for name, value in scope["headers"] if name == b"accept-encoding"), b"")
        if b"gzip" not in accepted or len(answer.body) < GZIP_FROM or answer.header("content-encoding"):
            return answer
        packed = gzip.compress(answer.body, GZIP_LEVEL, mtime=0)
        return replace(
            answer.with_header("content-encoding", "gzip").with_header("vary", "Accept-Encoding"), body=packed
        )


async def _collect_answer(app: ASGIApp, scope: Scope, receive: Receive) -> WholeAnswer:
    """Return the complete answer of `app`."""
    status = 500
    headers: Headers = ()
    parts: list[bytes] = []

    async def collect(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = tuple((bytes(name), bytes(value)) for name, value in message.get("headers", ()))
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, collect)
    return WholeAnswer(status, tuple(pair for pair in headers if pair[0].lower() != b"content-length"), b"".join(parts))


async def _send(
    answer: WholeAnswer, send: Send, *, upto: int | None = None, chunked: bool = False, pause_s: float = 0.0
) -> None:
    """Send an answer: complete, cut at a byte (with its full length promised), in chunks, or dripping."""
    headers = list(answer.headers)
    if not chunked and answer.status not in (204, 304):
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    body = answer.body if upto is None else answer.body[:upto]
    step = max(1, -(-len(body) // DRIPS)) if chunked or pause_s else max(1, len(body))
    for start in range(0, max(1, len(body)), step):
        more = upto is not None or start + step < len(body)
        await send({"type": "http.response.body", "body": body[start : start + step], "more_body": more})
        if more:
            await asyncio.sleep(pause_s)


async def _drop(scope: Scope, *, hard: bool) -> None:
    """Close the connection now: by a reset when `hard`, else regularly."""
    transport = scope.get("state", {}).get(TRANSPORT)
    if transport is None:
        raise ConnectionResetError("reset by the sandbox")
    if hard:
        # Lingering for 0 s makes the kernel send RST instead of FIN.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
    # The server notices on the next turns of the loop, and then sends nothing of its own.
    for _ in range(3):
        await asyncio.sleep(0)
