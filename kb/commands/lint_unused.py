"""What `kb lint` says of entries that have no use any more: of the baseline, and of kb.toml."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kb.commands.lint_keys import key_id
from kb.console import safe, say
from kb.lang import Text, t
from kb.lint.baseline import Known
from kb.lint.request import Profile, Request
from kb.lint.survey import Survey
from kb.model import DocId, Source

MIRRORED = frozenset(source.value for source in Source)
"""How the ids of the mirror's documents begin; those of files that were named are their paths."""


def looked_at(found: Survey) -> Callable[[Known], bool]:
    """Whether a survey that has ended would have found what a baseline's entry stands for.

    A lint of the mirror would for the mirror's documents, one of files for those that came by, or are
    gone from a folder that was given. None would for rules that did not run, or where one crashed, nor
    for a secret that was named with another key.
    """
    codes = {rule.code for rule in found.selected}
    met, unsure = found.aside.met, found.aside.unsure
    baseline, mine = found.aside.baseline, key_id(found)
    folders = [Path(path) for path in found.request.paths if Path(path).is_dir()]

    def answer(known: Known) -> bool:
        if known.code not in codes or known.doc in unsure:
            return False
        if baseline is not None and baseline.is_strange(known, mine):
            return False
        if found.request.mirrored:
            return str(known.doc).partition(":")[0] in MIRRORED
        return known.doc in met or _gone(known.doc, folders)

    return answer


def tell(found: Survey) -> None:
    """Say which entries have no use any more, after a lint that looked at all it was given."""
    for line in (*_of_baseline(found), *_of_config(found)):
        say(str(line))


def _of_baseline(found: Survey) -> Iterator[Text]:
    baseline = found.aside.baseline
    if baseline is None or found.narrow:
        return
    asked = looked_at(found)
    rewritten = sum(each.count for each in baseline.rewritten(asked))
    mended = sum(each.count for each in baseline.stale(asked)) - rewritten
    name = safe(found.aside.path.name)
    if rewritten:
        yield t(
            f"{name} にある指摘のうち {rewritten} 件は、そこが書き直されたので、新しい指摘として数えました。",
            f"{name}: {rewritten} told as new, since the words there were rewritten.",
        )
    if mended:
        again = update(found.request)
        yield t(
            f"{name} に、もう当たらない指摘が {mended} 件あります。 → {again}",
            f"{name}: {mended} no longer found. → {again}",
        )


def update(request: Request) -> str:
    """The command that brings the baseline of a lint up to date."""
    words = ["kb", "lint", *request.paths]
    words += ["--input", request.input] if request.input is not None else []
    words += ["--baseline", request.baseline] if request.baseline is not None else []
    words += ["--profile", request.profile] if request.profile is Profile.STRICT else []
    return safe(shlex.join([*words, "--update-baseline"]))


def _of_config(found: Survey) -> Iterator[Text]:
    """The ignores of kb.toml that leave nothing out: only a lint of everything can tell."""
    request = found.request
    whole = request.mirrored and not found.narrow and not request.select and not request.ignore
    if not whole or request.profile is not Profile.STANDARD:
        return
    for each in found.team.unused():
        place = safe(f'"{each.glob}" = ["{each.word}"]')
        yield t(
            f"kb.toml の per-path-ignores {place} は何も除いていません。",
            f"per-path-ignores {place} leaves nothing out.",
        )


def _gone(doc: DocId, folders: Sequence[Path]) -> bool:
    path = Path(str(doc))
    return any(folder in path.parents for folder in folders) and not path.exists()
