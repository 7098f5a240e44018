"""The mails that writes would have sent: counted, never sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person about one journal."""

    to_id: int
    issue_id: int
    journal_id: int


class Outbox:
    """Every mail since the last reset."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def shown(self) -> dict[str, int]:
        """`{"mails": 5, "people": 3}`: how many mails, to how many different people."""
        return {"mails": len(self.mails), "people": len({each.to_id for each in self.mails})}

    def reset(self) -> None:
        """As if nothing had been sent."""
        self.mails = []
