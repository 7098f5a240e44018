"""The sandbox process of `kb demo`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from kb.errors import ToolError
from kb.text.lang import t

READY_WITHIN_S = 60
STOP_WITHIN_S = 10
LOOK_EVERY_S = 0.25
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """Requests per system."""

    esa: int
    redmine: int

    def __sub__(self, other: RequestCounts) -> RequestCounts:
        return RequestCounts(self.esa - other.esa, self.redmine - other.redmine)


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A running sandbox: its addresses and credentials, which no repr shows."""

    esa: str
    redmine: str
    token: str = field(repr=False)
    api_key: str = field(repr=False)
    process: subprocess.Popen[str] | None = field(default=None, repr=False, compare=False)

    @property
    def credentials(self) -> dict[str, str]:
        """The environment in which kb uses this sandbox."""
        return {"ESA_API_BASE_URL": self.esa, "ESA_ACCESS_TOKEN": self.token, "REDMINE_API_KEY": self.api_key}

    def requests(self) -> RequestCounts:
        """Return the sandbox's request counters."""
        counted = self._control("GET", "requests")
        return RequestCounts(counted["esa"]["total"], counted["redmine"]["total"])

    def edit(self, order: Mapping[str, object]) -> dict[str, Any]:
        """Edit as another person; return the answer."""
        done: dict[str, Any] = self._control("POST", "edit", order)
        return done

    def clock(self, now: datetime | None) -> None:
        """Freeze the clock at `now`; None returns to real time."""
        if now is None:
            self._control("POST", "reset", {"clock": True})
        else:
            self._control("POST", "clock", {"now": now.isoformat(), "frozen": True})

    @contextmanager
    def refusing(self, system: str) -> Iterator[None]:
        """Refuse a system's key within the block."""
        self._control("POST", "faults", {"system": system, "kind": "401", "rate": 1.0})
        try:
            yield
        finally:
            self._control("DELETE", "faults")

    def stay(self, greeting: str) -> bool:
        """Print a greeting and serve until Ctrl-C, SIGTERM or a closed terminal; False when it ended by itself."""
        try:
            with _hang_up_as_interrupt():
                print(greeting, flush=True)
                while self.process is not None and self.process.poll() is None:
                    time.sleep(LOOK_EVERY_S)  # a signal just before an endless wait would be noticed at the next one
        except KeyboardInterrupt:
            return True
        return False

    def _control(self, method: str, name: str, order: Mapping[str, object] | None = None) -> Any:
        """Return the answer of `/_sandbox/NAME`."""
        body = None if order is None else json.dumps(order).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.esa}/_sandbox/{name}", body, headers, method=method)  # noqa: S310
        loopback = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with loopback.open(request, timeout=READY_WITHIN_S) as answer:
            return json.load(answer)


@contextmanager
def run_sandbox(files: Sequence[Path], env: Mapping[str, str]) -> Iterator[RunningSandbox]:
    """Serve `files` on a free port within the block. Raises ToolError."""
    data = [word for path in files for word in ("--data", str(path))]
    argv = [sys.executable, "-m", "kb", "sandbox", "--port", "0", *data]
    process: subprocess.Popen[str] | None = None
    try:
        with _hold_signals():  # one that came before its id is known here would leave it running
            process = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        yield _wait_until_ready(process)
    finally:
        if process is not None:
            _stop(process)


@contextmanager
def _hold_signals() -> Iterator[None]:
    """Delay Ctrl-C and SIGTERM to the end of the block; a process started in it does not inherit that."""
    pending: list[int] = []
    before = {each: signal.signal(each, lambda number, _: pending.append(number)) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        if pending:
            signal.raise_signal(pending[0])


@contextmanager
def _hang_up_as_interrupt() -> Iterator[None]:
    """End the block as Ctrl-C does when the terminal is closed, so that the sandbox is ended with it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGHUP, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _wait_until_ready(process: subprocess.Popen[str]) -> RunningSandbox:
    """Wait for the line a sandbox prints when it serves."""
    too_late = threading.Timer(READY_WITHIN_S, process.kill)
    too_late.start()
    try:
        line = process.stdout.readline() if process.stdout else ""
        return RunningSandbox(**json.loads(line), process=process)
    except (ValueError, TypeError):
        raise ToolError(
            t("サンドボックスが動き始めませんでした。", "the sandbox did not start."),
            t("kb sandbox を単独で実行して出力を確かめてください。", "run kb sandbox by itself and see what it says."),
        ) from None
    finally:
        too_late.cancel()


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
