"""The engine of python-redmine, but for the judging of answers."""

from __future__ import annotations

from typing import cast

import requests
from redminelib.engines.sync import SyncEngine

from kb.sources.transport.adapters import DecodedResponse
from kb.sources.transport.call import Answer


class AnswerEngine(SyncEngine):  # type: ignore[misc]
    """Gives the answer itself; statuses and rows are looked at by who asked."""

    def process_response(self, response: requests.Response) -> Answer:
        """The answer that came through kb's adapter."""
        return cast(DecodedResponse, response).answer
