"""Write to esa: look at a few posts as they are now, send single edits, upload files.

Requests: up to 100 posts by their numbers 1 · an edit 1 · a whole category 1 · an old revision 1 · a file 1, the older
way 2. A write is sent once and its answer returned whatever its status. The gate must be open (`Access.writing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kb.errors import AnswerError
from kb.sources.esa import protocol
from kb.sources.esa.protocol import ESA_PER_PAGE, query_below
from kb.sources.esa.requests import base_url_setting
from kb.sources.transport.answers import address_hint, require_field, require_object, require_rows
from kb.sources.transport.call import Answer, Call, Row
from kb.sources.transport.redaction import redact_errors
from kb.text.globs import is_below
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

if TYPE_CHECKING:
    from kb.sources.esa.requests import EsaRequests
    from kb.sources.transport.access import Access


AT_ONCE = 100
"""The most posts one request names: a page holds 100 (esa API v1, pagination)."""


class EsaWrites:
    """Edits of one team."""

    def __init__(self, access: Access, ask: EsaRequests) -> None:
        self.access = access
        self._ask = ask

    @redact_errors
    def numbered(self, numbers: Sequence[int]) -> dict[int, Row]:
        """Return up to 100 posts as they are now, without comments: one request. Missing ones are left out.

        What the search does not find, since its index lags, is asked for one by one.
        """
        wanted = set(numbers)
        found = self._searched(wanted)
        for number in sorted(wanted - found.keys()):
            row = self._one(number)
            if row is not None:
                found[number] = row
        return found

    def _searched(self, wanted: set[int]) -> dict[int, Row]:
        path = self._ask.in_team("/posts")
        query = " OR ".join(f"number:{number}" for number in sorted(wanted))
        answer = self._ask.get(
            path, {"q": query, "sort": "number", "order": "asc", "per_page": ESA_PER_PAGE}, allow=(400,)
        )
        if answer.status != 200:
            return {}
        rows = [protocol.check_post(row, path) for row in require_rows(answer.data, "posts", path)]
        return {row["number"]: row for row in rows if row["number"] in wanted}

    def _one(self, number: int) -> Row | None:
        path = f"/posts/{number}"
        answer = self._ask.get(self._ask.in_team(path), {}, allow=(403, 404))
        return None if answer.status != 200 else protocol.post_of(answer, number, path)

    @redact_errors
    def subtree(self, category: str) -> dict[int, Row]:
        """Return all posts in and below a category, 100 a request."""
        path = self._ask.in_team("/posts")
        params = {"q": query_below(category), "sort": "number", "order": "asc", "per_page": ESA_PER_PAGE}
        found: dict[int, Row] = {}
        for rows in self._ask.lists(path, "posts", first=params):
            for row in rows:
                place = protocol.check_post(row, path).get("category") or ""
                if is_below(place, category):
                    found[row["number"]] = row
        return found

    @redact_errors
    def update(self, number: int, fields: Mapping[str, Any], message: str) -> Answer:
        """Change these fields of a post. The answer's data is the post when the status is 200."""
        return self._write("PATCH", f"/posts/{number}", edit_json(fields, message), number)

    def url(self, number: int) -> str:
        return self._ask.url(self._ask.in_team(f"/posts/{number}"))

    @property
    def move_url(self) -> str:
        return self._ask.url(self._ask.in_team(MOVE_PATH))

    @redact_errors
    def archive(self, number: int, message: str) -> Answer:
        """Move a post to `Archived/…` (2026-08; older teams answer 404 or 405)."""
        return self._write("POST", f"/posts/{number}/archive", {"post": {"message": message}}, number)

    @redact_errors
    def move_category(self, source: str, target: str) -> Answer:
        """Rename a category with all below it. `data["count"]` is how many categories changed."""
        return self._write("POST", MOVE_PATH, move_json(source, target))

    @redact_errors
    def revision(self, number: int, revision: int) -> Row | None:
        path = f"/posts/{number}/revisions/{revision}"
        answer = self._ask.get(self._ask.in_team(path), {}, allow=(403, 404))
        if answer.status != 200:
            return None
        row = require_object(require_object(answer.data, path).get("revision"), path)
        return protocol.check_revision(row, path)

    def _write(self, method: str, path: str, body: dict[str, Any], number: int = 0) -> Answer:
        answer = self._ask.send(method, self._ask.in_team(path), body)
        if answer.status in (401, 402, 403):
            raise self._ask.refusal(answer, self._ask.in_team(path), writing=True)
        if answer.status == 200 and number:
            protocol.post_of(answer, number, path)
        return answer


MOVE_PATH = "/categories/batch_move"


def move_json(source: str, target: str) -> dict[str, Any]:
    return {"from": source, "to": target}


def edit_json(fields: Mapping[str, Any], message: str) -> dict[str, Any]:
    return {"post": {**fields, "message": message}}


MAX_UPLOAD_BYTES = 10 * 1024 * 1024
"""The largest file every team takes."""

UPLOADS_PER_WINDOW, UPLOAD_WINDOW_S = 3, 10.0
"""Uploads a person may begin in a window of so many seconds."""

UPLOAD_URL = compile_lazy(
    r"(?:https://[A-Za-z0-9.-]{1,253}(?::\d{1,5})?|http://(?:127\.0\.0\.1|localhost)(?::\d{1,5})?)"
    r"/[A-Za-z0-9/._~%+-]{1,1000}"
)
"""Where a file may stand: nothing in it ends a link or a comment of Markdown."""


@dataclass(frozen=True, slots=True)
class UploadFile:
    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class UploadAnswer:
    """The last answer's status, and the address, "" unless the file is there.

    `unsure`: it may be there all the same, at an unknown address.
    """

    status: int
    url: str = ""
    unsure: bool = False


class EsaUploads:
    """Uploads of one team: in one request (since 2026-07), or the older way by a policy and a form to the storage.

    No call takes a file away again, so each is sent once (esa API v1, attachments).
    """

    def __init__(self, access: Access, ask: EsaRequests) -> None:
        self.access = access
        self.in_one = True  # False: this team is known to have no such call yet
        self._ask = ask
        self._storages: dict[str, Access] = {}

    @redact_errors
    def send(self, file: UploadFile) -> UploadAnswer:
        """Send a file, once. Status 429: nothing was sent, and the limiter knows how long to wait.

        Raises CredentialError where it is refused, UnreachableError and AnswerError where the outcome is unknown.
        """
        if self.in_one:
            answer = self._checked(self._ask.send_file(self._path(""), file.name, file.kind, file.content))
            if answer.status not in (404, 405):
                there = answer.status in (200, 201)
                return UploadAnswer(answer.status, self._url(answer) if there else "", answer.status >= 500)
            self.in_one = False
        return self._by_policy(file)

    def _by_policy(self, file: UploadFile) -> UploadAnswer:
        body = {"name": file.name, "type": file.kind, "size": len(file.content)}
        answer = self._checked(self._ask.send("POST", self._path("/policies"), body))
        if answer.status not in (200, 201):
            return UploadAnswer(answer.status)
        told = require_object(answer.data, "policies")
        form, endpoint = require_object(told.get("form"), "form"), require_object(told.get("attachment"), "attachment")
        url, where = self._url(answer), require_field(endpoint, "endpoint", str, "attachment")
        stored = self._store(where, {key: str(value) for key, value in form.items()}, file)
        return UploadAnswer(stored.status, url if 200 <= stored.status < 300 else "", stored.status >= 500)

    def _store(self, where: str, form: dict[str, str], file: UploadFile) -> Answer:
        """Post a form to the storage, another host, which is shown no token."""
        import httpx

        if not UPLOAD_URL.fullmatch(where.rstrip("/") + "/x"):
            raise _no_address()
        parts = urlsplit(where)
        base = f"{parts.scheme}://{parts.netloc}"
        storage = self._storages.setdefault(base, self.access.besides(base))
        url = where if parts.path else f"{where}/"
        request = httpx.Request("POST", url, data=form, files={"file": (file.name, file.content, file.kind)})
        call = Call("POST", url, dict(request.headers), request.read(), as_nobody=True)
        return storage.perform(call)

    def _path(self, more: str) -> str:
        return self._ask.in_team(f"/attachments{more}")

    def _checked(self, answer: Answer) -> Answer:
        if answer.status in (401, 402, 403):
            raise self._ask.refusal(answer, self._path(""), writing=True)
        return answer

    @staticmethod
    def _url(answer: Answer) -> str:
        row: dict[str, Any] = require_object(require_object(answer.data, "attachments").get("attachment"), "attachment")
        url = require_field(row, "url", str, "attachment")
        if not UPLOAD_URL.fullmatch(url):
            raise _no_address()
        return url


def _no_address() -> AnswerError:
    return AnswerError(
        t("esa が返したファイルの場所を読めません。", "the address of a file that esa gave cannot be used."),
        address_hint(base_url_setting()),
    )
