"""The pages for those who do not see it, or not well: axe-core finds nothing that matters."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import node
import pytest
from lint.formats_kit import PAGE
from lint.test_formats_html import EVIL_PAGES, browser, show  # noqa: F401 -- browser is a fixture
from lint.test_formats_html import html as lint_page
from reports.test_incident_forms import listed
from reports.week.made import first, hostile, quiet, rich
from reports.week.test_html_in_browser import emulate, made
from selenium import webdriver

from kb.reports.incidents.groups import GroupBy, group_incidents
from kb.reports.incidents.render import render_html
from kb.text import lang
from kb.text.lang import Lang

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of `axe-core` from npm, at the version of package-lock.json."""
    folder = tmp_path_factory.mktemp("axe")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "axe" / name, folder)
    node.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", cwd=folder, check=True)
    return (folder / "node_modules/axe-core/axe.min.js").read_text("utf-8")


@pytest.mark.node
@pytest.mark.parametrize(
    ("page", "language", "size", "scheme"),
    [
        (lambda: made(rich()), "ja", "desktop", "light"),
        (lambda: made(rich()), "en", "phone", "dark"),
        (lambda: made(quiet()), "ja", "desktop", "dark"),
        (lambda: made(first()), "ja", "phone", "light"),
        (lambda: made(hostile()), "ja", "phone", "light"),
        (lambda: "".join(render_html(group_incidents(listed(), GroupBy.MONTH))), "ja", "desktop", "light"),
        (lambda: "".join(render_html(group_incidents(listed(), GroupBy.MONTH))), "en", "phone", "dark"),
        (lambda: lint_page(*EVIL_PAGES, PAGE), "ja", "desktop", "dark"),
        (lambda: lint_page(*EVIL_PAGES, PAGE), "ja", "phone", "light"),
    ],
)
def test_axe_finds_nothing_serious(
    browser: webdriver.Chrome,  # noqa: F811
    tmp_path: Path,
    axe: str,
    size: str,
    scheme: str,
    page: Callable[[], str],
    language: Lang,
) -> None:
    lang.set_language(language)
    emulate(browser, features=[{"name": "prefers-color-scheme", "value": scheme}])
    try:
        show(browser, tmp_path, page(), size)
        browser.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
        browser.execute_script(axe)
        found = browser.execute_async_script(
            "const done = arguments[0];"
            "axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations.map("
            "v => [v.impact, v.id, v.nodes.slice(0, 3).map(n => n.html + ' ' + n.failureSummary)])))"
        )
        assert [each for each in found if each[0] in ("serious", "critical")] == []
    finally:
        emulate(browser, features=[])


@pytest.mark.node
def test_axe_would_tell(browser: webdriver.Chrome, tmp_path: Path, axe: str) -> None:  # noqa: F811
    """The test above can fail: pale letters and a picture without words are told."""
    show(browser, tmp_path, made(rich()).replace('role="img" aria-label', 'role="img" data-label'))
    browser.execute_script("document.documentElement.style.setProperty('--soft', '#bbb')")
    browser.execute_script(axe)
    found = browser.execute_async_script("axe.run(document).then(r => arguments[0](r.violations.map(v => v.id)))")
    assert {"svg-img-alt", "color-contrast"} <= set(found)
