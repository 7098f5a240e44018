"""`kb doctor --handover`: all that kb depends on is named, nothing that is secret, and nothing needs a network."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from deploy.conftest import Site


@pytest.fixture
def here(site: Site) -> Site:
    """A site without a key of the environment, so that `.kb/key` is the one."""
    secrets = {name: value for name, value in site.secrets.items() if name != "KB_KEY"}
    return replace(site, secrets=secrets)


def facts(site: Site) -> dict[str, Any]:
    told = site.kb("doctor", "--handover", "--json")
    assert [secret for secret in site.secrets.values() if secret in told.stdout + told.stderr] == []
    loaded: dict[str, Any] = json.loads(told.stdout)
    return loaded


def test_accounts_key_and_what_happened_last_are_named(here: Site) -> None:
    here.kb("sync")
    here.kb("lint", "--exit-zero")
    here.kb("report", "--publish", "esa", "--insert", "top", "--yes")
    told = facts(here)
    esa, redmine = told["credentials"]
    assert (esa["system"], esa["account"], esa["from"]) == ("esa", "ono", "環境変数 ESA_ACCESS_TOKEN")
    assert (redmine["account"], redmine["admin"], redmine["unasked"]) == ("ono", False, None)
    assert re.fullmatch("[0-9a-f]{8}", told["key"]["id"])
    assert told["key"]["hand_over"] == "kb key export"
    assert (here.root / ".kb" / "key").read_text().strip() not in json.dumps(told)
    assert told["last"]["sync_exit"] == 0
    assert told["last"]["lint"] >= told["last"]["sync"]
    run = told["runs"]["published"]
    assert run["done"] == 1
    assert told["runs"]["undoable"]["name"] == run["name"]
    text = here.kb("doctor", "--handover").stdout
    (post,) = run["to"]
    assert f"esa_post = {post.removeprefix('esa:')}\n" in (here.root / "kb.toml").read_text(encoding="utf-8")
    assert f"最後に公開: {post} に {run['name']}（" in text
    assert f"→ kb undo {run['name']}" in text
    assert "トークンは ono のものです。" in text
    here.kb("undo", run["name"], "--yes")
    after = facts(here)["runs"]
    assert after["undoable"] is None
    assert after["published"] is None
    assert "最後に公開: ここから公開して残っているものはありません" in here.kb("doctor", "--handover").stdout


def test_what_runs_by_itself_is_found_where_it_was_installed(here: Site, tmp_path: Path) -> None:
    here.kb("init", "--systemd")
    here.kb("init", "--cron")
    here.kb("init", "--github", "--kb-source", "kb-steward==1")
    assert {each["kind"] for each in facts(here)["schedules"]["found"]} == {"github"}  # written is not installed
    units = Path(here.env["HOME"]) / ".config" / "systemd" / "user"
    units.mkdir(parents=True)
    for path in (here.root / "deploy").glob("*.[st]*[er]"):
        shutil.copy(path, units)
    (units / "backup.timer").write_text("[Timer]\nOnCalendar=daily\n")
    (units / "backup.service").write_text("[Service]\nExecStart=/usr/bin/backup sync\n")
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "crontab"
    fake.write_text(f"#!/bin/sh\necho '0 1 * * * backup sync'\ncat '{here.root / 'deploy' / 'kb.crontab'}'\n")
    fake.chmod(0o755)
    env = {**here.env, "PATH": f"{tmp_path / 'bin'}:{here.env['PATH']}"}
    found = facts(replace(here, env=env))["schedules"]
    assert found["unseen"] == []
    assert [(each["kind"], each["name"], each["when"]) for each in found["found"] if each["kind"] != "github"] == [
        ("systemd", "kb-daily.timer", "*-*-* 05:30:00 Asia/Tokyo"),
        ("systemd", "kb-weekly.timer", "Mon *-*-* 08:30:00 Asia/Tokyo"),
        ("cron", "kb lint・sync", found["found"][2]["when"]),
        ("cron", "kb report", found["found"][3]["when"]),
    ]
    assert [each["when"] for each in found["found"] if each["name"] == "kb-weekly.yml"] == [
        "30 20 * * * UTC; 30 23 * * 0 UTC"
    ]


def test_offline_it_says_what_could_not_be_asked(here: Site) -> None:
    text = (here.root / "kb.toml").read_text("utf-8")
    offline = re.sub(r'url = "[^"]*"', 'url = "http://127.0.0.1:9/redmine"\nkey_command = "echo hunter2-%s"', text)
    (here.root / "kb.toml").write_text(offline, encoding="utf-8")
    secrets = {"ESA_ACCESS_TOKEN": here.secrets["ESA_ACCESS_TOKEN"]}
    cut = replace(here, env={**here.env, "ESA_API_BASE_URL": "http://127.0.0.1:9"}, secrets=secrets)
    text = cut.kb("doctor", "--handover").stdout
    assert re.search(r"esa（読む）: 環境変数 ESA_ACCESS_TOKEN、今は聞けませんでした: .+", text)
    assert "Redmine（読む）: kb.toml の redmine.key_command（echo）、今は聞けませんでした" in text
    assert "hunter2" not in text
    assert not (here.root / ".kb").exists()  # looking makes nothing
    none = replace(cut, secrets={}).kb("--lang", "en", "doctor", "--handover").stdout
    assert "esa (to read): nowhere" in none


def test_decisions_plans_and_loose_files_are_told(here: Site) -> None:
    here.kb("sync")
    here.kb("plan", "done", "-o", "done.toml")
    rows = [
        f'[[decision]]\nfingerprint = "{number:032x}"\ndoc = "esa:1"\npart = "body"\ncode = "INC402"\nwhat = "{what}"\n'
        f'by = "ono"\non = "2026-11-01"\nreason = "x"\n{until}'
        for number, (what, until) in enumerate(
            [("accept", ""), ("snooze", 'until = "2027-02-01"\n'), ("snooze", 'until = "2027-01-05"\n')]
        )
    ]
    (here.root / "kb-decisions.toml").write_text("format = 1\n\n" + "\n".join(rows), encoding="utf-8")
    variables = Path(here.env["HOME"]) / ".config" / "kb" / "adteam.env"
    variables.parent.mkdir(parents=True)
    variables.write_text("ESA_ACCESS_TOKEN=x\n")
    variables.chmod(0o644)
    text = here.kb("doctor", "--handover").stdout
    assert "kb-decisions.toml: 3 件（期限つき 2、早いものは 2027-01-05）" in text
    assert "→ kb review done.toml" in text
    assert f"chmod 600 {variables}" in text
    (here.root / "kb-decisions.toml").write_text("[[decision]\n", encoding="utf-8")
    assert "! kb-decisions.toml" in here.kb("doctor", "--handover").stdout


def test_it_goes_alone(here: Site) -> None:
    assert "--handover と" in here.kb("doctor", "--json", code=2).stderr
