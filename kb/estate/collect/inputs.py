"""The files that are collected from: a file, a folder of them, or several, as text and as JSON values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.errors import InputError
from kb.estate.drift.items.union import Items
from kb.estate.drift.kinds import GapKind
from kb.estate.drift.snapshot import Gap
from kb.files import read_bytes
from kb.text.dates import instant_of_seconds
from kb.text.display import sanitize
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

# `aws … > file 2>&1` leaves the words of the failure.
_ERROR = r"(?:aws: \[?ERROR\]?:? )?An error occurred \("
_AWS_ERROR = compile_lazy(rf"\s*{_ERROR}(\w+)\)[^\n]{{0,80}}? calling the (\w+) operation")
_AFTER_ERROR = compile_lazy(rf"(?m)^(?=\{{|{_ERROR})")
"""Where answers go on: below its words aws may print `Additional error details:`."""
_BUSY = compile_lazy(r"Throttl|LimitExceeded|TooManyRequests|Unavailable|Internal|Timeout")
"""Errors that say nothing of rights."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that is collected from: its name, text, and when it was last written (ISO time)."""

    name: str
    text: str
    modified_at: str


@dataclass(frozen=True, slots=True)
class Collected:
    """What was read of one source, and what of it is missing. `taken_at` is the input's own time, "" for none."""

    items: Items
    gaps: tuple[Gap, ...] = ()
    taken_at: str = ""


def read_inputs(paths: Sequence[Path], *, lossy: bool = False) -> list[InputFile]:
    """Read files, and the files of folders, by name. `lossy` lets bytes pass that are no UTF-8, as U+FFFD.

    Raises InputError for what is not there or no text.
    """
    found: list[InputFile] = []
    for path in paths:
        inside = sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]
        for each in inside:
            if each.name.startswith("."):
                continue
            data = read_bytes(each, named=True)
            if data is None:
                raise InputError(
                    t(f"{sanitize(str(each))} が見つかりません。", f"there is no file {sanitize(str(each))}."),
                    t("ファイルの名前と場所を確かめてください。", "check its name, and where it is."),
                )
            try:
                text = _decode(data, "replace" if lossy else "strict")
            except UnicodeDecodeError:
                raise reject(each.name, t("UTF-8 ではありません", "it is not UTF-8")) from None
            modified = instant_of_seconds(each.stat().st_mtime)
            modified_at = modified.isoformat(timespec="seconds") if modified else ""
            found.append(InputFile(sanitize(each.name), text, modified_at))
    return found


def _decode(data: bytes, errors: str) -> str:
    """Return the text of a file. PowerShell's `>` writes UTF-16."""
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data.decode("utf-16" if is_wide else "utf-8-sig", errors)


def read_json_values(file: InputFile) -> tuple[list[Mapping[str, Any]], list[Gap]]:
    """Return the JSON objects of a file, one after the other as `>>` leaves them, and the calls that failed.

    Raises InputError for anything else, naming the line.
    """
    decoder, text, at = json.JSONDecoder(), file.text, 0
    values: list[Mapping[str, Any]] = []
    gaps: list[Gap] = []
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif error := _AWS_ERROR.match(text, at):
            kind = GapKind.FAILED if _BUSY.search(error[1]) else GapKind.DENIED
            gaps.append(Gap(kind, error[2], error[1]))
            after = _AFTER_ERROR.search(text, error.end())
            at = after.start() if after else len(text)
        else:
            try:
                value, at = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                line = text.count("\n", 0, at) + 1
                raise reject(
                    file.name,
                    t(f"{line} 行目からが JSON として読めません", f"from line {line} on it is not valid JSON"),
                ) from None
            if not isinstance(value, dict):
                raise reject(file.name, t("JSON のオブジェクトではありません", "it is no JSON object"))
            values.append(value)
    return values, gaps


def list_objects(value: Mapping[str, Any], key: str, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list in an object, none where the key is missing. Raises InputError for other things."""
    rows = value.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise reject(name, t(f"{key} が一覧ではありません", f"{key} is no list of objects"))
    return iter(rows)


def reject(name: str, why: Text, next_step: Text | None = None) -> InputError:
    """Return the error for a file that is not what was asked for."""
    return InputError(
        t(f"{sanitize(name)} は使えません（{why.ja}）。", f"{sanitize(name)} cannot be used ({why.en})."),
        next_step
        or t(
            "ツールが印刷したままのファイルを渡してください（kb diagram collect --help に例があります）。",
            "give the file as the tool printed it (kb diagram collect --help has examples).",
        ),
    )
