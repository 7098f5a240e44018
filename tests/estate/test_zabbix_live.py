"""`kb diagram collect zabbix` against a server that answers as Zabbix does, or goes wrong."""

from __future__ import annotations

import json
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from estate.fake_zabbix import TOKEN, FakeZabbix, Fault, body, hang_up, serve, status
from lint.conftest import Said, folder, kb  # noqa: F401 -- fixtures
from sources.loopback import make_authority

from kb.errors import GateError
from kb.estate.collect.zabbix import connection, questions
from kb.estate.collect.zabbix.answers import mask_expression
from kb.estate.collect.zabbix.methods import METHODS, ROLE_METHOD, require_reading

Kb = Callable[..., Said]
ASKED = [each for each in METHODS if each != "apiinfo.version"]


@pytest.fixture
def zabbix(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeZabbix]:  # noqa: F811
    """A Zabbix 7.0 that answers, named in kb.toml, and its token in the environment."""
    for name in ("ZABBIX_URL", "ZABBIX_USER", "ZABBIX_PASSWORD", "ZABBIX_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZABBIX_API_TOKEN", TOKEN)
    monkeypatch.setenv("KB_NOW", "2026-11-28T09:00:00+09:00")
    with serve(FakeZabbix()) as server:
        (folder / "kb.toml").write_text(f'[zabbix]\nurl = "{server.url}"\n', "utf-8")
        yield server


def ask(kb: Kb, *words: str) -> Said:  # noqa: F811
    said = kb("diagram", "collect", "zabbix", *words)
    assert TOKEN not in said.out + said.err
    return said


def written(folder: Path) -> dict[str, Any]:  # noqa: F811
    text = (folder / ".kb/snapshots/zabbix.json").read_text("utf-8")
    assert TOKEN not in text
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_record_is_private_and_gives_the_same_snapshot(kb: Kb, folder: Path, zabbix: FakeZabbix) -> None:  # noqa: F811
    said = ask(kb, "--record", "record.json")
    assert (said.code, said.out.split("（")[0]) == (0, "zabbix: ホスト 4"), said
    record = folder / "record.json"
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert TOKEN not in record.read_text("utf-8")
    assert set(json.loads(record.read_text("utf-8"))) == {"taken_at", "url", "calls"}
    assert kb("diagram", "collect", "zabbix", "--from", "record.json", "--name", "again").code == 0
    again = json.loads((folder / ".kb/snapshots/again.json").read_text("utf-8"))
    assert {**again, "name": "zabbix"} == written(folder)
    assert written(folder)["state"] == "ok"


@pytest.mark.parametrize(("version", "token_in"), [("6.0.30", "body"), ("7.0.22", "header"), ("7.2.4", "header")])
def test_each_version_gives_the_same_items(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    zabbix: FakeZabbix,
    version: str,
    token_in: str,
) -> None:
    zabbix.version = version
    assert ask(kb).code == 0
    assert {each.token_in for each in zabbix.asked if each.method != "apiinfo.version"} == {token_in}
    items = written(folder)["items"]
    assert items["version"] == version
    assert [host["interfaces"][0]["available"] for host in items["hosts"]] == ["1"] * 4
    assert [(each["trigger"], each["events"]) for each in items["counts"]] == [(str(500 + n), 30) for n in range(4)]
    assert sum(each.get("acknowledged", 0) for each in items["counts"]) == 1
    assert {each["days"] for each in items["counts"]} == {21}
    assert {each["item"]: len(each["maxima"]) for each in items["trends"]} == {
        f"web-{number:02}/cpu.util": 336 for number in range(4)
    }


def test_only_methods_that_read_are_called(kb: Kb, zabbix: FakeZabbix, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setenv("ZABBIX_USER", "Admin")  # zabbix-utils would log in with them
    monkeypatch.setenv("ZABBIX_PASSWORD", "zabbix")
    assert ask(kb).code == 0
    assert {each.method for each in zabbix.asked} == {*METHODS, ROLE_METHOD}


@pytest.mark.parametrize(
    "method",
    ["host.create", "host.update", "user.login", "user.get", "usermacro.get", "script.execute", "history.push"],
)
def test_no_other_method_can_be_called(method: str, zabbix: FakeZabbix) -> None:
    with pytest.raises(GateError):
        require_reading(method)
    with connection.connect(zabbix.url, TOKEN, "") as connected, pytest.raises(GateError):
        connected.call(method, {})
    assert {each.method for each in zabbix.asked} == {"apiinfo.version"}


FAULTS: dict[str, tuple[Fault, str]] = {
    "500": (status(500), "HTTP 500"),
    "no JSON": (body(b"<html>PHP Fatal error</html>"), "応答が JSON ではありません"),
    "cut": (body(b'{"jsonrpc": "2.0", "result": [{"hostid": "1"'), "応答が JSON ではありません"),
    "no answer of JSON-RPC": (body(b'["result"]'), "応答が JSON-RPC の形ではありません"),
    "no rows": (body(b'{"jsonrpc": "2.0", "result": {"a": 1}, "id": 1}'), "応答が行の一覧ではありません"),
    "odd error": (body(b'{"jsonrpc": "2.0", "error": "no", "id": 1}'), "応答が JSON-RPC の形ではありません"),
    "deep": (body(b"[" * 200_000), "応答が JSON ではありません"),
    "hangs up": (hang_up, "応答の前に切られました"),
}


@pytest.mark.parametrize("method", ASKED)
def test_a_denied_call_is_told_and_nothing_is_whole(kb: Kb, folder: Path, zabbix: FakeZabbix, method: str) -> None:  # noqa: F811
    zabbix.denied.add(method)
    said = ask(kb, "--record", "record.json")
    assert said.code == 3
    assert f'{method} は失敗しました（No permissions to call "{method}".）' in said.err
    found = written(folder)
    assert found["state"] == "incomplete"
    assert {"kind": "denied", "of": method} in found["why"]
    assert kb("diagram", "collect", "zabbix", "--from", "record.json", "--name", "again").code == 3
    assert json.loads((folder / ".kb/snapshots/again.json").read_text("utf-8"))["items"] == found["items"]


@pytest.mark.parametrize(
    ("method", "name"),
    [*(("host.get", name) for name in FAULTS), ("event.get", "500"), ("event.get", "no rows"), ("trend.get", "cut")],
)
def test_a_call_that_fails_is_told_and_nothing_is_whole(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    zabbix: FakeZabbix,
    method: str,
    name: str,
) -> None:
    fault, message = FAULTS[name]
    zabbix.faults[method] = fault
    said = ask(kb)
    assert said.code == 3
    assert "secret page" not in said.err
    found = written(folder)
    assert (found["state"], found["why"]) == ("incomplete", [{"kind": "failed", "of": method}])
    if name != "no rows" or method != "event.get":  # which is asked for its rows then, and has none
        assert f"{method} は失敗しました（{message}" in said.err


def test_a_slow_answer_is_not_waited_for(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    zabbix: FakeZabbix,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "STEP_S", 0.3)
    monkeypatch.setattr(connection, "CALL_S", 0.3)
    zabbix.faults["problem.get"] = body(b" ", chunks=1, every_s=2)
    zabbix.faults["event.get"] = body(b" ", chunks=40, every_s=0.05)
    said = ask(kb)
    assert said.code == 3
    assert "problem.get は失敗しました（0.3 秒たっても応答がありません）" in said.err
    assert "event.get は失敗しました（0.3 秒たっても応答がありません）" in said.err
    assert written(folder)["counts"]["hosts"] == 4


def test_a_huge_answer_is_not_read(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    zabbix: FakeZabbix,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "MAX_BYTES", 2**20)
    zabbix.faults["problem.get"] = body(b"[" + b" " * 2**16, chunks=1000)
    said = ask(kb)
    assert (said.code, "problem.get は失敗しました（応答が 1 MB を超えました）" in said.err) == (3, True)
    assert written(folder)["state"] == "incomplete"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (status(500), "に届きません（HTTP 500）"),
        (status(404), "は Zabbix の API ではありません（HTTP 404）"),
        (body(b"<html>login</html>"), "は Zabbix の API ではありません（応答が JSON ではありません）"),
        (body(b'{"jsonrpc": "2.0", "result": "5.0.1", "id": 1}'), "Zabbix 5.0.1 の答えは読めません"),
        (body(b'{"jsonrpc": "2.0", "result": "next", "id": 1}'), "は Zabbix の API ではありません"),
        (body(b'{"jsonrpc": "2.0", "result": [7], "id": 1}'), "は Zabbix の API ではありません"),
        (hang_up, "に届きません（応答の前に切られました）"),
    ],
)
def test_what_is_no_zabbix_leaves_the_last_snapshot(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    zabbix: FakeZabbix,
    fault: Fault,
    words: str,
) -> None:
    assert ask(kb).code == 0
    before = written(folder)
    zabbix.faults["apiinfo.version"] = fault
    said = ask(kb, "--record", "record.json")
    assert (said.code, words in said.err) == (3, True), said.err
    assert written(folder) == before
    assert not (folder / "record.json").exists()


def test_a_server_that_is_away_leaves_the_last_snapshot(kb: Kb, folder: Path, zabbix: FakeZabbix) -> None:  # noqa: F811
    assert ask(kb).code == 0
    before = written(folder)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        (folder / "kb.toml").write_text(f'[zabbix]\nurl = "http://127.0.0.1:{taken.getsockname()[1]}"\n', "utf-8")
        said = ask(kb)
    assert said.code == 3
    assert "に届きません（接続を断られました）" in said.err
    assert "前のスナップショットはそのままです" in said.err
    assert written(folder) == before


def test_a_token_it_does_not_know_leaves_the_last_snapshot(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    zabbix: FakeZabbix,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ask(kb).code == 0
    before = written(folder)
    monkeypatch.setenv("ZABBIX_API_TOKEN", "0bad" * 16)
    said = ask(kb)
    assert (said.code, "API トークン（ZABBIX_API_TOKEN）を受けつけません（Not authorized.）" in said.err) == (3, True)
    assert "0bad" not in said.err
    monkeypatch.delenv("ZABBIX_API_TOKEN")
    said = ask(kb)
    assert (said.code, "環境変数 ZABBIX_API_TOKEN" in said.err, "--policy" in said.err) == (3, True, True)
    assert written(folder) == before


def test_a_token_that_sees_nothing_is_empty_not_gone(kb: Kb, folder: Path, zabbix: FakeZabbix) -> None:  # noqa: F811
    zabbix.results = {method: [] for method in ASKED}
    assert ask(kb).code == 3
    assert written(folder)["state"] == "empty"
    assert [each.params["triggerids"] for each in zabbix.asked if each.method == "trigger.get"] == [[]]


def test_a_redirect_does_not_take_the_token_along(kb: Kb, folder: Path, zabbix: FakeZabbix) -> None:  # noqa: F811
    with serve(FakeZabbix()) as other:
        for code in (301, 302, 307, 308):
            zabbix.faults["host.get"] = status(code, Location=other.url)
            said = ask(kb)
            assert (said.code, f"HTTP {code}" in said.err) == (3, True), said.err
        assert other.asked == []


def test_a_private_authority_is_refused_until_it_is_named(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    zabbix: FakeZabbix,
) -> None:
    ca, certificate = make_authority(folder)
    with serve(FakeZabbix(), certificate) as server:
        settings = f'[zabbix]\nurl = "{server.url}"\n'
        (folder / "kb.toml").write_text(settings, "utf-8")
        said = ask(kb)
        assert (said.code, "証明書を確かめられません" in said.err, "ca_file" in said.err) == (3, True, True), said.err
        assert server.asked == []
        (folder / "kb.toml").write_text(f'{settings}ca_file = "{ca}"\n', "utf-8")
        assert ask(kb).code == 0


def test_details_for_a_report_of_a_bug_hold_no_token(
    kb: Kb,  # noqa: F811
    zabbix: FakeZabbix,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    zabbix.version = "6.0.30"  # whose calls carry it in the body, which zabbix-utils logs
    zabbix.faults["host.get"] = body(b'{"jsonrpc": "2.0", "error": {"code": 1, "message": "x", "data": "y"}}')
    assert ask(kb, "--debug").code == 3
    assert TOKEN[:4] not in caplog.text
    assert "zabbix_utils" not in caplog.text


def test_pages_are_asked_for_until_the_last(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    zabbix: FakeZabbix,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(questions, "PAGE_ROWS", 50)
    zabbix.version = "6.0.30"
    assert ask(kb).code == 0
    pages = [each.params.get("eventid_from") for each in zabbix.asked if each.method == "event.get"]
    assert pages == [None, None, "50", "100"]  # counts, which 6.0 has not by trigger, then rows
    assert [each["events"] for each in written(folder)["items"]["counts"]] == [30] * 4


def test_more_rows_than_are_read_are_told(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    zabbix: FakeZabbix,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(questions, "PAGE_ROWS", 20)
    monkeypatch.setattr(questions, "MAX_ROWS", 40)
    zabbix.version = "6.0.30"
    said = ask(kb)
    assert (said.code, "event.get は失敗しました（40 行を超えました）" in said.err) == (3, True)
    assert written(folder)["state"] == "incomplete"


def test_the_number_of_calls_does_not_grow_with_hosts(kb: Kb, zabbix: FakeZabbix) -> None:  # noqa: F811
    zabbix.events = 0
    assert ask(kb).code == 0
    few = len(zabbix.asked)
    zabbix.hosts = 900
    zabbix.asked.clear()
    ask(kb, "--name", "many")
    assert len(zabbix.asked) == few


def test_values_are_asked_for_whole_triggers_within_a_bound(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    zabbix: FakeZabbix,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(questions, "MAX_ITEMS", 3)
    assert ask(kb).code == 0  # four machines: of three it would be told too low
    assert "trend.get" not in {each.method for each in zabbix.asked}
    monkeypatch.setattr(questions, "MAX_ITEMS", 4)
    monkeypatch.setattr(questions, "ITEMS_A_CALL", 3)
    assert ask(kb).code == 0
    assert [len(each.params["itemids"]) for each in zabbix.asked if each.method == "trend.get"] == [3, 1]


def test_a_super_admin_s_token_is_warned_of(kb: Kb, zabbix: FakeZabbix) -> None:  # noqa: F811
    assert "特権管理者" not in ask(kb).err
    zabbix.denied.clear()
    assert "特権管理者" not in ask(kb).err
    zabbix.super_admin = True
    said = ask(kb)
    assert (said.code, "警告: 特権管理者のトークンです" in said.err, "--policy" in said.err) == (0, True, True)


def test_secrets_reach_neither_record_nor_snapshot_nor_screen(kb: Kb, folder: Path, zabbix: FakeZabbix) -> None:  # noqa: F811
    planted = "hunter2Zq9wLk"
    hosts = zabbix.answer("host.get", {"selectInterfaces": []})
    hosts[0]["name"] = f"db password={planted}"
    hosts[1]["interfaces"][0]["dns"] = f"mysql://root:{planted}@db"
    triggers = zabbix.answer("trigger.get", {"triggerids": ["500", "501"]})
    triggers[0]["expression"] = f'last(/web-00/login[password={planted}])="x"'
    triggers[1]["expression"] = f'last(/web-01/mysql.ping["tcp://db","[zbx]",[a,b],{planted}])=0'
    problems = zabbix.answer("problem.get", {})
    problems[0]["name"] = f"login failed: password={planted}"
    zabbix.results = {"host.get": hosts, "trigger.get": triggers, "problem.get": problems}
    error = {"code": -32602, "message": "x", "data": f"token {TOKEN} password={planted}"}
    zabbix.faults["event.get"] = body(json.dumps({"jsonrpc": "2.0", "error": error, "id": 1}).encode())
    said = ask(kb, "--record", "record.json")
    assert said.code == 3
    texts = [said.out, said.err, *(path.read_text("utf-8") for path in folder.rglob("*.json"))]
    assert len(texts) == 4
    for text in texts:
        assert planted not in text
        assert TOKEN not in text
    assert "***" in texts[-1]


def test_without_zabbix_utils_it_says_how_to_get_it(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    zabbix: FakeZabbix,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "zabbix_utils", None)
    said = ask(kb)
    assert (said.code, "pip install zabbix-utils" in said.err) == (3, True)
    assert not (folder / ".kb/snapshots").exists()
    assert zabbix.asked == []


@pytest.mark.parametrize(
    ("settings", "words", "said_words"),
    [
        ("", ("zabbix",), "[zabbix]"),
        ("", ("ec2",), "取り込むファイルがありません"),
        ('[zabbix]\nurl = "http://zabbix.example.jp"\n', ("zabbix",), "allow_http = true"),
        ('[zabbix]\nurl = "https://u:p@zabbix.example.jp"\n', ("zabbix",), "認証情報"),
        ("", ("ec2", "--record", "x.json"), "--record"),
        ("", ("zabbix", "--from", "x.json", "--record", "y.json"), "--record"),
    ],
)
def test_wrong_words_and_settings_are_errors_of_use(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    settings: str,
    words: tuple[str, ...],
    said_words: str,
) -> None:
    (folder / "kb.toml").write_text(settings or "# 設定\n", "utf-8")
    said = kb("diagram", "collect", *words)
    assert (said.code, said_words in said.err) == (2, True), said


def test_a_record_that_cannot_be_written_stops_before_anything_is_asked(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    zabbix: FakeZabbix,
) -> None:
    (folder / "elsewhere").write_text("", "utf-8")
    (folder / "record.json").symlink_to("elsewhere")
    assert ask(kb, "--record", "record.json").code == 2
    assert ask(kb, "--record", "none/record.json").code == 2
    assert zabbix.asked == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("vfs.fs.size[/,pused]", "vfs.fs.size[/,pused]"),
        ("avg(/h/net.if.in[eth0],5m)>5M", "avg(/h/net.if.in[eth0],5m)>5M"),
        ("system.run[backup.sh --key k9]", "system.run[***]"),
        ('last(/h/mysql.ping[tcp://h,"a]b",["c",d],pw])=0 or x[pw]>1', "last(/h/mysql.ping[***])=0 or x[***]>1"),
        ('x["open', "x[***]"),
        ("x[open", "x[***]"),
        ("x[a,[b", "x[***]"),
    ],
)
def test_parameters_are_kept_of_keys_that_measure_a_machine(given: str, kept: str) -> None:
    assert mask_expression(given) == kept
