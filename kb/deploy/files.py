"""Files that kb writes and people may change: written where they stand as kb wrote them, left where they do not.

The first line of each says what wrote it, with a mark of the rest. Where the mark no longer fits, somebody edited
the file, and it is theirs.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from kb.atomic_file import replace_file
from kb.errors import RefusedError, UsageError
from kb.lang import t
from kb.mirror.database import from_os

_HEAD = re.compile(r"# kb init (--[a-z]+) が書きました。[^\n]*（印 ([0-9a-f]{16})）")
_LARGEST = 1 << 20


class Stands(Enum):
    """How a file stands beside what would be written."""

    NONE = "none"
    SAME = "same"
    OURS = "ours"  # as an earlier kb, or other settings, wrote it
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class Written:
    """One file, and how it stood before."""

    path: Path
    before: Stands


def signed(flag: str, text: str) -> str:
    """The text below a line that says what wrote it. The same text gives the same file."""
    return f"# kb init {flag} が書きました。書き換えたら、次からは上書きしません（印 {_mark(text)}）\n{text}"


def put(folder: Path, files: dict[str, str]) -> list[Written]:
    """Write files into a folder, all or none. Raises RefusedError for those somebody edited, StoreError."""
    found = [Written(folder / name, _stands(folder / name, text)) for name, text in files.items()]
    if edited := [each.path for each in found if each.before is Stands.EDITED]:
        names = "、".join(str(path) for path in edited)
        raise RefusedError(
            t(f"手で書き換えられているので、上書きしません: {names}", f"edited by somebody, and left: {names}"),
            t(
                "そのまま使えます。作り直すなら別の名前に移すか、--out で別のフォルダーを指定してください。",
                "use it as it is; to have it made anew, move it away, or name another folder with --out.",
            ),
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each, text in zip(found, files.values(), strict=True):
            if each.before is not Stands.SAME:
                _replace(each.path, text)
    except NotADirectoryError:
        raise _no_folder(folder) from None
    except FileExistsError:
        raise _no_folder(folder) from None
    except OSError as error:
        raise from_os(error, folder) from None
    return found


def _stands(path: Path, text: str) -> Stands:
    try:
        with path.open("rb") as file:
            there = file.read(_LARGEST).decode("utf-8", "replace")
    except FileNotFoundError:
        return Stands.EDITED if path.is_symlink() else Stands.NONE  # a link that leads nowhere is somebody's
    except NotADirectoryError:
        raise _no_folder(path.parent) from None
    except OSError:
        return Stands.EDITED
    if there == text:
        return Stands.SAME
    first, _, rest = there.partition("\n")
    head = _HEAD.fullmatch(first)
    return Stands.OURS if head and head[2] == _mark(rest) and not path.is_symlink() else Stands.EDITED


def _replace(path: Path, text: str) -> None:
    replace_file(path, text.encode())


def _mark(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _no_folder(folder: Path) -> UsageError:
    return UsageError(
        t(f"{folder} はフォルダーではありません。", f"{folder} is no folder."),
        t("--out でフォルダーを指定してください。", "name a folder with --out."),
    )
