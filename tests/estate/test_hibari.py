"""The third estate, of a team that collects a part only: cut hosts, pastes, and a family of machines."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import msgspec

from kb.diagram.model.rules import SystemContext
from kb.diagram.model.toml import load_model_file
from kb.estate.collect.load import keep_mentions
from kb.estate.collect.store import load_snapshots
from kb.estate.collect.take import CollectRequest, take_snapshot
from kb.estate.drift.estate import Estate, Mention
from kb.estate.drift.items.repos import ReposItems, Repository
from kb.estate.drift.judge import judge_drift
from kb.estate.drift.kinds import SourceKind
from kb.estate.drift.rules import select_drift_rules
from kb.estate.drift.snapshot import Snapshot, make_snapshot
from kb.estate.drift.standing import DEFAULT_POLICY
from kb.model.host_names import NO_HOSTS
from kb.rules import registry

HIBARI = Path(__file__).parent / "estates/hibari"
EXPECTED = json.loads((HIBARI / "expected.json").read_text("utf-8"))
NOW, TAKEN = datetime.fromisoformat(EXPECTED["now"]), "2026-11-28T05:40:00+09:00"
MODEL = load_model_file(HIBARI / "system.toml")
RULES = [
    rule for rule in select_drift_rules(registry.load_rules("linters.system")) if not rule.code.startswith("SYS20")
]
FILES = {"app.rb": "1", "lib/slip.rb": "2", "views/slip.erb": "3", "bin/start": "4"}


def clones() -> Snapshot:
    files = {path: digit * 64 for path, digit in FILES.items()}
    one = Repository("counter", "git@git.example.jp:hibari/counter.git", "main", ("a" * 40,), files)
    return make_snapshot(
        SourceKind.REPOS, ReposItems((one,)), name="repos", scope="", taken_at=TAKEN, collected_at=TAKEN
    )


def told(folder: Path, private: Path) -> set[tuple[str, str]]:
    inputs = {"ec2": "ec2.json", "zabbix": "zabbix.json", "hosts": "hosts", "pasted": "pasted"}
    for name, path in inputs.items():
        source = SourceKind.HOSTS if name == "pasted" else SourceKind(name)
        take_snapshot(CollectRequest(source, (folder / path,), name, taken_at=TAKEN), private, NOW, MODEL)
    estate = Estate(MODEL, [*load_snapshots(private), clones()], NOW, DEFAULT_POLICY, NO_HOSTS)
    estate.mentions = keep_mentions(estate, [Mention(name, ("esa:1:3",)) for name in EXPECTED["mentions"]])
    return {(each.code, each.target) for each in judge_drift(estate, SystemContext(MODEL, NOW.date()), RULES)}


def test_all_of_it_is_told_and_nothing_else(tmp_path: Path) -> None:
    assert told(HIBARI, tmp_path) == {(code, target) for code, target in EXPECTED["findings"]}


def test_a_jar_is_not_called_idle_where_its_own_host_is_cut(tmp_path: Path) -> None:
    folder = tmp_path / "inputs"
    shutil.copytree(HIBARI, folder)
    route = folder / "hosts/hb-shop-route1.txt"
    route.write_text(route.read_text("utf-8").partition("=== cron")[0], encoding="utf-8")
    assert "SYS245" not in {code for code, _ in told(folder, tmp_path / ".kb")}
    assert msgspec.json.decode((tmp_path / ".kb/snapshots/hosts.json").read_bytes())["state"] == "incomplete"
