"""`kb doctor`: check each thing kb depends on, with a sign, a fact and a remedy."""

from __future__ import annotations

import importlib.util
import os
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.registry import command, option
from kb.console.terminal import paint, terminal_width
from kb.errors import Exit, KbError, UsageError
from kb.model.health import CheckStatus, HealthCheck, failed_check, note_check, ok_check
from kb.settings.workspace import Workspace, open_workspace
from kb.text.display import sanitize, wrap
from kb.text.lang import t

if TYPE_CHECKING:
    import subprocess

    from kb.settings.secret_key import SecretKey

_COUNTED = {
    CheckStatus.OK: t("{} 件は問題なし", "{} fine"),
    CheckStatus.NOTE: t("{} 件は確認を", "{} to look at"),
    CheckStatus.FAULT: t("{} 件は動きません", "{} not working"),
}
_COLOUR = {CheckStatus.OK: "green", CheckStatus.NOTE: "yellow", CheckStatus.FAULT: "red"}


@command(
    "doctor",
    t("設定・鍵・置き場所を調べる", "check settings, keys and the store"),
    example="kb doctor\nkb doctor --handover",
)
def doctor(
    handover: Annotated[
        bool,
        option(
            "--handover", t("kb そのものを引き継ぐための一覧", "what kb itself depends on, for whoever takes it over")
        ),
    ] = False,
    as_json: Annotated[bool, option("--json", t("--handover を JSON で出力する", "print --handover as JSON"))] = False,
) -> None:
    """Look at everything and print it. Exit 0 unless something does not work."""
    if handover:
        from kb.reports.handover import operations_text

        operations_text.print_operations(as_json=as_json)
        return
    if as_json:
        raise UsageError(
            t("--json は --handover と一緒に使います。", "--json goes with --handover."),
            t("例: kb doctor --handover --json", "example: kb doctor --handover --json"),
        )
    codes: list[Exit] = []
    counts = dict.fromkeys(CheckStatus, 0)
    for check in _checks():
        counts[check.sign] += 1
        print(f"{paint(check.sign.value, _COLOUR[check.sign])} {sanitize(str(check.fact))}")
        if check.remedy:
            print("\n".join(_remedy(sanitize(str(check.remedy)))))
        if check.fault:
            codes.append(Exit(check.fault.exit_code))
    told = [str(_COUNTED[sign]).format(counts[sign]) for sign in CheckStatus if counts[sign]]
    print(f"{str(t('、', ', ')).join(told)}{t('。', '.')}")
    raise typer.Exit(Exit.worst(*codes))


def _remedy(text: str) -> Iterator[str]:
    """The next step below its fact, cut where the terminal ends; whole where there is none."""
    lines = wrap(text, terminal_width() - 6) if sys.stdout.isatty() else [text]
    for number, line in enumerate(lines):
        yield f"    {' ' if number else '→'} {line}"


def _checks() -> Iterator[HealthCheck]:
    yield ok_check(t(f"Python {sys.version.split()[0]}", f"Python {sys.version.split()[0]}"))
    yield from _engine()
    try:
        workspace = open_workspace()
    except KbError as error:
        yield failed_check(error)
        return
    yield ok_check(t(f"kb.toml: {workspace.root}", f"kb.toml: {workspace.root}"))
    yield from _store(workspace)
    yield from _key_checks(workspace)
    yield from _owners(workspace)
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


def _store(workspace: Workspace) -> Iterator[HealthCheck]:
    from kb.mirror.health import check_store

    yield from check_store(workspace)


def _key_checks(workspace: Workspace) -> Iterator[HealthCheck]:

    yield from check_key(workspace)
    yield from check_git(workspace)


def _owners(workspace: Workspace) -> Iterator[HealthCheck]:
    from kb.lint.people.owners import check_owners

    yield from check_owners(workspace)


def _remote(workspace: Workspace) -> Iterator[HealthCheck]:
    from kb.sources.registry import configured_sources, source_kinds

    cache = workspace.cache if workspace.private.exists() else None  # looking must not make the folder
    for kind in source_kinds():
        yield from kind.check_environment()
    for source in configured_sources(workspace.settings):
        yield from source.check_health(workspace, cache, _now)


def _now() -> datetime:
    return datetime.now(UTC)


_GIT_WAIT_S = 10


def check_key(workspace: Workspace) -> Iterator[HealthCheck]:
    """Which key there is, where it comes from, and whether the team's files know it. Makes none."""
    from kb.lint.upkeep import describe_foreign_entries
    from kb.lint.waivers.set_aside import SetAsideMarker
    from kb.settings.secret_key import KEY_VARIABLE, load_key, read_key

    try:
        key = load_key(workspace, make=False)
        file = read_key(workspace.key)
    except KbError as error:
        yield failed_check(error)
        return
    yield _describe_key(workspace, key, file)
    try:
        aside = SetAsideMarker(workspace, None, datetime.now(UTC).date())
    except KbError as error:
        yield failed_check(error)
        return
    for path, theirs, count in aside.foreign_entries(key.id if key is not None else ""):
        yield note_check(
            describe_foreign_entries(
                sanitize(path.name), sanitize(theirs)[:20], count, key.id if key is not None else ""
            ),
            t(
                f"kb key import でその鍵を入れてください。CI なら環境変数 {KEY_VARIABLE} に。",
                f"bring that key in with kb key import; in CI, put it into {KEY_VARIABLE}.",
            ),
        )


def _describe_key(workspace: Workspace, key: SecretKey | None, file: SecretKey | None) -> HealthCheck:
    from kb.settings.secret_key import KEY_VARIABLE

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
    """Whether git would take `.kb/` along, or has; nothing where there is no git tree or no `.kb/`."""
    root = workspace.root.resolve()
    if not workspace.private.exists() or not any((each / ".git").exists() for each in (root, *root.parents)):
        return
    tracked = _git(root, "ls-files", "-z", "--", ".kb")
    count = tracked.stdout.count(b"\0") if tracked is not None else 0
    if count:
        yield note_check(
            t(f".kb/ のファイル {count} 個が git に入っています。", f"{count} of the files in .kb/ are in git."),
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
    """Whether git leaves the mirror and the key alone; where git cannot tell, whether kb's own .gitignore stands."""
    asked = _git(root, "check-ignore", "-q", ".kb/mirror.db")
    if asked is not None and asked.returncode in (0, 1):
        return asked.returncode == 0
    try:
        return "*" in (private / ".gitignore").read_text("utf-8", errors="replace").split()
    except OSError:
        return False


def _git(root: Path, *words: str) -> subprocess.CompletedProcess[bytes] | None:
    """Return git's output in a folder, None without git or after a timeout. Runs no hook of the tree."""
    import subprocess

    argv = ["git", "-c", "core.fsmonitor=false", *words]
    try:
        return subprocess.run(argv, cwd=root, capture_output=True, stdin=subprocess.DEVNULL, timeout=_GIT_WAIT_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
