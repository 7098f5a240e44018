"""Patterns compiled when they are first used, so that a process pays for those it needs.

kb knows some 1,100 patterns; compiling all of them takes half a second, and an ordinary page asks for a fraction.
Modules therefore name theirs with `compile_lazy`, and may compose them (`OTHER.pattern`) without compiling either.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, AnyStr, cast

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")
_VALUES = ("pattern", "flags", "groups", "groupindex")


def compile_lazy(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` returns, compiled at its first use. A mistake in it is an error then, not now."""
    return cast("re.Pattern[AnyStr]", LazyPattern(re.compile, pattern, flags))


class LazyPattern:
    """Passes for the pattern it will be: `isinstance` says so, and the functions of `re` take it.

    `plain_for` is for a compiler whose patterns take longer to make and less to search with than what `re` makes of the
    same words: so many characters are searched with the plain ones. Once compiled, the methods are those of the pattern
    itself, so a call costs what it costs there. Two threads that begin at once compile the same twice.
    """

    def __init__(
        self, compiler: Callable[[Any, int], re.Pattern[Any]], pattern: Any, flags: int, *, plain_for: int = 0
    ) -> None:
        self._compiler = compiler
        self._asked = pattern, flags
        self._compiled: re.Pattern[Any] | None = None
        self._plain: re.Pattern[Any] | None = None
        self._plain_for = plain_for
        if compiler is re.compile:
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
            self._compiled = compiled = self._compiler(*self._asked)
            for name in (*_METHODS, *_VALUES):
                setattr(self, name, getattr(compiled, name))  # found from now on without coming here
        return self._compiled

    def _pattern_for(self, text: Any) -> re.Pattern[Any]:
        if self._plain_for:
            self._plain_for = max(0, self._plain_for - len(text))
            if self._plain_for:
                self._plain = self._plain or re.compile(*self._asked)
                return self._plain
        return self.compile()


def _forward(name: str) -> Callable[..., Any]:
    """The method of a pattern not compiled yet; one kept (`map(WORDS.search, lines)`) goes on from here."""
    at = 1 if name in ("sub", "subn") else 0

    def call(self: LazyPattern, *args: Any, **named: Any) -> Any:
        text = args[at] if len(args) > at else named.get("string", "")
        return getattr(self._pattern_for(text), name)(*args, **named)

    return call


for _name in _METHODS:
    setattr(LazyPattern, _name, _forward(_name))
