"""Join the lines of a hard-wrapped item or paragraph: what an editor broke is one sentence to a reader.

A line goes on in the next one of its block where it breaks off: in a bracket, behind a particle or a comma, or where
the next begins with what cannot begin a line. The text of a list item goes on in all lines of its block but those that
say who, by when and how far (担当: …, 古川 5/30 済, → 対応中): these are its labels.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from kb.markup.blocks import Bullet, CheckBox
from kb.markup.units import Unit, UnitForm
from kb.reading.claims.attributes import is_note, peel, read_attribute_line
from kb.reading.claims.pieces import split_labels
from kb.text.display import display_width
from kb.text.lazy_pattern import compile_lazy

_MAX_JOINED = 40
_WRAPPED_COLUMNS = 56
"""A line of a paragraph that is this wide and ends in no full stop was broken by an editor."""
_ENDS = compile_lazy("[。.!?！？]\\s*[)）」』]*\\s*\\Z")
_BREAKS_OFF = compile_lazy(
    "(?:[をにはがへや、,・/:(（\\[【「]|(?<!も)の|(?<!ま)で|(?<!こ)と|(?<!と)も|から|より|って|して|[てし]、?|ために?|ように|ので|\\b(?:the|a|to|of|and|in|for))\\s*\\Z"
)
_GOES_ON = compile_lazy("(?:[)）\\]】」』、。,をにはがでと]|まで|から|より)(?!\\s)")
_REASON = compile_lazy("(?:ため|から|ので)(?:です|だ)?[。.\\s]*\\Z")
_HEADING = compile_lazy("(?:\\*\\*|__).{1,40}(?:\\*\\*|__)\\s?:?\\s*\\Z|[■◆●▼▲◇◎▶►▷#]|【[^】]{1,20}】\\s*\\Z")
_MARKED = compile_lazy("(?:→|⇒|⇨|➡|->|=>|※|└|↳|>|https?://|#[0-9]|[(（\\[【])")


def join_wrapped(units: Sequence[Unit]) -> list[list[Unit]]:
    """The units with those in one list that are lines of one sentence."""
    out: list[list[Unit]] = []
    for unit in units:
        if out and len(out[-1]) < _MAX_JOINED and _goes_on(out[-1], unit):
            out[-1].append(unit)
        else:
            out.append([unit])
    return out


def _goes_on(line: Sequence[Unit], unit: Unit) -> bool:
    first, last = line[0], line[-1]
    if unit.gap or unit.form is not UnitForm.LINE or unit.box is not CheckBox.NONE or unit.quote != first.quote:
        return False
    if first.form not in (UnitForm.ITEM, UnitForm.LINE) or not last.text:
        return False
    if _ENDS.search(last.text):
        whole_label = split_labels(unit.text)[0] and not split_labels(unit.text)[1]
        return first.form is UnitForm.ITEM and not (whole_label or _MARKED.match(unit.text) or is_note(unit.text))
    if _HEADING.match(unit.text):
        return False
    if _is_open(line):
        return True
    if split_labels(unit.text)[0] and not split_labels(unit.text)[1]:
        return bool(_BREAKS_OFF.search(last.text)) and not split_labels(first.text)[0]
    if split_labels(last.text)[0] and not split_labels(last.text)[1]:
        return False
    if _BREAKS_OFF.search(last.text) or _GOES_ON.match(unit.text):
        return True
    if _MARKED.match(unit.text) or is_note(unit.text) or not peel(last.text).is_empty:
        return False
    if first.bullet is not Bullet.NONE or first.form is UnitForm.ITEM:
        return read_attribute_line(unit.text) is None and not _REASON.search(unit.text)
    return display_width(last.text) >= _WRAPPED_COLUMNS and read_attribute_line(unit.text) is None


def _is_open(line: Sequence[Unit]) -> bool:
    """Whether a bracket is open at the end of a line."""
    text = "".join(unit.text for unit in line)
    return any(text.count(opening) > text.count(closing) for opening, closing in ("()", "「」", "[]", "【】"))


def join_texts(line: Sequence[Unit]) -> tuple[str, Callable[[int], int]]:
    """The text of joined units, and what gives the byte of each of its characters."""
    if len(line) == 1:
        return line[0].text, line[0].places()
    text = ""
    starts: list[int] = []
    for unit in line:
        if text and (
            text[-1].isascii() and unit.text[0].isascii() and text[-1] not in "([/:" and unit.text[0] not in ")]"
        ):
            text += " "
        starts.append(len(text))
        text += unit.text

    places = [unit.places() for unit in line]

    def place(index: int) -> int:
        at = bisect_right(starts, index) - 1
        return places[at](min(index - starts[at], len(line[at].text)))

    return text, place
