"""The sandbox's esa: data, tokens, limits and routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kb.sandbox.core.counters import Notices
from kb.sandbox.core.system import Clock
from kb.sandbox.esa.api import uploads
from kb.sandbox.esa.api.files import Storage
from kb.sandbox.esa.edits import posts
from kb.sandbox.esa.http import tokens
from kb.sandbox.esa.http.door import Door, DoorContext
from kb.sandbox.esa.http.tokens import Token
from kb.sandbox.esa.routes import ANYTHING, DESCRIPTION, STORAGE, route_methods
from kb.sandbox.esa.state import behaviour, derive, hooks, load
from kb.sandbox.esa.state.team import EsaTeam

OPERATOR: Mapping[str, object] = {"screen_name": "operator", "name": "運用 花子", "role": "owner"}
"""Owner of the generated token, unless the data has a member with `"me": true`."""


class EsaWorld:
    """One esa team in memory. `token` is the generated one; it lasts as long as the world."""

    def __init__(self, clock: Clock, profile: str = "default") -> None:
        self._loaded = EsaTeam(clock, behaviour.behaviour_profile(profile))
        operator = load.add_member(self._loaded, OPERATOR).screen_name
        self._main = Token(tokens.new_token_value(), user=operator, made_at=int(clock().timestamp()))
        self.context = DoorContext(self._loaded)
        self.reset()

    @property
    def token(self) -> str:
        """The generated token: every scope, a member."""
        return self._main.value

    @property
    def operator(self) -> str:
        """The screen name of the generated token's owner."""
        return self._main.user

    @property
    def team(self) -> EsaTeam:
        """The present team."""
        return self.context.team

    @property
    def notices(self) -> Notices:
        """The people and webhooks notified by API writes since the last reset."""
        return self.team.notices

    def load(self, rows: Iterable[dict[str, object]]) -> None:
        """Add posts and members. Raises InputError for an unusable row."""
        for row in rows:
            if row.get("me") is True:
                self._set_operator(row)
            load.load(self._loaded, (row,))
        self.reset()

    def _set_operator(self, row: dict[str, object]) -> None:
        """Make the member of `row` the owner of the generated token."""
        if self.operator == OPERATOR["screen_name"]:
            del self._loaded.members[self.operator]
        operator = load.add_member(self._loaded, row).screen_name
        self._main = replace(self._main, user=operator)

    def reset(self) -> None:
        """Return to what was loaded; resets further tokens, limits and switches."""
        self.context.team.hooks.set(hooks.Hook())
        self.context.team = self._loaded.copy()
        self.context.tokens = {self._main.value: self._main}
        self.context.limiter.reset()
        self.context.uploads.reset()

    def edit(self, payload: dict[str, object]) -> dict[str, object]:
        """Edit as another person. Raises InputError."""
        return posts.edit(self.team, payload, operator=self.operator)

    def configure(self, changes: dict[str, object]) -> dict[str, object]:
        """Set switches of `Behaviour`; return all. Raises InputError."""
        self.team.behaviour = behaviour.change_behaviour(self.team.behaviour, changes)
        return behaviour.describe_behaviour(self.team.behaviour)

    def add_token(self, fields: dict[str, object]) -> dict[str, object]:
        """Add a token (`user`, `scopes`, `categories`, `member`, `legacy`). Raises InputError.

        With `token`, an existing one's value, that one is changed: narrowed, or `revoked`.
        """
        fields = dict(fields)
        value, revoked = fields.pop("token", None), fields.pop("revoked", False)
        existing = tokens.find_token(self.context.tokens, value) if value is not None else None
        user, made_at = (existing.user, existing.made_at) if existing else (self.operator, self.team.now)
        token = tokens.parse_token(fields, user=user, made_at=made_at)
        if existing is not None:
            token = replace(token, value=existing.value)
            del self.context.tokens[existing.value]
        if token.member and token.user not in self.team.members:
            load.add_member(self.team, {"screen_name": token.user})
        if revoked is not True:
            self.context.tokens[token.value] = token
        return {"token": token.value, "user": token.user, "scopes": list(token.scopes)}

    def dump(self) -> Iterator[dict[str, object]]:
        """Yield every post with its comments, by number; past scopes, limits and counters."""
        for number in sorted(self.team.posts):
            post = self.team.posts[number]
            yield {
                "number": number,
                "name": post.name,
                "category": post.category or None,
                "tags": list(post.tags),
                "wip": post.wip,
                "body_md": post.body_md,
                "created_at": derive.iso(post.created),
                "updated_at": derive.iso(post.updated),
                "updated_by": post.updated_by,
                "revision_number": post.revision,
                "hidden": post.hidden,
                "comments": [
                    {
                        "id": row.id,
                        "body_md": row.body_md,
                        "created_at": derive.iso(row.created),
                        "updated_at": derive.iso(row.updated),
                        "created_by": row.created_by,
                    }
                    for row in (self.team.comments[id] for id in post.comments)
                ],
            }

    def hook(self, order: dict[str, object]) -> dict[str, object]:
        """Set the webhook (`url`, `secret`, `repeat`, `batch`). Raises InputError."""
        self.team.hooks.set(hooks.parse_hook(order))
        return self.describe_hook()

    def describe_hook(self) -> dict[str, object]:
        """Return the webhook and what was sent."""
        return self.team.hooks.as_json()

    def routes(self) -> list[BaseRoute]:
        """Return the API's routes, the file storage's, and a final one for unknown paths."""
        known = [Route(path, Door(self.context, each)) for path, each in route_methods().items()]
        stored = Route(f"{STORAGE}/{{path:path}}", Storage(self.context).answer, methods=["GET"])
        described = Route(DESCRIPTION, _description, methods=["GET"])
        storing = Route(STORAGE, self._store, methods=["POST"])
        return [*known, described, stored, storing, Route(ANYTHING, Door(self.context, {}))]

    async def _store(self, request: Request) -> Response:
        return await uploads.store(request, self.team)


async def _description(request: Request) -> Response:
    """GET /v1/openapi.json: the API as it is served here, for whoever asks."""
    return Response(files("kb.sandbox.esa").joinpath("openapi.json").read_bytes(), media_type="application/json")
