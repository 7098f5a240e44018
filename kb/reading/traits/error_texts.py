"""The error texts of a page: what a machine said, without the numbers that change each time."""

from __future__ import annotations

from collections.abc import Iterator

from kb.reading.traits.fold_words import split_latin
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy

MAX_ERRORS = 60
"""Of one page: more is a log."""
_LONGEST = 160
_SHORTEST = 8

_SPAN = compile_lazy("`(?P<code>[^`\n]{3,300})`|(?<![A-Za-z0-9])@(?P<textile>[^@\n]{3,300})@")
# A run of printable ASCII: sentences of people here are Japanese, those of machines are not.
_RUN = compile_lazy("[\\x21-\\x7e]+(?: [\\x21-\\x7e]+)*")
_SIGN = compile_lazy(
    r"(?:Exception|Error|Errno|ERROR|FATAL|PANIC|panic|Fault|Failure|denied|refused|timed out|timeout|unavailable|"
    r"forbidden|expired|invalid|exceeded|failed|failure|cannot|can't|could not|unable to|no such|not found|no space|"
    r"out of memory|killed|too many|too large|deadlock|unauthorized|bad gateway|reset by peer|unreachable|not allowed|"
    r"mismatch|corrupt|aborted|rejected|overflow|full)\b|\bORA-[0-9]+|\bE[A-Z]{5,}\b|\b[0-9]{3} [0-9]\.[0-9]\.[0-9]\b|"
    r"\b[45][0-9]{2} [A-Z][a-z]+"
)
_SIGN_ANY = compile_lazy(f"(?i:{_SIGN.pattern})")
_STATUS = compile_lazy(
    "(?<![0-9.,:/_-])[45][0-9]{2}(?![0-9.,:/_%-])(?!\\s?(?:件|名|人|円|分|秒|台|行|回|個|ms|mb|gb|kb|ページ))"
)
_VARIES = compile_lazy(
    r"\b[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}(?:[t ][0-9:.,+z]+)?|\b[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?\b|"
    r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?\b|\b0x[0-9a-f]+\b|\b(?=[a-f]*[0-9])[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b|"
    r"(?<![0-9.])[0-9]{4,}(?![0-9.])"
)
_BLANKS = compile_lazy("[^a-z0-9.]+")


def find_error_texts(text: str) -> Iterator[str]:
    """Yield the folded error texts of a page, at most MAX_ERRORS; one may come twice.

    Each is lower case, words divided by one blank, with `0` for addresses, times, ids and long numbers; status codes
    and short ones stay. A lone status code of HTTP is one as well: `503`.
    """
    text = fold_text(text)
    count = 0
    for line in text.splitlines():
        for piece in _pieces(line):
            if count >= MAX_ERRORS:
                return
            if folded := fold_error_text(piece):
                count += 1
                yield folded
        for match in _STATUS.finditer(line):
            if count >= MAX_ERRORS:
                return
            count += 1
            yield match[0]


def _pieces(line: str) -> Iterator[str]:
    spans = [match["code"] or match["textile"] for match in _SPAN.finditer(line)]
    for span in spans:
        if _SIGN_ANY.search(span):
            yield span
    for match in _RUN.finditer(line):
        run = match[0].strip("`@|*- ")
        if len(run) >= _SHORTEST and run not in spans and "://" not in run and _SIGN_ANY.search(run):
            yield run


def fold_error_text(text: str) -> str:
    """Return an error text as two are compared; "" where nothing is left of it."""
    folded = _VARIES.sub(" 0 ", text[: 2 * _LONGEST].casefold())
    words = _BLANKS.sub(" ", folded).split()
    return " ".join(word.strip(".") for word in words if word.strip("."))[:_LONGEST]


def split_error(text: str) -> tuple[str, ...]:
    """Return the words of a folded error text."""
    return tuple(part for word in text.split() for part in split_latin(word))
