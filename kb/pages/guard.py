"""Who may ask the app on loopback: this machine's browser, once it brought the start token; nothing another site sends.

A page elsewhere can send requests to 127.0.0.1, and a name of its own can lead there (DNS rebinding): so the names of
Host and Origin are a list, a cookie that other sites do not send is demanded, and a write must say where it comes from.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, QueryParams
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kb.pages.app import HEADERS
from kb.text.lang import t

SAFE = ("GET", "HEAD")
TOKEN = "start"  # noqa: S105 - the name of a parameter


@dataclass
class Guard:
    """Passes on what this machine's browser asks on `port`; all else is 403. `token` opens the door once."""

    app: ASGIApp
    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    _session: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _is_open: bool = True  # nobody has brought the token yet

    @property
    def hosts(self) -> tuple[str, ...]:
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"

    @property
    def cookie(self) -> str:
        """The cookie's name: cookies of one host are shared by its ports."""
        return f"kb-{self.port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            answer = self._check(scope)
            await (answer or self.app)(scope, receive, send)

    def _check(self, scope: Scope) -> Response | None:
        """Return why a request is not passed on, or where the token leads; None for a request to answer."""
        headers, asked = Headers(scope=scope), QueryParams(scope["query_string"])
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            return _refuse()
        origins = headers.getlist("origin")
        if any(each not in [f"http://{host}" for host in self.hosts] for each in origins):
            return _refuse()
        if scope["method"] not in SAFE and origins != [f"http://{hosts[0]}"]:
            return _refuse()
        if scope["method"] not in SAFE and headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return _refuse()
        if TOKEN in asked:
            if not self._is_open or not secrets.compare_digest(asked[TOKEN].encode(), self.token.encode()):
                return _refuse()
            self._is_open = False
            answer = RedirectResponse("/", 303, headers=HEADERS)
            answer.set_cookie(self.cookie, self._session, httponly=True, samesite="strict", path="/")
            return answer
        return None if self._has_cookie(headers) else _refuse()

    def _has_cookie(self, headers: Headers) -> bool:
        try:
            held = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return False
        return held is not None and secrets.compare_digest(held.value.encode(), self._session.encode())


def _refuse() -> Response:
    words = t(
        "このページは、kb serve が出したアドレスから一度だけ開けます。"
        "開き直すには、端末で kb serve をやり直してください。",
        "This page opens once, from the address kb serve printed. To open it anew, start kb serve again.",
    )
    return PlainTextResponse(f"{words}\n", 403, headers=HEADERS)
