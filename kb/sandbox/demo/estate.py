"""What the demo's team has of its running system: the model in git, and the listings that are collected from."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

from kb.diagram.model.toml import MODEL_FILE, MODEL_FOLDER
from kb.files import replace_file
from kb.sandbox.team import InventedTeam
from kb.sandbox.team.estate import SOURCES, list_estate
from kb.sandbox.team.words import DraftWords

LISTINGS = "listings"
"""The folder of a demo that holds them."""


def write_model(folder: Path, team: InventedTeam, start: datetime) -> None:
    """Write the model of the team's system, as the team would have it in git; its days follow `start`."""
    target = folder / MODEL_FOLDER / MODEL_FILE
    target.parent.mkdir(exist_ok=True)
    posts = {key.removeprefix("post:"): number for key, number in team.numbers.items() if key.startswith("post:")}
    text = Path(__file__).with_name(MODEL_FILE).read_text(encoding="utf-8")
    replace_file(target, DraftWords(posts, {}, {}).fill(text, start).encode())


def write_listings(folder: Path, start: datetime, at: datetime) -> dict[str, Path]:
    """Write what the tools print at `at`, for its owner alone, in place of an earlier time's; return it by source.

    The files are as old as what they say: `kb diagram collect` goes by that where a listing has no time of its own.
    """
    shutil.rmtree(folder / LISTINGS, ignore_errors=True)
    (folder / LISTINGS).mkdir(mode=0o700)
    for name, data in list_estate(start, at).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (at.timestamp(), at.timestamp()))
    return {source: Path(place) for source, place in SOURCES.items()}
