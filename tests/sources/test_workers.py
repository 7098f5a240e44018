"""Threads that read: lazily, in the caller's thread for what they are given, and gone on Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import httpx
import pytest
from far_side import START, FarSide

from kb.sources.transport.pacing import run_parallel


def test_every_item_is_worked_on_once_and_given_back() -> None:
    assert sorted(run_parallel(lambda n: n * n, range(100), width=4)) == [n * n for n in range(100)]
    assert list(run_parallel(lambda n: n, [], width=4)) == []


def test_items_are_taken_in_the_callers_thread_and_only_a_few_ahead() -> None:
    taken: list[int] = []

    def items() -> object:
        for n in range(100):
            assert threading.current_thread() is threading.main_thread()
            taken.append(n)
            yield n

    results = run_parallel(lambda n: n, items(), width=4)  # type: ignore[arg-type, var-annotated]
    next(results)
    assert len(taken) <= 8
    results.close()  # type: ignore[attr-defined]
    assert len(taken) <= 8


def test_the_first_error_ends_it_and_the_threads_go_home() -> None:
    def work(n: int) -> int:
        if n == 5:
            raise ValueError("five")
        return n

    before = threading.active_count()
    with pytest.raises(ValueError, match="five"):
        list(run_parallel(work, range(1000), width=4))
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before


_HANGS = """
import time
from kb.sources.transport.pacing import run_parallel as each
print("ready", flush=True)
list(each(lambda n: time.sleep(60), range(9), width=4))
"""


def test_ctrl_c_does_not_wait_for_a_server() -> None:
    process = subprocess.Popen([sys.executable, "-c", _HANGS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == -signal.SIGINT
    process.stdout.close()


def test_threads_that_wait_side_by_side_count_their_wait_once() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if far.clock.now > START else httpx.Response(429, headers={"retry-after": "9"})

    far = FarSide(refuse)
    far.clock.sleep = lambda seconds: time.sleep(0.01)  # type: ignore[method-assign]  # nobody's clock moves
    redmine = far.redmine()
    shown = redmine.issues([1, 2, 3, 4])
    worker = threading.Thread(target=lambda: list(shown), daemon=True)
    worker.start()
    time.sleep(0.5)
    assert redmine.access.waited_s == pytest.approx(10)
    far.clock.now += 60
    worker.join(10)
    assert not worker.is_alive()
