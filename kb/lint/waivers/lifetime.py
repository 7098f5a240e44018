"""How long kb-baseline.toml sets findings aside: its last day, and what is said of it."""

from __future__ import annotations

from datetime import date

from kb.errors import UsageError
from kb.lint.waivers.baseline import Baseline
from kb.text.dates import parse_day_ahead
from kb.text.display import sanitize
from kb.text.lang import Text, t

FIRST_LIFETIME = "3m"
"""How long a baseline lasts where nobody says: long enough to mend what is old, short enough to be remembered."""


def read_last_day(typed: str, today: date) -> str:
    """Return a day to come as ISO date, "" for nothing typed. Raises UsageError."""
    if not typed:
        return ""
    if (day := parse_day_ahead(typed, today)) is None:
        raise UsageError(
            t(f"--until「{sanitize(typed)[:40]}」は明日からの日として読めません。",
              f"--until {sanitize(typed)[:40]!r} is no day from tomorrow on."),
            t("例: --until 4w、3m、2027-03-31", "examples: --until 4w, 3m, 2027-03-31"),
        )  # fmt: skip
    return day.isoformat()


def describe_end(name: str, baseline: Baseline, today: date, *, ended: int | None, again: str) -> Text | None:
    """Return until when a baseline holds, or that it is over; None without an end, or when nothing came of it.

    `ended` findings are reported again since then (None: only new ones are looked at), `again` is the command that
    updates the baseline.
    """
    if not baseline.until:
        return None
    if not baseline.has_ended(today):
        days = (date.fromisoformat(baseline.until) - today).days
        return t(
            f"{name} は {baseline.until} まで効きます（あと {days:,} 日）。",
            f"{name} holds until {baseline.until} ({days:,} days to go).",
        )
    if ended is None:
        return t(
            f"{name} は {baseline.until} に終わりました。 → kb lint", f"{name} ended on {baseline.until}. → kb lint"
        )
    if not ended:
        return None
    return t(
        f"{name} は {baseline.until} に終わり、{ended:,} 件をまた出しています。 → kb triage"
        f"（延ばすなら {again} --until 4w）",
        f"{name} ended on {baseline.until}: {ended:,} are reported again. → kb triage"
        f" (to extend it: {again} --until 4w)",
    )
