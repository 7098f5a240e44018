"""Check rules on pages, and describe the difference for a failed test."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kb.lint.engine import plugin_sources
from kb.lint.inputs.paths import MARKUPS, read_file
from kb.lint.testing.world import apply_test_fields, load_test_world
from kb.model.document import Document, Visibility
from kb.model.finding import Finding
from kb.model.page import DocumentVersion
from kb.reading.facts import read_facts
from kb.rules import declared, registry, suppress
from kb.rules.directives import parse_directives
from kb.rules.gate import Gate, ReEngine, list_patterns
from kb.rules.judge import Judge, judge_joins
from kb.rules.registry import Rule
from kb.rules.world import World
from kb.text.lang import Text
from kb.text.lazy_pattern import compile_lazy

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding: line, message and columns; None for any columns."""

    line: int
    message: str
    columns: tuple[int, int] | None = None

    def meets(self, other: FindingLine) -> bool:
        """Return whether both are the same finding."""
        same = (self.line, self.message) == (other.line, other.message)
        return same and (None in (self.columns, other.columns) or self.columns == other.columns)


def describe_difference(body: str, expected: Sequence[FindingLine], actual: Sequence[FindingLine]) -> str:
    """Return missing and extra findings in page order, each under its line; "" for none."""
    missing, extra = list(expected), []
    for row in actual:
        met = next((each for each in missing if each.meets(row)), None)
        if met is None:
            extra.append(row)
        else:
            missing.remove(met)
    rows = sorted(
        [(row.line, 0, row) for row in missing] + [(row.line, 1, row) for row in extra], key=lambda each: each[:2]
    )
    return "\n".join(_difference_lines(body.split("\n"), [(kind, row) for _, kind, row in rows]))


def _difference_lines(lines: Sequence[str], rows: Sequence[tuple[int, FindingLine]]) -> Iterator[str]:
    last = 0
    for kind, row in rows:
        if row.line != last:
            text = lines[row.line - 1].rstrip() if 0 < row.line <= len(lines) else "(the page has no such line)"
            yield f"  {row.line:>4} | {text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}"
            last = row.line
        at = f" (columns {row.columns[0]} to {row.columns[1]})" if row.columns else ""
        yield f"       {('- expected', '+ found')[kind]}: {row.message}{at}"


Rules = str | Path | Iterable[Rule]


@dataclass(frozen=True, slots=True)
class Case:
    """A page in a rule's folder. `lacks` says why there is nothing to judge, "" otherwise."""

    page: Path
    rule: Rule | None = None
    lacks: str = ""

    def __str__(self) -> str:
        return f"{self.page.parent.name}/{self.page.name}"

    @property
    def expected(self) -> list[str]:
        """Return the lines beside the page; a `good*` page needs none. Raises AssertionError without the file."""
        beside = self.page.with_suffix(".txt")
        if self.page.name.startswith("good") and not beside.exists():
            return []
        assert beside.exists(), f"{beside}: missing; it says what the page must give"
        return [line for line in beside.read_text("utf-8").splitlines() if line.strip()]

    def check(self) -> None:
        """Raise AssertionError unless the page yields exactly the findings beside it."""
        assert self.rule is not None and not self.lacks, f"{self}: {self.lacks}"  # noqa: PT018 - one thing
        body = self.page.read_bytes().decode()
        text, structure = read_file(self.page, body, changed="")
        page = apply_test_fields(text, self.page), structure
        found = find_by_rule(self.rule, page, load_test_world(self.page), _read_versions(self.page))
        wrong = describe_difference(body, [_row(line) for line in self.expected], [_said(each) for each in found])
        assert not wrong, f"{self}: {self.rule.code} {self.rule.name}\n{wrong}"


def cases(folder: str | Path, tested: Rules) -> dict[str, Any]:
    """Return the pages below `folder` as arguments for `pytest.mark.parametrize(**…)`: `case`.

    `tested` are the rules: a package, a file or folder of `kb_rules`, or rules. A folder without a rule is a
    failing case, as is a rule without a page that fires or without one that stays silent.
    """
    known = {rule.name: rule for rule in rules_of(tested) if rule.kinds}  # others look at no page
    names = ", ".join(known)
    found = []
    fires: dict[str, set[bool]] = {name: set() for name in known}
    for page in sorted(page for page in Path(folder).glob("*/*") if page.suffix in MARKUPS):
        rule = known.get(page.parent.name)
        found.append(Case(page, rule, "" if rule else f"no rule is called {page.parent.name} (there are: {names})"))
        beside = page.with_suffix(".txt")
        fires.setdefault(page.parent.name, set()).add(beside.exists() and bool(beside.read_text("utf-8").strip()))
    for name, rule in known.items():
        for wanted, lacks in ((True, "bad.md"), (False, "good.md")):
            if wanted not in fires[name]:
                found.append(Case(Path(folder, name, lacks), rule, _LACKS[wanted]))
    return {"argnames": "case", "argvalues": found, "ids": str}


_LACKS = {
    True: "a rule needs a page that it finds something on, and what that is in a .txt beside it",
    False: "a rule needs a page that looks like trouble and is none",
}


def rules_of(tested: Rules) -> tuple[Rule, ...]:
    """Return the rules of a package name, a `kb_rules` folder, a .py or .toml file, or those given."""
    if isinstance(tested, str) and not tested.endswith((".py", ".toml")) and "/" not in tested:
        package = importlib.import_module(tested)
        registry.import_package(package)
        return registry.rules_below(tested)
    if not isinstance(tested, str | Path):
        return tuple(tested)
    path = Path(tested)
    code = (
        plugin_sources.read_rule_files(path)
        if path.is_dir()
        else (plugin_sources.read_rule_file(path),)
        if path.suffix == ".py"
        else ()
    )
    tables = sorted(path.glob("*.toml")) if path.is_dir() else [path] if path.suffix == ".toml" else []
    plugin_sources.reset_rule_package(code)
    found = [rule for file in code for rule in plugin_sources.load_rule_file(file)]
    found += [
        declared.register_declared(row)
        for table in tables
        for row in declared.read_rules_toml(table.read_text("utf-8"), table.name)
    ]
    return tuple(found)


def check_rule(
    rule: Rule,
    *,
    page: str,
    expect: Sequence[str] = (),
    name: str = "page.md",
    world: World | None = None,
) -> None:
    """Raise AssertionError unless `page` yields exactly the findings of `expect`.

    Each is `line message`, or just the message for each stretch of the page in ⟦…⟧ in order, where the finding
    must stand exactly there. `name` is the file's: its suffix decides the markup.
    """
    body, marks = _unmarked(page)
    if marks:
        assert len(marks) == len(expect), f"{len(marks)} places are marked, {len(expect)} findings expected"
        expected = [FindingLine(line, message, columns) for (line, columns), message in zip(marks, expect, strict=True)]
    else:
        expected = [_row(line) for line in expect]
    found = find_by_rule(rule, read_file(Path(name), body, changed=""), world or load_test_world(None))
    wrong = describe_difference(body, expected, [_said(each) for each in found])
    assert not wrong, f"{rule.code} {rule.name}\n{wrong}"


def find_by_rule(
    rule: Rule, page: tuple[Document, bytes], world: World, versions: Sequence[DocumentVersion] = ()
) -> list[Finding]:
    """Return a rule's findings on a page, by check and join. Crashes propagate.

    `versions` are the page's old texts, newest first. A rule the engine reports for (`says`) judges suppressions,
    so all rules judge the page.
    """
    text, structure = page
    judging = registry.load_rules() if rule.says is not None else (rule,)
    judge = Judge(judging, world.policy, _gate(judging), read=read_facts, directives=parse_directives)
    judgement = judge(text, structure, versions=versions)
    found, crashes = judge_joins(judgement, judging, world)
    for crash in (*judgement.crashes, *crashes):
        raise crash.__cause__ or crash
    ran = frozenset(each.code for each in judging)
    findings = suppress.apply_suppressions(
        judgement.entry,
        (*judgement.findings, *found),
        judgement.directives,
        rules=registry.load_rules() if rule.says is not None else (*registry.load_rules(), rule),
        ran=ran,
        today=world.today,
    )
    return [each for each in findings if each.code == rule.code and each.waiver is None]


def _read_versions(page: Path) -> list[DocumentVersion]:
    """Return the old versions beside a page, newest first."""
    found = [
        DocumentVersion(
            f"revision:{file.stem}", int(file.stem), "", file.read_bytes().decode(), MARKUPS[file.suffix],
            "", "", "", Visibility.MEMBERS,
        )
        for file in page.with_suffix(".before").glob("*")
        if file.suffix in MARKUPS
    ]  # fmt: skip
    return sorted(found, key=lambda version: -version.number)


@lru_cache(maxsize=8)
def _gate(judging: tuple[Rule, ...]) -> Gate:
    """Return the gate with the plain engine: no compilation, no cache."""
    groups = registry.groups_of(judging)
    return Gate(groups, ReEngine(list_patterns(groups)))


def _row(line: str) -> FindingLine:
    number, _, message = line.strip().partition(" ")
    assert number.isdigit(), f"{line!r} is not `line message`"
    return FindingLine(int(number), message.strip())


def _said(found: Finding) -> FindingLine:
    message: Text = found.full_message
    columns = (found.span.column, found.span.end_column) if found.span.line == found.span.end_line else None
    return FindingLine(found.span.line, str(message), columns)


_MARK = compile_lazy("⟦(.*?)⟧", re.S)


def _unmarked(page: str) -> tuple[str, list[tuple[int, tuple[int, int]]]]:
    """Return the page without its marks, and line and columns of each."""
    marks = []
    body = ""
    at = 0
    for mark in _MARK.finditer(page):
        body += page[at : mark.start()]
        line, column = body.count("\n") + 1, len(body) - (body.rfind("\n") + 1) + 1
        assert "\n" not in mark[1], f"⟦{mark[1]}⟧: a mark stays on its line"
        marks.append((line, (column, column + len(mark[1]))))
        body += mark[1]
        at = mark.end()
    return body + page[at:], marks
