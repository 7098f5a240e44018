"""`kb review --check`: whether a plan reads, whose it is and what it counts, for CI. Asks no system and no mirror."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kb.commands.review import CheckFormat
from kb.config import find_config, open_workspace
from kb.console import local, safe
from kb.errors import KbError, UsageError
from kb.lang import Text, many, t

if TYPE_CHECKING:
    from kb.changes.plan import Plan


def look(path: Path, form: CheckFormat, *, alone: bool) -> None:
    """Print what a plan is. Exit 2 for what cannot be read as one, 5 for one that is another team's."""
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
        if form is CheckFormat.TEXT:
            raise
        _annotate("error", path, str(error))
        raise typer.Exit(error.exit_code) from None
    if form is CheckFormat.GITHUB:
        _annotate("notice", path, " ".join(str(line) for line in said(plan, zone)))
        return
    first, *rest = said(plan, zone)
    print(f"{safe(str(path))}: {first}")
    for line in rest:
        print(f"  {line}")


def _read(path: Path) -> tuple[Plan, str]:
    """The plan, and the zone its day is told in. Raises InputError, RefusedError for one of another team."""
    from kb.changes.checked import same_team
    from kb.commands.review_file import PlanFile

    plan = PlanFile(path).plan()
    workspace = open_workspace() if find_config() else None
    if workspace is None:
        return plan, "Asia/Tokyo"
    same_team(workspace, plan)
    return plan, workspace.settings.timezone


def said(plan: Plan, zone: str) -> Iterator[Text]:
    """What a plan is: its digest and team, how much of it is sent, what it does. No title and no value."""
    from kb.commands.review_file import open_groups

    day = local(plan.created, zone)
    team = safe(plan.team[:60])
    yield t(f"変更案 {plan.digest}（チーム {team}、{day}）", f"plan {plan.digest} (team {team}, {day})")
    groups, accepted = len(list(plan.groups())), len(plan.accepted)
    waiting, edited = len(open_groups(plan)), sum(each.edited for each in plan.changes)
    total = len(plan.changes)
    yield t(
        f"変更 {total} 件: 送る {accepted}、送らない {total - accepted}。グループ {groups}（未定 {waiting}）。"
        f"書き換え {edited} 件。",
        f"{many(total, 'change')}: {accepted} to send, {total - accepted} not; {many(groups, 'group')}, {waiting} to "
        f"decide on; {edited} edited.",
    )
    kinds = Counter(f"{each.source.value} {each.kind.value}" for each in plan.accepted)
    if kinds:
        told = "、".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
        yield t(f"送るもの: {told}", f"to send: {told.replace('、', ', ')}")


def _annotate(level: str, path: Path, words: str) -> None:
    """One annotation of a workflow run. Whatever stands in a plan, it is no other command to the runner."""
    from kb.lint.formats.github import escape_data, escape_property

    print(f"::{level} file={escape_property(str(path))},title=kb review::{escape_data(words)}")
