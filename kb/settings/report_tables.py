"""The tables of kb.toml for the weekly report: where it goes, and what may explain its figures."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """`[slack]`: the channel `kb report --notify slack` writes to, by a webhook or a bot's token.

    A webhook's address is a secret: it comes from the environment or `webhook_command`. `channel` is for a token.
    """

    webhook_command: str = field(default="", metadata={"example": '"op read op://ops/slack/webhook"'})
    token_command: str = field(default="", metadata={"example": '"op read op://ops/slack/token"'})
    channel: str = field(default="", metadata={"example": '"#ops"'})
    ca_file: str = field(default="", metadata={"example": '"/etc/ssl/certs/company.pem"'})
    proxy: str = field(default="", metadata={"example": '"http://proxy.example.jp:3128"'})


@dataclass(frozen=True, slots=True)
class EventSettings:
    """`[[event]]`: what happened on a day that may explain the figures of the report. Never who.

    A handover: a member left or joined a project.
    """

    date: str = field(metadata={"example": '"2026-08-24"'})
    kind: str = field(
        metadata={"example": '"release"', "choices": ("release", "migration", "handover", "other")},
    )
    label: str = field(default="", metadata={"example": '"管理画面 v3 を公開"'})


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """`[report]`: the post and the ticket `kb report --publish` writes the week into."""

    esa_post: int = field(default=0, metadata={"example": "123"})
    redmine_ticket: int = field(default=0, metadata={"example": "45"})
