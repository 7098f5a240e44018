"""How long a server asks us to wait, in every form it may say so."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

DEFAULT_S = 60.0
"""The wait when a server refuses without saying for how long."""

MOST_S = 366 * 86400.0
"""Nobody means more than this: such a value is passed over, and the next form counts."""

_SECONDS = re.compile(r"\s*([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*(?:,|$)")
_SENTENCE = re.compile(r"[Rr]etry[ -]after:? +([0-9]{1,12})", re.ASCII)


def wait_s(headers: Mapping[str, str], message: str, now: float, *, reset_in_s: float | None = None) -> float:
    """Seconds to wait after a refusal, never negative.

    The header `retry-after` (seconds or an HTTP date; `headers` has lower-case names) counts
    first, then esa's sentence "Retry after N seconds." in `message`, then the end of the rate
    limit's window, then a default. What to do about a long wait is the caller's to decide. A date
    is read against the server's own `date`, so a wrong clock on this machine does not matter.
    Source: esa API v1, rate limits; RFC 9110 10.2.3.
    """
    for asked in _asked(headers, message, now):
        if asked <= MOST_S:
            return max(0.0, asked)
    return DEFAULT_S if reset_in_s is None else max(0.0, reset_in_s)


def _asked(headers: Mapping[str, str], message: str, now: float) -> Iterator[float]:
    header = headers.get("retry-after", "")
    if number := _SECONDS.match(header):
        yield float(number[1])
    elif (moment := http_date(header)) is not None:
        served = http_date(headers.get("date", ""))
        yield moment - (now if served is None else served)
    if sentence := _SENTENCE.search(message):
        yield float(sentence[1])


def http_date(text: str) -> float | None:
    """An HTTP date in epoch seconds; None when it is none."""
    if not text or len(text) > 64:
        return None
    try:
        moment = parsedate_to_datetime(text)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return seconds if math.isfinite(seconds) else None
