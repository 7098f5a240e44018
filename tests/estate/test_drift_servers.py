"""Two servers of Zabbix, each a snapshot of its own name: both count hosts and triggers from the same numbers."""

from __future__ import annotations

import json

from estate.test_drift_rules import NOW, RULES, read_snapshots

from kb.diagram.model.rules import SystemContext
from kb.diagram.model.toml import merge_texts
from kb.estate.drift.estate import Estate
from kb.estate.drift.judge import judge_drift

MODEL = """
[[node]]
id = "api"
match = { zabbix = ["api-01"] }

[[node]]
id = "till"
match = { zabbix = ["till-01"] }
"""
SINCE = "2026-10-14T00:00:00+00:00"


def server(host: str, **others: object) -> dict[str, object]:
    trigger = {"id": "7", "name": f"{host} の転送", "hosts": ["1"]}
    hosts = [{"id": "1", "host": host, "interfaces": [{"dns": f"{host}.example.jp", "available": "1"}]}]
    return {"source": "zabbix", "items": {"hosts": hosts, "triggers": [trigger], **others}}


def told(**sources: object) -> list[tuple[str, str, str]]:
    model = merge_texts([("diagrams/system.toml", MODEL)])
    named = {name.replace("_", "-"): each for name, each in sources.items()}
    estate = Estate(model, read_snapshots(json.dumps(named)), NOW)
    found = judge_drift(estate, SystemContext(model, NOW.date()), [RULES["noisy-trigger"], RULES["problem-standing"]])
    return sorted((each.code, each.target, str(each.message)) for each in found)


def test_a_problem_is_told_of_the_host_on_its_own_server_whatever_is_noise_on_another() -> None:
    problem = [{"trigger": "7", "name": "", "since": SINCE}]
    noise = [{"trigger": "7", "days": 14, "events": 90}]
    found = told(zabbix=server("api-01", problems=problem), zabbix_shop=server("till-01", counts=noise))
    assert [(code, target) for code, target, _ in found] == [("SYS224", "api"), ("SYS225", "trigger:zabbix-shop/7")]
    assert ["api-01" in found[0][2], "till-01" in found[1][2]] == [True, True]


def test_a_problem_stands_since_a_day_of_the_team() -> None:
    problem = [{"trigger": "7", "name": "", "since": "2026-10-17T21:00:00+00:00"}]
    model = merge_texts([("diagrams/system.toml", MODEL)])
    estate = Estate(model, read_snapshots(json.dumps({"zabbix": server("api-01", problems=problem)})), NOW)
    (found,) = judge_drift(estate, SystemContext(model, NOW.date()), [RULES["problem-standing"]])
    assert "2026-10-18 から" in " ".join(str(what) for _, _, what in found.proof)


def test_a_server_alone_keeps_its_ids_whatever_its_snapshot_is_called() -> None:
    noise = [{"trigger": "7", "days": 14, "events": 90}]
    assert [target for _, target, _ in told(zabbix_shop=server("till-01", counts=noise))] == ["trigger:7"]
