"""The verdicts on public pages are sound, and the README's figures are what the file says."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

SET = Path(__file__).parent / "public"
ADDRESS = re.compile(r"https?://\S+|(?:debian|npm|pypi):\S+@\S+:\S+|stored:\d+")
COUNTS = ("sec", "sec_false", "sec_arguable", "inc", "inc_false")


@pytest.fixture(scope="module", name="pages")
def _pages() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SET / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module", name="readme")
def _readme() -> str:
    return (SET / "README.md").read_text(encoding="utf-8")


def table_row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def per_100(alarms: int, pages: int) -> str:
    return f"{100 * alarms / pages:.1f}"


def credentials_row(pages: list[dict[str, Any]], run: str) -> str:
    clean = [page["runs"][run] for page in pages if not page["secret"]]
    false, arguable = (sum(counts[key] for counts in clean) for key in ("sec_false", "sec_arguable"))
    return table_row(
        pages[0]["sample"],
        run,
        len(clean),
        sum(page["runs"][run]["sec"] for page in pages),
        false,
        sum(counts["sec_false"] > 0 for counts in clean),
        per_100(false, len(clean)),
        arguable,
    )


def incidents_row(pages: list[dict[str, Any]], run: str) -> str:
    others = [page["runs"][run] for page in pages if not page["incident"]]
    incidents = [page["runs"][run] for page in pages if page["incident"]]
    false = sum(counts["inc_false"] for counts in others)
    return table_row(
        pages[0]["sample"],
        run,
        len(others),
        sum(counts["taken"] for counts in others),
        false,
        per_100(false, len(others)),
        f"{sum(counts['taken'] for counts in incidents)} of {len(incidents)}",
        f"{sum(counts['inc_false'] for counts in incidents)} of {sum(counts['inc'] for counts in incidents)}",
    )


def cause_rows(pages: list[dict[str, Any]], readme: str) -> list[str]:
    """How often each cause stands in each run, beside the explanation the README gives of it."""
    runs = list(dict.fromkeys(run for page in pages for run in page["runs"]))
    counts = {run: Counter[str]() for run in runs}
    for page in pages:
        for run, judged in page["runs"].items():
            counts[run].update(judged["causes"])
    meaning = dict(re.findall(r"^\| `([\w-]+)` \|.*?\| (\D.*) \|$", readme, re.MULTILINE))
    causes = {cause for counter in counts.values() for cause in counter}
    return [table_row(f"`{cause}`", *(counts[run][cause] for run in runs), meaning.get(cause, "?")) for cause in causes]


def test_every_page_has_an_address_of_its_own(pages: list[dict[str, Any]]) -> None:
    assert len(pages) >= 300
    addresses = [page["address"] for page in pages]
    assert len(set(addresses)) == len(addresses)
    assert [address for address in addresses if not ADDRESS.fullmatch(address)] == []


def test_counts_add_up(pages: list[dict[str, Any]]) -> None:
    for page in pages:
        assert ("layout" in page) == page["incident"]
        for counts in page["runs"].values():
            assert all(counts[key] >= 0 for key in COUNTS)
            assert counts["sec_false"] + counts["sec_arguable"] <= counts["sec"]
            assert page["secret"] or counts["sec_false"] + counts["sec_arguable"] == counts["sec"]
            assert sum(counts["causes"].values()) == counts["sec_false"] + counts["inc_false"]
            assert counts["inc"] == 0 or counts["taken"]
            assert page["incident"] or counts["inc_false"] == counts["inc"]


def test_the_file_holds_no_text_of_a_page(pages: list[dict[str, Any]]) -> None:
    words = {page[key] for page in pages for key in ("collection", "kind")}
    words |= {page["layout"] for page in pages if page["incident"]}
    words |= {cause for page in pages for counts in page["runs"].values() for cause in counts["causes"]}
    assert [word for word in words if not re.fullmatch(r"[a-z0-9-]+", word)] == []
    assert {key for page in pages for key in page} <= {
        *("address", "sample", "collection", "kind", "incident", "layout", "secret", "characters", "runs")
    }


def test_the_readme_gives_the_figures_of_the_file(pages: list[dict[str, Any]], readme: str) -> None:
    lines = readme.splitlines()
    for sample in {page["sample"] for page in pages}:
        drawn = [page for page in pages if page["sample"] == sample]
        for run in drawn[0]["runs"]:
            assert credentials_row(drawn, run) in lines
            assert incidents_row(drawn, run) in lines
    for row in cause_rows(pages, readme):
        assert row in lines
    for collection, number in Counter(page["collection"] for page in pages).items():
        assert f"`{collection}` {number}" in readme
