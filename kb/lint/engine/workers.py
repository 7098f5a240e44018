"""Judge ranges on this machine's processes or a Dask cluster. Ctrl-C and SIGTERM reach only the parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from joblib import Parallel, delayed
from joblib._parallel_backends import LokyBackend

from kb.console.terminal import say_safe
from kb.errors import ToolError, UnreachableError, UsageError
from kb.lint.cache.store import JudgedDocument
from kb.lint.engine.work import JudgeOrders, judge_parcels, read_parcels
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

if TYPE_CHECKING:
    from kb.lint.engine.work import IdRange

_Found = TypeVar("_Found")


def judge_in_processes(judge: Callable[..., _Found], work: Iterable[tuple[Any, ...]], jobs: int) -> Iterable[_Found]:
    """Yield what `judge` finds with each of these arguments, in order, in so many processes."""
    with _ignore_interrupt():
        results: Iterable[_Found] = Parallel(jobs, _Processes(), return_as="generator")(
            delayed(judge)(*each) for each in work
        )
    return results


def kill_processes() -> None:
    """Kill the worker processes without waiting."""
    for pid in {each.pid or 0 for each in multiprocessing.active_children()}.union(_starting_processes()):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _starting_processes() -> Iterator[int]:
    """Yield the workers on their way, which `active_children` does not list yet; on Linux, elsewhere none.

    A worker whose parent ends before it was told what to do prints a traceback. Until it runs a program of its own, its
    command line is the parent's.
    """
    with suppress(OSError):
        ours = Path("/proc/self/cmdline").read_bytes()
        for pid in " ".join(each.read_text() for each in Path("/proc/self/task").glob("*/children")).split():
            with suppress(OSError):
                line = Path("/proc", pid, "cmdline").read_bytes()
                if b"popen_loky" in line or line == ours:
                    yield int(pid)


class _Processes(LokyBackend):  # type: ignore[misc]  # joblib has no types
    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Kill the processes; joblib could wait forever for a thread that is writing to one."""
        warnings.filterwarnings("ignore", ".*You could benefit from adjusting", UserWarning)  # what it says of that
        kill_processes()


@contextmanager
def _ignore_interrupt() -> Iterator[None]:
    """Start processes that ignore interrupts; the parent stops them afterwards.

    Otherwise joblib's process that removes shared memory would complain on stderr.
    """
    warnings = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (warnings, "ignore:resource_tracker")))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        if warnings is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = warnings
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


CLUSTER_TIMEOUT_S = 10
"""How long the scheduler may take to answer."""

MAX_AHEAD = 2
"""Ranges on their way for each worker: it need not wait, and no more than that lies in memory."""

_ADDRESS = compile_lazy(r"(?:(?P<scheme>[a-z]+)://)?(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(?P<port>[0-9]{1,5})")


_LOOPBACK = compile_lazy(r"localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]")


def parse_address(given: str) -> str:
    """Return the scheduler's address with its scheme.

    Raises UsageError for an invalid one, and for one of another machine that is not `tls://`.
    """
    found = _ADDRESS.fullmatch(given)
    if found is None or found["scheme"] not in (None, "tcp", "tls") or not 0 < int(found["port"]) < 65536:
        raise UsageError(
            t(
                f"--cluster「{given[:80]}」は Dask スケジューラーのアドレスではありません。",
                f"--cluster {given[:80]!r} is not the address of a Dask scheduler.",
            ),
            t("例: --cluster tls://dask.example.jp:8786", "example: --cluster tls://dask.example.jp:8786"),
        )
    if found["scheme"] != "tls" and not _LOOPBACK.fullmatch(found["host"]):
        raise UsageError(
            t(
                f"--cluster {given} には送れません。本文と、秘密の ID を作る鍵が、暗号化されずにほかの機械へ渡ります。",
                f"--cluster {given}: texts and the key of secret ids would go to another machine in clear.",
            ),
            t(
                f"例: --cluster tls://{found['host']}:{found['port']}",
                f"example: --cluster tls://{found['host']}:{found['port']}",
            ),
        )
    return given if found["scheme"] else f"tcp://{given}"


def require_leave(given: str, *, texts_may_leave: bool) -> None:
    """Say what an address of another machine is sent, raising UsageError where kb.toml does not allow it.

    Raises UsageError for an invalid address, too.
    """
    found = _ADDRESS.fullmatch(parse_address(given))
    if found is None or _LOOPBACK.fullmatch(found["host"]):
        return
    if not texts_may_leave:
        raise UsageError(
            t(
                f"--cluster {given} では、記事の本文と、秘密の ID を作る鍵が、この機械から出ます。",
                f"--cluster {given}: the texts of pages and the key of secret ids would leave this machine.",
            ),
            t(
                "それでよければ、kb.toml に [cluster] texts_may_leave = true を書いてください。",
                "if they may, write [cluster] texts_may_leave = true into kb.toml.",
            ),
        )
    say_safe(
        t(
            f"記事の本文と、秘密の ID を作る鍵を {given} に送ります（kb.toml の [cluster] texts_may_leave）。",
            f"the texts of pages and the key of secret ids go to {given} ([cluster] texts_may_leave of kb.toml).",
        )
    )


def judge_on_cluster(
    where: str, todo: Sequence[IdRange], mirror: Path, orders: JudgeOrders, pages: bool
) -> Iterator[list[JudgedDocument]]:
    """Yield the judgements on each range in order; a few ranges at a time are sent with their documents.

    Raises UnreachableError when the scheduler does not answer or has no worker, ToolError without `distributed`
    or when a worker has another kb.
    """
    at = parse_address(where)
    try:
        from distributed import Client
        from joblib import Parallel, delayed, parallel_config
    except ImportError:
        raise ToolError(
            t("--cluster には distributed が要ります。", "--cluster needs distributed."),
            t("pip install '.[cluster]' で入ります。", "pip install '.[cluster]' installs it."),
        ) from None
    try:
        client: Any = Client(at, timeout=CLUSTER_TIMEOUT_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise _unreachable(at, type(error).__name__) from None
    try:
        threads = sum(client.nthreads().values())
        if not threads:
            raise _unreachable(at, str(t("ワーカーがいません", "it has no workers")))
        far = replace(orders, cache=None)
        with parallel_config(backend="dask", client=client, wait_for_workers_timeout=CLUSTER_TIMEOUT_S):
            for some in _in_rounds(todo, threads * MAX_AHEAD):
                yield from Parallel()(
                    delayed(judge_parcels)(
                        far, list(read_parcels(orders, mirror, part.lo, part.hi, part.to_judge)), pages
                    )
                    for part in some
                )
    except (OSError, TimeoutError) as error:
        raise _unreachable(at, type(error).__name__) from None
    finally:
        client.close()


def _in_rounds(todo: Sequence[IdRange], size: int) -> Iterable[Sequence[IdRange]]:
    return (todo[at : at + size] for at in range(0, len(todo), size))


def _unreachable(at: str, why: str) -> UnreachableError:
    return UnreachableError(
        t(f"Dask スケジューラー {at} を使えません（{why}）。", f"the Dask scheduler {at} cannot be used ({why})."),
        t(
            "アドレスと、ワーカーが動いているかを確かめてください。--cluster なしでも同じ結果になります。",
            "check the address and that workers run; without --cluster the findings are the same.",
        ),
    )
