"""The quality gate: the labelled pages through the command line, scored by the corpus's own scorer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from servers import warm_kb

CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `kb lint --pages` writes for the developers' set, from a folder without kb.toml."""
    folder = tmp_path_factory.mktemp("corpus")
    words = ["lint", "--input", str(CORPUS / "incidents" / "docs.jsonl"), "--format", "jsonl", "--pages"]
    done = subprocess.run([warm_kb().program, *words], capture_output=True, cwd=folder, check=False)
    assert done.returncode == 1, done.stderr.decode()
    (folder / "findings.jsonl").write_bytes(done.stdout)
    return folder / "findings.jsonl"


def score(findings: Path, *words: str) -> subprocess.CompletedProcess[str]:
    scorer = [sys.executable, str(CORPUS / "score_incidents.py"), str(CORPUS / "incidents"), str(findings)]
    return subprocess.run([*scorer, *words], capture_output=True, text=True, check=False)


def test_the_labelled_rules_reach_their_bar(findings: Path) -> None:
    done = score(findings, "--fail-under", "0.98")
    assert done.returncode == 0, done.stdout


def test_pages_of_other_kinds_stay_silent(findings: Path) -> None:
    labels = {row["id"]: row for row in rows(CORPUS / "incidents" / "labels.jsonl")}
    other = {name for name, row in labels.items() if not row["is_incident"] and not row.get("debatable_incident")}
    assert len(other) > 30
    assert [row for row in rows(findings) if "code" in row and row["doc"] in other] == []


def test_pages_are_told_apart(findings: Path) -> None:
    labels = {row["id"]: row for row in rows(CORPUS / "incidents" / "labels.jsonl")}
    pages = {row["doc"]: row["is_incident"] for row in rows(findings) if "is_incident" in row}
    assert set(pages) == set(labels)
    wrong = [
        name for name, row in labels.items() if not row.get("debatable_incident") and row["is_incident"] != pages[name]
    ]
    assert len(wrong) <= 3, wrong


def test_every_place_lies_in_its_page(findings: Path) -> None:
    texts = {(row["id"], "body"): row["body_md"] for row in rows(CORPUS / "incidents" / "docs.jsonl")}
    texts |= {(row["id"], "title"): title(row["full_name"]) for row in rows(CORPUS / "incidents" / "docs.jsonl")}
    found = [row for row in rows(findings) if "code" in row]
    assert found
    for row in found:
        lines = texts[row["doc"], row["part"]].split("\n")
        assert 1 <= row["line"] <= row["end_line"] <= len(lines)
        assert 1 <= row["column"] <= len(lines[row["line"] - 1]) + 1
        assert 1 <= row["end_column"] <= len(lines[row["end_line"] - 1]) + 1


def title(full_name: str) -> str:
    """The title in esa's full name: behind the last slash, before the tags; slashes and hashes are escaped in it."""
    bare = re.sub(r"( #[^ #]+)+$", "", full_name.rpartition("/")[2])
    return bare.replace("&#47;", "/").replace("&#35;", "#")


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
