"""One edit by another person, ordered by a control request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from kb.sandbox.core import refusals
from kb.sandbox.esa.api import notices
from kb.sandbox.esa.state import derive
from kb.sandbox.esa.state.records import EsaComment, EsaPost
from kb.sandbox.esa.state.team import EsaTeam
from kb.text.lang import t

Fields = Mapping[str, object]

TEAM = "sandbox"
"""The team's name in webhooks when no request named it."""


@dataclass(frozen=True, slots=True)
class EsaEdit:
    """One edit: by whom, of which post, comment or person, and what."""

    team: EsaTeam
    by: str
    quiet: bool
    target: object
    fields: Fields

    def post(self) -> EsaPost:
        """Return the post `number` names. Raises InputError."""
        post = self.team.posts.get(self.target) if type(self.target) is int else None
        if post is None:
            unusable("number", self.target)
        return post

    def comment(self) -> EsaComment:
        """Return the comment `id` names. Raises InputError."""
        comment = self.team.comments.get(self.target) if type(self.target) is int else None
        if comment is None:
            unusable("id", self.target)
        return comment

    def tell(self, kind: str, post: EsaPost, comment: EsaComment | None = None) -> None:
        """Call the webhook, unless the edit is quiet."""
        if not self.quiet:
            notices.call_webhook(self.team, TEAM, kind, self.by, post, comment)

    def text(self, name: str) -> str:
        """Return a required text field. Raises InputError."""
        value = self.fields.get(name)
        if not isinstance(value, str):
            unusable(f"fields.{name}", value)
        return value

    def time(self, name: str, default: int) -> int:
        """Return an optional ISO time field. Raises InputError."""
        if name not in self.fields:
            return default
        try:
            return derive.epoch(self.text(name))
        except ValueError:
            unusable(f"fields.{name}", self.fields[name])


def unusable(name: str, value: object) -> NoReturn:
    """Raise the InputError for a value that makes no sense there."""
    raise refusals.unusable(
        value, name, name, t("docs/sandbox.md の例と比べてください。", "compare with the examples in docs/sandbox.md.")
    )
