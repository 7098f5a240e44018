"""The repository of the team's admin screen, as a bare clone: its objects are written here, no git is needed."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from datetime import datetime

from kb.sandbox.team.estate.machines import EstateTime

ORIGIN = "git@git.adteam.example:adsv/adsv-admin.git"

_APPSPEC = """version: 0.0
os: linux
files:
  - source: /
    destination: /srv/adsv-admin
"""
_WORKER = "<?php\nrequire __DIR__ . '/../lib/review.php';\n\n(new ReviewQueue())->run();\n"

# What was written, and how many days before the four weeks.
_COMMITS = (
    ("審査の待ち行列を分ける", 420),
    ("CSV の日付を日本時間で読む", 232),
    ("画像の寸法を先に調べる", 151),
    ("一覧の並び順を覚える", 64),
    ("審査の理由を必須にする", 13),
)


def write_repository(time: EstateTime) -> tuple[dict[str, bytes], list[str]]:
    """Return the files of a bare clone by path, and the ids of its commits, newest first."""
    objects: dict[str, bytes] = {}
    commits: list[str] = []
    for number, (message, days) in enumerate(_COMMITS, 1):
        screen = f"<?php\n// {number}\nrequire __DIR__ . '/../lib/screen.php';\n"
        tree = _tree(
            objects,
            {
                "appspec.yml": ("100644", _add(objects, "blob", _APPSPEC.encode())),
                "bin": ("40000", _tree(objects, {"review-worker.php": _blob(objects, _WORKER)})),
                "public": ("40000", _tree(objects, {"index.php": _blob(objects, screen)})),
            },
        )
        commits.insert(0, _commit(objects, tree, commits[:1], message, time.before(days, 16)))
    config = f'[core]\n\trepositoryformatversion = 0\n\tbare = true\n[remote "origin"]\n\turl = {ORIGIN}\n'
    files = {
        "HEAD": b"ref: refs/heads/main\n",
        "config": config.encode(),
        "refs/heads/main": f"{commits[0]}\n".encode(),
        **{f"objects/{name[:2]}/{name[2:]}": data for name, data in objects.items()},
    }
    return files, commits


def _blob(objects: dict[str, bytes], text: str) -> tuple[str, str]:
    return "100644", _add(objects, "blob", text.encode())


def _tree(objects: dict[str, bytes], entries: Mapping[str, tuple[str, str]]) -> str:
    rows = (f"{mode} {name}\0".encode() + bytes.fromhex(found) for name, (mode, found) in sorted(entries.items()))
    return _add(objects, "tree", b"".join(rows))


def _commit(objects: dict[str, bytes], tree: str, parents: list[str], message: str, at: datetime) -> str:
    person = f"柏木 涼 <kashiwagi@adteam.example> {int(at.timestamp())} +0900"
    lines = [f"tree {tree}", *(f"parent {each}" for each in parents), f"author {person}", f"committer {person}"]
    return _add(objects, "commit", "\n".join([*lines, "", message, ""]).encode())


def _add(objects: dict[str, bytes], kind: str, body: bytes) -> str:
    """Add an object; return its id. Source: git-hash-object(1), gitformat-loose(5)."""
    data = f"{kind} {len(body)}\0".encode() + body
    name = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    objects[name] = zlib.compress(data)
    return name
