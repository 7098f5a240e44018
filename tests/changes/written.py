"""A section of text written into a post or ticket of a sandbox, for tests of what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from changes.site import Site
from servers import Row

from kb.execute.apply import prepare_apply
from kb.execute.run_control import ApplyOptions, ApplyResult, RunOptions
from kb.model.facts import Confidence
from kb.model.plan import Change, SeenState, Verb, new_plan
from kb.plan.sections.anchors import Anchor, AnchorKind
from kb.plan.sections.block import digest_section, render_block
from kb.plan.sections.patch import PlacedSection
from kb.settings.workspace import open_workspace

BOTTOM = Anchor(AnchorKind.BOTTOM)


def ticket(here: Site, number: int) -> Row:
    """A ticket as the API shows it, with its journals."""
    url = f"{here.sandbox.redmine}/issues/{number}.json?include=journals"
    headers = {"X-Redmine-API-Key": here.sandbox.api_key}
    return dict(httpx.get(url, headers=headers, trust_env=False).json()["issue"])


def text_of(here: Site, target: str) -> str:
    """A target's text as it stands."""
    system, _, number = target.partition(":")
    if system == "esa":
        return str(here.post(int(number))["body_md"])
    return str(ticket(here, int(number))["description"])


def put(
    here: Site,
    target: str,
    content: str,
    place: Anchor | None = BOTTOM,
    *,
    name: str = "report",
    tells: bool = False,
    meanwhile: Callable[[], Any] | None = None,
) -> ApplyResult:
    """Write a section; `meanwhile` is called when the plan is made and before it is sent."""
    workspace = open_workspace()
    written = PlacedSection(name, render_block(name, content), place)
    present = text_of(here, target)
    revision = here.post(int(target[4:]))["revision_number"] if target.startswith("esa") else 0
    change = Change(
        Verb.PUBLISH, target, {"body": digest_section(name, present)},
        {"body": digest_section(name, written.into(present))}, SeenState("2026-11-26T00:00:00Z", revision),
        "区画", "区画", Confidence.HIGH, title="週報", hunks=("+週報",),
    )  # fmt: skip
    redmine = workspace.settings.redmine.url if workspace.settings.redmine else ""
    plan = new_plan("docs", "2000-01-01T00:00:00Z", "0.1", [change], redmine=redmine)
    if meanwhile is not None:
        meanwhile()
    wish = ApplyOptions(f"report {target}", without_note=True, tells=tells)
    with prepare_apply(workspace, plan, wish, {target: written}) as ready:
        return ready.apply(RunOptions())
