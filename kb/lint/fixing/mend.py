"""`kb lint --fix`: fix local files, or show the fixes, before the remaining findings are written."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kb.console.terminal import TroubleReporter, say
from kb.errors import KbError
from kb.lint.engine.request import LintCounts, Request
from kb.lint.engine.run import OnTold, write_survey
from kb.lint.engine.survey import OnInputError, Survey
from kb.lint.fixing.files import Fixer
from kb.model.finding import Finding
from kb.model.secret import SecretKind
from kb.rules.codes import enabled_personal_kinds, personal_kinds
from kb.rules.judge import Judgement
from kb.settings.workspace import Workspace


class _Mending:
    """A writer that passes documents to a Fixer."""

    def __init__(self, fixer: Fixer) -> None:
        self._fixer = fixer

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding] = ()) -> None:
        self._fixer.add(judgement.entry.doc, (*shown, *waived))

    def end(self, counts: LintCounts) -> None:
        """Do nothing: the Fixer reports."""


def fix_files(request: Request, workspace: Workspace | None, tell: TroubleReporter, *, unsafe: bool) -> None:
    """Fix the files of PATHs and print a report. The lint that follows reports what else is wrong."""
    fixer = Fixer(request.paths, tell.add_unusable, unsafe=unsafe)
    _fix(fixer, request, workspace, _ignore, _ignore)


def print_fixes(request: Request, workspace: Workspace | None, tell: TroubleReporter, *, unsafe: bool) -> LintCounts:
    """Print the fixes `fix_files` would make, write nothing, and return the counts."""
    fixer = Fixer(request.paths, tell.add_unusable, unsafe=unsafe, diff=sys.stdout.write)
    counts = _fix(fixer, request, workspace, tell.add_unusable, tell)
    counts.unusable = tell.unusable
    return counts


def _fix(
    fixer: Fixer, request: Request, workspace: Workspace | None, trouble: OnInputError, tell: OnTold
) -> LintCounts:
    with Survey(request, workspace, trouble, watch=fixer.remember) as found:
        fixer.personal = _personal(found)
        counts = write_survey(found, _Mending(fixer), tell)
    for line in fixer.report.lines():
        say(line)
    return counts


def _ignore(error: KbError) -> None:
    """Do nothing: the lint that follows reports it."""


def _personal(found: Survey) -> frozenset[SecretKind]:
    """Return the kinds of personal data covered by this run's rules or the team's."""
    team = found.settings.lint
    return personal_kinds(rule.code for rule in found.judging) | enabled_personal_kinds(team.select, team.ignore)
