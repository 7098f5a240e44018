"""Survey every secret of the mirror, for the commands on secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kb.console.terminal import say
from kb.errors import Exit, KbError
from kb.lint import upkeep
from kb.lint.engine.request import Request
from kb.lint.engine.survey import Survey
from kb.lint.waivers.set_aside import DECISIONS_FILE, DecisionFile
from kb.reports.secrets.held import SecretHoldings, collect_secrets
from kb.rules.codes import CREDENTIAL_PREFIX
from kb.settings.secret_key import SecretKey
from kb.settings.workspace import Workspace
from kb.text.display import sanitize


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
        """The exit code of its troubles."""
        return Exit.worst(*(trouble.exit_code for trouble in self.troubles))


def survey_secrets(workspace: Workspace, *, everything: bool = False, now: str = "") -> SecretInventory:
    """Return every secret of the workspace's mirror; print troubles and entries of another key.

    With `everything` also those set aside or uncertain.
    """
    file = DecisionFile(workspace.root / DECISIONS_FILE)
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
        say(sanitize(str(trouble.what)))
    upkeep.say_foreign_entries(found)
    return SecretInventory(kept, found.key, file, today, troubles)
