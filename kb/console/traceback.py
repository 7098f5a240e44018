"""Tracebacks for `--debug` that quote nothing that was read.

Python's own end with the message of the exception, which may quote a page, a title or a password. Here exceptions
are named without it, unless their words are kb's own or about code.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator

from kb.errors import KbError
from kb.text.display import sanitize

MAX_CHAIN = 20
"""Exceptions of a chain that are shown."""

_OF_CODE = (SyntaxError, ImportError)
"""Exceptions that are about a file of Python, not about what it was reading."""


def print_traceback(error: BaseException) -> None:
    """Print what is behind an error to stderr."""
    for line in format_traceback(error):
        print(sanitize(line), file=sys.stderr)  # a name in it may steer a terminal
    sys.stderr.flush()


def format_traceback(error: BaseException) -> Iterator[str]:
    """Yield the chain of exceptions, first cause first, each with its frames and without its message."""
    for number, link in enumerate(_chain(error)):
        if number:
            yield ""
        yield "Traceback (most recent call last):"
        for frame in traceback.extract_tb(link.__traceback__):
            yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
            if frame.line:
                yield f"    {frame.line}"
        yield _name_error(link)


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in found and len(found) < MAX_CHAIN:
        found.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return found[::-1]


def _name_error(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if isinstance(error, KbError):
        return f"{kind}: {error.what}"
    if isinstance(error, _OF_CODE):
        return f"{kind}: {' '.join(str(error).split())}"
    if isinstance(error, OSError) and error.errno is not None:
        return f"{kind}: errno {error.errno}"
    return f"{kind}: (the message is left out: it may quote what was being read)"
