"""A time of day in the team's zone, as systemd, cron and GitHub write it. Pure: when it is written is an argument."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from shlex import join, quote
from zoneinfo import ZoneInfo

from kb.deploy.files import sign_text
from kb.errors import UsageError
from kb.files import asset_path
from kb.settings.kb_toml import Settings, SlackSettings
from kb.settings.workspace import Workspace
from kb.text.lang import t

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class ScheduledTime:
    """An hour and minute of every day, or of one day of the week (0: Monday)."""

    hour: int
    minute: int
    day: int | None = None


DAILY = ScheduledTime(5, 30)
WEEKLY = ScheduledTime(8, 30, day=0)


def systemd_calendar(when: ScheduledTime, zone: str) -> str:
    """As systemd writes it, with the zone's name: it knows of summer time."""
    day = "" if when.day is None else f"{_DAYS[when.day]} "
    return f"{day}*-*-* {when.hour:02}:{when.minute:02}:00 {zone}"


def cron_fields(when: ScheduledTime, zone: str, there: tzinfo, now: datetime) -> str:
    """The five fields of cron on a machine of another zone, by the offsets that hold at the next such hour."""
    here = ZoneInfo(zone)
    first = now.astimezone(here).replace(hour=when.hour, minute=when.minute, second=0, microsecond=0)
    if when.day is not None:
        first += timedelta(days=(when.day - first.weekday()) % 7)
    moved = first.astimezone(there)
    day = "*" if when.day is None else str((moved.weekday() + 1) % 7)
    return f"{moved.minute} {moved.hour} * * {day}"


def is_offset_changing(zone: str, there: tzinfo, now: datetime) -> bool:
    """Whether the two zones differ by another time in summer than in winter."""
    here = ZoneInfo(zone)
    days = [datetime(now.year, month, 15, 12, tzinfo=here) for month in range(1, 13)]
    return len({day.astimezone(there).replace(tzinfo=None) - day.replace(tzinfo=None) for day in days}) > 1


# Templates of units and workflows, whose own braces (`${{ … }}`) are not Jinja's: values stand in `<%= … %>`.


def render_template(name: str, values: Mapping[str, object]) -> str:
    """A template below templates/ with its values. Raises jinja2.UndefinedError for one that is missing."""
    import jinja2

    path = asset_path(f"templates/{name}")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent),
        undefined=jinja2.StrictUndefined,
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
    environment.filters["yaml"] = _yaml
    return environment.get_template(path.name).render(values)


def _yaml(value: object) -> str:
    """A value as YAML: a JSON string is one."""
    return json.dumps(value, ensure_ascii=False)


# kb on a host: user units of systemd, and a crontab. Pure but for where this Python stands.


UNITS = ("kb-daily.service", "kb-daily.timer", "kb-weekly.service", "kb-weekly.timer")
CRONTAB = "kb.crontab"

_DAILY = '"$@" sync; code=$?; "$@" lint --exit-zero || code=$?; exit "$code"'
_QUIET = """q() { o=$("$@" 2>&1 >/dev/null) || printf '%s\\n' "$o"; }"""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class HostSetup:
    """What the files of a host depend on: kb's own command, its kb.toml, the zones, and the report's words."""

    kb: tuple[str, ...]
    config: Path
    zone: str
    team: str
    report: tuple[str, ...]

    @property
    def variables(self) -> str:
        """Where the tokens may stand, below the home folder."""
        return f".config/kb/{self.team or 'kb'}.env"

    @property
    def words(self) -> list[str]:
        """The beginning of every call."""
        return [*self.kb, "--config", str(self.config)]


def read_host(workspace: Workspace, config: Path) -> HostSetup:
    """The host this runs on. Raises UsageError for a path that no unit can hold."""
    settings = workspace.settings
    host = HostSetup(
        kb_command(),
        config.absolute(),
        settings.timezone,
        settings.esa.team if settings.esa else "",
        report_words(workspace),
    )
    for word in host.words:
        if _CONTROL.search(word):
            raise UsageError(
                t("フォルダーの名前に制御文字があるので、書けません。", "a folder's name holds control characters."),
                t("別のフォルダーに移してください。", "use another folder."),
            )
    return host


def kb_command() -> tuple[str, ...]:
    """How this kb is called, whatever the PATH is."""
    script = Path(sys.executable).with_name("kb")
    return (str(script),) if script.is_file() else (sys.executable, "-m", "kb")


def report_words(workspace: Workspace) -> tuple[str, ...]:
    """The words of the weekly report: where kb.toml says it goes (to esa where it does not), and whom it tells."""
    settings = workspace.settings
    ticket = settings.report.redmine_ticket or settings.esa is None
    to = "redmine" if ticket and not settings.report.esa_post else "esa"
    return ("report", "--publish", to, *(("--notify", "slack") if has_slack_channel(settings) else ()), "--yes")


def has_slack_channel(settings: Settings) -> bool:
    """Whether kb.toml names a channel of Slack."""
    return settings.slack != SlackSettings()


def is_unpublished(settings: Settings) -> bool:
    """Whether kb.toml does not say yet where the report is published."""
    return not (settings.report.esa_post or settings.report.redmine_ticket)


def render_units(host: HostSetup) -> dict[str, str]:
    """The four units, by name."""
    values = {
        "team": host.team or "kb",
        "folder": _specifiers(str(host.config.parent)),
        "variables": _specifiers(host.variables),
        "daily": _unit(["/bin/sh", "-c", _DAILY, "kb-daily", *host.words]),
        "weekly": _unit([*host.words, *host.report]),
        "daily_at": systemd_calendar(DAILY, host.zone),
        "weekly_at": systemd_calendar(WEEKLY, host.zone),
    }
    return {name: sign_text("--systemd", render_template(f"deploy/{name}.jinja", values)) for name in UNITS}


def render_crontab(host: HostSetup, there: tzinfo, now: datetime) -> dict[str, str]:
    """The crontab, by name; `there` is the zone cron counts in on this machine."""
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


def _unit(words: list[str]) -> str:
    """A command line of a unit: quoted, with neither specifiers nor variables of systemd's own."""
    return " ".join(
        '"' + _specifiers(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$") + '"' for word in words
    )


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")


def _cron(line: str) -> str:
    """A command as a crontab holds it: an unescaped % would end it."""
    return line.replace("%", "\\%")
