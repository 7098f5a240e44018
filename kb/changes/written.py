"""The texts that plans do not hold: what is written into a post or ticket, and how it is put back. Pure.

A plan says of a text only what stands for it. Beside it travels what makes the new text of whatever stands there
when it is sent: so what others wrote around a section meanwhile stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from kb.changes import bodies
from kb.changes.places import Place, inserted, restored
from kb.changes.plan import Key
from kb.changes.remote import Request
from kb.changes.section import find, replaced
from kb.errors import RefusedError
from kb.lang import Text, t
from kb.model import Markup
from kb.secrets.shown import shown_text

NO_PAST = t(
    "前の本文が見つからないので、元に戻せません（記録にあるのは目印だけです）",
    "the text that stood there cannot be found, so it stays as it is (only its hash is known)",
)
SECRET = t(
    "送る本文に秘密の値が入っているようなので、送りませんでした",
    "the text seems to hold a secret, so it was not sent",
)
OTHERWISE = t(
    "本文を決めたとおりに組み立てられないので、送りませんでした",
    "the text cannot be put together as decided, so it was not sent",
)


class Written(Protocol):
    """A text to be written, whatever stands there."""

    def into(self, present: str) -> str:
        """What a present text becomes. Raises RefusedError where it cannot be put in."""


Texts = Mapping[str, Written]
"""What is written, by target."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A section that is to stand in a text: where it stands already, else at `place`; None where nobody said."""

    name: str
    block: str
    place: Place | None = None

    def into(self, present: str) -> str:
        """The text with the section. Raises RefusedError, also where it would land inside of code."""
        found = find(present, self.name)
        if found is not None:
            return replaced(present, found, self.block)
        if self.place is None:
            raise RefusedError(
                t(
                    f"「kb:{self.name}」の区画がまだありません。どこに入れるか決まっていません。",
                    f"there is no section kb:{self.name} yet, and nobody has said where to put it.",
                ),
                t(
                    "--insert top か bottom か 'after-heading:見出し' を付けてください。",
                    "add --insert top, bottom or 'after-heading:WORDS'.",
                ),
            )
        text = inserted(present, self.block, self.place)
        try:
            made = find(text, self.name)
        except RefusedError:
            made = None
        if made is None or made.edited:
            raise RefusedError(
                t(
                    "入れる場所が、閉じていないコードブロックの中になります。何も書いていません。",
                    "the section would land inside of code that is not closed; nothing was written.",
                ),
                t(
                    "本文のコードブロックを閉じるか、--insert top にしてください。",
                    "close that code, or use --insert top.",
                ),
            )
        return text


def to_send(
    request: Request,
    present: str,
    texts: Texts,
    past: Callable[[str], str | None],
    title: str = "",
    markup: Markup = Markup.MARKDOWN,
) -> str | Text:
    """The text that is sent for a request, made of the present one; why there is none, where there is none.

    What is put back comes from the `past`: it gives an old text that is what was wanted, and None where there is none.
    """
    wanted, written = str(request.after[Key.BODY]), texts.get(request.target)
    try:
        if written is not None:
            made = written.into(present)
        else:
            old = past(wanted)
            if old is None:
                return NO_PAST
            made = as_before(present, old, wanted)
    except RefusedError as error:
        return error.what
    if not bodies.same(wanted, bodies.value_of(made)):
        return OTHERWISE
    return SECRET if holds_secret(made, title, markup) else made


def as_before(present: str, old: str, wanted: str) -> str:
    """A present text put back to what an old one was, as far as `wanted` is about it."""
    names = bodies.sections_in(wanted)
    for name in names:
        present = restored(present, old, name)
    return present if names else old


def holds_secret(text: str, title: str = "", markup: Markup = Markup.MARKDOWN) -> bool:
    """Whether a text seems to hold a credential."""
    return shown_text(text, title, markup) != text


def alike(sent: str, stored: str) -> bool:
    """Whether a text was taken as sent: ends of lines, and blanks before them and at the end, do not count."""
    one, other = ([line.rstrip() for line in each.rstrip().split("\n")] for each in (sent, stored))
    return one == other
