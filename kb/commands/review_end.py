"""What `kb review` ends with: the consequences, what apply would refuse, and the command that comes next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kb.changes.consequences.words import lines
from kb.changes.plan import Plan
from kb.commands.review_card import lines_of, room, seen
from kb.commands.review_file import open_groups
from kb.lang import Text, many, t

if TYPE_CHECKING:
    from kb.changes.collide import Collision
    from kb.changes.foresight import Foresight
    from kb.changes.limits import Refusal

MOST = 8
"""Refusals that are told in words."""


def outcome(foresight: Foresight) -> Iterator[str]:
    """The consequences of what is accepted, a line each, and what speaks against sending it."""
    for line in lines(foresight.consequences):
        yield from laid_out(f"- {seen(str(line))}")
    for remark in foresight.remarks:
        yield from laid_out(f"* {seen(str(remark.what))}")
    against: list[Collision | Refusal] = [*foresight.refused, *foresight.over]
    for at, refused in enumerate(against[:MOST], 1):
        yield from laid_out(f"! {seen(str(refused.what))}")
        after = against[at].next_step if at < min(MOST, len(against)) else None
        if refused.next_step is not None and refused.next_step != after:  # one way on for several stands below them
            yield from laid_out(f"  → {seen(str(refused.next_step))}")
    more = len(against) - MOST
    if more > 0:
        yield str(t(f"! ほかに送れないものが {more} 件あります。", f"! and {more} more that cannot be sent."))


def following(
    plan: Plan, path: Path, foresight: Foresight | None, *, per_day: int | None, without_note: bool
) -> Iterator[Text]:
    """How many groups are left, and the next command: a sentence or two."""
    left = [changes for _, changes in open_groups(plan)]
    file = shlex.quote(str(path))
    doubtful = not any(each.accept for changes in left for each in changes)
    if left and not (doubtful and plan.accepted):
        command = f"kb review {file}"
        groups = many(len(left), "group")
        yield t(f"残り {len(left)} グループ。続きは: {command}", f"{groups} left. To go on: {command}")
        return
    if not plan.accepted:
        yield t("送る変更はありません。", "there is nothing to send.")
        return
    if foresight is not None and foresight.refused:
        yield t(
            f"送れない変更を直してから: kb review {file}（または {file} を編集）",
            f"mend what cannot be sent: kb review {file}, or edit {file}",
        )
        return
    words = ["kb apply", file]
    if foresight is not None and foresight.over:
        words.append(f"--allow {foresight.consequences.writes}")
    words += [f"--per-day {per_day}"] * bool(per_day) + ["--without-note"] * without_note
    command = " ".join(words)
    if left:
        yield t(
            f"未定の {len(left)} グループは送りません（kb review {file} で決められます）。",
            f"{many(len(left), 'group')} nobody has decided on: not sent (kb review {file}).",
        )
    yield t(f"次は: {command}", f"next: {command}")


def laid_out(text: str) -> Iterator[str]:
    """A sentence with its bullet as lines of the terminal, those after the first set in."""
    lead = "  " if text.startswith("  ") else ""
    first, *rest = lines_of(text.strip(), max(20, room() - 4))
    yield lead + first
    yield from (f"{lead}  {line}" for line in rest)
