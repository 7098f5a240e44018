"""A few threads that work through a list; results as they come, the first error ends it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

_END = object()


def each(work: Callable[[A], B], items: Iterable[A], *, width: int) -> Iterator[B]:
    """`work(item)` for every item, `width` at a time, in the order they finish.

    Items are taken in the caller's thread, only a few ahead of what the caller has read. The first
    exception is raised here, after which nothing new is begun; so it is when the caller stops
    early or presses Ctrl-C. The threads are daemons: one that still waits for a server never holds
    up the exit.
    """
    tasks: queue.SimpleQueue[A | object] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[B | None, BaseException | None]] = queue.SimpleQueue()
    stop = threading.Event()

    def run() -> None:
        while (item := tasks.get()) is not _END:
            if stop.is_set():
                continue
            try:
                done.put((work(item), None))  # type: ignore[arg-type]
            except BaseException as error:
                done.put((None, error))

    threads = [threading.Thread(target=run, name=f"kb-reader-{at}", daemon=True) for at in range(width)]
    for thread in threads:
        thread.start()
    source, under_way = iter(items), 0
    try:
        while True:
            for item in source:
                tasks.put(item)
                under_way += 1
                if under_way >= 2 * width:
                    break
            if not under_way:
                return
            result, failure = done.get()
            under_way -= 1
            if failure is not None:
                raise failure
            yield result  # type: ignore[misc]
    finally:
        stop.set()
        for _ in threads:
            tasks.put(_END)
