"""Data files: JSON lines of posts, tickets and members, as the APIs give them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from kb.errors import InputError, os_reason
from kb.text.lang import t


class DataLines:
    """The rows of a file. `number` is the line read last, for messages."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0

    def __iter__(self) -> Iterator[dict[str, object]]:
        """Yield the rows. Raises InputError for an unreadable file or a line that is no JSON object."""
        try:
            file = self.path.open("rb")
        except OSError as error:
            raise InputError(
                t(
                    f"{self.path} を読めません（{os_reason(error).ja}）。",
                    f"{self.path} cannot be read ({os_reason(error).en}).",
                ),
                t("--data の値を確かめてください。", "check the value of --data."),
            ) from None
        with file:
            for self.number, line in enumerate(file, 1):
                if line.strip():
                    yield self._row(line)

    def _row(self, line: bytes) -> dict[str, object]:
        why = "not an object"
        row: object = None
        try:
            row = msgspec.json.decode(line)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            why = str(error)
        if not isinstance(row, dict):
            raise InputError(
                t(f"JSON のオブジェクトではありません（{why}）。", f"this is not a JSON object ({why})."),
                t("1 行に 1 件の JSON を書いてください。", "write one JSON object a line."),
            )
        return row

    def at(self, error: InputError) -> InputError:
        """Return `error` with its file and line."""
        return InputError(
            t(f"{self.path} {self.number} 行目: {error.what.ja}", f"{self.path} line {self.number}: {error.what.en}"),
            error.next_step,
        )
