"""How long work takes, told without seconds: by how it grows with its input, or by a peer measured in the same run.

The best of some measurements counts: whatever else a machine does can only make one longer. The collector of garbage
rests meanwhile: it would walk what thousands of tests before this one have left.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from markdown_it import MarkdownIt

TRIES = 6
TOO_SHORT_S = 0.01
"""What is over sooner is not told apart from nothing."""

PAGE = """## 経過

- 10:00 **監視**が鳴った（[手順](https://example.jp/1)）
- 10:05 `web-01` を見た

| 時刻 | 事 |
|-|-|
| 10 | 停止 |

"""
ORDINARY = PAGE * 300
"""An ordinary page, a long one: 32,000 characters."""


def cpu_s(work: Callable[[], object]) -> float:
    """The seconds of this process that a piece of work takes."""
    resting = gc.isenabled()
    gc.disable()
    try:
        began = time.process_time()
        work()
        return time.process_time() - began
    finally:
        if resting:
            gc.enable()


def growth(prepare: Callable[[int], Callable[[], object]], size: int, times: int, *, below: float) -> float:
    """How many times as long the work on `times` the size takes; 1 where it is over too soon to tell.

    `prepare` makes the work for a size, and is not measured. Measured again until it is `below` what is asked, at
    most `TRIES` times: what grows too fast does so each time.
    """
    small, large = prepare(size), prepare(size * times)
    least, most = float("inf"), float("inf")
    for _ in range(TRIES):
        most = min(most, cpu_s(large))
        if most < TOO_SHORT_S:
            return 1.0
        least = min(least, max(cpu_s(small), 1e-9))
        if most / least < below:
            break
    return most / least


def peers(work: Callable[[], object], *, below: float) -> float:
    """How many times as long the work takes as markdown-it takes to parse an ordinary page of 32,000 characters.

    Measured again, both, until it is `below` what is asked, at most `TRIES` times.
    """
    parser = MarkdownIt("commonmark").enable("table")
    parser.parse(PAGE)
    took = peer = float("inf")
    for _ in range(TRIES):
        peer = min(peer, cpu_s(lambda: parser.parse(ORDINARY)))
        took = min(took, cpu_s(work))
        if took / peer < below:
            break
    return took / peer
