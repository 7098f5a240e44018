"""Survey the secrets of a workspace: each with all places of its value, which is read again when asked for.

Places are grouped by the value's keyed name (`value_id`); no value is kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kb.console.terminal import say_safe
from kb.errors import Exit, KbError, UsageError
from kb.lint import upkeep
from kb.lint.engine.request import Request, SurveyedDocument
from kb.lint.engine.survey import Survey
from kb.lint.printable import safe_url
from kb.lint.waivers.decisions import Decision, Decisions
from kb.lint.waivers.set_aside import DecisionFile
from kb.mirror.store import Mirror
from kb.model.document import Source
from kb.model.facts import Confidence
from kb.model.finding import Finding, WaiverKind
from kb.model.page import Entry
from kb.model.secret import Remnant, Secret
from kb.rules.codes import CREDENTIAL_PREFIX, LEFT_IN_HISTORY
from kb.secrets.exposure import Exposure, classify_target, rank_target, rate_exposure
from kb.secrets.masking.mask import CATEGORY, TAGS, TITLE, cut_span, get_part, make_id_of_value
from kb.settings.secret_key import SecretKey
from kb.settings.workspace import Workspace
from kb.text.display import sanitize
from kb.text.lang import Text, t

COPY = "known"
"""The rule by which copies of a value are found (`kb.secrets.page.repeats.KNOWN`)."""

MIN_ID = 6
"""Digits of an id that must be typed."""


@dataclass(frozen=True, slots=True)
class SecretPlace:
    entry: Entry
    finding: Finding
    secret: Secret
    exposure: Exposure

    @property
    def remnant(self) -> Remnant | None:
        """The place in its document's history; None if it is in the document."""
        return next((left for left in self.entry.remnants if left.secret == self.secret), None)

    @property
    def url(self) -> str:
        return safe_url(self.entry, self.finding)

    @property
    def where(self) -> tuple[str, str, int, int]:
        """The sort key of equally exposed places."""
        return str(self.entry.doc), self.finding.part, self.finding.span.line, self.finding.span.column


@dataclass(frozen=True, slots=True)
class SecretValue:
    """A secret and its places, the most exposed first. `id` is its `value_id`, "" without a key."""

    id: str
    places: tuple[SecretPlace, ...]
    rotated: Decision | None = None

    @property
    def secret(self) -> Secret:
        """Kind and length, as the first place has them that is no copy of it without a word to say what it is."""
        return next((place.secret for place in self.places if place.secret.rule != COPY), self.places[0].secret)

    @property
    def exposure(self) -> Exposure:
        """The widest audience."""
        return self.places[0].exposure

    @property
    def opens(self) -> str:
        """The worst it is known to open."""
        return min((classify_target(place.secret) for place in self.places), key=rank_target)

    @property
    def is_dead(self) -> bool:
        """Whether it was rotated and is only where it was then: just its text is left."""
        left = (place.finding for place in self.places)
        return self.rotated is not None and all(each.rotated_on or each.code == LEFT_IN_HISTORY for each in left)

    @property
    def order(self) -> tuple[bool, int, int, tuple[str, str, int, int]]:
        """The sort key: what may still open something, then exposure and target."""
        return self.is_dead, -self.exposure, rank_target(self.opens), self.places[0].where


@dataclass(frozen=True, slots=True)
class SecretHoldings:
    """All secrets in order, and how many findings are left out, and why."""

    values: tuple[SecretValue, ...]
    aside: Counter[WaiverKind]
    unsure: int

    @property
    def places(self) -> int:
        return sum(len(value.places) for value in self.values)

    @property
    def dead(self) -> int:
        """The number of rotated secrets whose text is left to remove."""
        return sum(value.is_dead for value in self.values)

    @property
    def sources(self) -> Counter[Source]:
        return Counter(place.entry.source for value in self.values for place in value.places)


def collect_secrets(
    surveyed: Iterable[SurveyedDocument], decided: Decisions, today: date, *, everything: bool = False
) -> SecretHoldings:
    """Return a survey's secrets; with `everything` also those set aside or uncertain."""
    found: dict[str, list[SecretPlace]] = defaultdict(list)
    aside: Counter[WaiverKind] = Counter()
    unsure = 0
    for each in surveyed:
        entry = each.judgement.entry
        for finding in each.findings:
            if finding.secret is None:
                continue
            if not everything and finding.waiver is not None:
                aside[finding.waiver.kind] += 1
                continue
            if not everything and finding.confidence < Confidence.MEDIUM:
                unsure += 1
                continue
            name = finding.secret.value_id or f"\0{finding.fingerprint}"  # without a name nothing tells it is the same
            found[name].append(SecretPlace(entry, finding, finding.secret, rate_exposure(entry, finding)))
    values = [
        SecretValue(
            name if not name.startswith("\0") else "",
            tuple(sorted(places, key=lambda place: (-place.exposure, place.where))),
            decided.rotated(name, today),
        )
        for name, places in found.items()
    ]
    return SecretHoldings(tuple(sorted(values, key=lambda value: value.order)), aside, unsure)


def choose_values(values: Sequence[SecretValue], ids: Sequence[str]) -> list[SecretValue]:
    """Return the values that these ids name, each once; all where there are none. Raises UsageError."""
    if not ids:
        return list(values)
    return list({id(each): each for each in (find_value(values, one) for one in ids)}.values())


def find_value(values: Sequence[SecretValue], given: str) -> SecretValue:
    """Return the value whose id, or a finding's fingerprint, begins with `given`.

    Raises UsageError when there is none, or more than one.
    """
    given = given.strip().lower()
    if len(given) < MIN_ID:
        raise UsageError(
            t(f"ID は {MIN_ID} 桁以上で指定してください。", f"an id needs {MIN_ID} digits or more."), _listed()
        )
    found = [value for value in values if any(name.startswith(given) for name in _names(value))]
    if not found:
        raise UsageError(
            t(
                f"ID が {given[:40]} で始まる秘密はありません。",
                f"no secret has an id that begins with {given[:40]!r}.",
            ),
            _listed(),
        )
    if len(found) > 1:
        ids = [value.id[:12] or value.places[0].finding.fingerprint[:12] for value in found[:5]]
        raise UsageError(
            t(
                f"ID が {given[:40]} で始まる秘密は {len(found):,} 件あります。",
                f"{len(found):,} ids begin with {given[:40]}.",
            ),
            t(f"もっと長く指定してください: {'、'.join(ids)}", f"give more of it: {', '.join(ids)}"),
        )
    return found[0]


def _names(value: SecretValue) -> Iterable[str]:
    yield value.id
    yield from (place.finding.fingerprint for place in value.places)


def _listed() -> Text:
    return t("kb secrets list で ID を確かめてください。", "kb secrets list shows the ids.")


@dataclass(frozen=True, slots=True)
class SecretInventory:
    """A workspace's secrets, their key, and what could not be judged."""

    holding: SecretHoldings
    key: SecretKey | None
    file: DecisionFile
    today: date
    troubles: Sequence[KbError]

    @property
    def exit_code(self) -> Exit:
        return Exit.worst(*(trouble.exit_code for trouble in self.troubles))


def survey_secrets(workspace: Workspace, *, everything: bool = False, now: str = "") -> SecretInventory:
    """Return every secret of the workspace's mirror; print troubles and entries of another key.

    With `everything` also those set aside or uncertain.
    """
    file = DecisionFile.of(workspace)
    troubles: list[KbError] = []
    request = Request(select=(CREDENTIAL_PREFIX,), now=now)
    workspace.mirrored()
    with Survey(request, workspace, troubles.append) as found:
        troubles += found.loaded.troubles
        today = found.now.date()
        surveyed = []
        for each in found:
            troubles += each.judgement.crashes
            if each.findings:
                surveyed.append(each)
        kept = collect_secrets(surveyed, file.decisions(), today, everything=everything)
    for trouble in troubles:
        say_safe(trouble.what)
    upkeep.say_foreign_entries(found)
    return SecretInventory(kept, found.key, file, today, troubles)


def read_value(workspace: Workspace, value: SecretValue, key: bytes) -> str:
    """Return the value, from the first place where it still is. Raises UsageError when it is gone."""
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        for place in value.places:
            for text in _texts(mirror, place):
                found = cut_span(text, place.finding.span)
                if found and (not key or make_id_of_value(found, key) == value.id):
                    return found
    raise UsageError(
        t(
            f"{sanitize(value.id[:12])} は、もうその場所にありません。",
            f"{sanitize(value.id[:12])} no longer stands there.",
        ),
        t(
            "kb secrets list をやり直してください。kb purge-secrets で消した値なら、元のページで見られます。",
            "run kb secrets list again; a value that kb purge-secrets took out still stands on its page.",
        ),
    )


def _texts(mirror: Mirror, place: SecretPlace) -> list[str]:
    """Return the texts a place can be in: the title or text of its document, or of an old version."""
    part = place.finding.part
    stored = [each for each in mirror.documents(doc=str(place.entry.doc)) if each.document.part == place.entry.part]
    if part in (TITLE, CATEGORY, TAGS):
        return [get_part(each.document, part) for each in stored]
    if part == place.entry.part:  # of a file that is its name, too
        return [text for each in stored for text in (each.document.body, each.document.title)]
    olds = [old for each in stored for old in mirror.versions(each.id) if part in (old.part, f"{old.part}:title")]
    return [old.body if part == old.part else old.title for old in olds]
