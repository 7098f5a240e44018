"""The methods of Zabbix's API that kb calls: each only reads, and nothing else is ever sent."""

from __future__ import annotations

from kb.errors import GateError
from kb.text.lang import t

METHODS = ("apiinfo.version", "host.get", "trigger.get", "problem.get", "event.get", "item.get", "trend.get")
"""All that is asked for a snapshot, and what a token needs the right to call."""

ROLE_METHOD = "role.get"
"""Asked for one row that a super admin alone sees; a token with the least rights may not call it, and need not."""

_ALLOWED = frozenset((*METHODS, ROLE_METHOD))

DENIED = -32500
"""Zabbix's code for a call that a token's role does not allow, and for other failures of its own (seen in 7.0.22)."""


def require_reading(method: str) -> None:
    """Raise GateError for every method but those above."""
    if method not in _ALLOWED:
        raise GateError(
            t(f"kb は {method} を呼びません。", f"kb does not call {method}."),
            t("kb の不具合です。知らせてください。", "this is a bug in kb: please report it."),
        )
