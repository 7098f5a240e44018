"""The workflows `kb init --github` writes, and the action: valid, pinned, without a way in, and no mirror goes out."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy.conftest import ROOT, Site

SOURCE = "kb-steward @ git+https://git.example.jp/kb@0123456789abcdef"
ACTION = ROOT / ".github" / "actions" / "kb" / "action.yml"
OWN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture
def written(site: Site) -> list[Path]:
    site.kb("init", "--github", "--kb-source", SOURCE)
    return sorted((site.root / ".github" / "workflows").glob("*.yml"))


def loaded(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return told


def steps(path: Path) -> list[dict[str, Any]]:
    told = loaded(path)
    if "runs" in told:
        return list(told["runs"]["steps"])
    return [step for job in told["jobs"].values() for step in job["steps"]]


def check(schema: str, *paths: Path) -> None:
    words = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema", schema, *map(str, paths)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_they_are_what_github_reads(written: list[Path]) -> None:
    assert [path.name for path in written] == ["kb-plans.yml", "kb-weekly.yml"]
    check("vendor.github-workflows", *written, *OWN)
    check("vendor.github-actions", ACTION)


def test_actions_are_pinned_by_commit_with_their_release_beside_it(written: list[Path]) -> None:
    for path in (*written, ACTION, *OWN):
        lines = re.findall(r"uses: (.*)", path.read_text("utf-8"))
        assert lines
        for line in lines:
            assert re.fullmatch(r"[\w-]+(?:/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_what_a_job_installs_changes_with_a_commit_alone(written: list[Path], site: Site) -> None:
    constraints = site.root / ".github" / "workflows" / "kb-constraints.txt"
    pinned = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert constraints.read_text("utf-8").splitlines()[1:] == pinned
    for path in written:
        installs = [
            line for step in steps(path) for line in step.get("run", "").splitlines() if " pip install " in line
        ]
        assert installs
        for line in installs:
            assert ' -c "$GITHUB_WORKSPACE/.github/workflows/kb-constraints.txt" ' in line


def test_secrets_come_from_a_named_environment(written: list[Path]) -> None:
    jobs = [job for path in written for job in loaded(path)["jobs"].values()]
    asking = [job for job in jobs if "${{ secrets." in yaml.safe_dump(job)]
    assert asking
    assert {job["environment"] for job in asking} == {"kb"}
    assert all("environment" not in job for job in jobs if job not in asking)


@pytest.mark.parametrize(
    ("version", "told"),
    [("0123456789abcdef0123456789abcdef01234567", False), ("v1", True), ("main", True), ("0123456", True)],
)
def test_a_source_that_may_change_is_told(site: Site, version: str, told: bool) -> None:
    done = site.kb("init", "--github", "--kb-source", f"kb-steward @ git+https://git.example.jp/kb@{version}")
    assert ("コミット（40 桁）" in done.stderr) is told


def test_they_may_do_little_and_not_for_ever(written: list[Path]) -> None:
    for path in written:
        told = loaded(path)
        assert told["permissions"] == {"contents": "read"}
        assert told["concurrency"]["group"].startswith("kb-")
        for job in told["jobs"].values():
            assert 0 < job["timeout-minutes"] <= 120
            assert "permissions" not in job
        for step in steps(path):
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"]["persist-credentials"] is False


def test_nothing_of_others_is_run(written: list[Path]) -> None:
    for path in (*written, ACTION, *OWN):
        assert "pull_request_target" not in path.read_text("utf-8")
        for step in steps(path):
            assert "${{" not in step.get("run", "")


def test_secrets_are_given_to_the_steps_that_need_them_and_no_other_job_has_any(written: list[Path]) -> None:
    plans, weekly = written
    assert "secrets." not in plans.read_text("utf-8")
    told = loaded(weekly)
    assert not re.search(r"secrets\.", str(told["jobs"]["kb"]["env"]))
    for step in steps(weekly):
        wanted = set(re.findall(r"secrets\.(\w+)", str(step)))
        if "uses" in step or step["name"] in ("kb を入れる", "写しを消す"):
            assert wanted == set()
        if "ESA_WRITE_TOKEN" in wanted:
            assert step["run"] == "kb report --publish esa --yes"


def test_of_the_workspace_nothing_goes_into_a_cache_or_an_artifact(written: list[Path]) -> None:
    for path in (*written, ACTION):
        for step in steps(path):
            action = step.get("uses", "").partition("@")[0]
            assert "artifact" not in action
            assert action in (
                "",
                "actions/checkout",
                "actions/setup-python",
                "actions/cache/restore",
                "actions/cache/save",
            )
            if "cache" in action:
                assert step["with"]["path"] == "${{ runner.temp }}/kb-state"
            assert "cache" not in (step.get("with") or {})


def test_the_wheel_brings_their_templates(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("workflows/kb-weekly.yml", "workflows/kb-plans.yml", "deploy/kb-daily.timer", "deploy/kb.crontab"):
        assert f"kb/_assets/templates/{name}.jinja" in names


def test_the_hours_are_the_team_s(written: list[Path], site: Site) -> None:
    (_, weekly) = written
    schedule = [each["cron"] for each in loaded(weekly)[True]["schedule"]]  # YAML 1.1 reads `on` as true
    assert schedule == ["30 20 * * *", "30 23 * * 0"]
    site.kb("init", "--github", "--kb-source", SOURCE, "--runs-on", "self-hosted")
    assert loaded(weekly)["jobs"]["kb"]["runs-on"] == "self-hosted"


def test_kb_toml_is_found_wherever_it_is_in_the_repository(site: Site) -> None:
    (site.root / "ops").mkdir()
    (site.root / "kb.toml").rename(site.root / "ops" / "kb.toml")
    site.kb("--config", "ops/kb.toml", "init", "--github", "--kb-source", SOURCE)
    told = loaded(site.root / ".github" / "workflows" / "kb-weekly.yml")
    assert told["jobs"]["kb"]["env"] == {"KB_CONFIG": "ops/kb.toml"}


@pytest.mark.parametrize(
    "words",
    [
        ("--runs-on", "x\n      env: {}"),
        ("--runs-on", "${{ github.event.x }}"),
        ("--kb-source", "kb ${{ secrets.KB_KEY }}"),
        ("--kb-source", "--index-url=https://evil.example"),
        ("--kb-source", "git+https://user:password@git.example.jp/kb"),
        ("--kb-source", "kb\nother"),
    ],
)
def test_what_would_break_out_of_a_workflow_is_refused(site: Site, words: tuple[str, str]) -> None:
    extra = () if words[0] == "--kb-source" else ("--kb-source", SOURCE)
    said = site.kb("init", "--github", *words, *extra, code=2)
    assert "password" not in said.stderr
    assert not (site.root / ".github").exists()


def test_a_kb_that_only_this_machine_has_is_not_asked_for_at_an_index(site: Site) -> None:
    assert "--kb-source" in site.kb("init", "--github", code=2).stderr
