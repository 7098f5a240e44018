"""Write and read state files; what is read may be hostile.

The last line holds a mark only the key makes: anything written, changed or cut by others is refused.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import io
import os
import stat
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import msgspec

from kb.errors import InputError, RefusedError, os_reason
from kb.files import open_replacement, store_error
from kb.mirror.transfer.records import FORMAT, AnyLine, EndLine, HeadLine, NameSeal
from kb.text.lang import Text, t

MAX_BYTES = 256 << 20
"""Bytes of a file, unpacked: about twice 500,000 findings."""

MAX_LINE_BYTES = 8192
"""Bytes of a line."""

_GZIP = b"\x1f\x8b"
_rows = msgspec.json.Decoder(AnyLine | EndLine)
_head = msgspec.json.Decoder(HeadLine)


@dataclass(frozen=True, slots=True)
class StateFile:
    """The content of a state file."""

    head: HeadLine
    rows: tuple[AnyLine, ...]


def write_state_file(path: Path, head: HeadLine, rows: Iterable[AnyLine], seal: NameSeal) -> int:
    """Write a state file, private and atomic; `.gz` is packed. Returns the number of rows.

    Raises RefusedError where another kind of file is, InputError where a link is, StoreError.
    """
    _require_ours(path)
    try:
        with open_replacement(path, private=True) as file:
            count = _write_lines(file, head, rows, seal, packed=path.suffix == ".gz")
    except OSError as error:
        raise store_error(error, path) from None
    return count


def _require_ours(path: Path) -> None:
    """Raise RefusedError where an existing file is not a state file."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            start = file.read(MAX_LINE_BYTES)
        if start.startswith(_GZIP):
            start = zlib.decompressobj(wbits=31).decompress(start, MAX_LINE_BYTES)
    except FileNotFoundError:
        return
    except (OSError, zlib.error):
        start = b"?"
    if start and not start.startswith(b'{"type":"kb-state"'):
        raise RefusedError(
            t(
                f"{path} は kb の状態のファイルではないので、上書きしません。",
                f"{path} is not a kb state file; it was not overwritten.",
            ),
            t("別の名前にしてください。例: kb state export kb-state.jsonl.gz", "give another name: kb-state.jsonl.gz"),
        )


def _write_lines(file: BinaryIO, head: HeadLine, rows: Iterable[AnyLine], seal: NameSeal, *, packed: bool) -> int:
    encode, digest, count = msgspec.json.Encoder().encode, hashlib.sha256(), 0
    out: BinaryIO | gzip.GzipFile = gzip.GzipFile("", "wb", 9, file, mtime=0) if packed else file
    for each in chain((head,), rows):
        line = encode(each) + b"\n"
        digest.update(line)
        out.write(line)
        count += 1
    out.write(encode(EndLine(count, seal.mark(digest.digest()))) + b"\n")
    if packed:
        out.close()
    return count - 1


def read_state_file(path: Path, key_id: str, seal: NameSeal) -> StateFile:
    """Read a state file. Raises InputError for anything that is not this team's."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise _file_error(path, t("は普通のファイルではありません", "is not a regular file"))
            packed = file.read(2) == _GZIP
            file.seek(0)
            return _read_lines(path, gzip.GzipFile(fileobj=file) if packed else file, key_id, seal)
    except FileNotFoundError:
        raise _file_error(path, t("がありません", "does not exist")) from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _file_error(path, t("は途中で切れているか、壊れています", "was cut, or is damaged")) from None
    except OSError as error:
        raise _file_error(
            path, t(f"を読めません（{os_reason(error).ja}）", f"cannot be read ({os_reason(error).en})")
        ) from None


def _read_lines(path: Path, file: io.BufferedIOBase, key_id: str, seal: NameSeal) -> StateFile:
    digest, size = hashlib.sha256(), 0
    first: HeadLine | None = None
    rows: list[AnyLine] = []
    for number, line in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""), 1):
        size += len(line)
        if len(line) > MAX_LINE_BYTES or size > MAX_BYTES:
            raise _file_error(path, t(f"は大きすぎます（{number} 行目）", f"is too large (line {number})"))
        if first is None:
            first = _read_head(path, line, key_id)
        else:
            row = _parse_row(path, line, number)
            if isinstance(row, EndLine):
                _require_whole(path, row, number - 1, seal.mark(digest.digest()), more=bool(file.read(1)))
                return StateFile(first, tuple(rows))
            rows.append(row)
        digest.update(line)
    raise _file_error(path, t("は途中で切れています", "was cut") if first else t("は空です", "is empty"))


def _read_head(path: Path, line: bytes, key_id: str) -> HeadLine:
    try:
        told = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        told = None
    if not isinstance(told, dict) or told.get("type") != "kb-state" or type(told.get("format")) is not int:
        raise _file_error(path, t("は kb の状態のファイルではありません", "is not a kb state file"))
    if told["format"] > FORMAT:
        raise InputError(
            t(
                f"{path} は新しい kb が書いたものです（形式 {told['format']:.0f}、読めるのは {FORMAT} まで）。",
                f"{path} was written by a newer kb (format {told['format']:.0f}; this kb reads up to {FORMAT}).",
            ),
            t("kb を更新してください。", "update kb."),
        )
    try:
        head = _head.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _file_error(path, t("の 1 行目を読めません", "cannot be read in line 1")) from None
    if head.key != key_id:
        raise InputError(
            t(
                f"{path} は別の鍵（{head.key}）で書かれています。ここの鍵は {key_id} です。",
                f"{path} was written with another key ({head.key}); the one here is {key_id}.",
            ),
            t(
                "書き出したところで kb key export した鍵を、kb key import か環境変数 KB_KEY で渡してください。",
                "bring the key from where it was written (kb key export) by kb key import, or in KB_KEY.",
            ),
        )
    return head


def _parse_row(path: Path, line: bytes, number: int) -> AnyLine | EndLine:
    try:
        row: AnyLine | EndLine = _rows.decode(line)
        return row
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _file_error(path, t(f"の {number} 行目を読めません", f"cannot be read in line {number}")) from None


def _require_whole(path: Path, end: EndLine, count: int, mark: str, *, more: bool) -> None:
    if end.lines != count or more or not hmac.compare_digest(end.mark, mark):
        raise _file_error(path, t("は書き出したあとで変わっています", "was changed after it was written"))


def _file_error(path: Path, what: Text) -> InputError:
    return InputError(
        t(f"{path} {what.ja}。", f"{path} {what.en}."),
        t(
            "kb state export で書き出したファイルを指定してください。",
            "name a file that kb state export wrote.",
        ),
    )
