"""The sandbox as one ASGI app: esa under /v1, Redmine under /redmine, control under /_sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from kb.errors import InputError
from kb.sandbox.control import Control
from kb.sandbox.core.clock import SandboxClock
from kb.sandbox.core.counters import Counters
from kb.sandbox.core.edge import RequestEdge
from kb.sandbox.core.faults import Faults
from kb.sandbox.core.system import SimulatedSystem
from kb.sandbox.data import DataLines
from kb.sandbox.esa.routes import ANYTHING
from kb.sandbox.esa.state.load import is_esa_row
from kb.sandbox.esa.world import EsaWorld
from kb.sandbox.redmine.state.load import is_redmine
from kb.sandbox.redmine.world import RedmineWorld
from kb.text.lang import t

REDMINE = "/redmine"
UNKNOWN = "(unknown)"
"""The counter of requests without a route."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Both systems, their controls, and the app that serves them."""

    esa: EsaWorld
    redmine: RedmineWorld
    clock: SandboxClock
    counters: Counters
    faults: Faults
    app: ASGIApp

    @property
    def api_key(self) -> str:
        """The key of Redmine's generated user."""
        return self.redmine.api_key

    def load(self, rows: Iterable[dict[str, object]]) -> None:
        """Load rows into the system their keys belong to. Raises InputError."""
        others: list[dict[str, object]] = []
        self.esa.load(_split_rows(rows, others))
        if others:
            self.redmine.load(others)

    def load_file(self, path: Path) -> None:
        """Load the rows of a file. Raises InputError with the number of an unusable line."""
        lines = DataLines(path)
        try:
            self.load(lines)
        except InputError as error:
            raise lines.at(error) if lines.number else error from None


def _split_rows(rows: Iterable[dict[str, object]], others: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Yield esa's rows; Redmine's go to `others`."""
    for row in rows:
        if is_esa_row(row):
            yield row
        elif is_redmine(row):
            others.append(row)
        else:
            raise InputError(
                t(
                    f"項目 {', '.join(row)[:80]} では何の行か分かりません。",
                    f"keys {', '.join(row)[:80]}: no post, ticket or member.",
                ),
                t(
                    "body_md（投稿）、subject（チケット）、screen_name（メンバー）のどれかが要ります。",
                    "a post has body_md, a ticket subject, a member screen_name.",
                ),
            )


def build(profile: str = "default", *, guarded: bool = False) -> Sandbox:
    """Build a sandbox with an empty, working team. Raises UsageError for an unknown profile.

    `guarded` is for a team's real texts: nothing is shown without the generated token or key, not by the control
    endpoints (esa's token) and not by Redmine to anonymous users.
    """
    clock, counters, faults = SandboxClock(), Counters(("esa", "redmine")), Faults()
    esa, redmine = EsaWorld(clock, profile), RedmineWorld(clock, profile, login_required=guarded)
    worlds: dict[str, SimulatedSystem] = {"esa": esa, "redmine": redmine}
    control = Control(worlds, clock, counters, faults, guard=esa.token if guarded else "")
    redmine_routes = redmine.routes()
    esa_routes = esa.routes()
    inner = Starlette(routes=[*control.routes(), Mount(REDMINE, routes=redmine_routes), *esa_routes])
    label = route_labels(esa_routes, redmine_routes)
    return Sandbox(esa, redmine, clock, counters, faults, RequestEdge(inner, clock, counters, faults, label))


def route_labels(esa: Iterable[BaseRoute], redmine: Iterable[BaseRoute]) -> Callable[[str], tuple[str, str] | None]:
    """Return a function from a path to its system and route, such as `("esa", "/posts/{number}")`."""
    esa_routes = [route for route in esa if isinstance(route, Route)]
    redmine_routes = [route for route in redmine if isinstance(route, Route)]

    def label(path: str) -> tuple[str, str] | None:
        if path.startswith("/_sandbox"):
            return None
        below = path.removeprefix(REDMINE)
        if below.startswith("/") and below != path:
            return "redmine", _route(redmine_routes, below)
        return "esa", _route(esa_routes, path).removeprefix("/v1").removeprefix("/teams/{team}") or "/teams/{team}"

    return label


def _route(routes: Iterable[Route], path: str) -> str:
    found = next((route.path for route in routes if route.path_regex.match(path)), "")
    return UNKNOWN if found in ("", ANYTHING) else found
