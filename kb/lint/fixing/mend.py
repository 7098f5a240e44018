"""`kb lint --fix`: fix local files, or show the fixes, before the remaining findings are written."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kb.console.terminal import say
from kb.errors import KbError
from kb.lint.engine.request import LintCounts, Request
from kb.lint.engine.run import write_survey
from kb.lint.engine.survey import Survey
from kb.lint.fixing.files import Fixer
from kb.lint.troubles import TroubleReporter, UnusableInputs
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


def fix_files(request: Request, workspace: Workspace | None, tell: TroubleReporter, *, unsafe: bool) -> int:
    """Fix the files of PATHs, print a report, and return how many could not be written.

    The lint that follows reports unusable inputs.
    """
    failed = UnusableInputs(tell)
    fixer = Fixer(request.paths, failed, unsafe=unsafe)
    with Survey(request, workspace, _ignored, watch=fixer.remember) as found:
        fixer.personal = _personal(found)
        write_survey(found, _Mending(fixer), _ignored)
    _report(fixer)
    return failed.count


def print_fixes(request: Request, workspace: Workspace | None, tell: TroubleReporter, *, unsafe: bool) -> LintCounts:
    """Print the fixes `fix_files` would make, write nothing, and return the counts."""
    trouble = UnusableInputs(tell)
    fixer = Fixer(request.paths, trouble, unsafe=unsafe, diff=sys.stdout.write)
    with Survey(request, workspace, trouble, watch=fixer.remember) as found:
        fixer.personal = _personal(found)
        counts = write_survey(found, _Mending(fixer), tell)
    _report(fixer)
    counts.unusable += trouble.count
    return counts


def _personal(found: Survey) -> frozenset[SecretKind]:
    """Return the kinds of personal data covered by this run's rules or the team's."""
    team = found.settings.lint
    return personal_kinds(rule.code for rule in found.judging) | enabled_personal_kinds(team.select, team.ignore)


def _report(fixer: Fixer) -> None:
    for line in fixer.report.lines():
        say(line)


def _ignored(error: KbError) -> None:
    """Ignore it: the lint that follows reports it."""
