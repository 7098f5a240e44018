"""The two of the invented team who left before kb came: found at the first sync, and named in nothing passed on."""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from servers import Sandbox, run_sandbox

from kb.cli.app import run
from kb.lint.people.roster import read_roster
from kb.mirror.store import Mirror
from kb.settings import workspace
from kb.settings.kb_toml import PeopleSettings
from kb.sources.esa.client import Esa
from kb.text import lang

NAMES = re.compile("kurokawa|黒川|miura|三浦", re.I)
READS = ["read:post", "read:comment", "read:category", "read:tag", "read:team", "read:user", "read:attachment"]
NOW = "2026-11-30T09:00:00+09:00"

Call = Callable[..., str]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with run_sandbox("--demo", "--profile", "nolimit") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def kb(box: Sandbox, patch: pytest.MonkeyPatch) -> Call:
    """`kb(*words)`: what it prints, both streams."""
    box.use(patch)
    patch.setenv("KB_NOW", NOW)
    patch.setenv("KB_KEY", "11" * 32)

    def call(*words: str) -> str:
        workspace._named = None
        lang.set_language("ja")
        out, streams = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), (sys.stdout, sys.stderr)
        sys.stdout = sys.stderr = out
        try:
            code = run(list(words))
        finally:
            sys.stdout, sys.stderr = streams
        out.flush()
        said = out.buffer.getvalue().decode()  # type: ignore[attr-defined]
        assert code == 0, said
        return said

    return call


def new_folder(root: Path, patch: pytest.MonkeyPatch, kb: Call) -> Path:
    patch.chdir(root)
    kb("init", "--team", "adteam", "--no-redmine", "--yes")
    kb("sync")
    return root


def abandoned(kb: Call) -> set[str]:
    """The posts of which PST103 says that their writer is not there."""
    said = kb("lint", "--select", "PST103", "--format", "jsonl", "--exit-zero")
    return {json.loads(line)["doc"] for line in said.splitlines() if line.startswith("{")}


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch, kb: Call) -> Path:
    """A folder after its first sync."""
    return new_folder(tmp_path_factory.mktemp("first"), patch, kb)


@pytest.fixture
def team(synced: Path, patch: pytest.MonkeyPatch) -> Path:
    """That folder, as the current one."""
    patch.chdir(synced)
    return synced


def test_their_28_pages_are_told_at_the_first_sync(team: Path, kb: Call) -> None:
    docs = abandoned(kb)
    assert len(docs) == 28
    with Mirror.open(team / ".kb" / "mirror.db", readonly=True) as mirror:
        drafts = {str(each.document.doc) for each in mirror.documents() if each.document.wip}
    assert len(docs & drafts) == 12


FACES = {
    **{form: ("lint", "--all", "--exit-zero", "--format", form) for form in ("sarif", "github", "junit", "markdown")},
    "lint as a page": ("lint", "--all", "--exit-zero", "--format", "html"),
    "report as a page": ("report", "--format", "html"),
    "report as Markdown": ("report", "--format", "markdown"),
    "incidents as a page": ("incidents", "--format", "html"),
    **{name: ("report", "--publish", name, "--yes") for name in ("week.html", "week.json", "week.txt")},
    "week.md": ("report", "--publish", "week.md", "--insert", "top", "--yes"),
    "state.jsonl.gz": ("state", "export", "state.jsonl.gz"),
    "kb-baseline.toml": ("lint", "--update-baseline", "--accept-new", "--exit-zero"),
    "kb.toml": ("explain", "PST103"),
}


@pytest.mark.parametrize("name", FACES)
def test_nothing_that_is_passed_on_names_them(team: Path, kb: Call, name: str) -> None:
    said = kb(*FACES[name])
    file = team / name
    if file.exists():
        said += gzip.decompress(file.read_bytes()).decode() if name.endswith(".gz") else file.read_text("utf-8")
    assert sorted({found[0] for found in NAMES.finditer(said)}) == []
    if name == "kb-baseline.toml":
        file.unlink()


def test_whoever_runs_kb_sees_their_folders_and_names(team: Path, kb: Call) -> None:
    assert "kurokawaさん" in kb("lint", "--select", "PST103", "--exit-zero", "--all")
    assert "Users/kurokawa" in kb("report", "--format", "json")


@pytest.mark.parametrize("how", ["denied", "cut"])
def test_nobody_is_said_to_be_missing_from_a_list_that_was_not_read_whole(
    how: str, box: Sandbox, tmp_path: Path, patch: pytest.MonkeyPatch, kb: Call
) -> None:
    whole = Esa.members
    with pytest.MonkeyPatch.context() as narrowed:
        if how == "denied":
            narrowed.setenv("ESA_ACCESS_TOKEN", box.token_for(user="ono", scopes=READS))
        else:
            narrowed.setattr(Esa, "members", lambda esa: replace(told := whole(esa), rows=told.rows[:-1]))
        new_folder(tmp_path, patch, kb)
    with Mirror.open(tmp_path / ".kb" / "mirror.db", readonly=True) as mirror:
        roster = read_roster(PeopleSettings(), mirror)
    assert roster.former == {}
    assert roster.members["miura"] == "三浦 千尋"
