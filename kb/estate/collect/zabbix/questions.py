"""What is asked of a live Zabbix, in which order, and the record that is made of it.

A handful of calls, whatever the number of hosts: one for all hosts, pages of problems and events, triggers by the
thousand, and the hourly values of noisy triggers alone. A call that fails is recorded as its error, and the snapshot
is incomplete. The shapes: https://www.zabbix.com/documentation/7.0/en/manual/api/reference (and 6.0, 7.2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from kb.estate.collect.mask import mask_words
from kb.estate.collect.zabbix.answers import mask_expression, read_calls
from kb.estate.collect.zabbix.connection import CallFailedError, ZabbixConnection
from kb.estate.collect.zabbix.methods import ROLE_METHOD
from kb.estate.drift.items.zabbix import Trigger, ZabbixItems
from kb.estate.drift.quiet import list_noise
from kb.text.json_fields import objects_field, text_field
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

EVENT_DAYS = 21
"""Days of events that are counted: a trigger is noise over two weeks or longer (DRIFT)."""

PAGE_ROWS, MAX_ROWS = 10_000, 200_000
"""Rows of a page of problems or events, and of all pages; an estate with more is recorded as not whole."""

TRIGGERS_A_CALL, ITEMS_A_CALL, MAX_ITEMS = 1_000, 40, 200
"""Triggers and items of a call, and items whose hourly values are asked for (504 rows each)."""

_TRIGGER_FIELDS = ("triggerid", "description", "expression", "templateid", "status")
_NUMERIC = [0, 3]  # value_type of an item: float, unsigned
_EXPRESSIONS = ("expression", "key_")
_PLAIN = compile_lazy(r"-?[\d.]{0,30}")


class Interview:
    """The questions to one Zabbix, and the calls with their answers so far. `moment` is when it began."""

    def __init__(self, connection: ZabbixConnection, moment: datetime) -> None:
        self._connection = connection
        self._till = int(moment.timestamp())
        self._from = int((moment - timedelta(days=EVENT_DAYS)).timestamp())
        self.taken_at = moment.astimezone(UTC).replace(microsecond=0).isoformat()
        self.calls: list[dict[str, Any]] = []
        self.failed: list[tuple[str, Text]] = []

    def hold(self) -> None:
        """Ask all there is to ask. Raises CallFailedError for a token that Zabbix does not know."""
        self._note("apiinfo.version", {}, result=self._connection.version)
        self._ask_hosts()
        problems = self._ask_pages(
            "problem.get",
            {"output": ["eventid", "objectid", "clock", "name", "acknowledged", "r_eventid"], "source": 0, "object": 0},
        )
        counts = self._ask_counts()
        self._ask_triggers({text_field(row.get("objectid")) for row in (*problems, *counts)})
        self._ask_trends()

    def record(self, url: str) -> str:
        """Return the record, as `--from` reads it; what kb takes for a secret is masked."""
        record = {"taken_at": self.taken_at, "url": mask_words(url), "calls": _mask(self.calls)}
        return json.dumps(record, ensure_ascii=False, indent=1) + "\n"

    def is_super_admin(self) -> bool:
        """Return whether the token may do everything: roles to edit are shown to a super admin alone.

        https://www.zabbix.com/documentation/7.0/en/manual/api/reference/role/get; a token that may not call it is none.
        """
        try:
            found = self._connection.call(ROLE_METHOD, {"editable": True, "output": ["roleid"], "limit": 1})
        except CallFailedError:
            return False
        return bool(objects_field(found))

    def _ask_hosts(self) -> None:
        # Never "extend": the details of an interface hold SNMP communities, a host's macros passwords.
        params = {
            "output": ["hostid", "host", "name", "status"],
            "selectInterfaces": ["ip", "dns", "useip", "available"],
            "selectParentTemplates": ["name"],
        }
        try:
            self._note("host.get", params, result=self._connection.call("host.get", params))
        except CallFailedError as error:
            if error.is_bad_token:
                raise
            self._note("host.get", params, error=error)

    def _ask_counts(self) -> Sequence[Mapping[str, Any]]:
        """Ask how often each trigger told of a problem: as counts, or event by event where there are none (6.0)."""
        wanted: dict[str, Any] = {
            "source": 0, "object": 0, "value": [1], "time_from": self._from, "time_till": self._till,
        }  # fmt: skip
        counting = {**wanted, "countOutput": True, "groupBy": ["objectid"]}
        try:
            rows = self._connection.call("event.get", counting)
        except CallFailedError as error:
            if "groupBy" not in error.message.en:
                self._note("event.get", counting, error=error)
                return ()
            rows = None
        if not _are_counts(rows):
            fields = ["eventid", "objectid", "value", "acknowledged"]
            return self._ask_pages("event.get", {**wanted, "output": fields})
        self._note("event.get", counting, result=rows)
        self._ask("event.get", {**counting, "acknowledged": True})
        return objects_field(rows)

    def _ask_triggers(self, ids: set[str]) -> None:
        known = sorted(filter(None, ids), key=lambda each: (len(each), each))
        for start in range(0, max(1, len(known)), TRIGGERS_A_CALL):  # asked even for none: then it was asked
            self._ask(
                "trigger.get",
                {
                    "triggerids": known[start : start + TRIGGERS_A_CALL],
                    "output": list(_TRIGGER_FIELDS),
                    "selectHosts": ["hostid"],
                    "expandExpression": True,
                    "templated": False,
                },
            )

    def _ask_trends(self) -> None:
        """Ask for the hourly values of the items of noisy triggers, of all machines of a trigger or of none."""
        triggers = self._choose_triggers(read_calls(self.calls, self.taken_at))
        if not triggers:
            return
        names = {each.item for each in triggers}
        params = {
            "triggerids": [each.id for each in triggers],
            "output": ["itemid", "hostid", "key_"],
            "selectHosts": ["host"],
            "filter": {"value_type": _NUMERIC},
            "templated": False,
        }
        rows = self._ask("item.get", params)
        items = [text_field(row.get("itemid")) for row in rows if _name_item(row) in names]
        for start in range(0, len(items), ITEMS_A_CALL):
            self._ask(
                "trend.get",
                {
                    "itemids": items[start : start + ITEMS_A_CALL],
                    "output": ["itemid", "clock", "value_max"],
                    "time_from": self._from,
                    "time_till": self._till,
                },
            )

    def _choose_triggers(self, found: ZabbixItems) -> list[Trigger]:
        counts = {each.trigger: each for each in found.counts}
        chosen: list[Trigger] = []
        for noise in sorted(list_noise(found.triggers, counts), key=lambda each: (-each.a_week, each.id)):
            with_item = [each for each in noise.triggers if each.item and each.threshold]
            if len(with_item) == len(noise.triggers) and len(chosen) + len(with_item) <= MAX_ITEMS:
                chosen += with_item
        return chosen

    def _ask_pages(self, method: str, params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Ask page by page, each from the event behind the last one; `eventid_from` is of all versions."""
        found: list[Mapping[str, Any]] = []
        page = {**params, "sortfield": ["eventid"], "sortorder": ["ASC"], "limit": PAGE_ROWS}
        while True:
            rows = self._ask(method, page)
            found += rows
            last = text_field(rows[-1].get("eventid")) if rows else ""
            if len(rows) < PAGE_ROWS or not last.isdecimal():
                return found
            page = {**page, "eventid_from": str(int(last) + 1)}
            if len(found) >= MAX_ROWS:
                self._note(
                    method,
                    page,
                    error=CallFailedError(0, t(f"{MAX_ROWS:,} 行を超えました", f"more than {MAX_ROWS:,} rows")),
                )
                return found

    def _ask(self, method: str, params: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        try:
            result = self._connection.call(method, params)
        except CallFailedError as error:
            self._note(method, params, error=error)
            return ()
        self._note(method, params, result=result)
        return objects_field(result)

    def _note(
        self, method: str, params: Mapping[str, Any], *, result: Any = None, error: CallFailedError | None = None
    ) -> None:
        """Note a call. An answer that is no list of rows is one kb cannot read, and so a failure."""
        call: dict[str, Any] = {"method": method, "params": dict(params)}
        if error is None and isinstance(result, str if method == "apiinfo.version" else list):
            call["result"] = result
        else:
            failed = error or CallFailedError(0, t("応答が行の一覧ではありません", "no list of rows"))
            call["error"] = {"code": failed.code, "message": failed.message.en}
            self.failed.append((method, failed.message))
        self.calls.append(call)


def _are_counts(rows: object) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) and "rowscount" in row for row in rows)


def _name_item(row: Mapping[str, Any]) -> str:
    host = next((text_field(each.get("host")) for each in objects_field(row.get("hosts"))), "")
    return f"{host}/{text_field(row.get('key_'))}"


def _mask(value: Any) -> Any:
    """Return calls with their texts masked; numbers, which Zabbix sends as texts too, stay."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else mask_words(value)
    if isinstance(value, list):
        return [_mask(each) for each in value]
    if isinstance(value, dict):
        return {
            key: mask_expression(each) if key in _EXPRESSIONS and isinstance(each, str) else _mask(each)
            for key, each in value.items()
        }
    return value
