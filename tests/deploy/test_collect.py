"""`kb init --collect`: the script that collects all of what runs, with an aws and an ssh of our own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from lint.conftest import Said, folder, kb, workspace  # noqa: F401 -- fixtures

Kb = Callable[..., Said]
MODEL = '[[node]]\nid = "web"\nmatch = { host = ["web-01", "web-02", "app-*"] }\n'
AWS = r"""#!/bin/sh
printf '%s\n' "$*" >>"$CALLS"
case "$*" in
*describe-instances*us-east-1*)
    printf '\nAn error occurred (UnauthorizedOperation) when calling the DescribeInstances operation\n' >&2; exit 254 ;;
*describe-instances*)
    [ -z "${BROKEN-}" ] || { echo 'Unable to locate credentials.' >&2; exit 253; }
    echo '{"Reservations": [{"Instances": [{"InstanceId": "i-0a1", "State": {"Name": "running"}}]}]}' ;;
*list-applications*us-east-1*text*) echo None ;;
*list-applications*text*) printf 'web app\tbatch\n' ;;
*list-applications*us-east-1*) echo '{"applications": []}' ;;
*list-applications*) echo '{"applications": ["web app", "batch"]}' ;;
*list-deployment-groups*batch*text*) echo None ;;
*list-deployment-groups*text*) echo production ;;
*list-deployment-groups*batch*) echo '{"applicationName": "batch", "deploymentGroups": []}' ;;
*list-deployment-groups*) echo '{"applicationName": "web app", "deploymentGroups": ["production"]}' ;;
*get-deployment-group*"web app"*production*)
    echo '{"deploymentGroupInfo": {"applicationName": "web app", "deploymentGroupName": "production"}}' ;;
*) echo "unknown: $*" >&2; exit 1 ;;
esac
"""
SSH = r"""#!/bin/sh
printf 'ssh %s\n' "$*" >>"$CALLS"
for word; do case $word in web-*) host=$word ;; esac; done
[ "$host" != web-02 ] || { echo 'Connection timed out' >&2; exit 255; }
read -r first
[ "$first" = '#!/bin/sh' ] || exit 1
printf '#kb-hosts 1\n#taken 2026-11-28T06:00:00+09:00\n#user deploy\n=== id ok 1\nhostname\t%s\n=== end ok 1\n' "$host"
"""


@pytest.fixture
def script(kb: Kb, workspace: Path) -> Path:  # noqa: F811
    (workspace / "diagrams").mkdir()
    (workspace / "diagrams/system.toml").write_text(MODEL, "utf-8")
    bin_folder = workspace / "bin"
    bin_folder.mkdir()
    for name, text in (("aws", AWS), ("ssh", SSH)):
        (bin_folder / name).write_text(text, "utf-8")
        (bin_folder / name).chmod(0o755)
    said = kb("init", "--collect")
    assert said.code == 0, said
    assert "sh deploy/collect.sh" in said.out
    return workspace / "deploy/collect.sh"


def run(script: Path, shell: tuple[str, ...] = ("sh",), **more: str) -> subprocess.CompletedProcess[str]:
    root = script.parents[1]
    path = f"{root / 'bin'}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "HOME": str(root), "CALLS": str(root / "calls"), "TMPDIR": str(root), **more}
    return subprocess.run([*shell, str(script)], cwd="/", env=env, capture_output=True, text=True)


def edit(script: Path, **values: str) -> None:
    lines = script.read_text("utf-8").splitlines()
    for name, value in values.items():
        (at,) = [number for number, line in enumerate(lines) if line.startswith(f"{name}=")]
        lines[at] = f"{name}='{value}'"
    script.write_text("\n".join(lines) + "\n", "utf-8")


def states(script: Path) -> dict[str, str]:
    files = (script.parents[1] / ".kb/snapshots").glob("*.json")
    return {path.stem: json.loads(path.read_text("utf-8"))["state"] for path in files}


def test_it_names_the_hosts_of_the_model_and_is_not_overwritten_once_edited(kb: Kb, script: Path) -> None:  # noqa: F811
    assert "HOSTS='web-01 web-02'" in script.read_text("utf-8").splitlines()
    assert "することはありません" in kb("init", "--collect").out
    edit(script, REGIONS="ap-northeast-1")
    mine = script.read_text("utf-8")
    assert kb("init", "--collect").code == 5
    assert script.read_text("utf-8") == mine


@pytest.mark.parametrize("shell", [("sh",), ("dash",), ("busybox", "sh"), ("bash", "--posix")])
def test_the_shells_can_read_it_and_shellcheck_has_nothing_to_say(script: Path, shell: tuple[str, ...]) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"no {shell[0]}")
    assert subprocess.run([*shell, "-n", str(script)], capture_output=True).returncode == 0
    if shell == ("sh",) and shutil.which("shellcheck"):
        done = subprocess.run(["shellcheck", str(script)], capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "")


def test_it_collects_every_source_and_what_was_not_read_is_marked(script: Path) -> None:
    (script.parents[1] / "machines.csv").write_text("host,ip,checked_at\nweb-01,10.0.0.1,2026-11-20\n", "utf-8")
    edit(script, REGIONS="ap-northeast-1 us-east-1", MACHINES="machines.csv")
    done = run(script)
    assert done.returncode == 3, done
    assert states(script) == {
        "ec2": "ok",
        "ec2-us-east-1": "incomplete",  # denied
        "codedeploy": "ok",
        "codedeploy-us-east-1": "empty",
        "hosts": "incomplete",  # web-02 let nobody in
        "csv": "ok",
    }
    calls = (script.parents[1] / "calls").read_text("utf-8").splitlines()
    assert {each.split()[0] for each in calls} == {"ssh", "--output", "deploy"}
    verbs = ("describe-", "list-", "get-")
    assert not [each for each in calls if "ssh" not in each and not any(f" {verb}" in f" {each}" for verb in verbs)]
    assert not list(script.parents[1].glob("tmp.*"))


def test_a_failure_is_the_newest_word_and_says_so(script: Path) -> None:
    edit(script, REGIONS="ap-northeast-1", HOSTS="web-01")
    assert run(script).returncode == 0
    done = run(script, BROKEN="yes")
    assert done.returncode == 3
    assert "Unable to locate credentials" in done.stderr
    assert states(script) == {"ec2": "empty", "codedeploy": "ok", "hosts": "ok"}


def test_one_that_nobody_filled_in_says_where(script: Path) -> None:
    edit(script, HOSTS="")
    done = run(script)
    assert done.returncode == 2
    assert "チームで書くところ" in done.stderr
