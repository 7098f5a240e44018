"""`kb lint --update-baseline`: write the new baseline and report what changed."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from kb import files
from kb.console.terminal import say
from kb.lint.engine.request import FindingWriter, LintCounts, Profile, Request
from kb.lint.engine.survey import Survey
from kb.lint.printable import document_id
from kb.lint.waivers.baseline import Baseline, BaselineEntry
from kb.lint.waivers.lifetime import FIRST_LIFETIME, describe_end, read_last_day
from kb.lint.waivers.messages import count_findings, describe_foreign_entries, describe_update
from kb.lint.waivers.set_aside import mask_finding_id
from kb.model.document import RawDocId, Visibility, parse_doc
from kb.model.finding import Finding, WaiverKind
from kb.model.page import Entry
from kb.rules.codes import is_secret
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


def update_baseline(
    found: Survey,
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
    aside = found.aside
    is_first = aside.baseline is None and aside.private_baseline is None
    last = read_last_day(until or (FIRST_LIFETIME if is_first else ""), found.now.date())
    is_private = _make_privacy_test(found)
    shared, moved = (aside.baseline or Baseline()).split(is_private)
    private = (aside.private_baseline or Baseline()).joined(moved)
    write = partial(_update_file, found, collected, accept_new=accept_new or is_first, moved=len(moved))
    rewritten = _count_rewritten(found, aside.baseline, lambda known: not is_private(known))
    shared = write(aside.path, shared, rewritten, until=last)
    if aside.private_path is not None:
        last = last or shared.until
        rewritten = _count_rewritten(found, aside.private_baseline)
        private = write(aside.private_path, private, rewritten, until=last, private=True)
    if len(shared):
        _say_end(found, aside.path, shared)
    elif len(private) and aside.private_path is not None:
        _say_end(found, aside.private_path, private)
    left = LintCounts(
        documents=counts.documents, incidents=counts.incidents, unsure=counts.unsure, crashes=counts.crashes
    )
    for judgement, shown, waived in collected.documents:
        new = private if _is_private(found, judgement.entry) else shared
        shown, waived = _against(new, shown, waived, found.now.date())
        if judgement.entry.visibility >= audience:
            left.rules.update((each.severity, each.code, each.rule) for each in shown)
        elif judgement.entry.is_personal_file:
            continue
        writer.add(judgement, shown, waived)
    writer.end(left)
    return left


def _update_file(
    found: Survey,
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
            if _is_private(found, judgement.entry) is private
            for finding in (*waived, *shown)
        ),
        accept_new=accept_new,
        pressing={rule.code for rule in found.every if rule.pressing},
        key_id=key_id_of(found),
        until=until,
        looked_at=make_coverage_test(found, old),
    )
    if report.added or report.removed or moved or (len(old) and new.until != old.until):
        files.replace_text(path, new.dump())
    if not private or any((report.added, report.removed, report.refused, report.pressing, report.unkeyed, moved)):
        name, mine = _name_file(found, path), key_id_of(found)
        for line in describe_update(name, report, rewritten, theirs=old.key, mine=mine):
            say(line)
    return new


def _name_file(found: Survey, path: Path) -> str:
    """Return what a baseline is called in messages."""
    return f"{path.parent.name}/{path.name}" if path == found.aside.private_path else path.name


def _count_rewritten(
    found: Survey, baseline: Baseline | None, wanted: Callable[[BaselineEntry], bool] = lambda known: True
) -> int:
    """Return how many findings of a baseline the survey found on other words."""
    if baseline is None:
        return 0
    covers = make_coverage_test(found, baseline)
    return count_findings(baseline.rewritten(lambda known: covers(known) and wanted(known)))


def _is_private(found: Survey, entry: Entry) -> bool:
    """Return whether a document's entries belong into the file below `.kb/`."""
    return entry.visibility < Visibility.MEMBERS and found.aside.private_path is not None


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


def say_baseline_end(found: Survey) -> None:
    """Say until when the baseline sets findings aside, or that it is over."""
    for path, baseline in list(found.aside.baselines())[:1]:  # both end together
        _say_end(found, path, baseline, None if found.request.new_only else found.aside.ended)


def _say_end(found: Survey, path: Path, baseline: Baseline, ended: int | None = 0) -> None:
    again = update_baseline_command(found.request)
    name = sanitize(_name_file(found, path))
    if (line := describe_end(name, baseline, found.now.date(), ended=ended, again=again)) is not None:
        say(line)


def key_id_of(found: Survey) -> str:
    """Return the id of a survey's key, "" for none."""
    return found.key.id if found.key is not None else ""


def say_foreign_entries(found: Survey) -> None:
    """Print which entries match nothing because of another key; nothing if no secrets were looked for."""
    if not any(is_secret(rule.code) for rule in found.selected):
        return
    mine = key_id_of(found)
    strange = list(found.aside.foreign_entries(mine))
    for path, theirs, count in strange:
        say(describe_foreign_entries(sanitize(path.name), sanitize(theirs)[:20], count, mine))
    if strange:
        say(
            t(
                "→ kb key import でその鍵を入れてください。CI なら環境変数 KB_KEY に。",
                "→ bring that key in with kb key import; in CI, put it into KB_KEY.",
            )
        )


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
        if known.code not in codes or known.doc in unsure:
            return False
        if baseline.is_foreign(known, mine):
            return False
        if found.request.mirrored:
            return parse_doc(known.doc).source in mirrored
        return known.doc in met or _gone(known.doc, folders)

    return answer


def say_unused_entries(found: Survey) -> None:
    """Print entries without use, after a lint that saw everything."""
    for line in (*_of_baselines(found), *_of_config(found)):
        say(line)


def _of_baselines(found: Survey) -> Iterator[Text]:
    for path, baseline in () if found.is_narrow else found.aside.baselines():
        rewritten = _count_rewritten(found, baseline)
        mended = count_findings(baseline.stale(make_coverage_test(found, baseline))) - rewritten
        name = sanitize(_name_file(found, path))
        if rewritten:
            yield t(
                f"{name} にある指摘のうち {rewritten:,} 件は、そこが書き直されたので、新しい指摘として数えました。",
                f"{name}: {rewritten:,} reported as new, since their text was rewritten.",
            )
        if mended:
            again = update_baseline_command(found.request)
            yield t(
                f"{name} に、もう当たらない指摘が {mended:,} 件あります。 → {again}",
                f"{name}: {mended:,} no longer found. → {again}",
            )


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
