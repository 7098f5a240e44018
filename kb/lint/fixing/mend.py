"""`kb lint --fix`: local files are mended, or shown as they would be, before what is left is told."""

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
    """A writer that hands what it is given to a Fixer."""

    def __init__(self, fixer: Fixer) -> None:
        self._fixer = fixer

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding] = ()) -> None:
        self._fixer.add(judgement.entry.doc, (*shown, *waived))

    def end(self, counts: LintCounts) -> None:
        """Nothing: the report is the Fixer's."""


def fix_files(request: Request, workspace: Workspace | None, tell: TroubleReporter, *, unsafe: bool) -> int:
    """Mend the files of PATHs and say what was done. Gives how many could not be written.

    Troubles with reading and judging are left to the lint that follows.
    """
    failed = UnusableInputs(tell)
    fixer = Fixer(request.paths, failed, unsafe=unsafe)
    with Survey(request, workspace, _ignored, watch=fixer.watch) as found:
        fixer.personal = _personal(found)
        write_survey(found, _Mending(fixer), _ignored)
    _report(fixer)
    return failed.count


def print_fixes(request: Request, workspace: Workspace | None, tell: TroubleReporter, *, unsafe: bool) -> LintCounts:
    """Print what `mend` would change, and write nothing. Gives the counts of what was found."""
    trouble = UnusableInputs(tell)
    fixer = Fixer(request.paths, trouble, unsafe=unsafe, diff=sys.stdout.write)
    with Survey(request, workspace, trouble, watch=fixer.watch) as found:
        fixer.personal = _personal(found)
        counts = write_survey(found, _Mending(fixer), tell)
    _report(fixer)
    counts.unusable += trouble.count
    return counts


def _personal(found: Survey) -> frozenset[SecretKind]:
    """The kinds of personal data that a rule of this run, or of the team's choice, speaks of."""
    team = found.settings.lint
    return personal_kinds(rule.code for rule in found.judging) | enabled_personal_kinds(team.select, team.ignore)


def _report(fixer: Fixer) -> None:
    for line in fixer.report.lines():
        say(str(line))


def _ignored(error: KbError) -> None:
    """Somebody else tells it."""
