"""Many small cases in one test: collecting and reporting each by itself takes longer than most of them.

`@together` stands where `@pytest.mark.parametrize` would, and takes the same cases. All are tried; the test fails with
the ids of those that did not hold, and of known faults that hold by now.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest

Test = Callable[..., None]

SHOWN = 20
"""Cases of which it is told why they did not hold; of the others there is the name."""


def together(
    names: str | tuple[str, ...], cases: Iterable[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make one test of all cases: values by `names`, or a `pytest.param` whose mark is `xfail` for a known fault."""
    names = tuple(each.strip() for each in names.split(",")) if isinstance(names, str) else names
    cases = list(cases)
    assert cases

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def whole(**given: Any) -> None:
            faults = [fault for case in cases if (fault := _fault(test, names, case, given))]
            short = [*faults[:SHOWN], *(each.partition("\n")[0] for each in faults[SHOWN:])]
            assert not faults, f"{len(faults)} of {len(cases)} do not hold:\n" + "\n".join(short)

        signature = inspect.signature(test)
        fixtures = [each for name, each in signature.parameters.items() if name not in names]
        whole.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return whole

    return decorate


def _fault(test: Test, names: tuple[str, ...], case: Any, given: dict[str, Any]) -> str:
    """What is wrong with a case, "" for nothing."""
    marks: Iterable[Any] = getattr(case, "marks", ())
    values = case.values if hasattr(case, "marks") else case if len(names) > 1 else (case,)
    name = getattr(case, "id", None) or "-".join(map(str, values))[:100]
    known = any(mark.name == "xfail" for mark in marks)
    try:
        test(**dict(zip(names, values, strict=True)), **given)
    except (AssertionError, pytest.fail.Exception) as error:
        return "" if known else f"{name}: {error}"
    return f"{name}: a known fault that is none any more" if known else ""
