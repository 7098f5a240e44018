"""A list of machines that people keep as CSV; rows that nobody checked lately prove nothing."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import date

from kb.estate.collect.inputs import Collected, InputFile, reject
from kb.estate.collect.mask import mask_value, mask_words
from kb.estate.drift.items.csv_list import CsvItems, ListedMachine
from kb.estate.match.machines import parse_list
from kb.text.lang import t


def read_csv_list(files: Sequence[InputFile]) -> Collected:
    """Return the rows of lists. Raises InputError for a file without a column for the host."""
    found: dict[tuple[str, str], ListedMachine] = {}
    for file in files:
        if not file.text.strip():
            continue
        try:
            for cells in parse_list(file.text):
                row = _row(cells)
                found[row.host, row.ip] = row
        except csv.Error as error:
            raise reject(file.name, t(f"CSV として読めません（{error}）", f"it is not valid CSV ({error})")) from None
        except KeyError:
            raise reject(
                file.name, t("1 行目に host（ホスト名）の列がありません", "its first line names no column host")
            ) from None
    return Collected(CsvItems(tuple(found[key] for key in sorted(found))))


def _row(cells: dict[str, str]) -> ListedMachine:
    role, owner = (mask_value(field, cells[field]) for field in ("role", "owner"))
    return ListedMachine(mask_words(cells["host"]), mask_words(cells["ip"]), role, owner, _day(cells["checked_at"]))


def _day(text: str) -> str:
    """Return `2026/7/1`, `2026-07-01` or `2026年7月1日` as an ISO date, "" for anything else."""
    found = re.fullmatch(r"(\d{4})\D(\d{1,2})\D(\d{1,2})(?:日|[T ].*)?", text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat() if found else ""
    except ValueError:
        return ""
