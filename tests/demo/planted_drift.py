"""What is planted in the demo's estate (`drift.tsv`), and the estate at a time as kb collects it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from kb.diagram.model.rules import SystemContext
from kb.diagram.model.toml import MODEL_FOLDER, load_model
from kb.estate.collect.store import load_snapshots
from kb.estate.collect.take import CollectRequest, take_snapshot
from kb.estate.drift.estate import Estate
from kb.estate.drift.judge import judge_drift
from kb.estate.drift.kinds import SourceKind
from kb.estate.drift.rules import select_drift_rules
from kb.estate.drift.snapshot import Snapshot
from kb.model.finding import Finding
from kb.rules import registry
from kb.sandbox.demo.estate import write_listings, write_model
from kb.sandbox.team import build
from kb.sandbox.team.estate.machines import instance_id

Told = set[tuple[str, str]]


def planted(*, ignored: bool = True) -> Told:
    """Return the planted findings by code and target; without those that the model sets aside if not `ignored`."""
    rows = Path(__file__).with_name("drift.tsv").read_text("utf-8").splitlines()
    cells = [row.split("\t") for row in rows if row.startswith("SYS")]
    return {
        (code, instance_id(target[2:]) if target.startswith("i:") else target)
        for code, target, why in cells
        if ignored or "(ignored)" not in why
    }


def collect(folder: Path, start: datetime, at: datetime) -> list[Snapshot]:
    """Collect what runs at a time in a folder, as the demo does; return its snapshots."""
    if not (folder / MODEL_FOLDER).exists():
        write_model(folder, build(start), start)
    model = load_model(folder / MODEL_FOLDER)
    for source, place in write_listings(folder, start, at).items():
        take_snapshot(CollectRequest(SourceKind(source), (folder / place,), source), folder / ".kb", at, model)
    return load_snapshots(folder / ".kb")


def judge(folder: Path, now: datetime) -> list[Finding]:
    """Return the drift of a folder, its pages left aside."""
    model = load_model(folder / MODEL_FOLDER)
    estate = Estate(model, load_snapshots(folder / ".kb"), now)
    rules = select_drift_rules(registry.load_rules("linters.system"))
    return judge_drift(estate, SystemContext(model, now.date()), rules)


def pairs(found: list[Finding]) -> Told:
    """Return findings by code and target."""
    return {(each.code, each.target) for each in found}
