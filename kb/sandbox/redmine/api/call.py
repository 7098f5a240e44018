"""A request: its sender, their rights, and the answers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from kb.sandbox.redmine.api import answers
from kb.sandbox.redmine.api.project_json import ProjectRenderer
from kb.sandbox.redmine.api.ticket_json import Json
from kb.sandbox.redmine.listing.listing import PageWindow
from kb.sandbox.redmine.saving.outbox import Outbox
from kb.sandbox.redmine.state.abilities import ReleaseAbilities
from kb.sandbox.redmine.state.records import ARCHIVED, Project, User
from kb.sandbox.redmine.state.rights import Rights
from kb.sandbox.redmine.state.tables import RedmineTables

T = TypeVar("T")


class Site(Protocol):
    """What a call needs of `kb.sandbox.redmine.world.RedmineWorld`."""

    abilities: ReleaseAbilities
    notices: Outbox
    tables: RedmineTables

    def rights(self, user: User | None) -> Rights:
        """Return a user's rights."""
        ...

    def owner_of(self, name: str) -> User | None:
        """Return the user of an API key or login."""
        ...

    def now(self) -> datetime:
        """Return the time of its clock."""
        ...


class Denied(Exception):
    """An answer without a body: 401, 403 or 404."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class RedmineCall:
    """A request with its sender's rights."""

    def __init__(self, world: Site, request: Request, body: bytes = b"") -> None:
        self.world = world
        self.request = request
        self.body = body
        self.params: Mapping[str, str] = dict(request.query_params)
        self.user = self._user() if world.tables.settings.rest_api_enabled else None
        self.rights: Rights = world.rights(self.user)
        # Not request.base_url, which forgets where the app is mounted.
        base = f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
        self.render = ProjectRenderer(self.rights, world.abilities, base)
        if self.user is None and world.tables.settings.login_required:
            raise self.login_refusal()

    def _user(self) -> User | None:
        header = self.request.headers.get("x-redmine-api-key") or self.params.get("key", "")
        if header:
            return self.world.owner_of(header)
        scheme, _, value = self.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name = base64.b64decode(value, validate=True).decode("utf-8", "replace").partition(":")[0]
        except (binascii.Error, ValueError):
            return None
        return self.world.owner_of(name)

    def login_refusal(self) -> Denied:
        """Return the refusal for anonymous users: 401, or `rest_off` if REST is off."""
        off = not self.world.tables.settings.rest_api_enabled
        return Denied(self.world.abilities.rest_off if off else 401)

    def refusal(self) -> Denied:
        """Return 403 for a known user, else the refusal for anonymous ones."""
        return Denied(403) if self.user else self.login_refusal()

    @property
    def include(self) -> frozenset[str]:
        """The names in `include=`."""
        return frozenset(part.strip() for part in self.params.get("include", "").split(","))

    def project(self, permission: str) -> Project:
        """Return the path's project if `permission` is held in it. Raises Denied."""
        project = self.world.tables.project(self.request.path_params["project"])
        if project is None:
            raise Denied(404)
        if not self.rights.may(permission, project):
            # An archived project and a module that is off say 403 even to nobody.
            closed = project.status == ARCHIVED or not self.rights.allows(permission, project)
            raise Denied(403) if closed else self.refusal()
        return project

    def number(self) -> int:
        """Return the number in the path; 0 for anything else."""
        text = self.request.path_params["number"]
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0

    def list_page(self, name: str, items: Sequence[T], render: Callable[[T], Json]) -> Response:
        """Return the requested page of a list: its rendered items under `name`, total, offset and limit."""
        page = PageWindow.read(self.params)
        rows = [render(each) for each in items[page.offset : page.offset + page.limit]]
        return self.json({name: rows, "total_count": len(items), "offset": page.offset, "limit": page.limit})

    def json(self, body: object) -> Response:
        """Return a JSON answer."""
        return answers.json_answer(self.request, body)
