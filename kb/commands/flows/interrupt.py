"""Ctrl-C or SIGTERM while something is being sent: what has begun is finished first, then the run ends."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any

from kb.console.terminal import say
from kb.text.lang import t


class StopRequest:
    """Asked to stop by Ctrl-C or SIGTERM: at once while nothing is under way, else after the request that is.

    A second Ctrl-C does not wait any longer: the journal knows what was begun. A second SIGTERM changes nothing,
    since programs that end others, `timeout` for one, send it twice.
    """

    def __init__(self) -> None:
        self.asked = False
        self._busy = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> StopRequest:
        for each in (signal.SIGINT, signal.SIGTERM):
            self._before[each] = signal.signal(each, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for each, before in self._before.items():
            signal.signal(each, before)

    def busy(self, on: bool) -> None:
        """Told when a request begins and when what came of it is written down."""
        self._busy = on

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.asked and number == signal.SIGTERM:
            return
        if self.asked or not self._busy:
            self.asked = True
            raise KeyboardInterrupt
        self.asked = True
        say(t("送っている 1 件を終えてから止まります。", "stopping after the one that is being sent."))
