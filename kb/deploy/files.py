"""Write files people may change, unless they did; find the schedules that run kb.

The first line says what wrote the file and holds a hash of the rest. If the hash differs, someone edited the
file and it is theirs.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from kb.console.run_program import read_output
from kb.errors import RefusedError, UsageError
from kb.files import replace_file, store_error
from kb.secrets.mask_document import mask_text
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_HEAD = compile_lazy(r"# kb init (--[a-z]+) が書きました。[^\n]*（印 ([0-9a-f]{16})）")
_LARGEST = 1 << 20


class FileStatus(Enum):
    """How a file compares with what would be written."""

    NONE = "none"
    SAME = "same"
    OURS = "ours"  # as an earlier kb, or other settings, wrote it
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file and its former status."""

    path: Path
    before: FileStatus


def sign_text(flag: str, text: str) -> str:
    """Return the text below a signed first line; the same text gives the same file."""
    return f"# kb init {flag} が書きました。書き換えたら、次からは上書きしません（印 {_mark(text)}）\n{text}"


def write_files(folder: Path, files: dict[str, str]) -> list[WrittenFile]:
    """Write files into a folder, all or none. Raises RefusedError for edited ones, StoreError."""
    found = [WrittenFile(folder / name, _file_status(folder / name, text)) for name, text in files.items()]
    if edited := [each.path for each in found if each.before is FileStatus.EDITED]:
        names = "、".join(str(path) for path in edited)
        raise RefusedError(
            t(f"手で書き換えられているので、上書きしません: {names}", f"edited by hand, not overwritten: {names}"),
            t(
                "そのまま使えます。作り直すなら別の名前に移すか、--out で別のフォルダーを指定してください。",
                "use it as it is; to write it again, move it away, or name another folder with --out.",
            ),
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each, text in zip(found, files.values(), strict=True):
            if each.before is not FileStatus.SAME:
                replace_file(each.path, text.encode())
    except (NotADirectoryError, FileExistsError):
        raise _no_folder(folder) from None
    except OSError as error:
        raise store_error(error, folder) from None
    return found


def _file_status(path: Path, text: str) -> FileStatus:
    try:
        with path.open("rb") as file:
            there = file.read(_LARGEST).decode("utf-8", "replace")
    except FileNotFoundError:
        return FileStatus.EDITED if path.is_symlink() else FileStatus.NONE  # a dead link is not kb's
    except NotADirectoryError:
        raise _no_folder(path.parent) from None
    except OSError:
        return FileStatus.EDITED
    if there == text:
        return FileStatus.SAME
    first, _, rest = there.partition("\n")
    head = _HEAD.fullmatch(first)
    return FileStatus.OURS if head and head[2] == _mark(rest) and not path.is_symlink() else FileStatus.EDITED


def _mark(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _no_folder(folder: Path) -> UsageError:
    return UsageError(
        t(f"{folder} はフォルダーではありません。", f"{folder} is not a folder."),
        t("--out でフォルダーを指定してください。", "name a folder with --out."),
    )


_WAIT_S = 10
_MAX_SCHEDULE_BYTES = 1 << 18
_RUNS = compile_lazy(r"\b(?:sync|lint|report|state (?:ex|im)port|review)\b")
_KB = compile_lazy(r"(?:^|[\s/\"'])kb(?:[\s\"']|$)|-m[\s\"']+kb\b")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule: its keeper (`systemd`, `cron`, `github`), name, times, and whether it is on (None: unknown)."""

    kind: str
    name: str
    when: str
    where: str
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class FoundSchedules:
    """The schedules found, and what could not be checked."""

    found: tuple[Schedule, ...]
    unseen: tuple[str, ...]


def find_schedules(root: Path, home: Path) -> FoundSchedules:
    """Return all schedules of kb on this machine."""
    cron, seen = _crontab()
    found = (*_systemd(home), *cron, *_github(root))
    return FoundSchedules(found, () if seen else ("crontab -l",))


def _systemd(home: Path) -> Iterator[Schedule]:
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    folders = (config / "systemd" / "user", Path("/etc/systemd/user"), Path("/etc/systemd/system"))
    for timer in (timer for folder in folders for timer in sorted(folder.glob("*.timer"))):
        if not _is_kb(_text(timer.with_suffix(".service"))):
            continue
        when = re.findall(r"^OnCalendar=(.+)$", _text(timer), re.M)
        user = ["--user"] if timer.parent.name == "user" else []
        state = (_ask(["systemctl", *user, "is-active", timer.name]) or "").strip()
        active = {"active": True, "inactive": False}.get(state)
        yield Schedule("systemd", timer.name, _shown("; ".join(when)), str(timer), active)


def _crontab() -> tuple[tuple[Schedule, ...], bool]:
    """Return the crontab's lines that run kb, and whether it could be read."""
    output = _ask(["crontab", "-l"])
    if output is None:
        return (), False
    found = []
    for line in output.splitlines():
        parts = line.split(None, 1 if line.startswith("@") else 5)
        if not line.startswith("#") and len(parts) > 1 and _is_kb(parts[-1]):
            runs = sorted(set(_RUNS.findall(parts[-1])))
            found.append(Schedule("cron", f"kb {'・'.join(runs)}", _shown(" ".join(parts[:-1])), "crontab -l", True))
    return tuple(found), True


def _github(root: Path) -> Iterator[Schedule]:
    for path in sorted((find_repository(root) / ".github" / "workflows").glob("*.y*ml")):
        text = _text(path)
        if not _is_kb("\n".join(re.findall(r"\bkb (?:sync|lint|report|review|state)\b", text))):
            continue
        hours = re.findall(r"^\s*- cron: *[\"']?([^\"'\n]+)", text, re.M)
        when = [f"{each} UTC" for each in hours] or re.findall(r"^  (pull_request):", text, re.M)
        yield Schedule("github", path.name, _shown("; ".join(when)), str(path))


def find_repository(folder: Path) -> Path:
    """Return the git repository of a folder, else the folder."""
    absolute = folder.absolute()
    return next((each for each in (absolute, *absolute.parents) if (each / ".git").exists()), absolute)


def _is_kb(text: str) -> bool:
    return bool(_KB.search(text) and _RUNS.search(text))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_SCHEDULE_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _ask(words: list[str]) -> str | None:
    """Return a program's output; None if it is missing, slow or fails."""
    done = read_output(words, timeout_s=_WAIT_S)
    if done is None:
        return None
    no_table = words[0] == "crontab" and "no crontab" in done.stderr
    return done.stdout if done.returncode == 0 or done.stdout or no_table else None


def _shown(text: str) -> str:
    return mask_text(text)[:200]
