"""What the commands on secrets begin with: every secret of the mirror, looked up by one survey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kb.console.terminal import say
from kb.errors import Exit, KbError
from kb.lint import upkeep
from kb.lint.engine.request import Request
from kb.lint.engine.survey import Survey
from kb.lint.waivers.set_aside import FILE_NAME, DecisionFile
from kb.reports.secrets.held import Holding, holding
from kb.rules.codes import CREDENTIALS
from kb.settings.secret_key import Key
from kb.settings.workspace import Workspace
from kb.text.display import safe


@dataclass(frozen=True, slots=True)
class Held:
    """The secrets of a workspace, the key they were named with, and what could not be judged."""

    holding: Holding
    key: Key | None
    file: DecisionFile
    today: date
    troubles: Sequence[KbError]

    @property
    def exit_code(self) -> Exit:
        """What the troubles come to."""
        return Exit.worst(*(trouble.exit_code for trouble in self.troubles))


def held(workspace: Workspace, *, everything: bool = False, now: str = "") -> Held:
    """Every secret of the workspace's mirror; troubles, and entries of another key, are said.

    With `everything` also those that were set aside, and those kb is not sure of.
    """
    file = DecisionFile(workspace.root / FILE_NAME)
    troubles: list[KbError] = []
    request = Request(select=(CREDENTIALS,), now=now)
    workspace.mirrored()
    with Survey(request, workspace, troubles.append) as found:
        troubles += found.loaded.troubles
        today = found.now.date()
        surveyed = []
        for each in found:
            troubles += each.judgement.crashes
            if each.findings:
                surveyed.append(each)
        kept = holding(surveyed, file.decisions(), today, everything=everything)
    for trouble in troubles:
        say(safe(str(trouble.what)))
    upkeep.tell(found)
    return Held(kept, found.key, file, today, troubles)
