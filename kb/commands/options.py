"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from kb.commands.registry import argument, option
from kb.errors import UsageError
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

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
BaselineOption = Annotated[
    str | None,
    option(
        "--baseline FILE",
        t(
            "知っている指摘の一覧（なければ kb-baseline.toml。/dev/null なら脇に置いたものも見る）",
            "the known findings (default: kb-baseline.toml; /dev/null shows what is set aside, too)",
        ),
    ),
]
UpdateBaselineOption = Annotated[
    bool,
    option(
        "--update-baseline",
        t(
            "直ったものを一覧から外す（なければ、今の情報と警告で作る）",
            "take what was mended out of it (or make it of today's information and warnings)",
        ),
    ),
]
AcceptNewOption = Annotated[
    bool, option("--accept-new", t("新しい指摘も一覧に入れる", "also take new findings into it"))
]
UntilOption = Annotated[
    str,
    option(
        "--until DATE",
        t("一覧が効く最後の日（4w、2027-03-31。作るときは 3m）", "its last day (4w, 2027-03-31; a new one: 3m)"),
    ),
]
NewOnlyOption = Annotated[
    bool, option("--new-only", t("前回のあとに現れたものだけ", "only what came since the last run"))
]


def split_selectors(given: Iterable[str] | None) -> tuple[str, ...]:
    """Return selectors, whether given one by one or with commas between."""
    return tuple(word for words in given or () for word in words.split(",") if word.strip())


_POST = compile_lazy(r"(?:esa:|https://(?P<team>[A-Za-z0-9-]+)\.esa\.io/posts/)?(?P<number>[1-9][0-9]{0,17})")


def read_post_number(word: str, option: str, team: str) -> int:
    """Return the number of a post of a team. Raises UsageError, for the address of another team's, too."""
    found = _POST.fullmatch(word.strip())
    if found is not None and (found["team"] or team).casefold() == team.casefold():
        return int(found["number"])
    if found is not None:
        raise UsageError(
            t(
                f"{option}「{word[:60]}」は、このチーム（{team}）の記事ではありません。",
                f"{option} {word[:60]!r} is not a post of this team ({team}).",
            ),
            t(
                f"このチームの記事を指定してください（例: {option} esa:1440）。",
                f"name one of its posts: {option} esa:1440",
            ),
        )
    raise UsageError(
        t(f"{option}「{word[:60]}」は esa の記事ではありません。", f"{option} {word[:60]!r} is not an esa post."),
        t(f"例: {option} esa:1440", f"example: {option} esa:1440"),
    )
