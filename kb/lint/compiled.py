"""Where compiled patterns are kept between runs: half a second of work becomes a tenth of a millisecond.

A kept file is named for what it was made of and carries its own hash. One that is damaged,
or was made for another machine, is made anew; where nothing can be written, nothing is kept.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kb.lint.gate import Engine, Gate, HyperscanEngine, ReEngine, expressions
from kb.lint.rules import Group

SWITCH = "KB_GATE"
"""Environment variable: `re` takes the slow engine even where Hyperscan is installed."""

_DIGEST = 32


def open_gate(groups: Sequence[Group], folder: Path | None = None) -> Gate:
    """The gate of these groups, its patterns compiled or taken from `folder` (default: the user's cache)."""
    patterns = expressions(groups)
    return Gate(groups, _engine(patterns, folder))


def _engine(patterns: Sequence[str], folder: Path | None) -> Engine:
    if os.environ.get(SWITCH) == "re":
        return ReEngine(patterns)
    try:
        import hyperscan
    except ImportError:
        return ReEngine(patterns)
    version = hyperscan.__version__  # type: ignore[attr-defined]  # its stub forgets it
    path = (folder or _user_cache()) / f"gate-{_key(patterns, version)}.hs"
    kept = _read(path)
    if kept is not None:
        try:
            return HyperscanEngine.loads(kept)
        except hyperscan.error:
            pass
    try:
        engine = HyperscanEngine.compile(patterns)
    except hyperscan.error:  # a pattern of somebody's rule is too large for it: slower, and the same answers
        return ReEngine(patterns)
    _write(path, engine.dumps())
    return engine


def _key(patterns: Sequence[str], version: str) -> str:
    """The same for the same patterns, the same Hyperscan, and a processor that can do the same."""
    made_of = "\0".join((*patterns, version, platform.system(), platform.machine(), *_cpu_features()))
    return hashlib.blake2b(made_of.encode(), digest_size=16).hexdigest()


def _cpu_features() -> list[str]:
    """The vector extensions Hyperscan compiles for, where the system lists them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
    flags = next((line for line in lines if line.startswith("flags")), "").split()
    return sorted({"ssse3", "avx2", "avx512bw", "avx512vbmi"} & set(flags))


def _user_cache() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("kb"))


def _read(path: Path) -> bytes | None:
    """What was kept, unless it is missing or not what was written."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, kept = data[:_DIGEST], data[_DIGEST:]
    return kept if hashlib.blake2b(kept, digest_size=_DIGEST).digest() == digest else None


def _write(path: Path, data: bytes) -> None:
    """Keep `data`, whole or not at all. A folder that cannot be written is no trouble."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.blake2b(data, digest_size=_DIGEST).digest() + data)
            os.replace(name, path)
        except OSError:
            Path(name).unlink(missing_ok=True)
    except OSError:
        pass
