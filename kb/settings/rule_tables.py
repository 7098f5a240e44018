"""The tables of a team's own rules: `[[lint.rule]]` of kb.toml, and `[[rule]]` of `kb_rules/*.toml`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """One rule. It reports each line of the body (or the title, or the category) that its words or pattern match.

    `pages` limits it to incident pages. `why`, `bad` and `good` are what `kb explain` says.
    """

    code: str = field(metadata={"example": '"ACME001"'})
    name: str = field(metadata={"example": '"old-host-name"'})
    message: str = field(metadata={"example": '"旧ホスト名です。新しい名前に直してください。"'})
    message_en: str = field(default="", metadata={"example": '"An old host name: use the new one."'})
    words: tuple[str, ...] = field(default=(), metadata={"example": '["oldhost", "旧本番"]'})
    pattern: str = field(default="", metadata={"example": "'web[0-9]{2}-old'"})
    where: str = field(default="body", metadata={"example": '"title"', "choices": ("body", "title", "category")})
    pages: str = field(default="any", metadata={"example": '"incident"', "choices": ("any", "incident")})
    not_in_code: bool = field(default=True, metadata={"example": "false"})
    severity: str = field(default="warning", metadata={"example": '"error"', "choices": ("info", "warning", "error")})
    on: bool = field(default=True, metadata={"example": "false"})
    why: str = field(default="", metadata={"example": '"旧ホストは 3 月に止まります。"'})
    bad: str = field(default="", metadata={"example": '"oldhost で再起動した。"'})
    good: str = field(default="", metadata={"example": '"web-prd-api-01 で再起動した。"'})


@dataclass(frozen=True, slots=True)
class RulesFile:
    """One `kb_rules/*.toml`: the same tables, named `[[rule]]`."""

    rule: tuple[RuleSettings, ...] = ()
