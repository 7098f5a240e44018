"""What every test may rely on, and the rule about skips: in CI one fails the run unless tests/SKIPS lists it."""

from __future__ import annotations

import fnmatch
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from properties import examples  # noqa: E402
from selection import LONG, REAL_REDMINE  # noqa: E402
from servers import (  # noqa: E402 -- fixtures for every test
    closing_redmine,  # noqa: F401
    fresh_redmine,  # noqa: F401
    real_redmine,  # noqa: F401
    sandbox,  # noqa: F401
)

# The width too: what writes to no terminal cuts no line, and pytest-xdist would have it at 80.
for name in ("ESA_ACCESS_TOKEN", "REDMINE_API_KEY", "ESA_API_BASE_URL", "KB_CONFIG", "KB_KEY", "KB_LANG", "COLUMNS"):
    os.environ.pop(name, None)

# How long it takes to make an example says how busy the machine is.
settings.register_profile("kb", max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kb")

# A shell starts what runs behind it with Ctrl-C ignored, and so would be all that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def as_started() -> None:
    """Each test starts as a process of kb does, whatever the one before it chose: in Japanese, without `--debug`.

    And with logs nobody masks yet: each connection adds a filter, and a thousand of them take seconds.
    """
    from kb.console import terminal
    from kb.mirror import database
    from kb.sources.transport.redaction import _LOGGERS
    from kb.text import lang

    lang.set_language("ja")
    terminal._debug = False
    database.opened.clear()  # else an unexpected error is looked for in the stores of the test before
    for name in _LOGGERS:
        logging.getLogger(name).filters.clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        return next((number for number, place in enumerate(LONG) if item.nodeid.startswith(place)), len(LONG))

    items.sort(key=rank)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile`: a file on one worker, and all files that ask the real Redmine on the same."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class OneRedmine(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return "the real Redmine" if nodeid.startswith(REAL_REDMINE) else str(super()._split_scope(nodeid))

    return OneRedmine(config, log)


def listed_skips() -> dict[str, str]:
    """Patterns of test ids that may be skipped, each with its reason."""
    rows = [line.split(" -- ", 1) for line in (HERE / "SKIPS").read_text(encoding="utf-8").splitlines()]
    return {row[0].strip(): row[1].strip() for row in rows if len(row) == 2 and not row[0].startswith("#")}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in unlisted_skips(terminalreporter):
        terminalreporter.write_line(f"skipped without a line in tests/SKIPS: {report.nodeid}", red=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and exitstatus == 0 and reporter and unlisted_skips(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def unlisted_skips(reporter: pytest.TerminalReporter) -> list[pytest.TestReport]:
    allowed = listed_skips()
    return [
        report
        for report in reporter.stats.get("skipped", [])
        if not any(fnmatch.fnmatch(report.nodeid, pattern) for pattern in allowed)
    ]
