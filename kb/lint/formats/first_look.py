"""What hurts, what to do first, and how to start: the lead of the first `kb lint` and the first report.

Counts alone: no value, place, title or person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from kb.console.terminal import paint
from kb.errors import StoreError
from kb.lint.engine.start import StartCollector
from kb.lint.engine.survey import Survey
from kb.lint.formats.wording import EXPOSURES, READERS
from kb.lint.people.roster import load_people
from kb.lint.waivers.lifetime import FIRST_LIFETIME, read_last_day
from kb.mirror.history.damage import DamagedStateError
from kb.mirror.history.state import StateDb
from kb.mirror.history.timeline import Timeline
from kb.mirror.store import Mirror
from kb.model.finding import Finding, Severity
from kb.model.page import Entry
from kb.rules.codes import CREDENTIAL_PREFIX
from kb.secrets.exposure import Exposure, rate_exposure
from kb.text.display import display_width, pad
from kb.text.lang import Text, count_noun, join_texts, t

_ORPHANED = "PST103"
"""The rule on what was last edited by somebody who is no longer there."""

START = "kb lint --update-baseline"


@dataclass(frozen=True, slots=True)
class FirstStep:
    """A command to type, and what it is for."""

    command: str
    why: Text


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What a team's pages hold on the first day.

    `secrets` counts credentials by who can read them (each value once, where most can), `members` is how many people
    the team has (0: not known). `preventions` are open on `incidents` pages. `drafts` were last edited by people who
    are gone. `calm` findings are information and warnings, which a baseline would set aside until `until`.
    """

    secrets: Counter[Exposure] = field(default_factory=Counter)
    members: int = 0
    preventions: int = 0
    incidents: int = 0
    drafts: int = 0
    calm: int = 0
    until: str = ""

    def secret_lines(self) -> Iterator[tuple[int, Text]]:
        """Yield how many credentials who can read, the most readers first."""
        for exposure in sorted(self.secrets, reverse=True):
            yield self.secrets[exposure], self._with_members(exposure, EXPOSURES[exposure])

    def _with_members(self, exposure: Exposure, words: Text) -> Text:
        """Return who can read something; of all members, with their number."""
        if exposure is not Exposure.MEMBERS or not self.members:
            return words
        return t(f"{words.ja}（{self.members:,} 人）", f"{words.en} ({self.members:,} people)")

    def hurts(self) -> Iterator[Text]:
        """Yield what hurts, a sentence each, the worst first."""
        if total := self.secrets.total():
            rows = (
                (self._with_members(each, READERS[each]), self.secrets[each]) for each in sorted(self.secrets)[::-1]
            )
            readers = join_texts(
                t(f"{words.ja} {count:,} 件".replace("） ", "）"), f"{words.en}: {count:,}") for words, count in rows
            )
            yield t(
                f"書かれたままの認証情報 {total:,} 件（読める人: {readers.ja}）",
                f"{count_noun(total, 'credential')} written in pages (readers: {readers.en})",
            )
        yield from self.others()

    def others(self) -> Iterator[Text]:
        """Yield what hurts besides credentials."""
        if self.preventions:
            yield t(
                f"再発防止が決まっていないか済んでいない障害 {self.incidents:,} 件（{self.preventions:,} か所）",
                f"{count_noun(self.incidents, 'incident')} whose prevention is not decided or not done "
                f"({count_noun(self.preventions, 'place')})",
            )
        if self.drafts:
            yield t(
                f"チームを離れた人の書きかけ（WIP）{self.drafts:,} 件",
                f"{count_noun(self.drafts, 'draft')} (WIP) of people who have left the team",
            )

    def steps(self) -> Iterator[FirstStep]:
        """Yield what to do first, in order."""
        if self.secrets:
            yield FirstStep(
                "kb secrets list",
                t(
                    "読める人の多いものから値を変更し、ページから消す",
                    "change the most exposed first, then clean the page",
                ),
            )
        if self.preventions:
            yield FirstStep(
                "kb triage --select INC4",
                t("再発防止を 1 件ずつ、書き足すか、聞くか、理由を残す", "decide on preventions one by one, or ask"),
            )
        if self.drafts:
            yield FirstStep(
                f"kb triage --select {_ORPHANED}", t("引き継ぐ人を決める", "decide who takes the drafts over")
            )

    def start(self) -> tuple[Text, ...]:
        """Return what the command START does, in two sentences; () where there is nothing to set aside."""
        if not self.calm:
            return ()
        return (
            t(
                f"今ある情報と警告 {self.calm:,} 件を {self.until} まで脇に置き、新しいものだけを見ます。",
                f"today's information and warnings ({self.calm:,}) are set aside until {self.until}: new ones speak",
            ),
            t("エラーと秘密は、直すか決めるまで出ます。", "errors and secrets stay until they are mended or decided"),
        )


def is_first_look(survey: Survey, since: date) -> bool:
    """Return whether a workspace was not looked at before a day, and nothing was set aside so far."""
    workspace, aside = survey.workspace, survey.aside
    begun = aside.baseline is not None or aside.private_baseline is not None or aside.decided is not None
    if workspace is None or begun:
        return False
    if not workspace.state.exists():
        return True
    try:
        with StateDb(workspace.state, readonly=True) as state:
            began = Timeline(state).began()
            return not began or datetime.fromisoformat(began).astimezone(survey.now.tzinfo).date() >= since
    except DamagedStateError:
        raise
    except StoreError:  # whoever writes the history says so
        return False


class FirstLookCollector:
    """Collects a first look from the documents of a survey."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._preventions = StartCollector(survey)
        self._readers: dict[str, Exposure] = {}
        self._drafts = self._calm = 0

    def add(self, entry: Entry, findings: Sequence[Finding]) -> None:
        """Add a document with its open findings."""
        self._preventions.add(entry)
        for each in findings:
            if each.code.startswith(CREDENTIAL_PREFIX):
                if each.secret is not None and not each.rotated_on:
                    value, readers = each.secret.value_id or each.fingerprint, rate_exposure(entry, each)
                    self._readers[value] = max(readers, self._readers.get(value, readers))
                continue
            self._drafts += each.code == _ORPHANED and entry.wip
            self._calm += each.severity < Severity.ERROR

    def render(self) -> Iterator[str]:
        """Yield the lines of a screen."""
        yield from render_first_look(self.result())

    def result(self) -> FirstLook:
        """Return the first look; asks the mirror how many members there are."""
        survey, today = self._survey, self._survey.now.date()
        open_ones = self._preventions.found()
        return FirstLook(
            secrets=Counter(self._readers.values()),
            members=_count_members(survey) if self._readers else 0,
            preventions=len(open_ones),
            incidents=len({doc for _, doc, _ in open_ones}),
            drafts=self._drafts,
            calm=self._calm,
            until=read_last_day(FIRST_LIFETIME, today),
        )


def _count_members(survey: Survey) -> int:
    if survey.workspace is None:
        return 0
    with Mirror.open(survey.workspace.mirror, readonly=True) as mirror:
        return len(load_people(survey.settings, mirror).members)


def render_first_look(look: FirstLook) -> Iterator[str]:
    """Yield the lines of a screen: what hurts, what to do first, how to start."""
    if look.secrets or look.preventions or look.drafts:
        yield paint(str(t("いま困ること", "What hurts")), "bold")
    if look.secrets:
        yield str(
            t(
                "  書かれたままの認証情報。読める人なら、誰でも使えます",
                "  credentials in pages: whoever can read them can use them",
            )
        )
        rows = list(look.secret_lines())
        room = max(len(f"{count:,}") for count, _ in rows)
        for count, readers in rows:
            number = paint(f"{count:>{room},}", "red")
            yield str(t(f"    {number} 件  {readers.ja}", f"    {number}  {readers.en}"))
    yield from (f"  {each}" for each in look.others())
    steps = list(look.steps())
    if steps:
        yield paint(str(t("まずすること", "First")), "bold")
        room = max(display_width(each.command) for each in steps)
        for each in steps:
            yield f"  {paint(pad(each.command, room), 'bold')}  {each.why}"
    if start := look.start():
        yield paint(str(t("始め方", "How to start")), "bold")
        yield f"  {paint(START, 'bold')}"
        yield from (f"    {line}" for line in start)
