"""Where the files kb ships stand: inside the installed package, or in the checkout."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def asset(name: str, *, team: Path | None = None) -> Path:
    """The path of `templates/…` or `diagrams/…`; a team's own beside its kb.toml comes first."""
    if team is not None and (team / name).exists():
        return team / name
    packaged = _HERE / "_assets" / name
    return packaged if packaged.exists() else _HERE.parent / name
