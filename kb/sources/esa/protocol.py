"""esa API v1: its search language as far as kb asks in it, what its answers must look like, what refusals mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from kb.errors import AnswerError, CredentialError
from kb.sources.transport.answers import one_line, optional_field, require_field, require_id, require_object
from kb.sources.transport.call import Answer, Row, RowPage
from kb.text.lang import t

ESA_PER_PAGE = 100
"""The most rows esa gives at once (esa API v1, pagination)."""

LONGEST_QUERY = 4000
"""Bytes of a query as it travels: a Japanese character takes nine, and servers cut URLs near 8 KB."""

_JOIN = " OR "


def is_ascending_above(page: RowPage, number: int) -> bool:
    """Whether a page is what `number:>N`, ascending, must give; if not, the server ignored the query."""
    for row in page:
        if row["number"] <= number:
            return False
        number = row["number"]
    return True


def queries_in_categories(categories: Iterable[str | None]) -> Iterator[str]:
    """Yield queries that together match every post of `categories` (None: posts in none), and perhaps more.

    "" matches everything, for a name the language cannot say.
    """
    terms = [_term(category) for category in sorted(categories, key=lambda name: name or "")]
    if "" in terms:
        yield ""
        return
    group: list[str] = []
    for term in terms:
        if group and len(quote(_JOIN.join([*group, term]))) > LONGEST_QUERY:
            yield _JOIN.join(group)
            group = []
        group.append(term)
    if group:
        yield _JOIN.join(group)


def query_below(category: str) -> str:
    """A query that matches every post of a category and below it; it may match more."""
    prefix = category.partition('"')[0].rstrip()
    return f'in:"{prefix}"' if prefix else ""


def _term(category: str | None) -> str:
    if category is None:
        return "on:/"
    if '"' not in category:
        return f'on:"{category}"'
    return query_below(category)  # a quote cannot be quoted: what stands before it is a prefix, which `in:` takes


_SCOPES = (
    (r"/user$", "read:user"),
    (r"/comments", "read:comment"),
    (r"/posts", "read:post"),
    (r"/categories", "read:category"),
    (r"/members", "read:member"),
    (r"/tags", "read:tag"),
    (r"/signed_urls", "read:attachment"),
    (r"", "read:team"),
)

WRITE_SCOPE = "write:post"
"""The scope writing needs. Which one moving a category needs is not documented (esa API v1): esa's answer is shown."""


def check_post(row: Row, path: str) -> Row:
    """Return a row whose fields have their documented types; only those of a text must be there. Raises AnswerError."""
    where = f"{path} #{require_id(row, 'number', path)}"
    for key in ("name", "body_md", "updated_at"):
        require_field(row, key, str, where)
    for key in ("category", "full_name", "created_at", "url", "message", "kind"):
        optional_field(row, key, str, "", where)
    for key in ("revision_number", "comments_count"):
        optional_field(row, key, int, 0, where)
    optional_field(row, "wip", bool, False, where)
    for tag in optional_field(row, "tags", list, [], where):
        require_field({"tags[]": tag}, "tags[]", str, where)
    for key in ("created_by", "updated_by"):
        optional_field(optional_field(row, key, dict, {}, where), "screen_name", str, "", where, f"{key}.")
    for comment in optional_field(row, "comments", list, [], where):
        check_comment(require_object(comment, where, "comments[]"), where)
    return row


def post_of(answer: Answer, number: int, path: str) -> Row:
    """Return the post of an answer, which must be the one that was asked for. Raises AnswerError."""
    row = check_post(require_object(answer.data, path), path)
    optional_field(row, "overlapped", bool, False, path)  # of another type it might be a yes
    if row["number"] != number:
        raise AnswerError(
            t(
                f"記事 {number} を求めましたが {row['number']} が返りました。",
                f"post {number} was asked for, {row['number']} came back.",
            ),
            t("もう一度実行してください。", "run it again."),
        )
    return row


def check_comment(row: Row, path: str) -> Row:
    """Return a comment with an id and a text. Raises AnswerError."""
    require_id(row, "id", path, "comment.")
    require_field(row, "body_md", str, path, "comment.")
    for key in ("created_at", "updated_at", "url"):
        optional_field(row, key, str, "", path, "comment.")
    author = optional_field(row, "created_by", dict, {}, path, "comment.")
    optional_field(author, "screen_name", str, "", path, "comment.created_by.")
    return row


def check_revision(row: Row, path: str) -> Row:
    """Return a revision with a number and a text. Raises AnswerError."""
    where = f"{path} #{require_id(row, 'number', path)}"
    require_field(row, "body_md", str, where)
    for key in ("name", "created_at", "url"):
        optional_field(row, key, str, "", where)
    optional_field(optional_field(row, "created_by", dict, {}, where), "screen_name", str, "", where, "created_by.")
    return row


_CHECK_TEAM = t(
    "チームの名前（esa.team）と、ESA_API_BASE_URL を設定していればその値を確かめてください。",
    "check the team's name (esa.team) and, where it is set, ESA_API_BASE_URL.",
)


def refusal_error(
    answer: Answer, path: str, team: str, teams: tuple[str, ...], *, variable: str = "", writing: bool = False
) -> AnswerError | CredentialError:
    """Return the error for a refusal. `teams` are those the token sees, `variable` is where it may come from."""
    said = _said(answer)
    at_team = path.startswith("/teams/")
    if at_team and answer.status in (401, 403, 404) and teams and team not in teams:
        shown = ", ".join(teams[:5])
        return CredentialError(
            t(
                f"このトークンではチーム「{team}」が見えません（見えるチーム: {shown}）。",
                f"this token does not see the team {team!r} (it sees: {shown}).",
            ),
            t(
                "kb.toml の esa.team と、トークンに許可されたチームを確かめてください。",
                "check esa.team in kb.toml, and the teams the token is allowed for.",
            ),
        )
    if writing and answer.status == 403:
        return CredentialError(
            t(
                f"esa がこのトークンでの書き込みを断りました（{_short(path)} に 403{said}）。",
                f"esa lets this token write nothing there (403 to {_short(path)}{said}).",
            ),
            t(
                f"{WRITE_SCOPE}（旧形式なら write）のあるトークンを ESA_WRITE_TOKEN に入れてください。",
                f"put a token with {WRITE_SCOPE} (write, for the older kind) into ESA_WRITE_TOKEN.",
            ),
        )
    if answer.status in (401, 403):
        needed = WRITE_SCOPE if writing else required_scope(path)
        older = "write" if writing else "read"
        variable = variable or "ESA_ACCESS_TOKEN"
        return CredentialError(
            t(
                f"esa がトークンを受け付けません（{_short(path)} に {answer.status}{said}）。",
                f"esa refuses the token ({answer.status} to {_short(path)}{said}).",
            ),
            t(
                f"トークンが有効か、権限 {needed}（旧形式なら {older}）があるかを確かめ、"
                f"{variable} に入れ直してください。",
                f"check that it is valid and has the scope {needed} ({older}, for the older kind),"
                f" then set {variable} again.",
            ),
        )
    if answer.status == 402:
        return AnswerError(
            t(f"チーム「{team}」は支払いが止まっているため読めません（402）。", f"the team {team!r} is unpaid (402)."),
            t("esa のチームの管理者に確かめてください。", "ask an owner of the team."),
            status=402,
        )
    if answer.status == 404 and at_team:
        return AnswerError(
            t(
                f"esa にチーム「{team}」の {_short(path)} がありません（404）。",
                f"esa has no {_short(path)} in the team {team!r} (404).",
            ),
            _CHECK_TEAM,
            status=404,
        )
    return AnswerError(
        t(
            f"esa が {_short(path)} に {answer.status} を返しました{said}。",
            f"esa answered {_short(path)} with {answer.status}{said}.",
        ),
        _CHECK_TEAM,
        status=answer.status,
    )


def required_scope(path: str) -> str:
    """Return the scope that reading `path` needs of a token of the newer kind."""
    return next(name for pattern, name in _SCOPES if re.search(pattern, path))


def _said(answer: Answer) -> str:
    data = answer.data if isinstance(answer.data, dict) else {}
    message = data.get("message")
    if not isinstance(message, str) or not message.strip():
        return ""
    return f": {one_line(message)}"


def _short(path: str) -> str:
    return re.sub(r"^/teams/[^/]+", "", path) or path
