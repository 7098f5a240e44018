"""The whole of `kb demo`, against the real commands."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demo.planted_drift import planted as planted_drift
from servers import warm_kb

from kb import clock
from kb.errors import Exit
from kb.lint.cache.store import FindingsCache
from kb.model.finding import Severity
from kb.sandbox.demo.steps import PLAN_FILE, REPORT_PAGE, step_environment
from kb.sandbox.team.estate import SOURCES, list_estate
from kb.sandbox.team.planted import ESTATE_SECRET, PLANTED
from kb.sandbox.team.weeks import first_monday

PLAIN = ("zabbix", "aws-id")
"""A word like others, and the half of a key that is no secret."""


def said_by_kb(output: str) -> list[int]:
    """Requests of the two syncs as kb tells them: esa, Redmine, esa, Redmine."""
    told = re.findall(r"（(\d+) リクエスト(?:、点検 (\d+))?", output)
    return [int(requests) + int(audit or 0) for requests, audit in told]


def counted_by_the_servers(output: str) -> list[int]:
    """The same from the summary, where they come from the sandbox's counters."""
    line = next(line for line in output.splitlines() if "サーバー側の数" in line)
    return [int(number) for number in re.findall(r"(?:esa|Redmine) (\d+)", line)]


def assert_noise_is_folded_and_no_error_lost(screen: str, folder: Path) -> None:
    """At most 130 rows with nothing cut off; each error the rules found stands in one of them."""
    rows = [line.split()[0] for line in screen.splitlines() if line.startswith("  ")]
    assert 80 < len(rows) <= 130
    assert not re.search(r"^ほか \d", screen, re.M)
    shown = {
        f"{place}:{line}" for place, _, lines in (row.rpartition(":") for row in rows) for line in lines.split(",")
    }
    with FindingsCache(folder / ".kb" / "cache" / "judged.db") as kept:
        found = [each for _, outcome in kept.get(0, 2**62).values() for each in outcome]
    errors = [each for each in found if each.severity is Severity.ERROR]
    assert len(errors) >= 30
    where = ((each, "" if each.part == "body" else f"#{each.part}") for each in errors)
    assert {f"{each.doc}{part}:{each.span.line}" for each, part in where} <= shown


def test_the_whole_demo_runs_and_leaves_a_workspace_that_works_alone(tmp_path: Path) -> None:
    env = step_environment()

    def kb(*words: str, cwd: Path, program: tuple[str | Path, ...] = ()) -> subprocess.CompletedProcess[str]:
        argv = [*(program or (warm_kb().program,)), *words]
        return subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=280)

    done = kb("demo", cwd=tmp_path, program=(sys.executable, "-m", "kb"))
    assert done.returncode == 0, done.stdout + done.stderr
    changes = ("plan done", "review", "apply", "undo last")
    typed = (
        "init --team adteam",
        "sync",
        "lint",
        *changes,
        "secrets list",
        "search agg-legacy",
        "diagram collect ec2",
        "diagram build --drift",
    )
    for line in (*(f"$ kb {words}" for words in typed), "まとめ"):
        assert line in done.stdout
    assert "\x1b" not in done.stdout
    assert said_by_kb(done.stdout) == counted_by_the_servers(done.stdout)
    sent, back = re.findall(r"^[\d-]+: 済み (\d+)", done.stdout, re.M)
    assert sent == back != "0"
    folder = tmp_path / "kb-demo"
    weeks = re.split(r"^\$ kb report\n", done.stdout, flags=re.M)[1:]
    assert ["最後まで読み取れませんでした" in week.partition("\n\n")[0] for week in weeks] == [
        False,
        False,
        True,
        False,
    ]
    assert "直った指摘 0 件、再び出た指摘 1 件" in weeks[2]
    assert ["構成のずれ" in week.partition("\n\n")[0] for week in weeks] == [False, False, True, True]
    moves = "新しい 2 件、直った 1 件、残り 27 件、見送り 1 件（新しい SYS246 redis、新しい SYS263 web、直った SYS213 "
    assert moves in weeks[3]
    assert f"{REPORT_PAGE} に置きました" in done.stdout
    page = (folder / REPORT_PAGE).read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "<title>ナレッジの週報" in page
    assert {path.name for path in folder.glob("*.toml")} == {"kb.toml", PLAN_FILE, "demo-plan.receipt.toml"}
    history = json.loads(kb("history", "--json", cwd=folder).stdout)
    assert [run["undoes"] for run in history] == [history[1]["run"], ""]
    assert os.stat(folder / ".kb").st_mode & 0o077 == 0
    token_free = (folder / "kb.toml").read_text("utf-8")
    assert "token =" not in token_free
    show = done.stdout.rpartition("kb show ")[2].split()[0]
    assert "delivery-api-2.8.1-hotfix" in kb("show", show, cwd=folder).stdout
    assert kb("lint", cwd=folder).returncode == Exit.FINDINGS
    assert_noise_is_folded_and_no_error_lost(kb("lint", "--all", cwd=folder).stdout, folder)
    assert "web-03" in kb("search", "adsv-prd-web-03", cwd=folder).stdout
    listed = json.loads(kb("secrets", "list", "--format", "json", "--all", cwd=folder).stdout)
    assert found_in(listed) == planted()
    assert f"書かれた秘密 {planted().total()} か所" in done.stdout
    said = (
        "".join(path.read_text("utf-8") for path in (tmp_path / "kb-demo").glob("*.toml")) + done.stdout + done.stderr
    )
    assert [each.key for each in PLANTED if each.key not in PLAIN and each.value in said] == []
    assert_drift_is_told_and_stays_at_home(lambda *words: kb(*words, cwd=folder), folder, done.stdout + done.stderr)


def assert_drift_is_told_and_stays_at_home(
    kb: Callable[..., subprocess.CompletedProcess[str]], folder: Path, said: str
) -> None:
    """What was planted is told, in report and pictures too; what is passed on has no name that only a source knows."""
    check = ("diagram", "check", "--drift", "--format")
    listed = kb(*check, "json")
    told = json.loads(listed.stdout)["findings"]
    assert {(each["code"], each["target"]) for each in told if each["code"] >= "SYS2"} == planted_drift(ignored=False)
    page = (folder / REPORT_PAGE).read_text("utf-8")
    pictures = {path.name: path.read_text("utf-8") for path in (folder / ".kb/pictures").glob("all.*[!g]")}
    svg = (folder / ".kb/pictures/all.svg").read_text("utf-8")
    assert "SYS246" in page
    for words in (
        "▲1 配信キャッシュ",
        "△3 配信 API",
        "△3 計測",
        "◇1 旧ドメインの VPS",
        "図にないもの 10 件",
        "障害 1 件",
    ):
        assert words in svg
    shared = [page, svg, *pictures.values(), *(kb(*check, each).stdout for each in ("github", "markdown", "sarif"))]
    listings = list_estate(first_monday(now := clock.now()), now)
    machines = json.loads(listings[f"{SOURCES['ec2']}/page-2.json"])["Reservations"]
    ids = {each["InstanceId"] for row in machines for each in row["Instances"]}
    only_there = {*ids, "10.20.6", "/home/kurokawa", "sumday-server", "tmp_miura_3", "adsv-ci-agent-2", "old-ad-vps"}
    assert [word for text in shared for word in only_there if word in text] == []
    assert ESTATE_SECRET not in "".join((*shared, said, listed.stdout, kb("diagram", "adopt").stdout))


def found_in(listed: dict[str, Any]) -> Counter[tuple[str, str]]:
    """Kind and part of each place where kb saw a credential, sure or not."""
    places = [place for value in listed["values"] for place in value["places"]]
    return Counter((place["kind"], re.sub(r":\d+", "", place["part"])) for place in places)


def planted() -> Counter[tuple[str, str]]:
    """What was planted, by kind and part, as far as a first sync mirrors it and a key's public half is none."""
    parts = {"old": "journal:old"}
    return Counter(
        (each.kind, parts.get(each.part, each.part))
        for each in PLANTED
        if each.key != "aws-id" and each.part != "version"
    )


def test_a_demo_that_is_told_to_end_leaves_no_server_behind(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "kb", "demo"]
    with subprocess.Popen(argv, cwd=tmp_path, env=step_environment(), stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        line = next(line for line in demo.stdout if "--redmine-url" in line)
        demo.terminate()
        demo.wait(60)
    port = int(line.split("127.0.0.1:")[1].split("/")[0])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
