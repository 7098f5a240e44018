"""Write a kb.toml from what a team answered, and what its categories propose."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from kb.errors import ConfigError
from kb.files import load_template
from kb.reading.pages.category_tree import SettingsProposal
from kb.settings.kb_toml import IncidentSettings
from kb.settings.toml import format_toml
from kb.settings.workspace import parse_settings, source_tables
from kb.text.display import sanitize
from kb.text.lang import t

ALLOW_HTTP = "redmine.allow_http"
"""The answer that a Redmine may be reached without encryption, where it was given."""


def render_config(answers: Mapping[str, str], proposal: SettingsProposal) -> str:
    """Return the text of kb.toml. `answers` set up the sources, by name."""
    template = load_template("templates/kb.toml.jinja", {"toml": format_toml}, keep_trailing_newline=True)
    return template.render(
        team=answers.get("esa", ""),
        redmine_url=answers.get("redmine", ""),
        allow_http=ALLOW_HTTP in answers,
        tables=_added_tables(answers),
        timezone="Asia/Tokyo",
        incidents=list(proposal.incidents),
        not_places=list(IncidentSettings().not_places),
        done_place=proposal.done_place,
        done_mark="【完了】",
        personal=list(proposal.personal),
        limited=list(proposal.limited),
        bots=list(proposal.bots),
        guests=list(proposal.guests),
        tickets=proposal.tickets,
        sections=[sanitize(name) for name in proposal.tickets.sections] if proposal.tickets else [],
        host_pattern=proposal.host_pattern,
        host_examples=[sanitize(host) for host in proposal.host_examples],
    )


def _added_tables(answers: Mapping[str, str]) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """Return the tables that sources bring along: name, first key with its value, further keys with examples."""
    found = []
    for name, table in source_tables().items():
        first, *others = fields(table)
        if answer := answers.get(name, ""):
            found.append((name, first.name, answer, [(each.name, each.metadata["example"]) for each in others]))
    return found


def write_config(target: Path, text: str) -> None:
    """Write kb.toml whole or not at all. Raises ConfigError, also when it exists by now."""
    parse_settings(text)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with open(partial, "x", encoding="utf-8") as file:
            file.write(text)
        os.link(partial, target)  # fails when somebody else has made the file meanwhile
    except OSError as error:
        raise ConfigError(
            t(f"{target} を書けません（{error.strerror}）。", f"{target} cannot be written ({error.strerror})."),
            t("フォルダーの権限を確かめてください。", "check the folder's permissions."),
        ) from None
    finally:
        partial.unlink(missing_ok=True)
