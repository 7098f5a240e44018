"""The files of a run put in place together, and those nobody asks for any more taken away; kb's own alone."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from kb.console import safe
from kb.errors import InputError
from kb.lang import Text, t
from kb.system import manifest

# What kb writes into its pictures, and how its texts begin: a manifest may be lost, or a run be killed before it.
_OURS = re.compile(
    rb"kb-source-sha256|\Aflowchart (?:LR|TB)\n(?:  n1\[|  subgraph g\d|\Z)"
    rb"|\A@startuml\n(?:left to right|top to bottom) direction\ntitle "
)


def write_all(out: Path, made: Mapping[str, bytes], listing: bytes, known: Collection[str] = ()) -> None:
    """Put all files in place, the manifest last; before the first moves, all of them are on the disk.

    `known` are the names the manifest listed before. Raises InputError, with nothing changed, where `out` can be no
    folder, or where something that kb did not write has the name of a file.
    """
    target = out / manifest.NAME
    if not made and target.is_file() and target.read_bytes() == listing:
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InputError(
            t(f"{safe(str(out))} はフォルダーではありません。", f"{safe(str(out))} is no folder."),
            t("--out にはフォルダーを指定してください。", "give --out a folder."),
        ) from None
    _require_free(out, made, known)
    staging = Path(tempfile.mkdtemp(prefix=".kb-", dir=out))
    try:
        for name, data in {**made, manifest.NAME: listing}.items():
            (staging / name).write_bytes(data)
        for name in (*sorted(made), manifest.NAME):
            os.replace(staging / name, out / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _require_free(out: Path, made: Mapping[str, bytes], known: Collection[str]) -> None:
    for name in (*sorted(made), manifest.NAME):
        path = out / name
        if path.is_dir():
            raise _taken(path, t("フォルダーです", "is a folder"))
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise _taken(path, t("ファイルではありません", "is no file"))
        if name in made and name not in known and path.exists():
            there = path.read_bytes()
            if there != made[name] and not _OURS.search(there):
                raise _taken(path, t(" kb が書いたものではありません", "was not written by kb"))


def _taken(path: Path, why: Text) -> InputError:
    return InputError(
        t(
            f"{safe(str(path))} は{why.ja}。何も書き換えていません。",
            f"{safe(str(path))} {why.en}. Nothing was changed.",
        ),
        t(
            "それをほかに移すか、--out で別のフォルダーを指定してください。",
            "move it, or give another folder with --out.",
        ),
    )


def remove_dropped(
    out: Path, before: Mapping[str, manifest.View], after: Mapping[str, manifest.View]
) -> tuple[str, ...]:
    """Take away what the manifest listed and no view asks for any more, where it is still as kb wrote it."""
    named = {name for view in after.values() for name in view.files}
    gone = []
    for view in before.values():
        for name, kept in view.files.items():
            if name not in named and "/" not in name and manifest.intact(out, name, kept):
                (out / name).unlink()
                gone.append(name)
    return tuple(sorted(gone))
