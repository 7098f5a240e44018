"""Update a baseline by what a run found, of documents or of the system, and say what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from kb import files
from kb.console.terminal import say
from kb.lint.engine.request import FindingWriter, LintCounts
from kb.lint.waivers.baseline import Baseline, BaselineEntry
from kb.lint.waivers.lifetime import FIRST_LIFETIME, describe_end, read_last_day
from kb.lint.waivers.messages import count_findings, describe_foreign_entries, describe_update
from kb.lint.waivers.set_aside import SetAsideMarker, mask_finding_id
from kb.model.document import Visibility
from kb.model.finding import Finding, WaiverKind
from kb.model.page import Entry
from kb.rules.judge import Judgement
from kb.text.display import sanitize
from kb.text.lang import Text, t


class CollectingWriter:
    """A writer that holds everything until the new baseline is known."""

    def __init__(self) -> None:
        self.documents: list[tuple[Judgement, list[Finding], list[Finding]]] = []

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding] = ()) -> None:
        if shown or waived:
            self.documents.append((judgement, list(shown), list(waived)))

    def end(self, counts: LintCounts) -> None:
        """Do nothing yet."""


@dataclass(frozen=True)
class BaselineRun:
    """A run whose findings a baseline is held against.

    `again` is the command that updates it, `key_id` the id of the key here ("" for none), `pressing` the codes that
    are never accepted. The entries it `owns` are those that a run of this command could find at all, those that
    `make_coverage_test` lets pass the ones this run would have found. `make_privacy_test` tells entries on what not
    every member may read. A narrow run did not look at everything, one of `new_only` says nothing of an end.
    """

    aside: SetAsideMarker
    today: date
    again: str
    key_id: str
    pressing: frozenset[str]
    owns: Callable[[BaselineEntry], bool]
    make_coverage_test: Callable[[Baseline], Callable[[BaselineEntry], bool]]
    make_privacy_test: Callable[[], Callable[[BaselineEntry], bool]] = lambda: lambda known: False
    is_narrow: bool = False
    new_only: bool = False

    @property
    def is_first(self) -> bool:
        """Whether it makes the first entries of its kind: there is no baseline, or one of the other command's alone."""
        known = [baseline for _, baseline in self.aside.baselines()]
        return not known or (any(map(len, known)) and not any(each.has(self.owns) for each in known))


def update_baseline(
    run: BaselineRun,
    collected: CollectingWriter,
    writer: FindingWriter,
    counts: LintCounts,
    *,
    accept_new: bool,
    until: str,
    audience: Visibility = Visibility.PRIVATE,
) -> LintCounts:
    """Write the new baseline, print what changed, and write the findings not in it.

    A first baseline takes today's information and warnings, for three months. `until` is its last day as typed, ""
    for that or for the day it has. What not every member may read goes into the baseline below `.kb/`, and leaves the
    team's if it is there. The counts returned are of what all of `audience` may read. Raises UsageError for an
    invalid day, StoreError or InputError when a file cannot be written.
    """
    aside, is_first = run.aside, run.is_first
    ends = any(baseline.until for _, baseline in aside.baselines())
    last = read_last_day(until or (FIRST_LIFETIME if is_first and not ends else ""), run.today)
    is_private = run.make_privacy_test()
    shared, moved = (aside.baseline or Baseline()).split(is_private)
    private = (aside.private_baseline or Baseline()).joined(moved)
    write = partial(_update_file, run, collected, accept_new=accept_new or is_first, moved=len(moved))
    rewritten = _count_rewritten(run, aside.baseline, lambda known: not is_private(known))
    shared = write(aside.path, shared, rewritten, until=last)
    if aside.private_path is not None:
        last = last or shared.until
        rewritten = _count_rewritten(run, aside.private_baseline)
        private = write(aside.private_path, private, rewritten, until=last, private=True)
    if len(shared):
        _say_end(run, aside.path, shared)
    elif len(private) and aside.private_path is not None:
        _say_end(run, aside.private_path, private)
    left = LintCounts(
        documents=counts.documents, incidents=counts.incidents, unsure=counts.unsure, crashes=counts.crashes
    )
    for judgement, shown, waived in collected.documents:
        new = private if _is_private(run, judgement.entry) else shared
        shown, waived = _against(new, shown, waived, run.today)
        if judgement.entry.visibility >= audience:
            left.rules.update((each.severity, each.code, each.rule) for each in shown)
        elif judgement.entry.is_personal_file:
            continue
        writer.add(judgement, shown, waived)
    writer.end(left)
    return left


def _update_file(
    run: BaselineRun,
    collected: CollectingWriter,
    path: Path,
    old: Baseline,
    rewritten: int,
    *,
    accept_new: bool,
    moved: int,
    until: str,
    private: bool = False,
) -> Baseline:
    """Bring one file up to date, and say so; one that is `private` is mentioned where it has anything to say."""
    new, report = old.updated(
        (
            mask_finding_id(finding)
            for judgement, shown, waived in collected.documents
            if _is_private(run, judgement.entry) is private
            for finding in (*waived, *shown)
        ),
        accept_new=accept_new,
        pressing=run.pressing,
        key_id=run.key_id,
        until=until,
        looked_at=run.make_coverage_test(old),
    )
    if report.added or report.removed or moved or (len(old) and new.until != old.until):
        files.replace_text(path, new.dump())
    if not private or any((report.added, report.removed, report.refused, report.pressing, report.unkeyed, moved)):
        for line in describe_update(_name_file(run, path), report, rewritten, theirs=old.key, mine=run.key_id):
            say(line)
    return new


def _name_file(run: BaselineRun, path: Path) -> str:
    """Return what a baseline is called in messages."""
    return f"{path.parent.name}/{path.name}" if path == run.aside.private_path else path.name


def _count_rewritten(
    run: BaselineRun, baseline: Baseline | None, wanted: Callable[[BaselineEntry], bool] = lambda known: True
) -> int:
    """Return how many findings of a baseline the survey found on other words."""
    if baseline is None:
        return 0
    covers = run.make_coverage_test(baseline)
    return count_findings(baseline.rewritten(lambda known: covers(known) and wanted(known)))


def _is_private(run: BaselineRun, entry: Entry) -> bool:
    """Return whether a document's entries belong into the file below `.kb/`."""
    return entry.visibility < Visibility.MEMBERS and run.aside.private_path is not None


def _against(
    new: Baseline, shown: Sequence[Finding], waived: Sequence[Finding], today: date
) -> tuple[list[Finding], list[Finding]]:
    """Return the findings set aside by the new baseline instead of the old one."""
    open_ones: list[Finding] = []
    aside: list[Finding] = []
    for each in (*waived, *shown):
        if each.waiver is not None and each.waiver.kind is not WaiverKind.BASELINED:
            aside.append(each)
            continue
        waiver = new.match(mask_finding_id(each))
        waiver = None if new.has_ended(today) else waiver
        (open_ones if waiver is None else aside).append(replace(each, waiver=waiver))
    return open_ones, aside


def say_baseline_end(run: BaselineRun) -> None:
    """Say until when the baseline sets findings aside, or that it is over."""
    for path, baseline in list(run.aside.baselines())[:1]:  # both end together
        _say_end(run, path, baseline, None if run.new_only else run.aside.ended)


def _say_end(run: BaselineRun, path: Path, baseline: Baseline, ended: int | None = 0) -> None:
    name = sanitize(_name_file(run, path))
    if (line := describe_end(name, baseline, run.today, ended=ended, again=run.again)) is not None:
        say(line)


def say_unused_entries(run: BaselineRun) -> None:
    """Print entries without use, after a run that saw everything."""
    for path, baseline in () if run.is_narrow else run.aside.baselines():
        for line in _of_baseline(run, path, baseline):
            say(line)


def _of_baseline(run: BaselineRun, path: Path, baseline: Baseline) -> Iterator[Text]:
    rewritten = _count_rewritten(run, baseline)
    mended = count_findings(baseline.stale(run.make_coverage_test(baseline))) - rewritten
    name = sanitize(_name_file(run, path))
    if rewritten:
        yield t(
            f"{name} にある指摘のうち {rewritten:,} 件は、そこが書き直されたので、新しい指摘として数えました。",
            f"{name}: {rewritten:,} reported as new, since their text was rewritten.",
        )
    if mended:
        yield t(
            f"{name} に、もう当たらない指摘が {mended:,} 件あります。 → {run.again}",
            f"{name}: {mended:,} no longer found. → {run.again}",
        )


def say_entries_of_other_keys(aside: SetAsideMarker, key_id: str) -> None:
    """Print which entries of the team's files match nothing, since another key than this one made them."""
    strange = list(aside.foreign_entries(key_id))
    for path, theirs, count in strange:
        say(describe_foreign_entries(sanitize(path.name), theirs, count, key_id))
    if strange:
        say(
            t(
                "→ kb key import でその鍵を入れてください。CI なら環境変数 KB_KEY に。",
                "→ bring that key in with kb key import; in CI, put it into KB_KEY.",
            )
        )
