"""Patterns compiled when they are first used, so that a process pays for those it needs.

kb knows some 1,100 patterns; compiling all of them takes half a second, and an ordinary page asks for a fraction.
Modules therefore name theirs with `compile_lazy`, and may compose them (`OTHER.pattern`) without compiling either.

What compiling gave can be kept for the next process (`keep_codes`): three hundred patterns of an incident page take
0.15 s to compile and 0.01 s to take from there. That is done as `re` itself does it, in the versions of CPython where
this was looked up; elsewhere nothing is kept.
"""

from __future__ import annotations

import _sre  # type: ignore[import-not-found]
import hashlib
import re
import sys
from array import array
from collections.abc import Callable
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, AnyStr, TypeAlias, cast

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")
_VALUES = ("pattern", "flags", "groups", "groupindex")

CAN_KEEP = sys.implementation.name == "cpython" and (3, 11) <= sys.version_info[:2] <= (3, 13)

Code: TypeAlias = "tuple[str | bytes, int, bytes, int, dict[str, int]]"
"""A compiled pattern: how it was written in the end, its flags, what `re` runs, the number of groups, their names."""

Preparer: TypeAlias = Callable[[Any, int], Any]
"""Returns the pattern to compile for the pattern that was asked for."""

_codes: dict[bytes, Code] | None = None


def keep_codes(codes: dict[bytes, Code] | None) -> None:
    """From now on take what is compiled from `codes`, and add to it; None ends that."""
    global _codes
    _codes = codes if CAN_KEEP else None


def compile_lazy(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` returns, compiled at its first use. A mistake in it is an error then, not now."""
    return cast("re.Pattern[AnyStr]", LazyPattern(pattern, flags))


def _compile(pattern: Any, flags: int, prepare: Preparer | None) -> re.Pattern[Any]:
    if _codes is None:
        return re.compile(prepare(pattern, flags) if prepare else pattern, flags)
    asked = repr((prepare.__name__ if prepare else "", pattern, int(flags)))
    name = hashlib.blake2b(asked.encode(errors="surrogatepass"), digest_size=16).digest()
    code = _codes.get(name)
    if code is None:
        code = _codes[name] = encode_pattern(prepare(pattern, flags) if prepare else pattern, flags)
    return decode_pattern(code)


def encode_pattern(pattern: str | bytes, flags: int) -> Code:
    """Compile a pattern to plain values. Raises re.error."""
    tree = parser.parse(pattern, int(flags))
    made = array("I", compiler._code(tree, int(flags)))
    state = tree.state
    return pattern, int(flags) | state.flags, made.tobytes(), state.groups - 1, dict(state.groupdict)


def decode_pattern(code: Code) -> re.Pattern[Any]:
    """Return the pattern `re.compile` would have returned. `re` looks through the code before it takes it."""
    pattern, flags, made, groups, names = code
    by_number: list[str | None] = [None] * (groups + 1)
    for name, number in names.items():
        by_number[number] = name
    found: re.Pattern[Any] = _sre.compile(pattern, flags, array("I", made).tolist(), groups, names, tuple(by_number))
    return found


class LazyPattern:
    """Passes for the pattern it will be: `isinstance` says so, and the functions of `re` take it.

    With `prepare` another pattern is compiled that finds the same, takes longer to make and less to search with: so
    many characters as `plain_for` are searched with the pattern as it is written. Once compiled, the methods are those
    of the pattern itself, so a call costs what it costs there. Two threads that begin at once compile the same twice.
    """

    def __init__(self, pattern: Any, flags: int, prepare: Preparer | None = None, *, plain_for: int = 0) -> None:
        self._asked = pattern, flags
        self._prepare = prepare
        self._compiled: re.Pattern[Any] | None = None
        self._plain: re.Pattern[Any] | None = None
        self._plain_for = plain_for
        if prepare is None:
            self.pattern = pattern

    @property  # type: ignore[misc]
    def __class__(self) -> type[re.Pattern[Any]]:  # type: ignore[override]
        return re.Pattern

    def __getattr__(self, name: str) -> Any:
        if name not in _VALUES:
            raise AttributeError(name)
        return getattr(self.compile(), name)

    def compile(self) -> re.Pattern[Any]:
        """Return the pattern itself."""
        if self._compiled is None:
            self._compiled = compiled = _compile(*self._asked, self._prepare)
            for name in (*_METHODS, *_VALUES):
                setattr(self, name, getattr(compiled, name))  # found from now on without coming here
        return self._compiled

    def _pattern_for(self, text: Any) -> re.Pattern[Any]:
        if self._plain_for:
            self._plain_for = max(0, self._plain_for - len(text))
            if self._plain_for:
                self._plain = self._plain or _compile(*self._asked, None)
                return self._plain
        return self.compile()


def _forward(name: str) -> Callable[..., Any]:
    """The method of a pattern not compiled yet; one kept (`map(WORDS.search, lines)`) goes on from here."""
    at = 1 if name in ("sub", "subn") else 0

    def call(self: LazyPattern, *args: Any, **named: Any) -> Any:
        if self._compiled is not None:
            return getattr(self._compiled, name)(*args, **named)
        text = args[at] if len(args) > at else named.get("string", "")
        return getattr(self._pattern_for(text), name)(*args, **named)

    return call


for _name in _METHODS:
    setattr(LazyPattern, _name, _forward(_name))
