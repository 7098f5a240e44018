"""Foreign text before a terminal sees it, and widths."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.console.terminal import colour_wanted, say, say_error, say_wrapped
from kb.text.display import clip, display_width, format_local_time, pad, sanitize, sanitize_lines, wrap


@given(st.text())
def test_safe_text_has_nothing_that_steers_a_terminal(text: str) -> None:
    shown = sanitize(text)
    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in shown)
    assert not set(shown) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
    shown.encode("utf-8")


def test_escape_sequences_lose_their_power_and_words_stay() -> None:
    assert sanitize("\x1b]0;owned\x07障害\x1b[2J\u202e完了\r\n次") == "]0;owned障害[2J完了 次"
    assert sanitize_lines("a\x1b[31m\r\nb") == "a[31m\nb"


@pytest.mark.parametrize(
    ("text", "columns"), [("障害報告", 8), ("abc", 3), ("ｶﾞ", 2), ("e\u0301", 1), ("ＡＢ", 4), ("", 0)]
)
def test_east_asian_width_is_counted(text: str, columns: int) -> None:
    assert display_width(text) == columns


@given(st.text(alphabet="aあ漢ｱ ", max_size=30), st.integers(1, 20))
def test_a_clipped_and_padded_text_fits(text: str, columns: int) -> None:
    assert display_width(clip(text, columns)) <= columns
    assert display_width(pad(clip(text, columns), columns)) == columns


def test_colour_follows_the_habits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    assert not colour_wanted(io.StringIO())
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert colour_wanted(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour_wanted(io.StringIO())


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("短い", 10, ["短い"]),
        ("", 10, [""]),
        ("配信が止まった", 8, ["配信が止", "まった"]),
        ("止まった。直した", 8, ["止まっ", "た。直し", "た"]),
        ("題名「原因」の節", 6, ["題名", "「原", "因」の", "節"]),
        ("run kb sync now", 8, ["run kb", "sync now"]),
        ("kb-decisions.toml を", 6, ["kb-decisions.toml", "を"]),
    ],
)
def test_lines_are_broken_by_width_and_never_begin_with_a_closing_mark(
    text: str, columns: int, lines: list[str]
) -> None:
    assert wrap(text, columns) == lines


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-05-08T23:10:00Z", "2026-05-09"),
        ("2026-05-08T02:00:00Z", "2026-05-08"),
        ("", ""),
        ("\x1b[31m", "[31m"),
        ("9999-12-31T23:00:00Z", "9999-12-31"),
    ],
)
def test_times_are_shown_as_the_team_s_clock_has_them(moment: str, shown: str) -> None:
    assert format_local_time(moment, "Asia/Tokyo") == shown


class Terminal(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        return True


def test_an_error_is_cut_by_words_on_a_terminal_and_whole_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    for stream, lines in (
        (Terminal(), ["届きません。", "→ 環境変数 ESA_ACCESS_TOKEN に", "入れ直してください。"]),
        (io.StringIO(), ["届きません。", "→ 環境変数 ESA_ACCESS_TOKEN に入れ直してください。"]),
    ):
        monkeypatch.setattr("sys.stderr", stream)
        say_error("届きません。", "環境変数 ESA_ACCESS_TOKEN に入れ直してください。")
        assert stream.getvalue().splitlines() == lines


def test_a_command_at_the_end_of_a_sentence_is_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    command = "kb apply closing-tickets.toml --allow 63 --without-note"
    say_wrapped(f"続きを送るには: {command}")
    say_wrapped("元に戻すには: kb undo 20261127-1")
    assert stream.getvalue().splitlines() == ["続きを送るには:", f"  {command}", "元に戻すには: kb undo 20261127-1"]


class Pieces(io.RawIOBase):
    """A stream that keeps each write by itself, as another process would come in between."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.written.append(bytes(data))  # type: ignore[call-overload]
        return len(self.written[-1])


def test_a_line_and_its_end_are_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = Pieces()
    # As Python makes its own stderr under PYTHONUNBUFFERED=1.
    monkeypatch.setattr("sys.stderr", io.TextIOWrapper(pieces, "utf-8", write_through=True))  # type: ignore[type-var]
    say("障害の記事 62 件")
    assert pieces.written == ["障害の記事 62 件\n".encode()]


def test_what_was_printed_stands_before_what_is_said_of_it() -> None:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    script = "from kb.console.terminal import say\nprint('printed')\nsay('said')\nprint('printed again')"
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env, check=True
    )
    assert done.stdout.split("\n") == ["printed", "said", "printed again", ""]


def test_what_is_said_is_heard_where_nobody_reads_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Gone())
    monkeypatch.setattr("sys.stderr", heard := io.StringIO())
    say("障害の記事 62 件")
    assert heard.getvalue() == "障害の記事 62 件\n"
