"""Count the mails writes would have sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one user about one journal."""

    to_id: int
    issue_id: int
    journal_id: int


class Outbox:
    """The mails since the last reset."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def as_json(self) -> dict[str, int]:
        """Return `{"mails": 5, "people": 3}`."""
        return {"mails": len(self.mails), "people": len({each.to_id for each in self.mails})}

    def reset(self) -> None:
        """Forget all mails."""
        self.mails = []
