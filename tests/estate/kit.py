"""The labelled estates: their inputs as snapshots, what is expected of them, and the same with something missing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from kb.diagram.model.rules import SystemContext
from kb.diagram.model.toml import load_model_file
from kb.estate.collect.take import CollectRequest, take_snapshot
from kb.estate.drift.estate import Estate, Mention
from kb.estate.drift.judge import judge_drift
from kb.estate.drift.kinds import SourceKind
from kb.estate.drift.rules import select_drift_rules
from kb.estate.drift.snapshot import Snapshot
from kb.model.finding import Finding
from kb.rules import registry

KURUMI = Path(__file__).parent / "estates/kurumi"
NOW = datetime.fromisoformat("2026-11-28T09:00:00+09:00")
TAKEN = "2026-11-28T06:00:00+09:00"
RULES = select_drift_rules(registry.load_rules("linters.system"))
MODEL = load_model_file(KURUMI / "system.toml")
MENTIONS = (Mention("kr-prd-stats-04", ("esa:1:1",)), Mention("kr-prd-web-01", ("esa:1:1",)))


@dataclass(frozen=True)
class Expected:
    """A finding of expected.json; `needs` are the sources without which it may not be told."""

    code: str
    target: str
    gone: bool
    needs: frozenset[str]


@cache
def expected() -> tuple[Expected, ...]:
    found = json.loads((KURUMI / "expected.json").read_text("utf-8"))["findings"]
    return tuple(
        Expected(each["code"], each["node"], each.get("gone", False), frozenset(each.get("needs", ())))
        for each in found
    )


INPUTS = {
    SourceKind.EC2: "ec2.json",
    SourceKind.CODEDEPLOY: "codedeploy.json",
    SourceKind.ZABBIX: "zabbix.json",
    SourceKind.HOSTS: "hosts",
    SourceKind.CSV: "machines.csv",
}


@cache
def snapshots() -> tuple[Snapshot, ...]:
    """The whole estate, as it is collected."""
    with TemporaryDirectory() as folder:
        private = Path(folder) / ".kb"
        repos = Path(folder) / "repos"
        subprocess.run(["sh", KURUMI / "repos/build.sh", repos], check=True, capture_output=True)
        paths = {**{source: KURUMI / name for source, name in INPUTS.items()}, SourceKind.REPOS: repos}
        return tuple(collect(source, [path], private) for source, path in paths.items())


def collect(source: SourceKind, paths: Sequence[Path], private: Path, **others: object) -> Snapshot:
    request = CollectRequest(source, tuple(paths), source.value, taken_at=TAKEN, **others)  # type: ignore[arg-type]
    return take_snapshot(request, private, datetime.fromisoformat(TAKEN), None)


def findings(given: Sequence[Snapshot], now: datetime = NOW) -> list[Finding]:
    return judge_drift(Estate(MODEL, given, now, mentions=MENTIONS), SystemContext(MODEL, now.date()), RULES)


def pairs(found: Sequence[Finding]) -> set[tuple[str, str]]:
    return {(each.code, each.target) for each in found}
