"""What a long run shows, and where."""

from __future__ import annotations

import io

import pytest

from kb.console.progress import EVERY_S, Meter
from kb.text import lang


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_line_tells_pages_requests_left_the_limit_and_the_time_to_go(clock: Clock) -> None:
    meter = Meter("esa", stream=Terminal(), clock=clock)
    meter.request(12, 288)
    clock.now += 20
    meter.step(1000, 5000)
    assert meter.line() == "esa · 1,000/5,000 件 · 残り約 48 リクエスト · 制限まで 288 · あと約 80 秒"
    lang.set_language("en")
    assert meter.line() == "esa · 1,000/5,000 · about 48 requests left · 288 until the limit · about 80 s to go"


def test_a_wait_is_told_with_its_end(clock: Clock) -> None:
    stream = Terminal()
    meter = Meter("esa", stream=stream, clock=clock)
    meter.request(300, 0, 840.0)
    assert "制限の回復待ち 840 秒" in stream.getvalue()
    meter.request(301, 299)
    meter.step(1, 2)
    assert "待ち" not in meter.line()


def test_elsewhere_a_plain_line_now_and_then(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    with Meter("esa", stream=stream, clock=clock) as meter:
        for second in range(1, 100):
            clock.now += 1
            meter.step(second, 100)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 100 // EVERY_S
    assert told[0].startswith("esa · 30/100 件")
    assert stream.getvalue() == ""


def test_a_terminal_line_is_cleared_at_the_end(clock: Clock) -> None:
    stream = Terminal()
    with Meter("esa", stream=stream, clock=clock) as meter:
        clock.now += 1
        meter.step(1, 2)
    assert stream.getvalue().endswith("\r\x1b[K")
    assert "\n" not in stream.getvalue()
