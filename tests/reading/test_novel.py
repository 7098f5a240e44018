"""Pages unlike those the rules were made on, through the command line: the figures may not fall."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `kb lint --pages` writes for the set, from a folder without kb.toml."""
    folder = tmp_path_factory.mktemp("novel")
    words = ["lint", "--input", str(CORPUS / "novel" / "docs.jsonl"), "--format", "jsonl", "--pages", "--exit-zero"]
    done = subprocess.run([sys.executable, "-m", "kb", *words], capture_output=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr.decode()
    (folder / "findings.jsonl").write_bytes(done.stdout)
    return folder / "findings.jsonl"


def test_the_labelled_rules_hold_on_unfamiliar_pages(findings: Path) -> None:
    scorer = [sys.executable, str(CORPUS / "score_incidents.py"), str(CORPUS / "novel"), str(findings)]
    done = subprocess.run([*scorer, "--fail-under", "0.95"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_unfamiliar_pages_are_told_from_pages_of_other_kinds(findings: Path) -> None:
    labels = [json.loads(line) for line in (CORPUS / "novel" / "labels.jsonl").read_text("utf-8").splitlines()]
    wanted = {row["id"]: row["is_incident"] for row in labels if not row.get("debatable_incident")}
    said = [json.loads(line) for line in findings.read_text("utf-8").splitlines()]
    taken = {row["doc"] for row in said if row.get("is_incident")} & set(wanted)
    right = {doc for doc in taken if wanted[doc]}
    assert len(right) >= 0.97 * len(taken)
    assert len(right) >= 0.97 * sum(wanted.values())
