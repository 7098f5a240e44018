"""What reaches the terminal: foreign text made safe, widths counted, talk kept on stderr."""

from __future__ import annotations

import contextlib
import os
import sys
import unicodedata
from collections.abc import Mapping
from io import TextIOWrapper
from typing import TextIO

from kb.errors import InputError, KbError
from kb.text.display import display_width, sanitize, wrap
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

_TO_PASTE = compile_lazy(r"([^:]*:) (kb .+)")
"""A sentence that ends in a command."""


def prepare_streams() -> None:
    """Let both streams take any text: UTF-8 where theirs knows no Japanese, `?` where it lacks a sign.

    A stream that was closed before kb began swallows what it is given.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
        elif isinstance(stream, TextIOWrapper):
            try:
                "日本語".encode(stream.encoding)
                stream.reconfigure(errors="replace")
            except (UnicodeEncodeError, LookupError):
                stream.reconfigure(encoding="utf-8", errors="replace")


_debug = False


def enable_debug() -> None:
    """Show what is behind an error (`--debug`). Called once, by the command line."""
    global _debug
    _debug = True


def is_debugging() -> bool:
    """Return whether `--debug` was given."""
    return _debug


_owed: Mapping[str, object] | None = None


def promise_json(answer: Mapping[str, object]) -> None:
    """Promise this JSON object to the caller: it is printed where commands end."""
    global _owed
    _owed = answer


def update_promised_json(answer: Mapping[str, object]) -> None:
    """Let the object that is owed, if there is one, be this."""
    if _owed is not None:
        promise_json(answer)


def take_promised_json() -> Mapping[str, object] | None:
    """Return the object that is owed, and owe nothing any more."""
    global _owed
    owed, _owed = _owed, None
    return owed


def say(text: Text | str) -> None:
    """Print one line to stderr in one write; unbuffered, `print` could be interrupted before the line's end.

    What was printed before stands before it, where both streams go to one place (`2>&1`).
    """
    with contextlib.suppress(OSError, ValueError):  # a reader that is gone is noticed by whoever prints
        sys.stdout.flush()
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def say_safe(text: Text | str) -> None:
    """Say one line that may quote anything: what could steer a terminal is taken out."""
    say(sanitize(str(text)))


def say_wrapped(words: Text | str | None, mark: str = "", indent: str = "") -> None:
    """Print a sentence to stderr after its mark, wrapped on a terminal only; it may quote anything."""
    text = sanitize(str(words or ""))
    if text:
        room = max(20, terminal_width() - max(display_width(mark), display_width(indent)))
        lines = wrap(text, room) if sys.stderr.isatty() else [text]
        if len(lines) > 1 and (found := _TO_PASTE.fullmatch(text)):
            lines = [*wrap(found[1], room), f"  {found[2]}"]  # the terminal breaks it, and a copy of it is whole
        say("\n".join(f"{indent if number else mark}{line}" for number, line in enumerate(lines)))


def say_error(what: Text | str, next_step: Text | str | None = None) -> None:
    """Print what happened and the next step to stderr, wrapped on a terminal only.

    They may quote anything, a server's page or a file's name: here it is made safe.
    """
    say_wrapped(what)
    say_wrapped(next_step, "→ ")


def colour_wanted(stream: TextIO) -> bool:
    """Return whether `stream` gets colour: by NO_COLOR and FORCE_COLOR, else if it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36", "underline": "4"}


def paint(text: str, *styles: str, stream: TextIO | None = None) -> str:
    """Return `text` in colour if `stream` (default: stdout) takes it. Colour never carries meaning alone."""
    if not text or not colour_wanted(stream or sys.stdout):
        return text
    return f"\x1b[{';'.join(_STYLES[style] for style in styles)}m{text}\x1b[0m"


def link(text: str, url: str) -> str:
    """Return `text` as a terminal hyperlink to `url` where a terminal shows it."""
    if not url.startswith(("https://", "http://")) or not (sys.stdout.isatty() and colour_wanted(sys.stdout)):
        return text
    return f"\x1b]8;;{sanitize(url)}\x1b\\{text}\x1b]8;;\x1b\\"


def terminal_width() -> int:
    """Return the width of the terminal, 80 without one."""
    import shutil

    return shutil.get_terminal_size((80, 24)).columns


def use_utf8_stdout() -> None:
    """Write UTF-8 and bare line feeds to standard output, as files and programs expect."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")


def can_ask() -> bool:
    """Return whether standard input is a terminal, so that a person can be asked."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def read_line(question: Text) -> str:
    """Ask on standard error, and return the line that is typed; "" at the end of the input."""
    sys.stderr.write(str(question))
    sys.stderr.flush()
    if isinstance(sys.stdin, TextIOWrapper) and sys.stdin.errors != "replace":
        sys.stdin.reconfigure(errors="replace")
    line = sys.stdin.readline()
    if not line.endswith("\n"):  # nobody pressed Enter: what is said next begins on a line of its own
        sys.stderr.write("\n")
    return line.strip()


def ask_line(question: Text) -> str:
    """Ask, and return the line that is typed, in narrow characters and lower case."""
    return unicodedata.normalize("NFKC", read_line(question)).strip().casefold()


def ask_yes_no(question: Text) -> bool:
    """Ask, and return whether the answer is yes."""
    return ask_line(question) in ("y", "yes", "はい")


def confirm(question: Text, refusal: KbError) -> bool:
    """Ask, and return whether the answer is yes. Raises `refusal` without a terminal."""
    if not can_ask():
        raise refusal
    return ask_yes_no(question)


MAX_TROUBLES = 20
"""How many problems are printed; the rest are counted."""


class TroubleReporter:
    """Prints the first twenty problems one by one, and at the end how to go on; counts `unusable` inputs."""

    def __init__(self) -> None:
        self.unusable = 0
        self._count = 0
        self._steps: dict[str, None] = {}

    def __call__(self, error: KbError) -> None:
        self._count += 1
        if self._count <= MAX_TROUBLES:
            say_safe(error.what)
            if error.next_step:
                self._steps[str(error.next_step)] = None
            if is_debugging() and error.__cause__ is not None:
                from kb.console import traceback  # traceback takes its time to load

                traceback.print_traceback(error.__cause__)

    def add_unusable(self, error: InputError) -> None:
        """Print an input that cannot be used."""
        self.unusable += 1
        self(error)

    def end(self) -> None:
        """Print how many more there were, and each next step once."""
        if self._count > MAX_TROUBLES:
            more = self._count - MAX_TROUBLES
            say(t(f"このような行がほかに {more:,} 件あります。", f"and {more:,} more like these."))
        for step in self._steps:
            say_wrapped(step, "→ ")
