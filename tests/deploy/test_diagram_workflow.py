"""The diagram's workflow, every `run:` of it as GitHub's runner runs it: drawn, compared, told, checked, published."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from deploy.conftest import ROOT, Site
from deploy.runner import Played, Runner
from deploy.test_workflows import check, loaded, steps

from kb.deploy import github

pytestmark = pytest.mark.skipif(os.name == "nt", reason="bash")

MODEL = """schema = 1
[system]
title = "広告配信"
[[node]]
id = "api"
label = "配信 API"
owner = "配信チーム"
runbook = "https://docs.esa.example/posts/1"
[[view]]
id = "all"
form = ["png", "svg"]
"""
WHY = "esa には載せません: このリポジトリは公開で、載せる先のチームがないためです。"
"""What this repository's own workflow says of publishing."""


@dataclass(slots=True)
class Hub:
    """What stands for GitHub's API: the comments of one pull request, and what was asked."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, value: object) -> None:
            made.asked.append((self.command, self.path, self.headers["Authorization"]))
            data = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _body(self) -> str:
            return str(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"])

        def do_GET(self) -> None:
            self._answer(made.comments)

        def do_POST(self) -> None:
            made.comments.append({"id": len(made.comments) + 1, "user": {"type": "Bot"}, "body": self._body()})
            self._answer({})

        def do_PATCH(self) -> None:
            wanted = int(self.path.rpartition("/")[2])
            next(each for each in made.comments if each["id"] == wanted)["body"] = self._body()
            self._answer({})

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is told."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def runner(site: Site, wheel: Path, installed: Path, tmp_path: Path, hub: Hub) -> Runner:
    write(site, MODEL)
    site.kb("init", "--github", "--kb-source", str(wheel))
    site.git("add", "diagrams", ".github")
    site.git("commit", "-q", "-m", "model")
    secrets = {**site.secrets, "ESA_WRITE_TOKEN": site.box.token_for(user="ono", scopes=["read", "write"])}
    env = {**site.env, "PATH": f"{installed}{os.pathsep}{site.env['PATH']}", "GITHUB_API_URL": hub.url}
    env |= {"GITHUB_REPOSITORY": "ono/ops", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_RUN_ID": "77"}
    env |= {"NO_PROXY": "127.0.0.1"}
    return Runner(site.root, tmp_path / "runner", tmp_path / "cache", env, secrets)


def write(site: Site, text: str) -> None:
    (site.root / "diagrams").mkdir(exist_ok=True)
    (site.root / "diagrams" / "system.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def pull(site: Site, runner: Runner) -> Callable[..., Played]:
    """The check of a pull request that makes this the model."""

    def play(text: str, head: str = "ono/ops") -> Played:
        site.git("checkout", "-q", "-B", "change", "main")
        write(site, text)
        site.git("commit", "-q", "--allow-empty", "-am", "a change")
        site.git("checkout", "-q", "-B", "merged", "main")
        site.git("merge", "-q", "--no-ff", "-m", "merge", "change")
        played = runner.job(
            site.root / ".github" / "workflows" / "kb-diagram.yml", "pull_request", name="check", token="hub-token",
            repository="ono/ops", event__pull_request__number="12", event__pull_request__head__repo__full_name=head,
        )  # fmt: skip
        assert "hub-token" not in played.log + played.summary
        return played

    return play


def push(site: Site, runner: Runner, branch: str = "main") -> Played:
    """The publishing that follows a push."""
    played = runner.job(
        site.root / ".github" / "workflows" / "kb-diagram.yml", "push", name="publish",
        ref_name=branch, event__repository__default_branch="main",
    )  # fmt: skip
    everything = played.log + played.summary + played.told
    assert [name for name, value in runner.secrets.items() if value in everything] == []
    assert not (site.root / ".kb").exists()
    return played


def comments(hub: Hub) -> list[str]:
    return [str(each["body"]) for each in hub.comments]


# -- pull requests -------------------------------------------------------------------------------


def test_a_pull_request_is_told_what_changes_once_and_anew(pull: Callable[..., Played], hub: Hub) -> None:
    hub.comments.append({"id": 1, "user": {"type": "User"}, "body": "<!-- kb:diagram --> ではどうでしょう"})
    changed = MODEL + '[[node]]\nid = "db"\nlabel = "入札 DB"\nowner = "基盤"\n'
    played = pull(changed)
    assert (played.code, played.failed) == (0, ""), played.log
    names = {path.name for path in played.artifact}
    assert {"diff.svg", "diff.png", "all.svg", "all.png", "manifest.json"} <= names
    first, ours = comments(hub)
    assert first.endswith("どうでしょう")
    assert ours.startswith("<!-- kb:diagram -->\n### 構成図の変更\n\n    ＋ ノード")
    assert "https://github.com/ono/ops/actions/runs/77" in ours
    assert ours in played.summary
    assert {token for _, _, token in hub.asked} == {"Bearer hub-token"}
    pull(changed.replace("入札 DB", "集計 DB"))
    assert len(hub.comments) == 2
    assert "集計 DB" in comments(hub)[1]


def test_where_nothing_changes_nobody_is_told(pull: Callable[..., Played], hub: Hub) -> None:
    played = pull(MODEL + "# 注\n")
    assert played.code == 0, played.log
    assert comments(hub) == []
    assert "違いはありません" in played.summary


def test_a_pull_request_from_a_fork_gets_the_summary_alone(pull: Callable[..., Played], hub: Hub) -> None:
    played = pull(MODEL.replace("配信 API", "配信 API 2"), head="somebody/ops")
    assert played.code == 0, played.log
    assert hub.asked == []
    assert "配信 API 2" in played.summary


def test_a_model_that_is_wrong_fails_before_anything_is_told(pull: Callable[..., Played], hub: Hub) -> None:
    played = pull(MODEL + '[[edge]]\nfrom = "api"\nto = "nowhere"\n')
    assert (played.code, played.failed) == (2, "描く")
    assert hub.asked == []


def test_what_the_check_finds_fails_after_the_picture_is_shown(pull: Callable[..., Played], hub: Hub) -> None:
    late = '[[ignore]]\ncode = "no-owner"\ntarget = "api"\nreason = "調整中"\nuntil = "2020-01-01"\n'
    played = pull(MODEL.replace('owner = "配信チーム"\n', "") + late)
    assert "点検する" in played.ran
    assert re.search(r"^::(?:error|warning) .*system\.toml", played.log, re.M), played.log


def test_names_are_only_names(pull: Callable[..., Played], hub: Hub) -> None:
    hostile = "``` @ono ![x](https://evil.example/x.png) $(touch /tmp/x) ::error::"
    played = pull(MODEL + f'[[node]]\nid = "x"\nlabel = \'{hostile}\'\nowner = "a"\n')
    assert played.code == 0, played.log
    (ours,) = comments(hub)
    (line,) = [each for each in ours.split("\n") if "evil.example" in each]
    assert line.startswith("    ")
    assert not re.search(r"^::error::", played.log, re.M)


# -- publishing ----------------------------------------------------------------------------------


def test_a_push_to_the_main_branch_publishes_and_a_second_one_sends_nothing(site: Site, runner: Runner) -> None:
    post = site.box.edit(
        "esa", "create", as_="sato", fields={"name": "構成図", "category": "構成", "body_md": "古い図"}
    )
    text = MODEL.replace('title = "広告配信"', f'title = "広告配信"\nesa_post = {post["number"]}')
    write(site, text)
    site.git("commit", "-q", "-am", "where to")
    refused = push(site, runner)
    assert (refused.code, refused.failed) == (2, "構成図を載せる")
    assert "--insert top" in refused.log
    site.kb("sync", "--source", "esa")
    site.kb("diagram", "publish", "--insert", "bottom", "--yes")
    (site.root / ".kb").rename(site.root.parent / "mine")
    write(site, text.replace("配信 API", "配信 API 2"))
    site.git("commit", "-q", "-am", "v2")
    commit = site.git("log", "-1", "--format=%h").strip()
    site.box.reset(counters=True)
    played = push(site, runner)
    assert (played.code, played.failed) == (0, ""), played.log
    counted = site.box.requests("esa")
    assert (counted["POST /attachments"], counted["PATCH /posts/{number}"]) == (2, 1)
    body = next(row["body_md"] for row in site.box.dump("esa") if row["number"] == post["number"])
    assert body.startswith("古い図")
    assert f"コミット `{commit}`" in body
    site.box.reset(counters=True)
    assert push(site, runner).code == 0
    assert not any(route.startswith(("POST", "PATCH")) for route in site.box.requests("esa"))


def test_other_branches_publish_nothing_and_without_a_post_it_is_said(site: Site, runner: Runner) -> None:
    assert push(site, runner, "topic").ran == []
    played = push(site, runner)
    assert played.code == 0, played.log
    assert "::notice title=kb diagram::" in played.log
    assert "写す" not in played.ran
    assert "構成図を載せる" not in played.ran


# -- the files -----------------------------------------------------------------------------------


def test_it_is_written_where_there_is_a_model(site: Site) -> None:
    words = ("init", "--github", "--kb-source", "kb-steward==1")
    assert "kb diagram init" in site.kb(*words).stderr
    folder = site.root / ".github" / "workflows"
    assert not (folder / "kb-diagram.yml").exists()
    write(site, MODEL)
    site.kb(*words)
    path = folder / "kb-diagram.yml"
    check("vendor.github-workflows", path)
    told = loaded(path)
    assert told["permissions"] == {"contents": "read"}
    assert told["jobs"]["check"]["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "permissions" not in told["jobs"]["publish"]
    assert told[True]["pull_request"] == {
        "paths": ["diagrams/**", "kb_diagrams/**", ".github/workflows/kb-diagram.yml"]
    }


def test_it_is_pinned_and_gives_each_step_no_more_than_it_needs(runner: Runner) -> None:
    path = runner.root / ".github" / "workflows" / "kb-diagram.yml"
    text = path.read_text("utf-8")
    assert "pull_request_target" not in text
    for line in re.findall(r"uses: (.*)", text):
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)
    runs = [step for step in steps(path) if "run" in step]
    given = {step["name"]: set(re.findall(r"(?:secrets|github)\.(\w+)", str(step.get("env")))) for step in runs}
    assert {name: each for name, each in given.items() if each} == {
        "プルリクエストに書く": {"token", "event"},
        "写す": {"ESA_ACCESS_TOKEN"},
        "構成図を載せる": {"ESA_ACCESS_TOKEN", "ESA_WRITE_TOKEN"},
    }
    for step in steps(path):
        assert "${{" not in step.get("run", "")
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False
        if "artifact" in step.get("uses", ""):
            assert step["with"]["path"] == "${{ runner.temp }}/kb-diagram"
    for job in loaded(path)["jobs"].values():
        assert 0 < job["timeout-minutes"] <= 60


def test_graphviz_and_a_japanese_font_are_installed_where_they_are_missing(site: Site, runner: Runner) -> None:
    tools = site.root.parent / "tools"
    tools.mkdir()
    (tools / "sudo").write_text('#!/bin/sh\necho "$@"\n')
    (tools / "sudo").chmod(0o755)
    path = site.root / ".github" / "workflows" / "kb-diagram.yml"
    (step,) = [each for each in loaded(path)["jobs"]["check"]["steps"] if each.get("name", "").startswith("Graphviz")]
    for name in ("bash", "env"):
        (tools / name).symlink_to(Path("/usr/bin") / name)
    bare = Runner(site.root, runner.temp, runner.cache, {**runner.env, "PATH": str(tools)})
    said = bare.steps([step], {}, {}).log
    assert "apt-get -q update" in said
    assert "apt-get -q install -y --no-install-recommends graphviz fontconfig fonts-noto-cjk" in said
    assert "apt-get" not in runner.steps([step], {}, {}).log


def test_this_repository_runs_it_on_its_own_example() -> None:
    own = ROOT / ".github" / "workflows" / "diagram.yml"
    where = replace(github.check_runner("ubuntu-latest", "kb.toml", "."), constraints="constraints.txt")
    wanted = github.render_diagram_workflow(where, file="diagram.yml", unpublished=WHY)
    if os.environ.get("KB_UPDATE_GOLDEN") == "1":
        own.write_text(wanted, encoding="utf-8")
    assert own.read_text("utf-8") == wanted
    assert "publish" not in loaded(own)["jobs"]
    assert f"# ・{WHY}" in wanted


def test_the_check_of_this_repository_passes(runner: Runner, tmp_path: Path) -> None:
    played = Runner(ROOT, tmp_path / "own", tmp_path / "none", runner.env).job(
        ROOT / ".github" / "workflows" / "diagram.yml", "push", name="check", repository="kb/kb"
    )
    assert (played.code, played.failed) == (0, ""), played.log
    assert {path.suffix for path in played.artifact} >= {".svg", ".png", ".html", ".mmd"}
