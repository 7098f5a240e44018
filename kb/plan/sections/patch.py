"""Put new texts into posts and tickets, and take them out again.

A plan holds only a text's digest. Beside it travels what makes the new text from whatever is there when it is sent, so
that edits around a section stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from kb.errors import RefusedError
from kb.model.document import Markup
from kb.model.plan import ChangeKey
from kb.model.request import ChangeRequest
from kb.plan.sections import block as bodies
from kb.plan.sections.anchors import Anchor, AnchorKind, begins_empty, insert_after, insert_block
from kb.plan.sections.block import (
    KbSection,
    find_section,
    replace_section,
    split_lines,
)
from kb.plan.sections.boxes import carry_boxes
from kb.secrets.masking.mask import locate_secrets
from kb.secrets.masking.registry import get_known
from kb.secrets.quick_scan import scan_text
from kb.text.lang import Text, t

EARLIER_TEXT_LOST = t(
    "前の本文が見つからないので、元に戻せません（記録にあるのは目印だけです）",
    "the earlier text cannot be found, so nothing was restored (only its hash is known)",
)
KNOWN_ELSEWHERE = t("ほかのページにある値", "a value of another page")
TEXT_NOT_COMPOSABLE = t(
    "本文を決めたとおりに組み立てられないので、送りませんでした",
    "the text cannot be composed as decided, so it was not sent",
)


class NewText(Protocol):
    """A text to write, whatever is there now."""

    def into(self, present: str) -> str:
        """Return the new text. Raises RefusedError where it cannot be put in."""


NewTexts = Mapping[str, NewText]
"""What is written, by target."""


@dataclass(frozen=True, slots=True)
class PlacedSection:
    """A section: where it stands already, else at `place`; None where that was not said."""

    name: str
    block: str
    place: Anchor | None = None

    def into(self, present: str) -> str:
        """Return the text with the section. Raises RefusedError, also where it would end up in code."""
        if (found := find_section(present, self.name)) is not None:
            return replace_section(present, found, carry_boxes(found.content, self.block))
        if self.place is None:
            raise RefusedError(
                t(
                    f"「kb:{self.name}」の区画がまだありません。どこに入れるか決まっていません。",
                    f"there is no section kb:{self.name} yet, and no place was given for it.",
                ),
                t(
                    "--insert top か bottom か 'after-heading:見出し' を付けてください。",
                    "add --insert top, bottom or 'after-heading:WORDS'.",
                ),
            )
        text = insert_block(present, self.block, self.place)
        try:
            made = find_section(text, self.name)
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


def compose_text(
    request: ChangeRequest,
    present: str,
    texts: NewTexts,
    past: Callable[[str], str | None],
    title: str = "",
    markup: Markup = Markup.MARKDOWN,
    places: Callable[[str], str] | None = None,
    *,
    with_secrets: bool = False,
) -> str | Text:
    """Return the text to send, made from the present one; a Text for why there is none.

    `places` changes single places. An undo takes the old text from `past`, which returns None where there is none;
    `with_secrets`: it puts back what stood there, whatever that looks like.
    """
    wanted, written = str(request.after[ChangeKey.BODY]), texts.get(request.target)
    known = present if written is None else ""
    try:
        if written is not None:
            made = written.into(present)
        elif places is not None:
            made = places(present)
        else:
            if (old := past(wanted)) is None:
                return EARLIER_TEXT_LOST
            made = revert_text(present, old, wanted)
    except RefusedError as error:
        return error.what
    if not bodies.is_same_digest(wanted, bodies.digest_text(made)):
        return TEXT_NOT_COMPOSABLE
    return (None if with_secrets else refuse_secret(made, known, title, markup)) or made


def revert_text(present: str, old: str, wanted: str) -> str:
    """Return a present text with what `wanted` is about as in the old one."""
    names = bodies.list_digested_sections(wanted)
    for name in names:
        present = restore_section(present, old, name)
    return present if names else old


def refuse_secret(text: str, present: str = "", title: str = "", markup: Markup = Markup.MARKDOWN) -> Text | None:
    """Return why a text is not sent: the kind and line of the first secret that the present one has not; None for none.

    A value that the present text shows as well is not added, though its line may be another one now.
    """
    there: set[str] | None = None
    lines = set(present.split("\n"))
    for line, kind, value in _read_secrets(text, title, markup):
        if "\n" not in value and text.split("\n")[line - 1] in lines:
            continue
        if there is None:
            there = {value for _, _, value in _read_secrets(present, title, markup)} if present else set()
        if value not in there:
            return t(
                f"送る本文の {line:,} 行目に秘密の値（{kind.ja}）が入っているようなので、送りませんでした",
                f"line {line:,} of the text seems to hold a secret ({kind.en}), so it was not sent",
            )
    return None


def _read_secrets(text: str, title: str, markup: Markup) -> Iterator[tuple[int, Text, str]]:
    """Yield the secrets of a text, and the values in it that other pages told: line, what it is, value."""
    found = scan_text(text, title, markup)
    for each, (start, end) in zip(found, locate_secrets(text, found), strict=True):
        yield each.span.line, each.kind.label, text[start:end]
    for start, end in get_known().ranges(text):
        yield text.count("\n", 0, start) + 1, KNOWN_ELSEWHERE, text[start:end]


def is_stored_as_sent(sent: str, stored: str) -> bool:
    """Whether a text was stored as sent; line ends, and spaces before them and at the end, do not count."""
    one, other = ([line.rstrip() for line in each.rstrip().split("\n")] for each in (sent, stored))
    return one == other


def remove_section(text: str, section: KbSection) -> str:
    """Return the text without a section and the blank lines `insert_block` added."""
    before, after = text[: section.start], _drop_newline(text[section.end :])
    if after and begins_empty(after) and (not before or _ends_empty(before)):
        return before + _drop_newline(after)
    if not after and _ends_empty(before):
        return _drop_last_newline(before)
    return before + after


def restore_section(present: str, old: str, name: str) -> str:
    """Return a present text with this section as in an old one, or without it where the old one had none.

    What is around it stays. Raises RefusedError where the marks of either are ambiguous.
    """
    now, was = find_section(present, name), find_section(old, name)
    if now is None and was is None:
        return present
    if now is None:
        assert was is not None
        return old if remove_section(old, was) == present else _reinsert(present, old, was)
    if was is not None:
        return replace_section(present, now, carry_boxes(now.content, old[was.start : was.end]))
    before, after = present[: now.start], present[now.end :]
    for cut in _cut_twice(before, _drop_last_newline):
        if old.startswith(cut) and any(cut + rest == old for rest in _cut_twice(after, _drop_newline)):
            return old
    return remove_section(present, now)


def _reinsert(present: str, old: str, was: KbSection) -> str:
    """Insert a section after the line it stood after, else at the top if it was there, else at the bottom."""
    block = old[was.start : was.end]
    if not (above := [line for line in split_lines(old[: was.start]) if line.text.strip()]):
        return insert_block(present, block, Anchor(AnchorKind.TOP))
    same = [line for line in split_lines(present) if line.text.strip() == above[-1].text.strip()]
    if len(same) != 1:
        return insert_block(present, block, Anchor(AnchorKind.BOTTOM))
    return insert_after(present, same[0], block)


def _cut_twice(text: str, cut: Callable[[str], str]) -> tuple[str, str, str]:
    """Return a text whole, cut once, and cut twice."""
    return text, cut(text), cut(cut(text))


def _drop_last_newline(text: str) -> str:
    """Return a text without the line end it ends with."""
    return text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")


def _drop_newline(text: str) -> str:
    """Return a text without the line end it begins with."""
    return text[2:] if text.startswith("\r\n") else text[1:] if text.startswith("\n") else text


def _ends_empty(text: str) -> bool:
    return text.endswith(("\n\n", "\n\r\n"))
