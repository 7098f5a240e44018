"""The key of a workspace: where it comes from, how it is made, and what is refused."""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kb.errors import StoreError, UsageError
from kb.secrets.masking.mask import make_key_id
from kb.settings.secret_key import SecretKey, create_key, load_key, parse_key, read_key, replace_key
from kb.settings.workspace import Workspace, open_workspace

GIVEN = bytes(range(32))
OTHER = bytes(range(100, 132))


@pytest.fixture
def here(workspace: Path) -> Workspace:
    return open_workspace(start=workspace)


def key(of: bytes) -> SecretKey:
    return SecretKey(of, make_key_id(of))


def test_without_a_workspace_and_a_variable_there_is_none() -> None:
    assert load_key(None, make=True) is None


def test_a_key_is_made_once_when_it_is_needed(here: Workspace) -> None:
    assert load_key(here, make=False) is None
    assert not here.private.exists()
    first = load_key(here, make=True)
    assert first is not None
    assert len(first.bytes_) == 32
    assert load_key(here, make=True) == load_key(here, make=False) == first
    assert stat.S_IMODE(here.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(here.private.stat().st_mode) == 0o700
    assert (here.private / ".gitignore").read_text() == "*\n"
    assert sorted(path.name for path in here.private.iterdir()) == [".gitignore", "key"]


def test_a_wide_umask_opens_no_key(here: Workspace) -> None:
    old = os.umask(0)
    try:
        load_key(here, make=True)
    finally:
        os.umask(old)
    assert stat.S_IMODE(here.key.stat().st_mode) == 0o600


def test_many_that_need_it_at_once_agree(here: Workspace) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: load_key(here, make=True), range(40)))
    assert len(set(made)) == 1


def test_the_variable_comes_first(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    own = load_key(here, make=True)
    monkeypatch.setenv("KB_KEY", GIVEN.hex())
    assert load_key(here, make=True) == load_key(None, make=False) == key(GIVEN)
    monkeypatch.setenv("KB_KEY", "")
    assert load_key(here, make=True) == own


@pytest.mark.parametrize(
    "spell",
    [
        bytes.hex,
        lambda of: f"  {of.hex().upper()}\n",
        lambda of: base64.urlsafe_b64encode(of).decode(),
        lambda of: base64.urlsafe_b64encode(of).decode().rstrip("="),
    ],
)
@pytest.mark.parametrize("of", [GIVEN, b"\xfb\xff" * 8, b"\xff" * 47])
def test_a_key_is_written_in_hex_or_base64url(
    spell: Callable[[bytes], str], of: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KB_KEY", spell(of))
    assert load_key(None, make=False) == key(of)


@pytest.mark.parametrize(
    "text",
    [
        "0123456789abcdef0123456789abcd",
        "AAECAwQFBgcICQoLDA0O",
        "合言葉合言葉合言葉合言葉",
        "a" * 33 + "*",
        "=" * 40,
        "A" * 41,
    ],
)
def test_what_is_no_key_is_refused_and_never_shown(text: str, here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_KEY", text)
    with pytest.raises(UsageError) as caught:
        load_key(here, make=True)
    assert str(caught.value).startswith("環境変数 KB_KEY の鍵を読めません")
    assert text not in f"{caught.value!r}{caught.value}"
    monkeypatch.delenv("KB_KEY")
    here.private.mkdir()
    here.key.write_text(text, encoding="utf-8")
    here.key.chmod(0o600)
    with pytest.raises(UsageError) as caught:
        load_key(here, make=True)
    assert "kb key import" in str(caught.value)
    assert text not in f"{caught.value!r}{caught.value}"


def test_a_key_does_not_show_itself() -> None:
    assert repr(key(GIVEN)) == f"SecretKey(id='{make_key_id(GIVEN)}')"
    assert str(key(GIVEN)) == repr(key(GIVEN))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_may_read_is_refused_with_the_command_that_mends_it(here: Workspace, mode: int) -> None:
    load_key(here, make=True)
    here.key.chmod(mode)
    with pytest.raises(UsageError) as caught:
        load_key(here, make=True)
    assert str(caught.value.next_step) == f"chmod 600 {here.key}"


def _link(path: Path) -> None:
    path.with_name("elsewhere").write_text(GIVEN.hex(), encoding="ascii")
    path.with_name("elsewhere").chmod(0o600)
    path.symlink_to("elsewhere")


@pytest.mark.parametrize(
    "put", [_link, lambda path: path.symlink_to("nowhere"), lambda path: os.mkfifo(path, 0o600), Path.mkdir]
)
def test_what_is_no_file_of_its_own_is_no_key(here: Workspace, put: Callable[[Path], object]) -> None:
    here.private.mkdir()
    put(here.key)
    with pytest.raises(UsageError, match="普通のファイルではありません"):
        load_key(here, make=True)


def test_a_place_that_cannot_be_used_is_told(here: Workspace) -> None:
    here.private.write_text("", encoding="utf-8")
    with pytest.raises(StoreError):
        load_key(here, make=True)


def test_a_key_gives_way_to_the_one_that_is_there(here: Workspace) -> None:
    assert create_key(here.key, key(GIVEN))
    assert not create_key(here.key, key(OTHER))
    assert read_key(here.key) == key(GIVEN)


def test_a_replaced_key_is_kept_beside_the_new_one(here: Workspace) -> None:
    create_key(here.key, key(GIVEN))
    beside = replace_key(here.key, key(OTHER), key(GIVEN))
    assert beside.name == f"key.{make_key_id(GIVEN)}"
    assert (read_key(here.key), read_key(beside)) == (key(OTHER), key(GIVEN))
    replace_key(here.key, key(GIVEN), key(OTHER))
    replace_key(here.key, key(OTHER), key(GIVEN))
    assert (read_key(here.key), read_key(beside)) == (key(OTHER), key(GIVEN))


@pytest.mark.parametrize("error", [PermissionError, OSError])
def test_a_file_system_without_second_names_will_do(
    here: Workspace, error: type[OSError], monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    number = errno.EPERM if error is PermissionError else errno.EOPNOTSUPP

    def link(*_: object) -> None:
        raise error(number, "no")

    monkeypatch.setattr(os, "link", link)
    made = load_key(here, make=True)
    assert made is not None
    assert not create_key(here.key, key(OTHER))
    beside = replace_key(here.key, key(OTHER), made)
    assert (read_key(here.key), read_key(beside)) == (key(OTHER), made)


def test_a_key_from_a_text_says_where_it_stood() -> None:
    from kb.text.lang import t

    with pytest.raises(UsageError, match="標準入力の鍵を読めません"):
        parse_key("short", t("標準入力", "standard input"))
