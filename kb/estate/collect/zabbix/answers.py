"""What the API of Zabbix answers (6.0, 7.0, 7.2), recorded as calls with their results.

The shapes: https://www.zabbix.com/documentation/7.0/en/manual/api/reference, method by method, and the same of 6.0 and
7.2. Since 5.4 the availability stands with each interface (…/documentation/5.4/en/manual/api/reference/hostinterface/
object; older records have it with the host). Host groups, `groups` before 6.2 and `hostgroups` since, are not read;
the templates of a host are `parentTemplates` in all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from kb.estate.collect.inputs import Collected, InputFile, reject
from kb.estate.collect.mask import mask_words
from kb.estate.collect.zabbix.export import list_host_rows, list_trigger_rows, read_export
from kb.estate.drift.items.zabbix import EventCount, Interface, MonitoredHost, Problem, Trend, Trigger, ZabbixItems
from kb.estate.drift.kinds import Availability, GapKind
from kb.estate.drift.snapshot import Gap
from kb.text.dates import instant_of_seconds, is_zoned_instant
from kb.text.display import sanitize
from kb.text.json_fields import object_field, objects_field, text_field
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_NEEDED = ("host.get", "trigger.get", "problem.get")
_THRESHOLD = compile_lazy(r"[<>]=?\s*(-?\d[\d.]{0,15}[KMGTsmhdw]?)\s*$")
_ITEM = compile_lazy(r"/([^/()\s,]{1,200})/([^,()\s\[]{1,200}(?:\[[^\]]{0,200}\])?)")
_KEY = compile_lazy(r"([\w.-]{1,200})\[")
_OPEN_KEY = compile_lazy(r"(?:agent|docker|icmpping|kernel|net|proc|service|system|vfs|vm|zabbix)(?!.*\brun\b)[\w.-]*")
_LONGEST = 4_000
_DAY_S = 86_400


def read_zabbix(files: Sequence[InputFile]) -> Collected:
    """Return what all recorded calls answered. Raises InputError for a file that is no record."""
    calls: list[Mapping[str, Any]] = []
    exports: list[Mapping[str, Any]] = []
    taken_at = url = ""
    for file in files:
        if not file.text.strip():
            continue
        if (export := read_export(file)) is not None:
            exports.append(export)
            continue
        record = _record(file)
        calls += objects_field(record.get("calls"))
        taken_at = max(taken_at, text_field(record.get("taken_at")))
        url = url or mask_words(text_field(record.get("url")))
    if exports:
        rows = {"host.get": list_host_rows(exports), "trigger.get": list_trigger_rows(exports)}
        answers = [*calls, *({"method": method, "result": list(found)} for method, found in rows.items())]
        return Collected(read_calls(answers, taken_at, url), (Gap(GapKind.EXPORT),), taken_at)
    if not calls:
        return Collected(ZabbixItems(), (), taken_at)
    gaps = [_gap(call) for call in calls if "error" in call]
    asked = {text_field(call.get("method")) for call in calls}
    gaps += [Gap(GapKind.PAGE, method) for method in _NEEDED if method not in asked]
    return Collected(read_calls(calls, taken_at, url), tuple(dict.fromkeys(gaps)), taken_at)


def read_calls(calls: Sequence[Mapping[str, Any]], taken_at: str, url: str = "") -> ZabbixItems:
    """Return what is kept of calls that were answered; those that failed are left out."""
    return _Answers(calls, taken_at).items(url)


def _gap(call: Mapping[str, Any]) -> Gap:
    """Return what a call that failed leaves out: on its way (`code` 0, as kb records it), or because Zabbix refused."""
    error = object_field(call.get("error"))
    return Gap(GapKind.FAILED if error.get("code") == 0 else GapKind.DENIED, mask_words(text_field(call.get("method"))))


def _record(file: InputFile) -> Mapping[str, Any]:
    try:
        record = json.loads(file.text)
    except (ValueError, RecursionError):
        raise reject(file.name, t("JSON として読めません", "it is not valid JSON")) from None
    if not isinstance(record, dict) or not isinstance(record.get("calls"), list):
        raise reject(file.name, t("calls がありません", "it has no calls"))
    taken_at = text_field(record.get("taken_at"))
    if taken_at and not is_zoned_instant(taken_at):
        shown = sanitize(mask_words(taken_at))[:40]
        raise reject(
            file.name,
            t(
                f"taken_at「{shown}」が日時ではないか、ありえない年です",
                f"taken_at {shown!r} is not a time, or of an impossible year",
            ),
        )
    return record


def _own_id(row: Mapping[str, Any], key: str) -> str:
    """Return the id of a row, which is a number."""
    found = text_field(row.get(key))
    return found if found.isdecimal() else mask_words(found)


def mask_expression(text: str) -> str:
    """Return an expression or the key of an item without parameters but of keys that measure a machine.

    Others take logins and commands: `mysql.ping[URL,USER,PASSWORD]`, `system.run[COMMAND]`, a team's own.
    """
    text, kept, at = text[:_LONGEST], [], 0
    while found := _KEY.search(text, at):
        end = _end_of_parameters(text, found.end())
        shown = text[found.end() - 1 : end] if _OPEN_KEY.fullmatch(found[1]) else "[***]"
        kept += [text[at : found.end() - 1], shown]
        at = end
    return mask_words("".join((*kept, text[at:])))


def _end_of_parameters(text: str, start: int) -> int:
    """Return where the brackets of a key end that was opened before `start`: the end of the text if they do not.

    https://www.zabbix.com/documentation/7.0/en/manual/config/items/item/key: parameters in quotes, arrays in brackets.
    """
    depth, quoted, at = 1, False, start
    while at < len(text) and depth:
        sign = text[at]
        if quoted:
            at += sign == "\\"
            quoted = sign != '"'
        elif sign == '"':
            quoted = True
        else:
            depth += (sign == "[") - (sign == "]")
        at += 1
    return min(at, len(text))


class _Answers:
    """The results of the calls by method; a call that failed has none."""

    def __init__(self, calls: Sequence[Mapping[str, Any]], taken_at: str) -> None:
        self._calls = [call for call in calls if "error" not in call]
        self._taken_at = taken_at

    def items(self, url: str) -> ZabbixItems:
        """Return all that is kept of them."""
        version = next((text_field(call.get("result")) for call in self._of("apiinfo.version")), "")
        hosts = {host.id: host for host in map(_host, self._rows("host.get")) if host.id}
        triggers = {each.id: each for each in map(_trigger, self._rows("trigger.get")) if each.id}
        problems = {
            (each.trigger, each.since): each
            for each in map(_problem, self._rows("problem.get"))
            if each is not None and each.since
        }
        return ZabbixItems(
            version=mask_words(version),
            url=url,
            hosts=tuple(hosts[key] for key in sorted(hosts)),
            triggers=tuple(triggers[key] for key in sorted(triggers)),
            problems=tuple(problems[key] for key in sorted(problems)),
            counts=tuple(self._counts()),
            trends=tuple(self._trends()),
        )

    def _of(self, method: str) -> Iterator[Mapping[str, Any]]:
        return (call for call in self._calls if call.get("method") == method)

    def _rows(self, method: str) -> Iterator[Mapping[str, Any]]:
        for call in self._of(method):
            yield from objects_field(call.get("result"))

    def _counts(self) -> Iterator[EventCount]:
        """Yield how often each trigger told of a problem, from counts or from the events themselves."""
        told: dict[str, int] = {}
        seen: dict[str, int] = {}
        days = 0.0
        for call in self._of("event.get"):
            params = object_field(call.get("params"))
            acknowledged = params.get("acknowledged") is True
            days = max(days, self._days(params))
            for row in objects_field(call.get("result")):
                trigger = _own_id(row, "objectid")
                if not trigger or str(row.get("value", "1")) != "1":  # 0: the problem is over
                    continue
                count = _number(row.get("rowscount")) if "rowscount" in row else 1
                into = seen if acknowledged else told
                into[trigger] = into.get(trigger, 0) + count
                if not acknowledged and str(row.get("acknowledged", "0")) == "1":
                    seen[trigger] = seen.get(trigger, 0) + 1
        for trigger in sorted(told):
            yield EventCount(trigger, round(days, 2), told[trigger], min(seen.get(trigger, 0), told[trigger]))

    def _days(self, params: Mapping[str, Any]) -> float:
        """Return how many days a call asked about, 0 where it does not say."""
        start, end = _number(params.get("time_from")), _number(params.get("time_till"))
        taken = datetime.fromisoformat(self._taken_at).timestamp() if self._taken_at else 0
        return max(0.0, ((end or taken) - start) / _DAY_S) if start else 0.0

    def _trends(self) -> Iterator[Trend]:
        """Yield the hourly maxima of items, by the key that expressions name: `HOST/KEY`."""
        hosts = {text_field(row.get("hostid")): text_field(row.get("host")) for row in self._rows("host.get")}
        names = {
            text_field(
                row.get("itemid")
            ): f"{hosts.get(text_field(row.get('hostid')), '')}/{mask_expression(text_field(row.get('key_')))}"
            for row in self._rows("item.get")
        }
        maxima: dict[str, list[float]] = {}
        for row in self._rows("trend.get"):
            value = text_field(row.get("value_max"))
            if re.fullmatch(r"-?\d{1,20}(?:\.\d{1,20})?", value):
                maxima.setdefault(text_field(row.get("itemid")), []).append(float(value))
        for item in sorted(maxima):
            yield Trend(mask_words(names.get(item, item)), tuple(maxima[item]))


def _host(row: Mapping[str, Any]) -> MonitoredHost:
    own = str(row.get("available", ""))  # before 5.4 of the host as a whole
    faces = [
        Interface(
            mask_words(text_field(each.get("ip"))),
            mask_words(text_field(each.get("dns"))),
            str(each.get("useip", "1")) == "1",
            _availability(str(each.get("available", own))),
        )
        for each in objects_field(row.get("interfaces"))
    ]
    templates = [mask_words(text_field(each.get("name"))) for each in objects_field(row.get("parentTemplates"))]
    return MonitoredHost(
        _own_id(row, "hostid"),
        mask_words(text_field(row.get("host"))),
        mask_words(text_field(row.get("name"))),
        enabled=str(row.get("status", "0")) == "0",
        interfaces=tuple(faces),
        templates=tuple(templates),
    )


def _availability(value: str) -> Availability:
    return Availability(value) if value in set(Availability) else Availability.UNKNOWN


def _trigger(row: Mapping[str, Any]) -> Trigger:
    expression = mask_expression(text_field(row.get("expression")))
    threshold, items = _THRESHOLD.search(expression), set(_ITEM.findall(expression))
    item = "/".join(items.pop()) if len(items) == 1 else ""  # of several, nobody knows which the threshold is of
    template = _own_id(row, "templateid")
    return Trigger(
        _own_id(row, "triggerid"),
        mask_words(text_field(row.get("description"))),
        hosts=tuple(_own_id(each, "hostid") for each in objects_field(row.get("hosts"))),
        template="" if template == "0" else template,
        enabled=str(row.get("status", "0")) == "0",
        expression=expression,
        threshold=threshold[1] if threshold else "",
        item="" if "***" in item else item,
    )


def _problem(row: Mapping[str, Any]) -> Problem | None:
    """Return a problem of a trigger that stands, None for one that is over or of something else."""
    if str(row.get("object", "0")) != "0" or str(row.get("r_eventid", "0")) != "0":
        return None
    since = instant_of_seconds(_number(row.get("clock")))
    if since is None:
        return None
    name = mask_words(text_field(row.get("name")))
    return Problem(_own_id(row, "objectid"), name, since.isoformat(), str(row.get("acknowledged", "0")) == "1")


def _number(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}", value) else 0
