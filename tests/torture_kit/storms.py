"""Bad weather: every fault a sync must survive, at once and each on its own."""

from __future__ import annotations

from typing import Any

from servers import Sandbox

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "429", "retry_after": "float", "seconds": 0.2},
    {"kind": "429", "retry_after": "message", "seconds": 0.2, "system": "esa"},  # Redmine has no such message
    {"kind": "500"},
    {"kind": "502"},
    {"kind": "reset"},
    {"kind": "reset-body"},
    {"kind": "truncate"},
    {"kind": "truncate", "form": "short"},
    {"kind": "slow", "seconds": 0.3},
)


def begin(sandbox: Sandbox, rate: float, seed: int) -> None:
    """Arm all faults: each hits about this share of the requests."""
    for at, fault in enumerate(FAULTS):
        share = rate if fault.get("system") != "esa" else rate * 4  # esa is asked far less than Redmine
        sandbox.fault(**{"system": "*", "rate": share, "seed": seed + at, **fault})


def end(sandbox: Sandbox, fired: dict[str, int]) -> None:
    """Disarm them; adds to `fired` how often each hit."""
    for fault in sandbox.faults():
        name = "/".join(str(fault[key]) for key in ("kind", "retry_after", "form") if _tells(fault, key))
        fired[name] = fired.get(name, 0) + fault["fired"]
    sandbox.clear_faults()


def _tells(fault: dict[str, Any], key: str) -> bool:
    return (
        key == "kind"
        or (key == "retry_after" and fault["kind"] == "429")
        or (key == "form" and fault["kind"] == "truncate")
    )
