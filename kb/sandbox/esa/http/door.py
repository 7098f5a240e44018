"""The checks before every API call: route, method, token, limit, team, scope, in this order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TypeAlias

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kb.sandbox.esa.http.call import ApiError, EsaCall, Json, not_found, query_params
from kb.sandbox.esa.http.rate_limit import QuotaLeft, RequestQuota
from kb.sandbox.esa.http.tokens import Token
from kb.sandbox.esa.state.team import EsaTeam

Handler: TypeAlias = Callable[[EsaCall], Json]

JSON = "application/json; charset=utf-8"


@dataclass(slots=True)
class DoorContext:
    """The present team, the tokens, and the limits all doors share."""

    team: EsaTeam
    tokens: dict[str, Token] = field(default_factory=dict, repr=False)
    limiter: RequestQuota = field(default_factory=RequestQuota)
    uploads: RequestQuota = field(default_factory=RequestQuota)


@dataclass(frozen=True, slots=True)
class RouteMethod:
    """One method: the scope a token needs ("" for any), the handler, the status of success.

    With 204 the handler's result is not sent. An `upload` has its own limit and must arrive in time.
    """

    scope: str
    handler: Handler
    status: int = 200
    upload: bool = False


@dataclass(frozen=True, slots=True)
class Door:
    """The ASGI app of one path, by method; without methods it answers 404."""

    house: DoorContext
    ways: Mapping[str, RouteMethod]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await self.answer(request, await self._body(request))(scope, receive, send)

    async def _body(self, request: Request) -> bytes | None:
        """Return the request's body; None when it takes longer than an upload may."""
        if request.method == "GET":
            return b""
        way = self.ways.get(request.method)
        patience = self.house.team.behaviour.upload_timeout_s if way and way.upload else None
        try:
            async with asyncio.timeout(patience):
                return await request.body()
        except TimeoutError:
            return None

    def answer(self, request: Request, body: bytes | None) -> Response:
        """Answer a request, with rate limit headers; `body` None means it arrived too slowly."""
        query = query_params(request.scope["query_string"])
        token = self.house.tokens.get(_credential(request, query))
        standing = self._count(token)
        try:
            return self._handle(request, body, query, token, standing)
        except ApiError as error:
            return self._refusal(error, standing)

    def _handle(
        self,
        request: Request,
        body: bytes | None,
        query: tuple[tuple[str, str], ...],
        token: Token | None,
        standing: QuotaLeft,
    ) -> Response:
        if not self.ways:
            raise not_found()
        way = self.ways.get(request.method)
        if way is None:
            raise ApiError(405)
        if token is None:
            raise ApiError(401, "unauthorized", "Unauthorized")
        if standing.refused:
            raise ApiError(429, "too_many_requests", "Retry after {wait} seconds.")
        path = {name: str(value) for name, value in request.path_params.items()}
        self._check(token, path.get("team"), way.scope)
        if way.upload:
            self._count_upload(token)
        if body is None:
            raise ApiError(408, "request_timeout", "Request Timeout")
        base = f"{request.url.scheme}://{request.url.netloc}"
        kind = request.headers.get("content-type", "")
        payload = way.handler(
            EsaCall(self.house.team, path.get("team", "sandbox"), token, path, query, base, body, kind)
        )
        content = b"" if way.status == 204 else msgspec.json.encode(payload)
        return Response(content, way.status, _headers(standing), media_type=None if way.status == 204 else JSON)

    def _check(self, token: Token, team: str | None, scope: str) -> None:
        behaviour = self.house.team.behaviour
        if team is not None:
            if behaviour.team and team != behaviour.team:
                raise not_found()
            if behaviour.unpaid:
                raise ApiError(402, "payment_required", "Payment Required")
            if not token.member:
                raise ApiError(401, "unauthorized", "Unauthorized")
        if scope and not token.may(scope):
            status = behaviour.scope_status or (401 if token.legacy else 403)
            code = "unauthorized" if status == 401 else "forbidden"
            raise ApiError(status, code, code.capitalize())

    def _count(self, token: Token | None) -> QuotaLeft:
        """Count a request of the token's person; strangers see the limit and are not counted."""
        behaviour, now = self.house.team.behaviour, self.house.team.now
        limiter = self.house.limiter if token else RequestQuota()
        return limiter.count(
            token.user if token else "",
            now,
            limit=behaviour.rate_limit,
            window_s=behaviour.rate_window_s,
            refused_cost=behaviour.limited_costs,
        )

    def _count_upload(self, token: Token) -> None:
        """Count an upload of the token's person. Raises a 429 after too many."""
        behaviour, now = self.house.team.behaviour, self.house.team.now
        standing = self.house.uploads.count(
            token.user, now, limit=behaviour.upload_limit, window_s=behaviour.upload_window_s, refused_cost=False
        )
        if standing.refused:
            raise ApiError(429, "too_many_requests", "Retry after {wait} seconds.", until=standing.reset)

    def _refusal(self, error: ApiError, standing: QuotaLeft) -> Response:
        headers = _headers(standing)
        if error.status == 405:
            return Response(status_code=405, headers=headers)
        message = error.message
        if error.status == 429:
            until = error.until or standing.reset
            wait = max(1, until - self.house.team.now)
            form = self.house.team.behaviour.retry_after
            if form == "seconds":
                headers["retry-after"] = str(wait)
            elif form == "date":
                headers["retry-after"] = format_datetime(datetime.fromtimestamp(until, UTC), usegmt=True)
            message = "Rate limit exceeded" if form == "reset" else message.format(wait=wait)
        body = msgspec.json.encode({"error": error.code, "message": message})
        return Response(body, error.status, headers, media_type=JSON)


def _credential(request: Request, query: tuple[tuple[str, str], ...]) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    return next((text for name, text in query if name == "access_token"), "")


def _headers(standing: QuotaLeft) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(standing.limit),
        "x-ratelimit-remaining": str(standing.remaining),
        "x-ratelimit-reset": str(standing.reset),
    }
