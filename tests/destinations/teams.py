"""Read a file of posts as the command does, and count its shared pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kb.lint.inputs.jsonl import read_jsonl
from kb.model.document import Document, Kind
from kb.plan.destinations.baselines import Baselines
from kb.plan.destinations.calibrate import Sample
from kb.plan.destinations.signs import PageSigns, read_signs
from kb.plan.destinations.statistics import PlaceStatistics
from kb.text.dates import parse_day

STACKS = Path(__file__).parents[1] / "corpus" / "stacks"


@dataclass
class Team:
    statistics: PlaceStatistics = field(default_factory=PlaceStatistics)
    sample: Sample = field(default_factory=Sample)
    baselines: Baselines = field(default_factory=Baselines)

    def count(self, page: Document) -> None:
        signs = signs_of(page)
        self.statistics.add(signs, page.category)
        self.sample.add(signs, page.category)
        self.baselines.add(signs, page.category)


def signs_of(page: Document) -> PageSigns:
    return read_signs(page, parse_day(page.created_at))


def posts(path: Path) -> Iterator[Document]:
    def fail(error: Exception) -> None:
        raise error

    return (each for each in read_jsonl(str(path), fail) if each.kind is Kind.POST)


def labels() -> dict[int, dict[str, str]]:
    rows = map(json.loads, (STACKS / "labels.jsonl").read_text("utf-8").splitlines())
    return {row["doc"]: row for row in rows}
