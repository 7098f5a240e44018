"""What `kb doctor` checks: each thing kb depends on, with a sign, a fact and a remedy."""

from __future__ import annotations

import importlib.util
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from shlex import quote
from subprocess import CompletedProcess

from kb.clock import lint_time
from kb.console.run_program import read_output
from kb.errors import KbError
from kb.lint.people.owners import check_owners
from kb.lint.people.roster import check_people
from kb.lint.waivers.baseline import Baseline
from kb.lint.waivers.messages import describe_foreign_entries
from kb.lint.waivers.set_aside import SetAsideMarker
from kb.model.health import HealthCheck, failed_check, note_check, ok_check
from kb.reports.store_health import check_store
from kb.settings.secret_key import KEY_VARIABLE, SecretKey, load_key, read_key
from kb.settings.workspace import Workspace, open_workspace
from kb.sources.registry import configured_sources, source_kinds
from kb.text.display import sanitize
from kb.text.lang import t


def check_workspace() -> Iterator[HealthCheck]:
    """Yield a check of each thing kb depends on, from the nearest kb.toml."""
    yield ok_check(t(f"Python {sys.version.split()[0]}", f"Python {sys.version.split()[0]}"))
    yield from _engine()
    try:
        workspace = open_workspace()
    except KbError as error:
        yield failed_check(error)
        return
    yield ok_check(t(f"kb.toml: {workspace.root}", f"kb.toml: {workspace.root}"))
    yield from check_store(workspace)
    yield from check_key(workspace)
    yield from check_git(workspace)
    yield from check_people(workspace)
    yield from check_owners(workspace)
    yield from _remote(workspace)


def _engine() -> Iterator[HealthCheck]:
    if importlib.util.find_spec("hyperscan") is None:
        yield note_check(
            t(
                "hyperscan がないので、点検は標準の正規表現で行います（遅くなります）。",
                "without hyperscan, lint uses plain regular expressions (slower).",
            ),
            t("この機械用の wheel があれば pip install hyperscan", "where there is a wheel: pip install hyperscan"),
        )


def _remote(workspace: Workspace) -> Iterator[HealthCheck]:
    cache = workspace.cache if workspace.private.exists() else None  # looking must not make the folder
    for kind in source_kinds():
        yield from kind.check_environment()
    for source in configured_sources(workspace.settings):
        yield from source.check_health(workspace, cache, _now)


def _now() -> datetime:
    return datetime.now(UTC)


_GIT_WAIT_S = 10


def check_key(workspace: Workspace) -> Iterator[HealthCheck]:
    """Check which key there is, where it comes from, and whether the team's files know it. Makes none."""
    try:
        key = load_key(workspace, make=False)
        file = read_key(workspace.key)
    except KbError as error:
        yield failed_check(error)
        return
    yield _describe_key(workspace, key, file)
    today = lint_time("", workspace.settings.timezone).date()
    try:
        aside = SetAsideMarker(workspace, None, today)
    except KbError as error:
        yield failed_check(error)
        return
    if baselines := [baseline for _, baseline in aside.baselines()]:
        yield _describe_baselines(aside, baselines, today)
    mine = key.id if key is not None else ""
    for path, theirs, count in aside.foreign_entries(mine):
        yield note_check(
            describe_foreign_entries(sanitize(path.name), sanitize(theirs)[:20], count, mine),
            t(
                f"kb key import でその鍵を入れてください。CI なら環境変数 {KEY_VARIABLE} に。",
                f"bring that key in with kb key import; in CI, put it into {KEY_VARIABLE}.",
            ),
        )


def _describe_baselines(aside: SetAsideMarker, baselines: Sequence[Baseline], today: date) -> HealthCheck:
    """Return until when findings are set aside, the team's and private ones, which end together.

    What has no end, or ended, is to be looked at.
    """
    name, count, until = sanitize(aside.path.name), sum(map(len, baselines)), baselines[0].until
    if until and not aside.has_ended:
        days = (date.fromisoformat(until) - today).days
        return ok_check(
            t(
                f"{name}: {count:,} 件を {until} まで出しません（あと {days:,} 日）",
                f"{name}: {count:,} findings are set aside until {until} ({days:,} days to go)",
            )
        )
    longer = t(
        "kb triage で決めるか、kb lint --update-baseline --until 4w で終わりの日を決めてください。",
        "decide on them in kb triage, or give it an end: kb lint --update-baseline --until 4w",
    )
    if until:
        return note_check(
            t(
                f"{name} は {until} に終わり、{count:,} 件をまた出しています。",
                f"{name} ended on {until}: its {count:,} findings are reported again.",
            ),
            longer,
        )
    return note_check(
        t(f"{name} に終わりの日がありません（{count:,} 件）。", f"{name} has no end ({count:,} findings)."), longer
    )


def _describe_key(workspace: Workspace, key: SecretKey | None, file: SecretKey | None) -> HealthCheck:
    if key is None:
        return ok_check(
            t(
                "秘密の照合に使う鍵: まだありません（要るときに作ります。チームの鍵があれば kb key import）",
                "the key that names secrets: none yet (made when needed; if your team has one: kb key import)",
            )
        )
    if os.environ.get(KEY_VARIABLE, "").strip():
        fact = t(
            f"秘密の照合に使う鍵: {key.id}（環境変数 {KEY_VARIABLE}）",
            f"the key that names secrets: {key.id} ({KEY_VARIABLE})",
        )
        if file is None or file.id == key.id:
            return ok_check(fact)
        return note_check(
            t(f"{fact.ja}。.kb/key の {file.id} は使われません。", f"{fact.en}; .kb/key holds {file.id}, not used."),
            t(
                f"どちらかが別のチームのものかもしれません。{KEY_VARIABLE} を確かめてください。",
                f"one of them may be another team's: check {KEY_VARIABLE}.",
            ),
        )
    mode = stat.S_IMODE(workspace.key.stat().st_mode)
    return ok_check(
        t(f"秘密の照合に使う鍵: {key.id}（.kb/key、{mode:04o}）",
          f"the key that names secrets: {key.id} (.kb/key, {mode:04o})")
    )  # fmt: skip


def check_git(workspace: Workspace) -> Iterator[HealthCheck]:
    """Check whether git tracks `.kb/` or would; nothing outside a git tree or without `.kb/`."""
    root = workspace.root.resolve()
    if not workspace.private.exists() or not any((each / ".git").exists() for each in (root, *root.parents)):
        return
    tracked = _git(root, "ls-files", "-z", "--", ".kb")
    count = tracked.stdout.count("\0") if tracked is not None else 0
    if count:
        yield note_check(
            t(f".kb/ のファイル {count:,} 個が git に入っています。", f"{count:,} of the files in .kb/ are in git."),
            t(
                "git rm -r --cached .kb で外してください。push したものには本文と鍵が残るので、書かれた秘密は変更を。",
                "take them out with git rm -r --cached .kb; what was pushed keeps texts and key: change the secrets.",
            ),
        )
    elif not _ignored(root, workspace.private):
        mend = f"echo '*' > {quote(str(workspace.private / '.gitignore'))}"
        yield note_check(
            t(
                f"{root} は git の中にあり、.kb/ が無視されていません。",
                f"{root} is in a git tree that takes .kb/ along.",
            ),
            t(mend, mend),
        )
    else:
        yield ok_check(t(".kb/ は git に入りません", ".kb/ stays out of git"))


def _ignored(root: Path, private: Path) -> bool:
    """Return whether git ignores mirror and key; if git cannot tell, whether kb's own .gitignore is there."""
    asked = _git(root, "check-ignore", "-q", ".kb/mirror.db")
    if asked is not None and asked.returncode in (0, 1):
        return asked.returncode == 0
    try:
        return "*" in (private / ".gitignore").read_text("utf-8", errors="replace").split()
    except OSError:
        return False


def _git(root: Path, *words: str) -> CompletedProcess[str] | None:
    """Return git's output in a folder, None without git or after a timeout. Runs no hook of the tree."""
    return read_output(["git", "-c", "core.fsmonitor=false", *words], folder=root, timeout_s=_GIT_WAIT_S)
