"""The key that names secrets, and whether `.kb/` stays out of git: checks of `kb doctor`."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

from kb.commands.lint_keys import strange_words
from kb.config import Workspace
from kb.console import safe
from kb.errors import KbError
from kb.health import Check, fault, note, ok
from kb.lang import t
from kb.lint.setaside import SetAside
from kb.secret_key import VARIABLE, Key, key_for, read

_GIT_WAIT_S = 10


def check_key(workspace: Workspace) -> Iterator[Check]:
    """Which key there is, where it comes from, and whether the team's files know it. Makes none."""
    try:
        key = key_for(workspace, make=False)
        file = read(workspace.key)
    except KbError as error:
        yield fault(error)
        return
    yield _key(workspace, key, file)
    try:
        aside = SetAside(workspace, None, datetime.now(UTC).date())
    except KbError as error:
        yield fault(error)
        return
    for path, theirs, count in aside.strange(key.id if key is not None else ""):
        yield note(
            strange_words(safe(path.name), safe(theirs)[:20], count, key.id if key is not None else ""),
            t(
                f"kb key import でその鍵を入れてください。CI なら環境変数 {VARIABLE} に。",
                f"bring that key in with kb key import; in CI, put it into {VARIABLE}.",
            ),
        )


def _key(workspace: Workspace, key: Key | None, file: Key | None) -> Check:
    if key is None:
        return ok(
            t(
                "秘密の照合に使う鍵: まだありません（要るときに作ります。チームの鍵があれば kb key import）",
                "the key that names secrets: none yet (made when needed; if your team has one: kb key import)",
            )
        )
    if os.environ.get(VARIABLE, "").strip():
        fact = t(
            f"秘密の照合に使う鍵: {key.id}（環境変数 {VARIABLE}）",
            f"the key that names secrets: {key.id} ({VARIABLE})",
        )
        if file is None or file.id == key.id:
            return ok(fact)
        return note(
            t(f"{fact.ja}。.kb/key の {file.id} は使われません。", f"{fact.en}; .kb/key holds {file.id}, not used."),
            t(
                f"どちらかが別のチームのものかもしれません。{VARIABLE} を確かめてください。",
                f"one of them may be another team's: check {VARIABLE}.",
            ),
        )
    mode = stat.S_IMODE(workspace.key.stat().st_mode)
    return ok(
        t(f"秘密の照合に使う鍵: {key.id}（.kb/key、{mode:04o}）",
          f"the key that names secrets: {key.id} (.kb/key, {mode:04o})")
    )  # fmt: skip


def check_git(workspace: Workspace) -> Iterator[Check]:
    """Whether git would take `.kb/` along, or has; nothing where there is no git tree or no `.kb/`."""
    root = workspace.root.resolve()
    if not workspace.private.exists() or not any((each / ".git").exists() for each in (root, *root.parents)):
        return
    tracked = _git(root, "ls-files", "-z", "--", ".kb")
    count = tracked.stdout.count(b"\0") if tracked is not None else 0
    if count:
        yield note(
            t(f".kb/ のファイル {count} 個が git に入っています。", f"{count} of the files in .kb/ are in git."),
            t(
                "git rm -r --cached .kb で外してください。push したものには本文と鍵が残るので、書かれた秘密は変更を。",
                "take them out with git rm -r --cached .kb; what was pushed keeps texts and key: change the secrets.",
            ),
        )
    elif not _ignored(root, workspace.private):
        mend = f"echo '*' > {quote(str(workspace.private / '.gitignore'))}"
        yield note(
            t(
                f"{root} は git の中にあり、.kb/ が無視されていません。",
                f"{root} is in a git tree that takes .kb/ along.",
            ),
            t(mend, mend),
        )
    else:
        yield ok(t(".kb/ は git に入りません", ".kb/ stays out of git"))


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
    """What git says in a folder, None where there is none or it takes too long. It runs nothing of the tree's own."""
    argv = ["git", "-c", "core.fsmonitor=false", *words]
    try:
        return subprocess.run(argv, cwd=root, capture_output=True, stdin=subprocess.DEVNULL, timeout=_GIT_WAIT_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
