"""The example package of the manual, installed as anybody would: lint, explain and workers know its rule."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "tests" / "plugin"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package was built and installed."""
    place = tmp_path_factory.mktemp("plugin")
    shutil.copytree(PLUGIN, place / "source", ignore=shutil.ignore_patterns("__pycache__"))
    words = ["-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index", "--target"]
    subprocess.run([sys.executable, *words, str(place / "site"), str(place / "source")], check=True, timeout=120)
    return place / "site"


def kb(site: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`kb` as a command, with the package on its path."""
    env = {**os.environ, "PYTHONPATH": str(site), "XDG_CACHE_HOME": str(folder / "cache"), "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "kb", *words], capture_output=True, text=True, cwd=folder, env=env, timeout=120
    )


def test_the_manual_shows_the_rule_of_the_package() -> None:
    shown = (ROOT / "docs" / "own-rules.md").read_text("utf-8")
    assert f"```python\n{(PLUGIN / 'acme_kb_rules' / 'no_step.py').read_text('utf-8')}```" in shown


@pytest.mark.packaging
def test_an_installed_rule_is_like_any_other(site: Path, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: 再起動の手順\n---\n読むだけ\n")
    found = kb(site, tmp_path, "lint", "a.md", "--select", "ACME")
    assert "ACME010 手順を書き足してください。" in found.stdout, found.stderr
    assert kb(site, tmp_path, "explain", "no-step").stdout.startswith(
        "ACME010 no-step（情報）\n手順が 1 つもありません"
    )
    assert "acme" not in kb(tmp_path, tmp_path, "explain").stdout
