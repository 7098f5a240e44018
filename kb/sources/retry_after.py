"""How long a server asks us to wait, in every form it may say so."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

DEFAULT_S = 60.0
"""The wait when a server refuses without saying for how long."""

_SECONDS = re.compile(r"\s*([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*(?:,|$)")
_SENTENCE = re.compile(r"[Rr]etry[ -]after:? +([0-9]{1,12})", re.ASCII)


def wait_s(headers: Mapping[str, str], message: str, now: float, *, reset_in_s: float | None = None) -> float:
    """Seconds to wait after a refusal, never negative.

    The header `retry-after` (seconds or an HTTP date; `headers` has lower-case names) counts
    first, then esa's sentence "Retry after N seconds." in `message`, then the end of the rate
    limit's window, then a default. Nothing is too large to be given back: what to do about a wait
    of a year is the caller's to decide. A date is read against the server's own `date`, so a
    wrong clock on this machine does not matter.
    Source: esa API v1, rate limits; RFC 9110 10.2.3.
    """
    header = headers.get("retry-after", "")
    if number := _SECONDS.match(header):
        return float(number[1])
    if (moment := http_date(header)) is not None:
        served = http_date(headers.get("date", ""))
        return max(0.0, moment - (now if served is None else served))
    if sentence := _SENTENCE.search(message):
        return float(sentence[1])
    if reset_in_s is not None:
        return max(0.0, reset_in_s)
    return DEFAULT_S


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
