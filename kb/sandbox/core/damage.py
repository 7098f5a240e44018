"""Apply faults to answers. Pure."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TypeAlias

from kb.sandbox.core.faults import Fault

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

REASONS = {
    400: ("bad_request", "Bad Request"),
    401: ("unauthorized", "Unauthorized"),
    402: ("payment_required", "Payment Required"),
    403: ("forbidden", "Forbidden"),
    404: ("not_found", "Not found"),
    408: ("request_timeout", "Request Timeout"),
    409: ("conflict", "The post is being edited"),
    429: ("too_many_requests", "Too Many Requests"),
    500: ("internal_server_error", "Internal Server Error"),
    502: ("bad_gateway", "Bad Gateway"),
    503: ("service_unavailable", "Service Temporarily Unavailable"),
    504: ("gateway_timeout", "Gateway Time-out"),
}
FROM_THE_PROXY = (502, 503, 504)
"""Status codes a proxy answers, as HTML pages."""

# Measured on Redmine 6.0.5: refusals of its API have no body; a 500 is a page, and it has no limit of
# its own, so a 429 is the proxy's.
_REDMINE_PAGES = (408, 429, 500)


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """A complete HTTP answer."""

    status: int
    headers: Headers
    body: bytes

    def with_header(self, name: str, value: str) -> WholeAnswer:
        """Return a copy with one header set; `name` is sent as written."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower().encode())
        return replace(self, headers=(*kept, (name.encode(), value.encode())))

    def header(self, name: str) -> str | None:
        """Return a header by its lower-case name."""
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == name.encode()), None)


def refuse(fault: Fault, system: str, now: datetime) -> WholeAnswer:
    """Return the answer that replaces the application's, for a fault that is a status code."""
    status = int(fault.kind)
    code, reason = REASONS[status]
    wait = math.ceil(fault.seconds)
    if status in FROM_THE_PROXY or (system == "redmine" and status in _REDMINE_PAGES):
        answer = proxy_page(status, reason)
    elif system == "redmine":
        answer = WholeAnswer(status, ((b"content-type", b"application/json; charset=utf-8"),), b"")
    else:
        message = f"Retry after {wait} seconds." if status == 429 else reason
        if status == 429 and fault.retry_after in ("reset", "none"):
            message = "Rate limit exceeded"
        body = json.dumps({"error": code, "message": message}).encode()
        answer = WholeAnswer(status, ((b"content-type", b"application/json; charset=utf-8"),), body)
    if status in (429, 503):
        answer = _retry_after(answer, fault, now, wait)
    if status == 429 and system == "esa" and fault.retry_after != "none":
        reset = math.ceil(now.timestamp()) + wait
        for name, value in (("limit", 300), ("remaining", 0), ("reset", reset)):
            answer = answer.with_header(f"x-ratelimit-{name}", str(value))
    return answer


def proxy_page(status: int, reason: str) -> WholeAnswer:
    """Return an HTML page as a proxy sends it."""
    title = f"{status} {reason}"
    lines = (
        "<html>",
        f"<head><title>{title}</title></head>",
        "<body>",
        f"<center><h1>{title}</h1></center>",
        "<hr><center>nginx</center>",
        "</body>",
        "</html>",
        "",
    )
    body = "\r\n".join(lines)
    return WholeAnswer(status, ((b"content-type", b"text/html"),), body.encode())


def sign_in_page() -> WholeAnswer:
    """Return 200 with a sign-in page."""
    body = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form method=post></form></body></html>\n"
    return WholeAnswer(200, ((b"content-type", b"text/html; charset=utf-8"),), body.encode())


def alter(answer: WholeAnswer, fault: Fault, now: datetime) -> WholeAnswer:
    """Apply a fault to the application's answer."""
    match fault.kind:
        case "truncate" if fault.form != "short":
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        case "skew":
            return _skew(answer, now, timedelta(seconds=fault.seconds))
        case "content-type":
            return answer.with_header("content-type", "text/html; charset=utf-8")
        case "html":
            return sign_in_page()
        case "empty":
            return WholeAnswer(200, (), b"")
        case _:
            return answer


def _retry_after(answer: WholeAnswer, fault: Fault, now: datetime, wait: int) -> WholeAnswer:
    name = "RETRY-AFTER" if fault.case else "retry-after"
    match fault.retry_after:
        case "date":
            value = format_datetime(now + timedelta(seconds=wait), usegmt=True)
        case "past-date":
            value = format_datetime(now - timedelta(hours=1), usegmt=True)
        case "zero":
            value = "0"
        case "float":
            value = f"{fault.seconds:.2f}"
        case "huge":
            value = str(10**12)
        case "garbage":
            value = "in a while"
        case "seconds":
            value = str(wait)
        case _:
            return answer
    return answer.with_header(name, value)


def _skew(answer: WholeAnswer, now: datetime, by: timedelta) -> WholeAnswer:
    answer = answer.with_header("date", format_datetime(now + by, usegmt=True))
    reset = answer.header("x-ratelimit-reset")
    if reset is None:
        return answer
    return answer.with_header("x-ratelimit-reset", str(int(reset) + round(by.total_seconds())))
