"""Titles and fields of esa and Redmine as they are compared, and as they travel.

esa takes a `/` in a name for a category and ` #x` for a tag; as `&#47;` and `&#35;` both are letters
(esa API v1, names). Whether answers show the entity or the letter is not documented, so both are
taken for the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from kb.model.plan import Key, Value, Values
from kb.plan.sections import block
from kb.secrets.mask_document import shown_text
from kb.text.invisible import is_unseen
from kb.text.lang import Text, t
from kb.text.lines import encode

_ENTITIES = (("&#35;", "#"), ("&#47;", "/"))
"""The `#` first: the entity of a `/` holds one."""


def read_title(name: str) -> str:
    """A name as people read it."""
    for entity, letter in _ENTITIES:
        name = name.replace(entity, letter)
    return name


def same(key: str, one: Value, other: Value) -> bool:
    """Whether two values of a key are the same: no matter entities, the order of tags, what is around a section.

    Of a person the number counts, whatever they are called by now.
    """
    if key == Key.TITLE:
        return read_title(str(one)) == read_title(str(other))
    if key == Key.BODY:
        return block.same(str(one), str(other))
    if key == Key.ASSIGNEE:
        return str(one).rpartition("#")[2] == str(other).rpartition("#")[2]
    if isinstance(one, tuple) and isinstance(other, tuple):
        return sorted(one) == sorted(other)
    return one == other


def differing(expected: Values, now: Mapping[str, Value]) -> tuple[str, ...]:
    """The keys of `expected` that have another value now."""
    return tuple(key for key, value in expected.items() if key not in now or not same(key, value, now[key]))


LONGEST = 1000
"""Code points of one value, all tags together. esa's and Redmine's titles hold 255; categories are longer."""

LONGEST_NOTE = 60_000
"""Bytes of a note in UTF-8. A Redmine before 3.4 on MySQL holds 65,535 with the run's name behind it, later ones 16 MB
(db/migrate/20161010081600_change_journals_notes_limit.rb)."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")  # and what turns text around
_PERSON = re.compile(r"(?:.* )?#[1-9][0-9]{0,17}")


def usable(key: Key, value: Value) -> Text | None:
    """Why a value cannot be sent as this key, or None: a clause without a full stop."""
    texts = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
    if sum(map(len, texts)) > LONGEST:
        return t(f"{LONGEST} 文字を超えています", f"it is longer than {LONGEST} characters")
    if any(_CONTROL.search(each) for each in texts):
        return t("改行や制御文字が入っています", "it holds line breaks or control characters")
    if any(shown_text(each) != each for each in texts):
        return t("秘密の値が入っているようです", "it seems to hold a secret")
    if key is Key.CATEGORY and isinstance(value, str) and value and not all(part.strip() for part in value.split("/")):
        return t(
            f"分類「{value[:60]}」は「/」で始まるか終わるか、「//」を含んでいます",
            f'the category "{value[:60]}" begins or ends with "/", or holds "//"',
        )
    if key in (Key.TITLE, Key.STATUS) and not str(value).strip():
        return t("空です", "it is empty")
    if any(each.strip() and is_unseen(each) for text in texts for each in _parts(key, text)):
        return t("目に見える文字がありません", "it holds nothing that can be seen")
    if key is Key.TAGS and not all(each.strip() for each in texts):
        return t("空のタグがあります", "there is an empty tag")
    if key is Key.ASSIGNEE and value and not _PERSON.fullmatch(str(value)):
        return t("担当者は「氏名 #番号」で書きます", "a person is written as: name #number")
    return None


def _parts(key: Key, text: str) -> list[str]:
    """What of a value has a name of its own: the folders of a category."""
    return text.split("/") if key is Key.CATEGORY else [text]


def unfit(note: str) -> Text | None:
    """Why a note cannot be posted, or None: a clause without a full stop."""
    size = len(encode(note))
    if size > LONGEST_NOTE:
        return t(
            f"注記が長すぎます（UTF-8 で {size:,} バイト。{LONGEST_NOTE:,} バイトまで）",
            f"the note is too long ({size:,} bytes in UTF-8; at most {LONGEST_NOTE:,})",
        )
    if shown_text(note) != note:
        return t("秘密の値が入っているようです", "it seems to hold a secret")
    return None
