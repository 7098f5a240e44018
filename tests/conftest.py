"""What every test may rely on, and the rule about skips: in CI one fails the run unless tests/SKIPS lists it."""

from __future__ import annotations

import fnmatch
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from servers import (  # noqa: E402 -- fixtures for every test
    closing_redmine,  # noqa: F401
    fresh_redmine,  # noqa: F401
    real_redmine,  # noqa: F401
    sandbox,  # noqa: F401
)

for name in ("ESA_ACCESS_TOKEN", "REDMINE_API_KEY", "ESA_API_BASE_URL", "KB_CONFIG", "KB_KEY"):
    os.environ.pop(name, None)


@pytest.fixture(autouse=True)
def japanese() -> None:
    """Each test starts in Japanese, whatever the one before it chose."""
    from kb import lang

    lang.use("ja")


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
