"""The fixed series of requests `bench/behaviour.py` sends to `kb sandbox`, and its answers in a form to compare."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


class Server:
    """A running `kb sandbox`, its time standing still."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.info: dict[str, str] = json.loads(process.stdout.readline())
        self.control("POST", "clock", {"now": "2026-11-25T09:00:00+09:00", "frozen": True})

    def env(self) -> dict[str, str]:
        """What leads kb to it."""
        found = self.info
        return {
            "ESA_API_BASE_URL": found["esa"],
            "ESA_ACCESS_TOKEN": found["token"],
            "REDMINE_API_KEY": found["api_key"],
        }

    def control(self, method: str, name: str, body: object = None) -> Any:
        """An order below /_sandbox."""
        answer = self.ask(method, f"/_sandbox/{name}", body)
        if answer["status"] != 200:
            raise SystemExit(f"{name}: {answer}")
        return answer["body"]

    def ask(self, method: str, path: str, body: object = None, *, key: str | None = None) -> Json:
        """The answer to a request: status, headers, body, without what changes from one start to the next."""
        redmine = path.startswith("/redmine")
        secret = key or self.info["api_key" if redmine else "token"]
        headers = {"X-Redmine-API-Key": secret} if redmine else {"Authorization": f"Bearer {secret}"}
        data = None if body is None else json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.info["esa"] + path, data, headers, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = self.normal(answer.read().decode("utf-8", "replace"))
            names = {name.lower(): self.normal(value) for name, value in answer.headers.items()}
        for name in ("date", "content-length", "connection"):
            names.pop(name, None)
        if "etag" in names:
            names["etag"] = "…"
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = text
        return {"status": answer.status, "headers": dict(sorted(names.items())), "body": parsed}

    def normal(self, text: str) -> str:
        """A text without address, keys and signatures."""
        for value, name in ((self.info["esa"], "http://SANDBOX"), (self.info["esa"].split("//")[1], "SANDBOX")):
            text = text.replace(value, name)
        text = text.replace(self.info["token"], "TOKEN").replace(self.info["api_key"], "KEY")
        # When a token was made, and when its person came last: by the clock of this machine.
        text = re.sub(r"(\"created_at\":)\d+", r"\g<1>0", text)
        text = re.sub(r"(\"last_accessed_at\":)\"[^\"]+\"", r"\g<1>\"…\"", text)
        return re.sub(r"((?i:signature|token|x-amz-\w+|expires)=)[^&\"\s]+", r"\1…", text)


def esa_series(number: int, other: int) -> Iterator[tuple[str, str, object]]:
    """Requests to esa: reading, errors, then writing."""
    team = "/v1/teams/docs"
    reads = """ /members /stats /tags /posts /posts?per_page=3&page=2&sort=number&order=asc /posts?q=wip:true&per_page=2
        /posts?q=category:議事録&per_page=2 /posts?q=障害+-in:議事録&per_page=2&include=comments,stargazers
        /posts?q=number:>1500&sort=number /posts?per_page=x /posts?sort=odd /posts?page=999 /categories
        /categories/top /categories/paths /categories/paths?v=2&per_page=5 /categories/議事録 /comments?per_page=3
        /posts/N /posts/N?include=comments /posts/N/comments /posts/N/revisions /posts/N/revisions/1 /posts/N/backlinks
        /posts/N/stargazers /posts/N/watchers /posts/99999999 /nothing /members/me /emojis /invitation"""
    yield "GET", "/v1/openapi.json", None
    for path in ("/v1/user", "/v1/teams", "/v1/teams/elsewhere", "/oauth/token/info"):
        yield "GET", path, None
    for path in reads.split():
        yield "GET", team + quoted(path.replace("N", str(number), 1) if path.startswith("/posts/N") else path), None
    yield "POST", team, {}
    post = f"{team}/posts/{number}"
    writes: list[tuple[str, str, object]] = [
        ("PATCH", post, {"post": {"name": "運用/台帳/新しい題名 &#47; 別 #当番", "message": "直した"}}),
        ("PATCH", post, {"post": {"tags": ["a", "b"], "wip": True}}),
        ("PATCH", post, {"post": {"category": "Archived/運用"}}),
        ("PATCH", post, {"post": 3}),
        ("PATCH", post, []),
        ("POST", f"{team}/posts", {"post": {"name": "x/y #z", "body_md": "- [ ] 1\n- [x] 2\n"}}),
        ("POST", f"{team}/posts", {"post": {}}),
        ("POST", f"{post}/comments", {"comment": {"body_md": "見ました"}}),
        ("POST", f"{post}/star", {"body": "x"}),
        ("DELETE", f"{post}/star", None),
        ("POST", f"{post}/watch", None),
        ("GET", f"{post}/revisions", None),
        ("POST", f"{team}/categories/batch_move", {"from": "議事録/定例", "to": "会議"}),
        ("DELETE", f"{team}/posts/{other}", None),
        ("GET", f"{team}/posts/{other}", None),
        ("PUT", f"{team}/posts", {}),
    ]
    yield from writes


def redmine_series(number: int, other: int) -> Iterator[tuple[str, str, object]]:
    """Requests to Redmine: reading, errors, then writing."""
    reads = """/users/current.json?include=memberships /users.json /projects.json?include=trackers,enabled_modules
        /issue_statuses.json /trackers.json /enumerations/issue_priorities.json /roles.json /custom_fields.json
        /issues.json /issues.json?status_id=*&limit=3&offset=2&sort=id /issues.json?status_id=closed&limit=2
        /issues.json?issue_id=>=5&sort=id&status_id=*&limit=2 /issues.json?updated_on=>=2026-01-01T00:00:00%2B09:00
        /issues.json?status_id= /issues.json?limit=500 /issues.json?odd=1 /issues.json?f[]=x
        /issues/N.json?include=journals,attachments,relations,watchers,children,allowed_statuses /issues/99999999.json
        /issues/N.xml /issues/N/relations.json /time_entries.json?limit=2 /search.json?q=x /nothing.json /groups.json"""
    for path in reads.split():
        yield "GET", "/redmine" + quoted(path.replace("/N", f"/{number}", 1)), None
    ticket = f"/redmine/issues/{number}.json"
    for fields in (
        {"notes": "確かめました"},
        {"status_id": 5},
        {"status_id": 999},
        {"assigned_to_id": 1},
        {"subject": ""},
    ):
        yield "PUT", ticket, {"issue": fields}
    yield "PUT", ticket, {"issue": 3}
    yield "GET", ticket + "?include=journals", None
    yield "POST", "/redmine/issues.json", {"issue": {"subject": "x", "project_id": 1}}
    yield "DELETE", f"/redmine/issues/{other}.json", None


def quoted(path: str) -> str:
    """A path as it is sent."""
    return urllib.parse.quote(path, safe="/?&=:,+*%[]")


def faults(server: Server) -> Iterator[tuple[str, Json]]:
    """Answers to orders, and to requests that faults meet."""
    post = "/v1/teams/docs/posts?per_page=1"
    for order in (
        {"system": "esa", "kind": "429", "times": 1, "retry_after": "date", "seconds": 2},
        {"system": "esa", "kind": "503", "times": 1},
        {"system": "*", "kind": "html", "times": 1},
        {"system": "esa", "kind": "truncate", "times": 1},
        {"system": "esa", "kind": "odd"},
        {"system": "redmine", "kind": "500", "times": 1},
    ):
        yield f"fault {order}", server.ask("POST", "/_sandbox/faults", order)
        yield (
            f"met {order['kind']}",
            server.ask("GET", post if order["system"] != "redmine" else "/redmine/issues.json"),
        )
    for method, name, body in (
        ("GET", "faults", None),
        ("DELETE", "faults", None),
        ("POST", "toggles", {"system": "esa", "embedded_comments_cap": 3}),
        ("POST", "toggles", {"system": "redmine"}),
        ("POST", "edit", {"system": "esa", "action": "odd"}),
        ("POST", "edit", {"system": "redmine", "action": "odd"}),
        ("GET", "requests", None),
        ("GET", "notifications", None),
        ("GET", "dump/esa", None),
        ("GET", "dump/redmine", None),
    ):
        yield f"{method} /_sandbox/{name} {body}", server.ask(method, f"/_sandbox/{name}", body)
