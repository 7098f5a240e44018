"""Open what Hyperscan compiles: the gate of the rules, and the pass over texts. Both are kept in the user's cache.

What was compiled for another machine is made again.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Protocol, Self, TypeVar

from kb.console.run_program import capture
from kb.lint.cache import compiled
from kb.rules.gate import Gate, HyperscanEngine, PatternEngine, ReEngine, list_patterns
from kb.rules.registry import GateGroup
from kb.secrets.page.marks import HyperscanPass, Pass
from kb.text.versions import DETECTOR_VERSION

GATE_VARIABLE = "KB_GATE"
"""Environment variable: `re` takes the slow engine even where Hyperscan is installed."""

MAX_KEPT = 8
"""Files of a name that are kept: of the pass over texts each takes 9 MB."""

MAX_SECONDS = 120
"""How long compiling in another process may take, on a machine with much else to do."""


def open_gate(groups: Sequence[GateGroup], folder: Path | None = None) -> Gate:
    """Return the gate of these groups, compiled or read from `folder` (default: the user's cache)."""
    patterns = list_patterns(groups)
    return Gate(groups, _engine(patterns, folder))


def _engine(patterns: Sequence[str], folder: Path | None) -> PatternEngine:
    made = _open("gate", patterns, folder, HyperscanEngine, lambda: HyperscanEngine.compile(patterns))
    return made or ReEngine(patterns)


def open_pass(folder: Path | None = None, *, make: bool = True) -> Pass | None:
    """Return the pass over texts that may hold credentials; None without Hyperscan, where all texts are read whole.

    Without `make` it is only loaded where it is kept.
    """
    return _open("marks", (DETECTOR_VERSION,), folder, HyperscanPass, _make_pass if make else None)


def _make_pass() -> HyperscanPass:
    """Compile the pass in another process: it takes 60 MB, which one that goes on would keep to its end."""
    import hyperscan

    program = f"import sys; from {__name__} import compile_pass; sys.stdout.buffer.write(compile_pass().dumps())"
    try:
        words = [sys.executable, "-P", "-c", program]  # -P: the folder kb runs in is nobody's to import from
        return HyperscanPass.loads(capture(words, timeout_s=MAX_SECONDS).stdout)
    except (OSError, TimeoutExpired, hyperscan.error):
        return compile_pass()


def compile_pass() -> HyperscanPass:
    """Compile the pass, in 4 s."""
    from kb.secrets.needs import list_needs  # of all detectors, which are loaded for a text that may hold one

    return HyperscanPass.compile(list_needs())


class _Compiled(Protocol):
    """Patterns compiled by Hyperscan, which are quick to load again."""

    @classmethod
    def loads(cls, data: bytes) -> Self: ...

    def dumps(self) -> bytes: ...


_AnyCompiled = TypeVar("_AnyCompiled", bound=_Compiled)


def _open(
    name: str,
    made_of: Sequence[str],
    folder: Path | None,
    sort: type[_AnyCompiled],
    make: Callable[[], _AnyCompiled] | None,
) -> _AnyCompiled | None:
    """Load what is in the cache, or make it, if told how; None where Hyperscan is not there or not to be asked."""
    if os.environ.get(GATE_VARIABLE) == "re":
        return None
    try:
        import hyperscan
    except ImportError:
        return None
    version = hyperscan.__version__  # type: ignore[attr-defined]  # its stub forgets it
    path = (folder or compiled.user_cache()) / f"{name}-{_key(made_of, version)}.hs"
    kept = compiled.read(path)
    if kept is not None:
        try:
            return sort.loads(kept)
        except hyperscan.error:
            pass
    if make is None:
        return None
    try:
        made = make()
    except hyperscan.error:  # a team's pattern is too large: slower, same answers
        return None
    compiled.write(path, made.dumps())
    _drop_old(path.parent, name)
    return made


def _drop_old(folder: Path, name: str) -> None:
    """Remove the oldest files of a name: each version of kb, and each choice of rules, has one of its own."""
    with suppress(OSError):  # another kb removes them, too, or they are not ours to remove
        for old in sorted(folder.glob(f"{name}-*.hs"), key=lambda each: each.stat().st_mtime)[:-MAX_KEPT]:
            old.unlink()


def _key(patterns: Sequence[str], version: str) -> str:
    """Return a key of the patterns, the Hyperscan version and the processor's abilities."""
    made_of = "\0".join((*patterns, version, platform.system(), platform.machine(), *_cpu_features()))
    return hashlib.blake2b(made_of.encode(), digest_size=16).hexdigest()


def _cpu_features() -> list[str]:
    """Return the vector extensions Hyperscan compiles for, if the system lists them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
    flags = next((line for line in lines if line.startswith("flags")), "").split()
    return sorted({"ssse3", "avx2", "avx512bw", "avx512vbmi"} & set(flags))
