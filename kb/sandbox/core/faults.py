"""Faults to order: which requests they hit, and how often.

A fault is armed by `POST /_sandbox/faults` and hits by rate (seeded, so that a run can be repeated) or the next so many
requests, on paths that match a pattern. `kb.sandbox.core.edge` applies it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from kb.errors import InputError
from kb.sandbox.core.refusals import unusable, valid_values

KINDS = (
    *("429", "400", "401", "402", "403", "404", "408", "409", "500", "502", "503", "504"),
    *("reset", "reset-body", "reset-after", "truncate", "slow", "skew", "content-type", "html", "empty"),
)
"""Status codes, and:

reset         the connection is reset before any answer; the request is not carried out
reset-after   the same, but the request has been carried out
reset-body    the connection is reset in the middle of the body
truncate      half the JSON, in an HTTP message that is complete (`form`: length, chunked) or
              promises more than comes (`form`: short)
slow          the body drips for `seconds`
skew          the Date header and x-ratelimit-reset are `seconds` off
content-type  the right body, called text/html
html          200 with a page in HTML, as a proxy's login page
empty         200 with no body
"""

RETRY_AFTER = ("seconds", "date", "past-date", "message", "reset", "none", "zero", "float", "huge", "garbage")
"""How a 429 or 503 says when to come back (`retry_after`); `case` writes the header in capitals."""

FORMS = ("length", "chunked", "short")
_KNOWN = {"system", "kind", "rate", "times", "seed", "path", "method", "seconds", "retry_after", "form", "case"}


@dataclass(slots=True)
class Fault:
    """An armed fault and its tally. `times` counts down; None: no end."""

    system: str
    kind: str
    rate: float = 1.0
    times: int | None = None
    path: str = ""
    method: str = ""
    seconds: float = 1.0
    retry_after: str = "seconds"
    form: str = "length"
    case: bool = False
    seed: int = 1
    fired: int = 0
    seen: int = 0
    _chance: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311  chance, not secrecy

    def hits(self, system: str, method: str, path: str) -> bool:
        """Whether this request is hit; counts it."""
        if self.system not in ("*", system) or (self.method and self.method != method):
            return False
        if self.times == 0 or (self.path and not re.search(self.path, path)):
            return False
        self.seen += 1
        if self._chance.random() >= self.rate:
            return False
        self.fired += 1
        if self.times is not None:
            self.times -= 1
        return True

    def as_json(self) -> dict[str, object]:
        """Return the fault and its tally as JSON."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.init}


class Faults:
    """The armed faults in order; a request is hit by one at most."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def arm(self, order: Mapping[str, object]) -> Fault:
        """Arm a fault. Raises InputError for an invalid order."""
        fault = parse_fault(order)
        self._faults.append(fault)
        return fault

    def hit(self, system: str, method: str, path: str) -> Fault | None:
        """Return the fault that hits this request, if any."""
        return next((fault for fault in self._faults if fault.hits(system, method, path)), None)

    def as_json(self) -> list[dict[str, object]]:
        """Return all armed faults with their tallies."""
        return [fault.as_json() for fault in self._faults]

    def clear(self) -> None:
        """Disarm all."""
        self._faults.clear()


def parse_fault(order: Mapping[str, object]) -> Fault:
    """Parse an order. Raises InputError naming the mistake and the choices."""
    for name in order:
        if name not in _KNOWN:
            raise _wrong(name, order[name], sorted(_KNOWN))
    kind = str(order.get("kind", ""))
    if kind not in KINDS:
        raise _wrong("kind", kind, KINDS)
    _one_of(order, "system", ("esa", "redmine", "*"))
    _one_of(order, "retry_after", RETRY_AFTER)
    _one_of(order, "form", FORMS)
    rate, seconds = _number(order, "rate", 1.0), _number(order, "seconds", 1.0)
    if not 0 <= rate <= 1:
        raise _wrong("rate", rate, ("0.0 … 1.0",))
    path = str(order.get("path", ""))
    try:
        re.compile(path)
    except re.error:
        raise _wrong("path", path, ("a regular expression",)) from None
    times = order.get("times")
    return Fault(
        system=str(order.get("system", "*")),
        kind=kind,
        rate=rate,
        times=None if times is None else int(_number(order, "times", 0)),
        path=path,
        method=str(order.get("method", "")).upper(),
        seconds=seconds,
        retry_after=str(order.get("retry_after", "seconds")),
        form=str(order.get("form", "length")),
        case=order.get("case") is True,
        seed=int(_number(order, "seed", 1)),
    )


def _one_of(order: Mapping[str, object], name: str, choices: tuple[str, ...]) -> None:
    if name in order and order[name] not in choices:
        raise _wrong(name, order[name], choices)


def _number(order: Mapping[str, object], name: str, default: float) -> float:
    value = order.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(name, value, ("a number",))
    return float(value)


def _wrong(name: str, value: object, choices: Iterable[str]) -> InputError:
    return unusable(value, f"fault の {name}", f"{name} of a fault", valid_values(choices))
