"""`kb init --systemd` and `--cron`: what they write runs, holds no secret, and is the team's once it was edited."""

from __future__ import annotations

import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from deploy.conftest import Site

UNITS = ["kb-daily.service", "kb-daily.timer", "kb-weekly.service", "kb-weekly.timer"]


def value(path: Path, key: str) -> str:
    """The last value of a key of a unit."""
    return re.findall(rf"^{key}=(.*)$", path.read_text("utf-8"), re.M)[-1]


def words(line: str) -> list[str]:
    """The words of an ExecStart= as systemd reads them: quotes, `%%` and `$$` resolved."""
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line)]


def test_units_are_written_beside_kb_toml_and_how_to_install_them_is_told(site: Site) -> None:
    said = site.kb("init", "--systemd").stdout
    folder = site.root / "deploy"
    assert sorted(path.name for path in folder.iterdir()) == UNITS
    assert "systemctl --user enable --now kb-daily.timer kb-weekly.timer" in said
    assert "~/.config/systemd/user" in said
    assert value(folder / "kb-weekly.timer", "OnCalendar") == "Mon *-*-* 08:30:00 Asia/Tokyo"
    for name in UNITS:
        text = (folder / name).read_text("utf-8")
        assert not [secret for secret in site.secrets.values() if secret in text]
    for name in ("kb-daily.service", "kb-weekly.service"):
        assert value(folder / name, "UMask") == "0077"
        assert value(folder / name, "NoNewPrivileges") == "yes"
        assert value(folder / name, "EnvironmentFile") == "-%h/.config/kb/adteam.env"
    assert value(folder / "kb-daily.timer", "Persistent") == "true"


@pytest.mark.parametrize("way", [(), ("--user",)])
def test_systemd_finds_nothing_wrong_with_the_units(site: Site, tmp_path: Path, way: tuple[str, ...]) -> None:
    if sys.platform == "darwin":
        pytest.skip("macOS has no systemd")
    site.kb("init", "--systemd")
    env = {**site.env, "XDG_RUNTIME_DIR": str(tmp_path)}
    units = [str(path) for path in sorted((site.root / "deploy").iterdir())]
    done = subprocess.run(["systemd-analyze", *way, "verify", *units], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_daily_unit_syncs_and_lints_and_fails_when_syncing_does(site: Site) -> None:
    site.kb("init", "--systemd")
    unit = site.root / "deploy" / "kb-daily.service"
    assert value(unit, "WorkingDirectory").replace("%%", "%") == str(site.root)
    assert value(unit, "StandardOutput") == "null"
    command = words(value(unit, "ExecStart"))
    site.sh(*command, env={**site.env, **site.secrets})
    assert "指摘" not in site.kb("lint", "--new-only").stdout  # the history has begun
    wrong = {**site.env, **site.secrets, "REDMINE_API_KEY": "0" * 40}
    said = site.sh(*command, env=wrong, code=3)
    assert "文書" in said.stderr  # what is mirrored was judged all the same


def test_the_weekly_unit_reports(site: Site) -> None:
    site.kb("init", "--systemd")
    command = words(value(site.root / "deploy" / "kb-weekly.service", "ExecStart"))
    assert command[-4:] == ["report", "--publish", "esa", "--yes"]
    assert command[-6:-4] == ["--config", str(site.root / "kb.toml")]


def cron_lines(site: Site) -> list[tuple[str, str]]:
    """The hour and the command of each line of the crontab, as cron gives it to the shell."""
    lines = (site.root / "deploy" / "kb.crontab").read_text("utf-8").splitlines()
    found = [re.fullmatch(r"((?:\S+ ){4}\S+) (.*)", line) for line in lines if line and not line.startswith("#")]
    assert all(found)
    return [(each[1], re.sub(r"\\%", "%", each[2])) for each in found if each]


def test_each_line_of_the_crontab_runs_in_a_plain_shell(site: Site) -> None:
    site.kb("init", "--cron")
    variables = Path(site.env["HOME"]) / ".config" / "kb" / "adteam.env"
    variables.parent.mkdir(parents=True)
    variables.write_text("".join(f"{name}={each}\n" for name, each in site.secrets.items()))
    (_, daily), (_, weekly) = cron_lines(site)
    assert len(daily) < 990  # what cron takes
    done = site.sh("sh", "-c", daily, cwd=Path("/"))
    assert done.stdout + done.stderr == ""
    assert stat.S_IMODE((site.root / ".kb" / "mirror.db").stat().st_mode) == 0o600
    assert "指摘" not in site.kb("lint", "--new-only").stdout
    assert weekly.endswith(" report --publish esa --yes")

    variables.write_text("ESA_ACCESS_TOKEN=wrong\nREDMINE_API_KEY=wrong\n")
    done = subprocess.run(["sh", "-c", daily], cwd="/", env=site.env, capture_output=True, text=True)
    assert "esa" in done.stdout  # which cron sends by mail
    assert "wrong" not in done.stdout


def test_a_percent_sign_does_not_end_a_line_of_the_crontab(site: Site) -> None:
    site.kb("init", "--cron")
    text = (site.root / "deploy" / "kb.crontab").read_text("utf-8")
    assert "50\\%" in text
    assert not re.search(r"(?<!\\)%", text)


def test_installing_the_crontab_twice_leaves_one(site: Site, tmp_path: Path) -> None:
    said = site.kb("init", "--cron").stdout
    table = tmp_path / "table"
    table.write_text("0 0 * * * true\n")
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "crontab"
    fake.write_text(
        f'#!/bin/sh\nif [ "$1" = -l ]; then cat {table}; else cat > {table}.new; mv {table}.new {table}; fi\n'
    )
    fake.chmod(0o755)
    commands = re.findall(r"^  (\S.*)$", said, re.M)
    assert len(commands) == 2
    env = {**site.env, "PATH": f"{tmp_path / 'bin'}:{site.env['PATH']}"}
    seen = []
    for _ in range(3):
        for command in commands:
            site.sh("sh", "-c", command, env=env)
        seen.append(table.read_text())
    assert (
        seen[0] == seen[1] == seen[2] == "0 0 * * * true\n" + (site.root / "deploy" / "kb.crontab").read_text("utf-8")
    )


@pytest.mark.parametrize(("flag", "name"), [("--systemd", "kb-daily.service"), ("--cron", "kb.crontab")])
def test_a_second_time_does_nothing_and_an_edited_file_stays(site: Site, flag: str, name: str) -> None:
    site.kb("init", flag)
    path = site.root / "deploy" / name
    first = path.read_bytes()
    assert "することはありません" in site.kb("init", flag).stdout
    text = (site.root / "kb.toml").read_text("utf-8")
    (site.root / "kb.toml").write_text('timezone = "Europe/Berlin"\n' + text, encoding="utf-8")
    assert "書き直しました" in site.kb("init", flag).stdout  # nobody edited it: it follows kb.toml
    path.write_bytes(first + b"# by hand\n")
    others = {each: each.read_bytes() for each in path.parent.iterdir() if each != path}
    said = site.kb("init", flag, code=5).stderr
    assert str(path) in said
    assert path.read_bytes() == first + b"# by hand\n"
    assert others == {each: each.read_bytes() for each in others}
    site.kb("init", flag, "--out", "elsewhere")
    assert (site.root / "elsewhere" / name).exists()


def test_what_it_needs_is_said(site: Site, tmp_path: Path) -> None:
    assert "一度に 1 つ" in site.kb("init", "--systemd", "--cron", code=2).stderr
    assert "今ある kb.toml" in site.kb("init", "--systemd", "--yes", code=2).stderr
    assert "--github と一緒に" in site.kb("init", "--cron", "--runs-on", "x", code=2).stderr
    assert "--systemd か" in site.kb("init", "--out", "x", code=2).stderr
    (site.root / "file").write_text("")
    assert "フォルダーではありません" in site.kb("init", "--systemd", "--out", "file", code=2).stderr
    (site.root / "kb.toml").unlink()
    assert "kb init で作って" in site.kb("init", "--systemd", code=2).stderr
