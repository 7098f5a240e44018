"""What can be sent, and is better known beforehand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase

from kb.changes.collide.board import Board, above
from kb.changes.collide.clash import Clash, Collision, ids
from kb.changes.plan import Key, Verb, wanted
from kb.lang import t

ARCHIVE = "Archived"


def chain(board: Board, refused: set[int]) -> Iterator[Collision]:
    numbers = [number for number in sorted(board.waits) if number not in refused]
    if numbers:
        yield Collision(
            Clash.CHAIN,
            tuple(each for number in numbers for each in board.naming(number)),
            t(
                f"{len(numbers)} 件は、今その名前の記事が移ったあとに送ります。",
                f"{len(numbers)} are sent after the post that has their name now has moved away.",
            ),
        )


def spelling(board: Board) -> Iterator[Collision]:
    found = [
        each
        for changes in board.posts.values()
        for each in changes
        if {"/", "#"} & set(str(wanted([each]).get(Key.TITLE, "")))
    ]
    if found:
        yield Collision(
            Clash.SPELLING,
            ids(found),
            t(
                f"{len(found)} 件の題名に「/」か「#」があります。"
                "分類やタグと読まれないよう、&#47; と &#35; にして送ります。",
                f'{len(found)} titles hold "/" or "#": '
                "they are sent as &#47; and &#35;, so that esa reads no category or tag in them.",
            ),
        )


def folders(board: Board, personal: Collection[str], me: str) -> Iterator[Collision]:
    archived: list[int] = []
    folders: dict[str, list[int]] = defaultdict(list)
    for number, changes in board.posts.items():
        if all(each.kind is Verb.UNDO for each in changes):
            continue
        here = board.category(number)
        for place in dict.fromkeys((here, str(board.wanted[number].get(Key.CATEGORY, here)))):
            away = place != here and all(each.kind is Verb.ARCHIVE for each in changes if Key.CATEGORY in each.after)
            if ARCHIVE in above(place) and not away and number not in archived:
                archived.append(number)
            owner = personal_folder(place, personal)
            if owner and owner.rpartition("/")[2] != me and number not in folders[owner]:
                folders[owner].append(number)
    if archived:
        yield Collision(
            Clash.ARCHIVED,
            tuple(each for number in archived for each in ids(board.posts[number])),
            t(
                f"{len(archived)} 件は {ARCHIVE}/ の記事（または移動先）です。",
                f"{len(archived)} are posts below {ARCHIVE}/, or move there.",
            ),
        )
    owned = {owner: numbers for owner, numbers in folders.items() if numbers}
    if owned:
        touched = sorted({number for numbers in owned.values() for number in numbers})
        listed = "、".join(sorted(owned)[:5]) + ("…" if len(owned) > 5 else "")
        yield Collision(
            Clash.PERSONAL,
            tuple(each for number in touched for each in ids(board.posts[number])),
            t(
                f"{len(touched)} 件は個人フォルダーの記事（または移動先）です（{listed}）。"
                "先に声をかけておくと安心です。",
                f"{len(touched)} are in personal folders, or move there ({listed.replace('、', ', ')}): "
                "a word beforehand is kind.",
            ),
        )


def personal_folder(category: str, globs: Collection[str]) -> str:
    """The personal folder a category is, or stands in, archived or not; "" when it is nobody's."""
    parts = category.removeprefix(f"{ARCHIVE}/").split("/")
    for glob in globs:
        wild = glob.split("/")
        if len(parts) >= len(wild) and all(map(fnmatchcase, parts, wild)):
            return "/".join(parts[: len(wild)])
    return ""


def unknown(board: Board) -> Iterator[Collision]:
    naming = {number: board.naming(number) for number in board.posts if number not in board.now}
    found = tuple(each for number in sorted(naming) for each in naming[number])
    if found:
        yield Collision(
            Clash.UNKNOWN,
            found,
            t(
                f"{len(found)} 件は手元の写しになく、名前の重なりを確かめられません。",
                f"{len(found)} are not in the mirror: whether their names are free is not known.",
            ),
            t("kb sync を実行すると確かめられます。", "run kb sync to find out."),
        )
