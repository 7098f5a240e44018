"""A lint from its sources to its writer: streamed, filtered, counted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kb.config import Workspace
from kb.errors import InputError, KbError, UsageError
from kb.lang import t
from kb.lint import inputs, paths, rules, stored
from kb.lint.counts import Counts
from kb.lint.formats import Writer
from kb.lint.judge import Judgement
from kb.lint.kept import made_of
from kb.lint.rules import PAGES, Rule
from kb.lint.select import chosen
from kb.lint.work import Orders, judge_for
from kb.model import Confidence, Document, PagePolicy

Tell = Callable[[KbError], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What a lint was asked for. Without `paths` and `input` it reads the workspace's mirror."""

    paths: tuple[str, ...] = ()
    input: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_confidence: Confidence = Confidence.MEDIUM
    pages: bool = False
    jobs: int = 0  # 0: as many as there are processors, where it pays


def lint(request: Request, workspace: Workspace | None, writer: Writer, tell: Tell) -> Counts:
    """Judge what was asked for and write what was found.

    Inputs that cannot be used and rules that crash go to `tell` and are counted; everything else
    is judged. Raises UsageError for a selector nobody knows and when there is nothing to read.
    """
    every = rules.load()
    selected = _selected(request, every, workspace)
    counts = Counts()

    def trouble(error: InputError) -> None:
        counts.unusable += 1
        tell(error)

    codes = {rule.code for rule in selected}
    for judgement in _judgements(request, every, selected, workspace, trouble):
        for crash in judgement.crashes:
            tell(crash)
        shown = [found for found in judgement.findings if found.code in codes]
        sure = [found for found in shown if found.confidence >= request.min_confidence]
        counts.unsure += len(shown) - len(sure)
        counts.add(judgement, sure)
        writer.add(judgement, sure)
    writer.end(counts)
    return counts


def _selected(request: Request, every: Sequence[Rule], workspace: Workspace | None) -> tuple[Rule, ...]:
    """The rules to show. What the command line selects leaves kb.toml's choice aside."""
    select, ignore = request.select, request.ignore
    if workspace is not None and not select:
        select = workspace.settings.lint.select
        ignore = (*ignore, *workspace.settings.lint.ignore)
    return chosen(every, select, ignore)


def _judgements(
    request: Request,
    every: Sequence[Rule],
    selected: Sequence[Rule],
    workspace: Workspace | None,
    trouble: inputs.Trouble,
) -> Iterator[Judgement]:
    policy = workspace.settings.policy if workspace else PagePolicy()
    cache = workspace.cache if workspace else None
    if request.paths or request.input is not None:
        orders = Orders(tuple(rule.code for rule in selected), policy, cache)
        for document, structure in _given(request, trouble):
            yield judge_for(orders)(document, structure, kinds=request.pages)  # made for the first, then the same
        return
    if workspace is None:
        raise UsageError(
            t(
                "判定するものがありません（kb.toml も、PATH も、--input もありません）。",
                "there is nothing to lint: no kb.toml, no PATH, no --input.",
            ),
            t("kb init で始めるか、例: kb lint notes/*.md", "begin with kb init, or for example: kb lint notes/*.md"),
        )
    # All rules that are on are judged and kept, so that another --select finds its answers there.
    judged = [rule for rule in every if rule.on or rule in selected]
    kinds = frozenset().union(*(rule.kinds for rule in judged), PAGES if request.pages else ())
    yield from stored.judgements(
        workspace.mirror,
        workspace.cache / "judged.db",
        Orders(tuple(rule.code for rule in judged), policy, cache),
        made_of(judged, policy),
        kinds=kinds,
        pages=request.pages,
        jobs=request.jobs or _processors(),
    )


def _given(request: Request, trouble: inputs.Trouble) -> Iterator[tuple[Document, bytes | None]]:
    """The documents of PATHs, then those of `--input`."""
    yield from paths.documents(request.paths, trouble)
    if request.input is not None:
        for document in inputs.documents(request.input, trouble):
            yield document, None


def _processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1
