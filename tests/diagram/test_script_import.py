"""`kb diagram import`: a script of the library `diagrams` as a model, run apart, and what can stand in its way."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from diagram.kit import read
from lint.conftest import Said, folder, kb  # noqa: F401 -- fixtures

from kb.diagram.icons import find_icons
from kb.diagram.scripts.as_toml import render_toml
from kb.diagram.scripts.run import Captured, CapturedCluster, CapturedDiagram, CapturedEdge, CapturedNode, run_script
from kb.errors import Exit, InputError, KbError, ToolError

SCRIPT = """
from diagrams import Cluster, Diagram, Edge
from diagrams.aws.compute import ECS, EC2
from diagrams.aws.database import RDS
from diagrams.custom import Custom
from diagrams.onprem.client import Users

with Diagram("広告配信", filename="KB"):
    people = Users("閲覧者")
    with Cluster("配信"):
        with Cluster("DB"):
            db = RDS("入札\\nDB", nodeid="db:5432")
        api, job = EC2("ad-api", URL="https://docs.esa.example/posts/1"), ECS("job")
    with Cluster("DB"):
        own = Custom("独自の箱", "./none.png")
    people >> Edge(label="HTTPS") >> [api, job]
    db << Edge(style="dashed") << api
    own - db
    api << Edge(label="同期") >> job
"""


def written(place: Path, text: str = SCRIPT) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return place


def test_a_script_becomes_a_model_that_says_what_it_drew(kb: Callable[..., Said], folder: Path) -> None:  # noqa: F811
    written(folder / "old.py")
    said = kb("diagram", "import", "old.py")
    assert said.code == Exit.OK, said.err
    model = read(said.out)
    assert model.system.title == "広告配信"
    assert {node.id: (node.label, node.kind, node.group) for node in model.nodes} == {
        "users": ("閲覧者", "users", ""),
        "db": ("入札 DB", "rds", "db-group-2"),
        "ad-api": ("ad-api", "ec2", "group"),
        "job": ("job", "ecs", "group"),
        "node": ("独自の箱", "", "db-group"),
    }
    assert {group.id: (group.label, group.parent) for group in model.groups} == {
        "group": ("配信", ""),
        "db-group": ("DB", ""),
        "db-group-2": ("DB", "group"),
    }
    assert {(edge.source, edge.target, edge.label, edge.sync) for edge in model.edges} == {
        ("users", "ad-api", "HTTPS", True),
        ("users", "job", "HTTPS", True),
        ("ad-api", "db", "", False),
        ("node", "db", "", True),
        ("ad-api", "job", "同期", True),
        ("job", "ad-api", "同期", True),
    }
    assert [node.runbook for node in model.nodes if node.id == "ad-api"] == ["https://docs.esa.example/posts/1"]
    assert {node.owner for node in model.nodes} == {""}
    assert "# 独自のアイコン" in said.out
    assert "# 矢印のない線" in said.out
    assert "old.py を実行します。プログラムなので" in said.err


def test_nothing_is_written_and_a_file_the_library_would_remove_is_still_there(
    kb: Callable[..., Said],  # noqa: F811
    folder: Path,  # noqa: F811
) -> None:
    written(folder / "old.py", "from shared import TITLE\n" + SCRIPT + "\nprint(TITLE)\n")
    written(folder / "shared.py", "TITLE = '隣のファイル'\n")
    (folder / "KB").write_text("大事なメモ", encoding="utf-8")
    assert kb("diagram", "import", "old.py").code == Exit.OK
    assert sorted(path.name for path in folder.iterdir()) == ["KB", "old.py", "shared.py"]
    assert (folder / "KB").read_text("utf-8") == "大事なメモ"


def test_the_same_script_gives_the_same_text(tmp_path: Path) -> None:
    script = written(tmp_path / "old.py")
    first, second = run_script(script), run_script(script, folder=tmp_path)
    assert first.diagrams == second.diagrams
    assert render_toml(first, script.name) == render_toml(second, script.name)


@pytest.mark.parametrize("package", [False, True], ids=["folder", "package"])
@pytest.mark.parametrize("sibling", ["logging.py", "graphviz.py", "diagrams.py"])
def test_a_folder_called_diagrams_and_siblings_called_like_libraries_hide_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: bool, sibling: str
) -> None:
    script = written(tmp_path / "diagrams" / "system.py")
    written(tmp_path / "diagrams" / sibling, "raise SystemExit('the wrong file')\n")
    if package:
        written(tmp_path / "diagrams" / "__init__.py", "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", ".")
    assert len(run_script(script).diagrams[0].nodes) == 5


def python_with(tmp_path: Path, *folders: Path) -> str:
    """A Python that knows only these folders and its own library."""
    place = tmp_path / "python"
    place.write_text(f'#!/bin/sh\nPYTHONPATH="{":".join(map(str, folders))}" exec "{sys.executable}" -S "$@"\n')
    place.chmod(place.stat().st_mode | stat.S_IXUSR)
    return str(place)


def test_a_library_that_is_not_there_is_told_with_how_to_get_it(tmp_path: Path) -> None:
    script = written(tmp_path / "repo" / "diagrams" / "old.py")
    with pytest.raises(ToolError, match=r"diagrams パッケージがありません。.*pip install") as caught:
        run_script(script, python=python_with(tmp_path))
    assert caught.value.exit_code == Exit.SOURCE


@pytest.mark.parametrize("package", [False, True], ids=["folder", "package"])
def test_a_folder_that_is_taken_for_the_library_is_named(tmp_path: Path, package: bool) -> None:
    script = written(tmp_path / "repo" / "diagrams" / "old.py")
    if package:
        written(tmp_path / "repo" / "diagrams" / "__init__.py", "class Diagram: ...\n")
    with pytest.raises(ToolError, match=r"リポジトリのフォルダー（.*/repo/diagrams.*）が読み込まれました") as caught:
        run_script(script, python=python_with(tmp_path, tmp_path / "repo"))
    assert "__init__.py" in str(caught.value.next_step)


def test_a_library_that_an_installation_wrote_over_is_called_broken(tmp_path: Path) -> None:
    site = tmp_path / "repo" / ".venv" / "site-packages"
    written(site / "diagrams" / "__init__.py", "")
    with pytest.raises(ToolError, match=r"壊れています.*--force-reinstall"):
        run_script(written(tmp_path / "repo" / "old.py"), python=python_with(tmp_path, site))


def test_what_the_library_needs_is_named_when_it_is_missing(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    written(site / "diagrams" / "__init__.py", "import graphviz\n")
    with pytest.raises(ToolError, match="graphviz がありません"):
        run_script(written(tmp_path / "old.py"), python=python_with(tmp_path, site))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\nraise ValueError('\x1b[31m赤い')\n", r"old.py の 2 行目で止まりました（ValueError: [^\x1b]*赤い）"),
        ("with Diagram(:\n", "の 1 行目で止まりました（SyntaxError"),
        (SCRIPT.replace("own - db", "own - nobody"), "の 18 行目で止まりました（NameError"),
        ("import sys\nsys.exit(3)\n", "止まりました（SystemExit: 3）"),
        ("import os\nos._exit(7)\n", "途中で終わりました（終了コード 7）"),
        ("import nothing_like_this\n", "ModuleNotFoundError"),
        ("print('図はない')\n", "図を描いていません"),
    ],
)
def test_a_script_that_fails_is_one_sentence_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        run_script(written(tmp_path / "old.py", text))


def test_a_script_that_does_not_end_is_ended_with_all_it_started(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    script = f"import subprocess\nsubprocess.run(['sh', '-c', 'while :; do date > {beat}; sleep 0.05; done'])\n"
    with pytest.raises(InputError, match="2 秒で終わりませんでした"):
        run_script(written(tmp_path / "old.py", script), timeout_s=2)
    beat.unlink()
    time.sleep(0.3)
    assert not beat.exists()


def test_what_a_script_left_running_ends_with_it(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    loop = f"import subprocess\nsubprocess.Popen(['sh', '-c', 'while :; do date > {beat}; sleep 0.05; done'])\n"
    run_script(written(tmp_path / "old.py", loop + SCRIPT))
    beat.unlink(missing_ok=True)
    time.sleep(0.3)
    assert not beat.exists()


def test_no_token_reaches_a_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ESA_ACCESS_TOKEN", "REDMINE_API_KEY", "KB_KEY"):
        monkeypatch.setenv(name, "not-for-scripts")
    seen = "import os\nif 'not-for-scripts' in os.environ.values():\n    raise ValueError('seen')\n"
    assert run_script(written(tmp_path / "old.py", seen + SCRIPT)).diagrams


@pytest.mark.parametrize(
    "answer", ["[]", "{", '{"diagrams": [{"nodes": 7}]}', '{"diagrams": [[]]}', "[" * 9999, "\\xff"]
)
def test_an_answer_that_a_script_forged_is_refused_with_a_sentence(tmp_path: Path, answer: str) -> None:
    script = (
        "import os\npath = open('/proc/self/cmdline').read().split('\\0')[5]\n"
        f"open(path, 'w').write('''{answer}''')\nos._exit(0)\n"
    )
    if not os.path.exists("/proc/self/cmdline"):
        pytest.skip("no /proc")
    with pytest.raises(KbError, match=r"読めるものが返りませんでした|図を描いていません"):
        run_script(written(tmp_path / "old.py", script))


HOSTILE = [
    r"C:\New\Gate", "<b>太字</b>", '"引用"', "a:8080", "全" * 300, "\x00\x1b[2J", "＃＄％",
    "]]\nid = \"x\"", "'''", "\u202e逆", "\ud800",
    "", " ", "#", "{}", "true", "x\\", "emoji 😀", "a" * 400, "<<<>>>",
]  # fmt: skip


def test_hostile_labels_make_a_model_that_can_be_read() -> None:
    things = tuple(CapturedNode(f"n{n}", text, group=f"g{n}", url=text) for n, text in enumerate(HOSTILE * 2))
    frames = tuple(
        CapturedCluster(f"g{n}", text, f"g{(n + 1) % 40}") for n, text in enumerate(HOSTILE * 2)
    )  # a ring of clusters
    arrows = tuple(CapturedEdge(f"n{n}", f"n{n + 1}", text, way="both") for n, text in enumerate(HOSTILE * 2))
    drawing = CapturedDiagram("\x1b]0;題\x07", "sideways", things, frames, arrows)
    model = read(render_toml(Captured((drawing, drawing)), "evil\n.py"))
    assert len(model.nodes) == len(HOSTILE) * 2
    assert len(model.views) == 2


def test_several_diagrams_are_one_model_with_a_view_each(tmp_path: Path) -> None:
    text = """
from diagrams import Diagram
from diagrams.c4 import Container, Person
from diagrams.onprem.compute import Server
with Diagram("全体", direction="TB"):
    Person("利用者", description="<社内>") >> Server("web")
with Diagram("web まわり"):
    Server("web") >> Container("API", technology="Go")
"""
    model = read(render_toml(run_script(written(tmp_path / "old.py", text)), "old.py"))
    assert [(node.id, node.kind) for node in model.nodes if node.label == "web"] == [("web", "server")]
    assert {(view.label, view.direction, "web" in view.nodes) for view in model.views} == {
        ("全体", "TB", True),
        ("web まわり", "LR", True),
    }
    assert any("利用者" in node.label and "<社内>" in node.label for node in model.nodes)


def test_every_class_that_is_imported_has_an_icon(tmp_path: Path) -> None:
    text = """
import importlib, inspect, pkgutil
import diagrams
from diagrams import Diagram, Node
with Diagram("all"):
    for provider in ("aws", "gcp", "onprem", "generic", "programming", "saas", "elastic"):
        package = importlib.import_module(f"diagrams.{provider}")
        for info in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"diagrams.{provider}.{info.name}")
            for name, each in sorted(vars(module).items()):
                if inspect.isclass(each) and issubclass(each, Node) and each._icon:
                    each(name)
"""
    model = read(render_toml(run_script(written(tmp_path / "old.py", text)), "old.py"))
    kinds = {node.kind for node in model.nodes}
    assert len(kinds) > 700
    assert len(find_icons(kinds - {""}).files) == len(kinds - {""})
