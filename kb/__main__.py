"""The program `kb`, also `python -m kb`: interrupted while it starts, it ends without a word."""

from __future__ import annotations

import gc
import os
import signal
from types import FrameType

MANY_OBJECTS = 50_000
"""New objects after which Python looks for circles. At its 700 a start that compiles patterns looks a hundred times,
finds none, and takes 5 % longer."""


def main() -> None:
    """Run `kb` and leave the process with its exit code."""
    for each in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(each) is not signal.SIG_IGN:  # as a shell sets it for what runs in its background
            signal.signal(each, _leave)
    gc.set_threshold(MANY_OBJECTS)
    from kb.commands.registry import COMPLETE_VARIABLE

    if (line := os.environ.get(COMPLETE_VARIABLE)) is not None:
        from kb.cli.complete import print_candidates

        print_candidates(line)
        return
    from kb.cli.app import main as run

    run()


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(130)


if __name__ == "__main__":
    main()
