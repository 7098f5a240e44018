"""`/_sandbox`: the endpoints by which tests and demos steer the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kb.errors import InputError
from kb.sandbox.core.clock import SandboxClock
from kb.sandbox.core.counters import Counters
from kb.sandbox.core.faults import Faults
from kb.sandbox.core.refusals import unknown, unusable
from kb.sandbox.core.system import Configurable, Dumpable, Notifying, SimulatedSystem, TokenMaker, WebhookCaller
from kb.text.lang import t

Json: TypeAlias = dict[str, object]
Order: TypeAlias = Callable[[Json], object]

RESETS = ("data", "counters", "faults", "clock")


@dataclass(frozen=True, slots=True)
class Control:
    """The control endpoints.

    With `guard`, a token every request must carry: the sandbox then holds a team's real texts.
    """

    worlds: Mapping[str, SimulatedSystem]
    clock: SandboxClock
    counters: Counters
    faults: Faults
    guard: str = ""

    def routes(self) -> list[Route]:
        """Return all routes below /_sandbox."""
        return [
            self._route("requests", "GET", lambda order: self.counters.as_json()),
            self._route("notifications", "GET", self.notifications),
            self._route("reset", "POST", self.reset),
            self._route("faults", "GET", lambda order: self.faults.as_json()),
            self._route("faults", "POST", lambda order: self.faults.arm(order).as_json()),
            self._route("faults", "DELETE", self.disarm),
            self._route("clock", "GET", lambda order: {"now": self.clock().isoformat()}),
            self._route("clock", "POST", self.set_clock),
            self._route("edit", "POST", self.edit),
            self._route("toggles", "POST", self.configure),
            self._route("tokens", "POST", self.add_token),
            self._route("webhooks", "GET", lambda order: self._webhook_caller(order).describe_hook()),
            self._route("webhooks", "POST", lambda order: self._webhook_caller(order).hook(_without_system(order))),
            Route("/_sandbox/dump/{system}", self._dump, methods=["GET"]),
        ]

    def notifications(self, order: Json) -> object:
        """Count the people writes notified: `{"esa": {"notices": 3, "webhooks": 1}, …}`."""
        return {name: world.notices.as_json() for name, world in self.worlds.items() if isinstance(world, Notifying)}

    def disarm(self, order: Json) -> object:
        """Disarm all faults."""
        self.faults.clear()
        return []

    def reset(self, order: Json) -> object:
        """Reset what the order names (`{"counters": true}`); an empty order resets everything."""
        for name in order:
            if name not in RESETS:
                raise unknown(name, RESETS)
        wanted = {name for name in RESETS if order.get(name) is True} or set(RESETS if not order else ())
        if "clock" in wanted:
            self.clock.reset()
        if "data" in wanted:
            for world in self.worlds.values():
                world.reset()
        if "faults" in wanted:
            self.faults.clear()
        if "counters" in wanted:
            self.counters.reset()
            for world in self.worlds.values():
                if isinstance(world, Notifying):
                    world.notices.reset()
        return {"reset": sorted(wanted)}

    def set_clock(self, order: Json) -> object:
        """Set the clock: `{"now": ISO}` (also `"frozen": true`) or `{"advance_s": n}`."""
        advance, now = order.get("advance_s"), order.get("now")
        if isinstance(advance, int | float) and not isinstance(advance, bool):
            self.clock.advance(advance)
        else:
            try:
                moment = datetime.fromisoformat(str(now))
            except ValueError:
                moment = None
            if moment is None or moment.tzinfo is None:
                example = "2026-11-25T09:00:00+09:00"
                raise unusable(now, "now", "now", t(f"例: {example}", f"example: {example}"))
            self.clock.set(moment, frozen=order.get("frozen") is True)
        return {"now": self.clock().isoformat()}

    def edit(self, order: Json) -> object:
        """Edit as another person, or quietly, as the world's `edit` does."""
        return self._world(order).edit(order)

    def configure(self, order: Json) -> object:
        """Set switches: `{"system": "esa", "rate_limit": 75}`."""
        world = self._world(order)
        if not isinstance(world, Configurable):
            raise self._without(order, Configurable)
        return world.configure(_without_system(order))

    def add_token(self, order: Json) -> object:
        """Add a token: `{"system": "esa", "scopes": ["read:post"], "member": true}`."""
        world = self._world(order)
        if not isinstance(world, TokenMaker):
            raise self._without(order, TokenMaker)
        return world.add_token(_without_system(order))

    def _webhook_caller(self, order: Json) -> WebhookCaller:
        world = self._world(order)
        if not isinstance(world, WebhookCaller):
            raise self._without(order, WebhookCaller)
        return world

    def _world(self, order: Json) -> SimulatedSystem:
        system = order.get("system", "esa")
        if not isinstance(system, str) or system not in self.worlds:
            raise unknown(str(system), self.worlds)
        return self.worlds[system]

    def _without(self, order: Json, kind: type) -> InputError:
        """Return the error for a system that lacks the order's endpoint."""
        return unknown(
            str(order.get("system")), [name for name, world in self.worlds.items() if isinstance(world, kind)]
        )

    def _refuse(self, request: Request) -> Response | None:
        if self.guard and request.headers.get("authorization") != f"Bearer {self.guard}":
            return JSONResponse({"error": "unauthorized", "message": "Bearer token of the sandbox needed"}, 401)
        return None

    def _route(self, name: str, method: str, act: Order) -> Route:
        async def endpoint(request: Request) -> Response:
            if refused := self._refuse(request):
                return refused
            try:
                return Response(
                    msgspec.json.encode(act(await _order(request))), media_type="application/json; charset=utf-8"
                )
            except InputError as error:
                return JSONResponse({"error": "bad_request", "message": str(error)}, 400)

        return Route(f"/_sandbox/{name}", endpoint, methods=[method])

    async def _dump(self, request: Request) -> Response:
        """Return a world's content as JSON lines, past limits, scopes and counters."""
        if refused := self._refuse(request):
            return refused
        world = self.worlds.get(request.path_params["system"])
        if not isinstance(world, Dumpable):
            return JSONResponse({"error": "not_found", "message": "no such system"}, 404)
        lines = b"".join(msgspec.json.encode(row) + b"\n" for row in world.dump())
        return Response(lines, media_type="application/x-ndjson")


async def _order(request: Request) -> Json:
    text = await request.body()
    if not text:
        return {}
    try:
        order = json.loads(text)
    except (ValueError, RecursionError):
        order = None
    if not isinstance(order, dict):
        raise InputError(
            t("本文が JSON のオブジェクトではありません。", "the body is not a JSON object."),
            t(
                '例: {"system": "esa", "kind": "429", "times": 3}',
                'example: {"system": "esa", "kind": "429", "times": 3}',
            ),
        )
    return order


def _without_system(order: Json) -> Json:
    """Return an order without its system."""
    return {name: value for name, value in order.items() if name != "system"}
