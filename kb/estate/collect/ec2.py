"""What `aws ec2 describe-instances` prints, as instances.

The shape: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kb.estate.collect.inputs import Collected, InputFile, list_objects, read_json_values, reject
from kb.estate.collect.mask import mask_value, mask_words
from kb.estate.drift.items.ec2 import Ec2Items, Instance
from kb.estate.drift.kinds import GapKind, InstanceState
from kb.estate.drift.snapshot import Gap
from kb.text.dates import parse_instant
from kb.text.json_fields import object_field, text_field
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

POLICY = ("ec2:DescribeInstances",)
"""The least rights that the command needs."""

_ID = compile_lazy(r"i-[0-9a-f]{1,40}")
_SINCE = compile_lazy(r"\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) GMT\)")
_STATES = {state.value: state for state in InstanceState} | {"shutting-down": InstanceState.TERMINATED}
_NAME, _ASG = "Name", "aws:autoscaling:groupName"


def read_ec2(files: Sequence[InputFile]) -> Collected:
    """Return the instances of all pages. Raises InputError for a file that is no such answer."""
    found: dict[str, Instance] = {}
    gaps: list[Gap] = []
    pages = open_pages = 0
    for file in files:
        values, denied = read_json_values(file)
        gaps += denied
        for value in values:
            if "Reservations" not in value:
                raise reject(file.name, t("Reservations がありません", "it has no Reservations"))
            pages += 1
            open_pages += bool(value.get("NextToken") or value.get("nextToken"))
            for each in _instances(value, file.name):
                found[each.id] = each
    if pages and open_pages == pages:  # of a whole answer the last page has none
        gaps.append(Gap(GapKind.PAGE))
    return Collected(Ec2Items(tuple(found[name] for name in sorted(found))), tuple(gaps))


def _instances(value: Mapping[str, Any], name: str) -> Iterator[Instance]:
    for reservation in list_objects(value, "Reservations", name):
        for each in list_objects(reservation, "Instances", name):
            yield _instance(each, name)


def _instance(each: Mapping[str, Any], name: str) -> Instance:
    own_id, state = text_field(each.get("InstanceId")), text_field(object_field(each.get("State")).get("Name"))
    if not _ID.fullmatch(own_id):
        shown = mask_words(own_id)[:40]
        raise reject(name, t(f"InstanceId「{shown}」は使えません", f"InstanceId {shown!r} is none"))
    if state not in _STATES:
        shown = mask_words(state)[:40]
        raise reject(name, t(f"{own_id} の状態「{shown}」は使えません", f"{own_id} has the state {shown!r}"))
    tags = {
        mask_words(text_field(tag.get("Key"))): text_field(tag.get("Value")) for tag in list_objects(each, "Tags", name)
    }
    tags = {key: mask_value(key, tags[key]) for key in sorted(tags)}
    addresses = [text_field(each.get("PrivateIpAddress"))]
    for card in list_objects(each, "NetworkInterfaces", name):
        addresses += [text_field(one.get("PrivateIpAddress")) for one in list_objects(card, "PrivateIpAddresses", name)]
    return Instance(
        own_id,
        name=tags.get(_NAME, ""),
        state=_STATES[state],
        type=mask_words(text_field(each.get("InstanceType"))),
        launched_at=mask_words(text_field(each.get("LaunchTime"))),
        stopped_at=_since(text_field(each.get("StateTransitionReason"))),
        ips=tuple(dict.fromkeys(filter(None, map(mask_words, addresses)))),
        dns=tuple(filter(None, [mask_words(text_field(each.get("PrivateDnsName")))])),
        asg=tags.get(_ASG, ""),
        tags=tags,
    )


def _since(reason: str) -> str:
    """Return the time in `User initiated (2026-05-05 01:00:00 GMT)` as ISO, "" where there is none."""
    found = _SINCE.search(reason)
    moment = parse_instant(found[1]) if found else None
    return moment.isoformat() if moment else ""
