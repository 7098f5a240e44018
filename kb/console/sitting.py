"""The interactive loop of `kb review` and `kb triage`, and lines as wide as a card.

It reads lines, from a terminal or a file: a key and, after a blank, its words.
"""

from __future__ import annotations

import sys
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from io import TextIOWrapper
from typing import ClassVar, Generic, TypeAlias, TypeVar

from kb.console.terminal import paint, terminal_width
from kb.errors import KbError
from kb.secrets.mask_document import mask_text
from kb.text.display import display_width, is_invisible, sanitize, wrap
from kb.text.lang import Text, t

Keys: TypeAlias = Mapping[str, tuple[Text, Text]]
"""For each key its name, and what it does."""

Undo: TypeAlias = Callable[[], bool]
"""Takes a decision back, or says why it cannot and returns False."""

Item = TypeVar("Item")

_WIDEST = 100  # columns of a line people like to read


def card_width() -> int:
    """Return the columns of a line."""
    return min(terminal_width(), _WIDEST)


def mask_line(text: str) -> str:
    """Return foreign text on one line, without control characters and secrets."""
    return sanitize(mask_text(text))


def wrap_text(text: str, wide: int) -> Iterator[str]:
    """Yield a text as lines of at most `wide` columns; a longer word is broken."""
    for line in wrap(text, wide):
        piece = ""
        for character in line:
            if display_width(piece + character) > wide:
                yield piece
                piece = ""
            piece += character
        yield piece


def wrap_indented(text: str, indent: str = "") -> Iterator[str]:
    """Yield a line as lines of the terminal, those after the first indented."""
    lead = text[: len(text) - len(text.lstrip(" "))]
    first, *rest = wrap_text(text.lstrip(" "), max(20, card_width() - max(len(lead), len(indent))))
    yield lead + first
    yield from (indent + line for line in rest)


def wrap_bullet(text: str) -> Iterator[str]:
    """Yield a sentence with its bullet as lines of the terminal, those after the first indented."""
    lead = "  " if text.startswith("  ") else ""
    first, *rest = wrap_text(text.strip(), max(20, card_width() - 4))
    yield lead + first
    yield from (f"{lead}  {line}" for line in rest)


def format_keys(keys: Keys) -> Iterator[str]:
    """Yield the lines that name the keys."""
    line, used = "", 0
    for key, (name, _) in keys.items():
        wide = display_width(f"{key} {name}".rstrip())
        if line and used + wide + 2 > card_width():
            yield line
            line, used = "", 0
        line += f"{'  ' if line else ''}{paint(key, 'bold')} {name}".rstrip()
        used += wide + (2 if used else 0)
    yield line


def explain_keys(keys: Keys) -> Iterator[str]:
    """Yield what each key does."""
    for key, (_, what) in keys.items():
        for number, line in enumerate(wrap(str(what), max(20, card_width() - 4))):
            yield f"  {key if not number else ' '} {line}"


def parse_key(line: str, numbered: Keys | None = None) -> tuple[str, str]:
    """Return a typed key, in any width and case, and the words after it; of `numbered` keys also `n3`."""
    word, _, rest = line.replace("\u3000", " ").strip().partition(" ")
    key = unicodedata.normalize("NFKC", word).casefold()
    if numbered and key[1:].replace("-", "").isdigit() and key[0] in numbered:
        key, rest = key[0], f"{key[1:]} {rest}"
    return key[:20], rest.strip()


def write_screen(text: str) -> None:
    """Write to standard output at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def read_typed(prompt: str, *, echo: bool = False) -> str | None:
    """Return the next line of standard input, None at its end. `echo` shows what no person sees being typed."""
    write_screen(prompt)
    stdin = sys.stdin
    if stdin is None:
        return None
    if isinstance(stdin, TextIOWrapper) and stdin.errors != "replace":
        stdin.reconfigure(errors="replace")
    line = stdin.readline()
    if echo and (not line or not stdin.isatty()):
        write_screen(sanitize(line.strip()) + "\n")
    return line or None


class InputEnded(Exception):
    """There is no more input."""


class Step(Enum):
    """What a key does besides deciding on an item."""

    BACK = -1
    QUIT = 0


class Sitting(ABC, Generic[Item]):
    """Show an item, read keys until one decides on it, go on with the next.

    `read` shows a prompt and gives the next line, None when there is none.
    """

    keys: ClassVar[Keys]
    numbered: ClassVar[bool] = False
    read: Callable[[str], str | None]
    write: Callable[[str], object]
    _done: list[tuple[int, Undo]]

    def walk(self, items: Sequence[Item]) -> None:
        """Go from item to item until the last, or `q`. Raises InputEnded."""
        at, anyway = 0, False
        while at < len(items):
            if not anyway and self.is_settled(items[at]):
                at += 1
                continue
            self.show(items[at], at + 1, len(items))
            step = self._read_step(items[at])
            if step is Step.QUIT:
                return
            if step is Step.BACK:
                before, undo = self._done[-1]
                if undo():
                    self._done.pop()
                    at = before
                anyway = True
            else:
                self._done.append((at, step))
                at, anyway = at + 1, False

    @abstractmethod
    def is_settled(self, item: Item) -> bool:
        """Return whether an item is passed over."""

    @abstractmethod
    def show(self, item: Item, number: int, total: int) -> None:
        """Show an item that comes up."""

    @abstractmethod
    def press(self, item: Item, key: str, rest: str) -> Undo | Step | None:
        """Do what a key says. None stays with the item; what takes a decision back, or QUIT, leaves it."""

    def list_keys(self, item: Item) -> Keys:
        """Return the keys that are of use for an item."""
        return self.keys

    def explain(self, item: Item) -> Iterator[str]:
        """Yield what each key does."""
        return explain_keys(self.list_keys(item))

    def _read_step(self, item: Item) -> Undo | Step:
        while True:
            key, rest = self.read_key()
            if key in ("q", "x"):
                return Step.QUIT
            if key == "b":
                if self._done:
                    return Step.BACK
                self.say(t("これが最初です。", "this is the first."))
            elif key == "?":
                self.write_lines([*self.explain(item), "", *format_keys(self.list_keys(item))])
            elif key in self.keys:
                step = self.press(item, key, rest)
                if step is not None:
                    return step
            elif key:
                self.say_unknown_key(key)
                self.write_lines(format_keys(self.list_keys(item)))

    def read_key(self) -> tuple[str, str]:
        """Return a key, and the words after it."""
        return parse_key(self.read_line("> "), self.keys if self.numbered else None)

    def read_line(self, prompt: str) -> str:
        """Return one line, safe to show. Raises InputEnded."""
        line = self.read(prompt)
        if line is None:
            raise InputEnded
        return "" if is_invisible(line) else sanitize(line).strip()

    def try_write(self, write: Callable[[], object]) -> bool:
        """Write something down; when that fails, say why and return False: the person may try again."""
        try:
            write()
        except KbError as error:
            self.say_error(error)
            return False
        return True

    def say_unknown_key(self, key: str) -> None:
        """Say that nothing is behind a key."""
        self.say(t(f"「{key}」というキーはありません。", f"there is no key {key!r}."))

    def say_error(self, error: KbError) -> None:
        """Say what went wrong, and the next step."""
        self.write_lines([sanitize(str(error.what)), f"→ {sanitize(str(error.next_step))}" if error.next_step else ""])

    def say(self, text: Text) -> None:
        """Show a sentence."""
        self.write(f"{text}\n")

    def write_lines(self, lines: Iterable[str]) -> None:
        """Show some lines."""
        self.write("".join(f"{line}\n" for line in lines))
