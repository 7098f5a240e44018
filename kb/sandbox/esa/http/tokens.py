"""Tokens, their scopes, and the categories they may see."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.errors import InputError
from kb.sandbox.core.refusals import unknown, unusable
from kb.text.lang import t

READS = ["post", "comment", "category", "tag", "attachment", "team", "member", "user"]
WRITES = ["post", "comment", "category", "tag", "attachment"]
ALL_SCOPES = tuple([f"read:{what}" for what in READS] + [f"write:{what}" for what in WRITES] + ["admin:comment"])


@dataclass(frozen=True, slots=True)
class Token:
    """A token; `categories` is the allow-list of an access policy (None: everything).

    `value` stays out of the repr, so that it cannot reach a log.
    """

    value: str = field(repr=False)
    user: str
    scopes: tuple[str, ...] = ALL_SCOPES
    categories: tuple[str, ...] | None = None
    member: bool = True
    made_at: int = 0

    @property
    def legacy(self) -> bool:
        """Whether it is the older kind, without `ep2_` and with the scopes read and write."""
        return not self.value.startswith("ep2_")

    def may(self, scope: str) -> bool:
        """Whether it has a scope; `read` and `write` stand for all of theirs."""
        return scope in self.scopes or scope.partition(":")[0] in self.scopes

    def may_as_admin(self, what: str) -> bool:
        """Whether it may change others' content: `admin:comment`, or an older token that writes."""
        return f"admin:{what}" in self.scopes or (self.legacy and "write" in self.scopes)


def new_token_value(*, legacy: bool = False) -> str:
    """Return a random token in esa's own shape."""
    return secrets.token_hex(32) if legacy else f"ep2_{secrets.token_urlsafe(32)}"


def find_token(tokens: Mapping[str, Token], value: object) -> Token:
    """Return the token of that value. Raises InputError, which does not repeat it."""
    if not isinstance(value, str) or value not in tokens:
        raise InputError(
            t("その token はありません。", "there is no such token."),
            t(
                "起動時に表示されたものか、tokens で作ったものを指定してください。",
                "give the one printed at start, or one made here.",
            ),
        )
    return tokens[value]


def parse_token(fields: dict[str, object], *, user: str, made_at: int) -> Token:
    """Parse a token: `user`, `scopes`, `categories`, `member`, `legacy`. Raises InputError."""
    known = {"user", "scopes", "categories", "member", "legacy"}
    if others := fields.keys() - known:
        raise unknown(min(others), sorted(known), "token の項目", "token field ")
    legacy = fields.get("legacy") is True
    scopes = _strings(fields, "scopes") or (("read", "write") if legacy else ALL_SCOPES)
    choices = ("read", "write", *ALL_SCOPES)
    for scope in scopes:
        if scope not in choices:
            raise unknown(scope, choices, "scope", "scope ")
    return Token(
        value=new_token_value(legacy=legacy),
        user=str(fields.get("user", user)),
        scopes=scopes,
        categories=_strings(fields, "categories"),
        member=fields.get("member") is not False,
        made_at=made_at,
    )


def _strings(fields: dict[str, object], name: str) -> tuple[str, ...] | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise unusable(value, name, name, t('例: ["運用", "不具合共有"]', 'example: ["ops", "incidents"]'))
    return tuple(value)
