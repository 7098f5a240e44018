"""python-redmine on kb's way out: its URLs, sessions and encoding; no judging of answers."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast

import requests
from redminelib.engines.sync import SyncEngine
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from kb.sources.transport.call import Answer, Call
from kb.sources.transport.http import unpacked_headers

if TYPE_CHECKING:
    from kb.sources.transport.access import Access


class DecodedResponse(requests.Response):
    """A response that carries the answer itself, whose JSON has been read already."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer

    def json(self, **kwargs: Any) -> Any:
        """Return the JSON value. Raises JSONDecodeError when the body is none."""
        if self.answer.data is None:
            raise requests.exceptions.JSONDecodeError("no JSON", "", 0)
        return self.answer.data


class AccessAdapter(BaseAdapter):
    """requests' way out through an `Access`, whose time-outs, trust and proxy hold."""

    def __init__(self, access: Access) -> None:
        super().__init__()
        self._access = access

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else bytes(body)
        call = Call(request.method or "GET", request.url or "", dict(request.headers), body)
        answer = self._access.perform(call)
        response = DecodedResponse(answer)
        response.status_code = answer.status
        response.headers = CaseInsensitiveDict(unpacked_headers(answer.headers))
        response.url = call.url
        response.request = request
        response.encoding = "utf-8"
        response.raw = io.BytesIO(answer.body)
        return response

    def close(self) -> None:
        """Close nothing: the connections are the access object's."""


class AnswerEngine(SyncEngine):  # type: ignore[misc]
    """Gives the answer itself; who asked looks at statuses and rows."""

    def process_response(self, response: requests.Response) -> Answer:
        return cast(DecodedResponse, response).answer
