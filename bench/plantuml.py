"""Lets PlantUML itself draw what kb writes for it, and looks for every word in the picture.

    python bench/plantuml.py            # prints JSON; exit code 1 where PlantUML refuses or misreads something

kb's own diagrams, the 200 labels that mean something to a tool, groups of one label, and 60 and 300 nodes. All of
them go through one run of PlantUML as SVG; `wrong` names what it would not draw, or the words that stand in the
picture more or less often than in kb's text. Without `plantuml` (Debian 13: 1.2020.2, needs Java) the figures are
null. Pages of PNG larger than 4,096 points a side are cut by PlantUML, whatever kb writes.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "bench")]

import diagram_model  # noqa: E402
from diagram.hostile_labels import hostile, plain  # noqa: E402
from diagram.kit import read  # noqa: E402

from kb.diagram.draw.scene import DiagramScene  # noqa: E402
from kb.diagram.draw.views import layout_views  # noqa: E402
from kb.diagram.draw.wiki import render_plantuml  # noqa: E402
from kb.diagram.model.nouns import Model  # noqa: E402

PATIENCE_S = 600
TEXT = "{http://www.w3.org/2000/svg}text"
ALIKE = "".join(
    f'[[group]]\nid = "g{number}"\nlabel = "DB"\n{parent}'
    f'[[node]]\nid = "n{number}"\nlabel = "同じ"\ngroup = "g{number}"\n'
    for number, parent in enumerate(("", 'parent = "g0"\n', "", 'parent = "g2"\n'))
)
MARKS = '[system]\ntitle = "（＊）"\n[[node]]\nid = "a"\nrunbook = "https://wiki.example/a?b=1&c=%5B2%5D#d"\n'


def models() -> dict[str, Model]:
    """What is drawn, by name."""
    own = (ROOT / "diagrams" / "system.toml").read_text("utf-8")
    sizes = {f"nodes-{size}": read(diagram_model.toml(diagram_model.whole(size), ())) for size in (60, 300)}
    return {"own": read(own), "hostile": hostile(), "alike": read(ALIKE), "marks": read(MARKS), **sizes}


def words(scene: DiagramScene) -> Counter[str]:
    """The lines of text a picture of it has."""
    lines = [scene.title, *(box.label for box in scene.boxes)]
    lines += [word for card in scene.cards for word in (card.label, card.detail, card.mark)]
    lines += [line.label for line in scene.lines]
    return Counter(plain(line) for line in lines if plain(line))


def wrong(scene: DiagramScene, drawn: Path) -> str:
    """What is wrong with a picture, as a sentence; empty where nothing is."""
    try:
        root = ET.fromstring(drawn.read_bytes())  # noqa: S314 - of our own text
    except (OSError, ET.ParseError) as error:
        return f"{drawn.stem}: no picture ({error})"
    said = Counter(plain("".join(text.itertext())) for text in root.iter(TEXT))
    asked = words(scene)
    if said == asked:
        return ""
    return f"{drawn.stem}: {sorted((asked - said).elements())[:5]} became {sorted((said - asked).elements())[:5]}"


def figures() -> dict[str, object] | None:
    """What PlantUML made of all of them; None where it is not installed."""
    program = shutil.which("plantuml")
    if program is None:
        print("plantuml is not installed: no figures for it", file=sys.stderr)
        return None
    told = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stdout
    scenes = {
        f"{name}-{scene.id}": scene
        for name, model in models().items()
        for picture in layout_views(model, post_url="https://docs.esa.example/posts/")
        for scene in picture.scenes
    }
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as there:
        folder = Path(there)
        for name, scene in scenes.items():
            (folder / f"{name}.puml").write_text(render_plantuml(scene), encoding="utf-8")
        start = time.monotonic()
        done = subprocess.run(
            [program, "-charset", "UTF-8", "-tsvg", *sorted(path.name for path in folder.glob("*.puml"))],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        took = time.monotonic() - start
        found = [each for name, scene in scenes.items() if (each := wrong(scene, folder / f"{name}.svg"))]
    version = re.search(r"version (\S+)", told)
    return {
        "version": version[1] if version else "",
        "pictures": len(scenes),
        "words": sum(words(scene).total() for scene in scenes.values()),
        "wall_s": round(took, 1),
        "code": done.returncode,
        "wrong": found,
    }


if __name__ == "__main__":
    result = figures()
    print(json.dumps(result, ensure_ascii=False))
    sys.exit(1 if result and (result["wrong"] or result["code"]) else 0)
