"""Pictures as files by the real Graphviz: the same bytes, only what changed, all or nothing, every word literal."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from diagram.kit import HREF, SVG, parsed, read, shuffling, system, texts, toml
from PIL import Image

from kb.console import run_program
from kb.diagram import graphviz
from kb.diagram.build import BuildResult, build_pictures
from kb.diagram.build_files import hash_source
from kb.diagram.draw.views import layout_views
from kb.diagram.model.nouns import Model, SystemView
from kb.errors import Exit, InputError, ToolError

pytestmark = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")

SMALL = """
[[group]]
id = "delivery"
label = "配信"
[[node]]
id = "api"
label = "配信 API（東京）"
kind = "ec2"
group = "delivery"
owner = "配信チーム"
runbook = "https://docs.esa.example/posts/12?a=1&b=2"
[[node]]
id = "db"
label = "入札ログ"
kind = "rds"
group = "delivery"
[[edge]]
from = "api"
to = "db"
label = "書く"
"""


def drawn(model: Model | str, out: Path) -> BuildResult:
    return build_pictures(layout_views(read(model) if isinstance(model, str) else model), out)


def files(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("small") / "pictures"
    drawn(SMALL, out)
    return out


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Puts a shell script in front of a program."""

    def put(name: str, script: str) -> None:
        place = tmp_path / "bin" / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"#!/bin/sh\n{script}\n")
        place.chmod(0o755)
        monkeypatch.setenv("PATH", f"{place.parent}:{os.environ['PATH']}")

    return put


# -- the same bytes ---------------------------------------------------------------------------------

CODE = """
import sys
from pathlib import Path
from kb.diagram.build import build_pictures as build
from kb.diagram.draw.views import layout_views as pictures
from kb.diagram.model.toml import load_model as load
build(pictures(load(Path(sys.argv[1]))), Path(sys.argv[2]))
"""


def test_order_folder_time_zone_language_and_hash_seed_change_no_byte(tmp_path: Path) -> None:
    model = system(60)
    made = []
    for number, (zone, language) in enumerate([("UTC", "C"), ("Asia/Tokyo", "ja_JP.UTF-8"), ("America/Lima", "tr_TR")]):
        folder = tmp_path / f"at{number}" / "diagrams"
        folder.mkdir(parents=True)
        (folder / "system.toml").write_text(toml(model, rng=shuffling(number)))
        env = {**os.environ, "TZ": zone, "LANG": language, "LC_ALL": language, "PYTHONHASHSEED": str(number)}
        env |= {"SERVER_NAME": "x", "GV_FILE_PATH": "/nowhere", "PYTHONPATH": str(Path(__file__).parents[2])}
        where = folder.parent if number else tmp_path
        subprocess.run([sys.executable, "-c", CODE, folder, tmp_path / f"out{number}"], env=env, cwd=where, check=True)
        made.append(files(tmp_path / f"out{number}"))
    assert set(made[0]) == {"all.svg", "all.png", "all.mmd", "all.puml", "all.html", "manifest.json"}
    assert made[0] == made[1] == made[2]


def test_what_is_unchanged_starts_no_program(small: Path, tmp_path: Path, pretend: Callable[[str, str], None]) -> None:
    out = tmp_path / "pictures"
    shutil.copytree(small, out)
    for name in ("dot", "fc-list", "fc-match"):
        pretend(name, f"touch {tmp_path}/started; exit 9")
    assert drawn(SMALL, out) == BuildResult((), 5)
    assert not (tmp_path / "started").exists()
    assert files(out) == files(small)


def test_only_the_view_that_changed_is_drawn(tmp_path: Path) -> None:
    views = '[[view]]\nid = "a"\nnodes = ["api"]\n[[view]]\nid = "b"\nnodes = ["db"]\nform = ["svg", "png"]\n'
    drawn(SMALL + views, tmp_path)
    built = drawn(SMALL.replace("入札ログ", "入札の記録") + views, tmp_path)
    assert built.written == ("b.png", "b.svg")
    assert built.unchanged == 5
    built = drawn(SMALL.replace("入札ログ", "入札の記録") + views.partition('[[view]]\nid = "b"')[0], tmp_path)
    assert (built.written, built.removed) == ((), ("b.png", "b.svg"))


def test_a_file_somebody_edited_is_drawn_again_and_one_that_is_gone_comes_back(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "pictures"
    shutil.copytree(small, out)
    (out / "all.svg").write_text("<svg/>")
    (out / "all.png").unlink()
    assert drawn(SMALL, out).written == ("all.png", "all.svg")
    assert files(out) == files(small)


def test_what_kb_did_not_write_stays(tmp_path: Path) -> None:
    (tmp_path / "note.svg").write_text("mine")
    view = '[[view]]\nid = "old"\nform = ["svg", "mermaid"]\n'
    drawn(SMALL + view, tmp_path)
    (tmp_path / "old.mmd").write_text("edited by hand")
    assert drawn(SMALL, tmp_path).removed == ("old.svg",)
    assert (tmp_path / "note.svg").read_text() == "mine"
    assert (tmp_path / "old.mmd").read_text() == "edited by hand"


def test_a_manifest_that_cannot_be_read_means_everything_is_drawn(small: Path, tmp_path: Path) -> None:
    for number, broken in enumerate(["{", "[]", '{"format": 9}', '{"format": 1, "views": {"all": 3}}', "[" * 9999]):
        out = tmp_path / str(number)
        shutil.copytree(small, out)
        (out / "manifest.json").write_text(broken)
        assert (
            len(build_pictures(layout_views(read(SMALL + '[[view]]\nid="all"\nform=["mermaid"]\n')), out).written) == 1
        )


def test_a_file_that_kb_did_not_write_is_never_written_over(tmp_path: Path) -> None:
    for name in ("all.svg", "all.mmd", "all.puml"):
        out = tmp_path / name.replace(".", "-")
        out.mkdir()
        (out / name).write_text("flowchart of mine" if name.endswith("mmd") else "mine", "utf-8")
        with pytest.raises(InputError, match=f"{name} は kb が書いたものではありません。何も書き換えていません"):
            drawn(SMALL, out)
        assert [path.name for path in out.iterdir()] == [name]
        assert "mine" in (out / name).read_text("utf-8")


def test_pictures_whose_manifest_is_lost_are_kbs_own(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(small, out)
    (out / "manifest.json").unlink()
    assert len(drawn(SMALL.replace("API", "別のもの"), out).written) == 5


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "all.svg")
    with pytest.raises(InputError, match=r"all\.svg はファイルではありません"):
        drawn(SMALL, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["all.svg"]


def test_a_folder_in_the_place_of_a_file_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "all.svg").mkdir()
    with pytest.raises(InputError, match=r"all\.svg はフォルダーです"):
        drawn(SMALL, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["all.svg"]


@pytest.mark.parametrize("where", ["file", "file/below", "gone", "gone/below"])
def test_where_no_folder_can_be_is_a_sentence(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere" / "deep")
    with pytest.raises(InputError, match="フォルダーではありません"):
        drawn(SMALL, tmp_path / where)
    assert (tmp_path / "file").read_text() == "x"


# -- trouble ----------------------------------------------------------------------------------------


def nothing_left(tmp_path: Path, model: Model | str = SMALL) -> str:
    """Draw into a folder that is not there yet: the error, after which it is not there still."""
    out = tmp_path / "pictures"
    with pytest.raises(ToolError) as caught:
        drawn(model, out)
    assert caught.value.exit_code is Exit.SOURCE
    assert not out.exists()
    assert not list(tmp_path.glob(".kb-*"))
    return str(caught.value)


def test_without_graphviz_one_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt install graphviz" in nothing_left(tmp_path)


def test_without_a_japanese_font_nothing_is_drawn(tmp_path: Path, pretend: Callable[[str, str], None]) -> None:
    pretend("fc-list", "exit 0")
    assert "apt install fonts-noto-cjk" in nothing_left(tmp_path)
    pretend("fc-list", "exit 1")
    assert "fc-list" in nothing_left(tmp_path)


HALF = 'while [ $# -gt 0 ]; do [ "$1" = -o ] && printf "%s" "<svg><g></g></svg>" > "$2"; shift; done; cat > /dev/null; '


@pytest.mark.parametrize("end", ["echo 'trouble in init_rank' >&2; exit 1", "exit 0", "kill -SEGV $$"])
def test_what_dot_left_half_written_is_not_kept(tmp_path: Path, pretend: Callable[[str, str], None], end: str) -> None:
    pretend("dot", HALF + end)
    assert "描けませんでした" in nothing_left(tmp_path)


def test_a_failure_leaves_the_pictures_that_were_there(
    small: Path, tmp_path: Path, pretend: Callable[[str, str], None]
) -> None:
    out = tmp_path / "pictures"
    shutil.copytree(small, out)
    pretend("dot", HALF + "exit 1")
    with pytest.raises(ToolError):
        drawn(SMALL.replace("入札ログ", "別の名前"), out)
    assert files(out) == files(small)


def test_a_dot_that_never_ends_is_ended_with_all_it_started(
    tmp_path: Path, pretend: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend("dot", f"sleep 60 & echo $! > {tmp_path}/child; wait")
    monkeypatch.setattr(graphviz, "DOT_TIMEOUT_S", 0.4)
    assert "描き終えませんでした" in nothing_left(tmp_path)
    child = int((tmp_path / "child").read_text())
    status = Path(f"/proc/{child}/status")
    for _ in range(200):  # it was killed, and ends when the machine has time for it
        if not status.exists() or "State:\tZ" in status.read_text():
            return
        time.sleep(0.05)
    pytest.fail("the program's child is still there")


def test_an_overview_that_does_not_end_is_drawn_with_straight_lines(
    tmp_path: Path, pretend: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.which("dot")
    pretend("dot", f'case "$1$*" in *-Kdot*) grep -q overviewcard && exec sleep 60;; esac; exec {real} "$@"')
    monkeypatch.setattr(graphviz, "OVERVIEW_TIMEOUT_S", 0.4)
    text = "digraph { overviewcard }"
    assert graphviz.draw_dot(text, None, overview=True, name="all").engine == "osage"


def test_a_file_in_the_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("")
    with pytest.raises(InputError, match="フォルダーではありません"):
        drawn(SMALL + '[[view]]\nid="v"\nform=["mermaid"]\n', tmp_path / "pictures")


# -- what is in the pictures ------------------------------------------------------------------------

HOSTILE = [
    "\\N", "\\G", "\\E\\T", "C:\\New\\Gate", "a\\", "\\\\", "<b>太字</b>", "<b", "&amp;", "&lt;", "&#92;N", "\"引用\"",
    "'", "a:b", "a|b", "{x|y}", "<<TABLE>>", "--> x", "]]>", "%s", "$HOME", "`id`", "-- ;", "あ" * 40, "（" * 12,
    "Ａ：８０８０", "𠮷野家", "がぎ\u3099", "😀", "a" * 60, "<!-- x -->", "<script>alert(1)</script>",
    "#quot;", "\u00a0x",
]  # fmt: skip


def written(words: str) -> str:
    """Words as a string of TOML."""
    return json.dumps(words, ensure_ascii=False)


def hostile() -> Model:
    """200 nodes with names that mean something to Graphviz, SVG or HTML; many of them called the same."""
    labels = [HOSTILE[number % len(HOSTILE)] for number in range(200)]
    nodes = "".join(
        f'[[node]]\nid = {json.dumps(f"n{number:03}")}\ngroup = "g{number % 4}"\n'
        f"label = {written(label)}\nowner = {written(label)}\n"
        for number, label in enumerate(labels)
    )
    groups = "".join(f'[[group]]\nid = "g{n}"\nlabel = {written(HOSTILE[n])}\n' for n in range(4))
    edges = "".join(
        f'[[edge]]\nfrom = "n{n:03}"\nto = "n{n + 4:03}"\nlabel = {written(labels[n])}\n' for n in range(0, 40)
    )
    return read(groups + nodes + edges)


def plain(text: str) -> str:
    return "".join(text.split())


def test_two_hundred_hostile_names_are_drawn_as_they_are_written(tmp_path: Path) -> None:
    model = hostile()
    drawn(model, tmp_path)
    found: dict[str, str] = {}
    for path in tmp_path.glob("all.*.svg"):
        for part in parsed(path.read_text("utf-8")).iter(f"{SVG}g"):
            name = (part.get("id") or "").removeprefix("kb-")
            if part.get("class") == "node":
                found[name] = plain("".join("".join(text.itertext()) for text in part.iter(f"{SVG}text")))
    for node in model.nodes:
        assert found[node.id] == plain(node.label + (f"担当{node.owner}" if node.owner else "")), node
    page = (tmp_path / "all.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert page.count("<script") == 2


def test_two_groups_called_the_same_stay_two(tmp_path: Path) -> None:
    groups = '[[group]]\nid = "a"\nlabel = "DB"\n[[group]]\nid = "b"\nlabel = "DB"\n'
    nodes = '[[node]]\nid = "x"\ngroup = "a"\n[[node]]\nid = "y"\ngroup = "b"\n'
    drawn(groups + nodes, tmp_path)
    root = parsed((tmp_path / "all.svg").read_text("utf-8"))
    assert [part.get("id") for part in root.iter(f"{SVG}g") if part.get("class") == "cluster"] == ["kb-a", "kb-b"]
    assert texts((tmp_path / "all.svg").read_text("utf-8")).count("DB") == 2


def test_the_svg_holds_all_it_needs_and_nothing_of_the_machine(small: Path) -> None:
    text = (small / "all.svg").read_text("utf-8")
    root = parsed(text)
    assert "配信 API（東京）" in texts(text)
    addresses = [part.get(HREF, "") for part in root.iter()]
    assert all(re.match(r"(https://|data:image/png;base64,|#icon-|$)", each) for each in addresses)
    assert "<!--" not in text
    assert "<!DOCTYPE" not in text
    for word in ("file:", "site-packages", str(Path.home()), "graphviz"):
        assert word not in text
    assert len(list(root.iter(f"{SVG}symbol"))) == 2
    (link,) = root.iter(f"{SVG}a")
    assert link.get(HREF) == "https://docs.esa.example/posts/12?a=1&b=2"
    titles = [part.text for part in root.iter(f"{SVG}title")]
    assert "配信 API（東京）\nEC2\n担当: 配信チーム" in titles
    assert "配信 API（東京） → 入札ログ" in titles
    source = json.loads((small / "manifest.json").read_text())["views"]["all"]["files"]["all.svg"]["source"]
    (metadata,) = root.iter(f"{SVG}metadata")
    assert metadata.text == f"kb-source-sha256:{source}"


def test_an_icon_stands_once_however_many_use_it(tmp_path: Path) -> None:
    drawn("".join(f'[[node]]\nid = "n{n}"\nkind = "ec2"\n' for n in range(12)), tmp_path)
    text = (tmp_path / "all.svg").read_text("utf-8")
    assert text.count("data:image/png") == 1
    assert text.count("<use ") == 12
    assert (tmp_path / "all.html").read_text("utf-8").count("data:image/png") == 1


def test_the_png_has_a_palette_and_says_what_it_was_made_from(small: Path) -> None:
    data = (small / "all.png").read_bytes()
    source = json.loads((small / "manifest.json").read_text())["views"]["all"]["files"]["all.png"]["source"]
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "P"
        assert image.info[graphviz.PNG_KEYWORD] == source


def test_words_are_really_drawn_in_the_png(small: Path) -> None:
    """Where the SVG has words, the PNG has dark points in most rows: not boxes, not nothing."""
    root = parsed((small / "all.svg").read_text("utf-8"))
    _, _, width, _ = map(float, root.get("viewBox", "").split())
    graph = next(root.iter(f"{SVG}g"))
    shift = [float(number) for number in re.findall(r"translate\(([-\d.]+) ([-\d.]+)\)", graph.get("transform", ""))[0]]
    with Image.open(small / "all.png") as image:
        grey = image.convert("L")
        scale = grey.width / width
        seen = 0
        for text in root.iter(f"{SVG}text"):
            size = float(text.get("font-size", "0"))
            left, base = float(text.get("x", "0")) + shift[0], float(text.get("y", "0")) + shift[1]
            box = (left * scale, (base - size * 0.8) * scale, (left + size * 2) * scale, base * scale)
            piece = grey.crop(tuple(round(edge) for edge in box))
            rows = [piece.crop((0, row, piece.width, row + 1)).getextrema()[0] for row in range(piece.height)]
            assert sum(dark < 170 for dark in rows) > len(rows) * 0.6, "".join(text.itertext())
            seen += 1
    assert seen >= 5


def test_without_the_extra_there_are_no_icons_and_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.diagram.icons._package", lambda: None)
    built = drawn(SMALL, tmp_path)
    assert ".[diagram]" in str(built.notes[0])
    assert "配信 API（東京）" in texts((tmp_path / "all.svg").read_text("utf-8"))
    assert "<image" not in (tmp_path / "all.svg").read_text("utf-8")


def test_every_known_kind_has_an_icon() -> None:
    from kb.diagram.icons import find_icons
    from kb.diagram.model.schema import NODE_KINDS

    assert set(find_icons(NODE_KINDS).files) == set(NODE_KINDS)


def test_a_class_that_is_not_there_is_told_with_the_nearest() -> None:
    from kb.diagram.icons import find_icons
    from kb.errors import ConfigError

    assert find_icons(["aws.compute.EC2"]).files == {"aws.compute.EC2": "aws/compute/ec2.png"}
    with pytest.raises(ConfigError, match=r"aws\.compute\.Lambda ではありませんか"):
        find_icons(["aws.compute.Lamda"])


def test_the_font_is_one_with_japanese() -> None:
    assert graphviz.find_japanese_font() in graphviz.PREFERRED_FONTS
    assert re.fullmatch("[0-9a-f]{64}", graphviz.hash_font(graphviz.find_japanese_font()))


def test_a_mermaid_text_that_is_too_long_is_left_out_with_a_sentence(tmp_path: Path) -> None:
    nodes = "".join(f'[[node]]\nid = "n{n}"\nlabel = "{"長" * 190}"\n' for n in range(40))
    edges = "".join(
        f'[[edge]]\nfrom = "n{a}"\nto = "n{b}"\n' for a in range(40) for b in range(40) if a != b and (a * b) % 3
    )
    built = drawn(nodes + edges + '[[view]]\nid = "v"\nform = ["mermaid", "plantuml"]\n', tmp_path)
    assert built.written == ("v.puml",)
    assert "v.mmd は作りませんでした。線が" in str(built.notes[0])


def test_three_hundred_nodes_are_pages_that_lead_to_each_other(tmp_path: Path) -> None:
    built = drawn(replace(system(300), views=(SystemView("all", form=("svg", "html")),)), tmp_path)
    assert not built.notes
    overview = parsed((tmp_path / "all.svg").read_text("utf-8"))
    links = {part.get(HREF, "") for part in overview.iter(f"{SVG}a")}
    assert links == {f"all.g{n:02}.svg" for n in range(15)}
    assert all((tmp_path / name).exists() for name in links)
    page = (tmp_path / "all.html").read_text("utf-8")
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert 'href="#all.g03"' in page


def test_a_dot_that_says_a_great_deal_is_heard_at_its_beginning(tmp_path: Path) -> None:
    program = "import sys; sys.stderr.write('first\\n'); sys.stderr.write('x' * 2**26); sys.exit(7)"
    code, said = run_program.run_program(
        [sys.executable, "-c", program], folder=tmp_path, kept=(), given={}, timeout_s=60
    )
    assert code == 7
    assert said.startswith("first\n")
    assert len(said) <= 2**16


def test_what_a_program_left_running_with_its_stderr_is_not_waited_for(tmp_path: Path) -> None:
    away = "import os, time; os.setsid(); time.sleep(20)"
    program = (
        f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {away!r}]); "
        "sys.stderr.write('said'); sys.stderr.flush()"
    )
    done = run_program.run_program([sys.executable, "-c", program], folder=tmp_path, kept=(), given={}, timeout_s=15)
    assert done == (0, "said")  # and not TimeoutExpired


def test_another_icon_is_another_picture() -> None:
    scene = layout_views(read(SMALL))[0].scenes[0]
    kinds = sorted({card.kind for card in scene.cards})
    one, other = ({kind: f"{kind} {number}" for kind in kinds} for number in (1, 2))
    assert hash_source(scene, one) == hash_source(scene, dict(one)) != hash_source(scene, other)
