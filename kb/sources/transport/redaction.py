"""Keep tokens out of messages, log lines and reprs."""

from __future__ import annotations

import base64
import functools
import inspect
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, cast
from urllib.parse import quote, quote_plus

from kb.errors import AnswerError, KbError
from kb.text.display import sanitize
from kb.text.lang import Text
from kb.text.lazy_pattern import compile_lazy

E = TypeVar("E", bound=KbError)

MASK = "***"

# What looks like a credential whoever it belongs to: a server may echo another one than ours.
_SHAPES = (
    compile_lazy(r"(?i)\b((?:access_token|api_key|apikey|key|token|password|secret)=)[^&\s\"'<>]+"),
    compile_lazy(r"(?i)\b((?:bearer|basic)\s+)(?!authenticat|authori[sz]ation)[A-Za-z0-9+/=._~-]{8,}"),
    compile_lazy(r"(?i)(x-redmine-api-key[\"']?\s*[:=]\s*[\"']?)[^\s\"',}]+"),
    compile_lazy(r"(?i)(\"api_key\"\s*:\s*\")[^\"]+"),
    compile_lazy(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"),
    compile_lazy(r"\b(ep2_)[A-Za-z0-9_-]+"),
)

_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy", "requests", "urllib3.connectionpool")


class SecretHeaders:
    """Headers that carry credentials; prints their names alone.

    Where the address is the credential, as a webhook's is, `address` replaces the one a call names.
    """

    __slots__ = ("_address", "_pairs")

    def __init__(self, pairs: dict[str, str] | None = None, address: str = "") -> None:
        self._pairs = tuple((pairs or {}).items())
        self._address = address

    def address(self, url: str) -> str:
        return self._address or url

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def __repr__(self) -> str:
        return f"SecretHeaders({', '.join(f'{name}={MASK}' for name, _ in self._pairs)})"


class Redactor:
    """Masks the given values in the spellings they travel in, and whatever looks like a credential."""

    __slots__ = ("_known",)

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: re.Pattern[str] | None = None
        spellings: set[str] = set()
        for secret in secrets:
            # Three characters or fewer would mask half of any sentence and protect nothing.
            if len(secret) > 3:
                encoded = base64.b64encode(secret.encode()).decode()
                spellings |= {secret, quote(secret, safe=""), quote_plus(secret), encoded, repr(secret)[1:-1]}
        if spellings:
            longest_first = sorted(spellings, key=len, reverse=True)
            self._known = re.compile("|".join(re.escape(each) for each in longest_first))

    def __repr__(self) -> str:
        return "Redactor(***)"

    def mask(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(MASK, text)
        for shape in _SHAPES:
            text = shape.sub(rf"\g<1>{MASK}", text)
        return text

    def clean(self, error: E) -> E:
        """Return the error without credentials, cause, frames, or what steers a terminal: it may quote a server."""
        what, step = self._text(error.what), error.next_step and self._text(error.next_step)
        if isinstance(error, AnswerError):
            return type(error)(what, step, status=error.status)
        return type(error)(what, step)

    def guard_logs(self) -> None:
        """Mask what the HTTP libraries log from now on."""
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            for old in [each for each in logger.filters if isinstance(each, _Mask)]:
                if old.redactor is self:
                    return
            logger.addFilter(_Mask(self))

    def _text(self, text: Text) -> Text:
        return Text(sanitize(self.mask(text.ja)), sanitize(self.mask(text.en)))


class _Mask(logging.Filter):
    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self.redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.redactor.mask(record.getMessage()), ()
        return True


F = TypeVar("F", bound=Callable[..., Any])

_END = object()


def redact_errors(method: F) -> F:
    """Pass what a client's method raises through its `Access.ask`: masked, and without the frames that hold answers.

    A generator is guarded at each step.
    """
    if inspect.isgeneratorfunction(method):

        @functools.wraps(method)
        def steps(self: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
            inner = method(self, *args, **kwargs)
            try:
                while (value := self.access.ask(lambda: next(inner, _END))) is not _END:
                    yield value
                    del value  # or a later error's frame would hold this page
            finally:
                inner.close()

        return cast(F, steps)

    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self.access.ask(lambda: method(self, *args, **kwargs))

    return cast(F, call)
