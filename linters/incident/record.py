"""What a record of an incident should say while someone remembers it."""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Facts, Role, Verdict
from kb.model.finding import Severity
from kb.model.page import Entry
from kb.rules.registry import Fold, FoldBy, Hit, Rule
from kb.rules.world import World
from kb.text.lang import Text, t
from linters.incident import A_YEAR, NOTHING, is_for_the_record, verdict_hit
from linters.incident.measures import is_marked_done, measure_states
from linters.incident.places import is_in_done_place
from linters.incident.status.done_not_marked import is_done

RECORD = Fold(
    "record",
    t("障害の記録に、書き足すところがあります。", "Something is missing in the record of an incident."),
    FoldBy.PAGE,
)


def record_rule(code: str, module: str, role: Role, says: dict[Verdict, Text], label: Text) -> Rule:
    """Create a rule that reports verdicts on this role.

    It leaves finished pages alone, and those on what happened more than a year ago.
    """

    def join(entry: Entry, world: World) -> Iterator[Hit]:
        facts = entry.facts
        if facts is None or not facts.is_incident or _is_past(entry, facts, world):
            return
        for fact in facts.roles:
            if fact.role is role and fact.verdict in says:
                yield verdict_hit(fact, says[fact.verdict], content=fact.content or NOTHING)

    return Rule(code, module, Severity.INFO, gate=("incident",), join=join, version=2, fold=RECORD, label=label)


def _is_past(entry: Entry, facts: Facts, world: World) -> bool:
    """Return whether a page is finished, or its incident more than a year ago."""
    policy = world.policy
    if is_marked_done(entry) or is_in_done_place(entry, policy):
        return True
    if is_for_the_record(facts, entry.created_at, policy) or is_done(facts, measure_states(facts, world)):
        return True
    day = world.day_of(facts.occurred_on or entry.created_at)
    return day is not None and (world.today - day).days > A_YEAR
