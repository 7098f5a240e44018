"""Files of compiled patterns: what one process compiled, the next reads.

A file carries its own hash. One that is damaged counts as missing; where nothing can be written, nothing is kept.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import platform
import sys
import tempfile
from pathlib import Path

import kb
from kb.text import lazy_pattern
from kb.text.versions import DETECTOR_VERSION, READER_VERSION

_DIGEST_BYTES = 32

_MAKERS = [kb.__version__, READER_VERSION, DETECTOR_VERSION]
"""What asked for the patterns in a file: another version of kb asks for others, and begins anew."""

_patterns: dict[bytes, lazy_pattern.Code] = {}
_known = 0  # how many of them the file holds


def load_patterns() -> None:
    """Take compiled patterns from the user's folder from now on, and collect new ones.

    They are in no workspace: a folder that was cloned must not bring code along.
    """
    global _known
    if _patterns or not lazy_pattern.CAN_KEEP:
        return
    data = read(_patterns_file())
    if data is not None:
        try:
            makers, kept = marshal.loads(data)  # noqa: S302 - as Python's own .pyc, and with a hash
            _patterns.update(kept if makers == _MAKERS else {})
        except (EOFError, TypeError, ValueError):
            _patterns.clear()
    _known = len(_patterns)
    lazy_pattern.keep_codes(_patterns)


def save_patterns() -> None:
    """Write the file anew if patterns were compiled since it was read."""
    global _known
    if len(_patterns) > _known:
        write(_patterns_file(), marshal.dumps([_MAKERS, _patterns]))
        _known = len(_patterns)


def _patterns_file() -> Path:
    """Return the file for this very Python, since another one's code means something else."""
    made_of = f"{sys.version}\0{sys.byteorder}\0{platform.machine()}"
    return user_cache() / f"patterns-{hashlib.blake2b(made_of.encode(), digest_size=16).hexdigest()}.bin"


def user_cache() -> Path:
    """Return the user's folder for what can be made again."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("kb"))


def read(path: Path) -> bytes | None:
    """Return what `write` wrote, None when missing or damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, kept = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    return kept if hashlib.blake2b(kept, digest_size=_DIGEST_BYTES).digest() == digest else None


def write(path: Path, data: bytes) -> None:
    """Write `data`, whole or not at all. Ignores a folder that cannot be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest() + data)
            os.replace(name, path)
        except OSError:
            Path(name).unlink(missing_ok=True)
    except OSError:
        pass
