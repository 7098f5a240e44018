"""Lines and comments made to be slow to read: the time grows with their length only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pace import growth

from kb.plan.sections.boxes import carry_boxes
from kb.plan.ticks.answers import read_comment
from kb.text.tasks import read_tick_line

HOSTILE: dict[str, Callable[[int], str]] = {
    "ids": lambda n: "- [ ] " + "`0a1b2c3d`" * n + "`",
    "brackets": lambda n: "- [ ] " + "[" * (10 * n) + " `0a1b2c3d`",
    "links": lambda n: "- [ ] " + "[a](" * (3 * n) + " `0a1b2c3d`",
    "blanks": lambda n: "0a1b2c3d" + " " * (10 * n) + "x",
    "digits": lambda n: "0a1b2c3d" * n,
    "boxes": lambda n: "".join(f"- [x] x `{each:08x}`\n" for each in range(n)),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_as_the_text_does(make: Callable[[int], str]) -> None:
    def prepare(size: int) -> Callable[[], object]:
        text = make(size)

        def work() -> None:
            for line in text.split("\n"):
                read_tick_line(line)
            list(read_comment(text, bool))
            carry_boxes(text, text)

        return work

    assert growth(prepare, 1_000, 4, below=6) < 6
