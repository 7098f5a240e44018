"""`kb review` without a terminal: check a plan for CI, list its groups, decide on them by flags."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kb.commands.change.review.view import format_group_row
from kb.console.sitting import mask_line
from kb.errors import KbError, UsageError
from kb.execute.plan_store import PlanFile, undecided_groups
from kb.model.plan import Change, Plan
from kb.plan.collide.board import Collisions
from kb.plan.collide.hold_back import find_candidates_to_drop, is_held
from kb.plan.groups import is_owned, list_acceptable
from kb.settings.workspace import find_config, open_workspace
from kb.text.display import format_local_time, sanitize
from kb.text.lang import Text, count_noun, t

if TYPE_CHECKING:
    from kb.execute.preflight.check import ApplyForecast

    Foresee = Callable[[Plan], ApplyForecast]


def check_plan(path: Path, *, github: bool, alone: bool) -> None:
    """Print what a plan is. Exit 2 where it cannot be read, 5 where it is another team's."""
    if not alone:
        raise UsageError(
            t(
                "--check は確かめるだけなので、ほかの指定とは使えません。",
                "--check only looks: it takes no other flag.",
            ),
            t(
                "例: kb review plan.toml --check --format github",
                "example: kb review plan.toml --check --format github",
            ),
        )
    try:
        plan, zone = _read(path)
    except KbError as error:
        if not github:
            raise
        _annotate("error", path, str(error))
        raise typer.Exit(error.exit_code) from None
    if github:
        _annotate("notice", path, " ".join(str(line) for line in describe_plan(plan, zone)))
        return
    first, *rest = describe_plan(plan, zone)
    print(f"{sanitize(str(path))}: {first}")
    for line in rest:
        print(f"  {line}")


def _read(path: Path) -> tuple[Plan, str]:
    """Read the plan, and the zone its day is given in. Raises InputError, RefusedError for one of another team."""
    from kb.execute.preflight.check import check_team

    plan = PlanFile(path).plan()
    workspace = open_workspace() if find_config() else None
    if workspace is None:
        return plan, "Asia/Tokyo"
    check_team(workspace, plan)
    return plan, workspace.settings.timezone


def describe_plan(plan: Plan, zone: str) -> Iterator[Text]:
    """Describe a plan: digest, team, counts and kinds of change. No title and no value."""
    day = format_local_time(plan.created, zone)
    team = sanitize(plan.team[:60])
    yield t(f"変更案 {plan.digest}（チーム {team}、{day}）", f"plan {plan.digest} (team {team}, {day})")
    groups, accepted = len(list(plan.groups())), len(plan.accepted)
    waiting, edited = len(undecided_groups(plan)), sum(each.edited for each in plan.changes)
    total = len(plan.changes)
    yield t(
        f"変更 {total:,} 件: 送る {accepted}、送らない {total - accepted}。グループ {groups}（未定 {waiting}）。"
        f"書き換え {edited:,} 件。",
        f"{count_noun(total, 'change')}: {accepted} to send, {total - accepted} not; "
        f"{count_noun(groups, 'group')}, {waiting} to "
        f"decide on; {edited:,} edited.",
    )
    if kinds := Counter(f"{each.source.value} {each.kind.value}" for each in plan.accepted):
        told = "、".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
        yield t(f"送るもの: {told}", f"to send: {told.replace('、', ', ')}")


def _annotate(level: str, path: Path, words: str) -> None:
    """Print an annotation of a workflow run; nothing in a plan can become another command to the runner."""
    from kb.lint.formats.ci import escape_data, escape_property

    print(f"::{level} file={escape_property(str(path))},title=kb review::{escape_data(words)}")


ALL_GROUPS = "all"


def list_groups(plan: Plan) -> Iterator[str]:
    """Yield a row for every group: number, whether it is decided, how many of it are sent, its words."""
    groups = list(plan.groups())
    waiting = {name for name, _ in undecided_groups(plan)}
    for number, (group, changes) in enumerate(groups, 1):
        decided = group not in waiting
        yield from format_group_row(group, changes, number, decided=decided, digits=len(str(len(groups))))


def decide_groups(
    file: PlanFile,
    accepted: Sequence[str],
    rejected: Sequence[str],
    collide: Callable[[Iterable[Change]], Collisions] | None = None,
) -> Iterator[Text]:
    """Accept and reject groups, named by their words or numbers, or `all` undecided ones; yield the result in words.

    Of a group that is accepted, changes that were turned off one by one stay off, and so do those whose names
    collide: by what `collide` says, else by what the plan says; those that are for their owners to decide on stay as
    they are. `all` leaves groups open of which nothing is turned on: kb was not sure of those.
    Raises UsageError for a group there is not, InputError, StoreError.
    """
    plan = file.plan()
    groups = dict(plan.groups())
    yes, no = _find_groups(accepted, list(groups)), _find_groups(rejected, list(groups))
    both = next((name for name in yes if name in no), None)
    if both is not None or (ALL_GROUPS in accepted and ALL_GROUPS in rejected):
        raise UsageError(
            t("同じグループを --accept と --reject の両方に指定しています。", "one group is given to both flags."),
            t("どちらか一方にしてください。", "give it to one of them."),
        )
    yield from _owned([name for name in (*yes, *no) if is_owned(groups[name])], groups)
    yes, no = ([name for name in names if not is_owned(groups[name])] for names in (yes, no))
    named = {*yes, *no}
    waiting = [name for name, _ in undecided_groups(plan) if name not in named]
    if ALL_GROUPS in accepted:
        sure = [name for name in waiting if any(each.accept for each in groups[name])]
        unsure = {each.id for name in waiting if name not in sure for each in groups[name]}
        left = _left(plan, unsure, collide)
        apart = {name: groups[name] for name in waiting if name not in sure and all(map(is_held, groups[name]))}
        apart = {name: some for name, some in apart.items() if any(each.id in left for each in some)}
        yield from _colliding(apart, left, list(groups))
        doubtful = {name: groups[name] for name in waiting if name not in sure and name not in apart}
        yield from _doubtful(doubtful, list(groups))
        yes = [*yes, *sure]
    if ALL_GROUPS in rejected:
        no = [*no, *waiting]
    if no:
        file.accept([each.id for name in no for each in groups[name]], False, decided=no)
    if yes:
        ids = {each.id for name in yes for each in list_acceptable(groups[name])}
        left = _left(file.plan(), ids, collide)
        held = {name: tuple(each for each in groups[name] if each.id in left) for name in yes}
        yield from _colliding({name: some for name, some in held.items() if some}, left, list(groups))
        ids -= left.keys()
        yes = [name for name in yes if any(each.id in ids for each in groups[name])]
        file.accept(left.keys(), False)
        file.accept(ids, True, decided=yes)
    done = dict(file.plan().groups())
    on = sum(each.accept for name in yes for each in done[name])
    off = sum(not each.accept for name in yes for each in done[name])
    stays = t(f"（{off:,} 件は accept = false のまま）", f" ({off:,} keep accept = false)") if off else t("", "")
    if yes:
        yield t(
            f"{len(yes):,} グループ、{on:,} 件を送ることにしました{stays.ja}。",
            f"{count_noun(len(yes), 'group')} accepted: {count_noun(on, 'change')}{stays.en}.",
        )
        for each in (each for name in yes for each in done[name] if each.accept and each.warning):
            yield t(f"  {each.target}: {mask_line(each.warning)}", f"  {each.target}: {mask_line(each.warning)}")
    if no:
        count = sum(len(groups[name]) for name in no)
        yield t(
            f"{len(no):,} グループ、{count:,} 件は送りません。",
            f"{count_noun(len(no), 'group')} rejected: {count_noun(count, 'change')}.",
        )


def _left(
    plan: Plan, ids: Collection[str], collide: Callable[[Iterable[Change]], Collisions] | None
) -> dict[str, Text]:
    """Return which of the changes to be accepted must be left out, as their names collide, and why."""
    if collide is None:
        held = (each for each in plan.changes if each.id in ids and is_held(each))
        return {each.id: t(each.warning, each.warning) for each in held}
    wanted = [each for each in plan.changes if each.accept or each.id in ids]
    return {id: each.what for id, each in find_candidates_to_drop(wanted, collide, ids).items()}


def _colliding(groups: Mapping[str, Sequence[Change]], why: Mapping[str, Text], names: Sequence[str]) -> Iterator[Text]:
    if not groups:
        return
    numbers = _number_groups(groups, names)
    left = [each for some in groups.values() for each in some]
    said = next(why[each.id] for each in left if each.id in why)
    step = t(
        "kb plan refresh で、空いている題名が warning に入ります。", "kb plan refresh puts a free title into warning."
    )
    if all(each.warning for each in left):
        step = t("空いている題名は、案の warning にあります。", "A title that is free stands in warning.")
    yield t(
        f"{numbers.ja} の {len(left):,} 件は、名前がほかの記事と重なるので、"
        f"accept = false のまま残しました。{mask_line(said.ja)}{step.ja}",
        f"{numbers.en}: {count_noun(len(left), 'change')} collide with the names of other posts and keep "
        f"accept = false. {mask_line(said.en)} {step.en}",
    )


def _number_groups(groups: Iterable[str], names: Sequence[str]) -> Text:
    numbers = [str(names.index(name) + 1) for name in groups]
    return t(f"グループ {'、'.join(numbers)}", f"{'group' if len(numbers) == 1 else 'groups'} {', '.join(numbers)}")


def _owned(names: Sequence[str], groups: Mapping[str, Sequence[Change]]) -> Iterator[Text]:
    if names:
        numbers = _number_groups(names, list(groups))
        yield t(
            f"{numbers.ja} は本人が決めるので、そのまま残しました。",
            f"{numbers.en}: their owners decide on these, so they stay as they are.",
        )


def _find_groups(words: Sequence[str], groups: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for word in words:
        if word in groups:
            found[word] = None
        elif word.isascii() and word.isdigit() and 1 <= int(word) <= len(groups):
            found[groups[int(word) - 1]] = None
        elif word != ALL_GROUPS:
            raise _unknown(word, groups)
    return list(found)


def _unknown(word: str, groups: Sequence[str]) -> UsageError:
    near = difflib.get_close_matches(word, groups, n=1, cutoff=0.4)
    nearest = f"{groups.index(near[0]) + 1}: {mask_line(near[0])[:60]}" if near else ""
    ja, en = (f"（{nearest}）", f" ({nearest})") if near else ("", "")
    most = len(groups)
    return UsageError(
        t(f"「{mask_line(word)[:60]}」というグループはありません。", f"there is no group {mask_line(word)[:60]!r}."),
        t(
            f"1 から {most} の番号か、グループの言葉をそのまま指定してください{ja}。",
            f"give a number from 1 to {most}, or the group's own words{en}.",
        ),
    )


def _doubtful(left: dict[str, tuple[Change, ...]], names: Sequence[str]) -> Iterator[Text]:
    if left:
        numbers, first = _number_groups(left, names), names.index(next(iter(left))) + 1
        yield t(
            f"{numbers.ja} は accept = false だけなので、決めずに残しました。"
            f"送るなら --accept {first} のように指定してください。",
            f"{numbers.en}: nothing but accept = false, left for you to decide. To send it: --accept {first}.",
        )
