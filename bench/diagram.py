"""What drawing a system costs kb, and what plain `diagrams`, D2 and mermaid-cli, on the same models.

    python bench/diagram.py                     # prints JSON; 60, 300 and 3,000 nodes; peers on 60 and 300
    python bench/diagram.py --nodes 60 --no-peers

kb is run as a program: all its forms from nothing, the SVG alone from nothing (which is what the peers are asked
for), and once more with nothing changed. Of that last run the start-up of a command with nothing to do is taken
off, and the programs it starts are counted: `dot`, `fc-list` and `fc-match` on its PATH count themselves.

CPU is that of a process and all that came of it, in seconds, user and system. Targets are judged by it: other
programs on the machine stretch the time on the wall. A browser's helpers are nobody's to wait for: they are looked
at every tenth of a second while they run (Linux; elsewhere they are not counted).

`labels` is the share of the node labels that stand in the SVG as text, `outside` how many files the SVG only names.
A peer that is not installed (`.ci/peers`) is left out and said so. `diagrams` is as it comes, with square corners;
`diagrams-curved` draws curves. kb draws above a hundred nodes as an overview and pages, the peers
everything in one picture.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import diagram_model as model

ROOT = Path(__file__).parents[1]
NODE = ROOT / ".venv-peers" / "diagram"
NODES = (60, 300, 3000)
PEERS_UP_TO = 300
PATIENCE_S = 600
UNCHANGED_CPU_S = 0.3
COLD_300_S = 15.0
RUNS = 7
COUNTED = ("dot", "fc-list", "fc-match")


@dataclass(frozen=True, slots=True)
class Run:
    """One process: seconds on the wall and of CPU, and how it ended; None where it did not in PATIENCE_S."""

    wall_s: float
    cpu_s: float
    code: int | None


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool: how a model is written for it, and the command that makes `out.svg` of `name` in its folder."""

    name: str
    text: Callable[[model.Whole], str]
    command: tuple[str, ...]
    here: bool
    missing: str
    environment: Mapping[str, str]


def peers() -> list[Peer]:
    """The tools kb is compared with."""
    chromium = shutil.which("chromium") or ""
    kept = {"PUPPETEER_EXECUTABLE_PATH": chromium}
    node = _node() or "node"
    python = (sys.executable, "-P")
    library = any(Path(each, "diagrams", "aws").is_dir() for each in sys.path if each)
    return [
        Peer("diagrams", model.script, (*python, "in.py"), library, "diagrams", {}),
        Peer(
            "diagrams-curved", lambda whole: model.script(whole, 'curvestyle="curved"'),
            (*python, "in.py"), library, "diagrams", {},
        ),
        Peer("d2", model.d2, (node, str(NODE / "d2.mjs"), "in.d2", "out.svg"), _installed("@terrastruct/d2"), "D2", {}),
        Peer(
            "mermaid-cli", model.mermaid,
            (node, str(NODE / "node_modules/@mermaid-js/mermaid-cli/src/cli.js"),
             "-q", "-i", "in.mmd", "-o", "out.svg", "-p", "puppeteer.json"),
            bool(chromium) and _installed("@mermaid-js/mermaid-cli"), "mermaid-cli", kept,
        ),
    ]  # fmt: skip


def _node() -> str | None:
    """Node.js: beside this interpreter, as the development group brings it, or the machine's."""
    beside = Path(sys.executable).parent
    return shutil.which("node", path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")


def _installed(name: str) -> bool:
    return _node() is not None and (NODE / "node_modules" / name).is_dir()


def run(command: Iterable[str], folder: Path, environment: Mapping[str, str]) -> Run:
    """Run a program to its end, or for PATIENCE_S."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with open(folder / "said.txt", "wb") as said:
        process = subprocess.Popen(
            [*command], cwd=folder, env=environment, stdout=said, stderr=said, start_new_session=True
        )
        seen: dict[tuple[int, int], float] = {}
        while process.poll() is None and time.monotonic() - began < PATIENCE_S:
            look(process.pid, seen)
            time.sleep(0.1)
        code = process.poll()
        if code is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(round(wall, 2), round(max(cpu, sum(seen.values())), 2), code)


def look(root: int, seen: dict[tuple[int, int], float]) -> None:
    """Note the CPU seconds so far of a process and of all that came of it, by number and start."""
    rows = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended since
            continue
        rows[int(path.parent.name)] = (int(words[1]), int(words[19]), int(words[11]) + int(words[12]))
    known = {pid for pid, _ in seen} | {root}
    grown = True
    while grown:
        more = {pid for pid, (parent, _, _) in rows.items() if parent in known} - known
        known, grown = known | more, bool(more)
    for pid in known & set(rows):
        _, start, ticks = rows[pid]
        seen[pid, start] = ticks / os.sysconf("SC_CLK_TCK")


def picture(paths: Iterable[Path], labels: Iterable[str]) -> dict[str, object]:
    """What stands in SVGs: whether it is a picture and no error, its labels, its size, what it names outside."""
    texts = [path.read_text("utf-8") for path in paths if path.exists()]
    said = "".join(html.unescape(re.sub("<[^>]*>", "", text)) for text in texts)
    said = "".join(said.split())
    wanted = ["".join(label.split()) for label in labels]
    outside = {name for text in texts for name in re.findall(r'<image[^>]*href="(?!data:|#)([^"]+)"', text)}
    return {
        "drawn": bool(texts) and "Maximumtextsize" not in said and "Syntaxerror" not in said,
        "labels": round(sum(label in said for label in wanted) / len(wanted), 3),
        "outside": len(outside),
        "bytes": sum(len(text.encode()) for text in texts),
    }


def kb(system: model.Whole, folder: Path, rounds: int) -> dict[str, object]:
    """The figures of kb for one model."""
    labels = [thing.label for thing in system.things]
    counter, environment = counting(folder)
    command = [sys.executable, "-m", "kb"]
    found: dict[str, object] = {}
    for name, forms in (("svg", ("svg",)), ("all_forms", ())):
        place = folder / name
        (place / "diagrams").mkdir(parents=True)
        (place / "diagrams" / "system.toml").write_text(model.toml(system, forms), encoding="utf-8")
        done = run([*command, "diagram", "build"], place, environment)
        drawn = sorted((place / "diagrams" / "pictures").glob("*.svg"))
        found[name] = {**asdict(done), "pictures": len(drawn), **picture(drawn, labels)}
    counter.write_bytes(b"")
    again, starts = [], []
    for _ in range(rounds):  # noise only ever adds, so the least of each counts
        again.append(run([*command, "diagram", "build"], folder / "all_forms", environment))
        starts.append(run([*command, "--help"], folder, environment).cpu_s)
    least = min(again, key=lambda each: each.cpu_s)
    found["unchanged"] = {
        **asdict(least),
        "cpu_beyond_start_up_s": round(least.cpu_s - min(starts), 2),
        "programs": len(counter.read_bytes().splitlines()),
    }
    return found


def counting(folder: Path) -> tuple[Path, dict[str, str]]:
    """A file that gets a line for each program kb starts, and the environment in which it does."""
    counter, bin_ = folder / "started", folder / "bin"
    bin_.mkdir()
    for name in COUNTED:
        real = shutil.which(name)
        if real:
            (bin_ / name).write_text(f'#!/bin/sh\necho {name} >> "{counter}"\nexec {real} "$@"\n')
            (bin_ / name).chmod(0o755)
    path = f"{bin_}{os.pathsep}{os.environ.get('PATH', '')}"
    return counter, {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}


def other(peer: Peer, system: model.Whole, folder: Path) -> dict[str, object]:
    """The figures of one peer for one model."""
    folder.mkdir()
    source = next((word for word in peer.command if word.startswith("in.")), "in.py")
    (folder / source).write_text(peer.text(system), encoding="utf-8")
    (folder / "puppeteer.json").write_text('{"args": ["--no-sandbox"]}')
    done = run(peer.command, folder, {**os.environ, **peer.environment})
    found = {**asdict(done), **picture([folder / "out.svg"], [thing.label for thing in system.things])}
    if done.code != 0:
        found["drawn"] = False  # whatever it left behind
        lines = (folder / "said.txt").read_text("utf-8", "replace").split("[stderr")[0].strip().splitlines()
        found["said"] = lines[-1][-160:] if lines else ""
    return found


def measured(sizes: Iterable[int], rounds: int, *, with_peers: bool) -> dict[str, object]:
    """All figures, by tool and number of nodes."""
    tools: dict[str, dict[str, object] | None] = {"kb": {}}
    asked = peers() if with_peers else []
    for peer in asked:
        tools[peer.name] = {} if peer.here else None
        if not peer.here:
            print(f"{peer.missing} is not installed: no figures for it (.ci/peers)", file=sys.stderr)
    for size in sizes:
        system = model.whole(size)
        with tempfile.TemporaryDirectory(prefix="kb-bench-") as there:
            folder = Path(there)
            _put(tools, "kb", size, kb(system, folder, rounds))
            for peer in asked:
                if peer.here and size <= PEERS_UP_TO:
                    _put(tools, peer.name, size, other(peer, system, folder / peer.name))
    return {"tools": tools, "missed": missed(tools["kb"] or {})}


def _put(tools: dict[str, dict[str, object] | None], name: str, size: int, row: dict[str, object]) -> None:
    figures = tools[name]
    if figures is not None:
        figures[str(size)] = row
        print(name, size, json.dumps(row, ensure_ascii=False), file=sys.stderr)


def missed(figures: Mapping[str, object]) -> list[str]:
    """The targets kb does not meet, each as a sentence."""
    found = []
    for size, row in figures.items():
        assert isinstance(row, dict)
        cold, again = row["all_forms"], row["unchanged"]
        if cold["code"] != 0 or not cold["drawn"] or cold["labels"] < 1 or cold["outside"]:
            found.append(f"{size} nodes are not drawn as they are written")
        if again["programs"]:
            found.append(f"{size} unchanged nodes start programs")
        if size == "60" and again["cpu_beyond_start_up_s"] >= UNCHANGED_CPU_S:
            found.append(f"60 unchanged nodes take {UNCHANGED_CPU_S} s of CPU beyond start-up")
        if size == "300" and cold["cpu_s"] >= COLD_300_S:
            found.append(f"300 nodes take {COLD_300_S} s")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, nargs="+", default=NODES)
    parser.add_argument("--no-peers", action="store_true", help="kb alone")
    parser.add_argument("--rounds", type=int, default=RUNS, help="how often an unchanged model is built")
    asked = parser.parse_args()
    result = measured(asked.nodes, asked.rounds, with_peers=not asked.no_peers)
    print(json.dumps(result, ensure_ascii=False))
    sys.exit(1 if result["missed"] else 0)
