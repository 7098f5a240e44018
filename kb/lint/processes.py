"""The same ranges on processes of this machine. Ctrl-C and SIGTERM reach only the one that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from joblib import Parallel, delayed
from joblib._parallel_backends import LokyBackend

from kb.lint.kept import Judged
from kb.lint.work import judge_range


def judged_near(work: Iterable[tuple[Any, ...]], jobs: int) -> Iterable[list[Judged]]:
    """The judgements on each range, in order, by so many processes."""
    with _undisturbed():
        results: Iterable[list[Judged]] = Parallel(jobs, _Processes(), return_as="generator")(
            delayed(judge_range)(*each) for each in work
        )
    return results


def end_processes() -> None:
    """Kill the processes that judge, and wait for nothing."""
    for each in multiprocessing.active_children():
        with suppress(ProcessLookupError):
            os.kill(each.pid or 0, signal.SIGKILL)


class _Processes(LokyBackend):  # type: ignore[misc]  # joblib has no types
    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Kill the processes. joblib would wait for a thread that may be writing to one of them, for ever then."""
        warnings.filterwarnings("ignore", ".*You could benefit from adjusting", UserWarning)  # what it says of that
        end_processes()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Start processes whole, and deaf to what interrupts this one: it is interrupted afterwards, and ends them.

    joblib's process that removes shared memory would complain on stderr where that was left to it.
    """
    told = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (told, "ignore:resource_tracker")))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        if told is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = told
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
