"""`kb key export` and `kb key import`: the way of a key from one workspace to another."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.secrets.masking.mask import make_key_id
from kb.settings.secret_key import SecretKey, read_key

Call = Callable[..., Any]
GIVEN = bytes(range(32))


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`give(text)`: what standard input holds."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_what_one_workspace_exports_another_imports(
    kb: Call, workspace: Path, give: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = kb("key", "export")
    assert out.code == 0
    own = read_key(workspace / ".kb" / "key")
    assert own is not None
    assert out.out == f"KB_KEY={own.text}\n"
    assert own.text not in out.err
    assert "git、チャット" in out.err
    other = workspace / "other"
    other.mkdir()
    (other / "kb.toml").write_text("# kb\n", encoding="utf-8")
    monkeypatch.chdir(other)
    give(out.out)
    said = kb("key", "import")
    assert (said.code, said.out) == (0, "")
    assert f"鍵 {own.id} を入れました: .kb/key" in said.err
    assert read_key(other / ".kb" / "key") == own
    give(f"\n  {own.text}  \n")
    assert "もう入っています" in kb("key", "import").err


def test_another_key_is_replaced_only_when_told_to(kb: Call, workspace: Path, give: Callable[[str], None]) -> None:
    kb("key", "export")
    own = read_key(workspace / ".kb" / "key")
    assert own is not None
    give(GIVEN.hex())
    said = kb("key", "import")
    assert said.code == 2
    assert own.id in said.err
    assert "ベースライン" in said.err
    assert "--replace" in said.err
    assert read_key(workspace / ".kb" / "key") == own
    give(GIVEN.hex())
    said = kb("key", "import", "--replace")
    assert said.code == 0
    assert f".kb/key.{own.id}" in said.err
    assert read_key(workspace / ".kb" / "key") == SecretKey(GIVEN, make_key_id(GIVEN))
    assert read_key(workspace / ".kb" / f"key.{own.id}") == own
    for text in (GIVEN.hex(), own.text):
        assert text not in said.err


@pytest.mark.parametrize("text", ["", "\n\n", f"{GIVEN.hex()}\n{GIVEN.hex()}\n", "short", f"KEY={GIVEN.hex()}"])
def test_what_is_no_key_is_refused(kb: Call, workspace: Path, give: Callable[[str], None], text: str) -> None:
    give(text)
    said = kb("key", "import")
    assert said.code == 2
    assert not (workspace / ".kb" / "key").exists()
    assert not text.strip() or text.strip() not in said.err


def test_a_key_is_no_argument(kb: Call, workspace: Path, give: Callable[[str], None]) -> None:
    give("")
    assert kb("key", "import", GIVEN.hex()).code == 2
    assert not (workspace / ".kb").exists()


def test_that_the_environment_wins_is_said(
    kb: Call, workspace: Path, give: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KB_KEY", "ff" * 16)
    assert kb("key", "export").out == f"KB_KEY={'ff' * 16}\n"
    assert not (workspace / ".kb").exists()
    give(GIVEN.hex())
    said = kb("key", "import")
    assert "環境変数 KB_KEY" in said.err
    assert make_key_id(bytes.fromhex("ff" * 16)) in said.err
    assert (workspace / ".kb" / "key").exists()


def test_without_a_workspace_there_is_a_next_step(kb: Call, folder: Path, give: Callable[[str], None]) -> None:
    give(GIVEN.hex())
    for word in ("export", "import"):
        said = kb("key", word)
        assert said.code == 2
        assert "kb init" in said.err


def test_commands_of_two_words_are_found_by_both(kb: Call, folder: Path) -> None:
    listed = kb("help", "--all").out
    assert "key export" in listed
    said = kb("key", "--help")
    assert said.code == 0
    assert "使い方: kb key " in said.out
    assert "import" in said.out
    assert "使い方: kb key import" in kb("key", "import", "--help").out
    assert "--replace" in kb("key", "import", "--help").out
    wrong = kb("key", "exprot")
    assert wrong.code == 2
    assert "近いもの: export" in wrong.err
    assert kb("keys").code == kb("key export").code == 2
    bare = kb("key")
    assert (bare.code, bare.out) == (0, said.out)


def test_at_a_terminal_what_is_pasted_is_not_shown(workspace: Path) -> None:
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "kb", "key", "import"],
        cwd=workspace,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        preexec_fn=_own_terminal,
    ) as process:
        os.close(terminal)
        shown = b""
        while "表示しません".encode() not in shown:
            shown += os.read(keyboard, 4096)
        os.write(keyboard, f"KB_KEY={GIVEN.hex()}\n".encode())
        while True:
            try:
                piece = os.read(keyboard, 4096)
            except OSError:  # Linux: the other side has closed
                break
            if not piece:
                break
            shown += piece
        assert process.wait(30) == 0
    os.close(keyboard)
    assert GIVEN.hex().encode() not in shown
    assert read_key(workspace / ".kb" / "key") == SecretKey(GIVEN, make_key_id(GIVEN))


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
