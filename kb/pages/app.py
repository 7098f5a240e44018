"""The app of pages: one table from path to page, one place that escapes, one policy for every answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import jinja2
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from kb import __version__
from kb.errors import KbError
from kb.files import asset_path
from kb.lint.formats.wording import SEVERITIES
from kb.model.section import Section
from kb.pages import views
from kb.pages.library import Library, name_document, name_page
from kb.pages.views import PageView
from kb.reports.status import FRESH
from kb.reports.week.words import describe_source
from kb.text.dates import parse_instant
from kb.text.display import format_local_time, sanitize_lines
from kb.text.lang import Text, current_language, t

POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; form-action 'self'"
"""What a page may load and do; CSP level 3. `frame-ancestors` counts in a header alone."""
HEADERS = {
    "content-security-policy": f"{POLICY}; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
MENU = (
    ("index.html", t("今日", "Today")),
    ("findings.html", t("指摘", "Findings")),
    ("mine.html", t("あなたの分", "Mine")),
    ("incidents.html", t("障害", "Incidents")),
    ("diagram.html", t("構成図", "Diagram")),
    ("changes.html", t("変更案", "Changes")),
    ("secrets.html", t("秘密の値", "Secrets")),
    ("search.html", t("探す", "Search")),
)

MAX_FORM = 16_384

Pages = Mapping[str, Callable[..., PageView | None]]
PAGES: Pages = {
    "index.html": views.show_today,
    "findings.html": views.show_findings,
    "mine.html": views.show_mine,
    "incidents.html": views.show_incidents,
    "diagram.html": views.show_diagram,
    "changes.html": views.show_changes,
    "secrets.html": views.show_secrets,
}
"""Each page that there is one of. `search.html` takes a query, and those of FOLDERS a name."""


def _show_rule(library: Library, name: str) -> PageView | None:
    code = next((each for each in views.list_rules(library) if name_page(each.lower()) == name), "")
    return views.show_findings(library, code) if code else None


def _show_node(library: Library, name: str) -> PageView | None:
    key = next((each for each in library.groups if name_page(each) == name), None)
    return views.show_node(library, key) if key is not None else None


FOLDERS: Pages = {
    "rules": _show_rule,
    "nodes": _show_node,
    "changes": views.show_plan,
    "docs": views.show_document,
}


@dataclass(frozen=True, slots=True)
class Decider:
    """The two writes, each done by what the command does it with. Each returns what it said, in words.

    `triage(fingerprint, key, words)`; `review(page of the plan, group, id of a change or "", accept, state seen)`.
    """

    triage: Callable[[Library, str, str, str], Sequence[str]]
    review: Callable[[Library, str, str, str, bool, str], Sequence[str]]
    keys: Mapping[str, tuple[Text, Text]]


@dataclass
class PageRenderer:
    """Renders the pages of a library; `decider` is None where nothing can be written. `load` makes a fresh library."""

    load: Callable[[], Library]
    decider: Decider | None = None
    shards: int = 0
    is_current: Callable[[Library], bool] = lambda library: True
    _library: Library | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def library(self) -> Library:
        """The library, gathered anew after a sync. One request gathers, the others wait."""
        with self._lock:
            if self._library is None or not self.is_current(self._library):
                self._library = self.load()
            return self._library

    @cached_property
    def _templates(self) -> jinja2.Environment:
        folder = asset_path("templates/pages/page.html.jinja").parent
        return jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder),
            undefined=jinja2.StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_clean,
        )

    def find(self, path: str, query: str = "") -> PageView | None:
        """Return the page of a path below the root, None for none."""
        library = self.library
        if path == "search.html":
            return views.show_search(library, query)
        if path == "mine.html" and library.is_shared:
            return None
        if (page := PAGES.get(path)) is not None:
            return page(library)
        folder, _, name = path.partition("/")
        shown = FOLDERS.get(folder)
        return shown(library, name.removesuffix(".html")) if shown is not None and name.endswith(".html") else None

    def render(self, path: str, view: PageView, told: Sequence[str] = ()) -> str:
        """Return a page as HTML; every value is cleaned and escaped here."""
        library = self.library
        root = "../" * path.count("/")
        read = min((each.read_at for each in library.week.sources if each.read_at), default="")
        moment, zone = parse_instant(read), library.workspace.settings.timezone
        shown = format_local_time(read, zone, "%Y-%m-%d %H:%M") if read else str(t("まだ", "never"))
        values: dict[str, Any] = {
                "lang": current_language(), "t": t, "root": root, "policy": POLICY, "view": view, "path": path,
                "told": told, "library": library, "read": read,
                "menu": [each for each in MENU if each[0] != "mine.html" or not library.is_shared],
                "age": t(f"{shown} に写したデータです", f"as mirrored at {shown}"),
                "old": moment is None or library.moment - moment > FRESH,
                "failed": [describe_source(each) for each in library.week.sources if each.failed],
                "version": __version__, "shared": library.is_shared, "writable": self.decider is not None,
                "keys": self.decider.keys if self.decider else {}, "severities": SEVERITIES, "name_page": name_page,
                "page_of": lambda doc: f"docs/{name_document(str(doc))}.html",
                "url": lambda to: to if to.startswith(("http://", "https://")) else root + to,
        }  # fmt: skip
        values |= {"shards": self.shards} if self.shards else {}
        return self._templates.get_template(view.template).render(values | dict(view.values or {}))

    def paths(self) -> Iterator[str]:
        """Yield every path there is a page for."""
        library = self.library
        yield from (path for path in (*PAGES, "search.html") if path != "mine.html" or not library.is_shared)
        yield from (f"rules/{name_page(code.lower())}.html" for code in views.list_rules(library))
        yield from (f"nodes/{name_page(key)}.html" for key in library.list_nodes())
        yield from (f"changes/{name}.html" for name in library.list_plans())
        yield from (f"docs/{name}.html" for name, _ in library.documents())


def _clean(value: Any) -> Any:
    """Return a value without what steers an eye or a terminal; what kb drew itself stays."""
    if isinstance(value, Markup) or not isinstance(value, str | Text):
        return value
    return sanitize_lines(str(value))


ASSETS = {"kb.css": "text/css", "kb.js": "text/javascript"}


def read_asset(name: str) -> str:
    """Return the style or the script."""
    return asset_path(f"templates/pages/{name}").read_text("utf-8")


def build_app(pages: PageRenderer) -> Starlette:
    """Return the app; who may ask it is somebody else's business (`kb.pages.guard`)."""

    async def show(request: Request) -> Response:
        path = request.path_params["path"] or "index.html"
        if path in ASSETS:
            return Response(read_asset(path), media_type=ASSETS[path], headers=HEADERS)
        return await run_in_threadpool(answer, path, request.query_params.get("q", ""), ())

    def answer(path: str, query: str, told: Sequence[str], status: int = 200) -> Response:
        try:
            view = pages.find(path, query[:500])
        except KbError as error:
            view = PageView(
                t("読めませんでした", "Could not be read"),
                (Section(error.what, tuple(filter(None, (error.next_step,)))),),
            )
            status = 500
        if view is None:
            view = PageView(t("このページはありません", "There is no such page"))
            return HTMLResponse(pages.render(path, view), 404, headers=HEADERS)
        return HTMLResponse(pages.render(path, view, told), status, headers=HEADERS)

    async def read_form(request: Request) -> dict[str, str]:
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_FORM:
                raise HTTPException(413)
        return dict(parse_qsl(body.decode("utf-8", "replace")))

    async def triage(request: Request) -> Response:
        form = await read_form(request)
        back = (
            form.get("back", "")
            if form.get("back") in {*PAGES} or form.get("back", "").startswith("rules/")
            else "findings.html"
        )
        return await run_in_threadpool(write, back, lambda decider, library: decider.triage(
            library, form.get("fingerprint", ""), form.get("key", ""), form.get("words", "").strip()))  # fmt: skip

    async def review(request: Request) -> Response:
        form = await read_form(request)
        back = f"changes/{form.get('plan', '')}.html"
        return await run_in_threadpool(write, back, lambda decider, library: decider.review(
            library, form.get("plan", ""), form.get("group", ""), form.get("change", ""), form.get("accept") == "yes",
            form.get("state", "")))  # fmt: skip

    def write(back: str, decide: Callable[[Decider, Library], Sequence[str]]) -> Response:
        assert pages.decider is not None
        try:
            told, status = decide(pages.decider, pages.library), 200
        except KbError as error:
            told, status = [str(error.what), *([str(error.next_step)] if error.next_step else [])], 409
        return answer(back, "", told, status)

    routes = [Route("/{path:path}", show, methods=["GET"])]
    if pages.decider is not None:
        routes = [Route("/triage", triage, methods=["POST"]), Route("/review", review, methods=["POST"]), *routes]
    return Starlette(routes=routes)
