"""`kb lint --update-baseline`: write the new baseline and report what changed."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from kb import files
from kb.console.terminal import say
from kb.lint.engine.request import FindingWriter, LintCounts, Profile, Request
from kb.lint.engine.survey import Survey
from kb.lint.waivers.baseline import Baseline, BaselineEntry, BaselineUpdate
from kb.lint.waivers.lifetime import FIRST_LIFETIME, describe_end, read_last_day
from kb.lint.waivers.set_aside import mask_finding_id
from kb.model.document import RawDocId, parse_doc
from kb.model.finding import Finding, WaiverKind
from kb.rules.codes import is_secret
from kb.rules.judge import Judgement
from kb.sources.registry import source_kinds
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
) -> LintCounts:
    """Write the new baseline, print what changed, and write the findings not in it.

    A first baseline takes today's information and warnings, for three months. `until` is its last day as typed, ""
    for that or for the day it has. Raises UsageError for an invalid day, StoreError or InputError when it cannot be
    written.
    """
    path = found.aside.path
    old = found.aside.baseline
    last = read_last_day(until or ("" if old is not None else FIRST_LIFETIME), found.now.date())
    new, report = (old or Baseline()).updated(
        (mask_finding_id(finding) for _, shown, waived in collected.documents for finding in (*waived, *shown)),
        accept_new=accept_new or old is None,
        pressing={rule.code for rule in found.every if rule.pressing},
        key_id=key_id_of(found),
        until=last,
        looked_at=make_coverage_test(found),
    )
    if report.added or report.removed or (old is not None and new.until != old.until):
        files.replace_text(path, new.dump())
    _say(path, report, 0 if old is None else _count(old.rewritten(make_coverage_test(found))))
    _say_unkeyed(_count(report.unkeyed), "" if old is None else old.key, key_id_of(found))
    if len(new):
        _say_end(found, new)
    left = LintCounts(
        documents=counts.documents, incidents=counts.incidents, unsure=counts.unsure, crashes=counts.crashes
    )
    for judgement, shown, waived in collected.documents:
        shown, waived = _against(new, shown, waived, found.now.date())
        left.rules.update((each.severity, each.code, each.rule) for each in shown)
        writer.add(judgement, shown, waived)
    writer.end(left)
    return left


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


def _say(path: Path, report: BaselineUpdate, rewritten: int) -> None:
    """Print what changed. `rewritten` are removed entries whose rule still finds other words there."""
    added, removed = _count(report.added), _count(report.removed)
    refused, pressing = _count(report.refused), _count(report.pressing)
    name = sanitize(path.name)
    if added or removed:
        mended = t(
            f"（直った {removed - rewritten}、書き直された {rewritten}）",
            f" ({removed - rewritten} mended, {rewritten} rewritten)",
        )
        why = mended if removed and rewritten else t("", "")
        say(
            t(
                f"{name}: {added} 件を加え、{removed} 件を外しました{why.ja}。",
                f"{name}: {added} added, {removed} removed{why.en}.",
            )
        )
    else:
        say(t(f"{name}: 変わりません。", f"{name}: nothing changed."))
    if refused:
        say(
            t(
                f"- 新しい指摘 {refused} 件は加えていません → --accept-new で加えます。",
                f"- new ones were not added ({refused}): --accept-new adds them.",
            )
        )
    if pressing:
        say(
            t(
                f"- エラーと秘密 {pressing} 件は加えません。直すか、理由を添えて kb triage で決めてください。",
                f"- errors and secrets are never added ({pressing}): mend them, or decide with a reason in kb triage.",
            )
        )


def say_baseline_end(found: Survey) -> None:
    """Say until when the baseline sets findings aside, or that it is over."""
    if found.aside.baseline is not None:
        _say_end(found, found.aside.baseline, found.aside.ended)


def _say_end(found: Survey, baseline: Baseline, ended: int = 0) -> None:
    again = update_baseline_command(found.request)
    name = sanitize(found.aside.path.name)
    if (line := describe_end(name, baseline, found.now.date(), ended=ended, again=again)) is not None:
        say(line)


def _say_unkeyed(unkeyed: int, theirs: str, mine: str) -> None:
    """Print the line on secrets not accepted for want of the right key."""
    if not unkeyed:
        return
    why = NO_KEY_ERROR
    if mine:
        why = t(
            f"別の鍵 {sanitize(theirs)[:20]} で作られた項目があります。",
            f"there are entries that key {sanitize(theirs)[:20]} made.",
        )
    say(t(f"- 秘密 {unkeyed} 件は加えません。{why.ja}", f"- secrets were not added ({unkeyed}): {why.en}"))


def _count(entries: Sequence[BaselineEntry]) -> int:
    return sum(each.count for each in entries)


NO_KEY_ERROR = t(
    "鍵がないので、秘密を受け入れたり、ベースラインに入れたりはできません。"
    "作業フォルダーで実行するか、環境変数 KB_KEY に鍵を入れてください。",
    "without a key no secret can be accepted or put into a baseline: "
    "run kb in a workspace, or put a key into KB_KEY of the environment.",
)


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


def describe_foreign_entries(name: str, theirs: str, count: int, mine: str) -> Text:
    """Return a sentence on a file's entries made with another key than `mine`; "" for none."""
    now = (
        t(f"今の鍵は {mine}", f"the key here is {mine}") if mine else t("ここには鍵がありません", "there is none here")
    )
    return t(
        f"{name} の秘密の項目 {count} 件は、鍵 {theirs} で作られています（{now.ja}）。当たらないものとして扱います。",
        f"{name}: {count} on secrets made with key {theirs} ({now.en}); they match nothing.",
    )


MIRRORED = frozenset(kind.source.value for kind in source_kinds())
"""How the ids of the mirror's documents begin; those of files that were named are their paths."""


def make_coverage_test(found: Survey) -> Callable[[BaselineEntry], bool]:
    """Return a test of whether a finished survey would have found a baseline entry.

    A lint of the mirror covers the mirror's documents, one of files those it read or that are gone from a given
    folder. Neither covers rules that did not run or crashed, nor secrets named with another key.
    """
    codes = {rule.code for rule in found.selected}
    met, unsure = found.aside.met, found.aside.unsure
    baseline, mine = found.aside.baseline, key_id_of(found)
    folders = [Path(path) for path in found.request.paths if Path(path).is_dir()]

    def answer(known: BaselineEntry) -> bool:
        if known.code not in codes or known.doc in unsure:
            return False
        if baseline is not None and baseline.is_foreign(known, mine):
            return False
        if found.request.mirrored:
            return parse_doc(known.doc).source in MIRRORED
        return known.doc in met or _gone(known.doc, folders)

    return answer


def say_unused_entries(found: Survey) -> None:
    """Print entries without use, after a lint that saw everything."""
    for line in (*_of_baseline(found), *_of_config(found)):
        say(line)


def _of_baseline(found: Survey) -> Iterator[Text]:
    baseline = found.aside.baseline
    if baseline is None or found.is_narrow:
        return
    covers = make_coverage_test(found)
    rewritten = sum(each.count for each in baseline.rewritten(covers))
    mended = sum(each.count for each in baseline.stale(covers)) - rewritten
    name = sanitize(found.aside.path.name)
    if rewritten:
        yield t(
            f"{name} にある指摘のうち {rewritten} 件は、そこが書き直されたので、新しい指摘として数えました。",
            f"{name}: {rewritten} reported as new, since their text was rewritten.",
        )
    if mended:
        again = update_baseline_command(found.request)
        yield t(
            f"{name} に、もう当たらない指摘が {mended} 件あります。 → {again}",
            f"{name}: {mended} no longer found. → {again}",
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
