"""A few threads that work through a list; results as they come, the first error ends it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def each(work: Callable[[A], B], items: Iterable[A], *, width: int) -> Iterator[B]:
    """`work(item)` for every item, `width` at a time, in the order they finish.

    Items are taken only a few ahead of what the caller has read. The first exception is raised
    here, after which nothing new is begun; so it is when the caller stops early or presses
    Ctrl-C. The threads are daemons: one that still waits for a server never holds up the exit.
    """
    source = iter(items)
    taking, stop = threading.Lock(), threading.Event()
    done: queue.Queue[tuple[bool, B | BaseException] | None] = queue.Queue(maxsize=2 * width)

    def put(result: tuple[bool, B | BaseException] | None) -> None:
        while not stop.is_set():
            try:
                return done.put(result, timeout=0.2)
            except queue.Full:
                continue

    def run() -> None:
        try:
            while not stop.is_set():
                with taking:
                    try:
                        item = next(source)
                    except StopIteration:
                        break
                put((True, work(item)))
        except BaseException as error:
            put((False, error))
        put(None)

    threads = [threading.Thread(target=run, name=f"kb-reader-{at}", daemon=True) for at in range(width)]
    for thread in threads:
        thread.start()
    running = len(threads)
    try:
        while running:
            result = done.get()
            if result is None:
                running -= 1
            elif result[0]:
                yield result[1]  # type: ignore[misc]
            else:
                raise result[1]  # type: ignore[misc]
    finally:
        stop.set()
