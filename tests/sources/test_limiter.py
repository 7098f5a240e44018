"""The rate limit: what the headers say holds, what cannot be true does not, and two processes share it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest
from far_side import START, Clock, FarSide, SmallEsa, in_turn, post
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import AnswerError, BudgetError
from kb.sources.transport import pacing
from kb.sources.transport.limiter import Limiter, SharedFigures
from kb.text import lang

OK = httpx.Response(200, json={"posts": [], "next_page": None})


def headers(remaining: int, reset: float, limit: int = 300) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(int(reset)),
    }


@pytest.mark.parametrize(
    ("given_headers", "message", "seconds"),
    [
        ({"retry-after": "17"}, "", 17),
        ({"retry-after": " 2.5 "}, "", 2.5),
        ({"retry-after": "30, 60"}, "", 30),
        ({"retry-after": "0"}, "Retry after 9 seconds.", 0),
        ({"retry-after": formatdate(START + 42, usegmt=True)}, "", 42),
        ({"retry-after": formatdate(START - 42, usegmt=True)}, "", 0),
        ({"retry-after": formatdate(1000, usegmt=True), "date": formatdate(940, usegmt=True)}, "", 60),
        ({}, "Retry after 33 seconds.", 33),
        ({"retry-after": "soon"}, "Retry after 33 seconds.", 33),
        ({"retry-after": "-5"}, "", pacing.DEFAULT_S),
        ({"retry-after": "nan"}, "", pacing.DEFAULT_S),
        ({"retry-after": "١٢"}, "", pacing.DEFAULT_S),
        ({}, "", pacing.DEFAULT_S),
        ({"retry-after": "9999999"}, "", 9999999),
        ({"retry-after": "999999999999"}, "", pacing.DEFAULT_S),
        ({"retry-after": "999999999999"}, "Retry after 33 seconds.", 33),
    ],
)
def test_every_form_of_retry_after(given_headers: dict[str, str], message: str, seconds: float) -> None:
    assert pacing.retry_after_s(given_headers, message, START) == seconds


def test_without_any_form_the_window_decides() -> None:
    assert pacing.retry_after_s({}, "", START, reset_in_s=77) == 77


@given(st.dictionaries(st.sampled_from(["retry-after", "date"]), st.text(max_size=80)), st.text(max_size=200))
def test_no_text_in_its_place_makes_trouble(given_headers: dict[str, str], message: str) -> None:
    assert pacing.retry_after_s(given_headers, message, START) >= 0


@pytest.mark.parametrize(
    "refusal",
    [
        httpx.Response(429, headers={"Retry-After": "20"}),
        httpx.Response(429, headers={"RETRY-AFTER": "20"}),
        httpx.Response(429, json={"error": "too_many_requests", "message": "Retry after 20 seconds."}),
        httpx.Response(429, headers={"retry-after": formatdate(START + 20, usegmt=True)}),
        httpx.Response(429, headers=headers(0, START + 20)),
        httpx.Response(503, headers={"retry-after": "20"}),
    ],
)
def test_a_refusal_is_waited_out_as_long_as_it_asks(refusal: httpx.Response) -> None:
    far = FarSide(in_turn(refusal, OK))
    client = far.esa()
    assert list(client.posts_after()) == []
    assert far.clock.now == pytest.approx(START + 21, abs=1)
    assert client.access.requests == 2
    assert client.access.retries == 1
    assert client.access.waited_s == pytest.approx(21, abs=1)
    assert [told.reason for told in far.told if told.waiting_s] == ["limit"]


def test_a_wait_beyond_what_is_allowed_names_itself_and_the_next_step() -> None:
    far = FarSide(in_turn(httpx.Response(429, headers={"retry-after": "4000"}), OK), max_wait_s=1800)
    with pytest.raises(BudgetError) as caught:
        list(far.esa().posts_after())
    assert "約 67 分" in str(caught.value)
    assert "max_wait_s = 4061" in str(caught.value)
    assert far.clock.sleeps == []
    lang.set_language("en")
    assert "about 67 min" in str(caught.value)


def test_a_server_that_only_ever_refuses_is_given_up() -> None:
    far = FarSide(in_turn(httpx.Response(429, headers={"retry-after": "1"})))
    with pytest.raises(AnswerError, match="429 を返し続けています"):
        list(far.esa().posts_after())
    assert len(far.asked) == 8


def test_a_few_requests_are_left_to_the_persons_other_tools() -> None:
    esa = SmallEsa({number: post(number) for number in range(1, 901)})
    left = [14]

    def handler(request: httpx.Request) -> httpx.Response:
        answer = esa(request)
        left[0] = left[0] - 1 if left[0] > 10 else 299
        reset = START + 600 if left[0] < 200 else START + 1500
        answer.headers.update(headers(left[0], reset))
        return answer

    far = FarSide(handler)
    assert sum(len(page) for page in far.esa().posts_after()) == 900
    assert far.clock.sleeps == [pytest.approx(601)]


@pytest.mark.parametrize(
    "absurd",
    [
        headers(0, START + 10**7),
        headers(0, START - 10**7),
        headers(0, 0),
        {"x-ratelimit-limit": "0", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(START) + 60)},
        {"x-ratelimit-limit": "-1", "x-ratelimit-remaining": "-3", "x-ratelimit-reset": "inf"},
        {"x-ratelimit-limit": "9" * 30, "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(START) + 60)},
        {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "x", "x-ratelimit-reset": str(int(START) + 60)},
    ],
)
def test_absurd_figures_are_not_waited_for(absurd: dict[str, str]) -> None:
    far = FarSide(in_turn(httpx.Response(200, headers=absurd, json={"posts": [], "next_page": None})))
    client = far.esa()
    for _ in range(3):
        list(client.posts_after())
    assert far.clock.sleeps == []


def test_the_servers_clock_counts_not_ours() -> None:
    limiter = Limiter("esa")
    skewed = {**headers(0, START + 3600 + 50), "date": formatdate(START + 3600, usegmt=True)}
    limiter.learn(skewed, START)
    assert limiter.reserve(START) == pytest.approx(51, abs=1)


def test_answers_that_overtake_each_other_never_give_requests_back() -> None:
    limiter = Limiter("esa")
    limiter.learn(headers(11, START + 100), START)
    limiter.learn(headers(200, START + 100), START)
    assert limiter.reserve(START) == 0
    assert limiter.reserve(START) > 0


def test_two_limiters_of_one_user_share_what_is_left(tmp_path: Path) -> None:
    one, two, stranger = (Limiter("esa", folder=tmp_path) for _ in range(3))
    for limiter, key in ((one, "api.esa.io/7"), (two, "api.esa.io/7"), (stranger, "api.esa.io/8")):
        limiter.share(key)
    one.learn(headers(13, START + 100), START)
    taken = [limiter.reserve(START) for limiter in (one, two, one, two)]
    assert taken[:3] == [0, 0, 0]
    assert taken[3] > 0
    assert stranger.reserve(START) == 0
    two.hold({"retry-after": "500"}, "", START)
    assert one.reserve(START) == pytest.approx(501)


def test_what_was_learnt_before_sharing_is_not_forgotten(tmp_path: Path) -> None:
    one = Limiter("esa", folder=tmp_path)
    one.learn(headers(2, START + 100), START)
    one.share("api.esa.io/7")
    two = Limiter("esa", folder=tmp_path)
    two.share("api.esa.io/7")
    assert two.reserve(START) > 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1,2]",
        b'"x"',
        b'{"hold": "soon", "limit": null}',
        b'{"hold": NaN}',
        b"\xff\xfe",
        b"{" * 5000,
        b'{"hold": 1e300}',
    ],
)
def test_a_broken_or_foreign_file_counts_as_empty_and_heals(tmp_path: Path, content: bytes) -> None:
    limiter = Limiter("esa", folder=tmp_path)
    SharedFigures(tmp_path, "esa\0k").path.write_bytes(content)
    limiter.share("k")
    assert limiter.reserve(START) == 0
    limiter.learn(headers(5, START + 100), START)
    assert json.loads(SharedFigures(tmp_path, "esa\0k").path.read_text())["remaining"] == 5


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    blocked = tmp_path / "cache"
    blocked.write_text("a file, no folder")
    limiter = Limiter("esa", folder=blocked)
    limiter.share("k")
    limiter.learn(headers(5, START + 100), START)
    assert limiter.reserve(START) == 0
    link = tmp_path / "linked"
    link.mkdir()
    victim = tmp_path / "victim"
    victim.write_text("precious")
    SharedFigures(link, "esa\0k").path.symlink_to(victim)
    other = Limiter("esa", folder=link)
    other.share("k")
    other.learn(headers(5, START + 100), START)
    assert victim.read_text() == "precious"


def test_the_shared_file_is_private_and_names_nobody(tmp_path: Path) -> None:
    limiter = Limiter("esa", folder=tmp_path / "cache")
    limiter.share("api.esa.io/tanaka")
    (path,) = (tmp_path / "cache").iterdir()
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert "tanaka" not in path.name + path.read_text()


_PROCESS = """
import sys, pathlib
from kb.sources.transport.limiter import Limiter
limiter = Limiter("esa", folder=pathlib.Path(sys.argv[1]))
limiter.share("k")
print(sum(limiter.reserve(float(sys.argv[2])) == 0 for _ in range(150)))
"""


def test_two_processes_together_take_no_more_than_there_is(tmp_path: Path) -> None:
    first = Limiter("esa", folder=tmp_path)
    first.share("k")
    first.learn(headers(110, START + 100), START)
    command = [sys.executable, "-c", _PROCESS, str(tmp_path), str(START)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    taken = [int(process.communicate(timeout=60)[0]) for process in running]
    assert sum(taken) == 100


def test_a_client_shares_from_the_moment_it_knows_who_it_is(tmp_path: Path) -> None:
    esa = SmallEsa({1: post(1)})

    def handler(request: httpx.Request) -> httpx.Response:
        answer = esa(request)
        answer.headers.update(headers(9, START + 100))
        return answer

    clock = Clock()
    far = FarSide(handler, clock=clock, folder=tmp_path)
    far.esa().identify()
    assert clock.sleeps == []
    second = FarSide(handler, clock=clock, folder=tmp_path).esa()
    second.identify()
    second.members()
    assert clock.sleeps == [pytest.approx(101)]


def test_another_process_may_ask_where_the_window_stands(tmp_path: Path) -> None:
    mine, theirs = Limiter("esa", folder=tmp_path), Limiter("esa", folder=tmp_path)
    for each in (mine, theirs):
        each.share("api.esa.io/7")
    assert theirs.window(START) is None
    mine.learn(headers(120, START + 600), START)
    window = theirs.window(START + 100)
    assert window is not None
    assert (window.limit, window.remaining, window.reset_in_s) == (300, 120, 500)
    assert theirs.window(START + 601) is None  # it has ended: nothing is known of the next one
    assert theirs.window(START + 100) == window  # asking counts nothing
