"""A release: the same bytes each time, what it is made of beside it, by a workflow that holds no token."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from deploy.conftest import ROOT, Site
from deploy.test_workflows import SOURCE, loaded

SCRIPT = ROOT / ".ci" / "release"
WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"


def release(out: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    return subprocess.run([SCRIPT, out], env={**variables, **environment}, capture_output=True, text=True)


def test_a_tag_of_another_version_is_refused(tmp_path: Path) -> None:
    done = release(tmp_path / "dist", GITHUB_REF_TYPE="tag", GITHUB_REF_NAME="v99.0.0")
    assert done.returncode == 2
    assert "the tag is v99.0.0" in done.stderr
    assert not (tmp_path / "dist").exists()


def test_a_folder_with_files_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "kb_steward-0.0.1.tar.gz").write_bytes(b"old")
    assert release(tmp_path).returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["kb_steward-0.0.1.tar.gz"]


@pytest.mark.long
@pytest.mark.packaging
def test_it_is_built_twice_with_the_same_bytes_and_says_what_it_is_made_of(tmp_path: Path) -> None:
    done = release(tmp_path / "dist")
    assert done.returncode == 0, done.stderr
    names = sorted(path.suffix for path in (tmp_path / "dist").iterdir())
    assert names == [".gz", ".json", ".whl"]
    (listed,) = (tmp_path / "dist").glob("*.json")
    found = json.loads(listed.read_text("utf-8"))
    assert found["bomFormat"] == "CycloneDX"
    assert {"httpx", "kb-steward", "typer"} <= {each["name"] for each in found["components"]} | {
        found["metadata"]["component"]["name"]
    }
    assert str(tmp_path) not in listed.read_text("utf-8")


def test_only_the_job_that_publishes_may_speak_for_the_project() -> None:
    text = WORKFLOW.read_text("utf-8")
    jobs = loaded(WORKFLOW)["jobs"]
    assert loaded(WORKFLOW)["permissions"] == {"contents": "read"}
    assert [name for name, job in jobs.items() if "permissions" in job] == ["publish"]
    assert jobs["publish"]["environment"] == "pypi"
    assert set(jobs["publish"]["needs"]) == set(jobs) - {"publish"}
    assert "secrets." not in text
    assert re.findall(r"^    tags: (.*)$", text, re.M) == ['["v[0-9]+.[0-9]+.[0-9]+"]']


def test_nobody_gets_in_through_a_workflow(site: Site) -> None:
    site.kb("init", "--github", "--kb-source", SOURCE)
    program = Path(sys.executable).with_name("zizmor")
    for folder in (ROOT / ".github", site.root / ".github"):
        done = subprocess.run([program, "--offline", "--no-progress", folder], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
