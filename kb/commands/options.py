"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from kb.commands.registry import argument, option
from kb.text.lang import t

MemberOption = Annotated[
    str | None,
    option(
        "--for MEMBER",
        t("この人が担当のものだけ（スクリーンネームか氏名）", "only what is this person's (any of their names)"),
    ),
]
PathsArgument = Annotated[
    list[str] | None,
    argument(
        "[PATH.md …]",
        t(
            "ファイルやフォルダー、または写しの文書（esa:1397）。なければ写しの全部",
            "files and folders, or documents of the mirror (esa:1397); default: all of it",
        ),
    ),
]
SelectOption = Annotated[
    list[str] | None,
    option("--select CODE", t("この規則だけ（INC、INC402、規則名）", "only these rules (INC, INC402, a name)")),
]


def split_selectors(given: Iterable[str] | None) -> tuple[str, ...]:
    """Return selectors, whether given one by one or with commas between."""
    return tuple(word for words in given or () for word in words.split(",") if word.strip())
