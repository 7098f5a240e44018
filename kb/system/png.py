"""A picture as PNG with fewer colours, and with a line that says what it was made from."""

from __future__ import annotations

import io
import struct
import zlib

KEYWORD = "kb-source-sha256"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = 256


def whole(data: bytes) -> bool:
    """Whether these bytes are a PNG from its first to its last: a program that was stopped leaves half of one."""
    return data.startswith(_SIGNATURE) and data[-8:-4] == b"IEND"


def finished(data: bytes, source: str) -> bytes:
    """The picture with a palette, a third of the size, and the hash of its source in a tEXt chunk.

    Without Pillow it keeps all its colours.
    """
    return _noted(_reduced(data), source)


def source_of(data: bytes) -> str:
    """What a picture says it was made from, "" when it says nothing."""
    start = data.find(b"tEXt" + KEYWORD.encode() + b"\0")
    if start < 4:
        return ""
    size = int.from_bytes(data[start - 4 : start], "big")
    return data[start + 4 : start + 4 + size].partition(b"\0")[2].decode("ascii", "replace")


def _reduced(data: bytes) -> bytes:
    try:
        from PIL import Image
    except ImportError:
        return data
    Image.MAX_IMAGE_PIXELS = None  # what is opened here was drawn here, however large
    with Image.open(io.BytesIO(data)) as image:
        flat = image.convert("RGB").quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        out = io.BytesIO()
        flat.save(out, "PNG")
        return out.getvalue()


def _noted(data: bytes, source: str) -> bytes:
    """With a tEXt chunk after the header."""
    at = len(_SIGNATURE) + 25  # IHDR is first and always that long
    body = KEYWORD.encode() + b"\0" + source.encode()
    chunk = struct.pack(">I", len(body)) + b"tEXt" + body + struct.pack(">I", zlib.crc32(b"tEXt" + body))
    return data[:at] + chunk + data[at:]
