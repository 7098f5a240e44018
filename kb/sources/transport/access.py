"""The one way to a remote system: write gate, limiter, retries, redactor, counters.

Whatever library a client speaks, its transport ends in `Access.perform`. Credentials are added behind it
(kb.sources.transport.http), so no library ever holds them.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

import stamina
from stamina.instrumentation import set_on_retry_hooks

from kb.errors import AnswerError, KbError, UnreachableError
from kb.sources.transport import answers, pacing
from kb.sources.transport.call import Answer, Call, Progress, Watcher
from kb.sources.transport.http import (
    AccessTransport,
    ExchangeFailed,
    decode_json,
    json_or_none,
    refusal_message,
    send_once,
)
from kb.sources.transport.limiter import Limiter
from kb.sources.transport.pacing import Pace
from kb.sources.transport.redaction import Redactor, SecretHeaders
from kb.text.dates import instant_of_seconds

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

RETRIED = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which a read is tried again."""

TRIES = 8
FIRST_PAUSE_S, LONGEST_PAUSE_S, JITTER_S = 0.25, 8.0, 0.5


class _Again(Exception):
    """An exchange worth repeating. `limited`: the limiter knows how long to wait."""

    def __init__(self, failure: KbError, tries: int, *, limited: bool = False) -> None:
        super().__init__()
        self.failure, self.tries, self.limited = failure, tries, limited


class Client:
    """What speaks to one system through an `Access`."""

    access: Access

    def close(self) -> None:
        """Give the connections back."""
        self.access.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Access:
    """The way to one remote system. Safe between threads.

    `setting` names what configures its address `base`, `variable` the environment variable of its credential.
    `requests` counts every request sent, `retries` the repeated ones; `waited_s` is the time spent waiting for a limit
    or before a repetition. `counted_by` counts them too.
    """

    def __init__(
        self,
        system: str,
        base: str,
        wire: httpx.BaseTransport,
        *,
        setting: str,
        variable: str = "",
        secret: SecretHeaders | None = None,
        redactor: Redactor | None = None,
        limiter: Limiter | None = None,
        pace: Pace | None = None,
        watch: Watcher | None = None,
        counted_by: Access | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.system = system
        self.base = base.rstrip("/")
        self.host = urlsplit(self.base).netloc
        self.setting = setting
        self.variable = variable
        self.limiter = limiter or Limiter(system)
        self.pace = pace or Pace()
        self.requests = self.retries = 0
        self.waited_s = 0.0
        self._wire = wire
        self._secret = secret or SecretHeaders()
        self._redactor = redactor or Redactor()
        self._watch = watch
        self._counted_by = counted_by
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._writers = 0
        self._waits_until = 0.0
        # stamina's own hook logs the exception of each failed try; kb tells waits through `watch`.
        set_on_retry_hooks(())
        self._redactor.guard_logs()

    def besides(self, base: str) -> Access:
        """Return the way to another host of the same system, without credentials, with a limit of its own.

        It shares connections, redactor and gate, and its requests count here too.
        """
        return Access(
            self.system, base, self._wire, setting=self.setting, redactor=self._redactor, counted_by=self,
            clock=self._clock, sleep=self._sleep,
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"Access({self.system!r}, {self.base!r})"

    def httpx_transport(self) -> httpx.BaseTransport:
        """Return what an httpx client is given as its transport."""
        return AccessTransport(self.perform, self.close)

    def close(self) -> None:
        """Give the connections back."""
        self._wire.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Open the write gate. Only applying an accepted plan may."""
        with self._lock:
            self._writers += 1
        try:
            yield
        finally:
            with self._lock:
                self._writers -= 1

    @property
    def _open(self) -> bool:
        """Whether the gate is open: a system's gate is that of the hosts beside it, too."""
        return self._writers > 0 or (self._counted_by is not None and self._counted_by._open)

    def settle(self) -> bool:
        """Wait until the limit lets another request leave; return whether that took any time.

        Called between a look and a write. Raises BudgetError when it takes too long.
        """
        waited = False
        while (wait := self.limiter.due_in_s(self._clock())) > 0:
            self.limiter.refuse_beyond(wait)
            self._wait(wait, "limit")
            waited = True
        return waited

    def pause(self, seconds: float) -> None:
        """Wait as for a limit, where a system takes only a few of something at a time."""
        self._wait(seconds, "limit")

    def now(self) -> float:
        """Return epoch seconds, by the clock the waiting uses."""
        return self._clock()

    def masked(self, text: str) -> str:
        """Return a server's words without our credentials, which it may echo."""
        return self._redactor.mask(text)

    def ask(self, call: Callable[[], T]) -> T:
        """Return the result of `call`; the KbError it may raise leaves without credentials and frames.

        Clean means: credentials masked, no cause, no frame below this one.
        """
        try:
            return call()
        except KbError as error:
            failure = self._redactor.clean(error)
        raise failure

    def perform(self, call: Call) -> Answer:
        """Send `call`, a read as often as helps, and return the answer with its JSON decoded.

        Raises GateError for a write while the gate is closed, BudgetError when the limit asks for too long a wait,
        UnreachableError without an answer, AnswerError for a redirect, for 200 with HTML, and when the last try gave
        5xx, or 200 without JSON. Other statuses are the caller's.
        """
        self._check_target(call)
        if not call.is_safe:
            return self._write(call)
        failure: KbError | None = None
        try:
            return self._read(call)
        except _Again as again:
            failure = again.failure
        raise failure

    def _read(self, call: Call) -> Answer:
        """Repeat a read while that may help. Raises _Again with the last failure."""
        made, limited, pause = 0, False, 0.0

        def may_help(error: Exception) -> bool | float:
            nonlocal limited
            limited = isinstance(error, _Again) and error.limited
            # 0.0: try again, and leave the waiting to us: it is counted, told, and interruptible.
            return 0.0 if isinstance(error, _Again) and made < error.tries else False

        attempts = stamina.retry_context(
            may_help, attempts=TRIES, timeout=None, wait_initial=FIRST_PAUSE_S, wait_max=LONGEST_PAUSE_S, wait_jitter=0
        )
        for attempt in attempts:
            with attempt:
                if made:
                    self._count(retries=1)
                    if not limited:
                        self._wait(pause + random.uniform(0, JITTER_S) * bool(pause), "retry")  # noqa: S311
                made, pause = attempt.num, attempt.next_wait
                return self._once(call)
        raise AssertionError("stamina ends with a result or an exception")

    def _once(self, call: Call) -> Answer:
        answer = self._exchange(call)
        if answer.status in RETRIED:
            raise self._refused(answer, call)
        if call.most:
            return answer
        if call.method == "HEAD" or not 200 <= answer.status < 300:
            return replace(answer, data=json_or_none(answer))
        try:
            return replace(answer, data=decode_json(answer.body))
        except ValueError:
            pass
        failure = answers.not_json_error(answer, call, self.system, self.setting)
        if answer.is_html and answer.body.strip()[:1] not in (b"", b"{", b"["):
            raise failure  # a login page or a portal: it stays until a person does something
        raise _Again(failure, TRIES)

    def _write(self, call: Call) -> Answer:
        """Send a write once, without waiting: what it was decided on would grow old. Answers 429 where it had to."""
        if not self._open:
            raise answers.gate_closed_error(call)
        if self.limiter.reserve(self._clock()) > 0:
            return Answer(429, {}, b"")
        try:
            answer = self._exchange(call, reserved=True)
        except _Again as again:
            failure = again.failure
        else:
            if answer.status == 429:
                self.limiter.hold(answer.headers, refusal_message(answer), self._clock())
            return replace(answer, data=json_or_none(answer))
        raise failure

    def _exchange(self, call: Call, *, reserved: bool = False) -> Answer:
        """Take a turn, send one request, learn from it. Raises _Again when it broke."""
        while not reserved and (wait := self.limiter.reserve(self._clock())) > 0:
            self._wait(wait, "limit")
        broken: ExchangeFailed | None = None
        with self.pace.turn(lambda seconds: self._wait(seconds, "slow")):
            self._count(requests=1)
            began = time.monotonic()
            try:
                answer = send_once(self._wire, call, self._secret, self.host)
            except ExchangeFailed as error:
                broken = error
            took = time.monotonic() - began
        if broken is not None:
            self.pace.took(answers.shown_path(call), took, failed=not broken.answered)
            raise _Again(self._broken(broken), broken.tries)
        self.pace.took(answers.shown_path(call), took, failed=answer.status >= 500)
        self.limiter.learn(answer.headers, self._clock())
        self._tell()
        if 300 <= answer.status < 400:
            raise answers.redirect_error(answer, self.host, self.setting)
        return answer

    def _broken(self, broken: ExchangeFailed) -> KbError:
        step = broken.next_step or answers.address_hint(self.setting)
        if broken.answered:
            return AnswerError(broken.what, step, status=broken.status)
        return UnreachableError(broken.what, step)

    def _check_target(self, call: Call) -> None:
        """Refuse to send credentials anywhere but to `base` and below."""
        wanted, given = urlsplit(self.base), urlsplit(call.url)
        root, path = unquote(wanted.path).rstrip("/"), unquote(given.path)
        inside = path.startswith(root + "/") and ".." not in path.split("/")
        if _origin(wanted) != _origin(given) or not inside:
            raise answers.foreign_host_error(call, self.setting)

    def _refused(self, answer: Answer, call: Call) -> _Again:
        limited = answer.status == 429 or "retry-after" in answer.headers
        if limited:
            self.limiter.hold(answer.headers, refusal_message(answer), self._clock())
        return _Again(answers.refused_error(answer, call, self.system), TRIES, limited=limited)

    def _count(self, *, requests: int = 0, retries: int = 0) -> None:
        with self._lock:
            self.requests += requests
            self.retries += retries
        if self._counted_by is not None:
            self._counted_by._count(requests=requests, retries=retries)

    def _count_wait(self, seconds: float) -> None:
        """Count a wait that begins now; parallel waits count once."""
        now = self._clock()
        with self._lock:
            self.waited_s += max(0.0, now + seconds - max(now, self._waits_until))
            self._waits_until = max(self._waits_until, now + seconds)

    def _wait(self, seconds: float, reason: str) -> None:
        if seconds > 0:
            self._tell(seconds, reason)
            self._count_wait(seconds)
            self._sleep(seconds)

    def _tell(self, waiting_s: float = 0.0, reason: str = "") -> None:
        if self._watch is not None:
            left = self.limiter.standing
            self._watch(Progress(self.system, self.requests, left.remaining, left.limit, waiting_s, reason))

    def server_time(self, headers: Mapping[str, str]) -> str:
        """Return the server's clock from an answer's `date`, UTC ISO with Z; "" where it has none."""
        seconds = pacing.parse_http_date(headers.get("date", ""))
        found = None if seconds is None else instant_of_seconds(seconds)
        return found.strftime("%Y-%m-%dT%H:%M:%SZ") if found else ""


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    """Return scheme, host and explicit port: libraries spell it differently."""
    return url.scheme, url.hostname, url.port or {"http": 80, "https": 443}.get(url.scheme)
