"""`kb diagram adopt`: machines that no node claims, from lists and from what pages name; no file is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lint.conftest import Posts, Said, folder, kb, posts, workspace  # noqa: F401 -- fixtures

from kb.diagram.model.nouns import Model
from kb.diagram.model.toml import merge_texts
from kb.errors import Exit
from kb.estate.match.machines import ListedMachine
from kb.estate.match.propose import combine_machines, machine_key, propose_unknown, sort_machines
from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility
from kb.model.host_names import HostNames

MODEL = """
[[group]]
id = "web-group"
[[node]]
id = "web"
group = "web-group"
match = { ec2_name = ["web-prd-*"] }
[[node]]
id = "api"
match = { host = ["api-*"] }
[[node]]
id = "old-db-01"
lifecycle = "retired"
[[node]]
id = "node"
match = { host = ["api-stg-*"] }
"""
PATTERN = "[hosts]\npattern = '[a-z]+-(prd|stg|db)-?[0-9]+'\n"


def instance(name: str, number: int, **tags: str) -> dict[str, object]:
    pairs = {"Name": name, **tags}
    return {
        "InstanceId": f"i-{number:04}",
        "State": {"Name": "running"},
        "Tags": [{"Key": key.replace("__", ":"), "Value": value} for key, value in pairs.items()],
    }


@pytest.fixture
def model(workspace: Path) -> Path:  # noqa: F811
    (workspace / "diagrams").mkdir()
    (workspace / "diagrams" / "system.toml").write_text(MODEL, encoding="utf-8")
    (workspace / "kb.toml").write_text('[esa]\nteam = "docs"\n' + PATTERN, encoding="utf-8")
    return workspace


def added(text: str) -> Model:
    """The model with a proposal beside it."""
    return merge_texts([("a.toml", MODEL), ("b.toml", text)])


def test_what_runs_and_is_not_in_the_model_is_proposed_by_its_names(
    kb: Callable[..., Said],  # noqa: F811
    model: Path,
) -> None:
    instances = [
        instance("web-prd-01", 1),
        instance("job-prd-01", 2),
        instance("job-prd-02", 3),
        instance("job-admin", 4),
        instance("web-tmp", 5),
        instance("anything", 6, kb__node="api"),
    ]
    (model / "ec2.json").write_text(json.dumps({"Reservations": [{"Instances": instances}]}), encoding="utf-8")
    before = sorted(model.rglob("*"))
    said = kb("diagram", "adopt", "--from", "ec2.json")
    assert said.code == Exit.OK, said.err
    nodes = {node.id: node for node in added(said.out).nodes}
    assert set(nodes) - {"web", "api", "old-db-01", "node"} == {"job-prd", "job-admin", "web-tmp"}
    job = nodes["job-prd"]
    assert (job.group, job.owner, job.count, job.lifecycle) == ("job-group", "", "2", "unknown")
    assert job.match.ec2_name == ("job-prd-*",)
    assert "ec2.json（2 台）" in job.evidence
    assert nodes["web-tmp"].group == "web-group"
    assert "構成図のもとにあるもの 2 台、ないもの 4 台" in said.err
    assert sorted(model.rglob("*")) == before


def test_hosts_that_pages_name_are_proposed_with_where_they_stand(
    kb: Callable[..., Said],  # noqa: F811
    model: Path,
    posts: Posts,  # noqa: F811
) -> None:
    posts.put(
        (1, "手順", "ｇｈｏｓｔ－ｐｒｄ－０１ と web-prd-77 と old-db-01 を再起動する。"),
        (2, "記録", "ghost-prd-01 が止まった"),
    )
    posts.comment(2, 5, "api-stg-01 も見る")
    said = kb("diagram", "adopt")
    assert said.code == Exit.OK, said.err
    ghost = next(node for node in added(said.out).nodes if node.id == "ghost-prd")
    assert ghost.match.host == ("ghost-prd-01",)
    assert ghost.evidence == "esa:2 ほか 1 件に名前（最後の更新 2025-06-01）（1 台）"
    assert said.out.count("[[node]]") == 1
    assert "api-stg-01 は api、node のどれにも当てはまります（match を狭めてください）。" in said.err


def test_what_not_every_member_can_read_is_left_out_and_counted(
    kb: Callable[..., Said],  # noqa: F811
    model: Path,
    posts: Posts,  # noqa: F811
) -> None:
    posts.put((1, "公開", "ghost-prd-01"))
    with Mirror.open(model / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        row = SourceRow(Source.REDMINE, Kind.TICKET, "7", "redmine:7", "内密", "secret-prd-01 と ghost-prd-01", {})
        write.put([replace(row, visibility=Visibility.PRIVATE, updated_at="2026-01-01T00:00:00Z")])
    said = kb("diagram", "adopt")
    assert "secret-prd" not in said.out + said.err
    assert "redmine:7" not in said.out
    assert "メンバー全員には見えない文書だけにある名前 1 件は除きました。" in said.err


def test_a_machine_of_a_list_that_pages_name_too_is_one(
    kb: Callable[..., Said],  # noqa: F811
    model: Path,
    posts: Posts,  # noqa: F811
) -> None:
    posts.put((1, "手順", "job-prd-01"))
    (model / "hosts.csv").write_text("host,owner\njob-prd-01.example.jp,佐藤\n", encoding="utf-8")
    said = kb("diagram", "adopt", "--from", "hosts.csv")
    assert said.out.count("[[node]]") == 1
    assert "hosts.csv" in said.out
    assert "佐藤" not in said.out


def test_a_model_that_has_everything_prints_nothing(kb: Callable[..., Said], model: Path, posts: Posts) -> None:  # noqa: F811
    posts.put((1, "手順", "web-prd-01"))
    said = kb("diagram", "adopt")
    assert (said.code, said.out) == (Exit.OK, "")
    assert "あるもの 1 台、ないもの 0 台" in said.err


@pytest.mark.parametrize(
    ("toml", "why"),
    [(None, "kb.toml がない"), ("# 設定\n", "ホスト名（kb.toml の [hosts]）"), (PATTERN, "まだ kb sync をしていない")],
)
def test_with_nothing_to_look_at_it_says_what_is_missing(
    kb: Callable[..., Said],  # noqa: F811
    folder: Path,  # noqa: F811
    toml: str | None,
    why: str,
) -> None:
    (folder / "diagrams").mkdir()
    (folder / "diagrams" / "system.toml").write_text(MODEL, encoding="utf-8")
    if toml is not None:
        (folder / "kb.toml").write_text(toml, encoding="utf-8")
    said = kb("diagram", "adopt")
    assert said.code == Exit.USAGE
    assert f"調べるものがありません（{why}" in said.err
    (folder / "hosts.csv").write_text("host\njob-01\n", encoding="utf-8")
    said = kb("diagram", "adopt", "--from", "hosts.csv")
    assert said.code == Exit.OK
    assert f"記事とチケットは見ていません（{why}" in said.err


def test_without_a_model_it_says_how_to_begin(kb: Callable[..., Said], workspace: Path) -> None:  # noqa: F811
    said = kb("diagram", "adopt", "--from", "none.csv")
    assert said.code == Exit.USAGE
    assert "kb diagram init" in said.err


def test_whatever_machines_are_called_their_proposal_can_be_read() -> None:
    names = (
        '"',
        "web",
        "web-group",
        "api",
        "\\",
        "\x1b[2J",
        "全角ホスト",
        "a" * 300,
        "]]\n[[node]]",
        "{}",
        "",
        "-",
        "1.2.3.4",
    )
    machines = [
        ListedMachine(name, id=f"i-{n}", asg=name if n % 3 == 0 else "", role=name) for n, name in enumerate(names * 2)
    ]
    model = merge_texts([("a.toml", MODEL)])
    found = sort_machines(model, combine_machines(machines, [ListedMachine(name.lower()) for name in names]))
    assert found.unknown
    whole = added(propose_unknown(model, found.unknown, {machine_key(each): "見た" for each in found.unknown}))
    assert {node.owner for node in whole.nodes} == {""}


def test_an_alias_is_the_machine_it_stands_for(
    kb: Callable[..., Said],  # noqa: F811
    model: Path,
    posts: Posts,  # noqa: F811
) -> None:
    text = (model / "kb.toml").read_text(encoding="utf-8")
    aliases = '[hosts.aliases]\nweb-01 = "web-prd-01"\n"お城" = "drawbridge"\nnode-x = "api-prd-09"\n'
    (model / "kb.toml").write_text(text + aliases, encoding="utf-8")
    posts.put((1, "手順", "web-01 とお城を見る"))
    (model / "hosts.csv").write_text("host\nweb-01\nweb-prd-01\napi-prd-09\n", encoding="utf-8")
    said = kb("diagram", "adopt", "--from", "hosts.csv")
    assert said.out.count("[[node]]") == 1
    assert "drawbridge" in [node.id for node in added(said.out).nodes]
    assert "あるもの 2 台、ないもの 1 台" in said.err


def test_a_node_may_be_found_by_either_spelling() -> None:
    machine = ListedMachine("adsv-prd-web-03")
    hosts = HostNames(aliases=(("api-03", "adsv-prd-web-03"),))
    model = merge_texts([("a.toml", MODEL)])
    assert sort_machines(model, [machine]).known == 0
    assert sort_machines(model, [machine], hosts).known == 1
