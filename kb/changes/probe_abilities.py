"""What a probe found out about a team's esa, kept in the mirror, and what kb does otherwise because of it.

Nothing is used that a probe has not refuted: without one, kb tries and falls back as it always does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from kb.mirror.store import Mirror

MARK = "esa.abilities"


@dataclass(frozen=True, slots=True)
class EsaAbilities:
    """The answers by question (kb.changes.probe_answers), whose token asked, when (UTC), and in which run."""

    team: str = ""
    by: str = ""
    at: str = ""
    run: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def by_numbers(self) -> bool:
        """Whether several posts can be asked for by their numbers in one search."""
        return self.answers.get("numbers_or") != "no"

    @property
    def archives(self) -> bool:
        """Whether there is an archive call, and this token may make it."""
        return self.answers.get("archive") not in ("no", "refused")

    @property
    def moves_whole(self) -> bool:
        """Whether a category can be moved as a whole."""
        return self.answers.get("move", "merges") == "merges"


def recorded(mirror: Mirror, team: str) -> EsaAbilities:
    """What was found out of this team last; nothing where it never was."""
    try:
        found = json.loads(mirror.mark(MARK) or "{}")
    except ValueError:
        return EsaAbilities()
    if not isinstance(found, dict) or found.get("team") != team or not isinstance(found.get("answers"), dict):
        return EsaAbilities()
    texts = {name: str(found.get(name, "")) for name in ("team", "by", "at", "run")}
    return EsaAbilities(**texts, answers={str(key): str(value) for key, value in found["answers"].items()})


def record(mirror: Mirror, found: EsaAbilities) -> None:
    """Keep this, in the place of what was found before."""
    with mirror.write() as writer:
        writer.mark(MARK, json.dumps(asdict(found), ensure_ascii=True))
