"""Rules about the estate as estates: each folder is a rule, a model and what its sources say beside its findings.

`bad.json`, and any `bad-….json`, holds the sources by name: `{"ec2": {"items": {"instances": […]}}}`, `good.json` what
looks like it and is none; `source` is the name where it is not given, `state` ok, `taken_at` an hour before the moment
that is asked about; `mentions` and `channels` stand in pages.
Of a finding, its first line in `bad.txt` is `target message`, then its evidence and the next step follow.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from kb.diagram.model.rules import SystemContext
from kb.diagram.model.schema import SYSTEM_CODES
from kb.diagram.model.toml import merge_texts
from kb.estate.drift.estate import Estate, Mention
from kb.estate.drift.judge import judge_drift
from kb.estate.drift.rules import select_drift_rules
from kb.estate.drift.shared import share_findings
from kb.estate.drift.snapshot import Snapshot, decode_snapshot
from kb.model.finding import Finding
from kb.rules import registry

HERE = Path(__file__).parent / "drift_rules"
NOW = datetime.fromisoformat("2026-11-28T09:00:00+09:00")
NAMES = ("mentions", "channels")
RULES = {rule.name: rule for rule in select_drift_rules(registry.load_rules("linters.system"))}
CASES = [(path.parent.name, path.stem) for path in sorted(HERE.glob("*/*.toml"))]


def read_snapshots(text: str) -> list[Snapshot]:
    """The snapshots of a case, each as it would be read from its file."""
    found = []
    for name, given in json.loads(text).items():
        if name in ("mentions", "channels"):
            continue
        whole = {
            "format": 1,
            "source": name,
            "name": name,
            "taken_at": "2026-11-28T08:00:00+09:00",
            "collected_at": "2026-11-28T08:00:00+09:00",
            "state": "ok",
            "counts": {},
            "accepted": {"any": 1},
        }
        found.append(decode_snapshot(msgspec.json.encode(whole | given), name))
    return found


def describe(finding: Finding) -> list[str]:
    evidence = [f"  {source} {taken_at[:10]}: {what}" for source, taken_at, what in finding.proof]
    return [f"{finding.target} {finding.message}", *evidence, f"  → {finding.next_step}"]


@pytest.mark.parametrize(("name", "label"), [("dead-deploy-filter", "配信 API"), ("ambiguous-match", "left")])
def test_what_stands_in_the_model_by_another_name_is_told_on_its_node(name: str, label: str) -> None:
    model = merge_texts([("diagrams/system.toml", (HERE / name / "bad.toml").read_text("utf-8"))])
    estate = Estate(model, read_snapshots((HERE / name / "bad.json").read_text("utf-8")), NOW)
    found = judge_drift(estate, SystemContext(model, NOW.date()), [RULES[name]])
    (shared,) = share_findings(found, RULES.values(), model)
    assert (str(shared.message).endswith(f"（{label}）。"), shared.node) == (True, model.nodes[0].id)
    assert found[0].target not in repr(shared)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_an_estate_gives_these_findings_and_no_others(name: str, case: str) -> None:
    folder = HERE / name
    model = merge_texts([("diagrams/system.toml", (folder / f"{case}.toml").read_text("utf-8"))])
    sources = (folder / f"{case}.json").read_text("utf-8")
    hosts, channels = ([Mention(name, ("esa:1:3",)) for name in json.loads(sources).get(key, ())] for key in NAMES)
    estate = Estate(model, read_snapshots(sources), NOW, mentions=hosts, channel_mentions=channels)
    found = judge_drift(estate, SystemContext(model, NOW.date()), [RULES[name]])
    said = (folder / f"{case}.txt").read_text("utf-8").splitlines()
    assert [line for each in found for line in describe(each)] == said
    assert bool(said) is case.startswith("bad")


def test_every_folder_is_a_rule_and_every_rule_can_be_set_aside() -> None:
    assert {path.name for path in HERE.iterdir()} == set(RULES)
    assert {(name, case) for name in RULES for case in ("bad", "good")} <= set(CASES)
    assert set(RULES) <= SYSTEM_CODES
