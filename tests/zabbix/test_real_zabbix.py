"""`kb diagram collect zabbix` against a real Zabbix 7.0 with a server and an agent: what it says of each case.

Runs where KB_ZABBIX is set, and tests/zabbix/install was run (`make torture` does both).
"""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lint.conftest import Said, folder, kb  # noqa: F401 -- fixtures

pytestmark = pytest.mark.skipif(
    not os.environ.get("KB_ZABBIX"), reason="KB_ZABBIX is not set: see tests/zabbix/README.md"
)

HERE = Path(__file__).parent
READY_S, FIRE_S = 400, 60
Kb = Callable[..., Said]
MODEL = """
[[node]]
id = "web"
label = "Web"
match = { ec2_name = ["web-prd-*"] }
[[node]]
id = "batch"
label = "夜間バッチ"
match = { ec2_name = ["batch-prd-*"] }
"""


class Zabbix:
    """A running one: its facts, and calls as its administrator."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts
        self.ids = facts["ids"]

    def call(self, method: str, params: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json-rpc", "Authorization": f"Bearer {self.facts['admin_token']}"}
        sent = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": 1}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.facts["api"], sent, headers), timeout=60) as answer:
            found = json.load(answer)
        assert "error" not in found, found
        return found["result"]

    def make_token(self, name: str, role: dict[str, Any], *, groups: tuple[str, ...] = (), **more: Any) -> str:
        """A token of a new user with a role, and read on some host groups."""
        rules = {"ui.default_access": 0, "ui": [{"name": "monitoring.hosts", "status": 1}], **role}
        roles = self.call("role.create", {"name": name, "type": 1, "rules": rules})["roleids"]
        rights = [{"id": self.ids["groups"][each], "permission": 2} for each in groups]
        group = self.call("usergroup.create", {"name": name, "hostgroup_rights": rights})["usrgrpids"][0]
        user = {
            "username": name,
            "passwd": f"Aa1-{time.time_ns()}",
            "roleid": roles[0],
            "usrgrps": [{"usrgrpid": group}],
        }
        owner = self.call("user.create", user)["userids"][0]
        token = self.call("token.create", {"name": name, "userid": owner, **more})["tokenids"][0]
        return str(self.call("token.generate", [token])[0]["token"])


@pytest.fixture(scope="module")
def zabbix() -> Iterator[Zabbix]:
    with subprocess.Popen([HERE / "start", "--with-parent"], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line, "it did not start: see standard error"
        yield Zabbix(json.loads(line))
        running.terminate()
        running.wait(60)


@pytest.fixture
def team(zabbix: Zabbix, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811
    """A workspace with a model of the machines that Zabbix watches, and their instances, all running."""
    for name in ("ZABBIX_URL", "ZABBIX_USER", "ZABBIX_PASSWORD", "ZABBIX_TOKEN", "KB_NOW"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZABBIX_API_TOKEN", zabbix.facts["token"])
    (folder / "kb.toml").write_text(f'[zabbix]\nurl = "{zabbix.facts["url"]}"\n', "utf-8")
    (folder / "diagrams").mkdir()
    (folder / "diagrams/system.toml").write_text(MODEL, "utf-8")
    instances = [
        {"InstanceId": f"i-0{number}", "State": {"Name": "running"}, "Tags": [{"Key": "Name", "Value": name}]}
        for number, name in enumerate(("web-prd-01", "web-prd-02", "batch-prd-01"))
    ]
    (folder / "ec2.json").write_text(json.dumps({"Reservations": [{"Instances": instances}]}), "utf-8")
    return folder


def snapshot(folder: Path) -> dict[str, Any]:  # noqa: F811
    found: dict[str, Any] = json.loads((folder / ".kb/snapshots/zabbix.json").read_text("utf-8"))
    return found


def drift(kb: Kb) -> dict[tuple[str, str], dict[str, Any]]:  # noqa: F811
    """The findings on a running system, by code and target."""
    said = kb("diagram", "check", "--drift", "--format", "json")
    rows = json.loads(said.out)["findings"]
    return {(row["code"], row["target"]): row for row in rows if row["code"] >= "SYS200"}


def test_what_it_watches_is_whole_and_its_record_is_the_same(kb: Kb, team: Path, zabbix: Zabbix) -> None:  # noqa: F811
    said = kb("diagram", "collect", "zabbix", "--record", "record.json")
    assert (said.code, "特権管理者" in said.err) == (0, False), said
    found = snapshot(team)
    assert (found["state"], found["items"]["version"]) == ("ok", zabbix.facts["version"])
    available = {host["host"]: host["interfaces"][0].get("available", "0") for host in found["items"]["hosts"]}
    assert available == {
        "web-prd-01": "1",
        "web-prd-02": "1",
        "batch-prd-01": "2",
        "old-edge-01": "0",
        "web-prd-99": "0",
    }  # fmt: skip -- and not hidden-prd-01
    text = (team / "record.json").read_text("utf-8") + json.dumps(found)
    assert zabbix.facts["token"] not in text
    assert kb("diagram", "collect", "zabbix", "--from", "record.json", "--name", "again").code == 0
    again = json.loads((team / ".kb/snapshots/again.json").read_text("utf-8"))
    assert again["items"] == found["items"]


def test_a_stopped_agent_a_standing_problem_and_noise_are_told(kb: Kb, team: Path, zabbix: Zabbix) -> None:  # noqa: F811
    assert kb("diagram", "collect", "zabbix").code == 0
    assert kb("diagram", "collect", "ec2", "--from", "ec2.json").code == 0
    found = drift(kb)
    assert {key for key in found if key[0] not in ("SYS201", "SYS205")} == {
        ("SYS221", "zabbix:old-edge-01"),
        ("SYS221", "zabbix:web-prd-99"),
        ("SYS223", "batch"),
        ("SYS224", "batch"),
        ("SYS225", f"trigger:{template_trigger(zabbix)}"),
    }
    noise = found["SYS225", f"trigger:{template_trigger(zabbix)}"]
    assert "対象 3 台、テンプレート KB memory" in noise["message"]
    assert "週に約 200 回、確認されたのは 0%" in json.dumps(noise["evidence"], ensure_ascii=False)
    assert "しきい値を 50 から 60 にすると、週に約 0 回です" in noise["next"]


def template_trigger(zabbix: Zabbix) -> str:
    trigger = zabbix.ids["triggers"]["web-prd-01"]["memory-high"]
    return str(zabbix.call("trigger.get", {"triggerids": trigger, "output": ["templateid"]})[0]["templateid"])


def test_a_trigger_that_fires_is_there(kb: Kb, team: Path, zabbix: Zabbix) -> None:  # noqa: F811
    trigger = zabbix.ids["triggers"]["batch-prd-01"]["memory-high"]

    def problems() -> list[str]:
        assert kb("diagram", "collect", "zabbix").code == 0
        return [each["trigger"] for each in snapshot(team)["items"]["problems"]]

    assert trigger not in problems()
    item = zabbix.ids["items"]["batch-prd-01"]["vm.memory.utilization"]
    end = time.monotonic() + FIRE_S
    while trigger not in problems():
        assert time.monotonic() < end, "it never fired"
        zabbix.call("history.push", {"itemid": item, "value": 97})
        time.sleep(0.5)


def test_a_token_without_rights_is_never_taken_for_a_system_without_machines(
    kb: Kb,  # noqa: F811
    team: Path,
    zabbix: Zabbix,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert kb("diagram", "collect", "zabbix").code == 0
    assert kb("diagram", "collect", "ec2", "--from", "ec2.json").code == 0
    before = snapshot(team)
    over = int(time.time()) - 60
    tokens = {
        "no method": zabbix.make_token("no method", {"api.access": 1, "api.mode": 1, "api": ["maintenance.get"]}),
        "no group": zabbix.make_token("no group", {"api.access": 1, "api.mode": 0, "api": []}),
        "over": zabbix.make_token("over", {"api.access": 1, "api.mode": 0, "api": []}, expires_at=over),
        "unknown": "0" * 64,
    }
    for name, state, words in (
        ("over", "ok", "API token expired"),
        ("unknown", "ok", "Not authorized"),
        ("no method", "incomplete", 'No permissions to call "host.get"'),
        ("no group", "empty", "中身がありません"),
    ):
        monkeypatch.setenv("ZABBIX_API_TOKEN", tokens[name])
        said = kb("diagram", "collect", "zabbix")
        assert (said.code, words in said.err, tokens[name] in said.out + said.err) == (3, True, False), said
        assert snapshot(team)["state"] == state
        if state == "ok":
            assert snapshot(team) == before
        else:
            assert {code for code, _ in drift(kb)} & {"SYS221", "SYS222", "SYS251"} == set()
            assert ("SYS204", "source:zabbix") in drift(kb)


def test_a_super_admin_s_token_is_warned_of(
    kb: Kb,  # noqa: F811
    team: Path,
    zabbix: Zabbix,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ZABBIX_API_TOKEN", zabbix.facts["admin_token"])
    said = kb("diagram", "collect", "zabbix")
    assert (said.code, "特権管理者のトークンです" in said.err) == (0, True)
    role = {"api.access": 1, "api.mode": 0, "api": []}  # all methods, and no super admin
    monkeypatch.setenv("ZABBIX_API_TOKEN", zabbix.make_token("all methods", role, groups=("sample/web",)))
    said = kb("diagram", "collect", "zabbix", "--name", "other")
    assert (said.code, "特権管理者" in said.err) == (0, False), said
