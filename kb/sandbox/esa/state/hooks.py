"""Webhooks, posted to an address on this machine and signed as esa does.

A thread delivers them in order, so that no answer waits for them.
"""

from __future__ import annotations

import hmac
import http.client
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec

from kb.errors import InputError
from kb.sandbox.core.refusals import unusable, valid_values

TIMEOUT_S = 10
_KNOWN = ("url", "secret", "repeat", "batch")


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook: each delivery `repeat` times; `batch` deliveries held back together, the last sent first."""

    url: str = ""
    secret: str = field(default="", repr=False)
    repeat: int = 1
    batch: int = 1


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event; a receiver recognises a repetition by `id`."""

    id: str
    kind: str
    body: bytes = field(repr=False)


class Hooks:
    """The webhook of a team, if set."""

    def __init__(self) -> None:
        self.hook = Hook()
        self._made = 0
        self._held: list[Delivery] = []
        self._waiting: deque[Delivery] = deque()
        self._sent: list[dict[str, object]] = []
        self._lock = threading.Lock()
        self._sender: threading.Thread | None = None

    def set(self, hook: Hook) -> None:
        """Set the webhook; what was not sent yet is dropped."""
        with self._lock:
            self.hook = hook
            self._held.clear()
            self._waiting.clear()

    def send(self, kind: str, payload: Mapping[str, object]) -> None:
        """Queue an event if a webhook is set."""
        if not self.hook.url:
            return
        with self._lock:
            self._made += 1
            self._held.append(Delivery(str(self._made), kind, msgspec.json.encode({"kind": kind, **payload})))
            if len(self._held) < self.hook.batch:
                return
            self._waiting.extend(each for each in reversed(self._held) for _ in range(self.hook.repeat))
            self._held.clear()
            if self._sender is None:
                self._sender = threading.Thread(target=self._empty, daemon=True)
                self._sender.start()

    def as_json(self) -> dict[str, object]:
        """Return the address, the number of waiting events, and what was sent: id, kind, status (0: no answer)."""
        with self._lock:
            waiting = len(self._held) + len(self._waiting)
            return {"url": self.hook.url, "waiting": waiting, "sent": list(self._sent)}

    def _empty(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._sender = None
                    return
                delivery, hook = self._waiting.popleft(), self.hook
            status = post_delivery(hook, delivery)
            with self._lock:
                self._sent.append({"id": delivery.id, "kind": delivery.kind, "status": status})


def post_delivery(hook: Hook, delivery: Delivery) -> int:
    """Send a delivery once; return the status, 0 for no answer."""
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "esa-Hookshot/v1",
        "X-Esa-Delivery": delivery.id,
    }
    if hook.secret:
        headers["X-Esa-Signature"] = f"sha256={hmac.digest(hook.secret.encode(), delivery.body, 'sha256').hex()}"
    parts = urlsplit(hook.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT_S)
    try:
        connection.request("POST", parts.path or "/", delivery.body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def parse_hook(order: Mapping[str, object]) -> Hook:
    """Parse an order; an empty `url` is none. Raises InputError, also for an address not on this machine."""
    for name in order:
        if name not in _KNOWN:
            raise _wrong(name, order[name], *_KNOWN)
    url, secret = order.get("url", ""), order.get("secret", "")
    if not isinstance(url, str) or (url and not _is_here(url)):
        raise _wrong("url", url, "http://127.0.0.1:8080/hook")
    if not isinstance(secret, str):
        raise _wrong("secret", "…", "text")
    return Hook(url, secret, _count(order, "repeat"), _count(order, "batch"))


def _count(order: Mapping[str, object], name: str) -> int:
    value = order.get(name, 1)
    if type(value) is not int or not 1 <= value <= 100:
        raise _wrong(name, value, "1 … 100")
    return value


def _is_here(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme == "http" and parts.port != 0 and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False


def _wrong(name: str, value: object, *choices: str) -> InputError:
    return unusable(value, f"webhook の {name}", f"{name} of a webhook", valid_values(choices))
