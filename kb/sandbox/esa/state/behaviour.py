"""How this esa behaves where the documentation is silent or teams differ.

Each field is a switch of `POST /_sandbox/toggles`; a client must do right under every value.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from types import MappingProxyType

from kb.errors import UsageError
from kb.sandbox.core.refusals import unknown, unusable, valid_values
from kb.text.lang import t


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The switches, with what is documented, or else most likely, as default.

    rate_limit (0: none) and rate_window_s: requests per person and window.
    limited_costs: whether a refused request pushes the end of the window back by a second.
    retry_after: how a 429 says when to come back: seconds, date, message (in the body alone),
    reset (x-ratelimit-reset alone).
    team: the only team that exists ("": any name). unpaid: every team answers 402.
    bad_per_page: what a per_page that is no positive number gets: default, 400.
    hidden_status: 404 or 403 for a post the token may not see.
    scope_status: 401 or 403 when a token's scope is too small; 0: 403 for `ep2_`, else 401.
    embedded_comments_cap: how many comments `include=comments` carries at most (-1: all).
    comment_touches_post: whether a comment moves updated_at of its post.
    index_lag_s: how long a change takes to reach searches with `q`.
    in_by_segment: whether `in:foo` leaves `foobar/` out.
    paths_count_wip, paths_count_archived: whether categories/paths counts those.
    number_search: whether `number:` can be compared in `q` (else such a term is a word).
    title_entities: what becomes of `&#35;` and `&#47;` in a title that is sent: decoded, as sent.
    noop_revises: whether an update that changes nothing makes a revision and moves updated_at.
    honours_updated_at: whether an update takes the `updated_at` a client sends.
    merge_base: what an update with `original_revision` is merged from: the text stored under its number
    (stored) or the one the client says was there (sent).
    conflict_style: what stands where a merge overlaps: git or diff3 (markers), sent (the client's lines).
    append_on_new_line: whether appending and prepending begin a new line.
    archive_status: 404 or 405 where the archive call is not there yet (before August 2026), else 200.
    upload_limit (0: none) and upload_window_s: uploads per person and window.
    upload_max_bytes: the largest file. upload_timeout_s: how long a file may take to arrive.
    skip_notice_silences_webhooks: whether `[skip notice]` keeps webhooks silent too.
    move_touches, move_revises: whether moving a category moves updated_at of its posts, and makes
    a revision of each.
    move_missing_status: what moving a category nobody has answers: 200 with count 0, or 404.
    move_stops_after: after how many categories such a move breaks off with 500 (0: never).
    """

    rate_limit: int = 300
    rate_window_s: int = 900
    limited_costs: bool = False
    retry_after: str = "seconds"
    team: str = ""
    unpaid: bool = False
    bad_per_page: str = "default"
    hidden_status: int = 404
    scope_status: int = 0
    embedded_comments_cap: int = -1
    comment_touches_post: bool = False
    index_lag_s: int = 0
    in_by_segment: bool = False
    paths_count_wip: bool = True
    paths_count_archived: bool = True
    number_search: bool = True
    title_entities: str = "decoded"
    noop_revises: bool = True
    honours_updated_at: bool = True
    merge_base: str = "stored"
    conflict_style: str = "git"
    append_on_new_line: bool = True
    archive_status: int = 200
    upload_limit: int = 3
    upload_window_s: int = 10
    upload_max_bytes: int = 10 * 1024 * 1024
    upload_timeout_s: int = 20
    skip_notice_silences_webhooks: bool = True
    move_touches: bool = False
    move_revises: bool = False
    move_missing_status: int = 200
    move_stops_after: int = 0


PROFILES = MappingProxyType(
    {
        "default": Behaviour(),
        "nolimit": Behaviour(rate_limit=0, upload_limit=0),
        "legacy75": Behaviour(rate_limit=75, archive_status=404),
        "redmine-3.4": Behaviour(),
        "strict": Behaviour(
            limited_costs=True,
            retry_after="message",
            bad_per_page="400",
            hidden_status=403,
            embedded_comments_cap=3,
            index_lag_s=5,
            title_entities="as sent",
            noop_revises=False,
            honours_updated_at=False,
            merge_base="sent",
            conflict_style="sent",
            append_on_new_line=False,
            skip_notice_silences_webhooks=False,
            move_touches=True,
            move_revises=True,
            move_missing_status=404,
        ),
    }
)
"""The profiles of `kb sandbox --profile`; `strict` answers each open question the hard way."""

_CHOICES: dict[str, tuple[object, ...]] = {
    "retry_after": ("seconds", "date", "message", "reset"),
    "bad_per_page": ("default", "400"),
    "hidden_status": (403, 404),
    "title_entities": ("decoded", "as sent"),
    "move_missing_status": (200, 404),
    "merge_base": ("stored", "sent"),
    "conflict_style": ("git", "diff3", "sent"),
    "archive_status": (200, 404, 405),
    "scope_status": (0, 401, 403),
}


def behaviour_profile(name: str) -> Behaviour:
    """Return the behaviour of a profile. Raises UsageError for an unknown one."""
    try:
        return PROFILES[name]
    except KeyError:
        raise UsageError(
            t(f"profile「{name}」はありません。", f"there is no profile {name!r}."),
            t(f"選べるもの: {', '.join(PROFILES)}", f"choose one of: {', '.join(PROFILES)}"),
        ) from None


def change_behaviour(behaviour: Behaviour, changes: dict[str, object]) -> Behaviour:
    """Return `behaviour` with some switches changed. Raises InputError."""
    known = {field.name for field in fields(Behaviour)}
    for name, value in changes.items():
        if name not in known:
            raise unknown(name, sorted(known), "スイッチ", "switch ")
        present: object = getattr(behaviour, name)
        if type(value) is not type(present) or value not in _CHOICES.get(name, (value,)):
            choices = _CHOICES.get(name, (type(present).__name__,))
            raise unusable(value, f"スイッチ {name}", f"switch {name}", valid_values(choices))
    return replace(behaviour, **changes)  # type: ignore[arg-type]


def describe_behaviour(behaviour: Behaviour) -> dict[str, object]:
    """Return all switches with their values."""
    return asdict(behaviour)
