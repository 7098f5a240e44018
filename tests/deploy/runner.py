"""Plays one job of a workflow, or a composite action, as GitHub's runner does: its `run:` steps, and what it is told.

Expressions are those kb's own files use; any other fails. `uses:` steps are looked at, and of caches what a step
would save is kept, for a later run to restore.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")


@dataclass(slots=True)
class Played:
    """What came of a job: its log, its summary, the files it saved, and its exit code."""

    log: str = ""
    summary: str = ""
    told: str = ""
    code: int = 0
    failed: str = ""
    ran: list[str] = field(default_factory=list)
    saved: list[Path] = field(default_factory=list)
    artifact: list[Path] = field(default_factory=list)


@dataclass(slots=True)
class Runner:
    """A machine that runs jobs. `cache` outlives its jobs; `temp` and the workspace are as a job leaves them."""

    root: Path
    temp: Path
    cache: Path
    env: dict[str, str]
    secrets: dict[str, str] = field(default_factory=dict)
    runs: int = 0

    def job(self, workflow: Path, event: str, schedule: str = "", name: str = "", **known: str) -> Played:
        """A job of a workflow, the only one if there is no `name`; `known` are values of `github.…`, `__` for a dot."""
        told = yaml.safe_load(workflow.read_text("utf-8"))
        assert told["defaults"]["run"]["shell"] == "bash"
        given = {
            "github.event_name": event,
            "github.event.schedule": schedule,
            **{f"github.{key.replace('__', '.')}": value for key, value in known.items()},
        }
        if not name:
            assert len(told["jobs"]) == 1
        job = told["jobs"][name] if name else next(iter(told["jobs"].values()))
        if not self._wanted(job.get("if", "success()"), given, failed=False):
            return Played()
        folder = told["defaults"]["run"].get("working-directory", ".")
        steps = [{"working-directory": folder, **step} if "run" in step else step for step in job["steps"]]
        return self.steps(steps, job.get("env") or {}, given)

    def steps(self, steps: list[dict[str, Any]], env: dict[str, str], known: dict[str, str]) -> Played:
        """The steps one after the other, until one fails; then those that run always."""
        self.runs += 1
        shutil.rmtree(self.temp, ignore_errors=True)
        self.temp.mkdir()
        files = {name: self.temp / f"_{name}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")}
        for path in files.values():
            path.write_text("")
        known = {**known, "runner.temp": str(self.temp), "github.run_id": str(self.runs), "github.run_attempt": "1"}
        known |= {f"secrets.{name}": value for name, value in self.secrets.items()}
        played, base = Played(), {**self.env, "RUNNER_TEMP": str(self.temp), "GITHUB_ACTIONS": "true", "CI": "true"}
        base |= {"GITHUB_WORKSPACE": str(self.root), **{name: str(path) for name, path in files.items()}}
        for step in steps:
            if not self._wanted(step.get("if", "success()"), known, failed=bool(played.code)):
                continue
            if "uses" in step:
                self._uses(step, known, played)
                continue
            name = step.get("name", "")
            played.ran.append(name)
            given = {key: self._filled(value, known) for key, value in (env | (step.get("env") or {})).items()}
            paths = files["GITHUB_PATH"].read_text().split("\n")
            path = ":".join([*reversed([each for each in paths if each]), base["PATH"]])
            before = files["GITHUB_OUTPUT"].stat().st_size
            assert not _EXPRESSION.search(step["run"]), "what an expression gives would be read by the shell"
            (self.temp / "_step.sh").write_text(step["run"])
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(self.temp / "_step.sh")],
                cwd=self.root / self._filled(step.get("working-directory", "."), known),
                env={**base, **given, "PATH": path},
                capture_output=True,
                text=True,
                timeout=300,
            )
            played.log += f"## {name}\n{done.stdout}{done.stderr}"
            for line in files["GITHUB_OUTPUT"].read_text()[before:].splitlines():
                key, _, value = line.partition("=")
                known[f"steps.{step.get('id')}.outputs.{key}"] = value
            if done.returncode and not played.code:
                played.code, played.failed = done.returncode, name
        played.summary, played.told = files["GITHUB_STEP_SUMMARY"].read_text(), files["GITHUB_OUTPUT"].read_text()
        return played

    def _uses(self, step: dict[str, Any], known: dict[str, str], played: Played) -> None:
        action = step["uses"].partition("@")[0]
        given = {key: self._filled(value, known) for key, value in (step.get("with") or {}).items()}
        if action == "actions/cache/restore":
            if self.cache.exists():
                shutil.copytree(self.cache, given["path"])
        elif action == "actions/cache/save":
            played.saved += sorted(path for path in Path(given["path"]).rglob("*") if path.is_file())
            shutil.rmtree(self.cache, ignore_errors=True)
            shutil.copytree(given["path"], self.cache)
        elif action == "actions/upload-artifact":
            played.artifact += sorted(path for path in Path(given["path"]).rglob("*") if path.is_file())
        else:
            assert action in ("actions/checkout", "actions/setup-python"), action

    def _filled(self, value: object, known: dict[str, str]) -> str:
        return _EXPRESSION.sub(lambda match: self._value(match[1], known), str(value))

    def _value(self, name: str, known: dict[str, str]) -> str:
        if name.startswith(("secrets.", "steps.")):
            return known.get(name, "")  # one that nobody set is empty
        return known[name]

    def _wanted(self, condition: str, known: dict[str, str], *, failed: bool) -> bool:
        if condition == "always()":
            return True
        if failed:
            return False
        if condition == "success()":
            return True
        return any(all(self._true(term, known) for term in some.split(" && ")) for some in condition.split(" || "))

    def _true(self, term: str, known: dict[str, str]) -> bool:
        match = re.fullmatch(r"([\w.]+) (==|!=) (?:'([^']*)'|([\w.]+))", term)
        assert match, term
        other = match[3] if match[4] is None else self._value(match[4], known)
        return (self._value(match[1], known) == other) is (match[2] == "==")
