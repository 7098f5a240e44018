"""The esa of the sandbox: data, tokens, limits and routes put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from starlette.routing import BaseRoute, Route

from kb.sandbox.counters import Notices
from kb.sandbox.esa import (
    access,
    behaviour,
    categories,
    category_writes,
    comments,
    derive,
    edits,
    files,
    load,
    people,
    post_writes,
    posts,
    revisions,
)
from kb.sandbox.esa.access import Token
from kb.sandbox.esa.door import Door, Handler, House, Way
from kb.sandbox.esa.team import Team
from kb.sandbox.world import Clock

OPERATOR: Mapping[str, object] = {"screen_name": "operator", "name": "運用 花子", "role": "owner"}
"""Whose the generated token is, unless the data has a member with `"me": true`."""

TEAM = "/v1/teams/{team}"
ANYTHING = "/{rest:path}"
READS: tuple[tuple[str, str, Handler], ...] = (
    ("/v1/user", "read:user", people.user),
    ("/v1/teams", "read:team", people.teams),
    ("/oauth/token/info", "", people.token_info),
    (f"{TEAM}", "read:team", people.team),
    (f"{TEAM}/stats", "read:team", people.stats),
    (f"{TEAM}/members", "read:member", people.members),
    (f"{TEAM}/members/{{who}}", "read:member", people.member),
    (f"{TEAM}/tags", "read:tag", people.tags),
    (f"{TEAM}/posts", "read:post", posts.listing),
    (f"{TEAM}/posts/{{number}}", "read:post", posts.show),
    (f"{TEAM}/posts/{{number}}/backlinks", "read:post", posts.backlinks),
    (f"{TEAM}/posts/{{number}}/stargazers", "read:post", posts.stargazers),
    (f"{TEAM}/posts/{{number}}/watchers", "read:post", posts.watchers),
    (f"{TEAM}/posts/{{number}}/comments", "read:comment", comments.of_post),
    (f"{TEAM}/posts/{{number}}/revisions", "read:post", revisions.listing),
    (f"{TEAM}/posts/{{number}}/revisions/compare/{{range}}", "read:post", revisions.compare),
    (f"{TEAM}/posts/{{number}}/revisions/{{revision}}", "read:post", revisions.show),
    (f"{TEAM}/comments", "read:comment", comments.feed),
    (f"{TEAM}/comments/{{id}}", "read:comment", comments.show),
    (f"{TEAM}/categories", "read:category", categories.select),
    (f"{TEAM}/categories/top", "read:category", categories.top),
    (f"{TEAM}/categories/no_category", "read:category", categories.no_category),
    (f"{TEAM}/categories/paths", "read:category", categories.paths),
    (f"{TEAM}/signed_urls", "read:attachment", files.signed_urls),
)
"""Every call that reads: path, scope, handler."""

WRITES: tuple[tuple[str, str, Way], ...] = (
    ("PATCH", f"{TEAM}/posts/{{number}}", Way("write:post", post_writes.update)),
    ("POST", f"{TEAM}/posts/{{number}}/archive", Way("write:post", post_writes.archive)),
    ("POST", f"{TEAM}/categories/batch_move", Way("write:category", category_writes.batch_move)),
)
"""Every call that writes: method, path, what it does. Which scope moves a category is not documented."""


class EsaWorld:
    """One esa team in memory. `token` is the generated one; it lasts as long as the world."""

    def __init__(self, clock: Clock, profile: str = "default") -> None:
        self._loaded = Team(clock, behaviour.profile(profile))
        operator = load.add_member(self._loaded, OPERATOR).screen_name
        self._main = Token(access.new_value(), user=operator, made_at=int(clock().timestamp()))
        self.house = House(self._loaded)
        self.reset()

    @property
    def token(self) -> str:
        """The generated token: every scope, a member."""
        return self._main.value

    @property
    def operator(self) -> str:
        """The screen name the generated token belongs to."""
        return self._main.user

    @property
    def team(self) -> Team:
        """The team as it stands now."""
        return self.house.team

    @property
    def notices(self) -> Notices:
        """How many people and webhooks the API's writes have told since the last reset."""
        return self.team.notices

    def load(self, rows: Iterable[dict[str, object]]) -> None:
        """Add posts and members. Raises InputError on a row that cannot be used."""
        for row in rows:
            if row.get("me") is True:
                self._become(row)
            load.load(self._loaded, (row,))
        self.reset()

    def _become(self, row: dict[str, object]) -> None:
        """Let the generated token belong to the member of `row`."""
        if self.operator == OPERATOR["screen_name"]:
            del self._loaded.members[self.operator]
        operator = load.add_member(self._loaded, row).screen_name
        self._main = replace(self._main, user=operator)

    def reset(self) -> None:
        """Back to what was loaded; further tokens, limits and switches too."""
        self.house.team = self._loaded.copy()
        self.house.tokens = {self._main.value: self._main}
        self.house.limiter.reset()

    def edit(self, payload: dict[str, object]) -> dict[str, object]:
        """Do what another person would. Raises InputError when it cannot be done."""
        return edits.edit(self.team, payload, operator=self.operator)

    def configure(self, changes: dict[str, object]) -> dict[str, object]:
        """Move switches of `Behaviour`; gives all. Raises InputError."""
        self.team.behaviour = behaviour.change(self.team.behaviour, changes)
        return behaviour.shown(self.team.behaviour)

    def add_token(self, fields: dict[str, object]) -> dict[str, object]:
        """A further token (`user`, `scopes`, `categories`, `member`, `legacy`). Raises InputError.

        With `token`, the value of one there is, that one is changed: narrowed, or `revoked`.
        """
        fields = dict(fields)
        value, revoked = fields.pop("token", None), fields.pop("revoked", False)
        held = access.known(self.house.tokens, value) if value is not None else None
        token = access.token_from(
            fields, user=held.user if held else self.operator, made_at=held.made_at if held else self.team.now
        )
        if held is not None:
            token = replace(token, value=held.value)
            del self.house.tokens[held.value]
        if token.member and token.user not in self.team.members:
            load.add_member(self.team, {"screen_name": token.user})
        if revoked is not True:
            self.house.tokens[token.value] = token
        return {"token": token.value, "user": token.user, "scopes": list(token.scopes)}

    def dump(self) -> Iterator[dict[str, object]]:
        """Every post with its comments as they stand, by number; past scopes, limits and counters."""
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

    def routes(self) -> list[BaseRoute]:
        """All paths of the API, the storage of files, and the door to nowhere behind them."""
        ways = {path: {"GET": Way(scope, handler)} for path, scope, handler in READS}
        for method, path, way in WRITES:
            ways.setdefault(path, {})[method] = way
        known = [Route(path, Door(self.house, each)) for path, each in ways.items()]
        storage = Route("/uploads/{path:path}", files.Storage(self.house).answer, methods=["GET"])
        return [*known, storage, Route(ANYTHING, Door(self.house, {}))]
