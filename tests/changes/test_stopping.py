"""SIGTERM and Ctrl-C while changes are sent: the write under way is finished and written down, then the run ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from changes.site import Site, change

PATIENCE_S = 300


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_apply_that_is_told_to_end_finishes_the_write_under_way(
    site: Callable[..., Site], number: signal.Signals
) -> None:
    here = site(20)
    here.plan([change(each, title=f"題名 {each}") for each in range(1, 21)])
    here.sandbox.fault(system="esa", kind="slow", seconds=2, method="PATCH")  # answers late, writes at once
    words = [sys.executable, "-m", "kb", "apply", "plan.toml", "--yes"]
    with subprocess.Popen(words, cwd=here.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as kb:
        try:
            end = time.monotonic() + PATIENCE_S
            while here.post(1)["revision_number"] == 1:
                assert time.monotonic() < end
                time.sleep(0.01)
            kb.send_signal(number)
            said = kb.communicate(timeout=PATIENCE_S)[1]
        finally:
            kb.kill()
    assert kb.returncode == 130
    assert "Traceback" not in said
    written = [f"esa:{each}" for each in range(1, 21) if here.post(each)["revision_number"] == 2]
    (path,) = (here.folder / ".kb" / "runs").glob("*.jsonl")
    entries = here.journal(path.stem)
    assert [each["target"] for each in entries if each["what"] == "done"] == written
    assert 1 <= len(written) < 20
    assert (entries[-1]["what"], entries[-1]["how"]) == ("end", "interrupted")
