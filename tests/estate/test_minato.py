"""The second estate, planted by somebody who knew the contract alone: whole, and with something missing."""

from __future__ import annotations

import json
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kb.diagram.model.rules import SystemContext
from kb.diagram.model.toml import merge_texts
from kb.estate.collect.mentions import find_channels
from kb.estate.collect.store import load_snapshots
from kb.estate.collect.take import CollectRequest, take_snapshot
from kb.estate.drift.estate import Estate, Mention
from kb.estate.drift.judge import judge_drift
from kb.estate.drift.kinds import SourceKind
from kb.estate.drift.rules import select_drift_rules
from kb.model.finding import Finding
from kb.model.host_names import HostNames
from kb.reading.hosts.find_hosts import find_hosts
from kb.rules import registry

MINATO = Path(__file__).parent / "estates/minato"
EXPECTED = json.loads((MINATO / "expected.json").read_text("utf-8"))
VARIANTS = json.loads((MINATO / "variants.json").read_text("utf-8"))
NOW, TAKEN = datetime.fromisoformat(EXPECTED["now"]), datetime.fromisoformat(EXPECTED["taken_at"])
RULES = select_drift_rules(registry.load_rules("linters.system"))
MODEL = merge_texts(
    [(f"diagrams/{name}", (MINATO / name).read_text("utf-8")) for name in ("system.toml", "channels.toml")]
)
# In the order of the README: of hosts, those of the week before first.
SOURCES = {
    "ec2": (SourceKind.EC2, "ec2"),
    "ec2-osaka": (SourceKind.EC2, "ec2-osaka"),
    "codedeploy": (SourceKind.CODEDEPLOY, "codedeploy.json"),
    "zabbix": (SourceKind.ZABBIX, "zabbix.json"),
    "hosts-before": (SourceKind.HOSTS, "hosts-before"),
    "hosts": (SourceKind.HOSTS, "hosts"),
    "repos": (SourceKind.REPOS, "clones"),
    "csv": (SourceKind.CSV, "machines.csv"),
}
SURE = {(each["code"], each["node"]) for each in EXPECTED["findings"] if not each.get("debatable")}
DEBATABLE = {(each["code"], each["node"]) for each in EXPECTED["findings"] if each.get("debatable")}
GONE_CODES = {each["code"] for each in EXPECTED["findings"] if each.get("gone")} - {"SYS214"}


@cache
def mentions() -> tuple[tuple[Mention, ...], tuple[Mention, ...]]:
    """The hosts and the channels that the pages name."""
    hosts: dict[str, list[str]] = {}
    channels: dict[str, list[str]] = {}
    for line in (MINATO / "posts.jsonl").read_text("utf-8").splitlines():
        post = json.loads(line)
        text = unicodedata.normalize("NFKC", f"{post['name']}\n{post['body_md']}")
        for name in find_hosts(text, HostNames(MODEL.system.hostname_pattern)):
            hosts.setdefault(name.lower(), []).append(f"esa:{post['number']}")
        for name, at in find_channels(text):
            channels.setdefault(name, []).append(f"esa:{post['number']}:{at}")
    return tuple(Mention(name, tuple(at)) for name, at in sorted(hosts.items())), tuple(
        Mention(name, tuple(at)) for name, at in sorted(channels.items())
    )


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("minato") / "inputs"
    shutil.copytree(MINATO, folder)
    subprocess.run(["sh", folder / "repos/build.sh", folder / "clones"], check=True, capture_output=True)
    return folder


def collect(name: str, inputs: Path, private: Path, *, days: int = 0, hours: int = 0) -> None:
    source, path = SOURCES[name]
    taken = (TAKEN - timedelta(days=days) + timedelta(hours=hours)).isoformat()
    own = "hosts" if source is SourceKind.HOSTS else name
    take_snapshot(CollectRequest(source, (inputs / path,), own, taken_at=taken), private, TAKEN, MODEL)


def check(private: Path) -> list[Finding]:
    hosts, channels = mentions()
    estate = Estate(MODEL, load_snapshots(private), NOW, mentions=hosts, channel_mentions=channels)
    return judge_drift(estate, SystemContext(MODEL, NOW.date()), RULES)


def pairs(found: list[Finding]) -> set[tuple[str, str]]:
    return {(each.code, each.target) for each in found}


def test_all_of_it_is_told_and_nothing_else(inputs: Path, tmp_path: Path) -> None:
    for name in SOURCES:
        collect(name, inputs, tmp_path)
    found = check(tmp_path)
    assert pairs(found) - DEBATABLE == SURE
    waived = {(each["code"], each["node"]) for each in EXPECTED["findings"] if each.get("ignored")}
    assert pairs([each for each in found if each.waiver]) == waived
    severities = {(each.code, each.target): each.severity.name.lower() for each in found}
    stated = {(each["code"], each["node"]): each["severity"] for each in EXPECTED["findings"] if "severity" in each}
    assert {key: severities[key] for key in stated} == stated
    kept = "".join(path.read_text("utf-8") for path in tmp_path.rglob("*.json")) + str(found)
    secrets = (MINATO / "secrets.txt").read_text("utf-8").split("\n")
    assert [each for each in secrets if each and each in kept] == []


@pytest.mark.parametrize("name", ["ec2", "ec2-osaka"])
def test_the_order_of_collecting_changes_nothing(inputs: Path, tmp_path: Path, name: str) -> None:
    for each in sorted(SOURCES, key=lambda one: (one != name, list(SOURCES).index(one))):
        collect(each, inputs, tmp_path)
    assert pairs(check(tmp_path)) - DEBATABLE == SURE


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda each: each["id"])
def test_what_is_missing_is_told_and_calls_nothing_gone(variant: dict[str, Any], inputs: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "inputs"
    shutil.copytree(inputs, spoilt, symlinks=True)
    private = tmp_path / ".kb"
    skipped, aged = apply(variant["change"], spoilt)
    changed = sources_of(variant["change"])
    if variant.get("after_base"):
        for name in SOURCES:
            collect(name, inputs, private)
        for name in SOURCES:
            if name in changed:
                collect(name, spoilt, private, days=aged.get(name, 0), hours=1)
    else:
        for name in SOURCES:
            if name not in skipped:
                collect(name, spoilt, private, days=aged.get(name, 0))
    told = pairs(check(private))
    assert [each for each in variant.get("add", ()) if pair(each) not in told] == []
    assert [each for each in variant.get("any_of", ()) if not {pair(one) for one in each} & told] == []
    gone = [each for each in variant.get("vanish", ()) if pair(each) in told or any(code == each for code, _ in told)]
    assert gone == []
    allowed = SURE | DEBATABLE | {pair(each) for each in variant.get("add", ())}
    allowed |= {pair(one) for each in variant.get("any_of", ()) for one in each}
    allowed |= {pair(each) for each in variant.get("may", ())}
    assert {each for each in told if each[0] in GONE_CODES} <= allowed


def pair(text: str) -> tuple[str, str]:
    code, _, target = text.partition(" ")
    return code, target


def sources_of(changes: list[dict[str, Any]]) -> set[str]:
    """The sources that changes are about."""
    found = set()
    for each in changes:
        if "source" in each:
            found.add(each["source"])
        path = each.get("path") or {"call_error": "zabbix.json", "halve_call": "zabbix.json"}.get(each["op"], "")
        path = path or {"age_host": "hosts/", "drop_value": "codedeploy.json"}.get(each["op"], "")
        found |= {name for name, (_, where) in SOURCES.items() if path == where or path.startswith(f"{where}/")}
    return found


def apply(changes: list[dict[str, Any]], folder: Path) -> tuple[set[str], dict[str, int]]:
    """Change the inputs; return the sources that are not collected, and those that are so many days older."""
    skipped: set[str] = set()
    aged: dict[str, int] = {}
    for each in changes:
        path = folder / each.get("path", "")
        match each["op"]:
            case "remove":
                path.unlink()
            case "text":
                path.write_text(each["text"], "utf-8")
            case "json":
                path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | each["set"]), "utf-8")
            case "skip":
                skipped.add(each["source"])
            case "age":
                aged[each["source"]] = each["days"]
                for one in aged_files(each["source"], folder):
                    age(one, each["days"])
            case "age_host":
                age(path, each["days"])
            case "cut":
                lines = path.read_text("utf-8").split("\n")
                at = next(n for n, line in enumerate(lines) if line.startswith(each["after"]))
                path.write_text("\n".join(lines[: at + 1 + each["lines"]]) + "\n", "utf-8")
            case "deny":
                path.write_text(denied(path.read_text("utf-8"), each["section"]), "utf-8")
            case "call_error" | "halve_call":
                path = folder / "zabbix.json"
                path.write_text(json.dumps(changed_calls(json.loads(path.read_text("utf-8")), each)), "utf-8")
            case "halve_folder":
                for one in sorted(path.iterdir())[1::2]:
                    one.unlink()
            case "drop_value":
                path = folder / "codedeploy.json"
                path.write_text(without_groups(path.read_text("utf-8"), each["application"]), "utf-8")
            case other:
                raise AssertionError(other)
    return skipped, aged


def aged_files(source: str, folder: Path) -> Iterator[Path]:
    if source == "zabbix":
        yield folder / "zabbix.json"
    elif source.startswith("hosts"):
        yield from (folder / source).iterdir()


def age(path: Path, days: int) -> None:
    lines = path.read_text("utf-8").split("\n")
    for at, line in enumerate(lines):
        for mark in ("#taken ", '"taken_at": "'):
            if mark in line:
                before, _, rest = line.partition(mark)
                moment = rest.partition('"')[0].strip()
                older = (datetime.fromisoformat(moment) - timedelta(days=days)).isoformat()
                lines[at] = before + mark + rest.replace(moment, older, 1)
    path.write_text("\n".join(lines), "utf-8")


def denied(text: str, section: str) -> str:
    lines, found = text.split("\n"), []
    inside = False
    for line in lines:
        if line.startswith("=== "):
            inside = line.split(" ")[1] == section
            line = f"=== {section} denied 0" if inside else line
        elif inside:
            continue
        found.append(line)
    return "\n".join(found)


def changed_calls(record: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    for call in record["calls"]:
        if call["method"] == change["method"]:
            if change["op"] == "call_error":
                call["error"] = {"code": -32602, "message": "Invalid params.", "data": "No permissions."}
                del call["result"]
            else:
                call["result"] = call["result"][: len(call["result"]) // 2]
    return record


def without_groups(text: str, application: str) -> str:
    """The JSON values but those that tell of the groups of an application."""
    decoder, at, kept = json.JSONDecoder(), 0, []
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at)
        while at < len(text) and text[at].isspace():
            at += 1
        rows = value.get("deploymentGroupsInfo", [])
        about = value.get("applicationName") or (rows[0]["applicationName"] if rows else "")
        if about != application:
            kept.append(json.dumps(value))
    return "\n".join(kept) + "\n"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("アラートは #ad-alert と Slack の #配信アラート に出ます", ["ad-alert", "配信アラート"]),
        ("通知は #障害通知チャンネル、#Ops-夜間 channel へ", ["障害通知", "ops-夜間"]),
        ("Slack に投稿。#障害 #振り返り", []),
        ("#障害通知に投稿する", []),
        ("[#障害通知] チャンネル https://example.jp/#配信 チャンネル", []),
    ],
)
def test_a_channel_in_other_letters_is_called_one(line: str, names: list[str]) -> None:
    assert [name for name, _ in find_channels(line)] == names
