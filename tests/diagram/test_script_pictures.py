"""A team's own `diagrams` scripts as pictures by the real Graphviz: same bytes, whole in one file, all or none."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from diagram.kit import HREF, SVG, parsed, texts
from lint.conftest import Said, folder, kb  # noqa: F401 -- fixtures
from PIL import Image

from kb.diagram import graphviz
from kb.diagram.build import BuildResult
from kb.diagram.scripts.pictures import build_scripts, list_scripts
from kb.errors import Exit, InputError, KbError

pytestmark = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")

SCRIPT = """
import os
from diagrams import Cluster, Diagram, Edge
from diagrams.aws.compute import EC2
from diagrams.aws.database import RDS
with Diagram("広告配信", filename="picture", show=True):
    with Cluster("DB"):
        db = RDS("入札ログ", nodeid="db:1", URL="javascript:alert(1)")
    with Cluster("DB"):
        spare = RDS("予備", href="https://docs.esa.example/posts/1")
    apis = [EC2(name) for name in {"api-1", "api-2", "api-3", "api-4"}]
    apis >> Edge(label="書く") >> db >> spare
"""


def files(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def drawn(root: Path, **scripts: str) -> BuildResult:
    for name, text in scripts.items():
        place = root / "kb_diagrams" / f"{name}.py"
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return build_scripts(list_scripts(root / "kb_diagrams"), root, root / "out")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("small")
    drawn(root, 全体=SCRIPT, _shared="raise SystemExit(1)")
    return root


def test_the_same_script_gives_the_same_bytes_wherever_and_whenever_it_runs(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.setenv("LANG", "C")
    monkeypatch.chdir("/")
    drawn(tmp_path, 全体=SCRIPT)
    assert files(tmp_path / "out") == files(small / "out")


def test_a_picture_is_whole_in_one_file_and_holds_nothing_of_the_machine(small: Path) -> None:
    text = (small / "out" / "diagram.svg").read_text("utf-8")
    root = parsed(text)
    assert {"入札ログ", "予備", "書く", "広告配信", "api-3"} <= set(texts(text))
    icons = [part.get(HREF, "") for part in root.iter(f"{SVG}image")]
    assert len(icons) == 2
    assert all(icon.startswith("data:image/png;base64,") for icon in icons)
    assert len(list(root.iter(f"{SVG}use"))) == 6
    assert [part.get(HREF) for part in root.iter(f"{SVG}a")] == [None, "https://docs.esa.example/posts/1"]
    for word in ("site-packages", str(small), os.path.expanduser("~"), "javascript:", "<!--", "Graphviz"):
        assert word not in text


def test_clusters_of_one_name_are_boxes_of_their_own(small: Path) -> None:
    text = (small / "out" / "diagram.svg").read_text("utf-8")
    assert texts(text).count("DB") == 2
    assert len([part for part in parsed(text).iter(f"{SVG}g") if part.get("class") == "cluster"]) == 2


def test_the_bitmap_says_what_it_was_made_from_and_shows_its_words(small: Path) -> None:
    data = (small / "out" / "diagram.png").read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        assert len(image.info[graphviz.PNG_KEYWORD]) == 64
        assert image.mode == "P"
        assert image.width > 300


def test_what_is_unchanged_is_not_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn(tmp_path, a=SCRIPT)
    before = files(tmp_path / "out")

    def never(*_: object, **__: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr("kb.diagram.graphviz.draw_dot", never)
    assert drawn(tmp_path, a=SCRIPT + "# a remark\n").written == ()
    assert files(tmp_path / "out") == before


def test_pictures_of_a_script_that_is_gone_go(tmp_path: Path) -> None:
    drawn(tmp_path, a=SCRIPT, b=SCRIPT)
    (tmp_path / "kb_diagrams" / "b.py").unlink()
    assert drawn(tmp_path).removed == ("b.png", "b.svg")
    assert set(files(tmp_path / "out")) == {"a.png", "a.svg", "manifest.json"}


def test_nothing_changes_when_one_script_fails(tmp_path: Path) -> None:
    drawn(tmp_path, a=SCRIPT)
    before = files(tmp_path / "out")
    with pytest.raises(KbError, match=r"b\.py .*ZeroDivisionError"):
        drawn(tmp_path, a=SCRIPT.replace("予備", "控え"), b="1 / 0\n")
    assert files(tmp_path / "out") == before


def test_several_diagrams_of_a_script_get_names_of_their_own(tmp_path: Path) -> None:
    again = SCRIPT + SCRIPT.replace("広告配信", "集計")
    assert drawn(tmp_path, a=again).written == ("a-2.png", "a-2.svg", "a.png", "a.svg")


CUSTOM = """
from diagrams import Diagram
from diagrams.custom import Custom
with Diagram("独自"):
    Custom("箱", "{path}")
"""


def test_an_icon_of_the_team_is_found_beside_the_script_and_keeps_its_shape(tmp_path: Path) -> None:
    (tmp_path / "kb_diagrams").mkdir()
    Image.new("RGB", (40, 20), "red").save(tmp_path / "kb_diagrams" / "box.png")
    drawn(tmp_path, a=CUSTOM.format(path="box.png"))
    root = parsed((tmp_path / "out" / "a.svg").read_text("utf-8"))
    assert [part.get("viewBox") for part in root.iter(f"{SVG}symbol")] == ["0 0 40 20"]


@pytest.mark.parametrize("path", ["none.png", "/etc/hostname", "kb_diagrams"])
def test_an_icon_that_is_none_is_refused_with_its_name(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError, match=rf"a\.py のアイコン .*{Path(path).name} を使えません"):
        drawn(tmp_path, a=CUSTOM.format(path=path))
    assert not (tmp_path / "out").exists()


def test_an_image_that_came_in_by_another_way_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (40, 20), "red").save(tmp_path / "box.png")
    label = f"<<TABLE><TR><TD><IMG SRC='{tmp_path}/box.png'/></TD></TR></TABLE>>"
    script = f'from diagrams import Diagram, Node\nwith Diagram("x"):\n    Node("""{label}""")\n'
    with pytest.raises(InputError, match="取り込めない画像"):
        drawn(tmp_path, a=script)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("folder")
def test_scripts_run_only_when_kb_toml_lets_them(kb: Callable[..., Said]) -> None:  # noqa: F811
    ran = Path("ran")
    scripts = Path("kb_diagrams")
    scripts.mkdir()
    (scripts / "all.py").write_text(f"open({str(ran)!r}, 'w')\n" + SCRIPT, encoding="utf-8")
    Path("kb.toml").write_text("# kb\n", encoding="utf-8")
    said = kb("diagram", "build")
    assert said.code == Exit.USAGE
    assert "kb_diagrams/ のスクリプトは動かしていません" in said.err
    assert not ran.exists()
    Path("kb.toml").write_text("[diagram]\nscripts = true\n", encoding="utf-8")
    said = kb("diagram", "build")
    assert said.out == "2 ファイルを diagrams/pictures/scripts に書きました（そのまま 0）。\n"
    assert ran.exists()
    assert kb("diagram", "build").out.startswith("変わったものはありません")


@pytest.mark.usefixtures("folder")
def test_scripts_come_beside_the_model_and_not_with_one_view_of_it(kb: Callable[..., Said]) -> None:  # noqa: F811
    Path("kb.toml").write_text("[diagram]\nscripts = true\n", encoding="utf-8")
    for place, text in (("diagrams/system.toml", '[[node]]\nid = "api"\n'), ("kb_diagrams/all.py", SCRIPT)):
        Path(place).parent.mkdir()
        Path(place).write_text(text, encoding="utf-8")
    assert kb("diagram", "build", "--view", "all").code == Exit.OK
    assert not Path("diagrams/pictures/scripts").exists()
    before = sorted(Path("diagrams/pictures").iterdir())
    assert kb("diagram", "build").code == Exit.OK
    assert kb("diagram", "build").code == Exit.OK
    assert sorted(Path("diagrams/pictures").iterdir()) == [*before, Path("diagrams/pictures/scripts")]
    assert len(list(Path("diagrams/pictures/scripts").iterdir())) == 3
