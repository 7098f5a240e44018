"""Where a token comes from, and that it is never shown when something is wrong with it."""

from __future__ import annotations

import sys
import time
import types
from pathlib import Path

import pytest
from far_side import KEY, TOKEN, everything_in

from kb.errors import ConfigError, CredentialError
from kb.settings.kb_toml import EsaSettings, RedmineSettings
from kb.sources.esa import requests as esa_requests
from kb.sources.redmine import requests
from kb.sources.transport import connect, credentials
from kb.sources.transport.connect import Authorization
from kb.sources.transport.credentials import find_credential
from kb.sources.transport.redaction import SecretHeaders


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ESA_ACCESS_TOKEN", "REDMINE_API_KEY", "REDMINE_BASIC_PASSWORD", "ESA_API_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setenv("KB_TEST_HIDDEN", TOKEN)


def command(code: str) -> str:
    """A command that has the token in its environment, as `T`."""
    return f"{sys.executable} -c \"import os, sys; T = os.environ['KB_TEST_HIDDEN']; {code}\""


def wanted(token_command: str = "") -> credentials.CredentialSpec:
    return esa_requests.esa_token_spec(EsaSettings(team="docs", token_command=token_command))


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESA_ACCESS_TOKEN", f" {TOKEN}\n")
    found = find_credential(wanted(command("raise SystemExit(1)")))
    assert (found.value, found.origin) == (TOKEN, "ESA_ACCESS_TOKEN")
    assert TOKEN not in repr(found) + str(found)


def test_a_command_runs_without_a_shell_and_its_output_is_stripped() -> None:
    found = find_credential(wanted(command(f'print(\\"  {TOKEN} \\")')))
    assert (found.value, found.origin) == (TOKEN, "esa.token_command")
    with pytest.raises(CredentialError, match="使えない値"):
        find_credential(wanted("echo a; echo b"))


def test_the_keyring_is_asked_last(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    fake = types.ModuleType("keyring")
    fake.get_password = lambda service, entry: asked.append((service, entry)) or TOKEN  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", fake)
    assert find_credential(wanted()).value == TOKEN
    assert asked == [("kb-steward", "esa:docs")]

    def locked(service: str, entry: str) -> str:
        raise RuntimeError("locked")

    fake.get_password = locked  # type: ignore[attr-defined]
    with pytest.raises(CredentialError, match="見つかりません"):
        find_credential(wanted())


def test_only_ways_that_stand_open_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def named() -> list[bool]:
        with pytest.raises(CredentialError) as caught:
            find_credential(wanted())
        ways = ("ESA_ACCESS_TOKEN", 'kb.toml の esa.token_command = "op read', "keyring set kb-steward esa:docs")
        return [way in str(caught.value) for way in ways]

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert named() == [True, False, False]
    (tmp_path / "kb.toml").write_text("# kb\n", encoding="utf-8")
    assert named() == [True, True, False]
    monkeypatch.setitem(sys.modules, "keyring", types.ModuleType("keyring"))
    assert named() == [True, True, True]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (command("print(T + ' and more')"), "使えない値"),
        (command("print(T); print(T)"), "使えない値"),
        (command("print(T + chr(0x3042))"), "使えない値"),
        (command("print(T * 200)"), "使えない値"),
        (command("print()"), "使えない値"),
        (command("print(T); raise SystemExit(3)"), "終了コード 3"),
        (command("sys.exit(T)"), "終了コード 1"),
        ("no-such-program-here read it", "プログラム no-such-program-here が見つかりません"),
        ('"unbalanced', "引用符"),
        ("   ", "引用符"),
        ("/", "実行できません"),
        (command("sys.stdout.write(T * 10_000_000)"), "長すぎます"),
        ("yes", "長すぎます"),
    ],
)
def test_what_a_command_printed_is_never_shown(given: str, words: str) -> None:
    with pytest.raises(CredentialError, match=words) as caught:
        find_credential(wanted(given))
    assert TOKEN not in everything_in(caught.value)


def test_a_command_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "COMMAND_S", 0.5)
    with pytest.raises(CredentialError, match="終わりません"):
        find_credential(wanted(command("import time; time.sleep(30)")))


def test_a_command_whose_child_holds_on_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "COMMAND_S", 0.5)
    began = time.monotonic()
    with pytest.raises(CredentialError, match="終わりません"):
        find_credential(wanted("sh -c 'sleep 20 & exit 0'"))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "https://[::1", "https://api.esa.io:port"])
def test_an_address_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ESA_API_BASE_URL", url)
    monkeypatch.setenv("ESA_ACCESS_TOKEN", TOKEN)
    with pytest.raises(ConfigError, match="ESA_API_BASE_URL を URL として読めません"):
        esa_requests.esa_base_url()


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://", "http://[::1", "gopher://x"])
def test_a_proxy_that_cannot_be_used_is_said(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setattr(connect, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"プロキシには|proxy の値"):
        connect.find_proxy("https://api.esa.io", proxy)


@pytest.mark.parametrize(
    "url", ["http://api.esa.io", "ftp://api.esa.io", "https://u:p@api.esa.io", "api.esa.io", "https://x/?a=1"]
)
def test_an_unsafe_address_for_esa_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ESA_API_BASE_URL", url)
    with pytest.raises(ConfigError, match="ESA_API_BASE_URL"):
        esa_requests.open_esa_access(EsaSettings(team="docs"))


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("", "https://api.esa.io"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("https://x.jp/v1", "https://x.jp"),
    ],
)
def test_an_address_for_esa_is_taken_with_or_without_its_end(
    monkeypatch: pytest.MonkeyPatch, url: str, base: str
) -> None:
    monkeypatch.setenv("ESA_API_BASE_URL", url)
    monkeypatch.setenv("ESA_ACCESS_TOKEN", TOKEN)
    access = esa_requests.open_esa_access(EsaSettings(team="docs"))
    access.close()
    assert access.base == base


def test_a_missing_password_shows_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDMINE_API_KEY", KEY)
    monkeypatch.delenv("REDMINE_BASIC_PASSWORD", raising=False)
    with pytest.raises(CredentialError, match="REDMINE_BASIC_PASSWORD") as caught:
        requests.open_redmine_access(RedmineSettings(url="https://redmine.example.jp", basic_user="bob"))
    assert KEY not in everything_in(caught.value)


def test_what_is_shown_to_a_system_is_not_printed() -> None:
    assert TOKEN not in repr(Authorization(SecretHeaders({"Authorization": f"Bearer {TOKEN}"}), [TOKEN]))


def test_a_certificate_file_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESA_ACCESS_TOKEN", TOKEN)
    for path in ("/no/such/file.pem", __file__):
        with pytest.raises(ConfigError, match="ca_file") as caught:
            esa_requests.open_esa_access(EsaSettings(team="docs", ca_file=path))
        assert TOKEN not in everything_in(caught.value)
