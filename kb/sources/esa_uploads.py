"""Files sent to esa: in one request, or the older way by a policy and a form to the storage.

Requests: a file 1, the older way 2. esa takes 3 of the first kind, or policies, in 10 s and files of 10 MB (esa API
v1, attachments; `POST /attachments` is there since 2026-07, teams before that know the policies alone). A file
that was sent has an address nobody chose, and no call takes it away again. So each is sent once: whoever calls
decides what an answer means. The gate must be open (`Access.writing`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kb.errors import AnswerError
from kb.lang import t
from kb.sources.call import Answer, Call
from kb.sources.sealed import sealed
from kb.sources.shape import an_object, need

if TYPE_CHECKING:
    from kb.sources.access import Access
    from kb.sources.esa_requests import EsaRequests

MOST_BYTES = 10 * 1024 * 1024
"""The largest file every team takes."""

AT_ONCE, WINDOW_S = 3, 10.0
"""Uploads a person may begin in a window of so many seconds."""

ADDRESS = re.compile(
    r"(?:https://[A-Za-z0-9.-]{1,253}(?::\d{1,5})?|http://(?:127\.0\.0\.1|localhost)(?::\d{1,5})?)"
    r"/[A-Za-z0-9/._~%+-]{1,1000}"
)
"""Where a file may stand: nothing in it ends a link or a comment of Markdown."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be sent: its name, its type (`image/png`), its bytes."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one: the last answer's status, and the address, "" unless the file is there.

    `unsure`: it may be there all the same, at an address nobody knows.
    """

    status: int
    url: str = ""
    unsure: bool = False


class EsaUploads:
    """Uploads of one team. Made by `kb.sources.esa.Esa`."""

    def __init__(self, access: Access, ask: EsaRequests) -> None:
        self.access = access
        self.in_one = True  # False: this team is known to have no such call yet
        self._ask = ask
        self._storages: dict[str, Access] = {}

    @sealed
    def send(self, file: File) -> Sent:
        """Send a file, once. Status 429: nothing was sent, and the limiter knows how long to wait.

        Raises CredentialError where it is refused, UnreachableError and AnswerError where nobody knows what came of it.
        """
        if self.in_one:
            answer = self._checked(self._ask.send_file(self._path(""), file.name, file.kind, file.content))
            if answer.status not in (404, 405):
                there = answer.status in (200, 201)
                return Sent(answer.status, self._url(answer) if there else "", answer.status >= 500)
            self.in_one = False
        return self._by_policy(file)

    def _by_policy(self, file: File) -> Sent:
        body = {"name": file.name, "type": file.kind, "size": len(file.content)}
        answer = self._checked(self._ask.send("POST", self._path("/policies"), body))
        if answer.status not in (200, 201):
            return Sent(answer.status)
        told = an_object(answer.data, "policies")
        form, endpoint = an_object(told.get("form"), "form"), an_object(told.get("attachment"), "attachment")
        url, where = self._url(answer), need(endpoint, "endpoint", str, "attachment")
        stored = self._store(where, {key: str(value) for key, value in form.items()}, file)
        return Sent(stored.status, url if 200 <= stored.status < 300 else "", stored.status >= 500)

    def _store(self, where: str, form: dict[str, str], file: File) -> Answer:
        """Post a form to the storage, which is another place and is shown no token."""
        import httpx

        if not ADDRESS.fullmatch(where.rstrip("/") + "/x"):
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
        """The answer. Raises CredentialError where esa refuses whoever asks."""
        if answer.status in (401, 402, 403):
            raise self._ask.refusal(answer, self._path(""), writing=True)
        return answer

    @staticmethod
    def _url(answer: Answer) -> str:
        row: dict[str, Any] = an_object(an_object(answer.data, "attachments").get("attachment"), "attachment")
        url = need(row, "url", str, "attachment")
        if not ADDRESS.fullmatch(url):
            raise _no_address()
        return url


def _no_address() -> AnswerError:
    return AnswerError(
        t("esa が返したファイルの場所を読めません。", "the address of a file that esa gave cannot be used."),
        t("ESA_API_BASE_URL の値を確かめてください。", "check ESA_API_BASE_URL."),
    )
