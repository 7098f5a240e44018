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

    context: DoorContext
    methods: Mapping[str, RouteMethod]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await self.answer(request, await self._body(request))(scope, receive, send)

    async def _body(self, request: Request) -> bytes | None:
        """Return the request's body; None when it takes longer than an upload may."""
        if request.method == "GET":
            return b""
        route = self.methods.get(request.method)
        patience = self.context.team.behaviour.upload_timeout_s if route and route.upload else None
        try:
            async with asyncio.timeout(patience):
                return await request.body()
        except TimeoutError:
            return None

    def answer(self, request: Request, body: bytes | None) -> Response:
        """Answer a request, with rate limit headers; `body` None means it arrived too slowly."""
        query = query_params(request.scope["query_string"])
        token = self.context.tokens.get(_credential(request, query))
        quota = self._count(token)
        try:
            return self._handle(request, body, query, token, quota)
        except ApiError as error:
            return self._refusal(error, quota)

    def _handle(
        self,
        request: Request,
        body: bytes | None,
        query: tuple[tuple[str, str], ...],
        token: Token | None,
        quota: QuotaLeft,
    ) -> Response:
        if not self.methods:
            raise not_found()
        route = self.methods.get(request.method)
        if route is None:
            raise ApiError(405)
        if token is None:
            raise ApiError(401, "unauthorized", "Unauthorized")
        if quota.refused:
            raise ApiError(429, "too_many_requests", "Retry after {wait} seconds.")
        path = {name: str(value) for name, value in request.path_params.items()}
        self._check(token, path.get("team"), route.scope)
        if route.upload:
            self._count_upload(token)
        if body is None:
            raise ApiError(408, "request_timeout", "Request Timeout")
        base = f"{request.url.scheme}://{request.url.netloc}"
        kind = request.headers.get("content-type", "")
        payload = route.handler(
            EsaCall(self.context.team, path.get("team", "sandbox"), token, path, query, base, body, kind)
        )
        content = b"" if route.status == 204 else msgspec.json.encode(payload)
        return Response(content, route.status, _headers(quota), media_type=None if route.status == 204 else JSON)

    def _check(self, token: Token, team: str | None, scope: str) -> None:
        behaviour = self.context.team.behaviour
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
        behaviour, now = self.context.team.behaviour, self.context.team.now
        limiter = self.context.limiter if token else RequestQuota()
        return limiter.count(
            token.user if token else "",
            now,
            limit=behaviour.rate_limit,
            window_s=behaviour.rate_window_s,
            refused_cost=behaviour.limited_costs,
        )

    def _count_upload(self, token: Token) -> None:
        """Count an upload of the token's person. Raises a 429 after too many."""
        behaviour, now = self.context.team.behaviour, self.context.team.now
        quota = self.context.uploads.count(
            token.user, now, limit=behaviour.upload_limit, window_s=behaviour.upload_window_s, refused_cost=False
        )
        if quota.refused:
            raise ApiError(429, "too_many_requests", "Retry after {wait} seconds.", until=quota.reset)

    def _refusal(self, error: ApiError, quota: QuotaLeft) -> Response:
        headers = _headers(quota)
        if error.status == 405:
            return Response(status_code=405, headers=headers)
        message = error.message
        if error.status == 429:
            until = error.until or quota.reset
            wait = max(1, until - self.context.team.now)
            form = self.context.team.behaviour.retry_after
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


def _headers(quota: QuotaLeft) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(quota.limit),
        "x-ratelimit-remaining": str(quota.remaining),
        "x-ratelimit-reset": str(quota.reset),
    }
