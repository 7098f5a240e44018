"""Plans by example: the posts there are, the command that is typed, what it proposes, and what esa holds afterwards.

A case is a folder: before.json, command, plan.toml and after.json, and a CSV the command may read. `accept = false` in
a plan.toml stays where it is: what nobody accepted must not be sent. Made anew with
KB_UPDATE_GOLDEN=1, and read in review.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from changes.site import Site, opened
from servers import Sandbox

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/command"))
FIELDS = ("number", "name", "category", "tags", "wip")


@pytest.fixture
def site(
    sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Site]:
    def open_(case: str) -> Site:
        rows = json.loads((HERE / case / "before.json").read_text("utf-8"))
        return opened(sandbox("--profile", "nolimit", data=rows), tmp_path, monkeypatch, capsys)

    return open_


def timeless(text: str) -> str:
    """A plan without what says when and by which kb it was made."""
    return re.sub(r"^(created|kb) = .*\n", "", text, flags=re.M)


def posts(site: Site) -> str:
    rows = [{key: row.get(key) for key in FIELDS} for row in site.sandbox.dump("esa") if "number" in row]
    rows.sort(key=lambda row: row["number"])
    return "[\n" + ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in rows) + "\n]\n"


def agree(path: Path, text: str) -> None:
    if os.environ.get("KB_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text("utf-8")


@pytest.mark.parametrize("case", CASES)
def test_a_command_proposes_and_apply_makes_it_so(case: str, site: Callable[[str], Site]) -> None:
    here = site(case)
    for table in (HERE / case).glob("*.csv"):
        shutil.copy(table, here.folder)
    words = (HERE / case / "command").read_text("utf-8").split()
    here.kb(*words, "-o", "plan.toml")
    plan = (here.folder / "plan.toml").read_text("utf-8")
    agree(HERE / case / "plan.toml", timeless(plan))
    here.kb("plan", "refresh", "plan.toml")
    assert (here.folder / "plan.toml").read_text("utf-8") == plan
    here.kb("apply", "plan.toml", "--yes")
    agree(HERE / case / "after.json", posts(here))
    here.kb(*words, "-o", "again.toml")
    if (here.folder / "again.toml").exists():  # what nobody accepted is proposed again, and nothing else
        assert "\naccept = true" not in (here.folder / "again.toml").read_text("utf-8")
    here.kb("plan", "refresh", "plan.toml")
    assert "\naccept = true" not in (here.folder / "plan.toml").read_text("utf-8")


def test_there_are_cases() -> None:
    assert len(CASES) >= 5
