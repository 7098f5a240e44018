"""`kb diagram collect` and `check --drift` as they are typed: exit codes, files, and what leaves the machine."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from estate.kit import KURUMI
from lint.conftest import Said, folder, kb, workspace  # noqa: F401 -- fixtures

Kb = Callable[..., Said]
DENIED = "\nAn error occurred (UnauthorizedOperation) when calling the DescribeInstances operation: You …"
NOW = ("--now", "2026-11-28T09:00:00+09:00")


@pytest.fixture
def estate(kb: Kb, folder: Path) -> Path:  # noqa: F811
    """A workspace with the labelled estate collected, but for its repositories and pages."""
    (folder / "diagrams").mkdir()
    shutil.copy(KURUMI / "system.toml", folder / "diagrams/system.toml")
    for source, name in (("ec2", "ec2.json"), ("codedeploy", "codedeploy.json"), ("zabbix", "zabbix.json")):
        taken = ("--taken-at", "2026-11-28T06:00:00+09:00")
        assert kb("diagram", "collect", source, "--from", str(KURUMI / name), *taken).code == 0
    assert kb("diagram", "collect", "hosts", "--from", str(KURUMI / "hosts")).code == 0
    return folder


def snapshot(folder: Path, name: str) -> Path:  # noqa: F811
    return folder / ".kb/snapshots" / f"{name}.json"


def test_what_is_collected_is_for_its_owner_only_and_holds_the_contract_s_fields(estate: Path) -> None:
    path = snapshot(estate, "ec2")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    whole = json.loads(path.read_text("utf-8"))
    assert (whole["format"], whole["source"], whole["name"], whole["state"]) == (1, "ec2", "ec2", "ok")
    assert whole["taken_at"] == "2026-11-28T06:00:00+09:00"
    assert whole["counts"] == {"instances": 24}
    fields = "format source name scope taken_at collected_at state why counts accepted items"
    assert set(whole) == set(fields.split())


@pytest.mark.parametrize(
    ("source", "text", "code", "state"),
    [
        ("ec2", "", 3, "empty"),
        ("ec2", '{"Reservations": []}', 3, "empty"),
        ("ec2", '{"Reservations": [{"Instances": [{"InstanceId": "i-0a1"', 2, None),
        ("ec2", '{"applications": []}', 2, None),
        ("ec2", "i-0a1 running\n", 2, None),
        ("ec2", DENIED, 3, "incomplete"),
        ("codedeploy", '{"applications": ["a"]}', 3, "incomplete"),
        ("codedeploy", '{"applications": [], "nextToken": "x"}', 3, "incomplete"),
        ("zabbix", '{"calls": []}', 3, "empty"),
        ("zabbix", '{"calls": [{"method": "host.get", "error": {"code": 1}}]}', 3, "incomplete"),
        ("zabbix", "[]", 2, None),
        ("hosts", "Linux web-01\n", 2, None),
        ("csv", "name;ip\n", 2, None),
        ("csv", "host,ip\n", 3, "empty"),
    ],
)  # fmt: skip
def test_an_input_is_whole_marked_or_refused(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    source: str,
    text: str,
    code: int,
    state: str | None,
) -> None:
    (folder / "input").write_text(text, "utf-8")
    said = kb("diagram", "collect", source, "--from", "input")
    assert said.code == code, said
    path = snapshot(folder, source)
    assert path.exists() is (state is not None)
    if state is not None:
        assert json.loads(path.read_text("utf-8"))["state"] == state


def test_an_empty_folder_is_an_empty_source(kb: Kb, folder: Path) -> None:  # noqa: F811
    (folder / "hosts").mkdir()
    assert kb("diagram", "collect", "hosts", "--from", "hosts").code == 3
    assert json.loads(snapshot(folder, "hosts").read_text("utf-8"))["state"] == "empty"


@pytest.mark.parametrize(
    ("source", "has_rights"), [("ec2", True), ("codedeploy", True), ("hosts", False), ("csv", False)]
)
def test_rights_are_named_where_policy_prints_some(kb: Kb, folder: Path, source: str, has_rights: bool) -> None:  # noqa: F811
    (folder / "input").write_text("", "utf-8")
    assert ("--policy" in kb("diagram", "collect", source, "--from", "input").err) is has_rights
    assert (kb("diagram", "collect", source, "--policy").code == 0) is has_rights


APPS = '{"applications": ["shop"]}'
LISTED = '{"applicationName": "shop", "deploymentGroups": ["web"]}'
GROUP = '{"deploymentGroupInfo": {"applicationName": "shop", "deploymentGroupName": "web"}}'


@pytest.mark.parametrize(
    ("answers", "code"),
    [((APPS, LISTED, GROUP), "SYS232"), ((GROUP,), "SYS205"), ((APPS, GROUP), "SYS205"), ((LISTED, GROUP), "SYS205")],
)
def test_a_group_is_gone_only_where_all_were_listed(kb: Kb, folder: Path, answers: tuple[str, ...], code: str) -> None:  # noqa: F811
    (folder / "diagrams").mkdir()
    node = '[[node]]\nid = "api"\nmatch = { codedeploy = ["shop/api"] }\n'
    (folder / "diagrams/system.toml").write_text(node, "utf-8")
    (folder / "deploy.json").write_text("".join(answers), "utf-8")
    assert kb("diagram", "collect", "codedeploy", "--from", "deploy.json").code == 0
    rows = kb("diagram", "check", "--drift", "--format", "jsonl").out.splitlines()
    assert [row["code"] for row in map(json.loads, rows) if row["code"] in ("SYS205", "SYS232")] == [code]


ROW = '{{"Reservations": [{{"Instances": [{{"InstanceId": "i-0a{}", "State": {{"Name": "running"}}}}]}}]{}}}'


@pytest.mark.parametrize(
    ("text", "count", "kinds"),
    [
        (f"{DENIED}\n\nAdditional error details:\nRequestId: 1-2\nType: Sender\n", 0, ["denied"]),
        (f"{DENIED}\nAdditional error details:\nType: a\n{ROW.format(1, '')}{DENIED}", 1, ["denied", "denied"]),
        (DENIED.replace("UnauthorizedOperation", "RequestLimitExceeded"), 0, ["failed"]),
        (ROW.format(1, ', "nextToken": "t"'), 1, ["page-left"]),
    ],
)  # fmt: skip
def test_what_aws_says_beside_its_answers_is_what_is_missing(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    text: str,
    count: int,
    kinds: list[str],
) -> None:
    (folder / "ec2.json").write_text(text, "utf-8")
    assert kb("diagram", "collect", "ec2", "--from", "ec2.json").code == 3
    whole = json.loads(snapshot(folder, "ec2").read_text("utf-8"))
    assert (whole["counts"]["instances"], [each["kind"] for each in whole["why"]]) == (count, kinds)


def test_a_page_that_says_there_is_another_is_whole_with_it(kb: Kb, folder: Path) -> None:  # noqa: F811
    row = '{{"Instances": [{{"InstanceId": "i-0a{}", "State": {{"Name": "running"}}}}]}}'
    (folder / "a.json").write_text(f'{{"Reservations": [{row.format(1)}], "NextToken": "t"}}')
    (folder / "b.json").write_text(f'{{"Reservations": [{row.format(2)}], "NextToken": ""}}')
    assert kb("diagram", "collect", "ec2", "--from", "a.json").code == 3
    assert kb("diagram", "collect", "ec2", "--from", "b.json", "--from", "a.json").code == 0
    assert json.loads(snapshot(folder, "ec2").read_text("utf-8"))["counts"] == {"instances": 2}


def test_a_snapshot_that_somebody_broke_is_named(kb: Kb, estate: Path) -> None:  # noqa: F811
    snapshot(estate, "zabbix").write_text('{"format": 1}')
    said = kb("diagram", "check", "--drift", *NOW)
    assert said.code == 2
    assert "zabbix" in said.err


@pytest.mark.parametrize("taken", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "", "きのう"])
@pytest.mark.parametrize("source", ["zabbix", "hosts", "ec2"])
def test_an_impossible_time_of_a_snapshot_is_told_and_ends_no_other_command(
    kb: Kb,  # noqa: F811
    estate: Path,
    source: str,
    taken: str,
) -> None:
    kept = json.loads(snapshot(estate, source).read_text())
    kept["taken_at"] = taken
    for host in kept["items"].get("hosts", []):
        if "taken_at" in host:
            host["taken_at"] = taken
    snapshot(estate, source).write_text(json.dumps(kept))
    said = kb("diagram", "check", "--drift", "--format", "json", *NOW)
    assert said.code == 1
    told = [each for each in json.loads(said.out)["findings"] if each["code"] == "SYS204"]
    assert [each["target"] for each in told] == [f"source:{source}"]
    for words in (
        ("lint", "--exit-zero"),
        ("report",),
        ("incidents",),
        ("runbook", "kr-prd-web-01"),
        ("search", "障害"),
    ):
        assert "OverflowError" not in (got := kb(*words)).err + got.out, words
        assert got.code in (0, 1, 2), words


def test_nothing_collected_is_a_usage_error_with_the_next_command(kb: Kb, folder: Path) -> None:  # noqa: F811
    assert kb("diagram", "init").code == 0
    said = kb("diagram", "check", "--drift")
    assert (said.code, said.out) == (2, "")
    assert "kb diagram collect ec2 --from ec2.json" in said.err


@pytest.mark.parametrize("words", ['sources = ["zabix"]', "max_age = { ec-2 = 30 }"])
def test_a_source_nobody_knows_is_an_error_of_the_settings(kb: Kb, estate: Path, words: str) -> None:  # noqa: F811
    (estate / "kb.toml").write_text(f'[esa]\nteam = "docs"\n[drift]\n{words}\n', "utf-8")
    said = kb("diagram", "check", "--drift", *NOW)
    assert (said.code, said.out) == (2, "")
    assert "[drift]" in said.err
    assert "zabbix" in said.err


def test_json_tells_targets_evidence_the_next_step_and_the_sources(kb: Kb, estate: Path) -> None:  # noqa: F811
    whole = json.loads(kb("diagram", "check", "--drift", "--format", "json", *NOW).out)
    assert all(row["target"] and row["evidence"] and row["next"] for row in whole["findings"])
    assert {each["name"]: each["state"] for each in whole["sources"]} == {
        **dict.fromkeys(("codedeploy", "ec2", "hosts", "zabbix"), "ok")
    }
    again = kb("diagram", "check", "--drift", "--format", "json", *NOW).out
    assert json.loads(again) == whole


@pytest.mark.parametrize("form", ["github", "sarif", "junit", "markdown", "html"])
def test_what_is_passed_on_holds_counts_and_labels_alone(kb: Kb, estate: Path, form: str) -> None:  # noqa: F811
    said = kb("diagram", "check", "--drift", "--format", form, *NOW).out
    assert "検索" in said
    for private in ("i-000", "10.5.", "kr-prd-", "/tmp/worker", "test-yamada", "kurumi-ads", "web/staging"):  # noqa: S108
        assert private not in said, private


def test_what_the_model_itself_lacks_is_told_by_its_label_and_line(kb: Kb, estate: Path) -> None:  # noqa: F811
    model = estate / "diagrams/system.toml"
    ended = '\n[[ignore]]\ncode = "stopped-instance"\ntarget = "i-{}"\nreason = "予備"\nuntil = 2026-10-01\n'
    channel = '\n[[channel]]\nid = "night"\nlabel = "#夜番"\n'
    model.write_text(model.read_text("utf-8") + channel + ended.format("0abc1") + ended.format("0abc2"), "utf-8")
    said = kb("diagram", "check", "--drift", "--format", "github", *NOW).out
    rows = {code: [row for row in said.splitlines() if f"title={code} " in row] for code in ("SYS106", "SYS252")}
    assert [len(rows[code]) for code in rows] == [2, 1]
    assert "（#夜番）" in rows["SYS252"][0]
    assert not any("図にないもの" in row for code in rows for row in rows[code])
    assert "i-0abc" not in said


def test_a_finding_becomes_a_draft(kb: Kb, estate: Path) -> None:  # noqa: F811
    assert kb("diagram", "check", "--drift", "--draft", "SYS246", *NOW).out.startswith("# 一時保管 の手順書")
    assert kb("diagram", "check", "--drift", "--draft", "unmonitored:search", *NOW).out.startswith("件名: ")
    several = kb("diagram", "check", "--drift", "--draft", "SYS211", *NOW)
    assert (several.code, several.out) == (2, "")
    assert "SYS211:i-000e7aaa0002c05f2" in several.err
    assert kb("diagram", "check", "--draft", "SYS211").code == 2


CHANNEL = """
[[channel]]
id = "night"
label = "#ad-night"
why = "夜のあいだに人を起こす知らせ"
source = "zabbix"
created_by = "佐藤"

[[channel]]
id = "day"
label = "#ad-alert"
why = "止まるおそれ"
owner = "配信チーム"
"""


def test_a_channel_becomes_a_question_for_what_is_not_written(kb: Kb, estate: Path) -> None:  # noqa: F811
    with (estate / "diagrams/system.toml").open("a", encoding="utf-8") as model:
        model.write(CHANNEL)
    (estate / "kb.toml").write_text('[esa]\nteam = "docs"\n[slack]\nchannel = "#ad-ops"\n')
    said = kb("diagram", "check", "--drift", "--draft", "SYS252:#ad-night", *NOW)
    assert said.code == 0
    assert said.out == kb("diagram", "check", "--drift", "--draft", "SYS252:night", *NOW).out
    text = said.out
    assert text.startswith("ご存じの方へ\n\n通知先 #ad-night ")
    for known in ("なぜ鳴るか: 夜のあいだに人を起こす知らせ", "知らせの出どころ: zabbix", "作った人: 佐藤"):
        assert f"- {known}" in text
    asked = [line for line in text.splitlines() if line[:1].isdigit()]
    assert [line[3:].partition("。")[0] for line in asked] == [
        "いくつを超えたら鳴りますか", "だれが読み、だれが動きますか（夜や休日も）", "いつからありますか"
    ]  # fmt: skip
    owned = kb("diagram", "check", "--drift", "--draft", "SYS252:#ad-alert", *NOW).out
    assert owned.startswith("配信チーム の方へ")
    assert "だれが読み" not in owned
    unknown = kb("--lang", "en", "diagram", "check", "--drift", "--draft", "SYS252:#ad-ops", *NOW).out
    assert "kb.toml [slack]" in unknown
    assert [line[:1] for line in unknown.splitlines() if line[:1].isdigit()] == ["1", "2", "3", "4"]


def test_what_is_ignored_is_set_aside_until_its_day(kb: Kb, estate: Path) -> None:  # noqa: F811
    ignore = '\n[[ignore]]\ncode = "unmonitored"\ntarget = "search"\nreason = "移行中"\nuntil = 2026-12-31\n'
    model = estate / "diagrams/system.toml"
    model.write_text(model.read_text("utf-8") + ignore, "utf-8")
    told = kb("diagram", "check", "--drift", "--format", "jsonl", *NOW).out
    assert "SYS222" not in told
    later = kb("diagram", "check", "--drift", "--format", "jsonl", "--now", "2027-01-01T09:00:00+09:00").out
    assert "SYS106" in later


def test_adopt_proposes_what_was_collected_and_who_talks_to_whom(
    kb: Kb,  # noqa: F811
    estate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KB_NOW", NOW[1])
    hosts = estate / "hosts"
    shutil.copytree(KURUMI / "hosts", hosts)
    web = hosts / "kr-prd-web-01.txt"
    text = web.read_text("utf-8").replace("=== end ok 12", "=== peers ok 1\ntcp\t10.5.4.1:6379\tphp\n=== end ok 13")
    web.write_text(text, "utf-8")
    assert kb("diagram", "collect", "hosts", "--from", "hosts").code == 0
    said = kb("diagram", "adopt")
    assert said.code == 0
    assert 'label = "test-yamada"' in said.out
    assert 'ec2_id = ["i-000e99990002d9f0b"]' in said.out
    assert "Zabbix server" not in said.out
    assert '[[edge]]\n# 2026-11-28 kr-prd-web-01\nfrom = "web"\nto = "cache"\nproto = "tcp/6379"\n' in said.out
