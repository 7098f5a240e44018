"""What `--debug` shows of an error: the way through the code, and no word of what was being read."""

from __future__ import annotations

from typing import NoReturn

import pytest

from kb.cli import app
from kb.console import terminal, traceback
from kb.errors import InputError
from kb.text.lang import t

VALUE = "Kumo7-Hikari"


def fails(value: str) -> NoReturn:
    try:
        int(value)
    except ValueError as error:
        raise KeyError(value) from error


def told(error: BaseException) -> str:
    return "\n".join(traceback.format_traceback(error))


def test_the_way_is_shown_and_the_message_is_not() -> None:
    with pytest.raises(KeyError) as caught:
        fails(VALUE)
    text = told(caught.value)
    assert text.index("ValueError: (") < text.index("KeyError: (")
    assert "int(value)" in text
    assert f'File "{__file__}"' in text
    assert VALUE not in text


def test_what_the_code_itself_says_stays() -> None:
    assert "kb.errors.InputError: 読めません" in told(InputError(t("読めません", "cannot be read")))
    with pytest.raises(SyntaxError) as caught:
        compile("a b", "rule.py", "exec")
    assert "rule.py" in told(caught.value)
    assert "errno 28" in told(OSError(28, VALUE))
    assert VALUE not in told(OSError(28, VALUE))


def test_a_name_in_it_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    traceback.print_traceback(InputError(t("a\x1b]0;pwn\a がありません。", "a"), t("直す", "mend it")))
    assert "]0;pwn" in (shown := capsys.readouterr().err)
    assert not {"\x1b", "\a"} & set(shown)


def test_a_chain_that_closes_on_itself_ends() -> None:
    one, two = ValueError(VALUE), KeyError(VALUE)
    one.__cause__, two.__cause__ = two, one
    assert told(one).count("Traceback") == 2


def test_a_command_that_fails_says_no_word_of_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "build_cli", lambda: fails(VALUE))
    monkeypatch.setattr(terminal, "_debug", False)
    assert app.run(["lint"]) == 3
    quiet = capsys.readouterr()
    assert "KeyError" in quiet.err
    assert app.run(["--debug", "lint"]) == 3
    loud = capsys.readouterr()
    assert "in fails" in loud.err
    assert VALUE not in f"{quiet}{loud}"
