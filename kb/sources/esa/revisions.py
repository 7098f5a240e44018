"""Read what esa keeps beside the posts: their revisions, and the files they link to.

Requests: the revisions of one post ⌈R/100⌉ · addresses of ten secured files 1 · one file 1.

Files live on hosts of their own. Those of `SECURED` are only given out for an address that the API
signs; the token goes to the API alone, never to where files are, and no redirect is followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kb.errors import AnswerError
from kb.mirror.documents import OldText
from kb.mirror.queries import LAST, unread_versions
from kb.mirror.sync.job import SyncJob
from kb.model.document import Kind, Source
from kb.sources.esa import protocol
from kb.sources.esa.protocol import ESA_PER_PAGE
from kb.sources.transport.answers import ListLimit, optional_field, require_field, require_object, require_rows
from kb.sources.transport.call import Call, Row
from kb.sources.transport.redaction import redact_errors
from kb.text.json_fields import int_field, object_field, text_field, utc_field
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.sources.esa.requests import EsaRequests
    from kb.sources.transport.access import Access


OPEN_HOST = "img.esa.io"
"""Whoever has the address of a file here can read it, without being a member (esa-cli, attachment)."""

SECURED_HOSTS = ("files.esa.io", "dl.esa.io")
"""Files here need a signed address (esa-cli, attachment)."""

SIGNED_AT_ONCE = 10
"""The most addresses of one GET (esa API v1, signed_urls)."""

_STORES = (".esa.io", ".amazonaws.com")
"""Where signed addresses may lead: esa's own hosts, and the storage they stand in front of."""


class EsaRevisions:
    """Revisions and files of one team."""

    def __init__(self, access: Access, ask: EsaRequests) -> None:
        self.access = access
        self._ask = ask
        self._stores: dict[str, Access] = {}
        self._signed: dict[str, str] = {}
        self._secured = frozenset((*SECURED_HOSTS, access.host))  # a sandbox keeps the files itself

    @redact_errors
    def revisions(self, number: int) -> Iterator[list[Row]]:
        """Yield a post's revisions with their texts, newest first, the present one included. 100 at a time.

        Raises AnswerError with `status` 404 when the post is gone.
        """
        path, page = f"/posts/{number}/revisions", 0
        extent = ListLimit("esa", path)
        seen: set[int] = set()
        while True:
            params = {"per_page": ESA_PER_PAGE, "page": page + 1}
            answer = self._ask.get(self._ask.in_team(path), params, allow=(404,))
            if answer.status == 404:
                raise AnswerError(
                    t(f"esa に記事 {number} がありません（404）。", f"esa has no post {number} (404)."),
                    t("もう一度実行してください。", "run it again."),
                    status=404,
                )
            rows = [protocol.check_revision(row, path) for row in require_rows(answer.data, "revisions", path)]
            yield rows
            following = optional_field(answer.data, "next_page", int, 0, path)
            if following != page + 2:
                return
            known = len(seen)
            seen.update(row["number"] for row in rows)
            total = optional_field(answer.data, "total_count", int, -1, path)
            if not extent.goes_on(len(rows), len(seen) - known, None if total < 0 else total):
                return
            page += 1

    @redact_errors
    def ready(self, addresses: Sequence[str]) -> list[str]:
        """Return up to ten addresses, "" for those whose files cannot be fetched.

        Signs what is secured in one request, for a minute; signed addresses are kept here and shown to nobody.
        """
        secured = {each: urlsplit(each).path for each in addresses if urlsplit(each).netloc in self._secured}
        self._signed = {each: each for each in addresses if each.startswith(f"https://{OPEN_HOST}/")}
        if secured:
            path = self._ask.in_team("/signed_urls")
            answer = self._ask.get(path, {"urls": ",".join(dict.fromkeys(secured.values())), "v": 2})
            given = {}
            for pair in require_field(require_object(answer.data, path), "signed_urls", list, path):
                if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], str):
                    given[str(pair[0])] = pair[1]
            self._signed |= {each: given[path] for each, path in secured.items() if path in given}
        return [each if each in self._signed else "" for each in addresses]

    @redact_errors
    def file(self, address: str, most: int) -> bytes | None:
        """Return the file at an address that `ready` named; None when it is gone.

        Raises AnswerError with `status` 413 for over `most` bytes, 3xx for a redirect, 403 for a place not of esa.
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


def sync_revisions(past: EsaRevisions, job: SyncJob) -> None:
    """Read the revisions that the mirror lacks, of the posts edited last first.

    An edited post costs one request for up to 100 revisions, and nothing until it is edited again. What one run does
    not manage, the next does.
    """
    pending = unread_versions(job.mirror.database, Source.ESA, Kind.POST)
    for done, (here, number, present, through) in enumerate(pending):
        job.tell(done, len(pending))
        if job.depth.spent:
            left = len(pending) - done
            job.notes.append(
                t(
                    f"esa の記事 {left:,} 件の古い版は、次の kb sync で読みます。",
                    f"the revisions of {left:,} more posts of esa are left to the next kb sync.",
                )
            )
            return
        try:
            with job.deepening():
                olds = _between(past.revisions(int(number)), through, present)
        except AnswerError as error:
            if error.status != 404:
                raise
            continue  # deleted since it was listed: the next sync sees it
        with job.write() as writer:
            writer.history(here, olds, present - 1)


def _between(pages: Iterator[list[dict[str, Any]]], through: int, present: int) -> list[OldText]:
    """Return the revisions above `through` and below the `present` one, asking for no page beyond them.

    Ends at a page that shows nothing older, too: such a server repeats itself.
    """
    found: dict[str, OldText] = {}
    lowest = LAST
    for rows in pages:
        numbers = [int_field(row.get("number")) for row in rows]
        olds = _olds(row for row in rows if through < int_field(row.get("number")) < present)
        found |= {old.part: old for old in olds}
        if not rows or min(numbers) <= through + 1 or min(numbers) >= lowest:
            break
        lowest = min(numbers)
    return list(found.values())


def _olds(rows: Iterable[dict[str, Any]]) -> Iterator[OldText]:
    """Yield revisions as old versions: for members, whoever may read the present post by a shared link."""
    for row in rows:
        number = int_field(row.get("number"))
        yield OldText(
            f"revision:{number}",
            number,
            text_field(row.get("body_md")),
            text_field(row.get("name")),
            author=text_field(object_field(row.get("created_by")).get("screen_name")),
            created_at=utc_field(row.get("created_at")),
            url=text_field(row.get("url")),
        )
