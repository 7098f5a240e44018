"""Every way of installing kb gives a command that works from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.packaging


def run(*words: str | Path, cwd: Path) -> str:
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--installer", "uv", "--outdir", folder, ROOT, cwd=folder)
    return folder


def fresh(folder: Path, *what: str | Path) -> Path:
    """A new environment with `what` installed; gives its bin folder."""
    uv = Path(sys.executable).with_name("uv")
    run(uv, "venv", "-q", "--python", sys.executable, folder / "venv", cwd=folder)
    target = folder / "venv/bin/python"
    run(uv, "pip", "install", "-q", "--python", target, "-c", ROOT / "constraints.txt", *what, cwd=folder)
    return folder / "venv/bin"


def works(bin_folder: Path, elsewhere: Path) -> None:
    assert run(bin_folder / "kb", "--version", cwd=elsewhere).startswith("kb ")
    assert "INC402" in run(bin_folder / "kb", "explain", "INC402", cwd=elsewhere)
    code = (
        "from kb.files import asset_path as asset; print(asset('diagrams/system.toml').is_file(), "
        "asset('templates').is_dir())"
    )
    assert run(bin_folder / "python", "-c", code, cwd=elsewhere).split() == ["True", "True"]


def test_the_wheel_holds_both_packages_and_the_assets(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert wheel.name.startswith("kb_steward-")
    for wanted in (
        "kb/cli/app.py", "kb/py.typed", "kb/reading/lexicon/phrases/weak_measures.toml",
        "linters/incident/prevention/prevention_placeholder.py",
        "kb/_assets/diagrams/system.toml", "kb/_assets/templates/kb.toml.jinja", "kb/_assets/versions.txt",
    ):  # fmt: skip
        assert wanted in names
    assert not [name for name in names if name.startswith(("tests/", "diagrams/", "templates/", "bench/"))]


def test_the_sdist_can_be_tested(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"tests/conftest.py", "tests/SKIPS", "bench/make_corpus.py", "README.ja.md", "LICENSE"} <= names


def test_a_wheel_works_from_another_folder(dist: Path, tmp_path: Path) -> None:
    works(fresh(tmp_path, next(dist.glob("*.whl"))), tmp_path)


def test_installing_the_checkout_works(tmp_path: Path) -> None:
    works(fresh(tmp_path, ROOT), tmp_path)


def test_an_editable_install_works(tmp_path: Path) -> None:
    works(fresh(tmp_path, "-e", ROOT), tmp_path)


def test_uvx_runs_it(tmp_path: Path) -> None:
    uvx = Path(sys.executable).with_name("uvx")
    assert run(uvx, "--python", sys.executable, "--from", ROOT, "kb", "--version", cwd=tmp_path).startswith("kb ")


def test_a_clone_runs_without_installing(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "kb", "--version"], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("kb ")


def test_the_extra_all_names_every_extra_but_that_of_servers() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    (whole,) = extras.pop("all")
    assert whole == f"kb-steward[{','.join(name for name in extras if name != 'cluster')}]"
