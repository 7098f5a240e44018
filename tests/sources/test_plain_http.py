"""A Redmine in the house without https: only where the team says so, with a warning, and never with an admin's key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sources.far_side import KEY, FarSide

from kb.cli.app import run
from kb.console import terminal
from kb.errors import ConfigError, CredentialError
from kb.settings.kb_toml import EsaSettings, RedmineSettings
from kb.settings.workspace import parse_settings
from kb.sources.esa.client import Esa
from kb.sources.redmine.client import Redmine
from kb.sources.transport.connect import warn_of_plain_http

URL = "http://redmine.internal/r"


@pytest.fixture(autouse=True)
def a_run_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test keys, and let it warn as a process of its own would."""
    monkeypatch.setenv("REDMINE_API_KEY", KEY)
    monkeypatch.setenv("ESA_ACCESS_TOKEN", "t" * 40)
    warn_of_plain_http.cache_clear()
    yield
    warn_of_plain_http.cache_clear()


def redmine_of(base: str, *, admin: bool) -> Redmine:
    """A Redmine that says whose key this is."""
    user = {"id": 5, "login": "suzuki", "lastname": "鈴木", "firstname": "一", "admin": admin}
    return Redmine(FarSide(lambda _: httpx.Response(200, json={"user": user})).access("Redmine", base, KEY))


def test_each_run_that_connects_warns_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        Redmine.connect(RedmineSettings(URL, allow_http=True)).close()
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("警告: Redmine（http://redmine.internal）とは暗号なしで") == 1
    assert KEY not in said.err


@pytest.mark.parametrize("url", ["https://redmine.internal/r", "http://127.0.0.1:1/r"])
def test_what_nobody_can_read_is_no_warning(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    Redmine.connect(RedmineSettings(url, allow_http=True)).close()
    assert capsys.readouterr().err == ""


def test_without_the_teams_word_no_key_is_even_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDMINE_API_KEY")
    with pytest.raises(ConfigError, match="allow_http = true"):
        Redmine.connect(RedmineSettings(URL))


def test_esa_is_never_reached_without_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESA_API_BASE_URL", "http://esa.internal")
    with pytest.raises(ConfigError) as raised:
        Esa.connect(EsaSettings("docs"))
    assert "allow_http" not in str(raised.value)


@pytest.mark.parametrize("variable", ["REDMINE_API_KEY", "REDMINE_WRITE_KEY"])
def test_an_administrators_key_is_refused_where_it_travels_in_clear(variable: str) -> None:
    client = redmine_of(URL, admin=True)
    client.access.variable = variable
    with pytest.raises(CredentialError) as raised:
        client.identify()
    said = str(raised.value)
    for words in ("管理者の API キー", "http://redmine.internal", "リセット", variable, "https"):
        assert words in said
    assert KEY not in said
    assert client.access.requests == 1


@pytest.mark.parametrize(
    ("base", "admin"), [(URL, False), ("https://redmine.internal", True), ("http://[::1]:1", True)]
)
def test_every_other_key_is_taken(base: str, admin: bool) -> None:
    assert redmine_of(base, admin=admin).identify().login == "suzuki"


def init(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str, answer: str | None = None) -> int:
    """Run `kb init` in a folder, on a terminal where there is an answer."""
    monkeypatch.chdir(folder)
    if answer is not None:
        monkeypatch.setattr("kb.commands.setup.init_http.can_ask", lambda: True)
        monkeypatch.setattr(terminal, "read_line", lambda question: answer)
    return run(["init", "--team", "", "--redmine-url", URL, *words])


def test_init_with_yes_does_not_decide_on_http(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(tmp_path, monkeypatch, "--yes") == 2
    said = capsys.readouterr().err
    assert "--yes では決められません" in said
    assert "allow_http = true" in said
    assert not (tmp_path / "kb.toml").exists()


def test_init_asks_and_takes_no_for_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(tmp_path, monkeypatch, answer="") == 2
    assert "暗号なしではつなぎません" in capsys.readouterr().err


def test_init_writes_the_decision_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.commands.setup.init._introduce_sources", lambda *_: _proposal())
    monkeypatch.setattr("kb.commands.setup.init._confirm_write", lambda: True)
    assert init(tmp_path, monkeypatch, answer="はい") == 0
    settings = parse_settings((tmp_path / "kb.toml").read_text("utf-8"))
    assert settings.redmine is not None
    assert settings.redmine.allow_http


def _proposal() -> object:
    from kb.reading.pages.category_tree import propose_settings

    return propose_settings({})
