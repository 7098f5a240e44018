"""kb-baseline.toml and kb-decisions.toml on disk, in a folder where anything may stand."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from lint.conftest import Said

from kb import files
from kb.errors import InputError

Kb = Callable[..., Said]
NAMES = ("kb-baseline.toml", "kb-decisions.toml")


def folder_at(path: Path) -> None:
    path.mkdir()


def pipe_at(path: Path) -> None:
    os.mkfifo(path)


def circle_at(path: Path) -> None:
    path.symlink_to(path.name)


def latin_at(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")


@pytest.mark.parametrize("make", [folder_at, pipe_at, circle_at, latin_at])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_such_file_is_told_and_never_waited_for(
    kb: Kb, folder: Path, name: str, make: Callable[[Path], None]
) -> None:
    make(folder / name)
    (folder / "a.md").write_text("# 手順\n", encoding="utf-8")
    said = kb("lint", "a.md")
    assert said.code == 2
    assert name in said.err
    assert "→" in said.err


@pytest.mark.parametrize("name", NAMES)
def test_a_link_to_nothing_is_no_file_yet(kb: Kb, folder: Path, name: str) -> None:
    (folder / name).symlink_to("elsewhere.toml")
    (folder / "a.md").write_text("# 手順\n", encoding="utf-8")
    assert kb("lint", "a.md").code == 0


def test_the_mode_of_a_file_is_kept(folder: Path) -> None:
    path = folder / "kb-baseline.toml"
    path.write_text("format = 1\n")
    path.chmod(0o640)
    files.replace_text(path, "format = 1\n# 新しい\n")
    assert files.read_text(path) == "format = 1\n# 新しい\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in folder.iterdir()] == ["kb-baseline.toml"]


def test_a_link_is_read_and_never_written_through(folder: Path) -> None:
    target, link = folder / "shared.toml", folder / "kb-baseline.toml"
    target.write_text("format = 1\n")
    link.symlink_to(target.name)
    assert files.read_text(link) == "format = 1\n"
    with pytest.raises(InputError, match="リンク"):
        files.replace_text(link, "format = 1\n# 新しい\n")
    assert link.is_symlink()
    assert target.read_text() == "format = 1\n"
    assert sorted(path.name for path in folder.iterdir()) == ["kb-baseline.toml", "shared.toml"]


def test_only_files_are_replaced(folder: Path) -> None:
    pipe_at(folder / "pipe")
    with pytest.raises(InputError, match="普通のファイルではありません"):
        files.replace_text(folder / "pipe", "format = 1\n")
    assert (folder / "pipe").is_fifo()
    assert [path.name for path in folder.iterdir()] == ["pipe"]


def test_a_named_file_may_be_a_device() -> None:
    assert files.read_text(Path(os.devnull), named=True) == ""


def test_a_baseline_that_is_named_must_be_there(kb: Kb, folder: Path) -> None:
    (folder / "a.md").write_text("# 手順\n", encoding="utf-8")
    said = kb("lint", "a.md", "--baseline", "knwon.toml")
    assert said.code == 2
    assert "「knwon.toml」がありません" in said.err
    assert "--update-baseline" in said.err
