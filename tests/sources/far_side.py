"""The other side of the network, played by a function; a clock that only moves when somebody sleeps."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from kb.sources.esa.client import Esa
from kb.sources.redmine.client import Redmine
from kb.sources.transport.access import Access
from kb.sources.transport.call import Progress
from kb.sources.transport.limiter import Limiter
from kb.sources.transport.redaction import Redactor, SecretHeaders

TOKEN = "ep2_Momiji8841SecretTokenValue"
KEY = "d0123456789abcdef0123456789abcdef0123456"
START = 1_800_000_000.0

Handler = Callable[[httpx.Request], httpx.Response]


@dataclass
class Clock:
    """Seconds since the epoch, moved by `sleep`."""

    now: float = START
    sleeps: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@dataclass
class FarSide:
    """A handler, what it was asked, and clients that talk to it."""

    handler: Handler
    clock: Clock = field(default_factory=Clock)
    folder: Path | None = None
    max_wait_s: float = 1800
    asked: list[httpx.Request] = field(default_factory=list)
    told: list[Progress] = field(default_factory=list)

    def access(self, system: str = "esa", base: str = "https://api.esa.io", secret: str = TOKEN) -> Access:
        header = {"Authorization": f"Bearer {secret}"} if system == "esa" else {"X-Redmine-API-Key": secret}
        return Access(
            system,
            base,
            httpx.MockTransport(self._answer),
            setting="ESA_API_BASE_URL" if system == "esa" else "redmine.url",
            secret=SecretHeaders(header),
            redactor=Redactor([secret]),
            limiter=Limiter(system, folder=self.folder, max_wait_s=self.max_wait_s),
            watch=self.told.append,
            clock=self.clock,
            sleep=self.clock.sleep,
        )

    def esa(self, team: str = "docs") -> Esa:
        return Esa(team, self.access())

    def redmine(self, base: str = "https://redmine.example.jp/redmine") -> Redmine:
        return Redmine(self.access("Redmine", base, KEY))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.handler(request)


def in_turn(*answers: httpx.Response | Exception) -> Handler:
    """A handler that gives these answers one after another, and the last one for ever."""
    rest = list(answers)

    def handler(request: httpx.Request) -> httpx.Response:
        answer = rest.pop(0) if len(rest) > 1 else rest[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    return handler


def everything_in(error: BaseException) -> str:
    """All a curious person could print of an exception: texts, causes, contexts, frames and their locals."""
    return "\n".join(_pieces(error, set()))


def _pieces(error: BaseException | None, seen: set[int]) -> Iterator[str]:
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield repr(error)
    yield str(error)
    yield repr(vars(error))
    frame = error.__traceback__
    while frame is not None:
        code = frame.tb_frame.f_code
        # The tests' own frames hold the token on purpose.
        if "/tests/" not in code.co_filename:
            for name, value in frame.tb_frame.f_locals.items():
                yield f"{code.co_name}: {name} = {_shown(value)}"
        frame = frame.tb_next
    yield from _pieces(error.__cause__, seen)
    yield from _pieces(error.__context__, seen)


def _shown(value: Any) -> str:
    """`value` as rich's tracebacks with locals show it: containers and dataclasses are looked into."""
    from rich.pretty import pretty_repr

    return pretty_repr(value)


# -- a small esa ---------------------------------------------------------------------------------


def post(number: int, **more: Any) -> dict[str, Any]:
    return {
        "number": number,
        "name": f"記事 {number}",
        "full_name": f"運用/記事 {number}",
        "category": "運用",
        "tags": ["障害"],
        "wip": False,
        "body_md": "本文",
        "body_html": "<p>本文</p>",
        "created_at": "2026-08-01T09:00:00+09:00",
        "updated_at": "2026-08-01T09:00:00+09:00",
        "revision_number": 1,
        "comments_count": 0,
        "comments": [],
        **more,
    }


def comment(comment_id: int, **more: Any) -> dict[str, Any]:
    return {"id": comment_id, "body_md": f"コメント {comment_id}", "post_number": 1, **more}


@dataclass
class SmallEsa:
    """An esa that knows keyset queries, pages, comments, categories and members. `ignores_q`, `refuses_q`
    and `text_q` are three ways not to understand a query; `embeds` caps the comments in a list."""

    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    members: int = 3
    ignores_q: bool = False
    refuses_q: bool = False
    text_q: bool = False
    embeds: int = 10**6
    before_page: Callable[[SmallEsa, int], None] = lambda esa, count: None
    pages_served: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, dict(request.url.params)
        if path == "/v1/user":
            user = {"id": 7, "screen_name": "tanaka", "name": "田中"}
            return httpx.Response(200, json={**user, "teams": [{"name": "docs"}]} if "include" in query else user)
        inside = path.removeprefix("/v1/teams/docs")
        if inside == "/posts":
            return self._list(query)
        if found := re.fullmatch(r"/posts/(\d+)", inside):
            row = self.posts.get(int(found[1]))
            return (
                httpx.Response(200, json=self._embedded(row))
                if row
                else httpx.Response(404, json={"error": "not_found"})
            )
        if found := re.fullmatch(r"/posts/(\d+)/comments", inside):
            row = self.posts.get(int(found[1]))
            if row is None:
                return httpx.Response(404, json={"error": "not_found"})
            return _paged("comments", row["comments"], query)
        if inside == "/members":
            return _paged("members", [{"screen_name": f"m{n}"} for n in range(self.members)], query)
        if inside == "/comments":
            return _paged("comments", [c for row in self.posts.values() for c in row["comments"]], query)
        if inside == "/categories/paths":
            counts: dict[str | None, int] = {}
            for row in self.posts.values():
                counts[row["category"]] = counts.get(row["category"], 0) + 1
            return httpx.Response(200, json={"categories": [{"path": k, "posts": n} for k, n in counts.items()]})
        return httpx.Response(404, json={"error": "not_found", "message": "Not found"})

    def _list(self, query: dict[str, str]) -> httpx.Response:
        self.pages_served += 1
        self.before_page(self, self.pages_served)
        rows = [self.posts[number] for number in sorted(self.posts)]
        if q := query.get("q"):
            if self.refuses_q:
                return httpx.Response(400, json={"error": "bad_request", "message": "no such key"})
            if self.text_q:
                rows = [row for row in rows if q in row["body_md"]]
            elif not self.ignores_q:
                rows = [row for row in rows if self._matches(row, q)]
        if query.get("sort", "updated") == "updated":
            rows.sort(key=lambda row: row["updated_at"], reverse=True)
        return _paged("posts", [self._embedded(row) for row in rows], query)

    @staticmethod
    def _matches(row: dict[str, Any], q: str) -> bool:
        if found := re.fullmatch(r"number:>(\d+)", q):
            return bool(row["number"] > int(found[1]))
        terms = q.split(" OR ")
        category = row["category"]
        return any(
            (term == "on:/" and category is None)
            or term == f'on:"{category}"'
            or (term.startswith('in:"') and (category or "").startswith(term[4:-1]))
            for term in terms
        )

    def _embedded(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "comments_count": len(row["comments"]), "comments": row["comments"][: self.embeds]}


def _paged(key: str, rows: list[Any], query: dict[str, str]) -> httpx.Response:
    page, size = int(query.get("page", 1)), int(query.get("per_page", 20))
    part = rows[(page - 1) * size : page * size]
    more = page * size < len(rows)
    body = {
        key: part,
        "total_count": len(rows),
        "page": page,
        "per_page": size,
        "next_page": page + 1 if more else None,
    }
    return httpx.Response(200, content=json.dumps(body).encode(), headers={"content-type": "application/json"})
