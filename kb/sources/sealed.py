"""What leaves a client leaves clean, whichever of its methods it comes from."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

_END = object()


def sealed(method: F) -> F:
    """`method` of a client that has an `access`: the KbError it raises goes through `Access.ask`.

    So credentials are masked, also where a server echoes them, and no frame below the client's
    own stays on the traceback: those hold answers. A method that yields is sealed at each step.
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
