"""Families of machines: what the names of collected machines have in common, and machines that only pages name."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from estate.test_drift_rules import read_snapshots
from lint.conftest import Said, folder, kb, workspace  # noqa: F401 -- fixtures

from kb.diagram.model.rules import SystemContext
from kb.diagram.model.toml import merge_texts
from kb.estate.collect.load import keep_mentions
from kb.estate.drift.estate import Estate, Mention
from kb.estate.drift.judge import judge_drift
from kb.estate.drift.rules import select_drift_rules
from kb.model.host_names import HostNames
from kb.reading.hosts.find_hosts import find_hosts
from kb.reading.hosts.shapes import family_pattern, find_families
from kb.rules import registry

NOW = datetime.fromisoformat("2026-11-28T09:00:00+09:00")
TRUNK = ("pl-trunk-web1", "pl-trunk-web2", "pl-trunk-app1", "pl-trunk-bastion")


@pytest.mark.parametrize(
    ("names", "families"),
    [
        (TRUNK, ["pl-trunk-"]),
        (("pl-trunk-web1.example.jp", "PL-TRUNK-app1", "pl-trunk-kv-2"), ["pl-trunk-"]),
        (("mn-prd-web-01", "mn-prd-web-02", "mn-prd-batch-01", "mn-stg-web-01"), ["mn-prd-"]),
        (("mn-prd-web-01", "mn-prd-web-02", "mn-prd-web-03"), []),  # a series, and no family
        (("api-blue1", "api-green2", "api-red3"), []),  # one word begins names of everything
        (("web01", "db01", "app01"), []),
        (("ip-10-0-0-1", "ip-10-0-0-2", "ip-10-1-0-3"), []),
        (("i-0abc12345678", "10.0.0.1", "配信 API 1", ""), []),
        (("a-b-c1", "a-b-d1"), []),  # two are few
    ],
)
def test_the_families_of_names(names: tuple[str, ...], families: list[str]) -> None:
    assert list(find_families(names)) == families


def test_a_family_as_a_pattern() -> None:
    hosts = HostNames(family_pattern("pl-trunk-"))
    assert hosts.pattern == "pl-trunk-[a-z-]+[0-9]*"
    text = "pl-trunk-db1 と pl-trunk-kv-2、pl-trunk-bastion。pl-trunk-、xpl-trunk-a1、pl-trunkx-a1 は違う"
    assert find_hosts(text, hosts) == ("pl-trunk-db1", "pl-trunk-kv-2", "pl-trunk-bastion")


MODEL = merge_texts([("diagrams/system.toml", '[[node]]\nid = "web"\nmatch = { ec2_name = ["pl-trunk-web*"] }\n')])
RULES = [rule for rule in select_drift_rules(registry.load_rules("linters.system")) if rule.code == "SYS251"]
SOURCES: dict[str, Any] = {
    "ec2": {"items": {"instances": [{"id": f"i-0{n}", "name": name} for n, name in enumerate(TRUNK[:3])]}},
    "zabbix": {"items": {"hosts": [{"id": "1", "host": "pl-trunk-web1"}]}},
}


def told(sources: dict[str, Any], *names: str) -> list[str]:
    estate = Estate(MODEL, read_snapshots(json.dumps(sources)), NOW)
    estate.mentions = keep_mentions(estate, [Mention(name, ("esa:1:3",)) for name in names])
    return [each.target for each in judge_drift(estate, SystemContext(MODEL, NOW.date()), RULES)]


def test_a_machine_of_a_family_that_only_pages_name_is_told() -> None:
    assert told(SOURCES, "pl-trunk-db1", "pl-trunk-web1", "pl-trunk-web9") == ["pl-trunk-db1"]


def test_names_of_other_things_and_of_what_may_be_there_are_not_told() -> None:
    assert told(SOURCES, "pl-trunk-deploy", "pl-trunk-app", "pl-trunk-db-sg") == []
    unreached = {
        "items": {"hosts": []},
        "state": "incomplete",
        "why": [{"kind": "failed", "of": "pl-trunk-db1"}],
    }
    assert told({**SOURCES, "hosts": unreached}, "pl-trunk-db1", "pl-trunk-db2") == ["pl-trunk-db2"]
    listed = {"items": {"rows": [{"host": "pl-trunk-db1", "checked_at": "2020-01-01"}]}}
    assert told({**SOURCES, "csv": listed}, "pl-trunk-db1") == []
    assert told({**SOURCES, "ec2": {**SOURCES["ec2"], "state": "incomplete"}}, "pl-trunk-db1") == []
    assert told({"ec2": SOURCES["ec2"]}, "pl-trunk-db1") == []


def test_init_learns_the_families_of_what_was_collected(
    kb: Callable[..., Said],  # noqa: F811
    folder: Path,  # noqa: F811
) -> None:
    (folder / "kb.toml").write_text('[esa]\nteam = "docs"\n', encoding="utf-8")
    (folder / "diagrams").mkdir()
    (folder / "diagrams/system.toml").write_text(
        '[[node]]\nid = "web"\nmatch = { ec2_name = ["pl-trunk-web*"] }\n', encoding="utf-8"
    )
    instances = [
        {"InstanceId": f"i-0a{n}", "State": {"Name": "running"}, "Tags": [{"Key": "Name", "Value": name}]}
        for n, name in enumerate(TRUNK)
    ]
    (folder / "ec2.json").write_text(json.dumps({"Reservations": [{"Instances": instances}]}), encoding="utf-8")
    assert kb("diagram", "collect", "ec2", "--from", "ec2.json").code == 0
    said = kb("init", "--hosts")
    assert said.code == 0
    assert "pl-trunk-[a-z-]+[0-9]*" in said.out
    assert "pl-trunk-web1" not in said.out, "what only the sources know gets into no file for git"
