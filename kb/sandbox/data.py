"""Data files: JSON lines of posts, tickets and members, as the APIs give them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from kb.errors import InputError
from kb.lang import t


def read(path: Path) -> Iterator[dict[str, object]]:
    """The rows of one file. Raises InputError with the line's number."""
    try:
        lines = path.open("rb")
    except OSError as error:
        raise InputError(
            t(f"{path} を読めません（{error.strerror}）。", f"{path} cannot be read ({error.strerror})."),
            t("--data の値を確かめてください。", "check the value of --data."),
        ) from None
    with lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _row(path, number, line)


def _row(path: Path, number: int, line: bytes) -> dict[str, object]:
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        row, why = None, str(error)
    else:
        why = "not an object"
    if not isinstance(row, dict):
        raise InputError(
            t(
                f"{path} {number} 行目は JSON のオブジェクトではありません（{why}）。",
                f"{path} line {number} is not a JSON object ({why}).",
            ),
            t("1 行に 1 件の JSON を書いてください。", "write one JSON object a line."),
        )
    return row
