"""One bad row among good ones, in each file that kb keeps or is given: it is named, and everything else works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch

import pytest
from torture_kit.damaged_files import Stand, standing


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with standing(tmp_path_factory.mktemp("rows")) as made:
        yield made


CACHE = "collected/kr-prd-cache-01.txt"
JOURNAL = ".kb/runs/2*.jsonl"


@pytest.mark.parametrize(
    ("file", "row", "bad", "command", "code", "says"),
    [
        (JOURNAL, r'^\{"what":"done".*$', "{]", "history", 0, ["12 行目が壊れて", "済み 3 件"]),
        (JOURNAL, r'"what":"done","at":"[^"]*"', '"what":"done","at":7', "history last", 0, ["12 行目", "済み esa:4"]),
        ("plan.toml", r"^accept = true", "accept = 7", "review plan.toml", 2, ["plan.toml 19 行目"]),
        ("plan.receipt.toml", r'^came = "done"', "came = 7", "apply plan.toml --yes", 0, ["前回までに済み 4 件"]),
        ("kb-baseline.toml", r'^code = "[^"]*"', "code = 7", "lint --exit-zero", 2, ["kb-baseline.toml 7 行目"]),
        ("kb-decisions.toml", r'^what = "accept"', 'what = "x"', "lint --exit-zero", 2, ["kb-decisions.toml 6 行目"]),
        (".kb/snapshots/ec2.json", r'"launched_at": "[^"]*"', '"launched_at": "x"', "diagram check", 0, []),
        (".kb/snapshots/ec2.json", r'"launched_at": "[^"]*"', '"launched_at": 7', "report", 3, ["ec2.json", "先に"]),
        (
            CACHE,
            r"^(\d+\t[^\t]+)\t\d+\t",
            r"\1\tx\t",
            "diagram collect hosts --from collected",
            3,
            [" ps ", "ホスト 11"],
        ),
        ("given/zabbix.json", r'"clock": "\d+"', '"clock": "x"', "diagram collect zabbix --from {}", 0, ["ホスト 22"]),
        ("given/ec2.json", r'"LaunchTime": "[^"]*"', '"LaunchTime": 7e99', "diagram collect ec2 --from {}", 0, ["24"]),
        ("given/machines.csv", r"\d{4}-\d\d-\d\d", "x", "diagram collect csv --from {}", 0, ["行 4"]),
        ("notes/memo.md", r"^date: .*", "date: [[", "sync", 0, ["変更 1"]),
        ("diagrams/system.toml", r"^label = ", "label = 7 #", "diagram check", 2, ["diagrams/system.toml", "行目"]),
    ],
)
def test_one_bad_row_is_named_and_the_others_are_read(
    stand: Stand, file: str, row: str, bad: str, command: str, code: int, says: list[str]
) -> None:
    stand.restore()
    (name,) = (each for each in stand.files() if fnmatch(each, file))
    text, count = re.subn(row, bad, (stand.root / name).read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    assert count == 1
    (stand.root / name).write_text(text, encoding="utf-8")
    ended = stand.kb(command.format(name))
    assert not ended.is_unexpected
    assert (ended.code, [each for each in says if each not in ended.said]) == (code, []), ended.said
