"""Find what must not be sent, and what is worth a remark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter

from kb.model.plan import KEY_LABELS, Change, ChangeKey, Value, Verb, merge_values
from kb.plan.collide.board import Collision, CollisionKind, NameBoard, PostName, change_ids, list_ancestors
from kb.plan.propose.post import ARCHIVE_CATEGORY
from kb.plan.rebase import rests_on_text
from kb.plan.sections.places import is_place_edit
from kb.plan.values import add_aside_mark
from kb.text.lang import count_noun, t


def find_contradictions(targets: Mapping[str, Sequence[Change]]) -> Iterator[Collision]:
    """Yield changes that set one field of a target differently. Redmine closes `along` tickets with the same status."""
    set_to: dict[tuple[str, str], list[tuple[Value, Change]]] = defaultdict(list)
    for target, changes in targets.items():
        for each in changes:
            after = merge_values([each])
            for key, value in after.items():
                if is_place_edit(each):
                    continue  # each is another place of one text
                set_to[target, key].append((value, each))
            if ChangeKey.STATUS in after:
                for other in each.along:
                    set_to[other, ChangeKey.STATUS].append((after[ChangeKey.STATUS], each))
    for (target, key), values in set_to.items():
        if any(value != values[0][0] for value, _ in values):
            yield Collision(
                CollisionKind.CONTRADICTION,
                change_ids(each for _, each in values),
                t(
                    f"{target} の{KEY_LABELS[ChangeKey(key)].ja}を、"
                    f"{len(values):,} 件の変更が別々の値にしようとしています。",
                    f"{len(values):,} changes set the {KEY_LABELS[ChangeKey(key)].en} of {target} to different values.",
                ),
                t("残すもの以外を accept = false にしてください。", "keep one, and set accept = false in the others."),
            )


def find_name_clashes(board: NameBoard, refused: set[int]) -> Iterator[Collision]:
    """Yield names two posts would share; `refused` posts stay where they are."""
    stopped = set(refused)
    wanting: dict[PostName, list[int]] = defaultdict(list)
    for number in board.movers():
        wanting[board.then[number]].append(number)
    for place, numbers in wanting.items():
        holder = board.staying.get(place)
        if len(numbers) > 1:
            stopped.update(numbers)
            yield _same_name_collision(board, place, numbers)
        elif holder is not None:
            stopped.update(numbers)
            yield _name_taken_collision(board, place, numbers[0], holder)
    for cycle in list(_find_cycles(board.waits)):
        if stopped & set(cycle):
            continue
        if (first := _choose_aside(board, cycle)) is None:
            stopped.update(cycle)
            yield _cycle_collision(board, cycle)
            continue
        at = cycle.index(first)
        after = [*cycle[:at][::-1], *cycle[at + 1 :][::-1]]  # who waits for a name goes as soon as it is free
        board.swaps.append((first, *after))
        board.waits.pop(after[0])
    stuck = _find_waiting(board.waits, stopped) - stopped
    for number in sorted(stuck):
        yield _stuck_collision(board, number, next(each for each in board.waits[number] if each in stopped | stuck))


def _choose_aside(board: NameBoard, cycle: Sequence[int]) -> int | None:
    """Choose the post of a circle that gets another title for a while; None where none can.

    One that has it already; else none whose change might be taken back for its text just before it is sent.
    """
    fit = [number for number in cycle if _can_step_aside(board, number)]
    if any(len(board.waits[number]) > 1 for number in cycle):
        return None  # two posts have one name as it is
    return min(
        fit,
        key=lambda number: (number not in board.aside, any(map(is_place_edit, board.posts[number])), number),
        default=None,
    )


def _can_step_aside(board: NameBoard, number: int) -> bool:
    category, title = board.now[number]
    name = category, add_aside_mark(title)
    free = board.marked.get(name, number) == number and name not in board.then.values()
    return free and len(name[1]) <= MAX_TITLE_LENGTH and not any(map(rests_on_text, board.posts[number]))


MAX_TITLE_LENGTH = 255
"""Code points of an esa title."""


def _find_cycles(waits: Mapping[int, Sequence[int]]) -> Iterator[list[int]]:
    """Yield each cycle of posts that wait for each other, once."""
    never = _find_blocked(waits)
    seen: set[int] = set()
    for start in sorted(never):
        path: list[int] = []
        number = start
        while number not in seen:
            seen.add(number)
            path.append(number)
            number = next(other for other in waits[number] if other in never)
        if number in path:
            yield path[path.index(number) :]


def _find_blocked(waits: Mapping[int, Sequence[int]]) -> set[int]:
    """Return the posts whose turn never comes: those in a cycle, and all that wait for them."""
    sorter, blocked = TopologicalSorter(waits), set(waits)
    with suppress(CycleError):  # what does not depend on a cycle can be sorted all the same
        sorter.prepare()
    while ready := sorter.get_ready():
        sorter.done(*ready)
        blocked.difference_update(ready)
    return blocked


def _find_waiting(waits: Mapping[int, Sequence[int]], stopped: set[int]) -> set[int]:
    """Return all that wait for one of these, directly or not."""
    followers: dict[int, list[int]] = defaultdict(list)
    for number, others in waits.items():
        for other in others:
            followers[other].append(number)
    found: set[int] = set()
    to_see = list(stopped)
    while to_see:
        fresh = [each for each in followers[to_see.pop()] if each not in found]
        found.update(fresh)
        to_see += fresh
    return found


_OTHER_NAME = t(
    "after の題名か分類を変えるか、その変更を accept = false にしてください。",
    "change the title or category in after, or set accept = false.",
)


def _full_name(place: PostName) -> str:
    return "/".join(part for part in place if part)[:80]


def _same_name_collision(board: NameBoard, place: PostName, numbers: Sequence[int]) -> Collision:
    listed = "、".join(f"esa:{number}" for number in numbers[:5]) + ("…" if len(numbers) > 5 else "")
    return Collision(
        CollisionKind.SAME_NAME,
        board.naming(*numbers),
        t(
            f"{len(numbers):,} 件の記事が同じ名前「{_full_name(place)}」になります（{listed}）。",
            f'{len(numbers):,} posts would have one name, "{_full_name(place)}" ({listed.replace("、", ", ")}).',
        ),
        _OTHER_NAME,
        tuple(numbers),
    )


def _name_taken_collision(board: NameBoard, place: PostName, number: int, holder: int) -> Collision:
    return Collision(
        CollisionKind.TAKEN,
        board.naming(number),
        t(
            f"esa:{number} の新しい名前「{_full_name(place)}」は、esa:{holder} が使っています。",
            f'the new name of esa:{number}, "{_full_name(place)}", is that of esa:{holder}.',
        ),
        _OTHER_NAME,
        (number, holder),
    )


def _cycle_collision(board: NameBoard, cycle: Sequence[int]) -> Collision:
    some = [f"esa:{number}" for number in cycle[:6]]
    listed = " → ".join([*some, *(["…"] if len(cycle) > 6 else []), some[0]])
    return Collision(
        CollisionKind.CYCLE,
        board.naming(*cycle),
        t(
            f"{len(cycle):,} 件の記事が、互いの名前が空くのを待つことになります（{listed}）。",
            f"{len(cycle):,} posts wait for each other's names ({listed}).",
        ),
        t(
            "1 件を仮の名前にして先に送り、そのあと本来の名前にする変更案を作ってください。",
            "give one of them a name for the time being, apply, and make a second plan for its own.",
        ),
        tuple(cycle),
    )


def _stuck_collision(board: NameBoard, number: int, holder: int) -> Collision:
    return Collision(
        CollisionKind.STUCK,
        board.naming(number),
        t(
            f"esa:{number} の新しい名前は esa:{holder} が使っていて、その変更を送れません。",
            f"the new name of esa:{number} is that of esa:{holder}, whose own change cannot be sent.",
        ),
        t(f"esa:{holder} の変更を先に直してください。", f"correct the change of esa:{holder} first."),
        (number, holder),
    )


def remark_on_moves_into_moved(board: NameBoard, refused: set[int]) -> Iterator[Collision]:
    """Yield moves into a category the plan moves away as a whole; they do not go along. A chain, a swap, or a slip."""
    told: set[str] = set()
    for top in sorted(board.swept() - board.occupied):
        if told & list_ancestors(top):
            continue
        inside = {number for number in board.now if top in list_ancestors(board.now[number][0])}
        after = {number for number in board.then if top in list_ancestors(board.then[number][0])}
        leaving, entering = inside - after, sorted(after - inside - refused)
        homes = {_category_target(board, number, top) for number in leaving}
        home = next(iter(homes), "")
        if len(leaving) < 2 or len(homes) > 1 or not home or inside & after or not entering:
            continue
        told.add(top)
        yield Collision(
            CollisionKind.MOVED,
            board.naming(*entering),
            t(
                f"「{top[:60]}」は「{home[:60]}」へまるごと移り（{len(leaving):,} 件）、"
                f"そこへ別の {len(entering):,} 件が入ります。",
                f'"{top[:60]}" moves to "{home[:60]}" as a whole ({count_noun(len(leaving), "post")}), '
                f"and {len(entering):,} others take its place.",
            ),
        )


def _category_target(board: NameBoard, number: int, top: str) -> str:
    """Return where `top` goes when this move is one of the whole category; "" when it is not."""
    rest = board.now[number][0][len(top) :]
    goes = board.then[number][0]
    whole = goes.endswith(rest) and all(
        each.kind is Verb.MOVE for each in board.posts[number] if ChangeKey.CATEGORY in each.after
    )
    return goes[: len(goes) - len(rest)] if whole else ""


def remark_on_swaps(board: NameBoard) -> Iterator[Collision]:
    """Yield what is done where posts change names with each other: one has another title for a while."""
    if not board.swaps:
        return
    numbers = [number for ring in board.swaps for number in ring]
    shown = [f"esa:{ring[0]}「{add_aside_mark(board.now[ring[0]][1])[:60]}」" for ring in board.swaps[:3]]
    more = "…" if len(board.swaps) > 3 else ""
    yield Collision(
        CollisionKind.SWAP,
        board.naming(*numbers),
        t(
            f"{len(numbers):,} 件は、互いの名前を入れ替えます。そのために {len(board.swaps):,} 件を、"
            f"しばらく仮の題名にします（{'、'.join(shown)}{more}）。書き換えは 1 件に 1 回増え、"
            "途中で止めると仮の題名のまま残ります（もう一度 kb apply すると続きます）。",
            f"{len(numbers):,} posts change names with each other. For that, {len(board.swaps):,} of them have another "
            f"title for a while ({', '.join(shown)}{more}): one more edit each. A run that stops half way leaves it "
            "so until kb apply goes on.",
        ),
    )


def remark_on_chains(board: NameBoard, refused: set[int]) -> Iterator[Collision]:
    ringed = {number for ring in board.swaps for number in ring}
    if numbers := [number for number in sorted(board.waits.keys() - ringed) if number not in refused]:
        yield Collision(
            CollisionKind.CHAIN,
            board.naming(*numbers),
            t(
                f"{len(numbers):,} 件は、今その名前の記事が移ったあとに送ります。",
                f"{len(numbers):,} are sent after the post that has their name now has moved away.",
            ),
        )


def remark_on_spelling(board: NameBoard) -> Iterator[Collision]:
    found = [
        each
        for changes in board.posts.values()
        for each in changes
        if {"/", "#"} & set(str(merge_values([each]).get(ChangeKey.TITLE, "")))
    ]
    if found:
        yield Collision(
            CollisionKind.SPELLING,
            change_ids(found),
            t(
                f"{len(found):,} 件の題名に「/」か「#」があります。"
                "分類やタグと読まれないよう、&#47; と &#35; にして送ります。",
                f'{len(found):,} titles hold "/" or "#": '
                "they are sent as &#47; and &#35;, so that esa reads no category or tag in them.",
            ),
        )


def remark_on_personal_folders(board: NameBoard, personal: Collection[str], me: str) -> Iterator[Collision]:
    archived: list[int] = []
    folders: dict[str, list[int]] = defaultdict(list)
    for number, changes in board.posts.items():
        if all(each.kind is Verb.UNDO for each in changes):
            continue
        here = board.category(number)
        for place in dict.fromkeys((here, str(board.wanted[number].get(ChangeKey.CATEGORY, here)))):
            away = place != here and all(
                each.kind is Verb.ARCHIVE for each in changes if ChangeKey.CATEGORY in each.after
            )
            if ARCHIVE_CATEGORY in list_ancestors(place) and not away and number not in archived:
                archived.append(number)
            owner = find_personal_folder(place, personal)
            if owner and owner.rpartition("/")[2] != me and number not in folders[owner]:
                folders[owner].append(number)
    if archived:
        yield Collision(
            CollisionKind.ARCHIVED,
            change_ids(each for number in archived for each in board.posts[number]),
            t(
                f"{len(archived):,} 件は {ARCHIVE_CATEGORY}/ の記事（または移動先）です。",
                f"{len(archived):,} are posts below {ARCHIVE_CATEGORY}/, or move there.",
            ),
        )
    if owned := {owner: numbers for owner, numbers in folders.items() if numbers}:
        touched = sorted({number for numbers in owned.values() for number in numbers})
        listed = "、".join(sorted(owned)[:5]) + ("…" if len(owned) > 5 else "")
        yield Collision(
            CollisionKind.PERSONAL,
            change_ids(each for number in touched for each in board.posts[number]),
            t(
                f"{len(touched):,} 件は個人フォルダーの記事（または移動先）です（{listed}）。"
                "先に声をかけておくと安心です。",
                f"{len(touched):,} are in personal folders, or move there ({listed.replace('、', ', ')}): "
                "a word beforehand is kind.",
            ),
        )


def find_personal_folder(category: str, globs: Collection[str]) -> str:
    """Return the personal folder a category is or is in, archived or not; "" for none."""
    parts = category.removeprefix(f"{ARCHIVE_CATEGORY}/").split("/")
    for glob in globs:
        wild = glob.split("/")
        if len(parts) >= len(wild) and all(map(fnmatchcase, parts, wild)):
            return "/".join(parts[: len(wild)])
    return ""


def remark_on_unknown(board: NameBoard) -> Iterator[Collision]:
    if found := board.naming(*sorted(board.posts.keys() - board.now.keys())):
        yield Collision(
            CollisionKind.UNKNOWN,
            found,
            t(
                f"{len(found):,} 件は手元の写しになく、名前の重なりを確かめられません。",
                f"{len(found):,} are not in the mirror: whether their names are free is not known.",
            ),
            t("kb sync を実行すると確かめられます。", "run kb sync to find out."),
        )
