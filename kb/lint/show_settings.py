"""`kb lint --show-settings`: the settings in force and their origin. Judges nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from kb.lint.engine.plugins import note_disabled
from kb.lint.engine.request import Profile, Request
from kb.lint.engine.survey import Survey
from kb.rules.registry import Rule
from kb.settings.kb_toml import Settings
from kb.settings.toml import format_toml, load_toml
from kb.settings.workspace import FILE_NAME, Workspace
from kb.text.display import sanitize, sanitize_lines
from kb.text.lang import t

DEFAULT = t("既定", "default")


def print_settings(request: Request, workspace: Workspace | None) -> None:
    """Print the settings as TOML, each with its origin, and the rules that run. Raises what a lint raises."""
    found = Survey(request, workspace)
    for line in (*_settings(workspace), "", *_rules(found)):
        sys.stdout.write(f"{sanitize(line)}\n")


def _settings(workspace: Workspace | None) -> Iterator[str]:
    if workspace is None:
        yield f"# {t('kb.toml なし（すべて既定）', 'no kb.toml: all defaults')}"
        settings, written = Settings(), {}
    else:
        path = workspace.root / FILE_NAME
        yield f"# {sanitize_lines(str(path))}"
        settings, written = workspace.settings, load_toml(path.read_text(encoding="utf-8-sig"))
    yield from _table(settings, written, top=True)
    for each in fields(settings):
        value = getattr(settings, each.name)
        if is_dataclass(value):
            yield ""
            yield f"[{each.name}]"
            yield from _table(value, written.get(each.name, {}), top=False)
        elif isinstance(value, tuple):
            for row, said in zip(value, written.get(each.name, ()), strict=True):
                yield ""
                yield f"[[{each.name}]]"
                yield from _table(row, said, top=False)


def _table(settings: object, written: dict[str, object], *, top: bool) -> Iterator[str]:
    """Yield the values of one table, or those outside tables."""
    for each in fields(settings):  # type: ignore[arg-type]
        if (top and not each.metadata) or each.metadata.get("key", each.name) is None:
            continue
        name = str(each.metadata.get("key", each.name))
        origin = FILE_NAME if name in written else DEFAULT
        # A command that prints a token is not shown on a shared screen.
        value = (
            '"…"'
            if name.endswith("_command") and getattr(settings, each.name)
            else _format(getattr(settings, each.name))
        )
        yield f"{name} = {value}  # {origin}"


def _format(value: object) -> str:
    """Return a setting as TOML; nested tables are abbreviated."""
    if isinstance(value, tuple) and value and is_dataclass(value[0]):
        return "[" + ", ".join(map(_format, value)) + "]"
    return "{…}" if is_dataclass(value) else format_toml(value)


def _rules(found: Survey) -> Iterator[str]:
    request = found.request
    yield f"# {t('動く規則', 'rules that run')}: {len(found.selected)} / {len(found.every)} ({_origin(found)})"
    yield f"# profile = {request.profile}, min-confidence = {request.min_confidence.name.lower()}"
    aside, none = found.aside, t("（なし）", "(none)")
    for name, path, count in (
        ("baseline", aside.path, len(aside.baseline) if aside.baseline is not None else None),
        *(("baseline", path, len(known)) for path, known in aside.baselines() if path == aside.private_path),
        ("decisions", aside.decided_in, aside.decided),
    ):
        yield f"# {name} = {path} {none if count is None else t(f'（{count:,} 件）', f'({count:,})')}"
    if (note := note_disabled(found.workspace)) is not None:
        yield f"# {note}"
    yield from _owners(found.workspace)
    for rule in found.every:
        yield _rule(rule, found)


def _owners(workspace: Workspace | None) -> Iterator[str]:
    """Yield the owner rules and their problems."""
    if workspace is None:
        return
    from kb.lint.people.owners import check_owners

    for check in check_owners(workspace):
        yield f"# {check.sign.value} {check.fact}" + (f" → {check.remedy}" if check.remedy else "")


def _rule(rule: Rule, found: Survey) -> str:
    running = rule in found.selected
    own = found.team.severities.get(rule.code)
    severity = (own or rule.severity).name.lower()
    notes = [] if own is None else [f"{FILE_NAME} [lint.severity]"]
    if running is not rule.on:
        notes.append(_origin(found))
    word = t("動く", "on") if running else t("止", "off")
    return f"{word} {rule.code} {rule.name} {severity}" + (f"  # {', '.join(notes)}" if notes else "")


def _origin(found: Survey) -> str:
    """Return who chose the rules."""
    request, lint = found.request, found.settings.lint
    words = []
    if request.profile is Profile.STRICT:
        words.append("--profile strict")
    if request.select:
        words.append("--select")
    elif lint.select:
        words.append(f"{FILE_NAME} lint.select")
    if request.ignore:
        words.append("--ignore")
    if not request.select and lint.ignore:
        words.append(f"{FILE_NAME} lint.ignore")
    return ", ".join(words) or str(DEFAULT)
