"""The routes of Redmine's REST API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from kb.sandbox.redmine import answers, api_files, api_places, api_tickets, api_writes
from kb.sandbox.redmine.call import Call, Denied
from kb.sandbox.redmine.listing import NotBuilt, Refused

if TYPE_CHECKING:
    from kb.sandbox.redmine.world import RedmineWorld

Handler = Callable[[Call], Response]


def home(call: Call) -> Response:
    """GET /: a page for people."""
    return PlainTextResponse("kb sandbox: Redmine\n")


_PATHS: Mapping[str, Handler] = {
    "/": home,
    "/issues.json": api_tickets.issues,
    "/issues/{number}.json": api_tickets.issue,
    "/issues/{number}/relations.json": api_tickets.issue_relations,
    "/projects.json": api_places.projects,
    "/projects/{project}.json": api_places.project,
    "/projects/{project}/issues.json": api_tickets.issues,
    "/projects/{project}/versions.json": api_places.versions,
    "/projects/{project}/issue_categories.json": api_places.categories,
    "/projects/{project}/memberships.json": api_places.memberships,
    "/projects/{project}/wiki/index.json": api_places.wiki_index,
    "/projects/{project}/wiki.json": api_places.wiki_page,
    "/projects/{project}/wiki/{title}/{version:int}.json": api_places.wiki_page,
    "/projects/{project}/wiki/{title}.json": api_places.wiki_page,
    "/attachments/download/{number}/{filename:path}": api_files.download,
    "/attachments/download/{number}": api_files.download,
    "/users.json": api_places.users,
    "/users/{number}.json": api_places.user,
    "/issue_statuses.json": api_places.statuses,
    "/trackers.json": api_places.trackers,
    "/enumerations/issue_priorities.json": api_places.priorities,
    "/roles.json": api_places.roles,
    "/roles/{number}.json": api_places.role,
    "/custom_fields.json": api_places.custom_fields,
    "/time_entries.json": api_places.time_entries,
}

_WRITES: Mapping[str, Handler] = {"/issues/{number}.json": api_writes.update_issue}
"""What PUT is taken on."""


def routes(world: RedmineWorld) -> list[BaseRoute]:
    """Every route of the sandbox's Redmine; the last one answers what the real one has no path for."""

    def endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            try:
                return handler(Call(world, request, await request.body()))
            except Denied as denied:
                return answers.empty(denied.status)
            except Refused as refused:
                return answers.errors(request, refused.messages)
            except NotBuilt as lacking:
                return answers.not_built(str(lacking))

        return respond

    async def unknown(request: Request) -> Response:
        return answers.unknown_path()

    found: list[BaseRoute] = [Route(path, endpoint(handler), methods=["GET"]) for path, handler in _PATHS.items()]
    found += [Route(path, endpoint(handler), methods=["PUT"]) for path, handler in _WRITES.items()]
    found.append(Route("/{rest:path}", unknown))
    return found
