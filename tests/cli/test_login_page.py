"""A login page with status 200 in place of every answer: each command says so at once, and asks no second time."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servers import Sandbox, run_sandbox, warm_kb
from torture_kit.workspace import Workspace

ROWS = [
    {"number": 1, "name": "手順", "category": "運用", "body_md": "本文\n"},
]
SYSTEMS = ("esa", "redmine")

Kb = Callable[..., tuple[int, list[str]]]


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with run_sandbox("--profile", "nolimit", data=ROWS) as box:
        yield box


@pytest.fixture
def workspace(server: Sandbox, tmp_path: Path) -> Iterator[Workspace]:
    server.reset()
    yield Workspace.make(tmp_path, server)
    server.clear_faults()


@pytest.fixture
def kb(workspace: Workspace) -> Kb:
    """Runs a command; gives its exit code and the lines of both streams."""

    def run(*arguments: str) -> tuple[int, list[str]]:
        done = subprocess.run(
            [warm_kb().program, *arguments],
            cwd=workspace.root, env=workspace.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
        )  # fmt: skip
        assert workspace.sandbox.token not in done.stdout
        assert workspace.sandbox.api_key not in done.stdout
        return done.returncode, done.stdout.splitlines()

    return run


def put_a_login_in_between(box: Sandbox) -> None:
    """From now on every answer of both systems is a login page; requests are counted from here."""
    box.reset(counters=True)
    box.fault(system="*", kind="html")


def told(lines: list[str], box: Sandbox) -> list[str]:
    """The sentences that name what came, and from where."""
    host = box.esa.partition("//")[2]
    return [line for line in lines if "HTML の画面「Sign in」" in line and host in line]


def asked(box: Sandbox) -> list[int]:
    return [box.requests(system).get("total", 0) for system in SYSTEMS]


def writes(box: Sandbox) -> int:
    return sum(count for what, count in box.requests("esa").items() if what.startswith("PATCH "))


def test_a_sync_tells_it_of_each_system_after_one_request(kb: Kb, workspace: Workspace) -> None:
    put_a_login_in_between(workspace.sandbox)
    code, lines = kb("sync")
    assert code == 3
    assert len(told(lines, workspace.sandbox)) == 2, lines
    assert sum("ESA_API_BASE_URL" in line for line in lines) == 1
    assert sum("redmine.url" in line for line in lines) == 1
    assert asked(workspace.sandbox) == [1, 1]


def test_a_later_sync_keeps_what_the_mirror_holds(kb: Kb, workspace: Workspace) -> None:
    assert kb("sync")[0] == 0
    put_a_login_in_between(workspace.sandbox)
    assert kb("sync")[0] == 3
    assert asked(workspace.sandbox) == [1, 1]
    assert kb("show", "esa:1")[0] == 0


def test_the_doctor_tells_it_of_each_system_after_one_request(kb: Kb, workspace: Workspace) -> None:
    put_a_login_in_between(workspace.sandbox)
    code, lines = kb("doctor")
    assert code != 0
    assert len(told(lines, workspace.sandbox)) == 2, lines
    assert asked(workspace.sandbox) == [1, 1]


def test_an_init_tells_it_after_one_request_and_writes_no_settings(kb: Kb, workspace: Workspace) -> None:
    settings = workspace.root / "kb.toml"
    settings.unlink()
    put_a_login_in_between(workspace.sandbox)
    for named in (("--team", "docs", "--no-redmine"), ("--team", "", "--redmine-url", workspace.sandbox.redmine)):
        code, lines = kb("init", *named, "--yes")
        assert code == 3
        assert len(told(lines, workspace.sandbox)) == 1, lines
    assert asked(workspace.sandbox) == [1, 1]
    assert not settings.exists()


def test_an_apply_tells_it_after_one_request_and_sends_nothing(kb: Kb, workspace: Workspace) -> None:
    assert kb("sync")[0] == 0
    assert kb("plan", "move", "--from", "運用", "--to", "保管", "-o", "plan.toml")[0] == 0
    put_a_login_in_between(workspace.sandbox)
    code, lines = kb("apply", "plan.toml", "--yes")
    assert code == 3
    assert len(told(lines, workspace.sandbox)) == 1, lines
    assert asked(workspace.sandbox) == [1, 0]
    workspace.sandbox.clear_faults()
    assert kb("apply", "plan.toml", "--yes")[0] == 0
    assert workspace.sandbox.dump("esa")[0]["category"] == "保管"


def test_a_write_that_is_answered_with_it_is_looked_at_again(kb: Kb, workspace: Workspace) -> None:
    box = workspace.sandbox
    assert kb("sync")[0] == 0
    assert kb("plan", "move", "--from", "運用", "--to", "保管", "-o", "plan.toml")[0] == 0
    box.fault(system="esa", kind="html", method="PATCH", times=1)  # it was carried out; the answer was replaced
    box.reset(counters=True)
    code, lines = kb("apply", "plan.toml", "--yes")
    assert code == 0, lines
    assert box.dump("esa")[0]["category"] == "保管"
    assert writes(box) == 1


def test_a_write_after_which_nothing_else_comes_is_settled_by_the_next_apply(kb: Kb, workspace: Workspace) -> None:
    box = workspace.sandbox
    assert kb("sync")[0] == 0
    assert kb("plan", "move", "--from", "運用", "--to", "保管", "-o", "plan.toml")[0] == 0
    box.fault(system="esa", kind="html", method="PATCH", times=1)
    box.fault(system="esa", kind="slow", method="GET", times=1, seconds=0)  # the look before the write
    box.fault(system="esa", kind="html", method="GET")
    box.reset(counters=True)
    code, lines = kb("apply", "plan.toml", "--yes")
    assert code == 3, lines
    assert len(told(lines, box)) == 1, lines
    box.clear_faults()
    code, lines = kb("apply", "plan.toml", "--yes")
    assert code == 0, lines
    assert writes(box) == 1
