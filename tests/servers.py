"""Servers for tests: the real Redmine of tests/redmine and `kb sandbox`, each as its own process.

Fixtures: `real_redmine` (one per session, reset before each test that asks for `fresh_redmine`
or `closing_redmine`) and `sandbox`, a function that starts a sandbox and hands back a `Sandbox`. Outside pytest the
context managers `run_redmine` and `run_sandbox` do the same.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import json
import os
import select
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.utils import getaddresses
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from warm import Warm

__all__ = ["closing_redmine", "fresh_redmine", "real_redmine", "sandbox"]

STARTER = Path(__file__).parent / "redmine" / "start"
# The first start builds a database, which took a minute on two busy cores; then 3 to 25 s.
REDMINE_READY_S = 600
SANDBOX_READY_S = 60
STOP_S = 20
NO_AUTHORITY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Servers of this machine speak no TLS. httpx would read all authorities for each client, which takes 7 ms."""
Row = dict[str, Any]


def plain_client(url: str, headers: Mapping[str, str], *, timeout: float = 60) -> httpx.Client:
    """Return a client of a server of this machine."""
    return httpx.Client(base_url=url, headers=headers, timeout=timeout, trust_env=False, verify=NO_AUTHORITY)


@dataclass(frozen=True, slots=True)
class RealRedmine:
    """A running Redmine 6: its address, keys by login, and the ids of what seed.yml names."""

    url: str
    api_keys: dict[str, str] = field(repr=False)
    ids: dict[str, dict[str, int]] = field(repr=False)
    database: Path
    info_file: Path
    mail_folder: Path

    def client(self, login: str = "tanaka") -> httpx.Client:
        """A client that asks as somebody; an unknown login asks with a key nobody has."""
        headers = {"X-Redmine-API-Key": self.api_keys.get(login, "0" * 40)}
        return plain_client(self.url, headers, timeout=120)

    def reset(self, *, closing: bool = False) -> None:
        """Back to the seed, with the tickets for closing if asked for. No request may be under way."""
        extra = ["--closing"] if closing else []
        subprocess.run([sys.executable, STARTER, "--reset", self.info_file, *extra], check=True, timeout=120)

    def mails(self) -> list[list[str]]:
        """The recipients of every mail sent since the last reset, oldest mail first.

        Mails are sent by `--closing` only: the plain seed has all notifications off. An answer to
        a write comes after its mails.
        """
        found = (message_from_bytes(file.read_bytes()) for file in sorted(self.mail_folder.glob("*.eml")))
        return [[address for _, address in getaddresses(mail.get_all("To", []))] for mail in found]


@dataclass(slots=True)
class Sandbox:
    """A running `kb sandbox`."""

    esa: str
    redmine: str
    token: str = field(repr=False)
    api_key: str = field(repr=False)
    _client: httpx.Client = field(repr=False)

    @property
    def credentials(self) -> dict[str, str]:
        """The environment in which kb uses it."""
        return {"ESA_API_BASE_URL": self.esa, "ESA_ACCESS_TOKEN": self.token, "REDMINE_API_KEY": self.api_key}

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have kb use it, in this process."""
        for name, value in self.credentials.items():
            monkeypatch.setenv(name, value)

    def notifications(self, system: str) -> dict[str, int]:
        """How many notices the writes to a system have caused since the last reset."""
        counts: dict[str, int] = self._send("GET", "notifications")[system]
        return counts

    def requests(self, system: str) -> dict[str, int]:
        """How many requests a system got: `total`, and by method and route."""
        counts: dict[str, int] = self._send("GET", "requests")[system]
        return counts

    def reset(self, **what: bool) -> None:
        """Everything, or `counters=True` and the like."""
        self._send("POST", "reset", what)

    def edit(self, system: str, action: str, **order: Any) -> Row:
        """An edit by another person (`as_`), or quietly; `fields` and `id` or `number` as the sandbox takes them."""
        order = {name.rstrip("_"): value for name, value in order.items()}
        answer: Row = self._send("POST", "edit", {"system": system, "action": action, **order})
        return answer

    def fault(self, **order: Any) -> Any:
        """Arm a fault."""
        return self._send("POST", "faults", order)

    def faults(self) -> Any:
        """The faults that were armed, and how often each fired."""
        return self._send("GET", "faults")

    def clear_faults(self) -> None:
        """Disarm them."""
        self._send("DELETE", "faults")

    def clock(self, **order: Any) -> Any:
        """Set (`now`) or advance (`advance_s`) the sandbox's time."""
        return self._send("POST", "clock", order)

    def toggles(self, **order: Any) -> Any:
        """Move switches of a system."""
        return self._send("POST", "toggles", order)

    def token_for(self, **fields: Any) -> str:
        """A further token of esa (`user`, `scopes`, `categories`, `member`)."""
        return str(self._send("POST", "tokens", {"system": "esa", **fields})["token"])

    def dump(self, system: str) -> list[Row]:
        """All that a system holds, past limits, scopes and counters."""
        answer = self._client.get(f"/_sandbox/dump/{system}")
        answer.raise_for_status()
        return [json.loads(line) for line in answer.text.split("\n") if line]

    def redmine_client(self, key: str = "") -> httpx.Client:
        """A client of its Redmine, by default with the sandbox's own key."""
        headers = {"X-Redmine-API-Key": key or self.api_key}
        return plain_client(self.redmine, headers)

    def _send(self, method: str, name: str, body: Row | None = None) -> Any:
        answer = self._client.request(method, f"/_sandbox/{name}", json=body)
        if answer.status_code != 200:
            raise AssertionError(f"/_sandbox/{name} answered {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None


@contextlib.contextmanager
def _process(command: list[str | Path], ready_s: float, **options: Any) -> Iterator[Row]:
    """Run a server that prints one line of JSON when it is ready, and end it. Raises AssertionError."""
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            **options,
        )
        with process:
            try:
                line = _first_line(process.stdout, ready_s)
                if not line:
                    errors.seek(0)
                    raise AssertionError(f"{command[1]} was not ready in {ready_s} s:\n{errors.read()[-4000:]}")
                yield json.loads(line)
            finally:
                process.terminate()
                try:
                    process.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    process.kill()


@contextlib.contextmanager
def _forked(words: list[str], folder: Path, env: dict[str, str]) -> Iterator[Row]:
    """Run a `kb sandbox` forked from a warm process, and end it at once: it keeps nothing. Raises AssertionError."""
    with tempfile.TemporaryFile("w+") as errors:
        reading, writing = os.pipe()
        with open(reading, encoding="utf-8") as output:
            try:
                process = warm_kb().start(words, folder, env, writing, errors)
            finally:
                os.close(writing)
            try:
                line = _first_line(output, SANDBOX_READY_S)
                if not line:
                    errors.seek(0)
                    raise AssertionError(f"kb sandbox was not ready in {SANDBOX_READY_S} s:\n{errors.read()[-4000:]}")
                yield json.loads(line)
            finally:
                if not select.select([output], [], [], 0)[0]:  # its end could be read
                    os.kill(process, signal.SIGKILL)
                    output.read()


@functools.cache
def warm_kb() -> Warm:
    """What the sandboxes of this process are forked from, and the `kb` of its scripts."""
    names = ("ESA_", "REDMINE_", "KB_")
    warm = Warm(env={name: value for name, value in os.environ.items() if not name.startswith(names)})
    atexit.register(warm.close)
    return warm


def _end_with_parent() -> None:
    """Runs in the child: it gets SIGTERM when the test process ends, even by SIGKILL."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _first_line(stream: IO[str] | None, within_s: float) -> str:
    """The first line a process prints; "" when it ends or the time is over before."""
    assert stream is not None
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.append(stream.readline()), daemon=True)
    reader.start()
    reader.join(within_s)
    return lines[0].strip() if lines else ""


@contextlib.contextmanager
def run_redmine(*arguments: str) -> Iterator[RealRedmine]:
    """A real Redmine of its own; `arguments` are those of tests/redmine/start."""
    with tempfile.TemporaryDirectory(prefix="kb-test-redmine-") as folder:
        info_file = Path(folder) / "info.json"
        command = [sys.executable, STARTER, "--with-parent", "--info", info_file, *arguments]
        with _process(command, REDMINE_READY_S) as info:
            database, mails = Path(info["database"]), Path(info["mails"])
            yield RealRedmine(info["url"], info["api_keys"], info["ids"], database, info_file, mails)


@contextlib.contextmanager
def run_sandbox(
    *arguments: str, data: Iterable[Row] = (), files: Iterable[Path] = (), folder: Path | None = None
) -> Iterator[Sandbox]:
    """A sandbox of its own; `data` are rows and `files` files for `--data`, `arguments` go to `kb sandbox`."""
    with contextlib.ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kb-test-sandbox-")))
        paths = list(files)
        if rows := list(data):
            file = Path(tempfile.mkstemp(".jsonl", "data-", place)[1])
            file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
            paths.append(file)
        words = ["sandbox", "--port", "0", *(word for path in paths for word in ("--data", str(path))), *arguments]
        env = {name: value for name, value in os.environ.items() if not name.startswith(("ESA_", "REDMINE_", "KB_"))}
        info = stack.enter_context(_forked(words, place, env))
        client = stack.enter_context(plain_client(info["esa"], {"Authorization": f"Bearer {info['token']}"}))
        yield Sandbox(info["esa"], info["redmine"], info["token"], info["api_key"], client)


@pytest.fixture(scope="session")
def real_redmine() -> Iterator[RealRedmine]:
    """The session's real Redmine, for reading; a test that writes asks for `fresh_redmine`."""
    if not Path("/usr/share/redmine/config/application.rb").exists() or not shutil.which("bundle"):
        pytest.skip("Redmine is not installed; run .ci/install test")
    with run_redmine() as server:
        yield server


@pytest.fixture
def fresh_redmine(real_redmine: RealRedmine) -> Iterator[RealRedmine]:
    """The real Redmine as seeded, for a test that writes; what it wrote is gone afterwards."""
    real_redmine.reset()
    yield real_redmine
    real_redmine.reset()


@pytest.fixture
def closing_redmine(real_redmine: RealRedmine) -> Iterator[RealRedmine]:
    """The real Redmine with the tickets for closing (`ids["closing"]`), which sends mails; plain afterwards."""
    real_redmine.reset(closing=True)
    yield real_redmine
    real_redmine.reset()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    """Starts sandboxes that end with the test: `sandbox("--profile", "strict", data=rows)`."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str, data: Iterable[Row] = ()) -> Sandbox:
            return stack.enter_context(run_sandbox(*arguments, data=data, folder=tmp_path))

        yield start
