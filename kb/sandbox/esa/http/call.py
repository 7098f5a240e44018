"""One API call, and its errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl

from kb.sandbox.esa.http.tokens import Token
from kb.sandbox.esa.state.records import EsaPost
from kb.sandbox.esa.state.team import EsaTeam, TokenReader

Json = dict[str, object]
T = TypeVar("T")

PER_PAGE = 20
MAX_PER_PAGE = 100
TOO_HIGH = 10**9


class ApiError(Exception):
    """An error answer: `{"error": code, "message": message}`; 405 has no body.

    `until`, in epoch seconds, is when a 429 of its own ends; 0: with the general limit.
    """

    def __init__(self, status: int, code: str = "", message: str = "", *, until: int = 0) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message, self.until = status, code, message, until


def not_found() -> ApiError:
    """Return esa's 404, the same for what never was and what is gone."""
    return ApiError(404, "not_found", "Not found")


@dataclass(frozen=True, slots=True)
class EsaCall:
    """A call that has passed the door.

    `base` is the address the sandbox was reached at, `body` what came with a write.
    """

    team: EsaTeam
    team_name: str
    token: Token
    path: dict[str, str]
    query: tuple[tuple[str, str], ...]
    base: str = ""
    body: bytes = b""
    content_type: str = ""

    @property
    def reader(self) -> TokenReader:
        """The caller as a reader."""
        return TokenReader(self.token.user, self.token.categories)

    @property
    def by_owner(self) -> bool:
        """Whether an owner of the team calls."""
        me = self.team.members.get(self.token.user)
        return me is not None and me.role == "owner"

    def get(self, name: str, default: str = "") -> str:
        """Return a query parameter; the last of several, as in Rails."""
        return next((value for key, value in reversed(self.query) if key == name), default)

    def names(self, name: str) -> frozenset[str]:
        """Return a list parameter: comma list, repeated, or with `[]`."""
        values = (value for key, value in self.query if key in (name, f"{name}[]"))
        return frozenset(part.strip() for value in values for part in value.split(",") if part.strip())

    def path_number(self, name: str) -> int:
        """Return a whole number of the path; 404 for anything else."""
        number = parse_number(self.path[name])
        if number is None:
            raise not_found()
        return number

    def post(self) -> EsaPost:
        """Return the post of the path if this token may see it, else 404."""
        post = self.team.posts.get(self.path_number("number"))
        if post is None:
            raise not_found()
        if not self.team.can_read(post, self.reader):
            if self.team.behaviour.hidden_status == 403:
                raise ApiError(403, "forbidden", "Forbidden")
            raise not_found()
        return post


def query_params(query_string: bytes) -> tuple[tuple[str, str], ...]:
    """Return the parameters of a URL in order."""
    return tuple(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, errors="replace"))


def page_envelope(
    call: EsaCall, items: Sequence[T], *, default: int = PER_PAGE, most: int = MAX_PER_PAGE
) -> tuple[Sequence[T], Json]:
    """Return the requested page and esa's envelope. A page beyond the end is empty."""
    page = _positive(call.get("page")) or 1
    per_page = _positive(call.get("per_page"))
    if per_page is None and call.get("per_page") and call.team.behaviour.bad_per_page == "400":
        raise ApiError(400, "bad_request", "per_page is invalid")
    per_page = min(per_page or default, most)
    start = (page - 1) * per_page
    envelope: Json = {
        "prev_page": page - 1 if page > 1 else None,
        "next_page": page + 1 if start + per_page < len(items) else None,
        "total_count": len(items),
        "page": page,
        "per_page": per_page,
        "max_per_page": most,
    }
    return items[start : start + per_page], envelope


def list_page(
    call: EsaCall,
    name: str,
    items: Sequence[T],
    render: Callable[[T], Json],
    *,
    default: int = PER_PAGE,
    most: int = MAX_PER_PAGE,
) -> Json:
    """Return the requested page of a list: its rendered items under `name`, and the envelope."""
    page, envelope = page_envelope(call, items, default=default, most=most)
    return {name: [render(each) for each in page], **envelope}


def parse_number(text: str) -> int | None:
    """Return a whole number of a request; None for anything else, and for more digits than any number here has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _positive(text: str) -> int | None:
    number = parse_number(text)
    return number if number is not None and 0 < number < TOO_HIGH else None
