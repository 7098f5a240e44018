"""Checks of the store for `kb doctor`."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

from kb.errors import KbError
from kb.mirror import embargo
from kb.mirror.store import Mirror
from kb.model.health import HealthCheck, failed_check, note_check, ok_check
from kb.settings.workspace import Workspace
from kb.text.lang import t

_SYNCED = ("dropbox", "onedrive", "google drive", "googledrive", "icloud", "mobile documents", "nextcloud", "box sync")
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "afpfs", "webdav", "9p", "glusterfs", "ceph"}
_LEAST_FREE = 1 << 30


def check_store(workspace: Workspace) -> Iterator[HealthCheck]:
    """Check where `.kb/` is, who may read it, whether it opens, and what it holds."""
    yield from _check_place(workspace.root)
    yield from _check_mode(workspace.private)
    yield from _check_sqlite()
    free = shutil.disk_usage(workspace.root).free
    if free < _LEAST_FREE:
        yield note_check(
            t(f"ディスクの空きが {free >> 20:,} MB しかありません。", f"only {free >> 20:,} MB of disk are free."),
            t("50,000 記事で 1 GB ほど使います。", "50,000 posts take about 1 GB."),
        )
    if not workspace.mirror.exists():
        yield note_check(
            t("まだ何も写していません。", "nothing is mirrored yet."), t("kb sync を実行してください。", "run kb sync.")
        )
        return
    try:
        with Mirror.open(workspace.mirror, readonly=True) as mirror:
            size = workspace.mirror.stat().st_size >> 20
            yield ok_check(
                t(
                    f"mirror.db: コメントと注記を入れて {mirror.count():,} 件、{size:,} MB",
                    f"mirror.db: {mirror.count():,} documents, comments and notes among them, {size:,} MB",
                )
            )
            for each in embargo.describe(mirror.database):
                yield note_check(each, embargo.HOW_TO_OPEN)
    except KbError as error:
        yield failed_check(error)


def _check_place(root: Path) -> Iterator[HealthCheck]:
    lowered = str(root.resolve()).lower()
    for name in _SYNCED:
        if name in lowered:
            yield note_check(
                t(f"{root} は同期フォルダー（{name}）の中です。", f"{root} is inside a synced folder ({name})."),
                t(
                    "本文がほかの機械に渡ります。ローカルのフォルダーに移してください。",
                    "texts would leave this machine: move it to a local folder.",
                ),
            )
    kind = _file_system(root.resolve())
    if kind in _NETWORK:
        yield note_check(
            t(f"{root} はネットワーク上のフォルダー（{kind}）です。", f"{root} is on a network file system ({kind})."),
            t(
                "SQLite のロックが効かないことがあります。ローカルのディスクに置いてください。",
                "SQLite's locks may fail there: use a local disk.",
            ),
        )


def _file_system(path: Path) -> str:
    """Return the type of a path's file system, "" where unknown (/proc/mounts is Linux's)."""
    try:
        rows = [
            line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
        ]
    except OSError:
        return ""
    best = ("", "")
    for row in rows:
        point = row[1].replace("\\040", " ") if len(row) > 2 else ""
        if point and path.is_relative_to(point) and len(point) >= len(best[0]):
            best = (point, row[2])
    return best[1]


def _check_mode(private: Path) -> Iterator[HealthCheck]:
    if not private.exists():
        return
    found = private.stat()
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        yield note_check(
            t(f"{private} をほかの利用者も読めます（{mode:04o}）。", f"others can read {private} ({mode:04o})."),
            t(f"chmod 700 {private}", f"chmod 700 {private}"),
        )
    elif not os.access(private, os.W_OK):
        yield note_check(
            t(f"{private} に書き込めません。", f"{private} cannot be written."),
            t("所有者と権限を確かめてください。", "check its owner and mode."),
        )
    else:
        yield ok_check(
            t(f"{private} は自分だけが読めます（{mode:04o}）", f"{private} is readable by you alone ({mode:04o})")
        )


def _check_sqlite() -> Iterator[HealthCheck]:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < (3, 43):
        yield note_check(
            t(
                f"SQLite {version} では検索の索引を作れません（3.43 から）。",
                f"SQLite {version} cannot hold the search index (3.43 on).",
            ),
            t("検索は全文を読むので少し遅くなります。", "searches read all texts, which is a little slower."),
        )
    else:
        yield ok_check(t(f"SQLite {version}", f"SQLite {version}"))
