"""What esa keeps beside the posts themselves: their revisions, and the files they link to.

Requests: the revisions of one post ⌈R/100⌉ · addresses of ten secured files 1 · one file 1.

Files live on hosts of their own. Those of `SECURED` are only given out for an address that the API
signs; the token goes to the API alone, never to where files are, and no redirect is followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kb.errors import AnswerError
from kb.lang import t
from kb.sources import esa_rows
from kb.sources.call import Call, Row
from kb.sources.esa_query import PER_PAGE
from kb.sources.sealed import sealed
from kb.sources.shape import need

if TYPE_CHECKING:
    from kb.sources.access import Access
    from kb.sources.esa_requests import EsaRequests

OPEN = "img.esa.io"
"""Whoever has the address of a file here can read it, without being a member (esa-cli, attachment)."""

SECURED = ("files.esa.io", "dl.esa.io")
"""Files here need a signed address (esa-cli, attachment)."""

SIGNED_AT_ONCE = 10
"""The most addresses of one GET (esa API v1, signed_urls)."""

_STORES = (".esa.io", ".amazonaws.com")
"""Where signed addresses may lead: esa's own hosts, and the storage they stand in front of."""


class EsaPast:
    """Revisions and files of one team. Made by `kb.sources.esa.Esa`."""

    def __init__(self, access: Access, ask: EsaRequests) -> None:
        self.access = access
        self._ask = ask
        self._stores: dict[str, Access] = {}
        self._hosts = frozenset((*SECURED, access.host))  # a sandbox keeps the files itself

    @sealed
    def revisions(self, number: int) -> Iterator[list[Row]]:
        """The revisions of a post with their texts, newest first, 100 at a time; the present one too."""
        first = {"per_page": PER_PAGE, "page": 1}
        path = self._ask.in_team(f"/posts/{number}/revisions")
        for rows in self._ask.lists(path, "revisions", first=first):
            yield [esa_rows.checked_revision(row, path) for row in rows]

    @sealed
    def signed(self, addresses: Sequence[str]) -> list[str]:
        """Where the files at up to ten addresses can be fetched for a minute; "" for what esa does not know.

        An open file stays where it is, and asks for no request.
        """
        paths = [urlsplit(each).path for each in addresses if self._is_secured(each)]
        given: dict[str, str] = {}
        if paths:
            path = self._ask.in_team("/signed_urls")
            answer = self._ask.get(path, {"urls": ",".join(paths), "v": 2})
            for pair in need(answer.data, "signed_urls", list, path):
                if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], str):
                    given[str(pair[0])] = pair[1]
        return [each if urlsplit(each).netloc == OPEN else given.get(urlsplit(each).path, "") for each in addresses]

    def _is_secured(self, address: str) -> bool:
        return urlsplit(address).netloc in self._hosts

    @sealed
    def file(self, address: str, most: int) -> bytes | None:
        """The file at an address that `signed` gave; None when it is not there for anybody.

        Raises AnswerError: with `status` 413 when it has more than `most` bytes, 3xx for a redirect.
        """
        parts = urlsplit(address)
        if not self._may_lead_to(parts.scheme, parts.netloc):
            raise AnswerError(
                t(
                    f"esa のファイルの場所ではない {parts.hostname} は読みません。",
                    f"{parts.hostname} is no place of esa's files and is not read.",
                ),
                t("記事のリンクを確かめてください。", "check the link in the page."),
                status=403,
            )
        origin = f"{parts.scheme}://{parts.netloc}"
        store = self._stores.setdefault(origin, self.access.besides(origin))
        answer = store.perform(Call("GET", address, most=most, as_nobody=True))
        return answer.body if answer.status == 200 else None

    def _may_lead_to(self, scheme: str, netloc: str) -> bool:
        if netloc == self.access.host:
            return scheme == urlsplit(self.access.base).scheme
        return scheme == "https" and netloc.isascii() and netloc.endswith(_STORES) and "@" not in netloc
