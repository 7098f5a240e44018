"""The benches run: a slice of `make bench`, and budgets that hold counts, not times."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


def peers() -> Any:
    return bench("peers")


def bench(name: str) -> Any:
    """A module of bench/, under a name of its own; what it imports beside itself is found too."""
    spec = importlib.util.spec_from_file_location(f"bench_{name}", ROOT / "bench" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(ROOT / "bench"))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT / "bench"))
    return module


@pytest.mark.long
def test_a_slice_of_the_bench_runs() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "run.py", "--slice"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    figures = {name: each for line in done.stdout.splitlines() for name, each in json.loads(line).items()}
    assert list(figures) == [
        "startup",
        "lint",
        "warm",
        "store",
        "similar",
        "report",
        "diagram",
        "drift",
        "plantuml",
        "secrets",
    ]
    assert figures["drift"]["missed"] == []
    assert figures["drift"]["names"]["count"] > figures["drift"]["machines"]
    assert figures["drift"]["scan"]["names"]["names_found"] > figures["drift"]["scan"]["none"]["names_found"] == 0
    assert figures["plantuml"] is None or figures["plantuml"]["wrong"] == []
    assert figures["report"]["large"]["moved"]["fixed"] > 0
    sixty = figures["diagram"]["tools"]["kb"]["60"]
    assert sixty["all_forms"]["labels"] == 1
    assert sixty["unchanged"]["programs"] == 0
    found = figures["secrets"]["found"]
    assert list(found) == ["dusk"]
    # Values cut at the wrong place would be found and not exact.
    assert all(each["tools"]["kb"]["exact_value_share"] > 0.9 for each in found.values())


def test_ripgrep_is_given_the_patterns_of_the_gate() -> None:
    made = subprocess.run([sys.executable, ROOT / "bench" / "peers.py"], capture_output=True, cwd=ROOT, check=True)
    assert (ROOT / "bench" / "patterns.txt").read_bytes() == made.stdout


GITLEAKS = [{"File": "bodies/7.md", "StartLine": 3, "Secret": "invented"}]
BETTERLEAKS = {"findings": [{"match": {"value": "invented"}, "location": {"path": "bodies/7.md", "start_line": 3}}]}


@pytest.mark.parametrize(
    ("name", "report"),
    [
        ("gitleaks", json.dumps(GITLEAKS)),
        ("betterleaks", json.dumps(BETTERLEAKS)),
        ("kingfisher", '{"file": "7.md", "line": 3, "text": "invented"}\n'),
        ("detect-secrets", '{"file": "7.md", "line": 3, "text": "invented"}\n'),
    ],
)
def test_the_report_of_each_scanner_is_read(name: str, report: str, tmp_path: Path) -> None:
    (tmp_path / "report").write_text(report, encoding="utf-8")
    assert list(peers().reported(name, tmp_path / "report")) == [("7.md", 3, "invented")]


@pytest.mark.parametrize(
    ("name", "report"), [("gitleaks", "[]"), ("betterleaks", '{"findings": null}'), ("kingfisher", "")]
)
def test_a_scanner_that_found_nothing_has_found_nothing(name: str, report: str, tmp_path: Path) -> None:
    (tmp_path / "report").write_text(report, encoding="utf-8")
    assert list(peers().reported(name, tmp_path / "report")) == []


def test_each_tool_that_draws_is_given_the_same_model() -> None:
    model = bench("diagram_model")
    system = model.whole(60)
    assert (len(system.things), len(system.edges), len(system.groups)) == (60, 84, 3)
    compile(model.script(system), "in.py", "exec")
    for text in (model.toml(system), model.script(system), model.d2(system), model.mermaid(system)):
        assert [thing for thing in system.things if f'"{thing.label}"' not in text] == []
    for text, arrow in (
        (model.script(system), r"^    n\d+ >> "),
        (model.d2(system), " -> "),
        (model.mermaid(system), "-->"),
    ):
        assert len(re.findall(arrow, text, re.M)) == 84


def test_a_picture_of_an_error_is_told_from_one_of_the_model(tmp_path: Path) -> None:
    picture = bench("diagram").picture
    for name, text in (("good", "<svg><text>入札ログ 1</text><text>配信</text>"), ("bad", "<svg>Maximum text size in")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    good = picture([tmp_path / "good"], ["入札 ログ 1", "配信"])
    assert (good["drawn"], good["labels"], good["outside"]) == (True, 1, 0)
    assert picture([tmp_path / "bad"], ["配信"])["drawn"] is False
    assert picture([tmp_path / "none"], ["配信"]) == {"drawn": False, "labels": 0, "outside": 0, "bytes": 0}


def test_no_bench_hides_a_module_of_the_standard_library() -> None:
    names = {path.stem for path in (ROOT / "bench").glob("*.py")}
    assert names & sys.stdlib_module_names == set()


def test_committed_results_name_their_commit() -> None:
    for path in (ROOT / "bench" / "results").glob("*.json"):
        found = json.loads(path.read_text(encoding="utf-8"))
        assert found["commit"], path
        assert found["date"], path
