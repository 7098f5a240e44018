"""A slice of `bench/friday.py`, which replays docs/friday.md on 3,000 posts; and what the page says of those."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_works_on_sixty_posts_over_three_days_and_back() -> None:
    command = [sys.executable, ROOT / "bench" / "friday.py", "--posts", "60", "--warm", "--out", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert (result["posts"], result["days"], result["links listed"], result["differences"]) == (60, 3, 3, [])
    assert result["moved"] > 2 * result["per day"] > 10


def test_the_page_states_the_figures_of_the_results() -> None:
    page = (ROOT / "docs" / "friday.md").read_text("utf-8")
    result = json.loads((ROOT / "bench" / "results" / "friday.json").read_text("utf-8"))
    sent = {each["command"].split(" --")[0]: each["requests"] for each in result["steps"]}
    stated = (
        f"1 日 {result['per day']:,} 件ずつ {result['days']} 日",
        f"{result['requests foretold']:,} リクエスト", f"{result['links listed']:,} か所",
        f"| {sent['kb undo last']:,} リクエスト",
    )  # fmt: skip
    assert result["posts"] == 3000
    assert result["differences"] == []
    assert [each for each in stated if each not in page] == []
