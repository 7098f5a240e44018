"""What a lint has to say of its baseline, and of what in the team's files matches nothing."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from kb.console.terminal import say
from kb.lint.engine.request import Profile, Request
from kb.lint.engine.survey import Survey
from kb.lint.printable import document_id
from kb.lint.waivers.baseline import Baseline, BaselineEntry
from kb.lint.waivers.update import BaselineRun, say_entries_of_other_keys
from kb.model.document import RawDocId, parse_doc
from kb.rules.codes import is_secret
from kb.text.display import sanitize
from kb.text.lang import Text, t


def run_of_survey(found: Survey) -> BaselineRun:
    """Return what a baseline needs to know of a lint."""
    return BaselineRun(
        found.aside,
        found.now.date(),
        update_baseline_command(found.request),
        key_id_of(found),
        frozenset(rule.code for rule in found.every if rule.pressing),
        lambda known: not known.is_on_system,
        partial(make_coverage_test, found),
        partial(_make_privacy_test, found),
        found.is_narrow,
        found.request.new_only,
    )


def _make_privacy_test(found: Survey) -> Callable[[BaselineEntry], bool]:
    """Return a test of whether an entry is on something not every member may read."""
    workspace, aside = found.workspace, found.aside
    if workspace is None or aside.private_path is None or aside.baseline is None or not found.request.mirrored:
        return lambda known: False
    from kb.mirror import queries
    from kb.mirror.store import Mirror

    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        narrow = {(document_id(doc), part) for doc, part in queries.narrow_places(mirror.database)}
    return lambda known: any(
        (known.doc, part) in narrow for part in ("body", known.part, known.part.removesuffix(":old"))
    )


def key_id_of(found: Survey) -> str:
    """Return the id of a survey's key, "" for none."""
    return found.key.id if found.key is not None else ""


def say_foreign_entries(found: Survey) -> None:
    """Print which entries match nothing because of another key; nothing if no secrets were looked for."""
    if not any(is_secret(rule.code) for rule in found.selected):
        return
    say_entries_of_other_keys(found.aside, key_id_of(found))


def make_coverage_test(found: Survey, baseline: Baseline) -> Callable[[BaselineEntry], bool]:
    """Return a test of whether a finished survey would have found an entry of a baseline.

    A lint of the mirror covers the mirror's documents, one of files those it read or that are gone from a given
    folder. Neither covers rules that did not run or crashed, nor secrets named with another key.
    """
    codes = {rule.code for rule in found.selected}
    met, unsure = found.aside.met, found.aside.unsure
    mine = key_id_of(found)
    folders = [Path(path) for path in found.request.paths if Path(path).is_dir()]
    mirrored: frozenset[str] = frozenset()
    if found.request.mirrored:  # how the ids of its documents begin; those of files that were named are their paths
        from kb.sources.registry import source_kinds

        mirrored = frozenset(kind.source.value for kind in source_kinds())

    def answer(known: BaselineEntry) -> bool:
        if known.is_on_system or known.code not in codes or known.doc in unsure:
            return False
        if baseline.is_foreign(known, mine):
            return False
        if found.request.mirrored:
            return parse_doc(known.doc).source in mirrored
        return known.doc in met or _gone(known.doc, folders)

    return answer


def say_unused_ignores(found: Survey) -> None:
    """Print kb.toml's ignores without use, after a lint that saw everything."""
    for line in _of_config(found):
        say(line)


def update_baseline_command(request: Request) -> str:
    """Return the command that updates a lint's baseline."""
    words = ["kb", "lint", *request.paths]
    words += ["--input", request.input] if request.input is not None else []
    words += ["--baseline", request.baseline] if request.baseline is not None else []
    words += ["--profile", request.profile] if request.profile is Profile.STRICT else []
    return sanitize(shlex.join([*words, "--update-baseline"]))


def _of_config(found: Survey) -> Iterator[Text]:
    """Yield kb.toml's ignores that match nothing; only a lint of everything can tell."""
    request = found.request
    whole = request.mirrored and not found.is_narrow and not request.select and not request.ignore
    if not whole or request.profile is not Profile.STANDARD:
        return
    for each in found.team.unused():
        place = sanitize(f'"{each.glob}" = ["{each.word}"]')
        yield t(
            f"kb.toml の per-path-ignores {place} は何も除いていません。",
            f"per-path-ignores {place} leaves nothing out.",
        )


def _gone(doc: RawDocId, folders: Sequence[Path]) -> bool:
    path = Path(str(doc))
    return any(folder in path.parents for folder in folders) and not path.exists()
