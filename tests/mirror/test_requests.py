"""What a sync costs, as the server counts it and as kb says: the figures the manual promises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from servers import run_sandbox
from torture_kit.workspace import Workspace

ROOT = Path(__file__).parents[2]
POSTS, TICKETS = 1000, 250
TEXT_LENGTH = 80
MEMBERS = 1  # ⌈members/100⌉: the corpus names fewer than a hundred people

Figures = dict[str, dict[str, int]]


def corpus(kind: str, docs: int) -> list[dict[str, Any]]:
    command = [sys.executable, ROOT / "bench" / "make_corpus.py", "--kind", kind, "--docs", str(docs), "--out", "-"]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    return [cut(json.loads(line)) for line in made.stdout.splitlines()]


def cut(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the beginning of its text: what a sync asks does not hang on how much it is told."""
    texts = ("body_md", "description")
    return {name: value[:TEXT_LENGTH] if name in texts else value for name, value in row.items()}


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Figures]:
    """The figures of a few syncs in a row, each of which the server counted too."""
    found: dict[str, Figures] = {}
    rows = [*corpus("posts", POSTS), *corpus("tickets", TICKETS)]
    with run_sandbox("--profile", "nolimit", data=rows) as box:
        workspace = Workspace.make(tmp_path_factory.mktemp("costs"), box)
        # After all of it: a ticket that changes within the coming day is read again by every sync.
        box.clock(now="2031-01-01T00:00:00Z")

        def sync(name: str) -> None:
            box.reset(counters=True)
            code, figures, said = workspace.sync()
            assert code == 0, said
            for system in ("esa", "redmine"):
                of = figures[system]
                assert of["requests"] + of["audit_requests"] == box.requests(system)["total"]
            found[name] = figures

        sync("full")
        sync("idle")
        box.edit("esa", "update", number=7, fields={"body_md": "変えた"})
        box.edit("redmine", "update", id=7, fields={"subject": "変えた"})
        sync("changed")
        box.edit("esa", "delete", number=8)
        box.edit("esa", "move", number=9, fields={"category": "新しい/場所"}, quiet=True)
        sync("deleted and moved")
        sync("idle again")
        workspace.configure(audit=100)
        sync("audit")
        tables = [row for row in box.dump("redmine") if row["kind"] == "issue"]
        found["world"] = {
            "redmine": {
                "projects": len({row["project"]["id"] for row in tables}),
                "noted": sum(row["updated_on"][:19] != row["created_on"][:19] for row in tables),
            }
        }
    return found


def test_a_thousand_posts_with_comments(costs: dict[str, Figures]) -> None:
    assert costs["full"]["esa"]["added"] == POSTS
    assert costs["full"]["esa"]["requests"] <= 6 + POSTS // 100 + MEMBERS


def test_idle_esa(costs: dict[str, Figures]) -> None:
    for run in ("idle", "idle again"):
        assert costs[run]["esa"]["requests"] <= 4 + MEMBERS
        assert sum(costs[run]["esa"][name] for name in ("added", "changed", "deleted")) == 0


def test_one_changed_post_costs_at_most_one_more(costs: dict[str, Figures]) -> None:
    assert costs["changed"]["esa"]["changed"] == 1
    assert costs["changed"]["esa"]["requests"] <= 4 + MEMBERS + 1


def test_one_deleted_and_one_quietly_moved_cost_at_most_three_more(costs: dict[str, Figures]) -> None:
    figures = costs["deleted and moved"]["esa"]
    assert (figures["changed"], figures["deleted"]) == (1, 1)
    assert figures["requests"] <= 4 + MEMBERS + 3


def test_redmine_full(costs: dict[str, Figures]) -> None:
    world = costs["world"]["redmine"]
    assert costs["full"]["redmine"]["added"] == TICKETS
    assert costs["full"]["redmine"]["requests"] <= 5 + -(-TICKETS // 100) + world["noted"] + world["projects"]


def test_redmine_idle_and_changed(costs: dict[str, Figures]) -> None:
    idle = 7 + costs["world"]["redmine"]["projects"]
    assert costs["idle"]["redmine"]["requests"] <= idle
    assert costs["changed"]["redmine"]["requests"] <= idle + 1
    assert costs["changed"]["redmine"]["changed"] == 1
    assert costs["idle again"]["redmine"]["requests"] <= idle


def test_an_audit_is_counted_apart(costs: dict[str, Figures]) -> None:
    assert costs["audit"]["esa"]["requests"] <= 4 + MEMBERS
    assert costs["audit"]["esa"]["audit_requests"] == 1
    assert costs["audit"]["redmine"]["audit_requests"] == 1 + 100
