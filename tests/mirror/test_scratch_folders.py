"""Folders that killed runs leave below .kb/private go with the next start; those in use stay."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kb.files import make_scratch_folder, remove_abandoned_folders
from kb.mirror.store import Mirror
from kb.reports.handover.quiet import open_quietly
from kb.settings.workspace import open_workspace


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "kb.toml").write_text('[esa]\nteam = "docs"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".kb").mkdir(mode=0o700)
    Mirror.open(tmp_path / ".kb" / "mirror.db").close()
    return tmp_path


def files(team: Path) -> set[str]:
    return {str(each.relative_to(team)) for each in team.rglob("*") if each.is_file()}


def test_no_copy_of_the_mirror_is_made(team: Path) -> None:
    before = files(team)
    with open_quietly(open_workspace()) as quiet:
        assert quiet.mirror == team / ".kb" / "mirror.db"
        with Mirror.open(quiet.mirror, readonly=True) as mirror:
            assert not list(mirror.documents())
        assert not list((team / ".kb" / "private").rglob("mirror.db*"))
    assert files(team) == before


def test_what_a_killed_run_left_goes_with_the_next_start(team: Path) -> None:
    private = team / ".kb" / "private"
    private.mkdir(mode=0o700, exist_ok=True)
    left = "import sys, time\nfrom pathlib import Path\nfrom kb.files import make_scratch_folder\n"
    left += "with make_scratch_folder(Path(sys.argv[1])) as folder:\n"
    left += "    (folder / 'state.db').write_text('x'); print(folder, flush=True); time.sleep(60)\n"
    with subprocess.Popen([sys.executable, "-c", left, str(private)], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        folder = Path(run.stdout.readline().strip())
        open_workspace()
        there = (folder / "state.db").exists()
        run.kill()
    assert there  # while its process was
    old = private / ".quiet-k3_x9f2a"  # as earlier releases left it, with a whole mirror
    old.mkdir()
    shutil.copy(team / ".kb" / "mirror.db", old)
    (private / "miura").mkdir()
    open_workspace()
    assert sorted(os.listdir(private)) == ["miura"]


def test_a_link_in_its_place_leads_nowhere(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    (tmp_path / ".quiet-link").symlink_to(kept)
    remove_abandoned_folders(tmp_path)
    assert (kept / "file").exists()
    with make_scratch_folder(tmp_path) as folder:
        remove_abandoned_folders(tmp_path)
        assert folder.exists()
    assert not folder.exists()
