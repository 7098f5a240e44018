"""The schedules by which this kb runs, as far as this account can see them: units of systemd, crontab, workflows."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kb.secrets.shown import shown_text

_WAIT_S = 10
_LARGEST = 1 << 18
_RUNS = re.compile(r"\b(?:sync|lint|report|state (?:ex|im)port|review)\b")
_KB = re.compile(r"(?:^|[\s/\"'])kb(?:[\s\"']|$)|-m[\s\"']+kb\b")


@dataclass(frozen=True, slots=True)
class Schedule:
    """One: what keeps it (`systemd`, `cron`, `github`), its name, when it runs, whether it is on (None: not known)."""

    kind: str
    name: str
    when: str
    where: str
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """The schedules that were found, and what could not be looked at."""

    found: tuple[Schedule, ...]
    unseen: tuple[str, ...]


def schedules(root: Path, home: Path) -> Looked:
    """All schedules of kb. Changes nothing, and asks nobody but this machine."""
    cron, seen = _crontab()
    found = (*_systemd(home), *cron, *_github(root))
    return Looked(found, () if seen else ("crontab -l",))


def _systemd(home: Path) -> Iterator[Schedule]:
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    folders = (config / "systemd" / "user", Path("/etc/systemd/user"), Path("/etc/systemd/system"))
    for folder in folders:
        for timer in sorted(folder.glob("*.timer")):
            service = timer.with_suffix(".service")
            if not _is_kb(_text(service)):
                continue
            when = re.findall(r"^OnCalendar=(.+)$", _text(timer), re.M)
            words = ["systemctl", *(["--user"] if folder.name == "user" else []), "is-active", timer.name]
            told = _said(words)
            active = told.strip() == "active" if told is not None and told.strip() in ("active", "inactive") else None
            yield Schedule("systemd", timer.name, _shown("; ".join(when)), str(timer), active)


def _crontab() -> tuple[tuple[Schedule, ...], bool]:
    """The lines of the crontab that run kb, and whether there is one that could be read."""
    told = _said(["crontab", "-l"])
    if told is None:
        return (), False
    found = []
    for line in told.splitlines():
        parts = line.split(None, 1 if line.startswith("@") else 5)
        if not line.startswith("#") and len(parts) > 1 and _is_kb(parts[-1]):
            runs = sorted(set(_RUNS.findall(parts[-1])))
            found.append(Schedule("cron", f"kb {'・'.join(runs)}", _shown(" ".join(parts[:-1])), "crontab -l", True))
    return tuple(found), True


def _github(root: Path) -> Iterator[Schedule]:
    absolute = root.absolute()
    top = next((each for each in (absolute, *absolute.parents) if (each / ".git").exists()), absolute)
    for path in sorted((top / ".github" / "workflows").glob("*.y*ml")):
        text = _text(path)
        if not _is_kb("\n".join(re.findall(r"\bkb (?:sync|lint|report|review|state)\b", text))):
            continue
        hours = re.findall(r"^\s*- cron: *[\"']?([^\"'\n]+)", text, re.M)
        when = [f"{each} UTC" for each in hours] or re.findall(r"^  (pull_request):", text, re.M)
        yield Schedule("github", path.name, _shown("; ".join(when)), str(path))


def _is_kb(text: str) -> bool:
    return bool(_KB.search(text) and _RUNS.search(text))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""


def _said(words: list[str]) -> str | None:
    """What a program of this machine says; None where there is none, it takes too long, or refuses."""
    try:
        done = subprocess.run(
            words, capture_output=True, stdin=subprocess.DEVNULL, timeout=_WAIT_S, text=True, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    no_table = words[0] == "crontab" and "no crontab" in done.stderr
    return done.stdout if done.returncode == 0 or done.stdout or no_table else None


def _shown(text: str) -> str:
    return shown_text(text)[:200]
