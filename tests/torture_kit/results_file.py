"""A result of a bench, with the commit it was got from, when, and the CPU it took."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def keep(result: Mapping[str, Any], out: str) -> None:
    """Write a result to a file; print it where that is `-`."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=ROOT).stdout.strip()
    stamped = {
        "commit": commit,
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **result,
        "cpu_s": round(sum(os.times()[:4])),
    }
    text = json.dumps(stamped, ensure_ascii=False, indent=1) + "\n"
    if out == "-":
        print(text, end="")
    else:
        Path(out).write_text(text, encoding="utf-8")
