"""What kb writes takes a file's place whole, by its owner alone where it is private, and through no link."""

from __future__ import annotations

import ast
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import kb as package
from kb import files
from kb.errors import InputError, KbError
from kb.files import make_private_folder, open_replacement, replace_file
from kb.lint.waivers.decisions import render_decision, rotation_decision
from kb.lint.waivers.set_aside import DECISIONS_FILE, DecisionFile
from kb.mirror.sync.lock import run_lock

KB = Path(package.__file__).parent

OTHER_WAYS = {
    # Each is private by its name or its folder, refuses what stands there, or puts a new file in the place of a link.
    "kb/files.py": "the one way",
    "kb/execute/journal/runs.py": "a new file (O_EXCL)",
    "kb/execute/journal/writer.py": "O_NOFOLLOW",
    "kb/sandbox/demo/estate.py": "in the demo's own folder",
    "kb/sandbox/demo/weeks.py": "in the demo's own folder",
    "kb/settings/propose.py": "a new file ('x'), then a hard link to a free name",
    "kb/console/terminal.py": "/dev/null",
    "kb/cli/complete.py": "/dev/null",
    "kb/cli/exit.py": "/dev/null",
    "kb/cli/help.py": "no file: the help's own formatter",
    "kb/export/folder.py": "below an open folder, O_NOFOLLOW",
    "kb/lint/cache/compiled.py": "mkstemp, then a rename",
    "kb/lint/fixing/files.py": "mkstemp, then a rename, of a file the user named",
    "kb/mirror/database.py": "a new file ('x')",
    "kb/mirror/sync/lock.py": "O_NOFOLLOW",
    "kb/sandbox/team/__init__.py": "in a folder of its own",
    "kb/settings/secret_key.py": "a new file (O_EXCL), then a rename",
    "kb/sources/transport/limiter.py": "O_NOFOLLOW",
    "kb/diagram/build_files.py": "mkdtemp, then a rename",
    "kb/pages/site.py": "a new folder beside the old one, then a rename",
    "kb/text/versions.py": "beside the bytecode, then a rename",
    "kb/diagram/scripts/capture.py": "in a folder of its own",
    "kb/diagram/scripts/pictures.py": "in a folder of its own",
}


def writers() -> set[str]:
    """The modules that write a file themselves."""
    found = set()
    for path in KB.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _writes(node):
                found.add(path.relative_to(KB.parent).as_posix())
    return found


def _writes(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("write_text", "write_bytes", "mkstemp", "mkdtemp", "NamedTemporaryFile"):
        return bool(call.args) or name.startswith("mk")
    words = [each.value for each in ast.walk(call) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if name == "open" and any(each in ("w", "wb", "a", "ab", "x", "xb", "w+", "r+") for each in words):
        return True
    flags = {each.attr for each in ast.walk(call) if isinstance(each, ast.Attribute)}
    return name == "open" and bool(flags & {"O_CREAT", "O_WRONLY", "O_RDWR"})


def test_no_module_writes_files_in_a_way_of_its_own() -> None:
    ours = {name for name in writers() if name not in OTHER_WAYS}
    assert ours == set(), "write with kb.files, or say here why not"


def _rotated(path: Path) -> None:
    DecisionFile(path).add(render_decision(rotation_decision("v1", by="ono", on="2026-11-20", key="1a2b3c4d")))


def _locked(path: Path) -> None:
    with run_lock(path.parent, path.stem):
        pass


WRITERS: dict[str, Callable[[Path], Any]] = {
    "any": lambda path: replace_file(path, b"new"),
    "private": lambda path: replace_file(path, b"new", private=True),
    "plan.toml": lambda path: files.replace_text(path, "new"),
    "table.csv": lambda path: files.replace_bytes(path, b"new"),
    DECISIONS_FILE: _rotated,
    "sync.lock": _locked,
    ".gitignore": lambda path: make_private_folder(path.parent),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("there", [True, False])
def test_nothing_is_written_through_a_link(tmp_path: Path, name: str, there: bool) -> None:
    victim, folder = tmp_path / "victim", tmp_path / "team"
    folder.mkdir()
    if there:
        victim.write_text("", encoding="utf-8")
    (folder / name).symlink_to(victim)
    with suppress(KbError):  # those that need not stand there do without
        WRITERS[name](folder / name)
    assert (victim.read_text("utf-8") == "") if there else not victim.exists()
    assert (folder / name).is_symlink()
    assert [path.name for path in folder.iterdir() if not path.name.endswith(".gitignore")] in ([name], [])


def test_what_is_private_is_never_open_to_others(tmp_path: Path) -> None:
    path = tmp_path / "state.jsonl"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o666)
    with open_replacement(path, private=True) as file:
        (partial,) = [each for each in tmp_path.iterdir() if each != path]
        assert stat.S_IMODE(partial.stat().st_mode) == 0o600
        file.write(b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_is_whole_or_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text("old", encoding="utf-8")

    def half() -> None:
        with open_replacement(path) as file:
            file.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert path.read_text("utf-8") == "old"
    assert os.listdir(tmp_path) == ["plan.toml"]


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: os.mkfifo(path)])
def test_what_is_no_file_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "plan.toml")
    with pytest.raises(InputError, match="普通のファイルではありません"):
        replace_file(tmp_path / "plan.toml", b"new")


def test_a_named_device_without_an_end_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 1 << 16)
    with pytest.raises(InputError, match="大きすぎます"):
        files.read_bytes(Path("/dev/zero"), named=True)
