"""How `bench/behaviour.py` compares two recordings."""

from __future__ import annotations

import collections
import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SLOWER = 1.05
"""How much more CPU is taken for noise."""
SHOWN = 12
"""Differences that are printed of each part."""
Json = dict[str, Any]


def read_json(path: Path) -> Any:
    """Read JSON; an empty object where there is no file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


@dataclass
class Verdict:
    """What a comparison of one part found."""

    part: str
    counted: int
    differences: list[str]
    wording: list[str]


def texts(folder: Path) -> dict[str, str]:
    """The files of a recording's folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


def compare_texts(part: str, before: Path, after: Path, strict: bool) -> Verdict:
    """Compare the files of a part line by line. English that differs in words alone is wording."""
    old, new = texts(before / part), texts(after / part)
    if alone := unrecorded(part, old, new):
        return alone
    verdict = Verdict(part, sum(text.count("\n") for text in old.values()), [], [])
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) == new.get(name):
            continue
        if name not in old or name not in new:
            verdict.differences.append(f"{name}: only {'after' if name in new else 'before'}")
            continue
        english = name.startswith("en/")
        same = english and [bare(line) for line in shape(name, old[name])] == [bare(e) for e in shape(name, new[name])]
        told = verdict.wording if same and not strict else verdict.differences
        told.extend(f"{name}: {change}" for change in changes(old[name].splitlines(), new[name].splitlines()))
    return verdict


def changes(old: list[str], new: list[str]) -> Iterator[str]:
    """Lines that differ. A line in place of another is shown from where they part."""
    for what, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        pairs = list(zip(old[i:j], new[k:m], strict=False)) if what == "replace" else []
        for was, now in pairs:
            parting = next((at for at, (one, two) in enumerate(zip(was, now, strict=False)) if one != two), 0)
            start = max(0, parting - 60)
            yield f"{was[:60]} …{was[start : start + 160]} → …{now[start : start + 160]}"
        yield from (f"- {line[:220]}" for line in old[i + len(pairs) : j] if what != "equal")
        yield from (f"+ {line[:220]}" for line in new[k + len(pairs) : m] if what != "equal")


def shape(name: str, text: str) -> list[str]:
    """What stays of an English text when its wording is changed: findings, options and commands, numbers."""
    if name.endswith(".jsonl"):
        return text.splitlines()
    return sorted(
        set(re.findall(r"(?<![\w-])--?[a-z][\w-]*|\[[\w|-]+\|[\w|-]+\]|\b[A-Z]{3}\d{3}\b|^  [a-z-]+(?=  )", text))
    )


def bare(line: str) -> str:
    """A finding without its message."""
    try:
        found = json.loads(line)
    except ValueError:
        return line
    return json.dumps({key: value for key, value in found.items() if key != "message"}, sort_keys=True)


def compare_golden(before: Path, after: Path, strict: bool) -> Verdict:
    """Compare hashes as a bag: a file may move, and may not change."""
    old, new = read_json(before / "golden.json"), read_json(after / "golden.json")
    if alone := unrecorded("golden", old, new):
        return alone
    gone = collections.Counter(old.values()) - collections.Counter(new.values())
    come = collections.Counter(new.values()) - collections.Counter(old.values())
    verdict = Verdict("golden", len(old), [], [])
    for what, files, hashed in (("only before", old, gone), ("only after", new, come)):
        for name, digest in files.items():
            if hashed[digest]:
                hashed[digest] -= 1
                told = verdict.wording if re.search(r"[-/]en[./]", name) and not strict else verdict.differences
                told.append(f"{name}: {what}")
    return verdict


def compare_requests(before: Path, after: Path) -> Verdict:
    """Compare the counts of requests, by sync, system and route."""
    old, new = (dict(flat(read_json(each / "requests.json"))) for each in (before, after))
    if alone := unrecorded("requests", old, new):
        return alone
    changed = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    return Verdict("requests", len(old), [f"{name}: {old.get(name)} → {new.get(name)}" for name in changed], [])


def flat(value: Json, path: str = "") -> Iterator[tuple[str, object]]:
    """Leaves by their path."""
    for name, each in value.items():
        if isinstance(each, dict):
            yield from flat(each, f"{path}{name} · ")
        else:
            yield path + name, each


def compare_figures(before: Path, after: Path) -> tuple[Verdict, list[str]]:
    """Figures beside each other, and those beyond what is allowed."""
    old, new = (dict(flat(read_json(each / "figures.json"))) for each in (before, after))
    verdict, rows = Verdict("figures", len(old), [], []), []
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        rows.append(f"{name}: {was} → {now}")
        if name.startswith("size · rooms"):
            continue
        if not isinstance(was, (int, float)) or not isinstance(now, (int, float)):
            verdict.differences.append(f"{name}: {was} → {now}, measured once")
        elif now > was * (1 if name.startswith("size") else SLOWER):
            verdict.differences.append(f"{name}: {was} → {now} ({now / was:.2f})")
    return verdict, rows


def compare(before: Path, after: Path, strict: bool) -> int:
    """Print what differs. 1 if something does."""
    old, new = read_json(before / "inputs.json"), read_json(after / "inputs.json")
    inputs = [f"{name}: not the same" for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    figures, rows = compare_figures(before, after)
    verdicts = [
        Verdict("inputs", len(old), inputs, []),
        *(compare_texts(part, before, after, strict) for part in ("lint", "help", "sandbox", "mirror")),
        compare_golden(before, after, strict),
        compare_requests(before, after),
        figures,
    ]
    print(f"{before}: {read_json(before / 'commit.json')}\n{after}: {read_json(after / 'commit.json')}\n")
    print(f"{'part':<10}{'compared':>10}{'different':>11}{'wording':>9}")
    for each in verdicts:
        print(f"{each.part:<10}{each.counted:>10}{len(each.differences):>11}{len(each.wording):>9}")
    print("\nfigures\n" + indented(rows))
    for each in verdicts:
        for title, found in ((each.part, each.differences), (f"{each.part}, English wording", each.wording)):
            if found:
                more = [f"… and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
                print(f"\n{title}\n" + indented([*found[:SHOWN], *more]))
    return int(any(each.differences for each in verdicts))


def unrecorded(part: str, old: Mapping[str, object], new: Mapping[str, object]) -> Verdict | None:
    """The verdict where only one of the recordings has a part."""
    if bool(old) == bool(new):
        return None
    return Verdict(part, len(old), [f"recorded only {'before' if old else 'after'}"], [])


def indented(lines: Iterable[str]) -> str:
    """Lines below a heading."""
    return "\n".join(f"  {line}" for line in lines)
