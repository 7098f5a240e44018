"""Compare fields of esa and Redmine, check what can be sent as one, and escape titles for esa."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from kb.model.plan import ChangeKey, Value, Values
from kb.plan.sections import block
from kb.plan.sections.numbers import NUMBER_PATTERN
from kb.secrets.mask_document import mask_text
from kb.text.display import is_invisible
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import encode

_ENTITIES = (("&#35;", "#"), ("&#47;", "/"))
"""esa reads a `/` in a name as a category and ` #x` as a tag; these keep them letters (esa API v1, names).

Answers may show either form, so both count as equal. `#` first: the entity of `/` contains one.
"""


def unescape_title(name: str) -> str:
    """Return a name as people read it."""
    for entity, letter in _ENTITIES:
        name = name.replace(entity, letter)
    return name


def escape_title(title: str) -> str:
    """Return a title as esa must be sent it, so that every letter of it stays a letter."""
    title = unescape_title(title)
    for entity, letter in _ENTITIES:
        title = title.replace(letter, entity)
    return title


ASIDE_MARK = "（kb 入れ替え中）"
"""What ends the title of a post that makes room for another, until its own new name is free.

Sent by itself, so that whoever reads the title meanwhile knows what is going on, and kb knows the post by it
(kb.execute.preflight.swaps).
"""


def add_aside_mark(title: str) -> str:
    """Return the title of a post while it makes room."""
    return f"{own_title(title)}{ASIDE_MARK}"


def is_aside(title: str) -> bool:
    """Whether a post makes room, by its title."""
    return title.endswith(ASIDE_MARK)


def own_title(title: str) -> str:
    """Return a title without the mark of a post that makes room."""
    return title.removesuffix(ASIDE_MARK)


def settled_values(values: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return a post's values with its own title, also while it makes room."""
    title = values.get(ChangeKey.TITLE)
    return {**values, ChangeKey.TITLE.value: own_title(title)} if isinstance(title, str) and is_aside(title) else values


def find_new_title(values: Mapping[str, Value], after: Mapping[str, Value]) -> str | None:
    """Return the title a request gives a post: that in `after`, its own once it gets another name; None for none."""
    if ChangeKey.TITLE in after:
        return str(after[ChangeKey.TITLE])
    title = str(values.get(ChangeKey.TITLE, ""))
    return own_title(title) if ChangeKey.CATEGORY in after and is_aside(title) else None


def is_same_value(key: str, one: Value, other: Value) -> bool:
    """Whether two values of a key are equal, apart from entities, order of tags, and text around a section.

    A person is compared by number; of notes only those that `one` names count.
    """
    if key == ChangeKey.TITLE:
        return unescape_title(str(one)) == unescape_title(str(other))
    if key == ChangeKey.BODY:
        return block.is_same_digest(str(one), str(other))
    if key == ChangeKey.ASSIGNEE:
        return str(one).rpartition("#")[2] == str(other).rpartition("#")[2]
    if key == ChangeKey.NOTES and isinstance(one, tuple) and isinstance(other, tuple):
        return set(one) <= set(other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return sorted(one) == sorted(other)
    return one == other


def differing_keys(expected: Values, now: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the keys of `expected` that have another value now."""
    return tuple(key for key, value in expected.items() if key not in now or not is_same_value(key, value, now[key]))


def differing_settled_keys(expected: Values, now: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the keys of `expected` that have another value now; a post that makes room counts by its own title."""
    title = expected.get(ChangeKey.TITLE)
    keep = isinstance(title, str) and is_aside(title)
    return differing_keys(expected, now if keep else settled_values(now))


MAX_VALUE_LENGTH = 1000
"""Code points of a value, all tags together. esa's and Redmine's titles hold 255; categories are longer."""

MAX_NOTE_BYTES = 60_000
"""Bytes of a note in UTF-8. A Redmine before 3.4 on MySQL holds 65,535 with the run's name behind it, later ones 16 MB
(db/migrate/20161010081600_change_journals_notes_limit.rb)."""
CONTROL_CHARACTERS = compile_lazy(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")  # and bidirectional controls
_PERSON = compile_lazy(r"(?:.* )?#[1-9][0-9]{0,17}")
_NOTE = compile_lazy(r"[1-9][0-9]{0,17} (?:public|private)")
_PROJECT = compile_lazy(r"[a-z0-9_-]{1,100}", 256)  # re.A
MAX_SUBJECT = 255
"""Characters of a ticket's subject (app/models/issue.rb, Redmine 6.0.5)."""


def check_value(key: ChangeKey, value: Value) -> Text | None:
    """Return why a value cannot be sent as this key, as a clause, or None."""
    texts = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
    if sum(map(len, texts)) > MAX_VALUE_LENGTH:
        return t(f"{MAX_VALUE_LENGTH:,} 文字を超えています", f"it is longer than {MAX_VALUE_LENGTH:,} characters")
    if any(CONTROL_CHARACTERS.search(each) for each in texts):
        return t("改行や制御文字が入っています", "it holds line breaks or control characters")
    if any(mask_text(each) != each for each in texts):
        return t("秘密の値が入っているようです", "it seems to hold a secret")
    parts = [part for text in texts for part in (text.split("/") if key is ChangeKey.CATEGORY else [text])]
    if key is ChangeKey.CATEGORY and value and not all(part.strip() for part in parts):
        return t(
            f"分類「{str(value)[:60]}」は「/」で始まるか終わるか、「//」を含んでいます",
            f'the category "{str(value)[:60]}" begins or ends with "/", or holds "//"',
        )
    if key in _NEVER_EMPTY and not str(value).strip():
        return t("空です", "it is empty")
    if any(each.strip() and is_invisible(each) for each in parts):
        return t("目に見える文字がありません", "it holds nothing that can be seen")
    if key is ChangeKey.TAGS and not all(each.strip() for each in texts):
        return t("空のタグがあります", "there is an empty tag")
    if key is ChangeKey.ASSIGNEE and value and not _PERSON.fullmatch(str(value)):
        return t("担当者は「氏名 #番号」で書きます", "a person is written as: name #number")
    if key is ChangeKey.NOTES and not (texts and all(map(_NOTE.fullmatch, texts))):
        return t("注記は「番号 private」か「番号 public」で書きます", "a note is written as: number private, or public")
    if key is ChangeKey.NUMBER and value and not NUMBER_PATTERN.fullmatch(str(value)):
        return t("チケットの番号は「#45」のように書きます", "the number of a ticket is written as: #45")
    if key is ChangeKey.PROJECT and not _PROJECT.fullmatch(str(value)):
        return t("プロジェクトは識別子で書きます", "a project is written by its identifier")
    if key is ChangeKey.DUE and value and not _is_day(str(value)):
        return t("期日は「2026-12-01」のように書きます", "a due date is written as: 2026-12-01")
    return None


_NEVER_EMPTY = (ChangeKey.TITLE, ChangeKey.STATUS, ChangeKey.LINK, ChangeKey.TRACKER, ChangeKey.MARK)


def _is_day(written: str) -> bool:
    try:
        return date.fromisoformat(written).isoformat() == written
    except ValueError:
        return False


def check_subject(subject: str) -> Text | None:
    """Return why a text cannot be a ticket's subject, as a clause, or None."""
    if len(subject) > MAX_SUBJECT:
        return t(f"{MAX_SUBJECT} 文字を超えています", f"it is longer than {MAX_SUBJECT} characters")
    return None


def check_note(note: str) -> Text | None:
    """Return why a note cannot be posted, as a clause, or None."""
    size = len(encode(note))
    if size > MAX_NOTE_BYTES:
        return t(
            f"注記が長すぎます（UTF-8 で {size:,} バイト。{MAX_NOTE_BYTES:,} バイトまで）",
            f"the note is too long ({size:,} bytes in UTF-8; at most {MAX_NOTE_BYTES:,})",
        )
    if mask_text(note) != note:
        return t("秘密の値が入っているようです", "it seems to hold a secret")
    return None
