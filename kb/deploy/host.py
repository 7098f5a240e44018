"""Render systemd units and a crontab, with times of day in the team's zone."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from shlex import join, quote
from zoneinfo import ZoneInfo

from kb.deploy.files import sign_text
from kb.errors import UsageError
from kb.files import load_template
from kb.settings.kb_toml import Settings
from kb.settings.report_tables import SlackSettings
from kb.settings.workspace import Workspace
from kb.sources.registry import configured_sources
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class ScheduledTime:
    """A time of every day, or of one day of the week (0: Monday)."""

    hour: int
    minute: int
    day: int | None = None


DAILY = ScheduledTime(5, 30)
WEEKLY = ScheduledTime(8, 30, day=0)


def systemd_calendar(when: ScheduledTime, zone: str) -> str:
    """Return the time for systemd, with the zone's name so that summer time works."""
    day = "" if when.day is None else f"{_DAYS[when.day]} "
    return f"{day}*-*-* {when.hour:02}:{when.minute:02}:00 {zone}"


def cron_fields(when: ScheduledTime, zone: str, there: tzinfo, now: datetime) -> str:
    """Return the five cron fields on a machine of another zone, by the offsets at the next such time."""
    here = ZoneInfo(zone)
    first = now.astimezone(here).replace(hour=when.hour, minute=when.minute, second=0, microsecond=0)
    if when.day is not None:
        first += timedelta(days=(when.day - first.weekday()) % 7)
    moved = first.astimezone(there)
    day = "*" if when.day is None else str((moved.weekday() + 1) % 7)
    return f"{moved.minute} {moved.hour} * * {day}"


def is_offset_changing(zone: str, there: tzinfo, now: datetime) -> bool:
    """Return whether the zones' offset differs between summer and winter."""
    here = ZoneInfo(zone)
    days = [datetime(now.year, month, 15, 12, tzinfo=here) for month in range(1, 13)]
    return len({day.astimezone(there).replace(tzinfo=None) - day.replace(tzinfo=None) for day in days}) > 1


# Templates hold `${{ … }}` of their own, so values are written `<%= … %>`.


def render_template(name: str, values: Mapping[str, object]) -> str:
    """Render a template below templates/. Raises jinja2.UndefinedError for a missing value."""
    template = load_template(
        f"templates/{name}",
        {"yaml": partial(json.dumps, ensure_ascii=False)},  # which is valid YAML, too
        keep_trailing_newline=True,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<%=",
        variable_end_string="%>",
        comment_start_string="<%#",
        comment_end_string="%>",
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    return template.render(values)


UNITS = ("kb-daily.service", "kb-daily.timer", "kb-weekly.service", "kb-weekly.timer")
CRONTAB = "kb.crontab"
COLLECT = "collect.sh"

_DAILY = '"$@" sync; code=$?; "$@" lint --exit-zero || code=$?; exit "$code"'
_QUIET = """q() { o=$("$@" 2>&1 >/dev/null) || printf '%s\\n' "$o"; }"""
_CONTROL = compile_lazy(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class HostSetup:
    """What a host's files depend on: kb's command, its kb.toml, zones, and the report's arguments.

    `systems` are those it reads, `variable` the environment variable of the first one's credential.
    """

    kb: tuple[str, ...]
    config: Path
    zone: str
    team: str
    report: tuple[str, ...]
    systems: tuple[str, ...] = ("esa", "Redmine")
    variable: str = "ESA_ACCESS_TOKEN"

    @property
    def variables(self) -> str:
        """Where tokens may be, below the home folder."""
        return f".config/kb/{self.team or 'kb'}.env"

    @property
    def words(self) -> list[str]:
        """The beginning of every command."""
        return [*self.kb, "--config", str(self.config)]


def read_host(workspace: Workspace, config: Path) -> HostSetup:
    """Return this host's setup. Raises UsageError for a path no unit can hold."""
    settings = workspace.settings
    sources = [source for source in configured_sources(settings) if source.variables]
    host = HostSetup(
        kb_command(),
        config.absolute(),
        settings.timezone,
        settings.esa.team if settings.esa else "",
        report_words(workspace),
        tuple(source.system for source in sources),
        sources[0].variables[0].name if sources else "",
    )
    for word in host.words:
        if _CONTROL.search(word):
            raise UsageError(
                t("フォルダーの名前に制御文字があるので、書けません。", "a folder's name holds control characters."),
                t("別のフォルダーに移してください。", "use another folder."),
            )
    return host


def kb_command() -> tuple[str, ...]:
    """Return kb's command, independent of PATH."""
    script = Path(sys.executable).with_name("kb")
    return (str(script),) if script.is_file() else (sys.executable, "-m", "kb")


def report_words(workspace: Workspace) -> tuple[str, ...]:
    """Return the weekly report's arguments: where kb.toml publishes it (default: esa), and whom it notifies."""
    settings = workspace.settings
    ticket = settings.report.redmine_ticket or settings.esa is None
    to = "redmine" if ticket and not settings.report.esa_post else "esa"
    return ("report", "--publish", to, *(("--notify", "slack") if has_slack_channel(settings) else ()), "--yes")


def has_slack_channel(settings: Settings) -> bool:
    return settings.slack != SlackSettings()


def is_unpublished(settings: Settings) -> bool:
    """Return whether kb.toml does not yet say where the report is published."""
    return not (settings.report.esa_post or settings.report.redmine_ticket)


def render_units(host: HostSetup) -> dict[str, str]:
    values = {
        "team": host.team or "kb",
        "systems": " と ".join(host.systems),
        "key": "token_command" if host.team else "key_command",
        "credential": "esa-token" if host.team else "redmine-key",
        "folder": _specifiers(str(host.config.parent)),
        "variables": _specifiers(host.variables),
        "daily": _unit(["/bin/sh", "-c", _DAILY, "kb-daily", *host.words]),
        "weekly": _unit([*host.words, *host.report]),
        "daily_at": systemd_calendar(DAILY, host.zone),
        "weekly_at": systemd_calendar(WEEKLY, host.zone),
    }
    return {name: sign_text("--systemd", render_template(f"deploy/{name}.jinja", values)) for name in UNITS}


def render_crontab(host: HostSetup, there: tzinfo, now: datetime) -> dict[str, str]:
    """Return the crontab by name; `there` is this machine's cron zone."""
    variables = f'"$HOME"/{quote(host.variables)}'
    begin = (
        f"umask 077; cd {quote(str(host.config.parent))} || exit; set -a; [ ! -r {variables} ] || . {variables}; set +a"
    )
    kb = join(host.words)
    values = {
        "zone": host.zone,
        "moves": is_offset_changing(host.zone, there, now),
        "variables": f"~/{host.variables}",
        "daily": _cron(f"{begin}; {_QUIET}; q {kb} sync; q {kb} lint --exit-zero"),
        "weekly": _cron(f"{begin}; {_QUIET}; q {kb} {join(host.report)}"),
        "daily_at": cron_fields(DAILY, host.zone, there, now),
        "weekly_at": cron_fields(WEEKLY, host.zone, there, now),
    }
    return {CRONTAB: sign_text("--cron", render_template(f"deploy/{CRONTAB}.jinja", values))}


def render_collect(host: HostSetup, hosts: Iterable[str], *, zabbix: bool) -> dict[str, str]:
    """Return by name the script that collects all of what runs; `hosts` are those the model names one by one."""
    values = {
        "name": COLLECT,
        "folder": quote(str(host.config.parent)),
        "variables": f'"$HOME"/{quote(host.variables)}',
        "kb": join(host.words),
        "hosts": quote(" ".join(hosts)),
        "zabbix": quote("yes" if zabbix else ""),
    }
    return {COLLECT: sign_text("--collect", render_template(f"deploy/{COLLECT}.jinja", values))}


def _unit(words: list[str]) -> str:
    """Return a unit's command line: quoted, without systemd specifiers or variables."""
    return " ".join(
        '"' + _specifiers(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$") + '"' for word in words
    )


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")


def _cron(line: str) -> str:
    """Return a command for a crontab, with % escaped: it would end the command."""
    return line.replace("%", "\\%")
