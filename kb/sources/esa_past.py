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
from kb.sources.shape import Extent, an_object, maybe, need, rows_of

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
        self._signed: dict[str, str] = {}
        self._secured = frozenset((*SECURED, access.host))  # a sandbox keeps the files itself

    @sealed
    def revisions(self, number: int) -> Iterator[list[Row]]:
        """The revisions of a post with their texts, newest first, 100 at a time; the present one too.

        Raises AnswerError with `status` 404 when the post is gone.
        """
        path, page = f"/posts/{number}/revisions", 0
        extent = Extent("esa", path)
        seen: set[int] = set()
        while True:
            params = {"per_page": PER_PAGE, "page": page + 1}
            answer = self._ask.get(self._ask.in_team(path), params, allow=(404,))
            if answer.status == 404:
                raise AnswerError(
                    t(f"esa に記事 {number} がありません（404）。", f"esa has no post {number} (404)."),
                    t("もう一度実行してください。", "run it again."),
                    status=404,
                )
            rows = [esa_rows.checked_revision(row, path) for row in rows_of(answer.data, "revisions", path)]
            yield rows
            following = maybe(answer.data, "next_page", int, 0, path)
            if following != page + 2:
                return
            known = len(seen)
            seen.update(row["number"] for row in rows)
            total = maybe(answer.data, "total_count", int, -1, path)
            if not extent.goes_on(len(rows), len(seen) - known, None if total < 0 else total):
                return
            page += 1

    @sealed
    def ready(self, addresses: Sequence[str]) -> list[str]:
        """Those of up to ten addresses whose files can be fetched within a minute; "" for the others.

        Asks the API to sign what is secured, in one request. What it signed is kept here and told nobody.
        """
        secured = {each: urlsplit(each).path for each in addresses if urlsplit(each).netloc in self._secured}
        self._signed = {each: each for each in addresses if each.startswith(f"https://{OPEN}/")}
        if secured:
            path = self._ask.in_team("/signed_urls")
            answer = self._ask.get(path, {"urls": ",".join(dict.fromkeys(secured.values())), "v": 2})
            given = {}
            for pair in need(an_object(answer.data, path), "signed_urls", list, path):
                if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], str):
                    given[str(pair[0])] = pair[1]
            self._signed |= {each: given[path] for each, path in secured.items() if path in given}
        return [each if each in self._signed else "" for each in addresses]

    @sealed
    def file(self, address: str, most: int) -> bytes | None:
        """The file at an address that `ready` named; None when it is not there for anybody.

        Raises AnswerError: with `status` 413 when it has more than `most` bytes, 3xx for a redirect, 403
        for a place where no files of esa are.
        """
        signed = self._signed.get(address, "")
        parts = urlsplit(signed)
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
        answer = store.perform(Call("GET", signed, most=most, as_nobody=True))
        return answer.body if answer.status == 200 else None

    def _may_lead_to(self, scheme: str, netloc: str) -> bool:
        if netloc == self.access.host:
            return scheme == urlsplit(self.access.base).scheme
        return scheme == "https" and netloc.isascii() and netloc.endswith(_STORES) and "@" not in netloc
