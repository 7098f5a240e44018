"""Write a kb.toml from what a team answered, and what its categories propose."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path

from kb.errors import ConfigError, os_reason
from kb.files import load_template
from kb.model.host_names import LearntHosts
from kb.reading.pages.category_tree import SettingsProposal
from kb.settings.kb_toml import IncidentSettings
from kb.settings.toml import format_key, format_toml
from kb.settings.workspace import parse_settings, source_tables
from kb.text.display import sanitize
from kb.text.lang import t

ALLOW_HTTP = "redmine.allow_http"
"""The answer that a Redmine may be reached without encryption, where it was given."""

_FILTERS: dict[str, Callable[[str], str]] = {"toml": format_toml, "key": format_key}
_NAMES_MOST = 200
_UNSURE_MOST = 8


def render_config(answers: Mapping[str, str], proposal: SettingsProposal) -> str:
    """Return the text of kb.toml. `answers` set up the sources, by name."""
    template = load_template("templates/kb.toml.jinja", _FILTERS, keep_trailing_newline=True)
    return template.render(
        say=_say,
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
        hosts=_shown_hosts(proposal.hosts),
    )


def render_hosts(hosts: LearntHosts) -> str:
    """Return the table `[hosts]` of kb.toml alone."""
    template = load_template("templates/hosts.toml.jinja", _FILTERS, keep_trailing_newline=True)
    return template.render(say=_say, hosts=_shown_hosts(hosts))


def _say(ja: str, en: str) -> str:
    """Return a comment of a template in the language in use."""
    return str(t(ja, en))


def _shown_hosts(hosts: LearntHosts) -> LearntHosts:
    """Return what is written; the rest would make kb.toml a list of hosts."""
    return replace(
        hosts,
        listed=hosts.listed[:_NAMES_MOST],
        aliases=hosts.aliases[:_NAMES_MOST],
        unsure=hosts.unsure[:_UNSURE_MOST],
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
            t(
                f"{target} を書けません（{os_reason(error).ja}）。",
                f"{target} cannot be written ({os_reason(error).en}).",
            ),
            t("フォルダーの権限を確かめてください。", "check the folder's permissions."),
        ) from None
    finally:
        partial.unlink(missing_ok=True)
