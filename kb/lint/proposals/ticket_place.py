"""Choose the project and the tracker that tickets for measures are made in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from kb.errors import UsageError
from kb.mirror.store import Mirror
from kb.model.document import Source
from kb.plan.propose.measures import TicketPlace
from kb.settings.workspace import Workspace
from kb.text.json_fields import int_field, text_field
from kb.text.lang import t


def choose_place(workspace: Workspace, mirror: Mirror, used: Mapping[tuple[int, str], int]) -> TicketPlace:
    """Return where tickets go: as kb.toml says, else where most tickets of measures are that everybody may read.

    Raises UsageError where neither says so, and for names Redmine does not have.
    """
    wanted = workspace.settings.plan
    projects = mirror.things(Source.REDMINE, "project").values()
    trackers = [text_field(row.get("name")) for row in mirror.things(Source.REDMINE, "tracker").values()]
    is_open = [row for row in projects if row.get("status", 1) == 1]
    shared = {text_field(row.get("identifier")) for row in is_open if row.get("is_public") is True}
    every = {text_field(row.get("identifier")) for row in is_open}
    if wanted.ticket_project:
        _require_name("ticket_project", wanted.ticket_project, every)
    if wanted.ticket_tracker:
        _require_name("ticket_tracker", wanted.ticket_tracker, trackers)
    names = {int_field(row.get("id")): text_field(row.get("identifier")) for row in projects}
    likely: Counter[tuple[str, str]] = Counter()
    for (number, tracker), count in used.items():
        if names.get(number) in shared and tracker in trackers:
            likely[names[number], tracker] += count
    only = next(iter(shared)) if len(shared) == 1 else ""
    project = wanted.ticket_project or _most(_sum_by(likely, 0)) or only
    if not project:
        listed = "、".join(sorted(every))
        raise UsageError(
            t("どのプロジェクトに作るかが決まりません。", "nobody can tell which project tickets go into."),
            t(
                f"kb.toml の [plan] に ticket_project を書いてください（あるもの: {listed}）。",
                f"write ticket_project under [plan] in kb.toml; there are: {listed}",
            ),
        )
    here = Counter({each: count for each, count in likely.items() if each[0] == project})
    chosen = wanted.ticket_tracker or _most(_sum_by(here, 1)) or _most(_sum_by(likely, 1))
    chosen = chosen or next(iter(trackers), "")
    if wanted.ticket_project:
        why = t("作るところは kb.toml のとおりです。", "Where it goes stands in kb.toml.")
    else:
        why = t("ほかの対策のチケットが多いところに作ります。", "It goes where most tickets of measures are.")
    return TicketPlace(project, chosen, why)


def _sum_by(counts: Mapping[tuple[str, str], int], part: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for each, count in counts.items():
        found[each[part]] += count
    return found


def _most(counts: Counter[str]) -> str:
    return max(sorted(counts), key=lambda name: counts[name], default="")


def _require_name(key: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        names = "、".join(sorted(known))
        raise UsageError(
            t(
                f"kb.toml の [plan] {key} の「{name[:60]}」は、Redmine にありません。",
                f"{name[:60]!r}, which [plan] {key} names, is not in Redmine.",
            ),
            t(f"あるもの: {names}", f"there are: {names}"),
        )
