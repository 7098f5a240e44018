"""`kb diagram build --drift`: the pictures, with marks where what was collected differs from them.

They change with every snapshot and with the day, so they are drawn into a folder of their own: what is committed, what
`check` compares (SYS107) and what `publish` sends stays the model alone.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kb.clock import lint_time
from kb.console.terminal import say, say_safe
from kb.settings.workspace import Workspace, find_config, open_workspace
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.diagram.draw.drift_marks import NodeIncident
    from kb.diagram.draw.scene import DiagramPicture
    from kb.estate.drift.estate import Estate


def layout_drift(folder: Path, now: str, post_url: str) -> tuple[DiagramPicture, ...]:
    """Return the pictures of the model in a folder with what differs. Raises UsageError where nothing was collected."""
    from kb.commands.diagram.collect import private_folder
    from kb.diagram.draw.drift_marks import describe_standings, mark_pictures
    from kb.diagram.draw.views import layout_views
    from kb.diagram.model.rules import SystemContext
    from kb.diagram.model.toml import load_model
    from kb.estate.collect.load import load_estate
    from kb.estate.drift.judge import judge_drift
    from kb.estate.drift.rules import select_drift_rules
    from kb.reports.drift.survey import survey_system
    from kb.rules import registry

    model = load_model(folder)
    workspace = open_workspace() if find_config() else None
    moment = lint_time(now, workspace.settings.timezone if workspace else "Asia/Tokyo")
    estate = load_estate(model, workspace, private_folder(), moment)
    rules = select_drift_rules(registry.load_rules("linters.system"))
    found = judge_drift(estate, SystemContext(model, moment.date()), rules)
    return mark_pictures(
        layout_views(model, post_url=post_url),
        survey_system(found, rules, model, workspace, moment, estate).findings,
        rules,
        _incidents_by_node(workspace, estate, moment, now, post_url),
        describe_standings(estate.standings, estate.missing),
    )


def _incidents_by_node(
    workspace: Workspace | None, estate: Estate, moment: datetime, now: str, post_url: str
) -> dict[str, list[NodeIncident]]:
    """Return the incidents of the last days by node that every member may read; links to the team's esa alone."""
    if workspace is None or not workspace.mirror.exists():
        return {}
    if not workspace.settings.host_names:
        say(
            t(
                "ホスト名が決まっていないので、障害は図に出していません。 → kb init --hosts",
                "no host names are set, so no incidents are drawn. → kb init --hosts",
            )
        )
        return {}
    from kb.diagram.draw.drift_marks import NodeIncident
    from kb.diagram.draw.scene import INCIDENT_DAYS
    from kb.reports.incidents.gather import IncidentRequest, gather_incidents
    from kb.reports.model_nodes import ModelNodes

    today = moment.date()
    since = (today - timedelta(days=INCIDENT_DAYS)).isoformat()
    gathered = gather_incidents(workspace, IncidentRequest(since=since, now=now, shared=True))
    nodes = ModelNodes(estate.model, hosts=workspace.settings.host_names)
    by_node: dict[str, list[NodeIncident]] = defaultdict(list)
    for row in gathered.rows:
        if row.day > today.isoformat():
            continue
        url = row.url if post_url and row.url.startswith(post_url) else ""
        named = {node for name in row.nodes for node in estate.nodes_named(name)}
        for node in sorted({*named, *nodes.find_ids(row.machines)}):
            by_node[node].append(NodeIncident(row.day, url))
    for crash in gathered.crashes:
        say_safe(crash.what)
    if gathered.hidden:
        say(
            t(
                f"読める人が限られた障害 {gathered.hidden:,} 件は、図に出していません。",
                f"incidents that not every member may see are not drawn: {gathered.hidden:,}.",
            )
        )
    return by_node
