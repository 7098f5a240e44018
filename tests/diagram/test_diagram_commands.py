"""`kb diagram init` and `kb diagram build` as a person calls them."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from diagram.kit import read
from lint.conftest import Said, folder, kb  # noqa: F401 -- fixtures

from kb.diagram.model import schema
from kb.errors import InputError, os_reason
from kb.estate.match import machines, propose
from kb.estate.match.machines import ListedMachine
from kb.estate.match.propose import sort_machines
from kb.files import asset_path

ROOT = Path(__file__).parents[2]
Kb = Callable[..., Said]
drawing = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


def instance(number: int, name: str = "", state: str = "running", **tags: str) -> dict[str, object]:
    named = {"Name": name, **tags} if name else tags
    return {
        "InstanceId": f"i-{number:08x}",
        "State": {"Name": state},
        "PrivateIpAddress": f"192.0.2.{number}",
        "Tags": [{"Key": key.replace("__", ":"), "Value": value} for key, value in named.items()],
    }


EC2 = {
    "Reservations": [
        {"Instances": [instance(1, "api-prd-01"), instance(2, "api-prd-02")]},
        {"Instances": [instance(3, "api-stg-01"), instance(4, "api-prd-03", "terminated")]},
        {"Instances": [instance(5), instance(6, "bid", aws__autoscaling__groupName="bid-asg")]},
    ]
}


@drawing
def test_from_nothing_to_a_picture_in_two_commands(kb: Kb, folder: Path) -> None:  # noqa: F811
    said = kb("diagram", "init")
    assert (said.code, said.out) == (0, "diagrams/system.toml を書きました（ノード 3、グループ 1）。\n")
    assert "kb diagram build" in said.err
    said = kb("diagram", "build")
    assert said.code == 0, said.err
    assert said.out == "5 ファイルを diagrams/pictures に書きました（そのまま 0）。\n"
    assert said.err == "→ ブラウザーで開けます: diagrams/pictures/all.html\n"
    again = kb("diagram", "build")
    assert (again.code, again.out, again.err) == (
        0,
        "変わったものはありません（diagrams/pictures の 5 ファイル）。\n",
        "",
    )


def test_init_never_overwrites(kb: Kb, folder: Path) -> None:  # noqa: F811
    (folder / "diagrams").mkdir()
    (folder / "diagrams/mine.toml").write_text("# mine")
    said = kb("diagram", "init")
    assert said.code == 2
    assert "diagrams/mine.toml がもうあります" in said.err
    assert [path.name for path in (folder / "diagrams").iterdir()] == ["mine.toml"]


def test_build_without_a_model_says_how_to_begin(kb: Kb, folder: Path) -> None:  # noqa: F811
    said = kb("diagram", "build")
    assert said.code == 2
    assert "kb diagram init" in said.err


@drawing
def test_build_from_a_folder_below_writes_beside_the_model(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kb("diagram", "init")
    (folder / "src").mkdir()
    monkeypatch.chdir(folder / "src")
    assert kb("diagram", "build").code == 0
    assert (folder / "diagrams/pictures/all.svg").exists()
    assert kb("diagram", "build", "--out", "here").out.startswith("5 ファイルを here に")
    assert (folder / "src/here/all.svg").read_bytes() == (folder / "diagrams/pictures/all.svg").read_bytes()


@drawing
def test_one_view_leaves_the_others_alone(kb: Kb, folder: Path) -> None:  # noqa: F811
    kb("diagram", "init")
    model = folder / "diagrams/system.toml"
    text = model.read_text("utf-8")
    views = "".join(f'[[view]]\nid = "{name}"\nnodes = ["api"]\nform = ["mermaid"]\n' for name in ("one", "two"))
    model.write_text(text + views, "utf-8")
    assert kb("diagram", "build").code == 0
    model.write_text(text.replace("配信 API", "入札 API") + views, "utf-8")
    assert kb("diagram", "build", "--view", "one").out.startswith("1 ファイル")
    out = folder / "diagrams/pictures"
    assert "入札 API" in (out / "one.mmd").read_text("utf-8")
    assert "配信 API" in (out / "two.mmd").read_text("utf-8")
    said = kb("diagram", "build", "--view", "tow")
    assert said.code == 2
    assert "two ではありませんか" in said.err


def test_a_mistake_in_the_model_is_told_with_its_line_and_nothing_is_drawn(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
) -> None:
    (folder / "diagrams").mkdir()
    (folder / "diagrams/system.toml").write_text('[[node]]\nid = "a"\nknd = "ec2"\n')
    said = kb("diagram", "build")
    assert said.code == 2
    assert said.err.startswith(
        "diagrams/system.toml 3 行目: 「node.knd」という設定はありません。\n→ kind ではありませんか。"
    )
    assert not (folder / "diagrams/pictures").exists()


def test_without_graphviz_it_ends_with_three(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kb("diagram", "init")
    monkeypatch.setenv("PATH", str(folder))
    said = kb("diagram", "build")
    assert said.code == 3
    assert said.err.startswith("Graphviz の dot がありません。\n")
    assert not (folder / "diagrams/pictures").exists()


@drawing
def test_posts_are_linked_where_kb_toml_names_the_team(kb: Kb, folder: Path) -> None:  # noqa: F811
    (folder / "kb.toml").write_text('[esa]\nteam = "docs"\n')
    (folder / "diagrams").mkdir()
    (folder / "diagrams/system.toml").write_text('[[node]]\nid = "a"\nesa = 12\n')
    assert kb("diagram", "build").code == 0
    assert "https://docs.esa.io/posts/12" in (folder / "diagrams/pictures/all.svg").read_text("utf-8")


# -- drafted from a list ------------------------------------------------------------------------------


def test_a_draft_groups_instances_by_their_names(kb: Kb, folder: Path) -> None:  # noqa: F811
    (folder / "ec2.json").write_text(json.dumps(EC2))
    said = kb("diagram", "init", "--from", "ec2.json")
    assert said.code == 0, said.err
    model = read((folder / "diagrams/system.toml").read_text("utf-8"))
    rows = {node.id: (node.label, node.group, node.count, node.lifecycle, node.owner) for node in model.nodes}
    assert rows == {
        "api-prd": ("api-prd", "api-group", "2", "unknown", ""),
        "api-stg": ("api-stg", "api-group", "", "unknown", ""),
        "bid-asg": ("bid-asg", "", "", "unknown", ""),
        "node": ("名前のないもの", "", "", "unknown", ""),
    }
    matches = {node.id: node.match for node in model.nodes}
    assert matches["api-prd"].ec2_name == ("api-prd-*",)
    assert matches["bid-asg"].asg == ("bid-asg",)
    assert matches["node"].ec2_id == ("i-00000005",)
    assert "ec2.json（2 台）" in model.nodes[0].evidence


@pytest.mark.parametrize(
    ("names", "patterns"),
    [
        ("api-prd-01 api-prd-02 api-prd-db-01 api-prd-db-02", ["api-prd-??", "api-prd-db-*"]),
        ("web1 web2 web10 webmail1 webmail2", ["web1,web10,web2", "webmail*"]),
        ("db01a db01b db-x", ["db???", "db-x"]),
        ("API-01 api-02 api-x", ["API-01", "api-02", "api-x"]),
        ("10.0.0.1 10.0.0.2", ["10.0.0.1", "10.0.0.2"]),
    ],
)
def test_no_node_of_a_draft_claims_the_machines_of_another(names: str, patterns: list[str]) -> None:
    machines = [ListedMachine(name) for name in names.split()]
    model = read(propose.propose_model(machines, seen="hosts.csv"))
    assert sorted(",".join(node.match.host) for node in model.nodes) == sorted(patterns)
    found = sort_machines(model, machines)
    assert (found.known, found.unknown, found.ambiguous) == (len(machines), (), ())


def test_a_scaling_group_and_machines_called_like_it_are_nodes_of_their_own() -> None:
    machines = [
        ListedMachine("web", id="i-1", asg="web"),
        ListedMachine("web-01", id="i-2"),
        ListedMachine("web-02", id="i-3"),
    ]
    found = sort_machines(read(propose.propose_model(machines, seen="ec2.json")), machines)
    assert (found.known, found.unknown, found.ambiguous) == (3, (), ())


def test_a_machine_listed_twice_is_one_and_one_without_a_name_goes_by_its_address(tmp_path: Path) -> None:
    path = tmp_path / "hosts.csv"
    path.write_text("host,ip\napi-01,192.0.2.1\nAPI-01,192.0.2.1\n,192.0.2.7\n,192.0.2.8\n", "utf-8")
    assert [(each.name, each.ip) for each in machines.read_inventory(path)] == [
        ("api-01", "192.0.2.1"),
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.8", "192.0.2.8"),
    ]
    path.write_text(json.dumps([EC2, EC2]), "utf-8")
    assert len(machines.read_inventory(path)) == 5


@pytest.mark.parametrize("fields", [{"Tags": 5}, {"Tags": [5, {"Key": 1}]}, {"State": {"Name": ["x"]}}, {"State": "x"}])
def test_an_instance_with_fields_of_another_kind_is_one_all_the_same(tmp_path: Path, fields: dict[str, object]) -> None:
    path = tmp_path / "ec2.json"
    path.write_text(json.dumps({"Reservations": [{"Instances": [{"InstanceId": "i-1"} | fields]}]}), "utf-8")
    assert [each.id for each in machines.read_inventory(path)] == ["i-1"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_csv_may_have_japanese_columns_and_any_of_the_usual_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "hosts.csv"
    path.write_bytes(
        "ホスト名,ＩＰアドレス,役割,担当\nweb-01,192.0.2.1,nginx,配信\nweb-02,192.0.2.2,nginx,配信\n\n".encode(
            encoding, "replace"
        )
    )
    model = read(propose.propose_model(machines.read_inventory(path), seen="2026-11-20 hosts.csv"))
    (node,) = model.nodes
    assert (node.id, node.kind, node.owner, node.count) == ("web", "nginx", "配信", "2")
    assert (node.match.host, node.match.ip) == (("web-*",), ("192.0.2.1", "192.0.2.2"))


@pytest.mark.parametrize(
    "name", ['a"]\n[[node]]', "日本語だけ", "A" * 300, "\u202etxt", "[api]", "a.b.c", "-", "x\x00y", "'''"]
)
def test_whatever_a_machine_is_called_the_draft_can_be_read(name: str) -> None:
    machines = [
        ListedMachine(name, id="i-1", owner=name, role=name),
        ListedMachine(name + "-01", ip=name),
        ListedMachine(""),
    ]
    model = read(propose.propose_model(machines, seen=name))
    assert sum(int(node.count or 1) for node in model.nodes) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "host"),
        (b"a,b\n1,2\n", "host（ホスト名）の列がありません"),
        (b"host\n", "1 台もありません"),
        (b"{", "JSON として読めません"),
        (b'{"Reservations": []}', "1 台もありません"),
        (b"\x81", "Shift_JIS でもありません"),
    ],
)
def test_a_list_that_is_none_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "list"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        machines.read_inventory(path)
    with pytest.raises(InputError, match="見つかりません") as missing:
        machines.read_inventory(tmp_path / "none")
    assert "--from" not in str(missing.value)  # kb init --inventory reads such lists, too


@drawing
@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC])
def test_a_disk_that_takes_nothing_is_a_sentence_and_leaves_nothing(
    kb: Kb,  # noqa: F811
    folder: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    kb("diagram", "init")

    class Refusing:
        @staticmethod
        def mkdtemp(prefix: str, dir: Path) -> str:
            raise OSError(number, os.strerror(number), f"{dir}/{prefix}x1")

    monkeypatch.setattr("kb.diagram.build_files.tempfile", Refusing)
    said = kb("diagram", "build")
    assert said.code == 3
    assert f"diagrams/pictures に書けませんでした（{os_reason(OSError(number, '')).ja}）。" in said.err
    assert "→ 場所、空き、権限を確かめてください。" in said.err
    assert list((folder / "diagrams" / "pictures").iterdir()) == []


# -- what goes along ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["diagrams/system.toml", "templates/system.toml"])
def test_the_schema_for_editors_takes_what_kb_takes(path: str) -> None:
    raw = tomllib.loads((ROOT / path).read_text("utf-8"))
    validator = jsonschema.Draft7Validator(json.loads(schema.render_schema()))
    plain = json.loads(json.dumps(raw, default=str))
    assert list(validator.iter_errors(plain)) == []
    for wrong in (
        {"node": [{"id": "A"}]},
        {"node": [{"id": "a", "knd": "ec2"}]},
        {"node": [{"id": "a", "kind": "ec3"}]},
        {"node": [{}]},
        {"edge": [{"from": "a"}]},
        {"view": [{"id": "v", "form": ["gif"]}]},
    ):
        assert list(validator.iter_errors(wrong)), wrong


def test_the_schema_beside_our_own_model_is_the_one_kb_writes() -> None:
    path = ROOT / "diagrams" / schema.SCHEMA_NAME
    if os.environ.get("KB_UPDATE_GOLDEN"):
        path.write_text(schema.render_schema(), "utf-8")
    assert path.read_text("utf-8") == schema.render_schema(), "run it with KB_UPDATE_GOLDEN=1"


def test_the_starter_can_be_read_with_all_its_comments_taken_away() -> None:
    text = asset_path("templates/system.toml").read_text("utf-8")
    assert read(text)
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    options = [line for line in lines if line.split(" =")[0] in ("runbook", "repo", "esa", "until", "tags", "match")]
    assert len(options) == 6
    assert read('[[node]]\nid = "x"\n' + "\n".join(line.split("   ")[0] for line in options) + "\n")


@drawing
@pytest.mark.parametrize("package", [False, True])
def test_a_folder_called_like_the_library_is_no_trouble(tmp_path: Path, package: bool) -> None:
    """Neither with an `__init__.py` in it nor with neighbours called like other modules, by `kb` or `python -m kb`."""
    (tmp_path / "diagrams").mkdir()
    (tmp_path / "diagrams/system.toml").write_text('[[node]]\nid = "a"\nkind = "ec2"\n')
    for name in ("logging.py", "graphviz.py", *(["__init__.py"] if package else [])):
        (tmp_path / "diagrams" / name).write_text("raise SystemExit(77)\n")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for number, words in enumerate(([str(Path(sys.executable).with_name("kb"))], [sys.executable, "-m", "kb"])):
        done = subprocess.run(
            [*words, "diagram", "build", "--out", f"out{number}"], cwd=tmp_path, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert "data:image/png" in (tmp_path / f"out{number}/all.svg").read_text("utf-8")
