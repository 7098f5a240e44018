"""What differs between the model and what runs, as rows of `kb triage`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from kb.diagram.model.nouns import Model
from kb.lint.formats.rows import FindingRow, build_row
from kb.lint.people.audience import MemberFilter
from kb.lint.waivers.decisions import Decisions
from kb.model.facts import Confidence
from kb.model.finding import Finding
from kb.reports.drift.member import find_own_nodes
from kb.reports.drift.survey import SystemSurvey, survey_system
from kb.secrets.mask_document import mask_name
from kb.settings.workspace import Workspace


@dataclass(frozen=True)
class DriftQueue:
    """The findings of a workspace's drift, and the model they are held against; None where nothing was collected."""

    survey: SystemSurvey | None = None
    model: Model = field(default_factory=Model)

    def list_undecided(self, decided: Decisions, moment: datetime, mine: MemberFilter | None) -> Iterator[FindingRow]:
        """Yield what nobody decided on, of one member's nodes alone where there is one; what is new first."""
        from kb.estate.drift.shared import drift_id

        survey = self.survey
        if survey is None or survey.estate is None:
            return
        own = None if mine is None else find_own_nodes(self.model, mine.owners, mine.person, survey.estate)
        nodes = self.model.node_by_id
        for judgement, findings in survey.judgements:
            for each in findings:
                is_open = each.waiver is None and not decided.settles(each, moment.date())
                if not is_open or each.confidence < Confidence.MEDIUM or (own is not None and each.node not in own):
                    continue
                node = nodes.get(each.node)
                entry = replace(
                    judgement.entry,
                    title=mask_name((node.label or node.id) if node else each.target),
                    url=node.runbook if node else "",
                    updated_at=survey.first_seen.get(drift_id(each), moment.isoformat()),
                )
                yield build_row(replace(judgement, entry=entry, findings=()), each)

    def draft_question(self, finding: Finding) -> str:
        """Return the question to ask about a finding, for the terminal alone: it names what the model does not."""
        from kb.estate.drift.draft import render_question

        return str(render_question(finding, self.model))


def load_drift_queue(workspace: Workspace | None, moment: datetime, codes: Collection[str]) -> DriftQueue:
    """Return the drift of a workspace by the rules of these codes.

    Raises InputError for a model, snapshot or file of the team that cannot be read, StoreError.
    """
    if workspace is None or not any((workspace.private / "snapshots").glob("*.json")):
        return DriftQueue()
    from kb.diagram.model.rules import SystemContext
    from kb.diagram.model.toml import find_model_folder, load_model
    from kb.estate.collect.load import load_estate
    from kb.estate.drift.judge import judge_drift
    from kb.estate.drift.rules import select_drift_rules
    from kb.rules import registry

    known = [rule for rule in select_drift_rules(registry.load_rules("linters.system")) if rule.code in codes]
    if not known:
        return DriftQueue()
    model = load_model(find_model_folder(workspace.root))
    estate = load_estate(model, workspace, workspace.private, moment)
    found = judge_drift(estate, SystemContext(model, moment.date()), known)
    return DriftQueue(survey_system(found, known, model, workspace, moment, estate), model)
