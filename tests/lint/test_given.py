"""Files and lines judged by several processes: what comes out is what one process writes, byte for byte."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from kb.errors import InputError
from kb.lint.engine import given, workers
from kb.lint.inputs import jsonl
from kb.secrets.masking import registry
from kb.text.lang import t

VALUES = ("Kv7tRq2mZx", "p4Wm-9sQe_Lt2", "Zt81xQpm44vR")
LINT = ("lint", "--format", "jsonl", "--all", "--min-confidence", "low", "--profile", "strict")

Call = Callable[..., Any]


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "MIN_PARALLEL", 8)
    monkeypatch.setattr(given, "MIN_RANGE", 4)


@pytest.fixture
def in_turn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Judge the chunks here, each knowing only what a process of its own would; grows by the documents of each."""
    sizes: list[int] = []

    def judge_in_turn(judge: Callable[..., Any], work: Iterable[tuple[Any, ...]], jobs: int) -> Iterator[Any]:
        for each in list(work):
            known = registry.get_known()
            found = judge(*each)
            registry.use_known(known)
            sizes.append(len(found))
            yield found

    monkeypatch.setattr(workers, "judge_in_processes", judge_in_turn)
    return sizes


def timeless(said: Any) -> tuple[int, str, str]:
    return said.code, said.out, re.sub(r"[0-9.]+ 秒", "", said.err)


def write_lines(folder: Path, seed: int) -> None:
    """Posts that tell a value, or hold one another post may have told, with bad lines among them."""
    choose = random.Random(seed)  # noqa: S311 - the same every time
    lines = []
    for number in range(60):
        value = choose.choice(VALUES)
        body = choose.choice(
            (
                f"DB password: {value}\n",
                f"# 控え\n{value} が通らない。\n## 原因\n{value} の期限が切れていた。\n## 再発防止\nTODO\n",
                f"user: app / password: {value}x9\ntoken {value}\n",
                "## 原因\n調査中\n## 再発防止\n",
            )
        )
        row = {"id": number, "full_name": f"不具合共有/{choose.choice(('件', value))} {number}", "body_md": body}
        lines.append(choose.choice((json.dumps(row),) * 6 + ("{oops", json.dumps({"id": f"{value}", "x": 1}))))
    lines += lines[:3]
    (folder / "in.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


@pytest.mark.parametrize("seed", range(3))
def test_several_processes_write_what_one_does(
    kb: Call, folder: Path, small_chunks: None, in_turn: list[int], seed: int
) -> None:
    write_lines(folder, seed)
    alone = kb(*LINT, "--input", "in.jsonl", "--jobs", "1")
    assert in_turn == []
    assert timeless(kb(*LINT, "--input", "in.jsonl", "--jobs", "3")) == timeless(alone)
    assert len(in_turn) > 5
    assert max(in_turn) == 4
    assert alone.code == 2
    assert not any(value in alone.out for value in VALUES)


def test_processes_judge_files_and_lines(kb: Call, folder: Path, small_chunks: None) -> None:
    write_lines(folder, 1)
    (folder / "notes").mkdir()
    for number in range(12):
        (folder / "notes" / f"{number:02}.md").write_text(f"# 障害 {number}\n## 原因\n{VALUES[number % 3]}\n", "utf-8")
    words = (*LINT, "notes", "--input", "in.jsonl", "--exit-zero")
    assert timeless(kb(*words, "--jobs", "2")) == timeless(kb(*words, "--jobs", "1"))


def test_a_few_documents_start_no_process(kb: Call, folder: Path, in_turn: list[int]) -> None:
    write_lines(folder, 2)
    kb(*LINT, "--input", "in.jsonl", "--jobs", "3")
    assert in_turn == []


def test_a_reading_that_breaks_off_is_told(
    kb: Call, folder: Path, small_chunks: None, in_turn: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lines(folder, 3)
    real = jsonl.read_jsonl

    def broken(*words: Any) -> Iterator[Any]:
        yield from islice(real(*words), 30)
        raise InputError(t("読めなくなりました", "no longer readable"))

    monkeypatch.setattr(jsonl, "read_jsonl", broken)
    alone = kb(*LINT, "--input", "in.jsonl", "--jobs", "1")
    assert "読めなくなりました" in alone.err
    assert timeless(kb(*LINT, "--input", "in.jsonl", "--jobs", "3")) == timeless(alone)
    assert in_turn
